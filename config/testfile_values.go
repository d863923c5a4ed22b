package config

import (
	"fmt"
	"math"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tmsync/tmsync/config/internal/eval"
)

// value returns the value of an argument that must be a constant.
func (t *testParser) value(a *hcl.Attribute, ty cty.Type, secret bool) (v cty.Value, ok bool) {
	rng := a.Expr.Range()
	if at := eval.FindEnv(a.Expr); at != nil {
		t.diags = append(t.diags, eval.NoEnv(*at))
		return cty.NilVal, false
	}
	if eval.IsComputed(a.Expr) {
		t.error(&rng, "Invalid argument value", fmt.Sprintf("The value of %s must be a constant: nothing in it may be computed.", a.Name))
		return cty.NilVal, false
	}
	v, diags := eval.New().Value(a.Expr, nil, secret)
	t.diags = append(t.diags, diags...)
	if diags.HasErrors() || !v.IsWhollyKnown() {
		return cty.NilVal, false
	}
	v, err := convert.Convert(eval.Unify(v), ty)
	if err != nil {
		t.error(&rng, "Invalid argument value", fmt.Sprintf("The value of %s is not suitable: %s.", a.Name, err))
		return cty.NilVal, false
	}
	return v, true
}

// text is value for an argument that must be a text.
func (t *testParser) text(a *hcl.Attribute) (string, bool) {
	if a == nil {
		return "", false
	}
	v, ok := t.value(a, cty.String, false)
	if !ok || v.IsNull() {
		return "", false
	}
	return v.AsString(), true
}

// texts is value for a list of texts.
func (t *testParser) texts(a *hcl.Attribute) (out []string) {
	if a == nil {
		return nil
	}
	v, ok := t.value(a, cty.List(cty.String), false)
	if !ok || v.IsNull() {
		return nil
	}
	for _, s := range v.AsValueSlice() {
		if s.IsNull() || s.AsString() == "" {
			t.error(a.Expr.Range().Ptr(), "Invalid argument value", fmt.Sprintf("The list of %s must have neither null nor an empty text in it.", a.Name))
			return nil
		}
		out = append(out, s.AsString())
	}
	return out
}

// count is value for a whole number from 0 on.
func (t *testParser) count(a *hcl.Attribute, otherwise int) int {
	if a == nil {
		return otherwise
	}
	v, ok := t.value(a, cty.Number, false)
	if !ok || v.IsNull() {
		return otherwise
	}
	n, _ := v.AsBigFloat().Float64()
	if n < 0 || n > maxDeclared || n != math.Trunc(n) {
		t.error(a.Expr.Range().Ptr(), "Number out of range", fmt.Sprintf("The value of %s must be a whole number from 0 to %d.", a.Name, maxDeclared))
		return otherwise
	}
	return int(n)
}

func (t *testParser) bool(a *hcl.Attribute) bool {
	if a == nil {
		return false
	}
	v, ok := t.value(a, cty.Bool, false)
	return ok && !v.IsNull() && v.True()
}
