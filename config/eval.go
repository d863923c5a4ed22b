package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/files"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/scan"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// evaluate returns the value of an expression that may refer to var and local. On
// an error, which it reports, and where an earlier error has left a variable
// without a value, the value is unknown.
func (s *Scope) evaluate(expr hcl.Expression) cty.Value {
	return s.evaluateIn(expr, false)
}

// evaluateSecret is evaluate for what must not be shown.
func (s *Scope) evaluateSecret(expr hcl.Expression) cty.Value {
	return s.evaluateIn(expr, true)
}

func (s *Scope) evaluateIn(expr hcl.Expression, secret bool) cty.Value {
	if !s.checkReferences(expr) {
		return cty.DynamicVal
	}
	s.progress.at(expr.Range())
	v, diags := s.eval.Value(expr, s.ctx, secret)
	s.report(diags...)
	return v
}

// evaluateAs is evaluate and a conversion; ok reports whether there is a value
// that is known and not null.
func (s *Scope) evaluateAs(attr *hcl.Attribute, ty cty.Type) (v cty.Value, ok bool) {
	if attr == nil {
		return cty.NilVal, false
	}
	return s.convertTo(attr, s.evaluate(attr.Expr), ty)
}

// convertTo converts the value of an argument to a type; ok reports whether there
// is one that is known and not null.
func (s *Scope) convertTo(attr *hcl.Attribute, v cty.Value, ty cty.Type) (_ cty.Value, ok bool) {
	v, err := convert.Convert(v, ty)
	if err != nil {
		s.error(attr.Expr.Range().Ptr(), "Invalid argument value", fmt.Sprintf("The value of %s is not suitable: %s.", attr.Name, err))
		return cty.NilVal, false
	}
	v, _ = v.Unmark()
	return v, v.IsKnown() && !v.IsNull()
}

// text is evaluateAs for a string.
func (s *Scope) text(attr *hcl.Attribute) (string, bool) {
	v, ok := s.evaluateAs(attr, cty.String)
	if !ok {
		return "", false
	}
	return v.AsString(), true
}

// checkReferences finds references to what is not declared, also where try()
// would hide them. roots are those that are special to the place: "each", "row",
// "tracking", "trackings" and "data".
func (s *Scope) checkReferences(expr hcl.Expression, roots ...string) bool {
	if at := eval.FindEnv(expr); at != nil {
		s.report(eval.NoEnv(*at))
		return false
	}
	ok := true
	for _, t := range expr.Variables() {
		root := t.RootName()
		special := slices.Contains(roots, root)
		rng := t.SourceRange()
		switch {
		case special && (root == "tracking" || root == "trackings"):
			ok = s.checkTracking(t) && ok
			continue
		case special && root == "data":
			ok = s.checkData(t) && ok
			continue
		case special:
			continue
		}
		switch root {
		case "var":
			ok = checkName(s.diagnostics, t, "variable", s.vars) && ok
		case "local":
			ok = checkName(s.diagnostics, t, "local value", s.locals) && ok
		default:
			if why := notHere[root]; why != "" {
				s.error(&rng, "Invalid reference", why)
				ok = false
			}
		}
	}
	return ok
}

// notHere is why a root cannot be referred to in a place: it is of other places, or of
// Terraform.
var notHere = map[string]string{
	"tracking":  "\"tracking\" can be used only in outputs, checks and preconditions: what is declared cannot depend on what is declared.",
	"trackings": "\"trackings\" can be used only in outputs, checks and preconditions: what is declared cannot depend on what is declared.",
	"data":      "\"data\" can be used only in outputs, checks and preconditions: the service is asked when all that is declared is known.",
	"each":      "\"each\" can be used only in a tracking, trackings, import or data block that has for_each, and not in for_each itself.",
	"row":       "\"row\" can be used only in a trackings block, outside of the arguments that say where its rows are.",
	"output":    "\"output\" can be used only in the asserts of tests: elsewhere refer to what the output is made of.",
	"count":     "There is no count: write for_each, and each.key and each.value for what an element has.",
	"module":    "There are no modules: a directory is one configuration, and its values are var.NAME and local.NAME.",
	"terraform": "There are no workspaces: declare a variable for the environment, and give it with --var env=prod.",
	"self":      "\"self\" means nothing here: name the tracking, as in tracking.parcel.",
}

func checkName[V any](told *diagnostics, t hcl.Traversal, what string, declared map[string]V) bool {
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
	told.error(&rng, "Reference to undeclared "+what, fmt.Sprintf("There is no %s named %q.%s", what, step.Name, text.DidYouMean(step.Name, maps.Keys(declared))))
	return false
}

// ConsoleInput is the file name in the diagnostics of Evaluate.
const ConsoleInput = "<console-input>"

