package funcs

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/tmsync/tmsync/config/internal/eval"
)

// textFunc returns a function from texts to a value.
func textFunc(ret cty.Type, params []string, impl func(args []string) (cty.Value, error)) function.Function {
	spec := &function.Spec{
		Type: function.StaticReturnType(ret),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			texts := make([]string, len(args))
			for i, arg := range args {
				texts[i] = arg.AsString()
			}
			return impl(texts)
		},
	}
	for _, name := range params {
		spec.Params = append(spec.Params, function.Parameter{Name: name, Type: cty.String})
	}
	return function.New(spec)
}

func encodeFunc(encode func(string) string) function.Function {
	return textFunc(cty.String, []string{"str"}, func(a []string) (cty.Value, error) {
		return cty.StringVal(encode(a[0])), nil
	})
}

func testFunc(name string, test func(s, part string) bool) function.Function {
	return textFunc(cty.Bool, []string{"str", name}, func(a []string) (cty.Value, error) {
		return cty.BoolVal(test(a[0], a[1])), nil
	})
}

var (
	startsWithFunc  = testFunc("prefix", strings.HasPrefix)
	endsWithFunc    = testFunc("suffix", strings.HasSuffix)
	strContainsFunc = testFunc("substr", strings.Contains)

	urlEncodeFunc    = encodeFunc(url.QueryEscape)
	base64EncodeFunc = encodeFunc(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) })

	timeCmpFunc = textFunc(cty.Number, []string{"timestamp_a", "timestamp_b"}, func(a []string) (cty.Value, error) {
		var times [2]time.Time
		for i := range times {
			t, err := time.Parse(time.RFC3339, a[i])
			if err != nil {
				return cty.NilVal, function.NewArgErrorf(i, "not a time of the form 2026-08-27T16:51:00Z")
			}
			times[i] = t
		}
		return cty.NumberIntVal(int64(times[0].Compare(times[1]))), nil
	})
)

// boolsFunc folds a list of bools; an empty list yields start.
func boolsFunc(start bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.List(cty.Bool)}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			for it := args[0].ElementIterator(); it.Next(); {
				_, v := it.Element()
				if !v.IsKnown() {
					return cty.UnknownVal(cty.Bool), nil
				}
				if holds := !v.IsNull() && v.True(); holds != start {
					return cty.BoolVal(!start), nil
				}
			}
			return cty.BoolVal(start), nil
		},
	})
}

var (
	allTrueFunc = boolsFunc(true)
	anyTrueFunc = boolsFunc(false)
)

// sumFunc adds numbers up.
var sumFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if !args[0].CanIterateElements() || args[0].LengthInt() == 0 {
			return cty.NilVal, function.NewArgErrorf(0, "a list or set with at least one number is needed")
		}
		total := cty.Zero
		for it := args[0].ElementIterator(); it.Next(); {
			_, v := it.Element()
			n, err := convert.Convert(v, cty.Number)
			if err != nil || n.IsNull() {
				return cty.NilVal, function.NewArgErrorf(0, "all elements must be numbers")
			}
			total = total.Add(n)
		}
		return total, nil
	},
})

// coalesceFunc returns the first argument that is neither null nor "".
var coalesceFunc = function.New(&function.Spec{
	VarParam: &function.Parameter{Name: "vals", Type: cty.DynamicPseudoType, AllowNull: true, AllowDynamicType: true},
	Type: func(args []cty.Value) (cty.Type, error) {
		types := make([]cty.Type, len(args))
		for i, arg := range args {
			types[i] = arg.Type()
		}
		ty, _ := convert.UnifyUnsafe(types)
		if ty == cty.NilType {
			return cty.NilType, errors.New("all arguments must have the same type")
		}
		return ty, nil
	},
	Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
		for _, arg := range args {
			v, err := convert.Convert(arg, ty)
			if err != nil {
				return cty.NilVal, err
			}
			if v.IsNull() || v.Type() == cty.String && v.IsKnown() && v.AsString() == "" {
				continue
			}
			return v, nil
		}
		return cty.NilVal, errors.New("no argument is neither null nor an empty string")
	},
})

