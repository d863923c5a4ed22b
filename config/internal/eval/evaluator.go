package eval

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
)

// Evaluator evaluates expressions of people's files. It keeps sensitive values out
// of messages, and turns a panic of the evaluator of hcl into an error.
//
// An evaluation cannot be interrupted. What one call of a function or one template
// can make explode is refused there (checks.go, and package funcs); whoever
// watches Progress ends the rest.
type Evaluator struct {
	marked map[string]bool // whether a variable or a local value has sensitive parts
}

// New returns an evaluator that has seen no variables.
func New() *Evaluator { return &Evaluator{marked: map[string]bool{}} }

// Value returns the value of an expression. With secret, no diagnostic quotes a
// value.
func (e *Evaluator) Value(expr hcl.Expression, ctx *hcl.EvalContext, secret bool) (cty.Value, hcl.Diagnostics) {
	if ctx == nil { // a constant, whose references nobody has checked
		if at := FindEnv(expr); at != nil {
			return cty.DynamicVal, hcl.Diagnostics{NoEnv(*at)}
		}
	}
	v, diags := evaluate(expr, ctx)
	return v, e.Presentable(diags, expr, ctx, secret)
}

// evaluate enters the evaluator of hcl. A panic is a mistake in it, which an odd
// expression must not turn into a crash.
func evaluate(expr hcl.Expression, ctx *hcl.EvalContext) (v cty.Value, diags hcl.Diagnostics) {
	defer func() {
		if recover() != nil {
			v = cty.DynamicVal
			diags = hcl.Diagnostics{hcldiag.Error(expr.Range().Ptr(), "Expression cannot be evaluated", "The evaluator cannot deal with this expression. Write it in another way.")}
		}
	}()
	return expr.Value(ctx)
}

// Presentable removes from an expression's diagnostics what people must not see. If
// it has to do with something sensitive, or secret is set, they do not quote any
// values.
func (e *Evaluator) Presentable(diags hcl.Diagnostics, expr hcl.Expression, ctx *hcl.EvalContext, secret bool) hcl.Diagnostics {
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

// Sensitive is the mark of values that must not be shown.
type Sensitive struct{}

// Personal is the mark of what sensitive attributes are made of. It must not be
// shown in messages, but nobody has called it sensitive.
type Personal struct{}

// quotesNothing are summaries of hcl whose details never quote a value.
var quotesNothing = []string{
	"Unknown variable", "Variables not allowed", "Function calls not allowed", "Call to unknown function",
	"Unsupported attribute", "Not enough function arguments", "Too many function arguments",
	"Inconsistent conditional result types", "Null condition", "Null value as key",
	"Attempt to get attribute from null value", "Attempt to index null value",
	"Iteration over null value", "Iteration over non-iterable value",
}

// quotesWords lists those of them that name what may be a text without quotes.
var quotesWords = []string{"Unknown variable", "Call to unknown function"}

// refersToSensitive reports whether any variable of an expression holds something
// sensitive.
func (e *Evaluator) refersToSensitive(expr hcl.Expression, ctx *hcl.EvalContext) bool {
	for _, t := range expr.Variables() {
		if e.certainlyPlain(t, ctx) {
			continue
		}
		v, diags := t.TraverseAbs(ctx)
		if root := t.RootName(); root == "tracking" || root == "trackings" {
			if !diags.HasErrors() && (v.IsMarked() || !v.Type().IsPrimitiveType()) {
				return true // there are many: looking at each takes long
			}
			continue
		}
		if diags.HasErrors() && len(t) > 2 {
			v, diags = t[:2].TraverseAbs(ctx)
		}
		if !diags.HasErrors() && v.ContainsMarked() {
			return true
		}
	}
	return false
}

// certainlyPlain reports whether a reference leads to nothing sensitive. That is a
// part of a variable or a local value. They may be large, and are searched once.
func (e *Evaluator) certainlyPlain(t hcl.Traversal, ctx *hcl.EvalContext) bool {
	root := t.RootName()
	if root != "var" && root != "local" || len(t) < 2 {
		return false
	}
	step, ok := t[1].(hcl.TraverseAttr)
	if !ok {
		return false
	}
	name := root + "." + step.Name
	if marked, known := e.marked[name]; known {
		return !marked
	}
	v, diags := t[:2].TraverseAbs(ctx)
	if diags.HasErrors() || !v.IsKnown() {
		return false
	}
	e.marked[name] = v.ContainsMarked()
	return !e.marked[name]
}
