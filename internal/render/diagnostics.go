package render

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// Diagnostics writes diagnostics with the lines of the files they speak of.
func Diagnostics(out io.Writer, diags hcl.Diagnostics, files map[string]*hcl.File, s Style) error {
	width := uint(78)
	if s.Width > 0 {
		width = uint(s.Width)
	}
	shown, sources := map[string]*hcl.File{}, map[string]*hcl.File{}
	w := hcl.NewDiagnosticTextWriter(out, shown, width, s.Color)
	for _, d := range diags {
		clean := *d
		clean.Summary, clean.Detail = Inert(d.Summary), InertLines(d.Detail)
		clean.Expression, clean.EvalContext = nil, nil // may hold sensitive values
		if d.Subject != nil {
			name := d.Subject.Filename
			if sources[name] == nil {
				sources[name] = inertFile(files[name])
			}
			clean.Subject, clean.Context = excerpt(d.Subject, d.Context, sources[name].Bytes)
			shown[Inert(name)] = sources[name]
			if clean.Subject == nil {
				clean.Subject, shown[Inert(name)] = d.Subject, inertFile(nil)
			}
			clean.Subject = inertRange(clean.Subject)
			if clean.Context != nil {
				clean.Context = inertRange(clean.Context)
			}
		}
		if err := w.WriteDiagnostic(&clean); err != nil {
			return err
		}
	}
	return nil
}

// inertFile is a file as it may be shown. Of some files, such as customers' CSV
// files, there is none, and only the place is shown.
func inertFile(f *hcl.File) *hcl.File {
	if f == nil {
		return &hcl.File{Bytes: []byte{}}
	}
	return &hcl.File{Bytes: inertSource(f.Bytes), Nav: inertNav{f.Nav}}
}

// maxExcerpt bounds what is shown of a file, in bytes.
const maxExcerpt = 2000

// excerpt shortens the ranges whose lines are shown, to the first line if they
// are too long, and gives no subject if that one is too long by itself.
func excerpt(subject, context *hcl.Range, src []byte) (*hcl.Range, *hcl.Range) {
	size := func(r hcl.Range) int {
		from := bytes.LastIndexByte(src[:min(r.Start.Byte, len(src))], '\n') + 1
		return endOfLine(src, max(r.Start.Byte, r.End.Byte)) - from
	}
	if context != nil && size(hcl.RangeOver(*subject, *context)) > maxExcerpt {
		context = nil
	}
	if size(*subject) <= maxExcerpt {
		return subject, context
	}
	first := *subject
	end := endOfLine(src, first.Start.Byte)
	first.End = hcl.Pos{Line: first.Start.Line, Column: first.Start.Column + end - first.Start.Byte, Byte: end}
	if size(first) > maxExcerpt {
		return nil, nil
	}
	return &first, nil
}

// endOfLine is the place of the line break that follows a place.
func endOfLine(src []byte, at int) int {
	at = min(at, len(src))
	if n := bytes.IndexByte(src[at:], '\n'); n >= 0 {
		return at + n
	}
	return len(src)
}

// inertNav names the block that a snippet is from. In JSON such a name may hold
// anything.
type inertNav struct{ nav any }

// ContextString is what hcl asks for.
func (n inertNav) ContextString(offset int) string {
	if nav, ok := n.nav.(interface{ ContextString(int) string }); ok {
		return Inert(nav.ContextString(offset))
	}
	return ""
}

func inertRange(r *hcl.Range) *hcl.Range {
	clean := *r
	clean.Filename = Inert(r.Filename)
	return &clean
}

// inertSource blanks out what a snippet must not bring to a terminal. Every
// byte keeps its place, because ranges count bytes.
func inertSource(src []byte) []byte {
	out, text := make([]byte, 0, len(src)), string(src)
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		switch {
		case r == '\n', r == '\t', r == '\r' && strings.HasPrefix(text[i+1:], "\n"), !hidden(r) && (r != '#' || !vso(text, i)):
			out = append(out, src[i:i+n]...)
		default:
			out = append(out, strings.Repeat("?", n)...)
		}
		i += n
	}
	return out
}
