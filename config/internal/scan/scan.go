// Package scan looks at HCL and JSON before a parser does: whether they are nested too
// deeply or too large for it, where a file can be cut into pieces, and what in it has
// to be masked. It builds nothing.
package scan

import (
	"bytes"
	"errors"
	"fmt"
)

// token is what the scanner has just passed.
type token byte

const (
	tokOther   token = iota // operators, brackets, quotes
	tokSpace                // white space, and comments that do not end a line
	tokNewline              // the end of a line, with the comment before it
	tokLiteral              // text inside a string, a heredoc or a template
	tokNumber
	tokName
	tokComma
	tokEOF
	tokBroken // the source is certainly wrong at this place
)

// The kinds of frame.
const (
	inNothing = 0
	inBrace   = '{'
	inBracket = '['
	inParen   = '('
	inInterp  = '$' // ${ … }
	inControl = '%' // %{ … }
	inQuote   = '"'
	inHeredoc = '<'
	inBare    = 't' // a template that is a whole text
)

// frame is something that is open.
type frame struct {
	kind      byte
	fresh     bool // nothing has followed the opener yet
	lastOp    bool // the last thing was an operator
	newline   bool // a line has ended since
	lineStart bool // of a heredoc
	at        int  // offset of the opener
	ops       int  // operators in the current expression
	pieces    int  // of a template, that the parser will put together
	// What scanner had counted when the frame was opened.
	fors, directives int
	marker           []byte
}

// scanner walks over HCL source without building anything. It follows the
// lexer of hclsyntax exactly as far as nesting goes: strings, heredocs,
// templates, comments, brackets. It is there to find where a file can be cut,
// and to keep what is nested too deeply away from the recursive parser. At the
// first place that no valid source can have it stops (tokBroken), so whatever
// precedes its position has been counted right.
type scanner struct {
	src        []byte
	pos        int
	stack      []frame // stack[0] is the file itself
	depth      int     // frames that the parser recurses for
	fors       int     // "for" expressions and directives that are open
	directives int     // %{ if } and %{ for } that are open
	noComment  bool    // no "*/" follows any more
	tokens     int     // passed so far, about as many as the parser makes
	textWork   int     // of templates that have been closed
	excess     *Excess
}

// newScanner scans a file or an expression, or, if bare is set, a template.
func newScanner(src []byte, bare bool) *scanner {
	s := &scanner{src: src, stack: make([]frame, 1, 16)}
	if bytes.HasPrefix(src, []byte("\xef\xbb\xbf")) {
		s.pos = 3
	}
	if bare {
		s.stack[0].kind = inBare
	}
	return s
}

// CheckNesting counts an expression's or template's tokens, and refuses deep
// nesting.
func CheckNesting(src []byte, bare bool) (tokens int, err error) {
	s := newScanner(src, bare)
	for {
		switch s.step() {
		case tokEOF:
			if s.openTextWork(); s.textWork > MaxTextWork || s.tokens > maxTokens {
				return s.tokens, errors.New("it has too many lines or parts")
			}
			return s.tokens, nil
		case tokBroken:
			if s.excess != nil {
				return s.tokens, s.excess
			}
			return s.tokens, fmt.Errorf("the brackets or quotes are not balanced at byte %d", s.pos)
		}
	}
}

// openTextWork counts the work for texts that are not closed.
func (s *scanner) openTextWork() {
	for i := range s.stack {
		s.textWork += textCost(s.stack[i].pieces, s.pos-s.stack[i].at)
	}
}

func (s *scanner) top() *frame { return &s.stack[len(s.stack)-1] }

// outside reports whether nothing is open.
func (s *scanner) outside() bool { return len(s.stack) == 1 }

// step reads one token.
func (s *scanner) step() token {
	if s.excess != nil {
		return tokBroken
	}
	if s.pos >= len(s.src) {
		return tokEOF
	}
	s.tokens++
	switch s.top().kind {
	case inQuote, inHeredoc, inBare:
		return s.template()
	}
	switch c := s.src[s.pos]; {
	case c == ' ', c == '\t', c == '\r' && s.at(1) == '\n':
		s.pos++
		s.tokens--
		return tokSpace
	case c == '\r':
		return tokBroken
	case c == '\n':
		s.pos++
		s.top().newline = true
		return tokNewline
	case c == '#', c == '/' && s.at(1) == '/':
		return s.lineComment()
	case c == '/' && s.at(1) == '*' && s.closedComment():
		return tokSpace
	case c == '"':
		s.significant(false)
		return s.push(inQuote, 1)
	case c == '{', c == '(':
		s.significant(false)
		return s.push(c, 1)
	case c == '[':
		s.operator(1)
		return s.push(c, 1)
	case c == '}', c == ']', c == ')', c == '~' && s.at(1) == '}':
		return s.close(c)
	case c == ',':
		s.significant(true)
		s.top().ops = 0
		s.pos++
		return tokComma
	case '0' <= c && c <= '9':
		return s.number()
	case IsNameStart(c):
		return s.name()
	default:
		return s.symbol(c)
	}
}

