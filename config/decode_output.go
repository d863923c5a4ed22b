package config

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/internal/tracking"
)

// Output is an output block with its value.
type Output struct {
	Name, Description string
	// Sensitive means that the value is shown only when this one output is asked for.
	Sensitive bool
	// Value carries a mark where something sensitive is in it.
	Value cty.Value
	// Blocks are those whose trackings the value is made of.
	Blocks []tracking.Addr
	Range  hcl.Range // the block's header
}

var (
	outputSchema = &hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "value", Required: true}, {Name: "description"}, {Name: "sensitive"}},
		Blocks:     []hcl.BlockHeaderSchema{{Type: "precondition"}},
	}
)

// evaluateOutputs evaluates the output blocks.
func (j *judge) evaluateOutputs(dec *decoder) {
	for _, block := range dec.named("output") {
		content := j.content(block, outputSchema)
		attrs := content.Attributes
		out := Output{Name: block.Labels[0], Range: block.DefRange}
		if a := attrs["description"]; a != nil {
			if v, ok := dec.constant(a, cty.String); ok {
				out.Description = v.AsString()
			}
		}
		if a := attrs["sensitive"]; a != nil {
			out.Sensitive = dec.constantBool(a, false)
		}
		conditions, diags := decodeConditions(content.Blocks)
		j.report(diags...)
		if attrs["value"] == nil {
			continue
		}
		if out.Sensitive {
			dec.secrets = append(dec.secrets, attrs["value"].Expr.Range())
		}
		j.output(out, conditions, eval.Evaluable(attrs["value"].Expr))
	}
	j.sortOutputs()
}

func (j *judge) sortOutputs() {
	slices.SortFunc(j.outputs, func(a, b Output) int { return cmp.Compare(a.Name, b.Name) })
}

// output evaluates an output, if its preconditions hold; once more, if that
// depends on what the service says.
func (j *judge) output(out Output, conditions []condition, expr hcl.Expression) {
	good := true
	var undecided []condition
	for _, c := range conditions {
		failure, holds, decided := j.checkCondition("Precondition failed", c)
		if failure != nil {
			j.failed = append(j.failed, Failure{Diag: failure})
		}
		if !decided && j.asks() {
			undecided = append(undecided, c)
		} else {
			good = good && holds
		}
	}
	if !good || !j.outputValue(&out, expr) {
		return
	}
	if len(undecided) > 0 {
		out.Value = cty.DynamicVal
	}
	if !out.Value.IsWhollyKnown() {
		j.again = append(j.again, func() { j.output(out, undecided, expr) })
	}
	j.outputs = append(j.outputs, out)
}

// checkCondition evaluates a condition of a block that is no tracking. It reports
// what keeps it from being evaluated. decided reports whether it is known that it
// holds or does not; failure is the diagnostic then.
func (j *judge) checkCondition(summary string, c condition) (failure *hcl.Diagnostic, holds, decided bool) {
	if !j.checkReferences(c.holds, "tracking", "trackings", "data") || !j.checkReferences(c.message, "tracking", "trackings", "data") {
		return nil, false, false
	}
	j.progress.at(c.holds.Range())
	ctx := j.trackingScope(c.holds, c.message)
	holds, known, diags := j.holding(c, ctx, j.refersToPrivate(c.holds, nil))
	if known && !holds {
		var more hcl.Diagnostics
		failure, more = j.failure(summary, c, ctx, nil)
		diags = append(diags, more...)
	}
	j.report(diags...)
	return failure, holds, known && (holds || failure != nil)
}

// outputValue evaluates an output; ok reports whether there is a value, or will be
// one when the service has answered.
func (j *judge) outputValue(out *Output, expr hcl.Expression) (ok bool) {
	if !j.checkReferences(expr, "tracking", "trackings", "data") {
		return false
	}
	j.progress.at(expr.Range())
	v, diags := j.eval.Value(expr, j.trackingScope(expr), out.Sensitive)
	j.report(diags...)
	v, problem := j.memory.Keep(v)
	if problem != "" {
		j.error(expr.Range().Ptr(), "Value too large", "The output cannot be held. "+problem)
	}
	switch {
	case diags.HasErrors() || !v.IsWhollyKnown() && !j.asks():
		return false
	case v.ContainsMarked() && !out.Sensitive:
		j.error(expr.Range().Ptr(), "Output refers to sensitive values", "This value is sensitive, or has something sensitive in it. To say that it is meant to be an output nevertheless, add this argument:\n\n    sensitive = true\n\nIf it may be shown to everybody, write nonsensitive() around it.")
		return false
	case out.Sensitive:
		v = v.Mark(eval.Sensitive{})
	}
	out.Value, out.Blocks = v, blocksIn(expr)
	return true
}
