package scan

import (
	"bytes"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// template reads a piece of text, or what opens or closes a sequence.
func (s *scanner) template() token {
	f := s.top()
	if f.kind == inHeredoc && f.lineStart {
		f.lineStart = false
		if s.heredocEnd(f.marker) {
			s.pop()
			return tokOther
		}
	}
	start := s.pos
	for s.pos < len(s.src) {
		switch c := s.src[s.pos]; {
		case (c == '$' || c == '%') && s.at(1) == '{':
			if s.pos > start {
				return tokLiteral
			}
			width := 2
			if s.at(2) == '~' {
				width = 3
			}
			return s.push(c, width)
		case (c == '$' || c == '%') && s.at(1) == c && s.at(2) == '{':
			s.pos += 3
			f.pieces++
		case c == '$' || c == '%':
			s.pos++
			f.pieces++
		case c == '"' && f.kind == inQuote:
			if s.pos > start {
				return tokLiteral
			}
			s.pos++
			s.pop()
			return tokOther
		case c == '\\' && f.kind == inQuote && s.at(1) != '\n' && s.at(1) != '\r':
			s.pos = min(s.pos+2, len(s.src))
		case c == '\n' && f.kind != inQuote:
			s.pos++
			f.pieces++
			f.lineStart = true
			return tokLiteral
		case c == '\n', c == '\r' && (f.kind == inQuote || s.at(1) != '\n'):
			if s.pos > start {
				return tokLiteral
			}
			return tokBroken
		default:
			s.pos++
		}
	}
	return tokLiteral
}

// heredocEnd reads a line that has the marker alone.
func (s *scanner) heredocEnd(marker []byte) bool {
	end := bytes.IndexByte(s.src[s.pos:], '\n')
	if end < 0 || !bytes.Equal(bytes.TrimSpace(s.src[s.pos:s.pos+end]), marker) {
		return false
	}
	s.pos += end
	return true
}

// heredoc matches <<MARKER or <<-MARKER and the end of the line.
func (s *scanner) heredoc() (int, []byte) {
	i := s.pos + 2
	if i < len(s.src) && s.src[i] == '-' {
		i++
	}
	start := i
	for i < len(s.src) && (IsNameStart(s.src[i]) || IsDigit(s.src[i]) || s.src[i] == '-') {
		i++
	}
	marker := s.src[start:i]
	if i < len(s.src) && s.src[i] == '\r' {
		i++
	}
	if i >= len(s.src) || s.src[i] != '\n' || !hclsyntax.ValidIdentifier(string(marker)) {
		return 0, nil
	}
	return i + 1 - s.pos, marker
}
