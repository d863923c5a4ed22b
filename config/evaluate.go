package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/files"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/scan"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// ConsoleInput is the name that the diagnostics of Evaluate give the file that
// they point into.
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
		return cty.DynamicVal, hcl.Diagnostics{hcldiag.Error(nil, "Invalid expression", hcldiag.Sentence(tooDeep.Error()))}
	}
	expr, diags := hclsyntax.ParseExpression([]byte(src), ConsoleInput, hcl.InitialPos)
	if first := firstError(diags); first != nil {
		return cty.DynamicVal, hcl.Diagnostics{first}
	}
	return s.EvaluateExpr(expr)
}

// EvaluateExpr is Evaluate for an expression of the native syntax, of a source
// that CheckSyntax finds no fault with. Checks are put into the expression.
func (s *Scope) EvaluateExpr(expr hcl.Expression) (cty.Value, hcl.Diagnostics) {
	native, ok := expr.(hclsyntax.Expression)
	if s.ctx == nil || !ok {
		return cty.DynamicVal, hcl.Diagnostics{hcldiag.Error(expr.Range().Ptr(), "Expression cannot be evaluated", "The configuration could not be read so far that expressions can be evaluated.")}
	}
	if err := s.files.Reopen(); err != nil {
		return cty.DynamicVal, hcl.Diagnostics{hcldiag.Error(nil, "Cannot read the configuration directory", hcldiag.Sentence(files.Problem(err)))}
	}
	defer s.files.Close()
	if s.locals == nil {
		s.evaluateLocals()
	}
	s.progress.at(expr.Range())
	s.reset()
	v := cty.DynamicVal
	eval.AddChecks(native)
	if s.checkReferences(native, "tracking", "trackings", "data") {
		var diags hcl.Diagnostics
		v, diags = s.eval.Value(native, s.trackingScope(native), false)
		s.report(diags...)
	}
	diags := s.all()
	s.reset()
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	return v, diags
}

// forget lets go of what is large, and can be made again.
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
