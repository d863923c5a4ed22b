package scan

import (
	"bytes"
	"iter"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// MaskValues overwrites the values that are given to one name.
func MaskValues(masked, src []byte, name string) {
	for at := range ends(src, name) {
		if at < len(src) && isNameByte(src[at]) {
			continue
		}
		if value := valueStart(src, at); value >= 0 {
			maskExpression(masked, src, value)
		}
	}
}

// ends yields where a name ends. Where it ends a longer one does not count.
func ends(src []byte, name string) iter.Seq[int] {
	return func(yield func(int) bool) {
		for at := 0; ; {
			i := bytes.Index(src[at:], []byte(name))
			if i < 0 {
				return
			}
			start := at + i
			at = start + len(name)
			if (start == 0 || !isNameByte(src[start-1])) && !yield(at) {
				return
			}
		}
	}
}

// MaskCalls overwrites the literal text and the numbers in the calls of a
// function.
func MaskCalls(masked, src []byte, name string) {
	masking := 0 // up to there: calls within a call are masked
	for at := range ends(src, name) {
		if at = skipSpaces(src, at); at < masking || at == len(src) || src[at] != '(' {
			continue
		}
		s := &scanner{src: src, pos: at, stack: make([]frame, 1, 8)}
		for closed := false; !closed; closed = closed || s.outside() {
			from := s.pos
			switch s.step() {
			case tokLiteral, tokNumber:
				Stars(masked[from:s.pos])
			case tokEOF, tokBroken:
				closed = true
			}
		}
		masking = s.pos
	}
}

// valueStart returns the offset of what follows NAME = or "NAME" :, or -1.
func valueStart(src []byte, at int) int {
	if at < len(src) && src[at] == '"' {
		at++
	}
	if at = skipSpaces(src, at); at < len(src) && (src[at] == '=' || src[at] == ':') {
		return at + 1
	}
	return -1
}

// maskExpression overwrites the literal text and the numbers of one expression.
// Names that stand alone go, too: they may be text whose quotes are missing.
func maskExpression(masked, src []byte, start int) {
	s := &scanner{src: src, pos: start, stack: make([]frame, 1, 8)}
	for {
		from := s.pos
		switch s.step() {
		case tokLiteral, tokNumber:
			Stars(masked[from:s.pos])
		case tokName:
			if standsAlone(src, from, s.pos) {
				Stars(masked[from:s.pos])
			}
		case tokNewline, tokComma:
			if s.outside() {
				return
			}
		case tokEOF:
			return
		case tokBroken:
			line, _, _ := bytes.Cut(masked[s.pos:], []byte("\n"))
			Stars(line)
			return
		}
	}
}

// standsAlone reports whether a name is neither part of a reference nor a
// function's. var.key is a reference.
func standsAlone(src []byte, from, to int) bool {
	before := bytes.TrimRight(src[:from], " \t")
	after := bytes.TrimLeft(src[to:], " \t")
	return !bytes.HasSuffix(before, []byte(".")) && (len(after) == 0 || strings.IndexByte(".[(", after[0]) < 0)
}

// MaskRange overwrites all that stands at a place.
func MaskRange(masked []byte, rng hcl.Range) {
	if rng.CanSliceBytes(masked) {
		Stars(masked[rng.Start.Byte:rng.End.Byte])
	}
}

// Stars overwrites all but the ends of lines.
func Stars(b []byte) {
	for i, c := range b {
		if c != '\n' && c != '\r' {
			b[i] = '*'
		}
	}
}

// isNameByte reports whether an ASCII character may be part of a name: next to a
// name, other characters may be quotes.
func isNameByte(c byte) bool { return c < 0x80 && IsNameStart(c) || IsDigit(c) }

// MaskTexts overwrites the literal texts and the numbers of a source that is
// right.
func MaskTexts(masked, src []byte) {
	s := newScanner(src, false)
	for {
		from := s.pos
		switch s.step() {
		case tokLiteral, tokNumber:
			Stars(masked[from:s.pos])
		case tokEOF, tokBroken:
			return
		}
	}
}

func skipSpaces(src []byte, at int) int {
	for at < len(src) && (src[at] == ' ' || src[at] == '\t') {
		at++
	}
	return at
}
