package tracking

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Addr names one declared tracking in the configuration and in the state:
// tracking.NAME, tracking.NAME["KEY"] or trackings.NAME["KEY"]. It is plain
// text, so that it sorts, compares and marshals by itself.
type Addr string

// NewAddr joins a block type ("tracking", "trackings") and a block name.
func NewAddr(block, name string) Addr { return Addr(block + "." + name) }

// Index gives the address of one instance of a block with for_each, or of one
// row of a CSV file. The key is quoted as an HCL string.
func (a Addr) Index(key string) Addr {
	if plain(key) {
		return a + `["` + Addr(key) + `"]`
	}
	quoted := hclwrite.TokensForValue(cty.StringVal(key)).Bytes()
	return a + "[" + Addr(quoted) + "]"
}

// Deposed is where a tracking is kept, until it is deleted, when another one has
// taken its address. No declaration has such an address.
func (a Addr) Deposed(key Key) Addr { return a + Addr(" (deposed "+key.String()+")") }

// plain says whether a key needs no escape inside an HCL string.
func plain(key string) bool {
	for i := range len(key) {
		if c := key[i]; c < ' ' || c == '"' || c == '\\' || c == '$' || c == '%' || c >= 0x7f {
			return false
		}
	}
	return true
}
