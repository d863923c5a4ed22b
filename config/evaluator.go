package config

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// evaluator evaluates expressions of people's files. It keeps sensitive values out
// of messages, and turns a panic of the evaluator of hcl into an error.
//
// An evaluation cannot be interrupted. What one call of a function or one template
// can make explode is refused there (functions_bounds.go, checked.go); whoever
// watches Progress ends the rest.
type evaluator struct {
	marked map[string]bool // whether a variable or a local value has sensitive parts
}

func newEvaluator() *evaluator { return &evaluator{marked: map[string]bool{}} }

// value returns the value of an expression. With secret, no diagnostic quotes a
// value.
func (e *evaluator) value(expr hcl.Expression, ctx *hcl.EvalContext, secret bool) (cty.Value, hcl.Diagnostics) {
	if ctx == nil { // a constant, whose references nobody has checked
		if at := findEnv(expr); at != nil {
			return cty.DynamicVal, hcl.Diagnostics{noEnv(*at)}
		}
	}
	v, diags := evaluate(expr, ctx)
	return v, e.presentable(diags, expr, ctx, secret)
}

// evaluate enters the evaluator of hcl. A panic is a mistake in it, which an odd
// expression must not turn into a crash.
func evaluate(expr hcl.Expression, ctx *hcl.EvalContext) (v cty.Value, diags hcl.Diagnostics) {
	defer func() {
		if recover() != nil {
			v = cty.DynamicVal
			diags = hcl.Diagnostics{newError(expr.Range().Ptr(), "Expression cannot be evaluated", "The evaluator cannot deal with this expression. Write it in another way.")}
		}
	}()
	return expr.Value(ctx)
}

// presentable takes out of the diagnostics of an expression what people must
// not see. If it has to do with something sensitive, or secret is set, they do
// not quote any values.
func (e *evaluator) presentable(diags hcl.Diagnostics, expr hcl.Expression, ctx *hcl.EvalContext, secret bool) hcl.Diagnostics {
	if len(diags) == 0 {
		return nil
	}
	sensitive := secret || e.refersToSensitive(expr, ctx)
	clean := make(hcl.Diagnostics, len(diags))
	for i, d := range diags {
		c := *d
		switch {
		case secret && slices.Contains(quotesWords, c.Summary):
			c.Detail = "What stands here is not known as a name. A text must stand in quotes. It is not shown, because the value is sensitive."
		case sensitive && !slices.Contains(quotesNothing, c.Summary):
			c.Detail = "What is wrong is not shown, because a sensitive value is involved."
		}
		if i := strings.Index(c.Detail, "panic in function"); i >= 0 {
			c.Detail = c.Detail[:i] + "it cannot deal with this value."
		}
		clean[i] = &c
	}
	return clean
}
