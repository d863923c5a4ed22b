package config

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/scan"
	"github.com/tmsync/tmsync/internal/tracking"
)

// decoder reads the blocks of the files, trackings aside. What a block says in
// expressions is evaluated in the scope.
type decoder struct {
	*Scope
	settings hcl.Blocks // in file order
	// doubtful means that something is wrong with variables or local values: what is made
	// of them is not to be relied on.
	doubtful bool
	secrets  []hcl.Range // of sensitive variables' values, and of sensitive outputs
}

// blocks returns the settings blocks of one type, in file order.
func (dec *decoder) blocks(kind string) hcl.Blocks {
	var out hcl.Blocks
	for _, b := range dec.settings {
		if b.Type == kind {
			out = append(out, b)
		}
	}
	return out
}

// oneBlock returns the first block of a type, or nil, and complains of others.
func (dec *decoder) oneBlock(kind string) *hcl.Block {
	all := dec.blocks(kind)
	if len(all) == 0 {
		return nil
	}
	for _, extra := range all[1:] {
		dec.error(&extra.DefRange, "Duplicate "+kind+" block", "There may be one "+kind+" block; another one is at "+hcldiag.Place(all[0].DefRange)+".")
	}
	return all[0]
}

// named returns the blocks of one type that have different, valid names.
func (dec *decoder) named(kind string) hcl.Blocks {
	var out hcl.Blocks
	places := map[string]hcl.Range{}
	for _, block := range dec.blocks(kind) {
		name := block.Labels[0]
		if !dec.checkBlockName(block) {
			continue
		}
		if other, taken := places[name]; taken {
			dec.error(&block.DefRange, "Duplicate "+kind, fmt.Sprintf("There is another %s block named %q, at %s.", kind, name, hcldiag.Place(other)))
			continue
		}
		places[name] = block.DefRange
		out = append(out, block)
	}
	return out
}

// constant returns the value of an argument that may refer to nothing.
func (dec *decoder) constant(a *hcl.Attribute, ty cty.Type) (cty.Value, bool) {
	v, diags := eval.Constant(a, ty, false)
	dec.report(diags...)
	return v, !diags.HasErrors() && !v.IsNull()
}

func (dec *decoder) constantBool(a *hcl.Attribute, otherwise bool) bool {
	v, ok := dec.constant(a, cty.Bool)
	if !ok {
		return otherwise
	}
	return v.True()
}

// checkBlockName reports a block label that cannot be part of an address.
func (dec *decoder) checkBlockName(block *hcl.Block) bool {
	if validName(block.Labels[0]) {
		return true
	}
	dec.report(nameError(block))
	return false
}

// duration reads an argument such as "30s".
func (dec *decoder) duration(attr *hcl.Attribute, otherwise time.Duration) time.Duration {
	text, ok := dec.text(attr)
	if !ok {
		return otherwise
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > 24*time.Hour {
		dec.error(attr.Expr.Range().Ptr(), "Invalid duration", fmt.Sprintf("The value of %s must be a duration of up to 24 hours with its unit, such as \"30s\" or \"2m\".", attr.Name))
		return otherwise
	}
	return d
}

// plainNumber writes a number without an exponent.
func plainNumber(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// number reads a number between two bounds.
func (dec *decoder) number(attr *hcl.Attribute, otherwise, low, high float64, whole bool) float64 {
	v, ok := dec.evaluateAs(attr, cty.Number)
	if !ok {
		return otherwise
	}
	n, _ := v.AsBigFloat().Float64()
	if n < low || n > high || whole && n != math.Trunc(n) {
		kind := "number"
		if whole {
			kind = "whole number"
		}
		dec.error(attr.Expr.Range().Ptr(), "Number out of range", fmt.Sprintf("The value of %s must be a %s from %s to %s.", attr.Name, kind, plainNumber(low), plainNumber(high)))
		return otherwise
	}
	return n
}

// address reads an argument that is the address of a tracking, or of a block.
// It reports what is wrong.
func (dec *decoder) address(a *hcl.Attribute) (tracking.Addr, bool) {
	if a == nil {
		return "", false
	}
	if t, diags := hcl.AbsTraversalForExpr(addressExpr(a.Expr)); !diags.HasErrors() {
		if addr, ok := tracking.AddrOf(t); ok {
			return addr, true
		}
	}
	dec.badAddress(a)
	return "", false
}

func (dec *decoder) badAddress(a *hcl.Attribute) {
	dec.error(a.Expr.Range().Ptr(), "Invalid address", fmt.Sprintf("%s must be the address of a tracking, without quotes around it: tracking.parcel, tracking.parcel[\"A-1\"] or trackings.orders[\"A-1\"].", a.Name))
}

// choice reads an argument that is one of a few words; silence leaves to as it is.
func choice[T ~string](dec *decoder, attr *hcl.Attribute, to *T, allowed []T) {
	word, ok := dec.text(attr)
	switch {
	case !ok:
	case !slices.Contains(allowed, T(word)):
		dec.error(attr.Expr.Range().Ptr(), "Invalid "+attr.Name, hcldiag.OneOf(attr.Name, word, allowed))
	default:
		*to = T(word)
	}
}

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
