package eval

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
)

// In JSON, expressions stand in strings, which package json of hcl parses each
// time it evaluates them. Here they are translated once into what the native
// syntax returns, which is fast, and can be checked.

// jsonBody is a body of a JSON file.
type jsonBody struct {
	hcl.Body
}

// CheckedBody returns a body whose expressions have checks in them.
func CheckedBody(b hcl.Body) hcl.Body {
	if native, ok := b.(*hclsyntax.Body); ok {
		AddChecks(native)
		return native
	}
	return jsonBody{b}
}

// Content implements hcl.Body.
func (b jsonBody) Content(schema *hcl.BodySchema) (*hcl.BodyContent, hcl.Diagnostics) {
	content, diags := b.Body.Content(schema)
	for _, block := range content.Blocks {
		block.Body = jsonBody{block.Body}
	}
	b.attributes(content.Attributes)
	return content, diags
}

// JustAttributes implements hcl.Body.
func (b jsonBody) JustAttributes() (hcl.Attributes, hcl.Diagnostics) {
	attrs, diags := b.Body.JustAttributes()
	b.attributes(attrs)
	return attrs, diags
}

func (b jsonBody) attributes(attrs hcl.Attributes) {
	for _, a := range attrs {
		native, diags := translate(a.Expr)
		if diags.HasErrors() {
			native = &hclsyntax.ExprSyntaxError{Placeholder: cty.DynamicVal, ParseDiags: diags, SrcRange: a.Expr.Range()}
		}
		AddChecks(native)
		a.Expr = &jsonExpression{a.Expr, native}
	}
}

// jsonExpression is an expression of a JSON file. Without a scope its strings
// are nothing but strings, valid as templates or not.
type jsonExpression struct {
	hcl.Expression
	native hclsyntax.Expression
}

// Value implements hcl.Expression.
func (e *jsonExpression) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	if ctx == nil {
		return e.Expression.Value(nil)
	}
	return e.native.Value(ctx)
}

// Variables implements hcl.Expression.
func (e *jsonExpression) Variables() []hcl.Traversal { return e.native.Variables() }

// UnwrapExpression returns the expression in which package hcl finds keywords and
// lists.
func (e *jsonExpression) UnwrapExpression() hcl.Expression { return e.Expression }

// JSONText returns the text of a JSON expression and where it begins. ok reports
// whether it is one of a JSON file.
func JSONText(expr hcl.Expression) (text string, start hcl.Pos, ok bool) {
	e, ok := expr.(*jsonExpression)
	if !ok {
		return "", hcl.Pos{}, false
	}
	v, _ := e.Expression.Value(nil)
	return Text(v), afterQuote(e), true
}

// afterQuote returns where the text of a string begins.
func afterQuote(expr hcl.Expression) hcl.Pos {
	start := expr.Range().Start
	start.Byte++
	start.Column++
	return start
}

// translate returns the syntax tree of an expression of a JSON file.
func translate(expr hcl.Expression) (hclsyntax.Expression, hcl.Diagnostics) {
	if list, diags := hcl.ExprList(expr); !diags.HasErrors() {
		return translateList(list, expr.Range())
	}
	if pairs, diags := hcl.ExprMap(expr); !diags.HasErrors() {
		return translateObject(pairs, expr.Range())
	}
	v, diags := expr.Value(nil)
	text := Text(v)
	if diags.HasErrors() || !strings.Contains(text, "${") && !strings.Contains(text, "%{") {
		literal := &hclsyntax.LiteralValueExpr{Val: v, SrcRange: expr.Range()}
		if v.Type() != cty.String {
			return literal, diags
		}
		return &hclsyntax.TemplateExpr{Parts: []hclsyntax.Expression{literal}, SrcRange: expr.Range()}, diags
	}
	return hclsyntax.ParseTemplate([]byte(text), expr.Range().Filename, afterQuote(expr))
}

func translateList(list []hcl.Expression, rng hcl.Range) (hclsyntax.Expression, hcl.Diagnostics) {
	tuple := &hclsyntax.TupleConsExpr{SrcRange: rng, OpenRange: rng}
	var all hcl.Diagnostics
	for _, item := range list {
		e, diags := translate(item)
		tuple.Exprs = append(tuple.Exprs, e)
		all = append(all, diags...)
	}
	return tuple, all
}

func translateObject(pairs []hcl.KeyValuePair, rng hcl.Range) (hclsyntax.Expression, hcl.Diagnostics) {
	object := &hclsyntax.ObjectConsExpr{SrcRange: rng, OpenRange: rng}
	var all hcl.Diagnostics
	seen := map[string]bool{}
	for _, pair := range pairs {
		key, keyDiags := translate(pair.Key)
		value, diags := translate(pair.Value)
		all = append(append(all, keyDiags...), diags...)
		if isLiteral(key) {
			name, _ := pair.Key.Value(nil)
			if seen[Text(name)] {
				all = append(all, hcldiag.Error(pair.Key.Range().Ptr(), "Duplicate object attribute", fmt.Sprintf("An attribute named %q is defined in this object already.", Text(name))))
			}
			seen[Text(name)] = true
		}
		object.Items = append(object.Items, hclsyntax.ObjectConsItem{
			KeyExpr: &hclsyntax.ObjectConsKeyExpr{Wrapped: key, ForceNonLiteral: true}, ValueExpr: value,
		})
	}
	return object, all
}

// Evaluable is an expression as it is evaluated: that of a JSON file
// translated, and "${x}" as x.
func Evaluable(expr hcl.Expression) hcl.Expression {
	if e, ok := expr.(*jsonExpression); ok {
		expr = e.native
	}
	if e, ok := expr.(*hclsyntax.TemplateWrapExpr); ok {
		return e.Wrapped
	}
	return expr
}
