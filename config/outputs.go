package config

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
)

// Output is an output block with its value.
type Output struct {
	Name, Description string
	// Sensitive says that the value is not to be shown unless somebody asks for
	// this one output.
	Sensitive bool
	// Value carries a mark where something sensitive is in it.
	Value cty.Value
	Range hcl.Range // the block's header
}

var (
	outputSchema = &hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "value", Required: true}, {Name: "description"}, {Name: "sensitive"}},
		Blocks:     []hcl.BlockHeaderSchema{{Type: "precondition"}},
	}
	checkSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "assert"}}}
)

// evaluateOutputs evaluates the output blocks.
func (l *loader) evaluateOutputs() {
	for _, block := range l.named("output") {
		content, diags := block.Body.Content(outputSchema)
		l.report(diags...)
		attrs := content.Attributes
		out := Output{Name: block.Labels[0], Range: block.DefRange}
		if a := attrs["description"]; a != nil {
			if v, ok := l.constant(a, cty.String); ok {
				out.Description = v.AsString()
			}
		}
		if a := attrs["sensitive"]; a != nil {
			out.Sensitive = l.constantBool(a, false)
		}
		conditions, diags := decodeConditions(content.Blocks)
		l.report(diags...)
		if attrs["value"] == nil {
			continue
		}
		if out.Sensitive {
			l.cfg.secrets = append(l.cfg.secrets, attrs["value"].Expr.Range())
		}
		l.output(out, conditions, eval.Evaluable(attrs["value"].Expr))
	}
	l.sortOutputs()
}

func (l *loader) sortOutputs() {
	slices.SortFunc(l.cfg.Outputs, func(a, b Output) int { return cmp.Compare(a.Name, b.Name) })
}

// named returns the blocks of one type that have different, valid names.
func (l *loader) named(kind string) hcl.Blocks {
	var out hcl.Blocks
	places := map[string]hcl.Range{}
	for _, block := range l.blocks(kind) {
		name := block.Labels[0]
		if !l.checkBlockName(block) {
			continue
		}
		if other, taken := places[name]; taken {
			l.error(&block.DefRange, "Duplicate "+kind, fmt.Sprintf("There is another %s block named %q, at %s.", kind, name, hcldiag.Place(other)))
			continue
		}
		places[name] = block.DefRange
		out = append(out, block)
	}
	return out
}

// output evaluates an output, if its preconditions hold; once more, if that
// depends on what the service says.
func (l *loader) output(out Output, conditions []condition, expr hcl.Expression) {
	good := true
	var undecided []condition
	for _, c := range conditions {
		failure, holds, decided := l.checkCondition("Precondition failed", c)
		if failure != nil {
			l.fail("", failure)
		}
		if !decided && l.asks() {
			undecided = append(undecided, c)
		} else {
			good = good && holds
		}
	}
	if !good || !l.outputValue(&out, expr) {
		return
	}
	if len(undecided) > 0 {
		out.Value = cty.DynamicVal
	}
	if !out.Value.IsWhollyKnown() {
		l.again = append(l.again, func() { l.output(out, undecided, expr) })
	}
	l.cfg.Outputs = append(l.cfg.Outputs, out)
}

// checkCondition evaluates a condition of a block that is no tracking. It reports
// what keeps it from being evaluated. decided says that it does or does not hold,
// and what there is to say of that.
func (l *loader) checkCondition(summary string, c condition) (failure *hcl.Diagnostic, holds, decided bool) {
	if !l.checkReferences(c.holds, "tracking", "trackings", "data") || !l.checkReferences(c.message, "tracking", "trackings", "data") {
		return nil, false, false
	}
	l.opts.Progress.at(c.holds.Range())
	ctx := l.trackingScope(c.holds, c.message)
	holds, known, diags := l.holding(c, ctx, l.refersToPrivate(c.holds, nil))
	if known && !holds {
		var more hcl.Diagnostics
		failure, more = l.failure(summary, c, ctx, nil)
		diags = append(diags, more...)
	}
	l.report(diags...)
	return failure, holds, known && (holds || failure != nil)
}

// outputValue evaluates an output; ok reports whether there is a value, or will be
// one when the service has answered.
func (l *loader) outputValue(out *Output, expr hcl.Expression) (ok bool) {
	if !l.checkReferences(expr, "tracking", "trackings", "data") {
		return false
	}
	l.opts.Progress.at(expr.Range())
	v, diags := l.eval.Value(expr, l.trackingScope(expr), out.Sensitive)
	l.report(diags...)
	v, problem := l.memory.Keep(v)
	if problem != "" {
		l.error(expr.Range().Ptr(), "Value too large", "The output cannot be held. "+problem)
	}
	switch {
	case diags.HasErrors() || !v.IsWhollyKnown() && !l.asks():
		return false
	case v.ContainsMarked() && !out.Sensitive:
		l.error(expr.Range().Ptr(), "Output refers to sensitive values", "This value is sensitive, or has something sensitive in it. To say that it is meant to be an output nevertheless, add this argument:\n\n    sensitive = true\n\nIf it may be shown to everybody, write nonsensitive() around it.")
		return false
	case out.Sensitive:
		v = v.Mark(eval.Sensitive{})
	}
	out.Value = v
	return true
}

// evaluateChecks evaluates the check blocks. One that does not hold is a warning.
func (l *loader) evaluateChecks() {
	warnings := l.newMistakes(nil, "check blocks")
	warnings.Report = func(d *hcl.Diagnostic) { l.cfg.Warnings = append(l.cfg.Warnings, d) }
	for _, block := range l.named("check") {
		content, diags := block.Body.Content(checkSchema)
		l.report(diags...)
		if len(content.Blocks) == 0 && !diags.HasErrors() {
			l.error(&block.DefRange, "Check without an assert block", "A check has one or more assert blocks, each with a condition and an error_message.")
		}
		conditions, diags := decodeConditions(content.Blocks)
		l.report(diags...)
		for _, c := range conditions {
			l.assert(c, warnings)
		}
	}
	hcldiag.Sort(l.cfg.Warnings)
	warnings.Close()
	if len(l.again) > 0 {
		l.again = append(l.again, warnings.Close)
	}
}

// assert evaluates a condition of a check; once more, if it depends on what the
// service says.
func (l *loader) assert(c condition, warnings *hcldiag.Repeated) {
	warning, _, decided := l.checkCondition("Check block assertion failed", c)
	switch {
	case warning != nil:
		warning.Severity = hcl.DiagWarning
		warning.Detail = hcldiag.Shorten(warning.Detail)
		warnings.Add(warning)
	case !decided && l.asks():
		l.again = append(l.again, func() { l.assert(c, warnings) })
	}
}
