package trackingmore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// text is a value that the service gives as a string, but also as a number, a
// bool, null, or an array of strings: customer_email, archived, order_create_time
// and total do so (api.md §5). null, "null", objects and a missing key are "".
type text string

// maxArray bounds an array that stands for a text, in bytes; a longer one is as
// good as missing.
const maxArray = 64 << 10

// UnmarshalJSON accepts any value.
func (t *text) UnmarshalJSON(b []byte) error {
	*t = ""
	switch b[0] {
	case 'n', '{':
	case '"':
		if inner := b[1 : len(b)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
			*t = text(inner)
		} else {
			var s string
			if err := json.Unmarshal(b, &s); err != nil {
				return err
			}
			*t = text(s)
		}
		if *t == "null" {
			*t = ""
		}
	case '[':
		if len(b) > maxArray {
			return nil
		}
		var all []json.RawMessage
		if err := json.Unmarshal(b, &all); err != nil {
			return err
		}
		var parts []string
		for _, one := range all {
			if part := new(text); one[0] == '"' && part.UnmarshalJSON(one) == nil && *part != "" {
				parts = append(parts, string(*part))
			}
		}
		*t = text(strings.Join(parts, ","))
	default:
		*t = text(b)
	}
	return nil
}

// number reads a whole number from zero to most, given as a number or a string.
func (t text) number(most int) (int, error) {
	n, err := strconv.Atoi(string(t))
	if err != nil || n < 0 || n > most {
		return 0, fmt.Errorf("not a whole number from 0 to %d", most)
	}
	return n, nil
}

// member is one name and value of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// object is a JSON object read strictly: names in their order and exact case.
type object []member

// errTwice is the reason to distrust an object: encoding/json would merge the
// two, and a proxy or another reader may see the other one.
var errTwice = errors.New("a name occurs twice in one object")

// objectOf reads one JSON object. A name that occurs twice is an error.
func objectOf(raw []byte) (object, error) {
	var o object
	err := readObject(newReader(raw), func(name string, dec *jsontext.Decoder) error {
		value, err := dec.ReadValue()
		o = append(o, member{name, json.RawMessage(value.Clone())})
		return err
	})
	return o, err
}

// newReader reads JSON token by token. What is doubled or not UTF-8 is the
// business of those who rely on it: in the parts that are skipped it is nobody's.
func newReader(raw []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// readObject reads the one object that a reader holds. For each name it calls
// read, which reads the value.
func readObject(dec *jsontext.Decoder, read func(name string, dec *jsontext.Decoder) error) error {
	if dec.PeekKind() != '{' {
		return errors.New("not a JSON object")
	}
	if err := readMembers(dec, read); err != nil {
		return err
	}
	if _, err := dec.ReadToken(); err != io.EOF {
		return errors.New("there is more after its end")
	}
	return nil
}

// maxMembers bounds how many names one object has. A tracking, the largest one
// that is documented, has some thirty (api.md §2.6).
const maxMembers = 1000

// readMembers reads an object whose "{" is next.
func readMembers(dec *jsontext.Decoder, read func(name string, dec *jsontext.Decoder) error) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for dec.PeekKind() != '}' {
		t, err := dec.ReadToken()
		if err != nil {
			return err
		}
		name := t.String()
		if seen[name] {
			return errTwice
		}
		if len(seen) == maxMembers {
			return fmt.Errorf("more than %d names in one object", maxMembers)
		}
		seen[name] = true
		if err := read(name, dec); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

// get gives the value of a name, nil where it is missing or null.
func (o object) get(name string) json.RawMessage {
	for _, m := range o {
		if m.name == name && !isNull(m.value) {
			return m.value
		}
	}
	return nil
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || raw[0] == 'n' }

// text gives the value of a name as text.
func (o object) text(name string) text {
	var t text
	if raw := o.get(name); raw != nil {
		_ = t.UnmarshalJSON(raw) // raw has been read once, so it is sound
	}
	return t
}

// meta is the head of every answer (api.md §1). Its type is not looked at: it
// has changed over the years (api.md §2.5).
type meta struct {
	code    int
	message string
}

const maxCode = 99999

func metaOf(raw json.RawMessage) (meta, error) {
	o, err := objectOf(raw)
	if err != nil {
		return meta{}, fmt.Errorf("meta: %w", err)
	}
	code, err := o.text("code").number(maxCode)
	if err != nil {
		return meta{}, fmt.Errorf("meta.code: %w", err)
	}
	return meta{code, string(o.text("message"))}, nil
}

// envelopeOf reads an answer strictly: what cannot be trusted must not prove
// that a write was done.
func envelopeOf(body []byte) (meta, json.RawMessage, error) {
	if !utf8.Valid(body) {
		return meta{}, nil, errors.New("the answer is not valid UTF-8")
	}
	o, err := objectOf(body)
	if err != nil {
		return meta{}, nil, fmt.Errorf("the answer is not the service's JSON: %w", err)
	}
	m, err := metaOf(o.get("meta"))
	if err != nil {
		return meta{}, nil, fmt.Errorf("the answer is not the service's JSON: %w", err)
	}
	return m, o.get("data"), nil
}
