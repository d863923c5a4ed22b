package state

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tmsync/tmsync/internal/text"
)

// parser reads the JSON that this package writes, and nothing else: no white
// space, fields in their fixed order, no field twice, no unknown field, no null.
// That is both faster than a general reader and stricter: encoding/json merges
// doubled fields and matches names whatever their case.
type parser struct {
	b       []byte
	i       int
	scratch []byte
	texts   texts
}

// reset starts a new document, which must be valid UTF-8.
func (p *parser) reset(b []byte) error {
	p.b, p.i = b, 0
	if !utf8.Valid(b) {
		return fmt.Errorf("not valid UTF-8")
	}
	return nil
}

// end checks that the document ends here.
func (p *parser) end() error {
	if p.i != len(p.b) {
		return p.expected("the end of the line")
	}
	return nil
}

func (p *parser) eat(c byte) bool {
	if p.i < len(p.b) && p.b[p.i] == c {
		p.i++
		return true
	}
	return false
}

func (p *parser) expected(what string) error {
	if p.i >= len(p.b) {
		return fmt.Errorf("ends where %s is expected", what)
	}
	return fmt.Errorf("column %d: %s is expected", p.i+1, what)
}

// object reads an object whose fields are some of names, in that order. read is
// called at the value of each, with its place in names. At least the fields of
// the required bits must be there.
func (p *parser) object(names []string, required uint32, read func(field int) error) error {
	if !p.eat('{') {
		return p.expected(`"{"`)
	}
	var seen uint32
	next := 0
	for more := !p.eat('}'); more; {
		field, err := p.field(names, next)
		if err != nil {
			return err
		}
		if err := read(field); err != nil {
			return err
		}
		seen |= 1 << field
		next = field + 1
		if p.eat('}') {
			more = false
		} else if !p.eat(',') {
			return p.expected(`"," or "}"`)
		}
	}
	for i, name := range names {
		if 1<<i&required&^seen != 0 {
			return fmt.Errorf("the field %q is missing", name)
		}
	}
	return nil
}

// field reads the name of a field, which is one of names from next on.
func (p *parser) field(names []string, next int) (int, error) {
	for i := next; i < len(names); i++ {
		if p.named(names[i]) {
			return i, nil
		}
	}
	return p.misnamed(names)
}

// named reads the name of a field if it is this one.
func (p *parser) named(name string) bool {
	const around = len(`"":`)
	rest, n := p.b[p.i:], len(name)
	if len(rest) < n+around || rest[0] != '"' || rest[n+1] != '"' || rest[n+2] != ':' || string(rest[1:n+1]) != name {
		return false
	}
	p.i += n + around
	return true
}

// misnamed returns an error for the name of a field that is not allowed.
func (p *parser) misnamed(names []string) (int, error) {
	name, err := p.raw()
	if err != nil {
		return 0, err
	}
	if !p.eat(':') {
		return 0, p.expected(`":"`)
	}
	for _, n := range names {
		if string(name) == n {
			return 0, fmt.Errorf("the field %q stands twice or in the wrong place", n)
		}
		if strings.EqualFold(string(name), n) {
			return 0, fmt.Errorf("the field %q is written %s", n, excerpt(name))
		}
	}
	return 0, fmt.Errorf("unknown field %s", excerpt(name))
}

// array reads an array; item is called at each of its values.
func (p *parser) array(item func() error) error {
	if !p.eat('[') {
		return p.expected(`"["`)
	}
	if p.eat(']') {
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		if p.eat(']') {
			return nil
		}
		if !p.eat(',') {
			return p.expected(`"," or "]"`)
		}
	}
}

// text reads a string that is kept.
func (p *parser) text() (string, error) {
	b, err := p.raw()
	if err != nil {
		return "", err
	}
	return p.texts.keep(b), nil
}

// word reads a string of which few different ones exist, and keeps each once.
func (p *parser) word() (string, error) {
	b, err := p.raw()
	if err != nil {
		return "", err
	}
	return p.texts.once(b), nil
}

