package trackingmore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/tmsync/tmsync/internal/tracking"
)

// ErrNotOffered is wrapped by the errors of questions for which the service has
// no call.
var ErrNotOffered = errors.New("the service has no such call")

// query is a call that asks something and changes nothing.
type query struct {
	method string
	path   string
	none   []int // codes that mean that there is nothing
}

// question is one request that asks something.
type question struct {
	query tracking.Query
	body  any             // nil for none
	items []tracking.Item // what is in it and must not be repeated
}

// put sends a question, and returns the data of the answer, nil for nothing. What
// costs credits is sent again only when it certainly has not been looked at, as a
// write is.
func (c *Client) put(ctx context.Context, q question) (json.RawMessage, error) {
	how, ok := c.dialect.queries[q.query]
	if !ok {
		return nil, fmt.Errorf("%w: %s does not offer %q", ErrNotOffered, c.service.Name, q.query)
	}
	r := &request{
		call: string(q.query), method: how.method, path: how.path,
		write: !c.service.Queries[q.query].IsFree(), most: maxBody, parse: envelopeOf, quote: c.quoter(q.items),
	}
	if q.body != nil {
		var err error
		if r.body, err = json.Marshal(q.body); err != nil {
			return nil, err
		}
	}
	a, fail := c.exchange(ctx, r)
	switch {
	case fail != nil:
	case slices.Contains(how.none, a.code):
		return nil, nil
	case r.codes.succeeded(a.code):
		return a.data, nil
	default:
		fail = failed(r, a, nil)
	}
	return nil, fmt.Errorf("asking %s: %w", c.service.Name, fail)
}

// unlike is the error for data that are not what was asked for.
func (c *Client) unlike(what string) error {
	return fmt.Errorf("asking %s: the answer has no %s in it", c.service.Name, what)
}

// rowsOf returns the objects of an answer: an array of them, one alone, which has
// the name given, or an object with arrays of them.
func rowsOf(data json.RawMessage, name string) ([]object, error) {
	if isNull(data) {
		return nil, nil
	}
	if data[0] == '[' {
		return objectsOf(data)
	}
	o, err := objectOf(data)
	if err != nil {
		return nil, err
	}
	if o.get(name) != nil {
		return []object{o}, nil
	}
	var rows []object
	for _, m := range o {
		if len(m.value) == 0 || m.value[0] != '[' {
			continue
		}
		more, err := objectsOf(m.value)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// objectsOf returns the objects of an array; what is none is left out.
func objectsOf(data json.RawMessage) ([]object, error) {
	var all []json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	var rows []object
	for _, raw := range all {
		if raw[0] != '{' {
			continue
		}
		o, err := objectOf(raw)
		if err != nil {
			return nil, err
		}
		rows = append(rows, o)
	}
	return rows, nil
}
