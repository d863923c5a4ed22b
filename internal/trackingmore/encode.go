package trackingmore

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

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
func keyObject(item tracking.Item) (object, error) {
	if item.Key.Carrier == "" || item.Key.Number == "" {
		return nil, fmt.Errorf("a tracking without carrier or number cannot be sent")
	}
	o := make(object, 0, 3+item.Attrs.Len()) // the key, and what a create adds to it
	o.put("tracking_number", item.Key.Number)
	o.put("carrier_code", item.Key.Carrier)
	return o, nil
}

// createObject is a tracking to create (API.md §2.1): the attributes that a
// create can carry and that are not empty, since a new tracking has none. Without
// auto_correct the service may store another carrier than asked.
func createObject(item tracking.Item) (object, error) {
	o, err := keyObject(item)
	if err != nil {
		return nil, err
	}
	for a, v := range item.Attrs.All() {
		if !a.Spec().OnCreate || v == "" {
			continue
		}
		if a == tracking.OrderCreateTime {
			v = wireTime(v)
		}
		o.put(a.String(), v)
	}
	return append(o, member{"auto_correct", json.RawMessage("1")}), nil
}

// wireTime writes an order's time as the service's own samples do (API.md §5.10).
func wireTime(v string) string {
	t, err := time.Parse(tracking.OrderTimeLayout, v)
	if err != nil {
		return v
	}
	return t.Format("2006/1/2 15:04")
}

// updateObject is a change among many (API.md §2.7).
func updateObject(item tracking.Item) (object, error) {
	o, err := keyObject(item)
	if err != nil {
		return nil, err
	}
	return o.change(item.Attrs, "updatemore", func(r tracking.Route) bool { return r == tracking.RouteUpdate })
}

// change adds attributes to change; "" empties one. An attribute that the call
// cannot change is an error, because it would look changed.
func (o object) change(attrs tracking.Attrs, by string, can func(tracking.Route) bool) (object, error) {
	for a, v := range attrs.All() {
		if !can(a.Spec().Change) {
			return nil, fmt.Errorf("%s cannot be changed by %s", a, by)
		}
		if a != tracking.Status {
			o.put(a.String(), v)
			continue
		}
		n, ok := statusNumbers[v]
		if !ok {
			return nil, fmt.Errorf("there is no status %q to set", v)
		}
		o = append(o, member{a.String(), json.RawMessage(n)})
	}
	return o, nil
}

// statusNumbers are the words of the status attribute as the service takes them
// (API.md §5.1).
var statusNumbers = map[string]string{
	tracking.StatusDelivered: "4",
	tracking.StatusException: "7",
	tracking.StatusOriginal:  "8",
}

// encodePost creates one tracking (API.md §2.1).
func encodePost(item tracking.Item) (*request, error) {
	o, err := createObject(item)
	if err != nil {
		return nil, err
	}
	return write(http.MethodPost, "/trackings/post", o.append(nil)), nil
}

// encodePut is PUT on one tracking's own path, which has its key (API.md §2.3).
func encodePut(item tracking.Item) (*request, error) {
	if _, err := keyObject(item); err != nil {
		return nil, err
	}
	o, err := object{}.change(item.Attrs, "PUT", func(r tracking.Route) bool {
		return r == tracking.RouteUpdate || r == tracking.RoutePut
	})
	if err != nil {
		return nil, err
	}
	return write(http.MethodPut, keyPath(item.Key), o.append(nil)), nil
}

// encodeDelete is DELETE on one tracking's own path, without a body (API.md §2.4).
func encodeDelete(item tracking.Item) (*request, error) {
	if _, err := keyObject(item); err != nil {
		return nil, err
	}
	return write(http.MethodDelete, keyPath(item.Key), nil), nil
}

// encodeCarrier moves one tracking to another carrier (API.md §2.10).
func encodeCarrier(item tracking.Item) (*request, error) {
	o, err := keyObject(item)
	if err != nil {
		return nil, err
	}
	if item.Carrier == "" {
		return nil, fmt.Errorf("a carrier change without the new carrier cannot be sent")
	}
	o.put("update_carrier_code", item.Carrier)
	return write(http.MethodPost, "/trackings/update", o.append(nil)), nil
}

func keyPath(k tracking.Key) string {
	return "/trackings/" + url.PathEscape(k.Carrier) + "/" + url.PathEscape(k.Number)
}

// write returns a request that changes something; a nil body is none.
func write(method, path string, body []byte) *request {
	return &request{method: method, path: path, body: body, write: true}
}
