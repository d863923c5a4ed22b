package config

import (
	"bytes"
	"math/bits"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/scan"
	"github.com/tmsync/tmsync/internal/tracking"
)

// A literal block is a tracking block of the form that nearly all of a large
// configuration has:
//
//	tracking "name" {
//	  argument = "text"
//	}
//
// with arguments that are known, each at most once, the required ones among them,
// texts without escapes, templates and control characters, and at the ends of its
// lines, and between them, comments that begin with # or //. It is read from the
// bytes, without tokens or a syntax tree. What comes out is what hclsyntax and
// decodeDeclaration would make of it, places included; whatever is not certainly of
// this form is left to them.

// maxLiteral is how many bytes a literal block may have. That is far from what
// any block may have.
const maxLiteral = 64 << 10

// How many declarations and arguments are allocated at once.
const (
	declarationChunk = 64
	argumentChunk    = 512
)

// literalRank returns the arguments of literal blocks their order in a
// declaration: carrier, number, attributes in table order.
var literalRank = func() map[string]int {
	ranks := map[string]int{}
	for i, f := range literalFields {
		ranks[f.String()] = i
	}
	return ranks
}()

var literalFields = func() []field {
	fields := []field{carrierField, numberField}
	for a := range tracking.AllAttrs() {
		fields = append(fields, field(a))
	}
	return fields
}()

// literalReader reads literal blocks of one file.
type literalReader struct {
	file string
	src  []byte

	pos       int
	line      int
	lineStart int // the column is pos - lineStart + 1: less where characters have several bytes

	text  []byte // the address, and the values, of one block
	found [2 + len(tracking.Specs)]literalArgument
	ranks uint64 // of those that are found

	blocks       []*declaration // all that skip has passed
	declarations []declaration  // for the next ones
	arguments    []argument
}

// literalArgument is where an argument is, and its value in literalReader.text.
type literalArgument struct {
	span       tracking.Span
	start, end int
}

// skip is read for the one who cuts the file. It keeps the block.
func (r *literalReader) skip(start, line int) (end, endLine int, ok bool) {
	d, end, endLine := r.read(start, line)
	if d == nil {
		return 0, 0, false
	}
	r.blocks = append(r.blocks, d)
	return end, endLine, true
}

// read reads the literal block that begins at the start of a line. It includes the
// line that follows the block, if there is one. end and endLine are where that
// ends; d is nil if there is no literal block.
func (r *literalReader) read(start, line int) (d *declaration, end, endLine int) {
	r.pos, r.line, r.lineStart = start, line, start
	r.text, r.ranks = append(r.text[:0], "tracking."...), 0
	r.spaces()
	header := r.place()
	if !r.word("tracking") || !r.label() {
		return nil, 0, 0
	}
	nameEnd := len(r.text)
	headerSpan := tracking.SpanOf(hcl.Range{Start: header, End: r.place()})
	r.spaces()
	if !r.word("{") || !r.lineEnd() || !r.argumentLines() {
		return nil, 0, 0
	}
	if r.pos < len(r.src) && !r.lineEnd() || r.pos-start > maxLiteral || r.ranks&3 != 3 {
		return nil, 0, 0
	}
	text := string(r.text)
	d = r.newDeclaration()
	*d = declaration{addr: tracking.Addr(text[:nameEnd]), file: r.file, header: headerSpan, args: r.takeArguments(bits.OnesCount64(r.ranks)), special: &noSpecial}
	for i, ranks := 0, r.ranks; ranks != 0; i, ranks = i+1, ranks&(ranks-1) {
		rank := bits.TrailingZeros64(ranks)
		a := &r.found[rank]
		d.args[i] = argument{field: literalFields[rank], text: text[a.start:a.end], span: a.span}
	}
	return d, r.pos, r.line
}

func (r *literalReader) newDeclaration() *declaration {
	if len(r.declarations) == 0 {
		r.declarations = make([]declaration, declarationChunk)
	}
	d := &r.declarations[0]
	r.declarations = r.declarations[1:]
	return d
}

