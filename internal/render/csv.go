package render

import "strings"

// CSV writes one record (RFC 4180), with the line break at its end. Hidden
// characters are escaped as Inert does, but for line breaks and tabs.
//
// A cell that a spreadsheet would take for a formula gets an apostrophe before
// it, which spreadsheets do not show. So that nothing is lost, one that begins
// with an apostrophe gets another one: who reads the file takes one away.
func CSV(cells ...string) string {
	var b strings.Builder
	for i, cell := range cells {
		if i > 0 {
			b.WriteByte(',')
		}
		cell = escape(cell, "\n\t")
		if formula(cell) {
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

// formula says whether a cell begins as a formula does, in ASCII or in the full
// width of East Asia, or with an apostrophe. White space before it may be
// dropped on the way.
func formula(cell string) bool {
	trimmed := strings.TrimSpace(cell)
	if trimmed == "" {
		return false
	}
	return strings.ContainsRune("=+-@'＝＋－＠", []rune(trimmed)[0])
}
