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

	// The parser needs some hundred bytes for each word, sign and text, and
	// leaves as many.
	maxTokens   = 600_000   // in one block or argument, and in one template
	maxJSON     = 1_000_000 // in one JSON file
	maxSettings = 1_500_000 // in all that declares no trackings, and is kept
	tokenBytes  = 200
	maxTextWork = 10_000_000_000 // put together from pieces, see textCost

	// The parser and the evaluator are recursive, and Go cannot recover from
	// a stack overflow: nesting is counted before anything is parsed.
	maxNesting    = 100  // brackets, blocks, template sequences
	maxChain      = 1000 // operators in one expression
	maxForNesting = 3    // "for" inside "for": each multiplies the work
	maxExponent   = 999  // of a number
	maxName       = 1024 // a name, of whatever: looking for similar ones takes long

	maxReadFile   = 10 << 20  // what file() and its like return
	maxString     = 10 << 20  // any string that an expression makes
	maxDigits     = 1000      // of a text that may be read as a number
	maxValues     = 2_000_000 // what a variable or a local value is made of
	maxLocalDepth = 10_000    // local values that build on each other
	maxForEach    = 100_000   // instances of one tracking block
	maxDeclared   = 2_000_000 // trackings in all
	maxQuestions  = 10_000    // of data blocks, and numbers in one question
	maxObjects    = 100_000   // of them, that expressions refer to: each takes 2 KiB

	maxHeld    = 160 << 20 // what variables, local values, outputs and templates take
	maxUnified = 256       // elements of a tuple that package convert deals with
	maxTypes   = 16        // different types among the elements of one collection
	maxMoves   = 1000      // from an address to the last of them
	maxParts   = 1_000_000 // what a text is split into
	maxPattern = 5000      // a regular expression
	maxYAML    = 1 << 20   // a document
	maxMerged  = 1_000_000 // keys, times the aliases that may copy them

	maxCSVFile  = 256 << 20
	maxPatterns = 100 // globs in one csv argument

	maxKey = 512 // of for_each and of a CSV row

	maxMistakes    = 50     // errors shown of one kind of repeated mistake
	maxCounted     = 10_000 // of them, after which the rest is not looked at
	maxDiagnostics = 200    // errors and warnings shown
	maxDetail      = 4000   // of one of them
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

// numberTextProblem says in a sentence that a text cannot be read as a number: it
// takes time that grows with the square of the digits, and memory with the exponent.
func numberTextProblem(v cty.Value) string {
	s := known(v)
	if strings.Trim(s, "+-.0123456789eE") != "" {
		return ""
	}
	if _, ok := jsonNumber([]byte(s), 0); !ok {
		return fmt.Sprintf("A number may have %d digits, and go up to 1e%d.", maxDigits, maxExponent)
	}
	return ""
}

// numberProblem keeps numbers to a size that can be written out: the decimal
// digits of 1e999999999 would fill the memory.
func numberProblem(f *big.Float) string {
	const bits = 4 * (maxExponent + 1)
	if exp := f.MantExp(nil); f.IsInf() || exp > bits || exp < -bits {
		return fmt.Sprintf("It has a number beyond 1e%d.", maxExponent)
	}
	return ""
}
