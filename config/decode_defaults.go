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
		x.compile(&in, block.DefRange.Filename, "")
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