// Evaluate returns the value of an expression as people type it: it may refer to
// var, local, path, tracking, trackings and data, and call functions. It is bounded as
// the expressions of the files are, each one by itself. What is sensitive in the
// value carries a mark. Where errors have kept something from being declared, what
// depends on that is unknown, as is what depends on data before Answer. Not safe for concurrent use.
func (s *Scope) Evaluate(src string) (cty.Value, hcl.Diagnostics) {
	if i := text.InvalidUTF8([]byte(src)); i >= 0 {
		return cty.DynamicVal, hcl.Diagnostics{hcldiag.Error(nil, "Invalid character encoding", fmt.Sprintf("The expression is not UTF-8: byte %d is not part of a character.", i))}
	}
	if len(src) > scan.MaxStatement {
		return cty.DynamicVal, hcl.Diagnostics{hcldiag.Error(nil, "Expression too long", fmt.Sprintf("An expression may have %s.", text.Size(scan.MaxStatement)))}
	}
	_, tooDeep := scan.CheckNesting([]byte(src), false)
	if excess, ok := tooDeep.(*scan.Excess); ok {
		return cty.DynamicVal, hcl.Diagnostics{excess.Diagnostic(ConsoleInput, []byte(src))}
	}
	if tooDeep != nil {
		return cty.DynamicVal, hcl.Diagnostics{hcldiag.Error(nil, "Invalid expression", text.Sentence(tooDeep))}
	}
	expr, diags := hclsyntax.ParseExpression([]byte(src), ConsoleInput, hcl.InitialPos)
	if first := hcldiag.First(diags); first != nil {
		return cty.DynamicVal, hcl.Diagnostics{first}
	}
	return s.EvaluateExpr(expr)
}

// EvaluateExpr is Evaluate for a parsed expression of the native syntax.
// source.CheckSyntax must have found no fault with its source. Checks are put into
// the expression.
func (s *Scope) EvaluateExpr(expr hcl.Expression) (cty.Value, hcl.Diagnostics) {
	return s.evaluateWith(expr, nil)
}

// EvaluateAssert is EvaluateExpr for an assert of a test, which may refer to outputs,
// too.
func (c *Config) EvaluateAssert(expr hcl.Expression) (cty.Value, hcl.Diagnostics) {
	outputs := map[string]cty.Value{}
	for _, out := range c.Outputs {
		outputs[out.Name] = out.Value
		if out.Sensitive {
			outputs[out.Name] = out.Value.Mark(eval.Sensitive{})
		}
	}
	return c.evaluateWith(expr, outputs)
}

// evaluateWith is EvaluateExpr with outputs, nil where none may be referred to.
func (s *Scope) evaluateWith(expr hcl.Expression, outputs map[string]cty.Value) (cty.Value, hcl.Diagnostics) {
	native, ok := expr.(hclsyntax.Expression)
	if s.ctx == nil || !ok {
		return cty.DynamicVal, hcl.Diagnostics{hcldiag.Error(expr.Range().Ptr(), "Expression cannot be evaluated", "The configuration could not be read so far that expressions can be evaluated.")}
	}
	if err := s.files.Reopen(); err != nil {
		return cty.DynamicVal, hcl.Diagnostics{hcldiag.Error(nil, "Cannot read the configuration directory", text.Sentence(files.Problem(err)))}
	}
	defer s.files.Close()
	if s.locals == nil {
		s.evaluateLocals()
	}
	s.progress.at(expr.Range())
	s.reset()
	v := cty.DynamicVal
	eval.AddChecks(native)
	roots := []string{"tracking", "trackings", "data"}
	if outputs != nil {
		roots = append(roots, "output")
	}
	if s.checkReferences(native, roots...) && s.checkOutputs(native, outputs) {
		ctx := s.trackingScope(native)
		if outputs != nil {
			ctx = ctx.NewChild()
			ctx.Variables = map[string]cty.Value{"output": cty.ObjectVal(outputs)}
		}
		var diags hcl.Diagnostics
		v, diags = s.eval.Value(native, ctx, false)
		s.report(diags...)
	}
	diags := s.all()
	s.reset()
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	return v, diags
}

// checkOutputs reports references to outputs that are not among some.
func (s *Scope) checkOutputs(expr hcl.Expression, outputs map[string]cty.Value) bool {
	ok := true
	for _, t := range expr.Variables() {
		if t.RootName() == "output" {
			ok = checkName(s.diagnostics, t, "output", outputs) && ok
		}
	}
	return ok
}

// forget releases what is large, and can be made again.
func (s *Scope) forget() {
	s.reset()
	if s.ctx == nil {
		return
	}
	s.memory.Release(s.heldByVar)
	s.locals = nil
	s.made = 0
	s.objects = map[tracking.Addr]cty.Value{}
	s.functions.Forget()
	s.ctx.Variables["local"] = cty.DynamicVal
}
