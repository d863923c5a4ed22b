package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config/internal/files"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/scan"
	"github.com/tmsync/tmsync/internal/text"
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

// MaxFileSize is how many bytes a configuration or variable file may have.
const MaxFileSize = maxFileSize

// ReadFile reads a file that the user has named, if it is a regular one of at
// most MaxFileSize bytes. The error says why not, without the file's name.
func ReadFile(path string) ([]byte, error) {
	return files.ReadAnywhere(path, maxFileSize)
}

// ReadFileIn is ReadFile for a file below a configuration's directory, which is read
// as the files of the configuration are: no link leads out of the directory.
func ReadFileIn(dir, name string) ([]byte, error) {
	d, err := files.OpenDirectory(dir, "")
	if err != nil {
		return nil, errors.New(files.Problem(err))
	}
	defer d.Close()
	return d.ReadFile(name, maxFileSize)
}

// CheckSyntax returns the syntax error that Load would give for a source in HCL,
// and the sources for its snippet, masked as Config.Sources masks them. Only a
// source that it finds no fault with is safe to parse. What is not a
// configuration file, by its name, may be a variable file: nothing of it is shown.
func CheckSyntax(name string, src []byte) (hcl.Diagnostics, map[string]*hcl.File) {
	if len(src) > maxFileSize {
		return hcl.Diagnostics{hcldiag.Error(nil, "File too large", fmt.Sprintf("A file may have %s; this one has more.", text.Size(maxFileSize)))}, nil
	}
	s, problem := NewSource(name, src), (*hcl.Diagnostic)(nil)
	for _, problem = range s.Bodies {
	}
	if problem == nil {
		return nil, nil
	}
	masked := maskDefaults(src)
	if !isConfig(name) {
		scan.Stars(masked)
	}
	return hcl.Diagnostics{problem}, map[string]*hcl.File{name: {Bytes: masked, Nav: &navigation{src: s}}}
}

// Mask returns a copy of a source that CheckSyntax finds no fault with, of the same
// length, to be shown: what may be a customer's, or a key, is overwritten with
// "*". That is the values of sensitive attributes, of api_key, and of variables.
func Mask(name string, src []byte) []byte {
	masked := maskDefaults(src)
	if !isConfig(name) {
		scan.MaskTexts(masked, src)
	}
	return masked
}

// maskDefaults is maskNames for a source of which is not known which variables
// are sensitive.
func maskDefaults(src []byte) []byte {
	masked := maskNames(src)
	scan.MaskValues(masked, src, "default")
	return masked
}

// isConfig reports whether a name is that of a configuration file.
func isConfig(name string) bool { return strings.HasSuffix(name, ".hcl") }
