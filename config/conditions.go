package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/text"
)

// condition is what must hold, and the message if it does not.
type condition struct{ holds, message hcl.Expression }

var conditionSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{
	{Name: "condition", Required: true}, {Name: "error_message", Required: true},
}}

// decodeConditions reads blocks that each have a condition and a message.
func decodeConditions(blocks hcl.Blocks) (out []condition, diags hcl.Diagnostics) {
	for _, block := range blocks {
		content, moreDiags := block.Body.Content(conditionSchema)
		diags = append(diags, moreDiags...)
		if !moreDiags.HasErrors() {
			out = append(out, condition{eval.Evaluable(content.Attributes["condition"].Expr), eval.Evaluable(content.Attributes["error_message"].Expr)})
		}
	}
	return out, diags
}

// holding evaluates a condition; known reports whether it is decided. secret
// keeps values out of the diagnostics.
func (s *Scope) holding(c condition, ctx *hcl.EvalContext, secret bool) (holds, known bool, diags hcl.Diagnostics) {
	v, diags := s.eval.Value(c.holds, ctx, secret)
	v, _ = v.Unmark()
	if diags.HasErrors() || !v.IsKnown() {
		return false, false, diags
	}
	what := v.Type().FriendlyName()
	if v.IsNull() {
		what = "null"
	}
	v, err := convert.Convert(v, cty.Bool)
	if err != nil || v.IsNull() {
		return false, false, append(diags, hcldiag.Error(c.holds.Range().Ptr(), "Invalid condition", fmt.Sprintf("The condition must be true or false; its result is %s.", what)))
	}
	return v.True(), true, diags
}

// messageText evaluates what the author of a condition has to say.
func (s *Scope) messageText(c condition, ctx *hcl.EvalContext, secret bool) (string, hcl.Diagnostics) {
	v, diags := s.eval.Value(c.message, ctx, secret)
	if diags.HasErrors() || !v.IsKnown() {
		return "", diags
	}
	if v.IsMarked() {
		return hiddenMessage, diags
	}
	v, err := convert.Convert(v, cty.String)
	if err != nil || v.IsNull() || strings.TrimSpace(v.AsString()) == "" {
		return "", append(diags, hcldiag.Error(c.message.Range().Ptr(), "Invalid error message", "The message must be a text, and not empty."))
	}
	return v.AsString(), diags
}

const hiddenMessage = "The message is not shown, because it refers to a sensitive value."

// failure returns the diagnostic of a condition that does not hold: the author's
// message, and the values that the condition refers to.
func (s *Scope) failure(summary string, c condition, ctx *hcl.EvalContext, private paths) (*hcl.Diagnostic, hcl.Diagnostics) {
	secret := s.refersToPrivate(c.message, private)
	text, diags := s.messageText(c, ctx, secret)
	switch {
	case text == "":
		return nil, diags
	case secret:
		text = hiddenMessage
	}
	return hcldiag.Error(c.holds.Range().Ptr(), summary, text+s.involved(c, ctx, private)), diags
}

// maxInvolved is how many values are told of, and maxShown how much of one.
const (
	maxInvolved = 10
	maxShown    = 100
)

