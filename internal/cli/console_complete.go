package cli

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/text"
)

// The last word of a line: the name of a root or a function, a member of something, or
// a key of it.
var (
	reference = `((?:[\pL_][\pL\pN_-]*)(?:\.[\pL_][\pL\pN_-]*|\[(?:"(?:[^"\\]|\\.)*"|[0-9]+)\])*)`
	memberAt  = regexp.MustCompile(reference + `\.([\pL\pN_-]*)$`)
	keyAt     = regexp.MustCompile(reference + `\[("(?:[^"\\]|\\.)*)?$`)
	nameAt    = regexp.MustCompile(`[\pL_][\pL\pN_-]*$`)
)

// completions returns where the last word of an expression begins, and what it may
// become. evaluate returns the value of what is in front of it.
func completions(cfg *config.Config, evaluate func(src string) cty.Value, before string) (from int, words []string) {
	if m := memberAt.FindStringSubmatchIndex(before); m != nil {
		path := before[m[2]:m[3]]
		if words = cfg.Names(path); words == nil {
			words = slices.DeleteFunc(members(evaluate(path)), func(name string) bool { return !hclsyntax.ValidIdentifier(name) })
		}
		return m[4], beginning(words, before[m[4]:])
	}
	if m := keyAt.FindStringSubmatchIndex(before); m != nil {
		from = m[3] + len("[")
		if path := before[m[2]:m[3]]; cfg.Names(path) == nil {
			for _, key := range members(evaluate(path)) {
				words = append(words, text.HCLQuote(key)+"]")
			}
		}
		return from, beginning(words, before[from:])
	}
	from = len(before)
	if m := nameAt.FindStringIndex(before); m != nil {
		from = m[0]
	}
	return from, beginning(cfg.Names(""), before[from:])
}

// beginning returns those of some words that begin with what is written.
func beginning(words []string, written string) []string {
	return slices.DeleteFunc(words, func(w string) bool { return !strings.HasPrefix(w, written) })
}

// members lists the names of what is in a value. Of what is sensitive there are none.
func members(v cty.Value) []string {
	v, marks := v.Unmark()
	switch ty := v.Type(); {
	case len(marks) > 0:
		return nil
	case ty.IsObjectType():
		return slices.Sorted(maps.Keys(ty.AttributeTypes()))
	case ty.IsMapType() && v.IsKnown() && !v.IsNull():
		var keys []string
		for it := v.ElementIterator(); it.Next(); {
			k, _ := it.Element()
			keys = append(keys, k.AsString())
		}
		return keys
	}
	return nil
}

// complete is what the console's editor asks.
func (c *console) complete(before string) (from int, words []string) {
	return completions(c.cfg, func(src string) cty.Value {
		if c.broken != nil {
			return cty.DynamicVal
		}
		var v cty.Value
		var diags hcl.Diagnostics
		v, diags, c.broken = c.evaluate(src)
		if c.broken != nil || diags.HasErrors() {
			return cty.DynamicVal
		}
		return v
	}, before)
}
