package eval

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/text"
)

// checked wraps a part of an expression whose value is checked before use. It
// embeds parentheses, which mean nothing to the evaluator, but let walks over the
// tree see what is inside.
type checked struct {
	hclsyntax.ParenthesesExpr
	// check returns the value to use, or in a sentence what is wrong with it.
	check   func(cty.Value) (cty.Value, string)
	summary string
}

// Range implements hcl.Expression.
func (c *checked) Range() hcl.Range { return c.Expression.Range() }

// Value implements hcl.Expression.
func (c *checked) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, diags := c.Expression.Value(ctx)
	v, problem := c.check(v)
	if problem != "" {
		diags = append(diags, hcldiag.Error(c.Range().Ptr(), c.summary, problem))
		return cty.DynamicVal, diags
	}
	return v, diags
}

// AddChecks inserts checks into a syntax tree where hcl would need much time or
// memory:
//
//   - texts that templates put together have a bound;
//   - a text that is read as a number is one that can be written out;
//   - results of conditions are unified quickly: for 10,000 elements in 10 ms and
//     not in 3 s.
func AddChecks(node hclsyntax.Node) {
	// The walk itself cannot fail.
	_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
		switch e := n.(type) {
		case *hclsyntax.ConditionalExpr:
			e.TrueResult = check(e.TrueResult, "", unifiedResult)
			e.FalseResult = check(e.FalseResult, "", unifiedResult)
		case *hclsyntax.UnaryOpExpr:
			e.Val = checkOperand(e.Val, e.Op)
		case *hclsyntax.BinaryOpExpr:
			e.LHS, e.RHS = checkOperand(e.LHS, e.Op), checkOperand(e.RHS, e.Op)
		case *hclsyntax.TemplateExpr:
			checkTemplate(e)
		case *hclsyntax.TemplateJoinExpr:
			var text textLength
			e.Tuple = check(e.Tuple, tooLongText, text.join)
		}
		return nil
	})
}

func check(e hclsyntax.Expression, summary string, do func(cty.Value) (cty.Value, string)) hclsyntax.Expression {
	switch e.(type) {
	case *checked, *hclsyntax.LiteralValueExpr:
		return e
	}
	return &checked{hclsyntax.ParenthesesExpr{Expression: e}, do, summary}
}

func unifiedResult(v cty.Value) (cty.Value, string) { return Unify(v), "" }

func checkOperand(e hclsyntax.Expression, op *hclsyntax.Operation) hclsyntax.Expression {
	if op.Type != cty.Number {
		return e
	}
	return check(e, "Number out of range", func(v cty.Value) (cty.Value, string) { return v, NumberTextProblem(v) })
}

// checkTemplate bounds the length of what a template puts together.
func checkTemplate(e *hclsyntax.TemplateExpr) {
	if isLiteral(e) {
		return
	}
	var text textLength
	first := true
	for i, p := range e.Parts {
		if isLiteral(p) {
			continue
		}
		add := text.add
		if first {
			first, add = false, func(v cty.Value) (cty.Value, string) { text = 0; return text.add(v) }
		}
		e.Parts[i] = check(p, tooLongText, add)
	}
}

const tooLongText = "String too long"

// textLength counts the bytes of a text that is being put together.
type textLength int

func (t *textLength) add(v cty.Value) (cty.Value, string) {
	*t += textLength(len(Text(v)))
	if *t > MaxString {
		return v, fmt.Sprintf("A string may have %s; with this part the template returns a longer one.", text.Size(MaxString))
	}
	return v, ""
}

// join adds the texts of a "for" directive.
func (t *textLength) join(v cty.Value) (cty.Value, string) {
	*t = 0
	plain, _ := v.Unmark()
	if Length(plain) == 0 {
		return v, ""
	}
	for part := range Elements(plain) {
		if _, problem := t.add(part); problem != "" {
			return v, problem
		}
	}
	return v, ""
}

// isLiteral reports whether a value is written out.
func isLiteral(e hclsyntax.Expression) bool {
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		return true
	case *hclsyntax.TemplateExpr:
		for _, p := range e.Parts {
			if !isLiteral(p) {
				return false
			}
		}
		return true
	}
	return false
}

// IsComputed reports whether an expression computes anything, and is no constant.
func IsComputed(e hcl.Expression) bool {
	node, ok := e.(hclsyntax.Node)
	if !ok {
		return false // of a JSON file: without a scope, nothing in it is evaluated
	}
	found := false
	// The walk itself cannot fail.
	_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
		switch e := n.(type) {
		case *hclsyntax.FunctionCallExpr, *hclsyntax.ForExpr, *hclsyntax.SplatExpr, *hclsyntax.BinaryOpExpr, *hclsyntax.ConditionalExpr:
			found = true
		case *hclsyntax.TemplateExpr:
			found = found || !isLiteral(e)
		}
		return nil
	})
	return found
}

// Attempted reports whether a reference stands in a call of try() or can(). Such a
// call handles its failure.
func Attempted(expr hcl.Expression, ref hcl.Traversal) bool {
	node, ok := Evaluable(expr).(hclsyntax.Node)
	if !ok {
		return false
	}
	found := false
	// The walk itself cannot fail.
	_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
		if call, ok := n.(*hclsyntax.FunctionCallExpr); ok && (call.Name == "try" || call.Name == "can") {
			rng := call.Range()
			at := ref.SourceRange()
			found = found || at.Filename == rng.Filename && at.Start.Byte >= rng.Start.Byte && at.End.Byte <= rng.End.Byte
		}
		return nil
	})
	return found
}
