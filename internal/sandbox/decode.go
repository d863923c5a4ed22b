package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"strings"
)

// decode reads a body: one JSON value and nothing else.
func decode(body []byte) (any, bool) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return nil, false
	}
	_, err := dec.Token()
	return v, err == io.EOF
}

// object is a JSON object of a request.
type object map[string]any

// decodeObject reads a body that is one object.
func decodeObject(body []byte) (object, int) {
	v, ok := decode(body)
	if !ok {
		return nil, codeNoJSON
	}
	o, ok := v.(map[string]any)
	if !ok {
		return nil, codeBadRequest
	}
	return o, codeOK
}

// decodeItems reads a body that is a bare array of 1 to MaxItems objects. An
// element that is no object becomes a nil one. Of a call that shall be carried out
// by half, only the first half is returned.
func (c *call) decodeItems() ([]object, int) {
	v, ok := decode(c.body)
	if !ok {
		return nil, codeNoJSON
	}
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return nil, codeBadRequest
	}
	if len(list) > MaxItems {
		return nil, codeTooManyItems
	}
	if c.half {
		list = list[:len(list)/2]
	}
	items := make([]object, len(list))
	for i, v := range list {
		items[i], _ = v.(map[string]any)
	}
	return items, codeOK
}

// text returns a member as trimmed text. Numbers are taken as they are written;
// null is the same as absent, because the vendor's own wrapper sends null for what
// its caller left out (§2.3). ok is false for any other type.
func (o object) text(name string) (value string, given, ok bool) {
	switch v := o[name].(type) {
	case nil:
		return "", false, true
	case string:
		return strings.TrimSpace(v), true, true
	case json.Number:
		return v.String(), true, true
	}
	return "", false, false
}

var (
	numberForm  = regexp.MustCompile(`^[0-9A-Za-z_-]{5,}$`) // §1
	carrierForm = regexp.MustCompile(`^[0-9A-Za-z_-]+$`)    // §1
)

// check returns the code with which a key is refused, or codeOK.
func (k Key) check() int {
	switch {
	case k.Number == "":
		return codeNoNumber
	case !numberForm.MatchString(k.Number):
		return codeBadNumber
	case !carrierForm.MatchString(k.Carrier):
		return codeBadCarrier
	}
	return codeOK
}

// key reads an item's key as far as possible, and checks it.
func (o object) key() (Key, int) {
	if o == nil {
		return Key{}, codeBadRequest
	}
	number, _, numberOK := o.text("tracking_number")
	carrier, _, carrierOK := o.text("carrier_code")
	k := Key{carrier, number}
	switch {
	case !numberOK:
		return k, codeBadNumber
	case !carrierOK:
		return k, codeBadCarrier
	}
	return k, k.check()
}

// itemError is how an item that was refused is reported (§2.5).
type itemError struct {
	Number  string `json:"tracking_number"`
	Carrier string `json:"carrier_code"`
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func newItemError(k Key, code int) itemError {
	return itemError{k.Number, k.Carrier, code, metaFor(code).Message}
}
