package text

import (
	"math"
	"strings"

	"golang.org/x/text/width"
)

// Columns counts the columns of a terminal that a text takes. Letters of East Asia
// take two, control characters and colours none.
func Columns(s string) int {
	n, colour := 0, false
	for i, r := range s {
		switch {
		case colour:
			colour = r != 'm'
		case strings.HasPrefix(s[i:], "\x1b["):
			colour = true
		default:
			n += runeColumns(r)
		}
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
// The first line has room for first columns, each other one for rest. An indentation
// stays, and so do several spaces, unless a line is broken there.
func Wrap(s string, first, rest int) []string { return wrap(s, first, rest, math.MaxInt) }

// wrap is Wrap. A word of more than most columns begins no line of its own.
func wrap(s string, first, rest, most int) []string {
	if s == "" {
		return nil
	}
	var lines []string
	at, room := 0, first
	for word := range strings.SplitSeq(s, " ") {
		n := Columns(word)
		last := len(lines) - 1
		if last >= 0 && (at+1+n <= room || n > most && at < room || strings.Trim(lines[last], " ") == "") {
			lines[last] += " " + word
			at += 1 + n
			continue
		}
		if last >= 0 {
			if word == "" {
				continue
			}
			lines[last], room = strings.TrimRight(lines[last], " "), rest
		}
		lines = append(lines, word)
		at = n
	}
	return lines
}

// Hang breaks a text, which begins in some column, into lines of a width. All but the
// first have a margin, with fewer spaces in front where a word needs the room. A word for
// which no line has room begins none of its own.
func Hang(s string, width, at int, margin string) string {
	for word := range strings.SplitSeq(s, " ") {
		if n := Columns(word); n <= width {
			for len(margin) > width-n && strings.HasPrefix(margin, " ") {
				margin = margin[1:]
			}
		}
	}
	rest := width - len(margin)
	first, _, _ := strings.Cut(s, " ")
	if n := Columns(first); at > len(margin) && at+n > width && n <= width {
		return "\n" + margin + strings.Join(wrap(s, rest, rest, width), "\n"+margin)
	}
	return strings.Join(wrap(s, width-at, rest, width), "\n"+margin)
}

// OneLine returns a text without its line breaks, and with single spaces.
func OneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