// involved returns the values that a condition refers to, in their order there.
func (s *Scope) involved(c condition, ctx *hcl.EvalContext, private paths) string {
	var lines []string
	for _, t := range c.holds.Variables() {
		v, diags := t.TraverseAbs(ctx)
		if diags.HasErrors() || !v.IsKnown() || t.RootName() == "path" {
			continue
		}
		line := "\n    " + traversalText(t) + " " + valueOf(v, s.isPrivate(t, private))
		if !slices.Contains(lines, line) && len(lines) < maxInvolved {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return "\n" + strings.Join(lines, "")
}

// maxMentioned is how many values an expression's error tells of.
const maxMentioned = 4

// nameValues adds the values that expressions mention to their errors. These lose
// their contexts. secret reports what else is not to be shown; it may be
// nil.
func (s *Scope) nameValues(diags hcl.Diagnostics, secret func(hcl.Traversal) bool) {
	for _, d := range diags {
		if d.Expression == nil || d.EvalContext == nil {
			continue
		}
		var words []string
		for _, t := range d.Expression.Variables() {
			v, failed := t.TraverseAbs(d.EvalContext)
			if failed.HasErrors() || !v.IsKnown() || t.RootName() == "path" {
				continue
			}
			if v.IsMarked() || s.isPrivate(t, nil) || slices.ContainsFunc(steps(t), hcldiag.Personal) || secret != nil && secret(t) {
				continue
			}
			word := traversalText(t) + " " + valueOf(v, false)
			if !slices.Contains(words, word) && len(words) < maxMentioned {
				words = append(words, word)
			}
		}
		if len(words) > 0 {
			d.Detail += "\n\nHere " + strings.Join(words, ", ") + "."
		}
		d.Expression, d.EvalContext = nil, nil
	}
}

// valueOf returns a value as text: as much of it as fits on a line.
func valueOf(v cty.Value, private bool) string {
	if v.IsMarked() || private {
		return "has a sensitive value"
	}
	switch ty := v.Type(); {
	case v.IsNull():
		return "is null"
	case ty == cty.Bool:
		return fmt.Sprintf("is %t", v.True())
	case ty == cty.Number:
		return "is " + v.AsBigFloat().Text('g', 20)
	case ty == cty.String && looksLikeEmail(v.AsString()):
		return "has a value that is not shown"
	case ty == cty.String && len(v.AsString()) > maxShown:
		return fmt.Sprintf("is a text of %d bytes", len(v.AsString()))
	case ty == cty.String:
		return "is " + strconv.Quote(v.AsString())
	case ty.IsObjectType():
		return "is an object with " + text.Plural(v.LengthInt(), "attribute")
	case eval.IsCollection(ty):
		return fmt.Sprintf("is a %s with %s", ty.FriendlyName(), text.Plural(v.LengthInt(), "element"))
	}
	return "is a " + v.Type().FriendlyName()
}

// traversalText writes a reference as it stands in a file.
func traversalText(t hcl.Traversal) string {
	var b strings.Builder
	for _, step := range t {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			b.WriteString(step.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + step.Name)
		case hcl.TraverseIndex:
			if key := step.Key; key.Type() == cty.Number {
				b.WriteString("[" + key.AsBigFloat().Text('g', 20) + "]")
			} else {
				b.WriteString("[" + strconv.Quote(eval.Text(key)) + "]")
			}
		}
	}
	return b.String()
}

// paths are what some expressions refer to, step by step.
type paths [][]string

// referencesOf adds what an expression refers to under one of the roots.
func referencesOf(expr hcl.Expression, roots ...string) paths {
	var out paths
	for _, t := range expr.Variables() {
		if slices.Contains(roots, t.RootName()) {
			out = append(out, steps(t))
		}
	}
	return out
}

func steps(t hcl.Traversal) []string {
	var out []string
	for _, step := range t {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			out = append(out, step.Name)
		case hcl.TraverseAttr:
			out = append(out, step.Name)
		case hcl.TraverseIndex:
			if step.Key.Type() != cty.String {
				return out
			}
			out = append(out, eval.Text(step.Key))
		default:
			return out
		}
	}
	return out
}

// isPrivate reports whether a value is connected to a sensitive attribute. That is
// when it, a part of it, or something that it is a part of becomes one: it may be a
// customer's although nobody has called it sensitive.
func (s *Scope) isPrivate(t hcl.Traversal, private paths) bool {
	path := steps(t)
	if len(path) > 1 && s.private[path[0]+"."+path[1]] {
		return true
	}
	return slices.ContainsFunc(private, func(other []string) bool {
		n := min(len(path), len(other))
		return slices.Equal(path[:n], other[:n])
	})
}

func (s *Scope) refersToPrivate(expr hcl.Expression, private paths) bool {
	return slices.ContainsFunc(expr.Variables(), func(t hcl.Traversal) bool { return s.isPrivate(t, private) })
}

// notePrivate records the variables and locals that an argument for a sensitive
// attribute uses.
func (s *Scope) notePrivate(expr hcl.Expression) {
	for _, path := range referencesOf(expr, "var", "local") {
		if len(path) > 1 {
			s.private[path[0]+"."+path[1]] = true
		}
	}
}

var checkSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "assert"}}}

// evaluateChecks evaluates the check blocks. One that does not hold is a warning.
func (j *judge) evaluateChecks(dec *decoder) {
	warnings := j.repeated(nil, "check blocks")
	warnings.Report = func(d *hcl.Diagnostic) { j.warnings = append(j.warnings, d) }
	for _, block := range dec.named("check") {
		content, diags := block.Body.Content(checkSchema)
		j.report(diags...)
		if len(content.Blocks) == 0 && !diags.HasErrors() {
			j.error(&block.DefRange, "Check without an assert block", "A check has one or more assert blocks, each with a condition and an error_message.")
		}
		conditions, diags := decodeConditions(content.Blocks)
		j.report(diags...)
		for _, c := range conditions {
			j.assert(c, warnings)
		}
	}
	hcldiag.Sort(j.warnings)
	warnings.Close()
	if len(j.again) > 0 {
		j.again = append(j.again, warnings.Close)
	}
}

// assert evaluates a condition of a check; once more, if it depends on what the
// service says.
func (j *judge) assert(c condition, warnings *hcldiag.Repeated) {
	warning, _, decided := j.checkCondition("Check block assertion failed", c)
	switch {
	case warning != nil:
		warning.Severity = hcl.DiagWarning
		warning.Detail = text.Shorten(warning.Detail, hcldiag.MaxDetail)
		warnings.Add(warning)
	case !decided && j.asks():
		j.again = append(j.again, func() { j.assert(c, warnings) })
	}
}
