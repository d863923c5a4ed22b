package scan

// name reads a name. Some words open a level of their own.
func (s *scanner) name() token {
	start := s.pos
	for s.pos < len(s.src) && (IsNameStart(s.src[s.pos]) || IsDigit(s.src[s.pos]) || s.src[s.pos] == '-') {
		s.pos++
	}
	if s.pos-start > MaxName {
		return s.exceed(start, "Name too long", "A name may have %d characters; this one has %d.", MaxName, s.pos-start)
	}
	f := s.top()
	fresh := f.fresh
	s.significant(false)
	if !fresh {
		return tokName
	}
	word := string(s.src[start:s.pos])
	switch f.kind {
	case inBrace, inBracket:
		if word == "for" {
			s.fors++
		}
	case inControl:
		outer := &s.stack[len(s.stack)-2]
		switch word {
		case "for":
			s.fors++
			s.directives++
		case "if":
			s.directives++
		case "endfor":
			s.fors = max(s.fors-1, outer.fors)
			s.directives = max(s.directives-1, outer.directives)
		case "endif":
			s.directives = max(s.directives-1, outer.directives)
		}
	}
	if tok := s.checkDepth(); tok == tokBroken {
		return tok
	}
	return tokName
}

func (s *scanner) number() token {
	s.significant(false)
	start := s.pos
	for s.pos < len(s.src) && (IsDigit(s.src[s.pos]) || s.src[s.pos] == '.') {
		s.pos++
	}
	if s.pos-start > MaxDigits {
		return s.exceed(start, "Number out of range", "A number may have %d digits; this one has %d.", MaxDigits, s.pos-start)
	}
	if c := s.at(0); c != 'e' && c != 'E' {
		return tokNumber
	}
	sign := 0
	if c := s.at(1); c == '+' || c == '-' {
		sign = 1
	}
	if !IsDigit(s.at(1 + sign)) {
		return tokNumber
	}
	s.pos += 1 + sign
	exp := 0
	for s.pos < len(s.src) && IsDigit(s.src[s.pos]) {
		exp = min(10*exp+int(s.src[s.pos]-'0'), MaxExponent+1)
		s.pos++
	}
	if exp > MaxExponent {
		return s.exceed(start, "Number out of range", "Numbers may go up to 1e%d.", MaxExponent)
	}
	return tokNumber
}

// IsNameStart reports whether a byte can begin a name. Letters beyond ASCII are
// taken for letters without looking.
func IsNameStart(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
}

// IsDigit reports whether a byte is an ASCII digit.
func IsDigit(c byte) bool { return '0' <= c && c <= '9' }
