// Package hcldiag makes, sorts and shortens the diagnostics that point into people's
// files, and the words in them.
package hcldiag

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/text"
)

// Error returns an error that points at a range; nil is no range.
func Error(subject *hcl.Range, summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: subject}
}

// MaxDetail is how much of one diagnostic is shown, in bytes.
const MaxDetail = 4000

// behind is where a diagnostic is sorted, other than by its subject.
type behind struct{ place hcl.Range }

// MoreLikeThese returns the diagnostic for n that are not shown. It comes behind the
// last one that is, whose place is given; a nil place is the beginning.
func MoreLikeThese(severity hcl.DiagnosticSeverity, n int, detail string, last *hcl.Range) *hcl.Diagnostic {
	d := &hcl.Diagnostic{Severity: severity, Summary: fmt.Sprintf("… and %d more like these", n), Detail: detail}
	if last != nil {
		d.Extra = behind{*last}
	}
	return d
}

// First returns the one syntax error worth showing, nil if there is none: the first in
// the file. Those after it are mostly consequences.
func First(diags hcl.Diagnostics) *hcl.Diagnostic {
	var first *hcl.Diagnostic
	for _, d := range diags {
		if d.Severity == hcl.DiagError && (first == nil || d.Subject.Start.Byte < first.Subject.Start.Byte) {
			first = d
		}
	}
	return first
}

// Sort sorts diagnostics into file order; what has no place comes first.
func Sort(diags hcl.Diagnostics) {
	SortBy(diags, func(d *hcl.Diagnostic) *hcl.Diagnostic { return d })
}

// SortBy is Sort for what has a diagnostic.
func SortBy[T any](all []T, of func(T) *hcl.Diagnostic) {
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

// personal is what columns of customers' data are called, in a few languages.
var personal = regexp.MustCompile(`(?i)name|mail|phone|tel(efon)?\b|mobil|address|street|city|zip|post|customer|recipient|receiver|buyer|consignee|kunde|empf|anschrift|stra(ss|ß)e`)

// Personal reports whether a column sounds as if it had customers' data.
func Personal(column string) bool { return personal.MatchString(column) }

// Warning returns a warning without a range.
func Warning(summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: summary, Detail: detail}
}

// Place returns a range for a sentence: main.hcl:12.
func Place(rng hcl.Range) string {
	return fmt.Sprintf("%s:%d", FileName(rng.Filename), rng.Start.Line)
}

// FileName writes a file's name within a sentence.
func FileName(name string) string {
	if text.Invisible(name) != "" {
		return strconv.Quote(name)
	}
	return name
}
