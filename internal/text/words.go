package text

import (
	"strings"

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

// Sentence writes an error as a sentence, in one line and inert. The name of a file
// at its beginning stays as it is written.
func Sentence(err error) string {
	s := Inert(err.Error())
	if !strings.ContainsAny(s[len(s)-1:], ".?!") {
		s += "."
	}
	if first, _, _ := strings.Cut(s, " "); strings.ContainsAny(first, "./-_:") {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
