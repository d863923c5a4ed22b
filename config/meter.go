package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// The nodes of this file stand around those nodes of a syntax tree that can
// multiply work, and count it (meter_wrap.go puts them there). They embed
// parentheses, which mean nothing to the evaluator, but let walks over the tree
// see what is inside.

// metered is what these nodes have in common.
type metered struct {
	hclsyntax.ParenthesesExpr
	b *budget
}

func around(b *budget, e hclsyntax.Expression) metered {
	return metered{hclsyntax.ParenthesesExpr{Expression: e}, b}
}

// Range implements hcl.Expression.
func (m *metered) Range() hcl.Range { return m.Expression.Range() }

func (m *metered) inner() hclsyntax.Expression { return m.Expression }

// UnwrapExpression lets package hcl see what kind of expression this is.
func (m *metered) UnwrapExpression() hcl.Expression { return m.Expression }

// plain takes the meters off the outside of an expression.
func plain(e hcl.Expression) hcl.Expression {
	for {
		m, ok := e.(interface{ UnwrapExpression() hcl.Expression })
		if !ok {
			return e
		}
		e = m.UnwrapExpression()
	}
}

// loop stands around a for expression or a splat.
type loop struct {
	metered
	errors int // in this evaluation
}

// Value implements hcl.Expression.
func (l *loop) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	l.b.spend(stepsPerLoop, l)
	l.errors = 0
	return l.Expression.Value(ctx)
}

// round stands around what a loop evaluates for each element. After some errors
// the rest is passed over: the result is lost in any case.
type round struct {
	metered
	cost
	loop *loop
	text *template // that the results become part of, if any
}

// Value implements hcl.Expression.
func (r *round) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	if r.loop.errors >= maxLoopErrors {
		r.b.spend(stepsPerLoop, r)
		r.b.skipped = true
		return cty.DynamicVal, nil
	}
	r.b.spend(r.steps, r)
	r.b.take(r.bytes, r)
	v, diags := r.Expression.Value(ctx)
	if diags.HasErrors() {
		r.loop.errors += len(diags)
	}
	if r.text != nil {
		r.text.add(v, r)
	}
	return v, diags
}

// template stands around a template.
type template struct {
	metered
	length int // of what has been put together in this evaluation
}

// Value implements hcl.Expression.
func (t *template) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	t.length = 0
	return t.Expression.Value(ctx)
}

// add counts a part of the template.
func (t *template) add(v cty.Value, at place) {
	n := 1
	switch v, _ := v.Unmark(); {
	case v.Type() == cty.String && v.IsKnown() && !v.IsNull():
		n = len(v.AsString())
	case v.Type() == cty.Number:
		t.b.spend(stepsPerNumber, at)
	}
	t.b.spend(n/bytesPerStep, at)
	t.b.take(n, at)
	if t.length += n; t.length > maxString {
		t.b.refuse(at, "String too long", fmt.Sprintf("A string may have %s; with this part the template gives a longer one.", sizeText(maxString)))
	}
}

// part stands around what is between ${ and }.
type part struct {
	metered
	of *template
}

// Value implements hcl.Expression.
func (p *part) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, diags := p.Expression.Value(ctx)
	p.of.add(v, p)
	return v, diags
}

// operand stands around a value that will be looked at as a whole: converted,
// compared, or given to a function.
type operand struct {
	metered
	rate   int  // steps for each value in it
	settle bool // make a list of a tuple, or a map of an object, if it is large
	hash   bool // it becomes a set
}

// Value implements hcl.Expression.
func (o *operand) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, diags := o.Expression.Value(ctx)
	o.b.look(v, o.rate, o)
	if o.settle {
		v = o.b.settle(v, o)
	}
	if o.hash {
		o.b.hash(v, o)
	}
	return v, diags
}

// arguments stands around the last argument of a call that is followed by
// "...".
type arguments struct {
	metered
	settle bool
}

// Value implements hcl.Expression.
func (a *arguments) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, diags := a.Expression.Value(ctx)
	a.b.look(v, stepsPerArgument, a)
	n := length(v)
	a.b.take(n*100, a)
	if a.settle || v.ContainsMarked() {
		a.b.spend(square(n), a) // of which functions of cty are
	}
	return v, diags
}

// call stands around a call of a function.
type call struct {
	metered
	deep bool // the result is made anew, and not of parts of the arguments
}

