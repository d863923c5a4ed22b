package config

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/scan"
	"github.com/tmsync/tmsync/internal/tracking"
)

// addressExpr is the expression of an argument that is an address. In JSON it
// stands in a string.
func (l *loader) addressExpr(expr hcl.Expression) hcl.Expression {
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

// address reads an argument that is the address of a tracking, or of a block.
// It reports what is wrong.
func (l *loader) address(a *hcl.Attribute) (tracking.Addr, bool) {
	if a == nil {
		return "", false
	}
	if t, diags := hcl.AbsTraversalForExpr(l.addressExpr(a.Expr)); !diags.HasErrors() {
		if addr, ok := tracking.AddrOf(t); ok {
			return addr, true
		}
	}
	l.badAddress(a)
	return "", false
}

func (l *loader) badAddress(a *hcl.Attribute) {
	l.error(a.Expr.Range().Ptr(), "Invalid address", fmt.Sprintf("%s must be the address of a tracking, without quotes around it: tracking.parcel, tracking.parcel[\"A-1\"] or trackings.orders[\"A-1\"].", a.Name))
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
func (l *loader) find(addrs map[tracking.Addr]bool) map[tracking.Addr]int {
	found := map[tracking.Addr]int{}
	if len(addrs) == 0 {
		return found
	}
	for i := range l.cfg.Declared {
		if addr := l.cfg.Declared[i].Addr; addrs[addr] {
			found[addr] = i
		}
	}
	return found
}
