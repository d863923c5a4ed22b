package funcs

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/scan"
	"github.com/tmsync/tmsync/internal/text"
)

// What a call returns is held against bounds where that is kept (eval.Memory). The checks
// of this file are for functions whose result, or whose work, has no bound in the size
// of their arguments: they look at the arguments beforehand.

// The bounds of what functions take and return. Sizes are in bytes.
const (
	maxProduct = 100_000   // elements of a product
	maxParts   = 1_000_000 // what a text is split into
	maxPattern = 5000      // a regular expression
	maxYAML    = 1 << 20   // a document
	maxMerged  = 1_000_000 // keys, times the aliases that may copy them
	tokenBytes = 200       // what the parser leaves of a token of a template
)

// prepared returns a function that accepts lists and numbers unconverted: to bring a
// large tuple to a list, and many digits to a number, takes package hcl too long.
func prepared(f function.Function) function.Function {
	params, loosened := slices.Clone(f.Params()), false
	types := make([]cty.Type, len(params))
	loosen := func(p *function.Parameter) cty.Type {
		ty := p.Type
		if ty.IsCollectionType() || ty == cty.Number {
			p.Type, loosened = cty.DynamicPseudoType, true
		}
		return ty
	}
	for i := range params {
		types[i] = loosen(&params[i])
	}
	rest, restType := f.VarParam(), cty.DynamicPseudoType
	if rest != nil {
		copied := *rest
		rest, restType = &copied, loosen(&copied)
	}
	if !loosened {
		return f
	}
	convertAll := func(args []cty.Value) ([]cty.Value, error) {
		out := make([]cty.Value, len(args))
		for i, v := range args {
			ty := restType
			if i < len(types) {
				ty = types[i]
			}
			var err error
			if out[i], err = converted(v, ty); err != nil {
				return nil, function.NewArgError(i, err)
			}
		}
		return out, nil
	}
	return function.New(&function.Spec{
		Params: params, VarParam: rest,
		Type: func(args []cty.Value) (cty.Type, error) {
			if !slices.ContainsFunc(args, func(v cty.Value) bool { return !v.IsWhollyKnown() }) {
				return cty.DynamicPseudoType, nil // the call will tell, with all converted once
			}
			args, err := convertAll(args)
			if err != nil {
				return cty.NilType, err
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			args, err := convertAll(args)
			if err != nil {
				return cty.NilVal, err
			}
			return f.Call(args)
		},
	})
}

// converted returns an argument in the type of its parameter.
func converted(v cty.Value, ty cty.Type) (cty.Value, error) {
	switch {
	case ty == cty.Number:
		if problem := eval.NumberTextProblem(v); problem != "" {
			return v, errors.New(strings.TrimSuffix(problem, "."))
		}
	case !ty.IsCollectionType():
		return v, nil
	}
	v, err := convert.Convert(eval.Unify(v), ty)
	if err != nil {
		return v, fmt.Errorf("%s required", ty.FriendlyNameForConstraint())
	}
	return v, nil
}

// guarded returns a function with a check before it.
func guarded(f function.Function, check func(args []cty.Value) error) function.Function {
	return function.New(&function.Spec{
		Params:   f.Params(),
		VarParam: f.VarParam(),
		Type:     function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if err := check(args); err != nil {
				return cty.NilVal, err
			}
			return f.Call(args)
		},
	})
}

// checkLength refuses results that are too long.
func checkLength(n int) error {
	if n > eval.MaxString {
		return fmt.Errorf("the result would be longer than %s", text.Size(eval.MaxString))
	}
	return nil
}

// product multiplies, but not beyond what an int holds.
func product(a, b int) int {
	if a > 0 && b > math.MaxInt32/a {
		return math.MaxInt32
	}
	return a * b
}

// textSize is a lower bound of how long a value is as text.
func textSize(v cty.Value) int {
	v, _ = v.Unmark()
	if v.IsNull() || !v.IsKnown() {
		return 4
	}
	switch ty := v.Type(); {
	case ty == cty.String:
		return len(v.AsString())
	case ty.IsObjectType() || eval.IsCollection(ty):
		n := 2
		for ev := range eval.Elements(v) {
			n += 1 + textSize(ev)
		}
		return n
	}
	return 1
}

// checkFormat bounds what the verbs of a format make of widths and arguments.
func checkFormat(args []cty.Value) error {
	longest := 0
	for _, arg := range args[1:] {
		longest = max(longest, textSize(arg))
	}
	return formatProblem(eval.Text(args[0]), longest, 1)
}

// checkFormatList is checkFormat for what is formatted many times.
func checkFormatList(args []cty.Value) error {
	longest, times := 0, 1
	for _, arg := range args[1:] {
		if arg, _ = arg.Unmark(); !arg.IsKnown() || arg.IsNull() || !eval.IsCollection(arg.Type()) {
			longest = max(longest, textSize(arg))
			continue
		}
		times = max(times, arg.LengthInt())
		for ev := range eval.Elements(arg) {
			longest = max(longest, textSize(ev))
		}
	}
	return formatProblem(eval.Text(args[0]), longest, times)
}

var verb = regexp.MustCompile(`%[^a-zA-Z%]*`)

func formatProblem(format string, longest, times int) error {
	total := len(format)
	for _, v := range verb.FindAllString(format, -1) {
		digits := 0
		for i := range len(v) {
			if digits++; !scan.IsDigit(v[i]) {
				digits = 0
			}
			if digits > 4 {
				return function.NewArgErrorf(0, "a width may have at most four digits")
			}
		}
		total += longest
		if strings.ContainsAny(v, "123456789") {
			total += 9999
		}
		if total > eval.MaxString {
			break
		}
	}
	return checkLength(product(total, times))
}

