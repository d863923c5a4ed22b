package tracking

import (
	"strings"

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

// Block is the address without its index: tracking.NAME.
func (a Addr) Block() string {
	block, _, _ := strings.Cut(string(a), "[")
	return block
}

// plain says whether a key needs no escape inside an HCL string.
func plain(key string) bool {
	for i := range len(key) {
		if c := key[i]; c < ' ' || c == '"' || c == '\\' || c == '$' || c == '%' || c >= 0x7f {
			return false
		}
	}
	return true
}
