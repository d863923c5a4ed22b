package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Inert writes text without quotes, with everything that is not plainly visible
// as an escape: control characters, line breaks, escape sequences, and the marks
// that reorder or hide text. It also takes apart what a CI system would take for
// a command.
func Inert(s string) string { return escape(s, "") }

// Quote is Inert between quotes, as in HCL.
func Quote(s string) string { return Inert(`"` + quoting.Replace(s) + `"`) }

var quoting = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

// InertLines is Inert that keeps line breaks and tabs, for text that has several
// lines.
func InertLines(s string) string { return escape(s, "\n\t") }

// escape replaces hidden characters except those to keep by \u1234 or \U00012345.
// What is no character at all becomes \ufffd. Commands to a CI system get an escape
// in their midst.
func escape(s, keep string) string {
	if harmless(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		if unsafe(s, i, r) && !strings.ContainsRune(keep, r) {
			writeEscape(&b, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unsafe reports whether the character at a place has to be an escape.
func unsafe(s string, at int, r rune) bool {
	return Hidden(r) || r == '#' && RunnerMark(s, at) || r == ':' && commandColon(s, at)
}

// writeEscape writes a character as \u1234 or \U00012345.
func writeEscape(b *strings.Builder, r rune) {
	if r < 0x10000 {
		fmt.Fprintf(b, `\u%04x`, r)
	} else {
		fmt.Fprintf(b, `\U%08x`, r)
	}
}

// harmless reports, quickly for most texts, that nothing in them needs an escape.
func harmless(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return !strings.Contains(s, "::") && !strings.Contains(s, "##")
}

// Hidden reports whether a character is not plainly visible.
func Hidden(r rune) bool {
	return r >= 0x7f && (r == unicode.ReplacementChar || !unicode.IsGraphic(r) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)) || r < ' '
}

// RunnerMark reports whether the "#" at an offset completes "##[" or "##vso[". GitHub's
// and Azure's runners look for these anywhere in a line.
func RunnerMark(s string, at int) bool {
	if at == 0 || s[at-1] != '#' {
		return false
	}
	rest := s[at+1:]
	return strings.HasPrefix(rest, "[") || len(rest) >= 4 && strings.EqualFold(rest[:4], "vso[")
}

// commandColon reports whether the ":" at an offset completes a "::" that begins a
// word. GitHub's runner looks for it at the start of a line, and lines break, or
// are broken, before words.
func commandColon(s string, at int) bool {
	if at == 0 || s[at-1] != ':' {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(s[:at-1])
	return at == 1 || unicode.IsSpace(before)
}
