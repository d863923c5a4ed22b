package config

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/text"
)

// MaxFileSize is how many bytes a configuration or variable file may have.
const MaxFileSize = maxFileSize

// ReadFile reads a file that the user has named, if it is a regular one of at
// most MaxFileSize bytes. The error says why not, without the file's name.
func ReadFile(path string) ([]byte, error) { return readSource(openAnywhere(path)) }

// ReadFileIn is ReadFile for a file below a configuration's directory, which is read
// as the files of the configuration are: no link leads out of the directory.
func ReadFileIn(dir, name string) ([]byte, error) {
	d, err := openDirectory(dir)
	if err != nil {
		return nil, errors.New(fileProblem(err))
	}
	defer d.Close()
	return readSource(d.open(name))
}

func readSource(f *os.File, err error) ([]byte, error) {
	if err != nil {
		return nil, errors.New(fileProblem(err))
	}
	src, err := readAll(f, maxFileSize)
	if err != nil {
		return nil, errors.New(fileProblem(err))
	}
	return src, nil
}

// CheckSyntax gives the syntax error that Load would give for a source in HCL,
// and the sources for its snippet, masked as Config.Sources masks them. Only a
// source that it finds no fault with is safe to parse. What is not a
// configuration file, by its name, may be a variable file: nothing of it is shown.
func CheckSyntax(name string, src []byte) (hcl.Diagnostics, map[string]*hcl.File) {
	if len(src) > maxFileSize {
		return hcl.Diagnostics{newError(nil, "File too large", fmt.Sprintf("A file may have %s; this one has more.", text.Size(maxFileSize)))}, nil
	}
	s := &source{name: name, src: src}
	problem := s.prepare(false)
	for _, p := range s.pieces {
		if problem == nil {
			_, problem = s.parseValid(p)
		}
	}
	if problem == nil {
		return nil, nil
	}
	masked := maskDefaults(src)
	if !isConfig(name) {
		stars(masked)
	}
	return hcl.Diagnostics{problem}, map[string]*hcl.File{name: {Bytes: masked, Nav: &navigation{src: s}}}
}

// Mask gives a copy of a source that CheckSyntax finds no fault with, of the same
// length, to be shown: what may be a customer's, or a key, is overwritten with
// "*". That is the values of sensitive attributes, of api_key, and of variables.
func Mask(name string, src []byte) []byte {
	masked := maskDefaults(src)
	if isConfig(name) {
		return masked
	}
	s := newScanner(src, false)
	for {
		from := s.pos
		switch s.step() {
		case tokLiteral, tokNumber:
			stars(masked[from:s.pos])
		case tokEOF, tokBroken:
			return masked
		}
	}
}

// maskDefaults is maskNames for a source of which is not known which variables
// are sensitive.
func maskDefaults(src []byte) []byte {
	masked := maskNames(src)
	maskValues(masked, src, "default")
	return masked
}

// isConfig says whether a name is that of a configuration file.
func isConfig(name string) bool { return strings.HasSuffix(name, ".hcl") }
