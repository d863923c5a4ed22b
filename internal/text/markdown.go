package text

import (
	"fmt"
	"strings"
)

// Markdown returns text as one line of code for a Markdown paragraph or table cell.
// It means nothing but itself there: every mark is a character reference, and
// people, issues and addresses are not linked, neither by the Markdown reader,
// which comments in their midst keep from seeing them, nor afterwards, which code
// is spared.
func Markdown(s string) string {
	s = Inert(s)
	var b strings.Builder
	b.WriteString("<code>")
	for i, r := range s {
		rest := s[i+len(string(r)):]
		switch {
		case r == '@', r == ':' && strings.HasPrefix(rest, "/"), r == '.' && i >= 3 && strings.EqualFold(s[i-3:i], "www"):
			fmt.Fprintf(&b, "<!-- -->&#%d;", r)
		case r > ' ' && r < 0x7f && !letterOrDigit(r):
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteString("</code>")
	return b.String()
}

func letterOrDigit(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// Fence returns text of several lines as a fenced block of Markdown. It must stand
// at the start of a line and, inside HTML such as <details>, after an empty one.
// Its fence is longer than any that the text has, and no line begins with a slash,
// which GitLab could take for a command, such as /merge. The language is not encoded;
// "" is none.
func Fence(language, text string) string {
	text = strings.ReplaceAll("\n"+InertLines(text), "\n/", "\n /")[1:]
	longest, run := 2, 0
	for i := range len(text) {
		if run++; text[i] != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return fence + language + "\n" + text + fence + "\n"
}
