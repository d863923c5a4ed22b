package text

import (
	"strings"

	"golang.org/x/text/width"
)

// Columns counts the columns of a terminal that a text takes. Letters of East Asia
// take two, control characters none.
func Columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	if r < ' ' {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// ShortenColumns is Shorten by columns of a terminal.
func ShortenColumns(s string, limit int) string {
	if Columns(s) <= limit {
		return s
	}
	n := 0
	for i, r := range s {
		if n += runeColumns(r); n > limit-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// Wrap breaks a text between words into lines, narrow enough where that is possible.
// The first line has room for first columns, each other one for rest.
func Wrap(s string, first, rest int) []string {
	if s == "" {
		return nil
	}
	var lines []string
	at, room := 0, first
	for word := range strings.SplitSeq(s, " ") {
		n := Columns(word)
		if len(lines) > 0 && at+1+n <= room {
			lines[len(lines)-1] += " " + word
			at += 1 + n
			continue
		}
		if len(lines) > 0 {
			room = rest
		}
		lines = append(lines, word)
		at = n
	}
	return lines
}

// OneLine returns a text without its line breaks, and with single spaces.
func OneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
