package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/internal/carrier"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

var defaultsSchema = &hcl.BodySchema{Attributes: attrSchemas(), Blocks: []hcl.BlockHeaderSchema{{Type: "lifecycle"}}}

// defaults are the values of a defaults block, for blocks without their own.
type defaults struct {
	inputs    []input
	source    *tracking.Source // nil for nothing
	lifecycle lifecycleArgs
	attrs     tracking.AttrSet // of the inputs
}

// decodeDefaults reads the defaults block.
func (x *expander) decodeDefaults(dec *decoder) {
	block := dec.oneBlock("defaults")
	if block == nil {
		return
	}
	content := x.content(block, defaultsSchema)
	x.defaults.source = &tracking.Source{File: block.DefRange.Filename, Block: tracking.SpanOf(block.DefRange)}
	for _, arg := range attrArguments(content.Attributes) {
		in := input{argument: arg}
		x.compile(&in, block.DefRange.Filename)
		x.defaults.inputs = append(x.defaults.inputs, in)
		addSpan(x.defaults.source, arg)
		x.defaults.attrs = x.defaults.attrs.With(tracking.Attr(arg.field))
	}
	lifecycle, _, diags := decodeLifecycle(content.Blocks, lifecycleSchema)
	x.report(diags...)
	x.defaults.lifecycle = lifecycle
	if d := lifecycle.contradiction(x.defaults.inputs); d != nil {
		x.report(d)
	}
}

var safetySchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{
	{Name: "max_deletes"}, {Name: "max_delete_percent"}, {Name: "max_credits"}, {Name: "mode"}, {Name: "adopt"},
}}

// decodeSafety reads the safety block.
func decodeSafety(dec *decoder) tracking.Safety {
	s := defaultSafety
	block := dec.oneBlock("safety")
	if block == nil {
		return s
	}
	content := dec.content(block, safetySchema)
	attrs := content.Attributes
	s.MaxDeletes = int(dec.number(attrs["max_deletes"], float64(s.MaxDeletes), 0, MaxDeclared, true))
	s.MaxDeletePercent = dec.number(attrs["max_delete_percent"], s.MaxDeletePercent, 0, 100, false)
	if n := dec.number(attrs["max_credits"], -1, 0, maxCredits, false); n >= 0 {
		s.MaxCredits = &n
	}
	choice(dec, attrs["mode"], &s.Mode, tracking.Modes())
	choice(dec, attrs["adopt"], &s.Adopt, tracking.AdoptPolicies())
	return s
}

// maxCredits bounds max_credits.
const maxCredits = 1_000_000_000

var defaultSafety = tracking.Safety{MaxDeletes: 10, MaxDeletePercent: 10, Mode: tracking.ModeSync, Adopt: tracking.AdoptAlways}

var carriersSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "names", Required: true}}}

// decodeCarriers reads the carriers block: codes by the names that the user has for
// carriers. Local values are not known yet: they may ask for codes themselves.
func decodeCarriers(dec *decoder) map[string]string {
	block := dec.oneBlock("carriers")
	if block == nil {
		return nil
	}
	attr := dec.content(block, carriersSchema).Attributes["names"]
	if attr == nil {
		return nil
	}
	fail := func(format string, args ...any) map[string]string {
		dec.error(attr.Expr.Range().Ptr(), "Invalid names of carriers", fmt.Sprintf(format, args...))
		return nil
	}
	if refersTo(attr.Expr, "local") {
		return fail("names must not refer to local values, which are evaluated after it: they may call carrier(). It may refer to variables.")
	}
	v, ok := dec.evaluateAs(attr, cty.Map(cty.String))
	switch {
	case !ok:
		return nil
	case v.ContainsMarked():
		return fail("names must not be sensitive: it is part of what identifies trackings.")
	}
	names, first := map[string]string{}, map[string]string{}
	for name, code := range v.AsValueMap() {
		letters := carrier.Letters(name)
		if !code.IsKnown() {
			return nil
		}
		canonical, err := "", error(nil) // of a null: which carrier it is is not decided
		if !code.IsNull() {
			canonical, err = tracking.CanonicalCarrier(eval.Text(code))
		}
		switch {
		case letters == "":
			fail("A name must have letters or digits; %s has none.", text.Quote(name))
		case err != nil:
			fail("The code of %s is not valid: %s", text.Quote(name), text.Sentence(err))
		case first[letters] != "":
			fail("%s and %s are the same name: case, spaces and signs do not matter.", text.Quote(first[letters]), text.Quote(name))
		default:
			names[name], first[letters] = canonical, name
		}
	}
	return names
}
