package eval

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
)

// Constant returns the value of an argument without references or computation. It is
// null where the diagnostics have errors. With secret, they do not quote it.
func Constant(a *hcl.Attribute, ty cty.Type, secret bool) (cty.Value, hcl.Diagnostics) {
	rng := a.Expr.Range()
	if at := FindEnv(a.Expr); at != nil {
		return cty.NullVal(ty), hcl.Diagnostics{NoEnv(*at)}
	}
	if IsComputed(a.Expr) {
		return cty.NullVal(ty), hcl.Diagnostics{hcldiag.Error(&rng, "Invalid argument value", fmt.Sprintf("The value of %s must be a constant: nothing in it may be computed.", a.Name))}
	}
	v, diags := New().Value(a.Expr, nil, secret)
	if hcl.ExprAsKeyword(a.Expr) != "" && diags.HasErrors() {
		return cty.NullVal(ty), hcl.Diagnostics{hcldiag.Error(&rng, "Variables not allowed", fmt.Sprintf("The value of %s must be a constant. If this word is meant, put it in quotes.", a.Name))}
	}
	if diags.HasErrors() {
		return cty.NullVal(ty), diags
	}
	v, err := convert.Convert(Unify(v), ty)
	if err != nil {
		return cty.NullVal(ty), hcl.Diagnostics{hcldiag.Error(&rng, "Invalid argument value", fmt.Sprintf("The value of %s is not suitable: %s.", a.Name, err))}
	}
	return v, diags
}

// InOrder returns arguments in the order of the file.
func InOrder(attrs hcl.Attributes) []*hcl.Attribute {
	out := make([]*hcl.Attribute, 0, len(attrs))
	for _, a := range attrs {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b *hcl.Attribute) int { return a.Range.Start.Byte - b.Range.Start.Byte })
	return out
}