func (r *literalReader) takeArguments(n int) []argument {
	if len(r.arguments) < n {
		r.arguments = make([]argument, argumentChunk)
	}
	args := r.arguments[:n:n]
	r.arguments = r.arguments[n:]
	return args
}

func (r *literalReader) place() hcl.Pos {
	return hcl.Pos{Line: r.line, Column: r.pos - r.lineStart + 1, Byte: r.pos}
}

func (r *literalReader) spaces() {
	for r.pos < len(r.src) && (r.src[r.pos] == ' ' || r.src[r.pos] == '\t') {
		r.pos++
	}
}

// word reads a text that must be there.
func (r *literalReader) word(w string) bool {
	if len(r.src)-r.pos < len(w) || string(r.src[r.pos:r.pos+len(w)]) != w {
		return false
	}
	r.pos += len(w)
	return true
}

// lineEnd reads white space and a comment up to the next line.
func (r *literalReader) lineEnd() bool {
	r.spaces()
	if r.pos == len(r.src) {
		return false
	}
	if c := r.src[r.pos]; c == '#' || c == '/' && bytes.HasPrefix(r.src[r.pos:], []byte("//")) {
		n := bytes.IndexByte(r.src[r.pos:], '\n')
		if n < 0 || bytes.IndexByte(r.src[r.pos:r.pos+n], '\r') >= 0 {
			return false
		}
		r.pos += n
	}
	if r.src[r.pos] != '\n' {
		return false
	}
	r.pos++
	r.line, r.lineStart = r.line+1, r.pos
	return true
}

// label reads the name of the block, and adds it to the text.
func (r *literalReader) label() bool {
	r.spaces()
	if !r.word("\"") {
		return false
	}
	name := r.name()
	r.text = append(r.text, name...)
	return len(name) > 0 && len(name) <= maxKey && r.word("\"")
}

// name reads a name in ASCII.
func (r *literalReader) name() []byte {
	start := r.pos
	for r.pos < len(r.src) {
		c := r.src[r.pos]
		if letter := c < 0x80 && scan.IsNameStart(c); !letter && (r.pos == start || c != '-' && !scan.IsDigit(c)) {
			break
		}
		r.pos++
	}
	return r.src[start:r.pos]
}

// argumentLines reads the arguments and the brace that closes the block.
func (r *literalReader) argumentLines() bool {
	for r.pos < len(r.src) {
		r.spaces()
		switch name := r.name(); {
		case len(name) > 0:
			rank, known := literalRank[string(name)]
			if !known || r.ranks&(1<<rank) != 0 || !r.value(&r.found[rank]) || !r.lineEnd() {
				return false
			}
			r.ranks |= 1 << rank
		case r.word("}"):
			return true
		case !r.lineEnd():
			return false
		}
	}
	return false
}

// value reads = "text".
func (r *literalReader) value(to *literalArgument) bool {
	r.spaces()
	if !r.word("=") {
		return false
	}
	r.spaces()
	rng := hcl.Range{Start: r.place()}
	if !r.word("\"") {
		return false
	}
	start, ascii := r.pos, true
	for ; r.pos < len(r.src) && r.src[r.pos] != '"'; r.pos++ {
		switch c := r.src[r.pos]; {
		case c < ' ', c == '\\', c == '$', c == '%':
			return false
		case c >= 0x80:
			ascii = false
		}
	}
	text := r.src[start:r.pos]
	if !r.word("\"") {
		return false
	}
	to.start = len(r.text)
	if ascii {
		r.text = append(r.text, text...)
	} else {
		r.text = append(r.text, cty.NormalizeString(string(text))...)
		r.lineStart += len(text) - characters(text)
	}
	to.end = len(r.text)
	rng.End = r.place()
	to.span = tracking.SpanOf(rng)
	return true
}

// characters counts the columns of a text within one line, as hclsyntax does.
func characters(text []byte) int {
	s := hcl.NewRangeScanner(text, "", func(data []byte, _ bool) (int, []byte, error) { return len(data), data, nil })
	s.Scan()
	return s.Range().End.Column - 1
}
