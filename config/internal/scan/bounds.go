package scan

import (
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// The bounds of what may be parsed. Each of them is named in the error that it
// causes. Sizes are in bytes.
const (
	MaxStatement = 8 << 20 // one block or argument at the top of a file

	// maxTokens bounds tokens: the parser needs some hundred bytes for each, and
	// retains as many.
	maxTokens   = 600_000        // in one block or argument, and in one template
	maxJSON     = 1_000_000      // in one JSON file
	MaxTextWork = 10_000_000_000 // put together from pieces, see textCost

	// The parser and the evaluator are recursive, and Go cannot recover from
	// a stack overflow: nesting is counted before anything is parsed.
	maxNesting    = 100  // brackets, blocks, template sequences
	maxChain      = 1000 // operators in one expression
	maxForNesting = 3    // "for" inside "for": each multiplies the work
	MaxExponent   = 999  // of a number
	MaxDigits     = 1000 // of a number
	MaxName       = 1024 // a name, of whatever: looking for similar ones takes long
)

// Excess is the bound that a source exceeds.
type Excess struct {
	Offset  int    // where, in bytes
	Summary string // as in a diagnostic
	Detail  string
}

// Error implements error.
func (e *Excess) Error() string { return strings.TrimSuffix(e.Detail, ".") }

// Diagnostic returns an error that points into the file.
func (e *Excess) Diagnostic(filename string, src []byte) *hcl.Diagnostic {
	start := PosAt(src, e.Offset)
	end := start
	end.Byte++
	end.Column++
	return &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  e.Summary,
		Detail:   e.Detail,
		Subject:  &hcl.Range{Filename: filename, Start: start, End: end},
	}
}

// PosAt finds line and column of a byte. The column counts characters.
func PosAt(src []byte, offset int) hcl.Pos {
	pos := hcl.Pos{Line: 1, Byte: offset}
	lineStart := 0
	for i, c := range src[:offset] {
		if c == '\n' {
			pos.Line++
			lineStart = i + 1
		}
	}
	pos.Column = utf8.RuneCount(src[lineStart:offset]) + 1
	return pos
}