// indexFunc returns the place of a value in a list.
var indexFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}, {Name: "value", Type: cty.DynamicPseudoType}},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if ty := args[0].Type(); !ty.IsListType() && !ty.IsTupleType() {
			return cty.NilVal, function.NewArgErrorf(0, "a list is needed")
		}
		for it := args[0].ElementIterator(); it.Next(); {
			i, v := it.Element()
			switch eq, err := stdlib.Equal(v, args[1]); {
			case err != nil:
			case !eq.IsKnown():
				return cty.UnknownVal(cty.Number), nil
			case eq.True():
				return i, nil
			}
		}
		return cty.NilVal, errors.New("the value is not in the list")
	},
})

// asWritten is the type of a parameter whose argument is taken as an expression. At
// each call cty walks through all that is in a value: 100,000 look-ups in a map of
// 100,000 would take hours, and take a second so.
var asWritten = customdecode.ExpressionClosureType

// valuesOf evaluates arguments that are taken as expressions.
func valuesOf(args []cty.Value) ([]cty.Value, error) {
	values := make([]cty.Value, len(args))
	for i, arg := range args {
		v, diags := customdecode.ExpressionClosureFromVal(arg).Value()
		if diags.HasErrors() {
			d := diags.Errs()[0].(*hcl.Diagnostic)
			return nil, fmt.Errorf("%s: %s", d.Summary, strings.TrimSuffix(d.Detail, "."))
		}
		values[i] = v
	}
	return values, nil
}

var errNullArgument = errors.New("argument must not be null")

// lengthFunc counts elements, or the characters of a text. How many there are is
// not sensitive when only something in them is.
var lengthFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "value", Type: asWritten}},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		values, err := valuesOf(args)
		if err != nil {
			return cty.NilVal, err
		}
		switch v, marks := values[0].Unmark(); {
		case !v.IsKnown():
			return cty.UnknownVal(cty.Number).WithMarks(marks), nil
		case v.IsNull():
			return cty.NilVal, function.NewArgError(0, errNullArgument)
		case v.Type() == cty.String:
			n, err := stdlib.Strlen(v)
			return n.WithMarks(marks), err
		case v.CanIterateElements():
			return cty.NumberIntVal(int64(v.LengthInt())).WithMarks(marks), nil
		}
		return cty.NilVal, function.NewArgErrorf(0, "a string, a list, a set, a map or an object is needed")
	},
})

// lookupFunc is lookup with the default that it may lack in Terraform.
var lookupFunc = function.New(&function.Spec{
	Params:   []function.Parameter{{Name: "map", Type: asWritten}, {Name: "key", Type: asWritten}},
	VarParam: &function.Parameter{Name: "default", Type: asWritten},
	Type: func(args []cty.Value) (cty.Type, error) {
		if len(args) > 3 {
			return cty.NilType, errors.New("lookup takes a map, a key and one default")
		}
		return cty.DynamicPseudoType, nil
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		values, err := valuesOf(args)
		if err != nil {
			return cty.NilVal, err
		}
		collection, marks := values[0].Unmark()
		key, keyMarks := values[1].Unmark()
		for i, v := range []cty.Value{collection, key} {
			if v.IsNull() {
				return cty.NilVal, function.NewArgError(i, errNullArgument)
			}
		}
		if key, err = convert.Convert(key, cty.String); err != nil {
			return cty.NilVal, function.NewArgErrorf(1, "string required")
		}
		v, err := lookup(collection, key, values)
		if err != nil {
			return cty.NilVal, err
		}
		return v.WithMarks(marks, keyMarks), nil
	},
})

// lookup finds an element, or the default, which is the third of the arguments.
func lookup(collection, key cty.Value, args []cty.Value) (cty.Value, error) {
	ty := collection.Type()
	switch {
	case !collection.IsKnown() || !key.IsKnown():
		return cty.DynamicVal, nil
	case ty.IsObjectType() && ty.HasAttribute(key.AsString()):
		return collection.GetAttr(key.AsString()), nil
	case ty.IsMapType() && collection.HasIndex(key).True():
		return collection.Index(key), nil
	case !ty.IsObjectType() && !ty.IsMapType():
		return cty.DynamicVal, function.NewArgErrorf(0, "a map or an object is needed")
	case len(args) == 3 && ty.IsMapType():
		v, err := convert.Convert(args[2], ty.ElementType())
		if err != nil {
			return cty.DynamicVal, function.NewArgErrorf(2, "the default must have the type of the map's elements")
		}
		return v, nil
	case len(args) == 3:
		return args[2], nil
	}
	return cty.DynamicVal, function.NewArgErrorf(1, "there is no such key, and no default")
}

