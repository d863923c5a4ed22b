package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// ConsoleInput is the name of the file that the diagnostics of Evaluate point into.
const ConsoleInput = "<console-input>"

// Evaluate gives the value of an expression as it is typed into the console.
func (c *Config) Evaluate(src string) (cty.Value, hcl.Diagnostics) {
	if _, err := checkNesting([]byte(src), false); err != nil {
		return cty.DynamicVal, hcl.Diagnostics{newError(nil, "Invalid expression", sentence(err.Error()))}
	}
	expr, diags := hclsyntax.ParseExpression([]byte(src), ConsoleInput, hcl.InitialPos)
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	return c.EvaluateExpr(expr)
}

// EvaluateExpr gives the value of an expression.
func (c *Config) EvaluateExpr(expr hcl.Expression) (cty.Value, hcl.Diagnostics) {
	return expr.Value(nil)
}
