package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Output is an output block with its value.
type Output struct {
	Name, Description string
	// Sensitive says that the value is not to be shown unless somebody asks for
	// this one output.
	Sensitive bool
	// Value carries marks where something sensitive is in it.
	Value cty.Value
	Range hcl.Range // the block's header
}
