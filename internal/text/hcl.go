package text

import "strings"

// HCLQuote writes a text as an HCL string: nothing in it is a template, and what
// Inert would escape is an escape of HCL, so that it means the same to whoever
// reads the file, and nothing to a terminal that shows it.
func HCLQuote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch rest := s[i+1:]; {
		case r == '"', r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case (r == '$' || r == '%') && strings.HasPrefix(rest, "{"):
			b.WriteString(strings.Repeat(string(r), 2))
		case unsafe(s, i, r):
			writeEscape(&b, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
