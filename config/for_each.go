package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// each calls do for the elements, with a scope in which "each" is the element, until
// it is enough.
func (s *Scope) each(elements []element, enough func() bool, do func(el element, ctx *hcl.EvalContext)) {
	ctx := s.ctx.NewChild()
	for _, el := range elements {
		if enough() {
			return
		}
		s.progress.step()
		ctx.Variables = map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal(el.key), "value": el.value})}
		do(el, ctx)
	}
}

type element struct {
	key   string
	value cty.Value
}

// forEachElements evaluates for_each. The elements come in key order, in which
// cty iterates. It reports what is wrong.
func (s *Scope) forEachElements(expr hcl.Expression) (elements []element, ok bool) {
	rng := expr.Range()
	fail := func(detail string) ([]element, bool) {
		s.error(&rng, "Invalid for_each argument", detail)
		return nil, false
	}
	v := s.evaluate(expr)
	ty := v.Type()
	switch {
	case v.IsMarked():
		return fail("for_each must not be sensitive as a whole, because its keys are shown in addresses. Sensitive values inside of a map are fine; nonsensitive() takes the mark away.")
	case !v.IsKnown():
		return nil, false
	case v.IsNull():
		return fail("for_each must not be null. For no trackings use an empty map: {}.")
	case ty.IsListType() || ty.IsTupleType():
		return fail("for_each needs a map, an object or a set of strings; this is a list. Use toset() for a list of strings, or { for x in list : x.id => x }.")
	case !ty.IsMapType() && !ty.IsObjectType() && !ty.IsSetType():
		return fail(fmt.Sprintf("for_each needs a map, an object or a set of strings; this is a %s.", ty.FriendlyName()))
	case v.LengthInt() > maxForEach:
		return fail(fmt.Sprintf("for_each has %d elements; at most %d are allowed.", v.LengthInt(), maxForEach))
	case ty.IsSetType() && v.LengthInt() > 0 && ty.ElementType() != cty.String:
		return fail(fmt.Sprintf("for_each needs a set of strings; this is a %s. Use a map: { for x in list : x.id => x }.", ty.FriendlyName()))
	}
	for it := v.ElementIterator(); it.Next(); {
		k, ev := it.Element()
		if !k.IsKnown() || k.IsNull() {
			return fail("for_each must not have a null in it.")
		}
		key, wrong := keyText(k.AsString())
		if wrong != nil {
			return fail(wrong.detail)
		}
		elements = append(elements, element{key, ev})
	}
	return elements, true
}
