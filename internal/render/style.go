// Package render turns plans, reports, states and diagnostics into text for
// people. It knows colours, symbols and widths, and decides nothing.
//
// Whatever comes from the files or the service passes through text.Quote or text.Inert on
// its way out, so that it cannot steer a terminal; the value of a sensitive
// attribute is never written unless the caller asks for it.
package render

import (
	"bufio"
	"fmt"
)

// Style is how text is written to one destination.
type Style struct {
	Color bool
	// Sensitive shows the values of sensitive attributes in clear.
	Sensitive bool
	// Width is the terminal's, in columns; 0 where there is none.
	Width int
	// Full shows every change of a plan by itself, Summary none.
	Full, Summary bool
}

// The colours of Terraform's output, so that eyes need not learn anew.
const (
	green  = "32"
	red    = "31"
	yellow = "33"
	faint  = "90"
	bold   = "1"
)

func (s Style) paint(code, text string) string {
	if !s.Color || code == "" || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// paragraphs writes each text with an empty line after it.
func paragraphs(w *bufio.Writer, texts []string) {
	for _, t := range texts {
		fmt.Fprintf(w, "%s\n\n", t)
	}
}

// Bold returns text in bold.
func Bold(s Style, text string) string { return s.paint(bold, text) }

// Success returns text in the colour of good news.
func Success(s Style, text string) string { return s.paint(bold+";"+green, text) }
