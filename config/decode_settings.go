package config

import (
	"github.com/hashicorp/hcl/v2"

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
