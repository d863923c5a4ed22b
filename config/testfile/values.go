package testfile

import (
	"fmt"
	"math"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/config/internal/eval"
)

// value returns the value of an argument that must be a constant.
func (t *fileParser) value(a *hcl.Attribute, ty cty.Type, secret bool) (v cty.Value, ok bool) {
	v, diags := eval.Constant(a, ty, secret)
	t.diags = append(t.diags, diags...)
	if diags.HasErrors() || !v.IsWhollyKnown() {
		return cty.NilVal, false
	}
	return v, true
}

// text is value for an argument that must be a text.
func (t *fileParser) text(a *hcl.Attribute) (string, bool) {
	if a == nil {
		return "", false
	}
	v, ok := t.value(a, cty.String, false)
	if !ok || v.IsNull() {
		return "", false
	}
	return v.AsString(), true
}

// word is text that may stand without quotes, as Terraform has it.
func (t *fileParser) word(a *hcl.Attribute) (string, bool) {
	if a == nil {
		return "", false
	}
	if word := hcl.ExprAsKeyword(a.Expr); word != "" {
		return word, true
	}
	return t.text(a)
}

// texts is value for a list of texts.
func (t *fileParser) texts(a *hcl.Attribute) (out []string) {
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

// count is value for a whole number from 0 on; nil where there is none.
func (t *fileParser) count(a *hcl.Attribute) *int {
	if a == nil {
		return nil
	}
	v, ok := t.value(a, cty.Number, false)
	if !ok || v.IsNull() {
		return nil
	}
	n, _ := v.AsBigFloat().Float64()
	if n < 0 || n > config.MaxDeclared || n != math.Trunc(n) {
		t.error(a.Expr.Range().Ptr(), "Number out of range", fmt.Sprintf("The value of %s must be a whole number from 0 to %d.", a.Name, config.MaxDeclared))
		return nil
	}
	return new(int(n))
}

func (t *fileParser) bool(a *hcl.Attribute) bool {
	if a == nil {
		return false
	}
	v, ok := t.value(a, cty.Bool, false)
	return ok && !v.IsNull() && v.True()
}
