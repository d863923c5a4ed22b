package config

import (
	"bytes"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config/internal/scan"
	"github.com/tmsync/tmsync/internal/tracking"
)

// Sources returns the configuration's files for the snippets in messages, by the
// names that diagnostics use. What stands there for sensitive attributes, for
// the API key and for sensitive variables is overwritten with "*", byte for
// byte. CSV files are not among them.
func (c *Config) Sources() map[string]*hcl.File {
	files := make(map[string]*hcl.File, len(c.sources))
	for _, src := range c.sources {
		masked := maskNames(src.src)
		switch {
		case c.unclear && src.vars:
			scan.Stars(masked)
		case c.unclear:
			masked = maskDefaults(src.src)
		}
		for _, rng := range c.secrets {
			if rng.Filename == src.name {
				scan.MaskRange(masked, rng)
			}
		}
		files[src.name] = &hcl.File{Bytes: masked, Nav: &navigation{src: src}}
	}
	return files
}

// maskNames returns a copy of a source in which the text that follows the name of
// a sensitive attribute, api_key or postcode, is overwritten. It goes by the names
// alone, so that it works where the source cannot be parsed.
func maskNames(src []byte) []byte {
	masked := bytes.Clone(src)
	scan.MaskValues(masked, src, "api_key")
	scan.MaskValues(masked, src, "postcode")
	scan.MaskCalls(masked, src, "sensitive")
	for a := range tracking.AllAttrs() {
		if a.Spec().Sensitive {
			scan.MaskValues(masked, src, a.String())
		}
	}
	return masked
}
