package tracking

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Pattern selects trackings: by an address (of a block: all of its instances), by
// a key, or by either one with * for any characters and ? for one.
type Pattern struct {
	text string
	key  bool // it is a key's, not an address's
	glob bool
}

// ParsePattern reads a pattern. What begins with tracking. or trackings. is an
// address; else what has a "/" is a key; else it must have a * or ?, and is an
// address.
func ParsePattern(s string) (Pattern, error) {
	p := Pattern{text: s, glob: strings.ContainsAny(s, "*?")}
	isAddr := strings.HasPrefix(s, "tracking.") || strings.HasPrefix(s, "trackings.")
	p.key = !isAddr && strings.Contains(s, "/")
	switch {
	case p.glob:
		return p, nil
	case p.key:
		key, err := ParseKey(s)
		p.text = key.String()
		return p, err
	case isAddr && strings.HasSuffix(s, ")"): // deposed
		return p, nil
	case isAddr:
		addr, err := ParseAddr(s)
		p.text = string(addr)
		return p, err
	}
	return p, fmt.Errorf(`%q is neither an address, such as tracking.parcel or trackings.orders["A-1"], nor a key, such as sto/402934299065; both may have * and ? in them`, s)
}

// String is the pattern as it was written, in the form of addresses and keys.
func (p Pattern) String() string { return p.text }

// MatchAddr says whether an address is selected.
func (p Pattern) MatchAddr(a Addr) bool {
	switch {
	case p.key || a == "":
		return false
	case p.glob:
		return Glob(p.text, string(a))
	}
	return a.Within(Addr(p.text))
}

// MatchKey says whether a key is selected.
func (p Pattern) MatchKey(k Key) bool {
	switch {
	case !p.key || k.IsZero():
		return false
	case p.glob:
		return Glob(p.text, k.String())
	}
	return k.String() == p.text
}

// Glob says whether a text is of the form of a pattern, in which * stands for any
// characters and ? for one. Where the rest does not fit, the last * takes one byte
// more.
func Glob(pattern, s string) bool {
	star, tried := -1, 0
	i, j := 0, 0
	for j < len(s) {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			star, tried = i, j
			i++
		case i < len(pattern) && pattern[i] == '?':
			_, size := utf8.DecodeRuneInString(s[j:])
			i++
			j += size
		case i < len(pattern) && pattern[i] == s[j]:
			i++
			j++
		case star >= 0:
			tried++
			i, j = star+1, tried
		default:
			return false
		}
	}
	return strings.Trim(pattern[i:], "*") == ""
}
