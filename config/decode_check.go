package config

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/text"
)

var checkSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "assert"}}}

// evaluateChecks evaluates the check blocks. One that does not hold is a warning.
func (j *judge) evaluateChecks(dec *decoder) {
	warnings := j.repeated(nil, "check blocks")
	warnings.Report = func(d *hcl.Diagnostic) { j.warnings = append(j.warnings, d) }
	for _, block := range dec.named("check") {
		content, diags := block.Body.Content(checkSchema)
		j.report(diags...)
		if len(content.Blocks) == 0 && !diags.HasErrors() {
			j.error(&block.DefRange, "Check without an assert block", "A check has one or more assert blocks, each with a condition and an error_message.")
		}
		conditions, diags := decodeConditions(content.Blocks)
		j.report(diags...)
		for _, c := range conditions {
			j.assert(c, warnings)
		}
	}
	hcldiag.Sort(j.warnings)
	warnings.Close()
	if len(j.again) > 0 {
		j.again = append(j.again, warnings.Close)
	}
}

// assert evaluates a condition of a check; once more, if it depends on what the
// service says.
func (j *judge) assert(c condition, warnings *hcldiag.Repeated) {
	warning, _, decided := j.checkCondition("Check block assertion failed", c)
	switch {
	case warning != nil:
		warning.Severity = hcl.DiagWarning
		warning.Detail = text.Shorten(warning.Detail, hcldiag.MaxDetail)
		warnings.Add(warning)
	case !decided && j.asks():
		j.again = append(j.again, func() { j.assert(c, warnings) })
	}
}
