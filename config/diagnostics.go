package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
)

// report adds diagnostics. A hopeless configuration has millions; of these the
// first are kept, and many more than are shown, since they are yet to be sorted.
func (l *loader) report(diags ...*hcl.Diagnostic) {
	room := min(len(diags), max(0, 10*maxDiagnostics-len(l.diags)))
	l.diags = append(l.diags, diags[:room]...)
	l.more += len(diags) - room
}

func (l *loader) error(subject *hcl.Range, summary, detail string) {
	l.report(hcldiag.Error(subject, summary, detail))
}

// allDiagnostics makes the diagnostics fit for showing.
func (l *loader) allDiagnostics() hcl.Diagnostics {
	hcldiag.Sort(l.diags)
	if n := len(l.diags) + l.more; n > maxDiagnostics {
		severity := hcl.DiagWarning
		if l.diags.HasErrors() {
			severity = hcl.DiagError
		}
		l.diags = append(l.diags[:maxDiagnostics], hcldiag.MoreLikeThese(severity, n-maxDiagnostics, fmt.Sprintf("There are %d more errors or warnings. The first %d are shown.", n-maxDiagnostics, maxDiagnostics), nil))
	}
	for _, d := range l.diags {
		// Writers would print the values of all variables involved.
		d.EvalContext, d.Expression, d.Extra = nil, nil, nil
		d.Detail = hcldiag.Shorten(d.Detail)
	}
	return l.diags
}

func (l *loader) newMistakes(place *hcl.Range, what string) *hcldiag.Repeated {
	return &hcldiag.Repeated{Report: func(d *hcl.Diagnostic) { l.report(d) }, Place: place, What: what}
}
