package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Count writes a number with its thousands apart: 1,200.
func Count(n int) string {
	return message.NewPrinter(language.English).Sprintf("%d", n)
}

// Plural writes a number and its noun.
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(n) + " " + noun + "s"
}

// Shorten cuts a text that is longer than most bytes, and marks that with "…".
func Shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}

// Sentence writes an error as a sentence, in one line and inert. The name of a file
// at its beginning stays as it is written.
func Sentence(err error) string {
	s := FullStop(Inert(err.Error()))
	if first, _, _ := strings.Cut(s, " "); strings.ContainsAny(first, "./-_:") {
		return s
	}
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[n:]
}

// FullStop ends a text as a sentence, if nothing else does.
func FullStop(s string) string {
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") || strings.HasSuffix(s, "!") {
		return s
	}
	return s + "."
}
