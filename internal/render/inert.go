package render

import (
	"fmt"
	"strings"
	"unicode"
)

// Quote writes a value between quotes, as in HCL, with everything that is not
// plainly visible as an escape: control characters, escape sequences, and the
// marks that reorder or hide text.
func Quote(s string) string {
	return `"` + Inert(quoting.Replace(s)) + `"`
}

var quoting = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

// Inert writes text without quotes, with the same characters escaped. Line
// breaks are escaped as well.
func Inert(s string) string {
	if strings.IndexFunc(s, hidden) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case !hidden(r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

// inertLines is Inert that keeps line breaks, for text that has several lines.
func inertLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = Inert(lines[i])
	}
	return strings.Join(lines, "\n")
}

func hidden(r rune) bool {
	return r == unicode.ReplacementChar || !unicode.IsGraphic(r)
}