// checkIndent bounds the spaces.
func checkIndent(args []cty.Value) error {
	n, _ := args[0].AsBigFloat().Float64()
	if n > 1000 {
		return function.NewArgErrorf(0, "an indent may be at most 1000 characters")
	}
	text := eval.Text(args[1])
	return checkLength(len(text) + product(int(max(n, 0)), strings.Count(text, "\n")))
}

func checkJoin(args []cty.Value) error {
	total := 0
	for _, list := range args[1:] {
		total += textSize(list) + product(eval.Length(list), len(eval.Text(args[0])))
	}
	return checkLength(total)
}

func checkSplit(args []cty.Value) error {
	if n := strings.Count(eval.Text(args[1]), eval.Text(args[0])); n >= maxParts {
		return fmt.Errorf("the result would have more than %d elements", maxParts)
	}
	return nil
}

func checkTrim(args []cty.Value) error {
	if len(eval.Text(args[1])) > 100 {
		return function.NewArgErrorf(1, "at most 100 bytes of characters can be trimmed")
	}
	return nil
}

func checkParseInt(args []cty.Value) error {
	if args[0].Type() == cty.String && len(eval.Text(args[0])) > scan.MaxDigits {
		return function.NewArgErrorf(0, "the number may have at most %d digits", scan.MaxDigits)
	}
	return nil
}

func checkEncoded(args []cty.Value) error { return checkLength(textSize(args[0])) }

// replaceFunc returns replace, in which /PATTERN/ is a regular expression as in
// Terraform.
func replaceFunc() function.Function {
	return textFunc(cty.String, []string{"str", "substr", "replace"}, func(a []string) (cty.Value, error) {
		text, old, with := a[0], a[1], a[2]
		if n := len(old); n > 1 && old[0] == '/' && old[n-1] == '/' {
			return replacePattern(text, old[1:n-1], with)
		}
		if err := checkLength(len(text) + product(strings.Count(text, old), len(with))); err != nil {
			return cty.NilVal, err
		}
		return stdlib.Replace(cty.StringVal(text), cty.StringVal(old), cty.StringVal(with))
	})
}

// replacePattern is regexp.ReplaceAllString, bounded.
func replacePattern(text, pattern, with string) (cty.Value, error) {
	if err := checkPattern(pattern, text); err != nil {
		return cty.NilVal, err
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return cty.NilVal, err
	}
	out := make([]byte, 0, len(text))
	end := 0
	for _, m := range re.FindAllStringSubmatchIndex(text, -1) {
		out = append(out, text[end:m[0]]...)
		out = re.ExpandString(out, with, text, m)
		end = m[1]
		if err := checkLength(len(out)); err != nil {
			return cty.NilVal, err
		}
	}
	return cty.StringVal(string(append(out, text[end:]...))), nil
}

func checkPatternArgs(args []cty.Value) error {
	return checkPattern(eval.Text(args[0]), eval.Text(args[1]))
}

// checkPattern bounds a regular expression, and what it may find in a text. An
// invalid pattern is left to others.
func checkPattern(pattern, text string) error {
	if len(pattern) > maxPattern {
		return fmt.Errorf("a regular expression may have %d bytes", maxPattern)
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	if patternSize(parsed) > maxPattern {
		return errors.New("the regular expression is too large, with its repetitions written out")
	}
	if (len(text)+1)*(24+16*(1+parsed.MaxCap())) > eval.MaxHeld {
		return errors.New("the text is too long for this regular expression, which may match at each of its characters")
	}
	return nil
}

// patternSize is about how many instructions a regular expression has.
func patternSize(re *syntax.Regexp) int {
	n := 1 + len(re.Rune)
	for _, sub := range re.Sub {
		n += patternSize(sub)
	}
	if re.Op == syntax.OpRepeat {
		n = product(n, max(1, re.Min, re.Max))
	}
	return min(n, math.MaxInt32)
}

// checkProduct bounds the elements of a product.
func checkProduct(args []cty.Value) error {
	total := 1
	for _, arg := range args {
		if total = product(total, eval.Length(arg)); total > maxProduct {
			return fmt.Errorf("the product would have more than %d elements", maxProduct)
		}
	}
	return nil
}

// checkNumberText bounds the digits of what becomes a number.
func checkNumberText(args []cty.Value) error {
	if problem := eval.NumberTextProblem(args[0]); problem != "" {
		return errors.New(strings.TrimSuffix(problem, "."))
	}
	return nil
}

// convertFunc returns tolist, toset or tomap.
func convertFunc(to cty.Type) function.Function {
	f := stdlib.MakeToFunc(to)
	return function.New(&function.Spec{
		Params: f.Params(),
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return f.Call([]cty.Value{eval.Unify(args[0])})
		},
	})
}

// distinctFunc returns each value of a list once, where it first occurs. That of
// cty takes time that grows with the square of the list.
var distinctFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: cty.List(cty.DynamicPseudoType)}},
	Type:   func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
	Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
		if !args[0].IsWhollyKnown() {
			return cty.UnknownVal(ty), nil
		}
		seen := cty.NewValueSet(ty.ElementType())
		var out []cty.Value
		for it := args[0].ElementIterator(); it.Next(); {
			_, v := it.Element()
			if !seen.Has(v) {
				seen.Add(v)
				out = append(out, v)
			}
		}
		if len(out) == 0 {
			return cty.ListValEmpty(ty.ElementType()), nil
		}
		return convert.Convert(cty.ListVal(out), ty)
	},
})