// Value implements hcl.Expression.
func (c *call) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	c.b.spend(stepsPerCall, c)
	v, diags := c.Expression.Value(ctx)
	if c.b.stop != nil { // cty has recovered from our panic
		c.b.blame(c)
		panic(stopped{})
	}
	if problem := c.b.made(v, c.deep, c); problem != "" {
		diags = append(diags, newError(c.Range().Ptr(), "Value too large", "The function gives a value that cannot be held. "+problem))
		return cty.DynamicVal, diags
	}
	return v, diags
}

// lookupCall stands around a call of lookup. To call a function, cty walks
// through its arguments, which with large maps takes too long: where nothing is
// special about them, the element is taken directly.
type lookupCall struct {
	metered
	args []hclsyntax.Expression
}

// Value implements hcl.Expression.
func (c *lookupCall) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	c.b.spend(stepsPerCall, c)
	args := make([]cty.Value, len(c.args))
	for i, arg := range c.args {
		if o, ok := arg.(*operand); ok {
			arg = o.Expression
		}
		v, diags := arg.Value(ctx)
		if diags.HasErrors() || v.IsMarked() || !v.IsKnown() || i < 2 && v.IsNull() {
			return c.Expression.Value(ctx)
		}
		args[i] = v
	}
	var err error
	if args[1], err = convert.Convert(args[1], cty.String); err == nil {
		if v, err := lookup(args); err == nil {
			return v, nil
		}
	}
	return c.Expression.Value(ctx)
}

// lengthCall stands around a call of length. To call a function, cty walks through
// all that is in its argument: how many elements there are is known without.
type lengthCall struct {
	metered
	arg hclsyntax.Expression
}

// Value implements hcl.Expression.
func (c *lengthCall) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	c.b.spend(stepsPerCall, c)
	arg := c.arg
	if o, ok := arg.(*operand); ok {
		arg = o.Expression
	}
	v, diags := arg.Value(ctx)
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	plain, marks := v.Unmark()
	if ty := plain.Type(); plain.IsKnown() && !plain.IsNull() && (ty.IsMapType() || ty.IsListType() || ty.IsTupleType() || ty.IsObjectType()) {
		return cty.NumberIntVal(int64(plain.LengthInt())).WithMarks(marks), nil
	}
	return c.Expression.Value(ctx)
}

// arithmetic stands around a calculation.
type arithmetic struct{ metered }

// Value implements hcl.Expression.
func (a *arithmetic) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, diags := a.Expression.Value(ctx)
	if n, _ := v.Unmark(); n.Type() == cty.Number && n.IsKnown() && !n.IsNull() && numberProblem(n.AsBigFloat()) != "" {
		diags = append(diags, newError(a.Range().Ptr(), "Number out of range", fmt.Sprintf("Numbers may go up to 1e%d.", maxExponent)))
		return cty.UnknownVal(cty.Number), diags
	}
	return v, diags
}

// envCall stands around a call of env, which is no function: try() must not hide
// that. It is told once.
type envCall struct {
	metered
	told bool
}

// Value implements hcl.Expression.
func (c *envCall) Value(*hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	if !c.told {
		c.b.report(noEnv(c.Range()))
	}
	c.told = true
	return cty.DynamicVal, nil
}

// noEnv says what to write instead of env().
func noEnv(at hcl.Range) *hcl.Diagnostic {
	return newError(&at, "The environment cannot be read", "There is no function env(): whoever may change the files could publish with it what is in the environment, such as the API key. "+
		"Declare a variable, say \"shop\", and give it its value where tmsync runs, with TMSYNC_VAR_shop in the environment, or with --var. "+
		"The API key needs none: without api_key, the provider takes it from the environment by itself.")
}

// findEnv returns the first call of env in an expression, or nil.
func findEnv(e hcl.Expression) (at *hcl.Range) {
	if node, ok := e.(hclsyntax.Node); ok {
		// The walk itself cannot fail.
		_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
			if c, ok := n.(*envCall); ok && at == nil {
				at = c.Range().Ptr()
			}
			return nil
		})
	}
	return at
}

// isMetered says whether anything in an expression multiplies work.
func isMetered(e hcl.Expression) bool {
	node, ok := e.(hclsyntax.Node)
	if !ok {
		return false // of a JSON file: without a scope, nothing in it is evaluated
	}
	found := false
	// The walk itself cannot fail.
	_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
		_, metered := n.(interface{ UnwrapExpression() hcl.Expression })
		_, key := n.(*hclsyntax.ObjectConsKeyExpr)
		found = found || metered && !key
		return nil
	})
	return found
}
