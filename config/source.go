package config

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"

	"github.com/tmsync/tmsync/config/internal/scan"
)

// Source is one file in HCL: of a configuration, or of variables.
type Source struct {
	name   string // as shown to the user
	src    []byte
	json   bool
	vars   bool // a variable file
	pieces []scan.Piece
}

// parse reads one piece.
func (src *Source) parse(p scan.Piece) (*hcl.File, hcl.Diagnostics) {
	text := src.src[p.Start:p.End]
	if src.json {
		return hcljson.Parse(text, src.name)
	}
	return hclsyntax.ParseConfig(text, src.name, hcl.Pos{Line: p.Line, Column: 1, Byte: p.Start})
}

// prepare divides the source into pieces, or says why it may not be parsed. Blocks
// that skip passes are pieces of their own.
func (src *Source) prepare(skip scan.Skip) *hcl.Diagnostic {
	problem := scan.CheckText(src.src)
	switch {
	case problem != nil:
	case src.json:
		src.pieces = []scan.Piece{{Start: 0, End: len(src.src), Line: 1}}
		problem = scan.CheckJSON(src.src)
	default:
		src.pieces, problem = scan.Cut(src.src, skip)
	}
	if problem == nil {
		return nil
	}
	src.pieces = nil
	return problem.Diagnostic(src.name, src.src)
}

// firstError picks the one syntax error worth showing: the first in the file.
// Those after it are mostly consequences.
func firstError(diags hcl.Diagnostics) *hcl.Diagnostic {
	var first *hcl.Diagnostic
	for _, d := range diags {
		if d.Severity == hcl.DiagError && (first == nil || d.Subject.Start.Byte < first.Subject.Start.Byte) {
			first = d
		}
	}
	return first
}

// parseValid reads one piece that has no syntax error, or tells the first one.
func (src *Source) parseValid(p scan.Piece) (*hcl.File, *hcl.Diagnostic) {
	file, diags := src.parse(p)
	if first := firstError(diags); first != nil {
		return nil, first
	}
	if p.Broken {
		return nil, scan.Unbalanced(p.End-1).Diagnostic(src.name, src.src)
	}
	return file, nil
}

// navigation names the block around a place in a file, for the line
// `on main.hcl line 12, in tracking "a":` of a message. It keeps the piece that
// it was last asked about.
type navigation struct {
	src  *Source
	last int // index of a piece
	nav  any
}

// ContextString is what the writers of package hcl ask for.
func (n *navigation) ContextString(offset int) string {
	i, _ := slices.BinarySearchFunc(n.src.pieces, offset, func(p scan.Piece, offset int) int {
		return cmp.Compare(p.End, offset+1)
	})
	if i == len(n.src.pieces) {
		return ""
	}
	if n.nav == nil || n.last != i {
		file, _ := n.src.parse(n.src.pieces[i])
		n.nav, n.last = file.Nav, i
	}
	if nav, ok := n.nav.(interface{ ContextString(offset int) string }); ok {
		return nav.ContextString(offset)
	}
	return ""
}

// NewSource returns a file in HCL that is no configuration, for Bodies to parse.
func NewSource(name string, src []byte) *Source { return &Source{name: name, src: src} }

// Bodies parses the file, within the bounds that configurations have. It yields its
// parts in order, and ends with the first syntax error.
func (src *Source) Bodies(yield func(hcl.Body, *hcl.Diagnostic) bool) {
	if problem := src.prepare(nil); problem != nil {
		yield(nil, problem)
		return
	}
	for _, p := range src.pieces {
		file, problem := src.parseValid(p)
		if problem != nil {
			yield(nil, problem)
			return
		}
		if !yield(file.Body, nil) {
			return
		}
	}
}

// Bytes returns what stands in the file.
func (src *Source) Bytes() []byte { return src.src }

// All returns the range of the whole file.
func (src *Source) All() hcl.Range {
	return hcl.Range{Filename: src.name, Start: hcl.InitialPos, End: scan.PosAt(src.src, len(src.src))}
}

// Masked returns the file for snippets of messages. The values of sensitive attributes
// and some ranges are overwritten with "*".
func (src *Source) Masked(secrets []hcl.Range) *hcl.File {
	masked := maskNames(src.src)
	for _, rng := range secrets {
		scan.MaskRange(masked, rng)
	}
	return &hcl.File{Bytes: masked, Nav: &navigation{src: src}}
}