// oneFunc returns the only element of a list or set, null if there is none.
var oneFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
	Type: func(args []cty.Value) (cty.Type, error) {
		v, err := one(args[0])
		return v.Type(), err
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return one(args[0]) },
})

func one(v cty.Value) (cty.Value, error) {
	ty := v.Type()
	switch {
	case !v.IsKnown():
		return cty.DynamicVal, nil
	case !ty.IsListType() && !ty.IsSetType() && !ty.IsTupleType():
		return cty.DynamicVal, function.NewArgErrorf(0, "a list or a set is needed")
	case v.LengthInt() > 1:
		return cty.DynamicVal, function.NewArgErrorf(0, "it has more than one element")
	}
	for it := v.ElementIterator(); it.Next(); {
		_, ev := it.Element()
		return ev, nil
	}
	if ty.IsTupleType() {
		return cty.NullVal(cty.DynamicPseudoType), nil
	}
	return cty.NullVal(ty.ElementType()), nil
}

// transposeFunc turns a map of lists of texts around. It takes whatever looks
// like one, since to convert it first takes long.
var transposeFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "values", Type: cty.DynamicPseudoType}},
	Type:   function.StaticReturnType(cty.Map(cty.List(cty.String))),
	Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
		if ty := args[0].Type(); !ty.IsMapType() && !ty.IsObjectType() {
			return cty.NilVal, function.NewArgErrorf(0, "a map of lists is needed")
		}
		turned := map[string][]cty.Value{}
		for it := args[0].ElementIterator(); it.Next(); {
			key, list := it.Element()
			if list.IsNull() {
				continue
			}
			if !list.IsKnown() {
				return cty.UnknownVal(ty), nil
			}
			if !eval.IsCollection(list.Type()) || list.Type().IsMapType() {
				return cty.NilVal, function.NewArgErrorf(0, "a map of lists is needed")
			}
			for in := list.ElementIterator(); in.Next(); {
				_, v := in.Element()
				s, err := convert.Convert(v, cty.String)
				if err == nil && !s.IsKnown() {
					return cty.UnknownVal(ty), nil
				}
				if err != nil || s.IsNull() {
					return cty.NilVal, function.NewArgErrorf(0, "the lists must be of strings, which must not be null")
				}
				turned[s.AsString()] = append(turned[s.AsString()], key)
			}
		}
		if len(turned) == 0 {
			return cty.MapValEmpty(ty.ElementType()), nil
		}
		out := make(map[string]cty.Value, len(turned))
		for k, list := range turned {
			out[k] = cty.ListVal(list)
		}
		return cty.MapVal(out), nil
	},
})

// tryFunc returns the first argument that can be evaluated. That of hcl evaluates
// twice, which, nested, doubles with each level.
var tryFunc = function.New(&function.Spec{
	VarParam: &function.Parameter{Name: "expressions", Type: customdecode.ExpressionClosureType},
	Type:     function.StaticReturnType(cty.DynamicPseudoType),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		var all hcl.Diagnostics
		for _, arg := range args {
			v, diags := customdecode.ExpressionClosureFromVal(arg).Value()
			switch {
			case !diags.HasErrors() && v.IsWhollyKnown():
				return v, nil
			case !diags.HasErrors():
				return cty.DynamicVal, nil
			}
			all = append(all, diags...)
		}
		if len(all) == 0 {
			return cty.NilVal, errors.New("at least one argument is required")
		}
		return cty.NilVal, fmt.Errorf("no expression can be evaluated; the last one: %s: %s", all[len(all)-1].Summary, strings.TrimSuffix(all[len(all)-1].Detail, "."))
	},
})
