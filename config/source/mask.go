package source

import (
	"bytes"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config/internal/scan"
	"github.com/tmsync/tmsync/internal/tracking"
)

// Masked returns the file for the snippets of messages. What it says of sensitive
// attributes and of the API key, and what secrets points to, is overwritten with "*",
// byte for byte. unclear means that any variable may be sensitive.
func (f *File) Masked(secrets []hcl.Range, unclear bool) *hcl.File {
	masked := maskNames(f.Text)
	switch {
	case unclear && f.Vars:
		scan.Stars(masked)
	case unclear:
		scan.MaskValues(masked, f.Text, "default")
	}
	for _, rng := range secrets {
		if rng.Filename == f.Name {
			scan.MaskRange(masked, rng)
		}
	}
	return &hcl.File{Bytes: masked, Nav: &navigation{file: f}}
}

// maskNames returns a copy of a source without what follows sensitive names. These
// are those of sensitive attributes, api_key and postcode. It goes by the names
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

// Mask returns a masked copy of a valid source, of the same length: what may be a
// customer's, or a key, is overwritten with "*". That is the values of sensitive
// attributes, of api_key, and of variables. CheckSyntax must have found no fault
// with the source.
func Mask(name string, src []byte) []byte {
	masked := maskNames(src)
	scan.MaskValues(masked, src, "default")
	if !isConfig(name) {
		scan.MaskTexts(masked, src)
	}
	return masked
}
