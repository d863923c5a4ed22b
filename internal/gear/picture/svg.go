package main

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Sizes of the picture, in pixels.
const (
	char, line = 7.8, 18
	left, top  = 18, 62
)

// palette are the colours of tmsync's output, by the codes of the terminal.
var palette = map[string]string{"31": "#f47067", "32": "#6bc46d", "33": "#daaa3f", "90": "#8b949e"}

var escape = regexp.MustCompile("\x1b\\[([0-9;]*)m")

// terminal returns the picture of a terminal with a command and its output.
func terminal(command, text string) []byte {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	lines = append([]string{"\x1b[32m$\x1b[0m \x1b[1m" + command + "\x1b[0m"}, lines...)
	columns := 0
	for _, l := range lines {
		columns = max(columns, utf8.RuneCountInString(escape.ReplaceAllString(l, "")))
	}
	w, h := 2*left+int(char*float64(columns)+1), top+line*len(lines)
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="%s">`+"\n", w, h, w, h, html.EscapeString("What "+command+" shows"))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" rx="10" fill="#161b22"/>`+"\n", w, h)
	for i, color := range []string{"#ff5f56", "#ffbd2e", "#27c93f"} {
		fmt.Fprintf(&b, `<circle cx="%d" cy="22" r="6" fill="%s"/>`+"\n", 24+20*i, color)
	}
	b.WriteString(`<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" fill="#d0d7de">` + "\n")
	for i, l := range lines {
		row(&b, l, top+line*i)
	}
	b.WriteString("</g>\n</svg>\n")
	return b.Bytes()
}

// row draws one line: a text for each run of one style, at its column.
func row(b *bytes.Buffer, l string, y int) {
	style, column := "", 0
	for l != "" {
		piece := l
		at := escape.FindStringSubmatchIndex(l)
		if at != nil {
			piece = l[:at[0]]
		}
		trimmed := strings.TrimLeft(piece, " ")
		x := left + char*float64(column+len(piece)-len(trimmed))
		if text := strings.TrimRight(trimmed, " "); text != "" {
			fmt.Fprintf(b, `<text x="%.1f" y="%d" textLength="%.1f" xml:space="preserve"%s>%s</text>`+"\n",
				x, y, char*float64(utf8.RuneCountInString(text)), style, html.EscapeString(text))
		}
		column += utf8.RuneCountInString(piece)
		if at == nil {
			return
		}
		style = styled(l[at[2]:at[3]])
		l = l[at[1]:]
	}
}

// styled returns the attributes of the codes of an escape sequence.
func styled(codes string) string {
	out := ""
	for code := range strings.SplitSeq(codes, ";") {
		switch {
		case code == "1":
			out += ` font-weight="bold"`
		case palette[code] != "":
			out += fmt.Sprintf(` fill="%s"`, palette[code])
		}
	}
	return out
}
