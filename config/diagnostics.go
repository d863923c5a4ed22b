package config

import (
	"cmp"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// report adds diagnostics. A hopeless configuration has millions; of these the
// first are kept, and many more than are shown, since they are yet to be sorted.
func (l *loader) report(diags ...*hcl.Diagnostic) {
	room := min(len(diags), max(0, 10*maxDiagnostics-len(l.diags)))
	l.diags = append(l.diags, diags[:room]...)
	l.more += len(diags) - room
}

func (l *loader) error(subject *hcl.Range, summary, detail string) {
	l.report(newError(subject, summary, detail))
}

func newError(subject *hcl.Range, summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: subject}
}

// allDiagnostics makes the diagnostics fit for showing.
func (l *loader) allDiagnostics() hcl.Diagnostics {
	sortDiagnostics(l.diags)
	if n := len(l.diags) + l.more; n > maxDiagnostics {
		severity := hcl.DiagWarning
		if l.diags.HasErrors() {
			severity = hcl.DiagError
		}
		l.diags = append(l.diags[:maxDiagnostics], moreLikeThese(severity, n-maxDiagnostics, fmt.Sprintf("There are %d more errors or warnings. The first %d are shown.", n-maxDiagnostics, maxDiagnostics), nil))
	}
	for _, d := range l.diags {
		// Writers would print the values of all variables involved.
		d.EvalContext, d.Expression, d.Extra = nil, nil, nil
		d.Detail = shorten(d.Detail)
	}
	return l.diags
}

// shorten keeps a message readable that quotes something very long.
func shorten(s string) string {
	if len(s) <= maxDetail {
		return s
	}
	end := maxDetail
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + " ..."
}

// behind is where a diagnostic is sorted, other than by its subject.
type behind struct{ place hcl.Range }

// moreLikeThese says that n diagnostics are not shown. It comes behind the last one that
// is, whose place is given; a nil place is the beginning.
func moreLikeThese(severity hcl.DiagnosticSeverity, n int, detail string, last *hcl.Range) *hcl.Diagnostic {
	d := &hcl.Diagnostic{Severity: severity, Summary: fmt.Sprintf("… and %d more like these", n), Detail: detail}
	if last != nil {
		d.Extra = behind{*last}
	}
	return d
}

// sortDiagnostics puts them in file order; what has no place comes first.
func sortDiagnostics(diags hcl.Diagnostics) {
	sortByPlace(diags, func(d *hcl.Diagnostic) *hcl.Diagnostic { return d })
}

func sortByPlace[T any](all []T, of func(T) *hcl.Diagnostic) {
	place := func(t T) hcl.Range {
		d := of(t)
		if b, ok := d.Extra.(behind); ok {
			return b.place
		}
		if d.Subject != nil {
			return *d.Subject
		}
		return hcl.Range{}
	}
	slices.SortStableFunc(all, func(a, b T) int {
		x, y := place(a), place(b)
		return cmp.Or(cmp.Compare(x.Filename, y.Filename), cmp.Compare(x.Start.Byte, y.Start.Byte))
	})
}
