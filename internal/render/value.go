package render

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/tmsync/tmsync/internal/text"
)

// Value writes a value as it would stand in a configuration. What is sensitive is
// "(sensitive value)", also inside of something.
func Value(v cty.Value) string {
	var b strings.Builder
	value(&b, v, "")
	return b.String()
}

func value(b *strings.Builder, v cty.Value, indent string) {
	ty := v.Type()
	switch {
	case v.IsMarked():
		b.WriteString("(sensitive value)")
	case !v.IsKnown():
		b.WriteString("(known after apply)")
	case v.IsNull():
		b.WriteString("null")
	case ty == cty.String:
		b.WriteString(text.Quote(v.AsString()))
	case ty == cty.Bool:
		fmt.Fprint(b, v.True())
	case ty == cty.Number:
		b.WriteString(v.AsBigFloat().Text('f', -1))
	case ty.IsMapType() || ty.IsObjectType():
		elements(b, v, indent, "{", "}", "{}")
	case ty.IsSetType():
		elements(b, v, indent, "toset([", "])", "toset([])")
	case ty.IsListType() || ty.IsTupleType():
		elements(b, v, indent, "[", "]", "[]")
	default:
		b.WriteString(ty.FriendlyName())
	}
}

func elements(b *strings.Builder, v cty.Value, indent, open, shut, empty string) {
	if v.LengthInt() == 0 {
		b.WriteString(empty)
		return
	}
	keyed := v.Type().IsMapType() || v.Type().IsObjectType()
	b.WriteString(open + "\n")
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		b.WriteString(indent + "  ")
		if keyed {
			if name := k.AsString(); v.Type().IsObjectType() && hclsyntax.ValidIdentifier(name) {
				b.WriteString(text.Inert(name) + " = ")
			} else {
				b.WriteString(text.Quote(name) + " = ")
			}
		}
		value(b, e, indent+"  ")
		if !keyed {
			b.WriteString(",")
		}
		b.WriteString("\n")
	}
	b.WriteString(indent + shut)
}

// Output is one output of a configuration, or of a state.
type Output struct {
	Name      string
	Sensitive bool
	Value     cty.Value // cty.NilVal where a state has its fingerprint only
}

// Outputs writes outputs, one after the other.
func Outputs(out io.Writer, outputs []Output, s Style) error {
	w := bufio.NewWriter(out)
	for _, o := range outputs {
		fmt.Fprintf(w, "%s = %s\n", o.Name, s.output(o))
	}
	return w.Flush()
}

func (s Style) output(o Output) string {
	if o.Sensitive && !s.Sensitive {
		return "(sensitive value)"
	}
	if o.Value == cty.NilVal {
		return "(long value)"
	}
	v, _ := o.Value.UnmarkDeep() // only a sensitive output has marks
	return Value(v)
}

// OutputDocument is one output in JSON. The value of a sensitive one is null.
type OutputDocument struct {
	Sensitive bool            `json:"sensitive"`
	Type      json.RawMessage `json:"type"`
	Value     json.RawMessage `json:"value"`
}

// NewOutputDocument returns the document of an output.
func NewOutputDocument(o Output, s Style) (OutputDocument, error) {
	if o.Value == cty.NilVal {
		return OutputDocument{Sensitive: o.Sensitive}, nil
	}
	v, _ := o.Value.UnmarkDeep()
	ty, err := ctyjson.MarshalType(v.Type())
	if err != nil {
		return OutputDocument{}, err
	}
	doc := OutputDocument{Sensitive: o.Sensitive, Type: ty, Value: json.RawMessage("null")}
	if !o.Sensitive || s.Sensitive {
		doc.Value, err = ctyjson.Marshal(v, v.Type())
	}
	return doc, err
}
