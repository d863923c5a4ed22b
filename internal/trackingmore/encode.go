package trackingmore

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/tmsync/tmsync/internal/tracking"
)

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) { return o.append(nil), nil }

// append adds the object, as JSON, to b.
func (o object) append(b []byte) []byte {
	b = append(b, '{')
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, m.name), ':')
		b = append(b, m.value...)
	}
	return append(b, '}')
}

// appendText adds a text as encoding/json writes it. Most have nothing that it
// would escape.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			raw, err := json.Marshal(s)
			if err != nil {
				panic(err) // a text can always be written
			}
			return append(b, raw...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// put adds a text.
func (o *object) put(name, value string) {
	*o = append(*o, member{name, appendText(make([]byte, 0, len(value)+2), value)})
}

// keyObject is a tracking by its key alone (API.md §2.8, §2.13).
func (d *Dialect) keyObject(item tracking.Item) (object, error) {
	if item.Key.Carrier == "" || item.Key.Number == "" {
		return nil, fmt.Errorf("a tracking without carrier or number cannot be sent")
	}
	o := make(object, 0, 3+item.Attrs.Len()) // the key, and what a create adds to it
	o.put(d.words.number, item.Key.Number)
	o.put(d.words.carrier, item.Key.Carrier)
	return o, nil
}

// createObject is a tracking to create (API.md §2.1): the attributes that a
// create can carry and that are not empty, since a new tracking has none. Without
// auto_correct the service may store another carrier than asked.
func (d *Dialect) createObject(item tracking.Item) (object, error) {
	o, err := d.keyObject(item)
	if err != nil {
		return nil, err
	}
	for a, v := range item.Attrs.All() {
		how := &d.attrs[a]
		if how.create == "" || v == "" {
			continue
		}
		if o, err = o.attr(how, how.create, v); err != nil {
			return nil, err
		}
	}
	return append(o, d.corrects), nil
}

// attr adds the value of an attribute under a name.
func (o object) attr(how *wireAttr, name, v string) (object, error) {
	if how.write == nil || v == "" {
		o.put(name, v)
		return o, nil
	}
	value, err := how.write(v)
	return append(o, member{name, value}), err
}

// updateObject is a change among many (API.md §2.7).
func (d *Dialect) updateObject(item tracking.Item) (object, error) {
	o, err := d.keyObject(item)
	if err != nil {
		return nil, err
	}
	return d.change(o, item.Attrs, "updatemore", d.about.Update)
}

// change adds attributes to change; "" empties one. An attribute that the call
// cannot change is an error, because it would look changed.
func (d *Dialect) change(o object, attrs tracking.Attrs, by string, can tracking.AttrSet) (object, error) {
	for a, v := range attrs.All() {
		how := &d.attrs[a]
		if how.change == "" || !can.Has(a) {
			return nil, fmt.Errorf("%s cannot be changed by %s", a, by)
		}
		var err error
		if o, err = o.attr(how, how.change, v); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// encodePost creates one tracking (API.md §2.1).
func (d *Dialect) encodePost(item tracking.Item) (*request, error) {
	o, err := d.createObject(item)
	if err != nil {
		return nil, err
	}
	return write(http.MethodPost, "/trackings/post", o.append(nil)), nil
}

// encodePut is PUT on one tracking's own path, which has its key (API.md §2.3).
func (d *Dialect) encodePut(item tracking.Item) (*request, error) {
	if _, err := d.keyObject(item); err != nil {
		return nil, err
	}
	o, err := d.change(object{}, item.Attrs, "PUT", d.about.Put)
	if err != nil {
		return nil, err
	}
	return write(http.MethodPut, keyPath(item.Key), o.append(nil)), nil
}

// encodeDelete is DELETE on one tracking's own path, without a body (API.md §2.4).
func (d *Dialect) encodeDelete(item tracking.Item) (*request, error) {
	if _, err := d.keyObject(item); err != nil {
		return nil, err
	}
	return write(http.MethodDelete, keyPath(item.Key), nil), nil
}

// encodeCarrier moves one tracking to another carrier (API.md §2.10).
func (d *Dialect) encodeCarrier(item tracking.Item) (*request, error) {
	o, err := d.keyObject(item)
	if err != nil {
		return nil, err
	}
	if item.Carrier == "" {
		return nil, errNoTarget
	}
	o.put("update_carrier_code", item.Carrier)
	return write(http.MethodPost, "/trackings/update", o.append(nil)), nil
}

var errNoTarget = errors.New("a carrier change without the new carrier cannot be sent")

func keyPath(k tracking.Key) string {
	return "/trackings/" + url.PathEscape(k.Carrier) + "/" + url.PathEscape(k.Number)
}

// write returns a request that changes something; a nil body is none.
func write(method, path string, body []byte) *request {
	return &request{method: method, path: path, body: body, write: true}
}
