package tracking

import (
	"html"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// Alike reports whether a shown text may be the service's form of a sent one: the
// same letters, but for what services escape, drop or fold, or a good part of its
// beginning; of a time, one within a day.
func (a Attr) Alike(sent, shown string) bool {
	if a.Spec().Kind != KindText || shown == "" {
		return false
	}
	if a == OrderCreateTime {
		at, err1 := time.Parse(OrderTimeLayout, sent)
		then, err2 := time.Parse(OrderTimeLayout, shown)
		return err1 == nil && err2 == nil && at.Sub(then).Abs() <= 24*time.Hour
	}
	sent, shown = letters(sent), letters(halfEntity.ReplaceAllString(shown, ""))
	return shown == sent || utf8.RuneCountInString(shown) >= goodPart && strings.HasPrefix(sent, shown)
}

// goodPart is how many characters identify a text that was cut.
const goodPart = 20

var (
	halfEntity = regexp.MustCompile(`&[a-zA-Z0-9#]*$`) // of a text that was cut after it was escaped
	tags       = regexp.MustCompile(`<[^<>]*>`)
)

// letters are what services leave of a text.
func letters(s string) string {
	s = tags.ReplaceAllString(html.UnescapeString(s), "")
	return strings.Join(strings.Fields(strings.Map(func(c rune) rune {
		if c > 0xffff {
			return -1
		}
		return c
	}, strings.ToLower(s))), " ")
}
