package funcs

import (
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/tmsync/tmsync/config/internal/eval"
)

// sensitiveFunc marks a value, nonsensitiveFunc takes the mark away, and
// isSensitiveFunc looks for it.
var (
	sensitiveFunc = markFunc(func(v cty.Value) cty.Value { return v.Mark(eval.Sensitive{}) })

	nonsensitiveFunc = markFunc(func(v cty.Value) cty.Value { v, _ = v.UnmarkDeep(); return v })

	isSensitiveFunc = anyFunc(cty.Bool, func(v cty.Value) (cty.Value, error) { return cty.BoolVal(v.HasMark(eval.Sensitive{})), nil })
)

// anyParameter accepts any value.
var anyParameter = function.Parameter{
	Name: "value", Type: cty.DynamicPseudoType,
	AllowUnknown: true, AllowNull: true, AllowMarked: true, AllowDynamicType: true,
}

func markFunc(mark func(cty.Value) cty.Value) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{anyParameter},
		Type:   func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
		Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return mark(args[0]), nil },
	})
}

// anyFunc returns a function of a value as it is, marks included.
func anyFunc(ret cty.Type, impl func(cty.Value) (cty.Value, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{anyParameter},
		Type:   function.StaticReturnType(ret),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if !args[0].IsKnown() {
				return cty.UnknownVal(ret), nil
			}
			return impl(args[0])
		},
	})
}

// typeFunc writes the type of a value, as type constraints are written.
var typeFunc = anyFunc(cty.String, func(v cty.Value) (cty.Value, error) {
	left := maxTypeParts
	if !countType(v.Type(), &left) {
		return cty.NilVal, fmt.Errorf("the type has more than %d parts", maxTypeParts)
	}
	return cty.StringVal(typeexpr.TypeString(v.Type())), nil
})

// maxTypeParts bounds the types that are written out.
const maxTypeParts = 10_000

// countType counts the types that a type is made of; ok reports whether they are
// not too many.
func countType(ty cty.Type, left *int) (ok bool) {
	if *left--; *left < 0 {
		return false
	}
	switch {
	case ty.IsCollectionType():
		return countType(ty.ElementType(), left)
	case ty.IsTupleType():
		for _, part := range ty.TupleElementTypes() {
			if !countType(part, left) {
				return false
			}
		}
	case ty.IsObjectType():
		for _, part := range ty.AttributeTypes() {
			if !countType(part, left) {
				return false
			}
		}
	}
	return true
}

// matchKeysFunc returns those values whose keys are among some others.
func matchKeysFunc() function.Function {
	list := func(name string) function.Parameter {
		return function.Parameter{Name: name, Type: cty.List(cty.DynamicPseudoType)}
	}
	return function.New(&function.Spec{
		Params: []function.Parameter{list("values"), list("keys"), list("searchset")},
		Type: func(args []cty.Value) (cty.Type, error) {
			if ty, _ := convert.UnifyUnsafe([]cty.Type{args[1].Type(), args[2].Type()}); ty == cty.NilType {
				return cty.NilType, errors.New("keys and searchset must have elements of the same type")
			}
			return args[0].Type(), nil
		},
		Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
			values, keys, search := args[0], args[1], args[2]
			if !values.IsWhollyKnown() || !keys.IsWhollyKnown() || !search.IsWhollyKnown() {
				return cty.UnknownVal(ty), nil
			}
			if values.LengthInt() != keys.LengthInt() {
				return cty.NilVal, errors.New("values and keys must have as many elements")
			}
			common, _ := convert.UnifyUnsafe([]cty.Type{keys.Type(), search.Type()})
			keys, err := convert.Convert(keys, common)
			if err != nil {
				return cty.NilVal, err
			}
			if search, err = convert.Convert(search, common); err != nil {
				return cty.NilVal, err
			}
			return matchKeys(values, keys, search, ty), nil
		},
	})
}

func matchKeys(values, keys, search cty.Value, ty cty.Type) cty.Value {
	wanted := cty.NewValueSet(search.Type().ElementType())
	for ev := range eval.Elements(search) {
		wanted.Add(ev)
	}
	all, out := values.AsValueSlice(), []cty.Value(nil)
	for i, key := range keys.AsValueSlice() {
		if wanted.Has(key) {
			out = append(out, all[i])
		}
	}
	if len(out) == 0 {
		return cty.ListValEmpty(ty.ElementType())
	}
	return cty.ListVal(out)
}
