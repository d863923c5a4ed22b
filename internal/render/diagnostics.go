package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/text"
)

// Diagnostics writes diagnostics with the lines of the files they speak of.
func Diagnostics(out io.Writer, diags hcl.Diagnostics, files map[string]*hcl.File, s Style) error {
	width := uint(78)
	if s.Width > 0 {
		width = uint(s.Width)
	}
	for _, d := range diags {
		var b strings.Builder
		// Expressions and their scope may hold sensitive values.
		clean := &hcl.Diagnostic{Severity: d.Severity, Summary: text.Inert(d.Summary), Detail: text.InertLines(d.Detail)}
		if err := hcl.NewDiagnosticTextWriter(&b, nil, width, s.Color).WriteDiagnostic(clean); err != nil {
			return err
		}
		head, detail, _ := strings.Cut(b.String(), "\n\n")
		if _, err := io.WriteString(out, head+"\n\n"+snippet(d, files, s)+detail); err != nil {
			return err
		}
	}
	return nil
}

// What a snippet shows: of long lines what is around the problem, of many lines
// the first.
const (
	snippetLines = 10
	snippetWidth = 200 // bytes
	snippetLead  = 60  // of them, before the problem
)

// snippet shows the source of a problem as hcl does, without reading whole files.
// Of some files, such as customers' CSV files, there is only the place.
func snippet(d *hcl.Diagnostic, files map[string]*hcl.File, s Style) string {
	if d.Subject == nil {
		return ""
	}
	var src []byte
	var block string
	if f := files[d.Subject.Filename]; f != nil {
		src = f.Bytes
		if name := (inertNav{f.Nav}).ContextString(d.Subject.Start.Byte); name != "" {
			block = ", in " + name
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "  on %s line %d%s:\n", text.Inert(d.Subject.Filename), d.Subject.Start.Line, block)
	shown := *d.Subject
	if d.Context != nil {
		shown = hcl.RangeOver(shown, *d.Context)
	}
	at, line := shown.Start.Byte, shown.Start.Line
	if at < 0 || at >= len(src) {
		return b.String() + "\n"
	}
	at = bytes.LastIndexByte(src[:at], '\n') + 1
	for n := 0; at < len(src) && (n == 0 || at < shown.End.Byte); n++ {
		if n == snippetLines {
			b.WriteString("      …\n")
			break
		}
		end := endOfLine(src, at)
		fmt.Fprintf(&b, "%4d: %s\n", line+n, lineAround(src, at, end, d.Subject, s))
		at = end + 1
	}
	return b.String() + "\n"
}

// lineAround shows the line between two offsets, with the subject marked.
func lineAround(src []byte, from, to int, subject *hcl.Range, s Style) string {
	text, start, end := clip(src, from, to, subject)
	if start >= end {
		return text
	}
	return text[:start] + s.paint(highlight, text[start:end]) + text[end:]
}

// clip returns the shown part of a line, and where the subject is in it. Of a long
// line that is what surrounds the subject or, if that is elsewhere, its beginning.
func clip(src []byte, from, to int, subject *hcl.Range) (text string, start, end int) {
	if to > from && src[to-1] == '\r' {
		to--
	}
	start, end = min(max(subject.Start.Byte, from), to), min(max(subject.End.Byte, from), to)
	before, after := "", ""
	if to-from > snippetWidth {
		left := from
		if start < to {
			left = runeStart(src, max(from, start-snippetLead), from)
		}
		right := runeStart(src, min(left+snippetWidth, to), left)
		if left > from {
			before = "…"
		}
		if right < to {
			after = "…"
		}
		from, to = left, right
		start, end = max(start, from), min(max(end, start), to)
	}
	offset := len(before) - from
	return before + string(inertSource(src[from:to])) + after, start + offset, end + offset
}

// highlight is how hcl marks what a problem is about.
const highlight = "1;4"

// runeStart moves an offset back to the start of a character.
func runeStart(src []byte, at, first int) int {
	for at > first && at < len(src) && !utf8.RuneStart(src[at]) {
		at--
	}
	return at
}

// endOfLine is the place of the line break that follows a place.
func endOfLine(src []byte, at int) int {
	if n := bytes.IndexByte(src[at:], '\n'); n >= 0 {
		return at + n
	}
	return len(src)
}

// inertNav is the block that a snippet is from. In JSON such a name may hold
// anything.
type inertNav struct{ nav any }

// ContextString is what hcl asks for.
func (n inertNav) ContextString(offset int) string {
	if nav, ok := n.nav.(interface{ ContextString(int) string }); ok {
		return text.Inert(nav.ContextString(offset))
	}
	return ""
}

// inertSource blanks out what a snippet must not bring to a terminal. Every
// byte keeps its place, because ranges count bytes.
func inertSource(src []byte) []byte {
	out, s := make([]byte, 0, len(src)), string(src)
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		switch {
		case r == '\n', r == '\t', r == '\r' && strings.HasPrefix(s[i+1:], "\n"), !text.Hidden(r) && (r != '#' || !text.RunnerMark(s, i)):
			out = append(out, src[i:i+n]...)
		default:
			out = append(out, strings.Repeat("?", n)...)
		}
		i += n
	}
	return out
}
