package config

import (
	"bytes"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/tracking"
)

// Sources gives the configuration's files for the snippets in messages, by the
// names that diagnostics use. What stands there for sensitive attributes, for
// the API key and for sensitive variables is overwritten with "*", byte for
// byte. CSV files are not among them.
func (c *Config) Sources() map[string]*hcl.File {
	files := make(map[string]*hcl.File, len(c.sources))
	for _, src := range c.sources {
		masked := maskNames(src.src)
		switch {
		case c.unclear && src.vars:
			stars(masked)
		case c.unclear:
			masked = maskDefaults(src.src)
		}
		for _, rng := range c.secrets {
			if rng.Filename == src.name {
				maskRange(masked, rng)
			}
		}
		files[src.name] = &hcl.File{Bytes: masked, Nav: &navigation{src: src}}
	}
	return files
}

// maskNames gives a copy of a source in which the text that follows the name of
// a sensitive attribute, api_key or postcode, is overwritten. It goes by the names
// alone, so that it works where the source cannot be parsed.
func maskNames(src []byte) []byte {
	masked := bytes.Clone(src)
	maskValues(masked, src, "api_key")
	maskValues(masked, src, "postcode")
	maskCalls(masked, src, "sensitive")
	for a := range tracking.AllAttrs() {
		if a.Spec().Sensitive {
			maskValues(masked, src, a.String())
		}
	}
	return masked
}

// maskValues overwrites the values that are given to one name.
func maskValues(masked, src []byte, name string) {
	for at := 0; ; {
		i := bytes.Index(src[at:], []byte(name))
		if i < 0 {
			return
		}
		start := at + i
		at = start + len(name)
		if start > 0 && isNameByte(src[start-1]) || at < len(src) && isNameByte(src[at]) {
			continue
		}
		if value := valueStart(src, at); value >= 0 {
			maskExpression(masked, src, value)
		}
	}
}

// maskCalls overwrites the literal text and the numbers in the calls of a
// function.
func maskCalls(masked, src []byte, name string) {
	for at := 0; ; {
		i := bytes.Index(src[at:], []byte(name))
		if i < 0 {
			return
		}
		start := at + i
		at = start + len(name)
		for at < len(src) && (src[at] == ' ' || src[at] == '\t') {
			at++
		}
		if at == len(src) || src[at] != '(' || start > 0 && isNameByte(src[start-1]) {
			continue
		}
		s := &scanner{src: src, pos: at, stack: make([]frame, 1, 8)}
		for closed := false; !closed; closed = closed || s.outside() {
			from := s.pos
			switch s.step() {
			case tokLiteral, tokNumber:
				stars(masked[from:s.pos])
			case tokEOF, tokBroken:
				closed = true
			}
		}
		at = s.pos // calls within this one are masked
	}
}

// valueStart finds what follows NAME = or "NAME" : , or gives -1.
func valueStart(src []byte, at int) int {
	if at < len(src) && src[at] == '"' {
		at++
	}
	for at < len(src) && (src[at] == ' ' || src[at] == '\t') {
		at++
	}
	if at < len(src) && (src[at] == '=' || src[at] == ':') {
		return at + 1
	}
	return -1
}

// maskExpression overwrites the literal text and the numbers of one expression,
// and names that stand alone, since they may be text whose quotes are missing.
func maskExpression(masked, src []byte, start int) {
	s := &scanner{src: src, pos: start, stack: make([]frame, 1, 8)}
	for {
		from := s.pos
		switch s.step() {
		case tokLiteral, tokNumber:
			stars(masked[from:s.pos])
		case tokName:
			if standsAlone(src, from, s.pos) {
				stars(masked[from:s.pos])
			}
		case tokNewline, tokComma:
			if s.outside() {
				return
			}
		case tokEOF:
			return
		case tokBroken:
			line, _, _ := bytes.Cut(masked[s.pos:], []byte("\n"))
			stars(line)
			return
		}
	}
}

// standsAlone says whether a name is neither a part of a reference such as
// var.key nor the name of a function.
func standsAlone(src []byte, from, to int) bool {
	before := bytes.TrimRight(src[:from], " \t")
	after := bytes.TrimLeft(src[to:], " \t")
	return !bytes.HasSuffix(before, []byte(".")) && (len(after) == 0 || strings.IndexByte(".[(", after[0]) < 0)
}

// maskRange overwrites all that stands at a place.
func maskRange(masked []byte, rng hcl.Range) {
	if rng.CanSliceBytes(masked) {
		stars(masked[rng.Start.Byte:rng.End.Byte])
	}
}

func stars(b []byte) {
	for i, c := range b {
		if c != '\n' && c != '\r' {
			b[i] = '*'
		}
	}
}

// isNameByte goes by ASCII: next to a name, other characters may be quotes.
func isNameByte(c byte) bool { return c < 0x80 && isNameStart(c) || isDigit(c) }
