package trackingmore

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// parser reads JSON token by token. The values and names that it returns are parts
// of the text that it reads, and as good as long as that is. What is doubled or not
// UTF-8 is the business of those who rely on it: in the parts that are skipped it
// is nobody's.
type parser struct {
	*jsontext.Decoder
	raw  []byte
	seen [][]byte // names of the objects under way, those of the innermost last
}

func newParser(raw []byte) *parser {
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return &parser{Decoder: dec, raw: raw}
}

// value reads a value, or a name in its quotes.
func (r *parser) value() ([]byte, error) {
	v, err := r.ReadValue()
	end := r.InputOffset()
	return r.raw[end-int64(len(v)) : end : end], err
}

// name reads the name of a member. What is not UTF-8 in it is replaced.
func (r *parser) name() ([]byte, error) {
	quoted, err := r.value()
	if err != nil {
		return nil, err
	}
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return inner, nil
	}
	name, _ := jsontext.AppendUnquote(nil, quoted) // the error says that something was replaced
	return name, nil
}

// errTwice is the reason to distrust an object: encoding/json would merge the
// two, and a proxy or another reader may see the other one.
var errTwice = errors.New("a name occurs twice in one object")

// maxMembers bounds the names of one object, and the search for repeated ones. A
// tracking, the largest object that is documented, has some thirty (API.md §2.6).
const maxMembers = 1000

// members reads an object whose "{" is next. For each name it calls read, which
// reads the value.
func (r *parser) members(read func(name []byte) error) error {
	if _, err := r.ReadToken(); err != nil {
		return err
	}
	base := len(r.seen)
	defer func() { r.seen = r.seen[:base] }()
	for r.PeekKind() != '}' {
		name, err := r.name()
		if err != nil {
			return err
		}
		for _, other := range r.seen[base:] {
			if bytes.Equal(name, other) {
				return errTwice
			}
		}
		if len(r.seen)-base == maxMembers {
			return fmt.Errorf("more than %d names in one object", maxMembers)
		}
		r.seen = append(r.seen, name)
		if err := read(name); err != nil {
			return err
		}
	}
	_, err := r.ReadToken()
	return err
}

// object reads the one object that there is to read, as members does.
func (r *parser) object(read func(name []byte) error) error {
	if r.PeekKind() != '{' {
		return errors.New("not a JSON object")
	}
	if err := r.members(read); err != nil {
		return err
	}
	if _, err := r.ReadToken(); err != io.EOF {
		return errors.New("there is more after its end")
	}
	return nil
}
