package config

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/terraform"
	"github.com/tmsync/tmsync/internal/text"
)

// maxDiagnostics is how many errors and warnings are shown.
const maxDiagnostics = 200

// diagnostics collects what is wrong.
type diagnostics struct {
	diags hcl.Diagnostics
	more  int // beyond those that are kept
}

// report adds diagnostics. A hopeless configuration has millions; of these the
// first are kept, and many more than are shown, since they are yet to be sorted.
func (c *diagnostics) report(diags ...*hcl.Diagnostic) {
	room := min(len(diags), max(0, 10*maxDiagnostics-len(c.diags)))
	c.diags = append(c.diags, terraform.Answer(diags[:room])...)
	c.more += len(diags) - room
}

func (c *diagnostics) error(subject *hcl.Range, summary, detail string) {
	c.report(hcldiag.Error(subject, summary, detail))
}

// content returns what a block has of a schema, and reports what is beside it.
func (c *diagnostics) content(block *hcl.Block, schema *hcl.BodySchema) *hcl.BodyContent {
	content, diags := block.Body.Content(schema)
	c.report(diags...)
	return content
}

// all returns the diagnostics as they are shown. Of too many, errors are shown before
// warnings.
func (c *diagnostics) all() hcl.Diagnostics {
	hcldiag.Sort(c.diags)
	if n := len(c.diags) + c.more; n > maxDiagnostics {
		slices.SortStableFunc(c.diags, func(a, b *hcl.Diagnostic) int { return cmp.Compare(a.Severity, b.Severity) })
		severity := hcl.DiagWarning
		if c.diags.HasErrors() {
			severity = hcl.DiagError
		}
		c.diags = append(c.diags[:maxDiagnostics], hcldiag.MoreLikeThese(severity, n-maxDiagnostics, fmt.Sprintf("There are %d more errors or warnings. The first %d are shown.", n-maxDiagnostics, maxDiagnostics), nil))
	}
	for _, d := range c.diags {
		// Writers would print the values of all variables involved.
		d.EvalContext, d.Expression, d.Extra = nil, nil, nil
		d.Detail = text.Shorten(d.Detail, hcldiag.MaxDetail)
	}
	return c.diags
}

// reset forgets what was collected.
func (c *diagnostics) reset() { c.diags, c.more = nil, 0 }

// repeated returns a counter of mistakes that may be many.
func (c *diagnostics) repeated(place *hcl.Range, what string) *hcldiag.Repeated {
	return &hcldiag.Repeated{Report: func(d *hcl.Diagnostic) { c.report(d) }, Place: place, What: what}
}

// kinds returns a collector of mistakes of which those of a kind are told once.
func (c *diagnostics) kinds(noun string) *hcldiag.Kinds {
	return &hcldiag.Kinds{Report: func(d *hcl.Diagnostic) { c.report(d) }, Noun: noun}
}
