package trackingmore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// wireText is a string that the service may send in other types. These are a number, a
// bool, null, or an array of strings: customer_email, archived, order_create_time
// and total do so (API.md §5). null, "null", objects and a missing key are "".
type wireText string

// maxArray bounds an array that stands for a text, in bytes; a longer one is as
// good as missing.
const maxArray = 64 << 10

// textOf returns any value that has been read once, and is sound.
func textOf(b []byte) wireText {
	switch b[0] {
	case 'n', '{':
		return ""
	case 't':
		return "true"
	case 'f':
		return "false"
	case '"':
		if t := unquoted(b); t != "null" {
			return wireText(t)
		}
		return ""
	case '[':
		return joinedText(b)
	default:
		return wireText(b)
	}
}

// unquoted is the text of a JSON string.
func unquoted(b []byte) string {
	inner := b[1 : len(b)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner)
	}
	var s string
	_ = json.Unmarshal(b, &s) // b is sound
	return s
}

// joinedText returns the strings of an array with commas between them.
func joinedText(b []byte) wireText {
	var all []json.RawMessage
	if len(b) > maxArray || json.Unmarshal(b, &all) != nil {
		return ""
	}
	var parts []string
	for _, one := range all {
		if one[0] != '"' {
			continue
		}
		if t := textOf(one); t != "" {
			parts = append(parts, string(t))
		}
	}
	return wireText(strings.Join(parts, ","))
}

// number returns a whole number from zero to most, sent as number or string.
func (t wireText) number(most int) (int, error) {
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

// objectOf reads one JSON object. A name that occurs twice is an error. The values
// are parts of raw.
func objectOf(raw []byte) (object, error) {
	var o object
	r := newParser(raw)
	err := r.object(func(name []byte) error {
		value, err := r.value()
		o = append(o, member{string(name), value})
		return err
	})
	return o, err
}

// get returns the value of a name, nil where it is missing or null.
func (o object) get(name string) json.RawMessage {
	for _, m := range o {
		if m.name == name && !isNull(m.value) {
			return m.value
		}
	}
	return nil
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || raw[0] == 'n' }

// text returns the value of a name as text.
func (o object) text(name string) wireText {
	if raw := o.get(name); raw != nil {
		return textOf(raw)
	}
	return ""
}

// meta is the head of every answer (API.md §1). Its type is not looked at: it
// has changed over the years (API.md §2.5).
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

// readAnswer reads the head of an answer, and calls data for its data; what is
// heard there counts only if there is no error in the end.
func readAnswer(body []byte, data func(r *parser) error) (meta, error) {
	var head json.RawMessage
	r := newParser(body)
	err := r.object(func(name []byte) (err error) {
		switch string(name) {
		case "meta":
			head, err = r.value()
		case "data":
			err = data(r)
		default:
			err = r.SkipValue()
		}
		return err
	})
	if err != nil {
		return meta{}, err
	}
	return metaOf(head)
}

// envelopeOf reads an answer strictly, since one that cannot be trusted must prove
// nothing. It returns a copy of the answer's data, nil for none.
func envelopeOf(body []byte) (m meta, data json.RawMessage, err error) {
	if !utf8.Valid(body) {
		return meta{}, nil, errors.New("the answer is not valid UTF-8")
	}
	m, err = readAnswer(body, func(r *parser) error {
		v, err := r.value()
		if !isNull(v) {
			data = bytes.Clone(v)
		}
		return err
	})
	if err != nil {
		return meta{}, nil, fmt.Errorf("the answer is not the service's JSON: %w", err)
	}
	return m, data, nil
}
