package text

import (
	"fmt"
	"regexp"
	"strings"
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
	s := Inert(joined.ReplaceAllString(err.Error(), "; $1"))
	if first, _, _ := strings.Cut(s, " "); !strings.ContainsAny(first, "./-_:") {
		_, n := utf8.DecodeRuneInString(s)
		s = strings.ToUpper(s[:n]) + s[n:]
	}
	return FullStop(s)
}

// joined is where errors.Join breaks a line. What begins with anything but a letter
// may be the rest of a hostile name.
var joined = regexp.MustCompile(`\n(\pL)`)

// FullStop ends a text as a sentence, if nothing else does.
func FullStop(s string) string {
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") || strings.HasSuffix(s, "!") {
		return s
	}
	return s + "."
}

// Duration writes seconds as people say them: 40 s, 4 min 10 s, 6 h 57 min.
func Duration(seconds float64) string {
	n := int(seconds + 0.5)
	switch {
	case n < 60:
		return fmt.Sprintf("%d s", max(n, 1))
	case n < 3600:
		return strings.TrimSuffix(fmt.Sprintf("%d min %d s", n/60, n%60), " 0 s")
	}
	return strings.TrimSuffix(fmt.Sprintf("%d h %d min", n/3600, n%3600/60), " 0 min")
}
