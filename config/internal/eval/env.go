package eval

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
)

// NoEnv returns the diagnostic that names the replacement of env().
func NoEnv(at hcl.Range) *hcl.Diagnostic {
	return hcldiag.Error(&at, "The environment cannot be read", "There is no function env(): whoever may change the files could publish with it what is in the environment, such as the API key. "+
		"Declare a variable, say \"shop\", and give it its value where tmsync runs, with TMSYNC_VAR_shop in the environment, or with --var. "+
		"The API key needs none: without api_key, the provider takes it from the environment by itself.")
}

// FindEnv returns the first call of env in an expression, or nil. It is looked for
// before anything is evaluated: try() must not hide it.
func FindEnv(expr hcl.Expression) (at *hcl.Range) {
	if j, ok := expr.(*jsonExpression); ok {
		expr = j.native
	}
	node, ok := expr.(hclsyntax.Node)
	if !ok {
		return nil
	}
	// The walk itself cannot fail.
	_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
		if c, ok := n.(*hclsyntax.FunctionCallExpr); ok && c.Name == "env" && at == nil {
			at = c.Range().Ptr()
		}
		return nil
	})
	return at
}
