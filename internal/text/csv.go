package text

import (
	"strings"
	"unicode"
)

// CSV returns one record (RFC 4180) with its line break. Whatever a configuration may
// hold keeps its characters. Those that it refuses and that could steer a terminal
// (control characters, separators of lines, overrides of the direction of writing)
// are escaped as Inert does.
//
// A cell that a spreadsheet would take for a formula gets an apostrophe before
// it. So that nothing is lost, one that begins with an apostrophe gets another
// one: who reads the file takes one away. In a trackings block that is
// trimprefix(row.title, "'").
func CSV(cells ...string) string {
	var b strings.Builder
	for i, cell := range cells {
		if i > 0 {
			b.WriteByte(',')
		}
		cell = escapeSteering(cell)
		if Formula(cell) {
			cell = "'" + cell
		}
		if len(cells) == 1 && cell == "" || strings.ContainsAny(cell, "\",;\n\t") || strings.TrimSpace(cell) != cell {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		b.WriteString(cell)
	}
	b.WriteByte('\n')
	return b.String()
}

// escapeSteering escapes what steers a terminal or breaks lines, and nothing else.
func escapeSteering(s string) string {
	if !strings.ContainsFunc(s, steers) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if steers(r) {
			b.WriteString(Inert(string(r)))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func steers(r rune) bool {
	return r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

// Formula reports whether a spreadsheet may take a cell for a formula. That is by
// its first character, in ASCII or full width, or an apostrophe: CSV puts an
// apostrophe before it. White space before it may be dropped on the way.
func Formula(cell string) bool {
	trimmed := strings.TrimSpace(cell)
	if trimmed == "" {
		return false
	}
	return strings.ContainsRune("=+-@'＝＋－＠", []rune(trimmed)[0])
}
