package render

import (
	"io"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// Diagnostics writes diagnostics with the lines of the files they speak of.
func Diagnostics(out io.Writer, diags hcl.Diagnostics, files map[string]*hcl.File, s Style) error {
	width := uint(78)
	if s.Width > 0 {
		width = uint(s.Width)
	}
	shown := map[string]*hcl.File{}
	w := hcl.NewDiagnosticTextWriter(out, shown, width, s.Color)
	for _, d := range diags {
		clean := *d
		clean.Summary, clean.Detail = Inert(d.Summary), inertLines(d.Detail)
		clean.Expression, clean.EvalContext = nil, nil // may hold sensitive values
		if d.Subject != nil {
			clean.Subject = inertRange(d.Subject)
			if name := clean.Subject.Filename; shown[name] == nil {
				// Of some files, such as customers' CSV files, only the place is shown.
				shown[name] = &hcl.File{Bytes: []byte{}}
				if f := files[d.Subject.Filename]; f != nil {
					shown[name] = &hcl.File{Bytes: inertSource(f.Bytes), Nav: f.Nav}
				}
			}
		}
		if d.Context != nil {
			clean.Context = inertRange(d.Context)
		}
		if err := w.WriteDiagnostic(&clean); err != nil {
			return err
		}
	}
	return nil
}

func inertRange(r *hcl.Range) *hcl.Range {
	clean := *r
	clean.Filename = Inert(r.Filename)
	return &clean
}

// inertSource blanks out what a snippet must not bring to a terminal. Every
// byte keeps its place, because ranges count bytes.
func inertSource(src []byte) []byte {
	out := make([]byte, 0, len(src))
	for len(src) > 0 {
		r, n := utf8.DecodeRune(src)
		if r == '\n' || r == '\t' || r == '\r' && len(src) > 1 && src[1] == '\n' || !hidden(r) {
			out = append(out, src[:n]...)
		} else {
			for range n {
				out = append(out, '?')
			}
		}
		src = src[n:]
	}
	return out
}
