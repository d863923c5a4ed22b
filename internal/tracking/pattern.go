package tracking

import (
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"
)

// Pattern is what somebody wrote to select trackings: an address (of a block: all
// of its instances), a key, or either one with * for any characters and ? for one.
// What it stands for depends on the names that there are; see Resolve.
type Pattern struct {
	text string
	addr Addr // the address that the text is, letter by letter; "" for none
	key  bool // it is a key's, not an address's
	glob bool // it has a * or ?
}

// ParsePattern reads a pattern. What begins with tracking. or trackings. is an
// address; else what has a "/" is a key; else it must have a * or ?, and is an
// address.
func ParsePattern(s string) (Pattern, error) {
	p := Pattern{text: s, glob: strings.ContainsAny(s, "*?")}
	isAddr := IsAddr(s)
	p.key = !isAddr && strings.Contains(s, "/")
	var err error
	switch {
	case p.key && p.glob, !isAddr && p.glob:
	case p.key:
		var key Key
		key, err = ParseKey(s)
		p.text = key.String()
	case isAddr && strings.HasSuffix(s, ")"): // deposed
		p.addr = Addr(s)
	case isAddr:
		p.addr, err = ParseAddr(s)
		if p.glob {
			return p, nil // it need not be an address
		}
		p.text = string(p.addr)
	default:
		err = fmt.Errorf(`%q is neither an address, such as tracking.parcel or trackings.orders["A-1"], nor a key, such as sto/402934299065; both may have * and ? in them`, s)
	}
	return p, err
}

// ParsePatterns reads some patterns.
func ParsePatterns(all []string) ([]Pattern, error) {
	var out []Pattern
	for _, s := range all {
		p, err := ParsePattern(s)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// Literal is the pattern that stands for an address, whatever characters it has.
func Literal(a Addr) Pattern { return Pattern{text: string(a), addr: a} }

// String is the pattern as it was written, in the form of addresses and keys.
func (p Pattern) String() string { return p.text }

// Selector is a pattern together with what it stands for.
type Selector struct {
	Pattern
	// exact means that something has the pattern's very text for a name: that is meant,
	// and nothing else.
	exact bool
}

// Resolve decides what patterns stand for among the addresses and keys that are
// known; either one of a pair may be missing. What is the name of something, letter
// by letter, is that and what was deposed from it, whatever else the text could
// stand for:
//
//	something has this address or key     that one alone
//	it has a * or ? in it                 what is of this form
//	an address                            the instances of this block
func Resolve(patterns []Pattern, known iter.Seq2[Addr, Key]) []Selector {
	out := make([]Selector, len(patterns))
	for i, p := range patterns {
		out[i] = Selector{Pattern: p, exact: p.key && !p.glob}
	}
	if len(out) == 0 {
		return nil
	}
	for addr, key := range known {
		for i := range out {
			out[i].exact = out[i].exact || out[i].names(addr, key)
		}
	}
	return out
}

// names reports whether one of these is what the pattern is, letter by letter. An
// address with a * of which only something deposed is left is that, too.
func (p *Pattern) names(addr Addr, key Key) bool {
	if p.key {
		return !key.IsZero() && key.String() == p.text
	}
	return addr != "" && (string(addr) == p.text || addr == p.addr || p.glob && p.addr != "" && addr.Within(p.addr))
}

// Exact reports whether one name alone is meant.
func (s Selector) Exact() bool { return s.exact }

// MatchAddr reports whether an address is selected.
func (s Selector) MatchAddr(a Addr) bool {
	switch {
	case s.key || a == "":
		return false
	case s.exact:
		return string(a) == s.text || s.addr != "" && (a == s.addr || strings.HasPrefix(string(a), string(s.addr)+deposedMark))
	case s.glob:
		return Glob(s.text, string(a))
	}
	return a.Within(s.addr)
}

// MatchKey reports whether a key is selected.
func (s Selector) MatchKey(k Key) bool {
	switch {
	case !s.key || k.IsZero():
		return false
	case s.exact:
		return k.String() == s.text
	}
	return Glob(s.text, k.String())
}

// Match reports whether a tracking with this address and this key is selected.
func (s Selector) Match(a Addr, k Key) bool { return s.MatchAddr(a) || s.MatchKey(k) }

// GlobAmong is Glob with one pattern, for names that are known: one of them that
// the pattern is, letter by letter, is selected alone.
func GlobAmong(pattern string, known iter.Seq[string]) func(string) bool {
	for name := range known {
		if name == pattern {
			return func(s string) bool { return s == pattern }
		}
	}
	return func(s string) bool { return Glob(pattern, s) }
}

// Glob reports whether a text matches a pattern. In it * stands for any characters
// and ? for one. Where the rest does not fit, the last * takes one byte more.
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
