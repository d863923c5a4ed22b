package config

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/scan"
	"github.com/tmsync/tmsync/internal/tracking"
)

// addressExpr is the expression of an argument that is an address. In JSON it
// stands in a string.
func addressExpr(expr hcl.Expression) hcl.Expression {
	text, start, ok := eval.JSONText(expr)
	if !ok {
		return expr
	}
	if _, err := scan.CheckNesting([]byte(text), false); err != nil {
		return expr
	}
	native, diags := hclsyntax.ParseExpression([]byte(text), expr.Range().Filename, start)
	if diags.HasErrors() {
		return expr
	}
	return native
}

// isBlock reports whether an address has no key.
func isBlock(addr tracking.Addr) bool { return addr == addr.Block() }

// manyOnly reports whether an address can stand for nothing but all of a block: the
// rows of a trackings block always have keys.
func manyOnly(addr tracking.Addr) bool {
	return isBlock(addr) && strings.HasPrefix(string(addr), "trackings.")
}

// find returns the places, in Config.Declared, of those of some addresses that are
// declared.
func find(declared []tracking.Declared, addrs map[tracking.Addr]bool) map[tracking.Addr]int {
	found := map[tracking.Addr]int{}
	if len(addrs) == 0 {
		return found
	}
	for i := range declared {
		if addr := declared[i].Addr; addrs[addr] {
			found[addr] = i
		}
	}
	return found
}
