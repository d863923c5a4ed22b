package render

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// OutputsHeader stands above the outputs that change.
const OutputsHeader = "Changes to Outputs:"

// onlyOutputs is what to know about a plan in which nothing but outputs changes.
const onlyOutputs = "Applying this plan saves the new output values and changes nothing at the service."

// outputChanges writes how outputs change, or with Summary how many.
func outputChanges(w *bufio.Writer, p *plan.Plan, s Style) {
	switch {
	case len(p.Outputs) == 0, s.Summary && !p.HasChanges(): // which is told already
		return
	case s.Summary:
		fmt.Fprintf(w, "%s %s to change.\n", s.paint(bold, "Outputs:"), text.Count(len(p.Outputs)))
		return
	}
	fmt.Fprintf(w, "\n%s\n", s.paint(bold, OutputsHeader))
	for _, line := range OutputLines(p, s) {
		fmt.Fprintf(w, "%s\n", line)
	}
	if !p.HasChanges() {
		fmt.Fprintf(w, "\n%s\n", onlyOutputs)
	}
}

// outputCount is how many outputs change, in words.
func outputCount(p *plan.Plan) string { return text.Plural(len(p.Outputs), "output") + " to change" }

// OutputLines returns how outputs change, line by line, as Terraform shows it.
func OutputLines(p *plan.Plan, s Style) []string {
	d := outputDiff{style: s}
	width := 0
	for i := range p.Outputs {
		width = max(width, len(p.Outputs[i].Name()))
	}
	for i := range p.Outputs {
		d.output(&p.Outputs[i], width)
	}
	return d.lines
}

// outputDiff writes the differences between values.
type outputDiff struct {
	style Style
	lines []string
}

// line writes a line with the symbol of an action, " " for none.
func (d *outputDiff) line(indent int, symbol, text string) {
	code := map[string]string{"+": green, "-": red, "~": yellow}[symbol]
	d.lines = append(d.lines, strings.Repeat(" ", indent)+d.style.paint(code, symbol)+" "+text)
}

func (d *outputDiff) output(c *plan.OutputChange, width int) {
	label := fmt.Sprintf("%-*s = ", width, text.Inert(c.Name()))
	before, knownBefore := clearOutput(c.Before)
	after, knownAfter := clearOutput(c.After)
	symbol, arrow := map[plan.Action]string{plan.Create: "+", plan.Update: "~", plan.Delete: "-"}[c.Action()], ""
	if c.After == nil {
		arrow = d.style.paint(faint, " -> null")
	}
	switch {
	case c.Before != nil && c.Before.Sensitive || c.After != nil && c.After.Sensitive:
		d.line(2, symbol, label+"(sensitive value)"+arrow)
	case c.Before != nil && c.After != nil && !(knownBefore && knownAfter):
		d.line(2, symbol, label+"(changed)")
	case c.Before != nil && !knownBefore || c.After != nil && !knownAfter:
		d.line(2, symbol, label+"(long value)"+arrow)
	case c.Before == nil:
		d.whole(2, symbol, label, after, "")
	case c.After == nil:
		d.whole(2, symbol, label, before, arrow)
	default:
		d.differ(2, label, before, after, "")
	}
}

// whole writes a value each line of which has the symbol.
func (d *outputDiff) whole(indent int, symbol, label string, v cty.Value, end string) {
	open, shut := brackets(v)
	if open == "" || v.LengthInt() == 0 {
		d.line(indent, symbol, label+Value(v)+end)
		return
	}
	d.line(indent, symbol, label+open)
	labels, comma := labelsOf(v)
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		d.whole(indent+4, symbol, labels(k), e, comma)
	}
	d.line(indent, " ", shut+end)
}

// differ writes how a value becomes another one.
func (d *outputDiff) differ(indent int, label string, before, after cty.Value, end string) {
	open, shut := brackets(after)
	if was, _ := brackets(before); open == "" || was != open {
		inner := strings.Repeat(" ", indent+2)
		d.line(indent, "~", label+indentedValue(before, inner)+d.style.paint(yellow, " -> ")+indentedValue(after, inner)+end)
		return
	}
	d.line(indent, "~", label+open)
	if open == "{" {
		d.members(indent+4, before, after)
	} else {
		d.elements(indent+4, before, after)
	}
	d.line(indent, " ", shut+end)
}

// members writes the differences of two objects or maps.
func (d *outputDiff) members(indent int, before, after cty.Value) {
	was, is := before.AsValueMap(), after.AsValueMap()
	all := map[string]cty.Value{}
	for _, m := range []map[string]cty.Value{was, is} {
		for name, v := range m {
			all[name] = v
		}
	}
	same := 0
	labels, _ := labelsOf(cty.ObjectVal(all))
	for it := cty.ObjectVal(all).ElementIterator(); it.Next(); {
		k, _ := it.Element()
		b, had := was[k.AsString()]
		a, has := is[k.AsString()]
		switch {
		case !had:
			d.whole(indent, "+", labels(k), a, "")
		case !has:
			d.whole(indent, "-", labels(k), b, d.style.paint(faint, " -> null"))
		case a.RawEquals(b):
			same++
		default:
			d.differ(indent, labels(k), b, a, "")
		}
	}
	d.hidden(indent, same, "attribute")
}

