package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// sensitive is the mark of values that must not be shown.
type sensitive struct{}

// personal is the mark of what sensitive attributes are made of. It must not be
// shown in messages, but nobody has called it sensitive.
type personal struct{}

// evaluate gives the value of an expression that may refer to var and local. On
// an error, which it reports, and where an earlier error has left a variable
// without a value, the value is unknown.
func (l *loader) evaluate(expr hcl.Expression) cty.Value {
	return l.evaluateIn(expr, false)
}

// evaluateSecret is evaluate for what must not be shown.
func (l *loader) evaluateSecret(expr hcl.Expression) cty.Value {
	return l.evaluateIn(expr, true)
}

func (l *loader) evaluateIn(expr hcl.Expression, secret bool) cty.Value {
	if !l.checkReferences(expr) {
		return cty.DynamicVal
	}
	l.opts.Progress.at(expr.Range())
	v, diags := l.eval.value(expr, l.ctx, secret)
	l.report(diags...)
	return v
}

// evaluateAs is evaluate and a conversion; ok says whether there is a value
// that is known and not null.
func (l *loader) evaluateAs(attr *hcl.Attribute, ty cty.Type) (v cty.Value, ok bool) {
	if attr == nil {
		return cty.NilVal, false
	}
	return l.convertTo(attr, l.evaluate(attr.Expr), ty)
}

// convertTo brings the value of an argument to a type; ok says whether there is
// one that is known and not null.
func (l *loader) convertTo(attr *hcl.Attribute, v cty.Value, ty cty.Type) (_ cty.Value, ok bool) {
	v, err := convert.Convert(v, ty)
	if err != nil {
		l.error(attr.Expr.Range().Ptr(), "Invalid argument value", fmt.Sprintf("The value of %s is not suitable: %s.", attr.Name, err))
		return cty.NilVal, false
	}
	v, _ = v.Unmark()
	return v, v.IsKnown() && !v.IsNull()
}

// text is evaluateAs for a string.
func (l *loader) text(attr *hcl.Attribute) (string, bool) {
	v, ok := l.evaluateAs(attr, cty.String)
	if !ok {
		return "", false
	}
	return v.AsString(), true
}

// quotesNothing lists the summaries of hcl whose details name what stands in
// the file, but never a value.
var quotesNothing = []string{
	"Unknown variable", "Variables not allowed", "Function calls not allowed", "Call to unknown function",
	"Unsupported attribute", "Not enough function arguments", "Too many function arguments",
	"Inconsistent conditional result types", "Null condition", "Null value as key",
	"Attempt to get attribute from null value", "Attempt to index null value",
	"Iteration over null value", "Iteration over non-iterable value",
}

// quotesWords lists those of them that name what may be a text without quotes.
var quotesWords = []string{"Unknown variable", "Call to unknown function"}

// refersToSensitive says whether any variable of an expression holds something
// sensitive.
func (e *evaluator) refersToSensitive(expr hcl.Expression, ctx *hcl.EvalContext) bool {
	for _, t := range expr.Variables() {
		if e.certainlyPlain(t, ctx) {
			continue
		}
		v, diags := t.TraverseAbs(ctx)
		if root := t.RootName(); root == "tracking" || root == "trackings" {
			if !diags.HasErrors() && (v.IsMarked() || !v.Type().IsPrimitiveType()) {
				return true // there are many: looking at each takes long
			}
			continue
		}
		if diags.HasErrors() && len(t) > 2 {
			v, diags = t[:2].TraverseAbs(ctx)
		}
		if !diags.HasErrors() && v.ContainsMarked() {
			return true
		}
	}
	return false
}

// certainlyPlain says whether a reference is to a part of a variable or a local
// value without anything sensitive in it. They may be large, and are looked at
// once.
func (e *evaluator) certainlyPlain(t hcl.Traversal, ctx *hcl.EvalContext) bool {
	root := t.RootName()
	if root != "var" && root != "local" || len(t) < 2 {
		return false
	}
	step, ok := t[1].(hcl.TraverseAttr)
	if !ok {
		return false
	}
	name := root + "." + step.Name
	if marked, known := e.marked[name]; known {
		return !marked
	}
	v, diags := t[:2].TraverseAbs(ctx)
	if diags.HasErrors() || !v.IsKnown() {
		return false
	}
	e.marked[name] = v.ContainsMarked()
	return !e.marked[name]
}

// checkReferences finds references to what is not declared, also where try()
// would hide them. roots are those that are special to the place: "each", "row",
// "tracking", "trackings" and "data".
func (l *loader) checkReferences(expr hcl.Expression, roots ...string) bool {
	if at := findEnv(expr); at != nil {
		l.report(noEnv(*at))
		return false
	}
	ok := true
	for _, t := range expr.Variables() {
		root := t.RootName()
		special := slices.Contains(roots, root)
		rng := t.SourceRange()
		switch {
		case special && (root == "tracking" || root == "trackings"):
			ok = l.checkTracking(t) && ok
			continue
		case special && root == "data":
			ok = l.checkData(t) && ok
			continue
		case special:
			continue
		}
		switch root {
		case "var":
			ok = checkName(l, t, "variable", l.vars) && ok
		case "local":
			ok = checkName(l, t, "local value", l.locals) && ok
		case "each", "row", "tracking", "trackings", "data":
			l.error(&rng, "Invalid reference", map[string]string{
				"tracking":  "\"tracking\" can be used only in outputs, checks and preconditions: what is declared cannot depend on what is declared.",
				"trackings": "\"trackings\" can be used only in outputs, checks and preconditions: what is declared cannot depend on what is declared.",
				"data":      "\"data\" can be used only in outputs, checks and preconditions: the service is asked when all that is declared is known.",
				"each":      "\"each\" can be used only in a tracking, import or data block that has for_each.",
				"row":       "\"row\" can be used only in a trackings block, outside of its csv argument.",
			}[root])
			ok = false
		}
	}
	return ok
}

func checkName[V any](l *loader, t hcl.Traversal, what string, declared map[string]V) bool {
	if len(t) < 2 {
		return true
	}
	step, isAttr := t[1].(hcl.TraverseAttr)
	if !isAttr {
		return true
	}
	if _, ok := declared[step.Name]; ok {
		return true
	}
	rng := t.SourceRange()
	l.error(&rng, "Reference to undeclared "+what, fmt.Sprintf("There is no %s named %q.%s", what, step.Name, didYouMeanOf(step.Name, declared)))
	return false
}

// mapNames lists the keys of a map in order.
func mapNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// placeText names a place in a sentence: main.hcl:12.
func placeText(rng hcl.Range) string {
	return fmt.Sprintf("%s:%d", nameText(rng.Filename), rng.Start.Line)
}

// sentence makes an error's text one: a capital and a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return fullStop(strings.ToUpper(s[:1]) + s[1:])
}

// fullStop is sentence for a text that begins with a name.
func fullStop(s string) string {
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}
