package config

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// The meters around a call count what goes in and what comes out. The checks of
// this file are for functions whose result or whose work has no bound in these:
// they look at the arguments beforehand.

// made lists the functions whose results are not made of parts of their
// arguments.
var made = map[string]bool{
	"chunklist": true, "fileset": true, "formatlist": true, "keys": true, "matchkeys": true, "range": true, "regex": true,
	"regexall": true, "setproduct": true, "transpose": true, "yamldecode": true,
}

// squared lists the functions that look for a common type of their arguments.
var squared = map[string]bool{"coalesce": true, "coalescelist": true, "concat": true, "setproduct": true}

// guarded puts a check before a function.
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
	if n > maxString {
		return fmt.Errorf("the result would be longer than %s", sizeText(maxString))
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
	case ty.IsObjectType() || isCollection(ty):
		n := 2
		for ev := range elements(v) {
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
	return formatProblem(known(args[0]), longest, 1)
}

// checkFormatList does the same for what is formatted many times.
func checkFormatList(args []cty.Value) error {
	longest, times := 0, 1
	for _, arg := range args[1:] {
		if arg, _ = arg.Unmark(); !arg.IsKnown() || arg.IsNull() || !isCollection(arg.Type()) {
			longest = max(longest, textSize(arg))
			continue
		}
		times = max(times, arg.LengthInt())
		for ev := range elements(arg) {
			longest = max(longest, textSize(ev))
		}
	}
	return formatProblem(known(args[0]), longest, times)
}

var verb = regexp.MustCompile(`%[^a-zA-Z%]*`)

func formatProblem(format string, longest, times int) error {
	total := len(format)
	for _, v := range verb.FindAllString(format, -1) {
		digits := 0
		for i := range len(v) {
			if digits++; !isDigit(v[i]) {
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
		if total > maxString {
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
	text := known(args[1])
	return checkLength(len(text) + product(int(max(n, 0)), strings.Count(text, "\n")))
}

func checkJoin(args []cty.Value) error {
	total := 0
	for _, list := range args[1:] {
		total += textSize(list) + product(length(list), len(known(args[0])))
	}
	return checkLength(total)
}

func checkSplit(args []cty.Value) error {
	if n := strings.Count(known(args[1]), known(args[0])); n >= maxParts {
		return fmt.Errorf("the result would have more than %d elements", maxParts)
	}
	return nil
}

func checkTrim(args []cty.Value) error {
	if len(known(args[1])) > 100 {
		return function.NewArgErrorf(1, "at most 100 bytes of characters can be trimmed")
	}
	return nil
}

func checkParseInt(args []cty.Value) error {
	if args[0].Type() == cty.String && len(known(args[0])) > maxDigits {
		return function.NewArgErrorf(0, "the number may have at most %d digits", maxDigits)
	}
	return nil
}

func checkEncoded(args []cty.Value) error { return checkLength(textSize(args[0])) }

// checkGraphemes pays for functions that look for the bounds of what people
// take for one character.
func (l *loader) checkGraphemes(args []cty.Value) error {
	l.budget.spend(len(known(args[0]))/2, nil)
	return nil
}

// replace takes /PATTERN/ for a regular expression, as in Terraform.
func (l *loader) replaceFunc() function.Function {
	return textFunc(cty.String, []string{"str", "substr", "replace"}, func(a []string) (cty.Value, error) {
		text, old, with := a[0], a[1], a[2]
		if n := len(old); n > 1 && old[0] == '/' && old[n-1] == '/' {
			return l.replacePattern(text, old[1:n-1], with)
		}
		if err := checkLength(len(text) + product(strings.Count(text, old), len(with))); err != nil {
			return cty.NilVal, err
		}
		return stdlib.Replace(cty.StringVal(text), cty.StringVal(old), cty.StringVal(with))
	})
}

// replacePattern does what regexp.ReplaceAllString does, up to a bound.
func (l *loader) replacePattern(text, pattern, with string) (cty.Value, error) {
	if err := l.checkPattern(pattern, text); err != nil {
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

func (l *loader) checkPatternArgs(args []cty.Value) error {
	return l.checkPattern(known(args[0]), known(args[1]))
}

// checkPattern pays for a regular expression: time grows with the size of the
// pattern times the length of the text. An invalid pattern is left to others.
func (l *loader) checkPattern(pattern, text string) error {
	if len(pattern) > maxPattern {
		return fmt.Errorf("a regular expression may have %d bytes", maxPattern)
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	size := patternSize(parsed)
	if size > maxPattern {
		return errors.New("the regular expression is too large, with its repetitions written out")
	}
	l.budget.spend(5*size+size*len(text)/20, nil)
	l.budget.take((len(text)+1)*(24+16*(1+parsed.MaxCap())), nil)
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

// checkProduct makes a product affordable.
func (l *loader) checkProduct(args []cty.Value) error {
	total := 1
	for i, arg := range args {
		args[i] = l.budget.settle(arg, nil)
		if total = product(total, length(arg)); total > maxForEach {
			return fmt.Errorf("the product would have more than %d elements", maxForEach)
		}
	}
	l.budget.spend(total*(5+len(args)), nil)
	return nil
}

// convertFunc makes tolist, toset or tomap.
func (l *loader) convertFunc(to cty.Type) function.Function {
	f := stdlib.MakeToFunc(to)
	return function.New(&function.Spec{
		Params: f.Params(),
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v := l.budget.settle(args[0], nil)
			if to.IsSetType() {
				l.budget.hash(v, nil)
			}
			return f.Call([]cty.Value{v})
		},
	})
}

// distinctFunc gives each value of a list once, where it first occurs. That of
// cty takes time that grows with the square of the list.
func (l *loader) distinctFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.List(cty.DynamicPseudoType)}},
		Type:   func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
		Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
			if !args[0].IsWhollyKnown() {
				return cty.UnknownVal(ty), nil
			}
			l.budget.hash(args[0], nil)
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
}
