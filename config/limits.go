package config

import (
	"fmt"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// The bounds of what a configuration may ask for. Each of them is named in the
// error that it causes. Sizes are in bytes.
const (
	maxFiles     = 2000      // configuration files, and files that one glob finds
	maxFileSize  = 64 << 20  // one configuration or variable file
	maxTotalSize = 256 << 20 // all of them
	maxStatement = 8 << 20   // one block or argument at the top of a file

	// The parser and the evaluator are recursive, and Go cannot recover from
	// a stack overflow: nesting is counted before anything is parsed.
	maxNesting    = 100  // brackets, blocks, template sequences
	maxChain      = 1000 // operators in one expression
	maxForNesting = 3    // "for" inside "for": each multiplies the work
	maxExponent   = 999  // of a number literal

	maxReadFile   = 10 << 20  // what file() and its like return
	maxString     = 10 << 20  // any string that a variable or a local value holds
	maxValues     = 5_000_000 // what a variable or a local value is made of
	maxLocalDepth = 10_000    // local values that build on each other
	maxForEach    = 1_000_000 // instances of one tracking block
	maxDeclared   = 2_000_000 // trackings in all

	maxCSVFile    = 256 << 20
	maxCSVRow     = 4 << 20
	maxCSVField   = 1 << 20
	maxCSVColumns = 1000
	maxPatterns   = 100 // globs in one csv argument

	maxKey = 512 // of for_each and of a CSV row

	maxMistakes = 50 // errors shown of one kind of repeated mistake
)

// excess says that the source goes beyond a bound.
type excess struct {
	offset  int
	summary string
	detail  string
}

func (e *excess) Error() string { return strings.TrimSuffix(e.detail, ".") }

// diagnostic makes an error that points into the file.
func (e *excess) diagnostic(filename string, src []byte) *hcl.Diagnostic {
	start := posAt(src, e.offset)
	end := start
	end.Byte++
	end.Column++
	return &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  e.summary,
		Detail:   e.detail,
		Subject:  &hcl.Range{Filename: filename, Start: start, End: end},
	}
}

// posAt finds line and column of a byte. The column counts characters.
func posAt(src []byte, offset int) hcl.Pos {
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

// tooLarge says in a sentence why a value is beyond what a variable or a local
// value may hold; "" when it is not.
func tooLarge(v cty.Value) string {
	left := maxValues
	return sizeProblem(v, &left)
}

func sizeProblem(v cty.Value, left *int) string {
	v, _ = v.Unmark()
	if *left--; *left < 0 {
		return fmt.Sprintf("It is made of more than %d values.", maxValues)
	}
	if v.IsNull() || !v.IsKnown() {
		return ""
	}
	switch ty := v.Type(); {
	case ty == cty.String:
		if n := len(v.AsString()); n > maxString {
			return fmt.Sprintf("It has a string of %d bytes; at most %d are allowed.", n, maxString)
		}
	case ty == cty.Number:
		return numberProblem(v.AsBigFloat())
	case ty.IsListType(), ty.IsSetType(), ty.IsMapType(), ty.IsTupleType(), ty.IsObjectType():
		for it := v.ElementIterator(); it.Next(); {
			_, ev := it.Element()
			if problem := sizeProblem(ev, left); problem != "" {
				return problem
			}
		}
	}
	return ""
}

// numberProblem keeps numbers to a size that can be written out: the decimal
// digits of 1e999999999 would fill the memory.
func numberProblem(f *big.Float) string {
	const bits = 4 * (maxExponent + 1)
	if exp := f.MantExp(nil); exp > bits || exp < -bits {
		return fmt.Sprintf("It has a number beyond 1e%d.", maxExponent)
	}
	return ""
}