// raw reads a string. The bytes are good until the next one is read.
func (p *parser) raw() ([]byte, error) {
	if !p.eat('"') {
		return nil, p.expected("a string")
	}
	start, i := p.i, p.i
	for i < len(p.b) && plain[p.b[i]] {
		i++
	}
	p.i = i
	switch {
	case i == len(p.b):
		return nil, p.expected(`'"'`)
	case p.b[i] == '"':
		p.i++
		return p.b[start:i], nil
	case p.b[i] == '\\':
		return p.escaped(start)
	}
	return nil, p.expected("an escaped control character")
}

// plain are the bytes that stand for themselves in a string.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return t
}()

// escaped reads on from the first backslash of a string.
func (p *parser) escaped(start int) ([]byte, error) {
	p.scratch = append(p.scratch[:0], p.b[start:p.i]...)
	for p.i < len(p.b) {
		c := p.b[p.i]
		switch {
		case c == '"':
			p.i++
			return p.scratch, nil
		case c < ' ':
			return nil, p.expected("an escaped control character")
		case c != '\\':
			p.scratch = append(p.scratch, c)
			p.i++
		default:
			r, n := unescape(p.b[p.i+1:])
			if n == 0 {
				return nil, p.expected("a known escape")
			}
			p.scratch = append(p.scratch, r)
			p.i += 1 + n
		}
	}
	return nil, p.expected(`'"'`)
}

// unescape reads what follows a backslash, and returns its length; 0 is what
// appendText never writes. Only ASCII is ever escaped.
func unescape(b []byte) (byte, int) {
	if len(b) == 0 {
		return 0, 0
	}
	switch b[0] {
	case '"', '\\':
		return b[0], 1
	case 'n':
		return '\n', 1
	case 'r':
		return '\r', 1
	case 't':
		return '\t', 1
	case 'u':
		if len(b) >= 5 && (string(b[1:4]) == "000" || string(b[1:4]) == "001") {
			if i := strings.IndexByte(hexDigits, b[4]); i >= 0 {
				return (b[3]-'0')<<4 | byte(i), 5
			}
		}
	}
	return 0, 0
}

// maxNumber is the largest number in a file: every JSON reader can hold it.
const maxNumber = 1 << 53

// number reads a whole number from 0 to maxNumber.
func (p *parser) number() (uint64, error) {
	start, n := p.i, uint64(0)
	for ; p.i < len(p.b) && '0' <= p.b[p.i] && p.b[p.i] <= '9'; p.i++ {
		if n = n*10 + uint64(p.b[p.i]-'0'); n > maxNumber {
			return 0, fmt.Errorf("column %d: the number is too large", start+1)
		}
	}
	if p.i == start || p.i > start+1 && p.b[start] == '0' {
		p.i = start
		return 0, p.expected("a whole number")
	}
	return n, nil
}

// yes reads "true": false is never written.
func (p *parser) yes() error {
	if rest := p.b[p.i:]; len(rest) >= 4 && string(rest[:4]) == "true" {
		p.i += 4
		return nil
	}
	return p.expected("true")
}

const hexDigits = "0123456789abcdef"

// appendText writes a JSON string.
func appendText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if plain[c] {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// excerpt returns a quoted piece of a broken file for a message.
func excerpt(b []byte) string { return text.Quote(text.Shorten(string(b), 40)) }

// texts stores strings in large blocks: a million trackings have ten million of
// them.
type texts struct {
	block strings.Builder
	size  int // of the last block: they grow, up to a point
	words map[string]string
}

const minTextBlock, maxTextBlock = 1 << 10, 64 << 10

func (t *texts) keep(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if t.block.Cap()-t.block.Len() < len(b) {
		t.size = min(max(minTextBlock, 2*t.size), maxTextBlock)
		t.block = strings.Builder{}
		t.block.Grow(max(t.size, len(b)))
	}
	start := t.block.Len()
	t.block.Write(b)
	return t.block.String()[start:]
}

func (t *texts) once(b []byte) string {
	if w, found := t.words[string(b)]; found {
		return w
	}
	if t.words == nil {
		t.words = make(map[string]string)
	}
	w := string(b)
	t.words[w] = w
	return w
}
