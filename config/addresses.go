package config

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tmsync/tmsync/internal/tracking"
)

// addressExpr is the expression of an argument that is an address. In JSON it
// stands in a string.
func (l *loader) addressExpr(expr hcl.Expression) hcl.Expression {
	e, ok := expr.(*jsonExpression)
	if !ok {
		return expr
	}
	v, _ := e.Expression.Value(nil)
	text := known(v)
	if _, err := checkNesting([]byte(text), false); err != nil {
		return expr
	}
	start := e.Range().Start
	start.Byte++ // the quote
	start.Column++
	native, diags := hclsyntax.ParseExpression([]byte(text), e.Range().Filename, start)
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

// isBlock says whether an address has no key.
func isBlock(addr tracking.Addr) bool { return addr == addr.Block() }

// manyOnly says whether an address can stand for nothing but all of a block: the
// rows of a trackings block always have keys.
func manyOnly(addr tracking.Addr) bool {
	return isBlock(addr) && strings.HasPrefix(string(addr), "trackings.")
}

// find gives the places, in Config.Declared, of those of some addresses that are
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
