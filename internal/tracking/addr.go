package tracking

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// Addr is the address of one tracking in the configuration and in the state:
// tracking.NAME, tracking.NAME["KEY"] or trackings.NAME["KEY"]. It is plain text,
// so that it sorts, compares and marshals by itself.
type Addr string

// NewAddr joins a block type ("tracking", "trackings") and a block name.
func NewAddr(block, name string) Addr { return Addr(block + "." + name) }

// ParseAddr returns an address that people have written in its canonical form.
// Without a key it may mean all of a block.
func ParseAddr(s string) (Addr, error) {
	t, diags := hclsyntax.ParseTraversalAbs([]byte(s), "", hcl.InitialPos)
	if !diags.HasErrors() {
		if a, ok := AddrOf(t); ok {
			return a, nil
		}
	}
	return "", fmt.Errorf(`%q is not an address such as tracking.parcel, tracking.parcel["A-1"] or trackings.orders["A-1"]; in a shell it needs single quotes around it`, s)
}

// ParseStateAddr reads an address as a state has it: that of a declaration, or of a
// tracking that was deposed from one.
func ParseStateAddr(s string) (Addr, error) {
	if IsAddr(s) && strings.HasSuffix(s, ")") {
		return Addr(s), nil
	}
	return ParseAddr(s)
}

// IsAddr reports whether a text begins as an address does.
func IsAddr(s string) bool {
	return strings.HasPrefix(s, "tracking.") || strings.HasPrefix(s, "trackings.")
}

// AddrOf returns the address that a reference in a file writes; ok reports whether it
// is one.
func AddrOf(t hcl.Traversal) (a Addr, ok bool) {
	if len(t) < 2 || len(t) > 3 || t.RootName() != "tracking" && t.RootName() != "trackings" {
		return "", false
	}
	name, ok := t[1].(hcl.TraverseAttr)
	if !ok {
		return "", false
	}
	a = NewAddr(t.RootName(), name.Name)
	if len(t) == 2 {
		return a, true
	}
	index, ok := t[2].(hcl.TraverseIndex)
	if !ok || index.Key.Type() != cty.String {
		return "", false
	}
	return a.Index(index.Key.AsString()), true
}

// Index returns the address of one instance or one CSV row of a block. The key is
// quoted as an HCL string.
func (a Addr) Index(key string) Addr {
	if plain(key) {
		return a + `["` + Addr(key) + `"]`
	}
	quoted := hclwrite.TokensForValue(cty.StringVal(key)).Bytes()
	return a + "[" + Addr(quoted) + "]"
}

// Block returns the address of the block that an instance belongs to.
func (a Addr) Block() Addr {
	if i := strings.IndexAny(string(a), "[ "); i >= 0 {
		return a[:i]
	}
	return a
}

// Split returns the parts of an address: tracking, parcel and A-1 for
// tracking.parcel["A-1"]. A deposed one has the kind and the name of the block that
// it had.
func (a Addr) Split() (kind, name, key string) {
	block := a.Block()
	kind, name, ok := strings.Cut(string(block), ".")
	if !ok {
		return "", string(a), ""
	}
	index := string(a[len(block):])
	if index == "" {
		return kind, name, ""
	}
	if quoted, ok := strings.CutPrefix(index, `["`); ok {
		if quoted, ok = strings.CutSuffix(quoted, `"]`); ok && plain(quoted) {
			return kind, name, quoted
		}
	}
	if t, diags := hclsyntax.ParseTraversalAbs([]byte(a), "", hcl.InitialPos); !diags.HasErrors() && len(t) > 2 {
		if step, ok := t[2].(hcl.TraverseIndex); ok && step.Key.Type() == cty.String {
			key = step.Key.AsString()
		}
	}
	return kind, name, key
}

// Within reports whether the address is the given one, or an instance of it.
func (a Addr) Within(outer Addr) bool {
	rest, ok := strings.CutPrefix(string(a), string(outer))
	return ok && (rest == "" || rest[0] == '[' || rest[0] == ' ')
}

// Deposed is where a tracking waits for its deletion without its address. No
// declaration has such an address.
func (a Addr) Deposed(key Key) Addr { return a + Addr(deposedMark+key.String()+")") }

// IsDeposed reports whether Deposed has made an address: no other one ends so.
func (a Addr) IsDeposed() bool { return strings.HasSuffix(string(a), ")") }

// deposedMark separates an address from the key of what was deposed from it.
const deposedMark = " (deposed "

// plain reports whether a key needs no escape inside an HCL string.
func plain(key string) bool {
	for i := range len(key) {
		if c := key[i]; c < ' ' || c == '"' || c == '\\' || c == '$' || c == '%' || c >= 0x7f {
			return false
		}
	}
	return true
}
