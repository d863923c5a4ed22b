package trackingmore

import (
	"encoding/json"
	"fmt"

	"github.com/tmsync/tmsync/internal/tracking"
)

// evidence is what an answer has about one tracking by name.
type evidence struct {
	key       tracking.Key // the carrier may be missing
	code      int          // 0 for none
	message   string
	failed    bool // listed among the errors
	ambiguous bool // fits more than one item
	shown     tracking.Attrs
}

// hear returns all that the data of an answer say of trackings by name; an error is why
// none of it counts. Only some of the shapes are documented, so all are understood
// that cannot be mistaken: {trackings: […], errors: […]}, a list alone, or one
// tracking alone.
func hear(data json.RawMessage, sent []tracking.Item) ([]evidence, error) {
	if isNull(data) || data[0] != '{' {
		return hearList(data, false, sent)
	}
	var alone naming
	var trackings, errs json.RawMessage
	r := newParser(data)
	err := r.members(func(name []byte) (err error) {
		switch string(name) {
		case "trackings":
			trackings, err = r.value()
		case "errors":
			errs, err = r.value()
		default:
			err = alone.read(r, name)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if alone.named {
		e, err := alone.evidence(sent)
		return []evidence{e}, err
	}
	done, err := hearList(trackings, false, sent)
	if err != nil {
		return nil, err
	}
	failed, err := hearList(errs, true, sent)
	if err != nil {
		return nil, err
	}
	named := append(done, failed...)
	return named, tooMany(named)
}

// maxEvidence bounds how many trackings an answer names: some times as many as a
// request can hold.
const maxEvidence = 10 * bulkMax

func tooMany(named []evidence) error {
	if len(named) > maxEvidence {
		return fmt.Errorf("it names more than %d trackings", maxEvidence)
	}
	return nil
}

// hearList collects the evidence of a list. What is no list, no object in it, or names
// no tracking, is none.
func hearList(list json.RawMessage, failed bool, sent []tracking.Item) (named []evidence, err error) {
	if isNull(list) || list[0] != '[' {
		return nil, nil
	}
	r := newParser(list)
	if _, err := r.ReadToken(); err != nil {
		return nil, err
	}
	for r.PeekKind() != ']' {
		if r.PeekKind() != '{' {
			if err := r.SkipValue(); err != nil {
				return nil, err
			}
			continue
		}
		e, err := hearOne(r, sent)
		if err != nil {
			return nil, err
		}
		if e.failed = failed; e.key.Number != "" {
			named = append(named, e)
		}
		if err := tooMany(named); err != nil {
			return nil, err
		}
	}
	_, err = r.ReadToken()
	return named, err
}

// hearOne reads one element of a list.
func hearOne(r *parser, sent []tracking.Item) (evidence, error) {
	var n naming
	if err := r.members(func(name []byte) error { return n.read(r, name) }); err != nil {
		return evidence{}, err
	}
	return n.evidence(sent)
}

// naming is an object that may name a tracking. A delete wraps what it says in an
// inner meta (API.md §2.8), which comes first.
type naming struct {
	outer, inner words
	meta         json.RawMessage // the inner one, nil for none
	named        bool            // there is a tracking number, outside
	echo         echo
}

// words are the members of an object that count.
type words struct{ number, carrier, code, message wireText }

// read reads the value of a member.
func (n *naming) read(r *parser, name []byte) (err error) {
	switch {
	case string(name) == "meta" && r.PeekKind() == '{':
		n.meta, err = r.value()
		return err
	case string(name) == "tracking_number":
		n.named = r.PeekKind() != 'n'
	}
	if to := n.echo.field(name); to != nil {
		*to, err = r.value()
		return err
	}
	return n.outer.read(r, name)
}

func (w *words) read(r *parser, name []byte) error {
	var to *wireText
	switch string(name) {
	case "tracking_number":
		to = &w.number
	case "carrier_code":
		to = &w.carrier
	case "code":
		to = &w.code
	case "message":
		to = &w.message
	default:
		return r.SkipValue()
	}
	value, err := r.value()
	if err == nil {
		*to = textOf(value)
	}
	return err
}

// evidence returns the object's evidence. A code that cannot be read is none that is
// known.
func (n *naming) evidence(sent []tracking.Item) (evidence, error) {
	if n.meta != nil {
		r := newParser(n.meta)
		if err := r.members(func(name []byte) error { return n.inner.read(r, name) }); err != nil {
			return evidence{}, err
		}
	}
	e := evidence{
		key: tracking.Key{
			Carrier: string(orDefault(n.inner.carrier, n.outer.carrier)),
			Number:  string(orDefault(n.inner.number, n.outer.number)),
		},
		message: string(orDefault(n.inner.message, n.outer.message)),
	}
	if code := orDefault(n.inner.code, n.outer.code); code != "" {
		var err error
		if e.code, err = code.number(maxCode); err != nil || e.code == 0 {
			e.code = maxCode
		}
	}
	e.shown = n.echo.otherThan(sent, e.key)
	return e, nil
}

// echo is an answer's raw values of a tracking's attributes; nil for nothing. The
// slices alias the answer.
type echo [len(tracking.Specs)][]byte

// echoed are the attributes of which an echo can tell something.
var echoed = tracking.ListedAttrs & tracking.OnCreateAttrs

// field is where the value of a name goes, nil for another one.
func (e *echo) field(name []byte) *[]byte {
	if a, ok := tracking.ParseAttr(string(name)); ok && echoed.Has(a) {
		return &e[a]
	}
	return nil
}

// otherThan is what an echo shows otherwise than it was sent. Whether an answer tells
// what was sent or what is kept is documented nowhere: only what differs tells the
// latter. null, numbers and arrays tell nothing (API.md §2.1, §5.10).
func (e *echo) otherThan(sent []tracking.Item, key tracking.Key) (shown tracking.Attrs) {
	item := sentAs(sent, key)
	if item == nil {
		return shown
	}
	for a := range echoed.All() {
		want, ok := item.Attrs.Get(a)
		value := e[a]
		if !ok || len(value) == 0 || value[0] != '"' || string(value[1:len(value)-1]) == want {
			continue
		}
		if now := a.CanonicalRemote(unquoted(value)); now != want {
			shown.Put(a, now)
		}
	}
	return shown
}

// sentAs finds the item that an answer names, nil if that is not certain.
func sentAs(sent []tracking.Item, key tracking.Key) (found *tracking.Item) {
	for i := range sent {
		it := &sent[i]
		if it.Key == key {
			return it
		}
		if it.Key.Number == key.Number && key.Carrier == "" {
			if found != nil {
				return nil
			}
			found = it
		}
	}
	return found
}
