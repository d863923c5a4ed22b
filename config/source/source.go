// Package source reads files in HCL: it cuts them into pieces that are safe to parse,
// parses these, and masks what is not to be shown of them.
package source

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"

	"github.com/tmsync/tmsync/config/internal/files"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/scan"
	"github.com/tmsync/tmsync/internal/text"
)

// MaxSize is how many bytes a file may have.
const MaxSize = 64 << 20

// File is one file in HCL: of a configuration, of variables, or of tests.
type File struct {
	Name   string // as shown to the user
	Text   []byte
	JSON   bool
	Vars   bool         // its arguments are values of variables
	Pieces []scan.Piece // after Prepare
}

// New returns a file whose syntax goes by its name.
func New(name string, text []byte) *File {
	f := &File{Name: name, Text: text, JSON: strings.HasSuffix(name, ".json")}
	if f.JSON { // the parser of the native syntax takes a byte order mark as it is
		f.Text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	}
	return f
}

// Prepare divides the file into pieces, or returns why it may not be parsed. Blocks
// that skip passes are pieces of their own.
func (f *File) Prepare(skip scan.Skip) *hcl.Diagnostic {
	problem := scan.CheckText(f.Text)
	switch {
	case problem != nil:
	case f.JSON:
		f.Pieces = f.whole()
		problem = scan.CheckJSON(f.Text)
	default:
		f.Pieces, problem = scan.Cut(f.Text, skip)
	}
	if problem == nil {
		return nil
	}
	f.Pieces = nil
	return problem.Diagnostic(f.Name, f.Text)
}

// whole is the file as one piece.
func (f *File) whole() []scan.Piece { return []scan.Piece{{Start: 0, End: len(f.Text), Line: 1}} }

// Parse reads one piece. What is returned besides it is its first syntax error.
func (f *File) Parse(p scan.Piece) (*hcl.File, *hcl.Diagnostic) {
	file, diags := f.parse(p)
	if first := hcldiag.First(diags); first != nil {
		return nil, first
	}
	if p.Broken {
		return nil, scan.Unbalanced(p.End-1).Diagnostic(f.Name, f.Text)
	}
	return file, nil
}

// ParseWhole reads the file in one piece.
func (f *File) ParseWhole() (*hcl.File, *hcl.Diagnostic) {
	if problem := f.Prepare(nil); problem != nil {
		return nil, problem
	}
	f.Pieces = f.whole()
	return f.Parse(f.Pieces[0])
}

func (f *File) parse(p scan.Piece) (*hcl.File, hcl.Diagnostics) {
	text := f.Text[p.Start:p.End]
	if f.JSON {
		return hcljson.Parse(text, f.Name)
	}
	return hclsyntax.ParseConfig(text, f.Name, hcl.Pos{Line: p.Line, Column: 1, Byte: p.Start})
}

// navigation finds the block around an offset in a file. It is for a message's line
// `on main.hcl line 12, in tracking "a":`. The piece that was asked for last is
// retained.
type navigation struct {
	file *File
	last int // index of a piece
	nav  any
}

// ContextString is what the writers of package hcl ask for.
func (n *navigation) ContextString(offset int) string {
	i, _ := slices.BinarySearchFunc(n.file.Pieces, offset, func(p scan.Piece, offset int) int {
		return cmp.Compare(p.End, offset+1)
	})
	if i == len(n.file.Pieces) {
		return ""
	}
	if n.nav == nil || n.last != i {
		file, _ := n.file.parse(n.file.Pieces[i])
		n.nav, n.last = file.Nav, i
	}
	if nav, ok := n.nav.(interface{ ContextString(offset int) string }); ok {
		return nav.ContextString(offset)
	}
	return ""
}

// Bodies parses the file, within the bounds that configurations have. It yields its
// parts in order, and ends with the first syntax error.
func (f *File) Bodies(yield func(hcl.Body, *hcl.Diagnostic) bool) {
	if problem := f.Prepare(nil); problem != nil {
		yield(nil, problem)
		return
	}
	for _, p := range f.Pieces {
		file, problem := f.Parse(p)
		if problem != nil {
			yield(nil, problem)
			return
		}
		if !yield(file.Body, nil) {
			return
		}
	}
}

// All returns the range of the whole file.
func (f *File) All() hcl.Range {
	return hcl.Range{Filename: f.Name, Start: hcl.InitialPos, End: scan.PosAt(f.Text, len(f.Text))}
}

// CheckSyntax returns a source's first syntax error, and masked sources for its
// snippet. Only a source that it finds no fault with is safe to parse. What is not a
// configuration file, by its name, may be a variable file: nothing of it is shown.
func CheckSyntax(name string, src []byte) (hcl.Diagnostics, map[string]*hcl.File) {
	if len(src) > MaxSize {
		return hcl.Diagnostics{hcldiag.Error(nil, "File too large", fmt.Sprintf("A file may have %s; this one has more.", text.Size(MaxSize)))}, nil
	}
	f, problem := &File{Name: name, Text: src, Vars: !isConfig(name)}, (*hcl.Diagnostic)(nil)
	for _, problem = range f.Bodies {
	}
	if problem == nil {
		return nil, nil
	}
	return hcl.Diagnostics{problem}, map[string]*hcl.File{name: f.Masked(nil, true)}
}

// isConfig reports whether a name is that of a configuration file.
func isConfig(name string) bool { return strings.HasSuffix(name, ".hcl") }

// Read reads a regular file of at most MaxSize bytes that the user has named. The
// error is the reason, without the file's name.
func Read(path string) ([]byte, error) {
	return files.ReadAnywhere(path, MaxSize)
}

// ReadIn is Read for a file below a configuration's directory: no link leads out of
// the directory.
func ReadIn(dir, name string) ([]byte, error) {
	d, err := files.OpenDirectory(dir, "")
	if err != nil {
		return nil, files.Problem(err)
	}
	defer d.Close()
	return d.ReadFile(name, MaxSize)
}