// at returns the byte n ahead; 0 beyond the end.
func (s *scanner) at(n int) byte {
	if s.pos+n < len(s.src) {
		return s.src[s.pos+n]
	}
	return 0
}

func (s *scanner) exceed(at int, summary, format string, args ...any) token {
	s.excess = &Excess{at, summary, fmt.Sprintf(format, args...)}
	return tokBroken
}

// significant records that something other than white space follows. A line's end
// ends the expression, unless an operator stands on either side of it.
func (s *scanner) significant(op bool) {
	f := s.top()
	if f.newline && !f.lastOp && !op {
		f.ops = 0
	}
	f.newline, f.fresh, f.lastOp = false, false, op
}

func (s *scanner) operator(n int) {
	s.significant(true)
	f := s.top()
	if f.ops += n; f.ops > maxChain {
		s.exceed(s.pos, "Expression too long", "This expression chains more than %d operators. Split it with local values.", maxChain)
	}
}

func (s *scanner) push(kind byte, width int) token {
	s.stack = append(s.stack, frame{kind: kind, fresh: true, at: s.pos, fors: s.fors, directives: s.directives})
	s.pos += width
	if kind != inQuote && kind != inHeredoc {
		s.depth++
	}
	return s.checkDepth()
}

func (s *scanner) checkDepth() token {
	if s.depth+s.directives > maxNesting {
		return s.exceed(s.pos-1, "Configuration nested too deeply", "Blocks, brackets and templates may be nested %d levels deep; this is one level more.", maxNesting)
	}
	if s.fors > maxForNesting {
		return s.exceed(s.pos-1, "Too many nested for expressions", "\"for\" may be nested %d levels deep, because each level multiplies the work; this is one level more. Use flatten() or local values.", maxForNesting)
	}
	return tokOther
}

func (s *scanner) pop() {
	f := s.top()
	switch f.kind {
	case inBrace, inBracket:
		s.fors = f.fors
	case inQuote, inHeredoc:
		s.fors, s.directives = f.fors, f.directives
	}
	if f.kind != inQuote && f.kind != inHeredoc {
		s.depth--
	} else {
		s.textWork += textCost(f.pieces, s.pos-f.at)
	}
	s.stack = s.stack[:len(s.stack)-1]
}

func (s *scanner) close(c byte) token {
	kind, width := s.top().kind, 1
	ok := false
	switch c {
	case '}':
		ok = kind == inBrace || kind == inInterp || kind == inControl
	case '~':
		width = 2
		ok = kind == inInterp || kind == inControl
	case ']':
		ok = kind == inBracket
	case ')':
		ok = kind == inParen
	}
	if !ok {
		return tokBroken
	}
	s.pos += width
	s.pop()
	s.top().lastOp = false
	return tokOther
}

// symbol reads an operator or a heredoc's opener. Anything without a meaning is
// left for the parser to refuse.
func (s *scanner) symbol(c byte) token {
	if c == '<' && s.at(1) == '<' {
		if width, marker := s.heredoc(); marker != nil {
			s.significant(false)
			tok := s.push(inHeredoc, width)
			s.top().marker, s.top().lineStart = marker, true
			return tok
		}
	}
	width := 1
	switch c {
	case '=', '!', '<', '>':
		if n := s.at(1); n == '=' || c == '=' && n == '>' {
			width = 2
		}
		s.operator(1)
	case '&', '|':
		if s.at(1) == c {
			width = 2
		}
		s.operator(1)
	case '+', '-', '*', '/', '%', '?', ':':
		s.operator(1)
	case '.':
		s.operator(0)
	default:
		s.significant(false)
	}
	s.pos += width
	return tokOther
}

func (s *scanner) lineComment() token {
	end := bytes.IndexByte(s.src[s.pos:], '\n')
	if end < 0 {
		s.pos = len(s.src)
		return tokSpace
	}
	s.pos += end + 1
	s.top().newline = true
	return tokNewline
}

// closedComment reads a /* comment */. One that is never closed is none.
func (s *scanner) closedComment() bool {
	if s.noComment {
		return false
	}
	end := bytes.Index(s.src[s.pos+2:], []byte("*/"))
	if end < 0 {
		s.noComment = true
		return false
	}
	s.pos += end + 4
	return true
}

// textCost is the work of the parser for the text of one template: it joins
// pieces one by one, so that each of them costs what is there already.
func textCost(pieces, length int) int {
	if pieces > 100_000 {
		return MaxTextWork + 1
	}
	return pieces * (16*pieces + length)
}