// elements writes the differences of two lists or sets: what goes and what comes.
func (d *outputDiff) elements(indent int, before, after cty.Value) {
	was, is := before.AsValueSlice(), after.AsValueSlice()
	same := 0
	for common := longestCommon(was, is); len(was)+len(is) > 0; {
		switch {
		case len(was) > 0 && (len(common) == 0 || !was[0].RawEquals(common[0])):
			d.hidden(indent, same, "element")
			d.whole(indent, "-", "", was[0], ",")
			was, same = was[1:], 0
		case len(is) > 0 && (len(common) == 0 || !is[0].RawEquals(common[0])):
			d.hidden(indent, same, "element")
			d.whole(indent, "+", "", is[0], ",")
			is, same = is[1:], 0
		default:
			was, is, common = was[1:], is[1:], common[1:]
			same++
		}
	}
	d.hidden(indent, same, "element")
}

// longestCommon returns the longest list that is a part of both, in their order.
func longestCommon(a, b []cty.Value) (common []cty.Value) {
	length := make([][]int, len(a)+1) // of what a[i:] and b[j:] have in common
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			length[i][j] = max(length[i+1][j], length[i][j+1])
			if a[i].RawEquals(b[j]) {
				length[i][j] = 1 + length[i+1][j+1]
			}
		}
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].RawEquals(b[j]):
			common = append(common, a[i])
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
	return common
}

// hidden counts what is unchanged.
func (d *outputDiff) hidden(indent, n int, noun string) {
	if n > 0 {
		d.line(indent, " ", d.style.paint(faint, fmt.Sprintf("# (%s unchanged %s hidden)", text.Count(n), noun+map[bool]string{true: "s"}[n > 1])))
	}
}

// brackets are around the elements of a value, "" for one without.
func brackets(v cty.Value) (open, shut string) {
	ty := v.Type()
	switch {
	case v.IsNull():
		return "", ""
	case ty.IsMapType() || ty.IsObjectType():
		return "{", "}"
	case ty.IsSetType():
		return "toset([", "])"
	case ty.IsListType() || ty.IsTupleType():
		return "[", "]"
	}
	return "", ""
}

// labelsOf returns what stands before an element, by its key, and what behind each.
func labelsOf(v cty.Value) (labels func(cty.Value) string, end string) {
	if open, _ := brackets(v); open != "{" {
		return func(cty.Value) string { return "" }, ","
	}
	name := func(k cty.Value) string {
		if s := k.AsString(); hclsyntax.ValidIdentifier(s) {
			return text.Inert(s)
		}
		return text.Quote(k.AsString())
	}
	width := 0
	for it := v.ElementIterator(); it.Next(); {
		k, _ := it.Element()
		width = max(width, len(name(k)))
	}
	return func(k cty.Value) string { return fmt.Sprintf("%-*s = ", width, name(k)) }, ""
}

func indentedValue(v cty.Value, indent string) string {
	var b strings.Builder
	value(&b, v, indent)
	return b.String()
}

// clearOutput returns the value of an output where the state has it in clear.
func clearOutput(o *state.Output) (v cty.Value, known bool) {
	if o == nil || o.Value == "" {
		return cty.NilVal, false
	}
	ty, err := ctyjson.UnmarshalType([]byte(o.Type))
	if err == nil {
		v, err = ctyjson.Unmarshal([]byte(o.Value), ty)
	}
	if err != nil || !v.IsWhollyKnown() {
		return cty.NilVal, false
	}
	err = cty.Walk(v, func(_ cty.Path, part cty.Value) (bool, error) {
		if part.Type() == cty.Number && !part.IsNull() {
			// Somebody may have written 1e999999999, which has as many digits.
			n := part.AsBigFloat()
			if exponent := n.MantExp(nil); n.IsInf() || max(exponent, -exponent) > maxExponent {
				return false, fmt.Errorf("a number beyond 2^%d", maxExponent)
			}
		}
		return true, nil
	})
	return v, err == nil
}

// maxExponent bounds the numbers of outputs that are shown, in powers of 2.
const maxExponent = 1 << 14

// StateOutput returns an output as a state remembers it.
func StateOutput(o *state.Output) Output {
	v, known := clearOutput(o)
	if !known {
		v = cty.NilVal
	}
	return Output{Name: o.Name, Sensitive: o.Sensitive, Value: v}
}

// OutputChange is how one output changes. Values that are sensitive or long are null.
type OutputChange struct {
	Actions         []string        `json:"actions"`
	Before          json.RawMessage `json:"before"`
	After           json.RawMessage `json:"after"`
	BeforeSensitive bool            `json:"before_sensitive"`
	AfterSensitive  bool            `json:"after_sensitive"`
	BeforeOmitted   bool            `json:"before_omitted,omitempty"` // it is long
	AfterOmitted    bool            `json:"after_omitted,omitempty"`
}

// newOutputChanges returns the documents of output changes, by name.
func newOutputChanges(p *plan.Plan) map[string]OutputChange {
	if len(p.Outputs) == 0 {
		return nil
	}
	docs := map[string]OutputChange{}
	for i := range p.Outputs {
		c := &p.Outputs[i]
		doc := OutputChange{Actions: c.Action().Spec().Words}
		doc.Before, doc.BeforeSensitive, doc.BeforeOmitted = outputJSON(c.Before)
		doc.After, doc.AfterSensitive, doc.AfterOmitted = outputJSON(c.After)
		docs[c.Name()] = doc
	}
	return docs
}

func outputJSON(o *state.Output) (value json.RawMessage, sensitive, omitted bool) {
	switch {
	case o == nil:
		return nil, false, false
	case o.Value == "":
		return nil, o.Sensitive, !o.Sensitive
	}
	return json.RawMessage(o.Value), false, false
}

// rawOrNil returns JSON as it is, null for none.
func rawOrNil(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	return json.RawMessage(s)
}
