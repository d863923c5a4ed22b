package trackingmore

import (
	"encoding/json"
	"fmt"

	"github.com/tmsync/tmsync/internal/tracking"
)

// evidence is what an answer has about one tracking by name.
type evidence struct {
	key       tracking.Key // the carrier may be missing
	ref       string       // the service's id, "" for none
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
func (d *Dialect) hear(data json.RawMessage, sent []tracking.Item) ([]evidence, error) {
	if isNull(data) || data[0] != '{' {
		return d.hearList(data, false, sent)
	}
	alone := naming{dialect: d}
	var trackings, errs json.RawMessage
	r := newParser(data)
	err := r.members(func(name []byte) (err error) {
		switch string(name) {
		case d.words.done:
			trackings, err = r.value()
		case d.words.failed:
			errs, err = r.value()
		default:
			err = alone.read(r, name)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if alone.isNamed || alone.outer.ref != "" {
		e, err := alone.evidence(sent)
		return []evidence{e}, err
	}
	done, err := d.hearList(trackings, false, sent)
	if err != nil {
		return nil, err
	}
	failed, err := d.hearList(errs, true, sent)
	if err != nil {
		return nil, err
	}
	named := append(done, failed...)
	return named, d.tooMany(named)
}

// tooMany bounds how many trackings an answer names: some times as many as a
// request can hold.
func (d *Dialect) tooMany(named []evidence) error {
	if most := 10 * d.limits.batch; len(named) > most {
		return fmt.Errorf("it names more than %d trackings", most)
	}
	return nil
}

// hearList collects the evidence of a list. What is no list, no object in it, or names
// no tracking, is none.
func (d *Dialect) hearList(list json.RawMessage, failed bool, sent []tracking.Item) (named []evidence, err error) {
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
		e, err := d.hearOne(r, sent)
		if err != nil {
			return nil, err
		}
		if e.failed = failed; e.key.Number != "" {
			named = append(named, e)
		}
		if err := d.tooMany(named); err != nil {
			return nil, err
		}
	}
	_, err = r.ReadToken()
	return named, err
}

// hearOne reads one element of a list.
func (d *Dialect) hearOne(r *parser, sent []tracking.Item) (evidence, error) {
	n := naming{dialect: d}
	if err := r.members(func(name []byte) error { return n.read(r, name) }); err != nil {
		return evidence{}, err
	}
	return n.evidence(sent)
}

// naming is an object that may name a tracking. A delete wraps what it says in an
// inner meta (API.md §2.8), which comes first.
type naming struct {
	dialect      *Dialect
	outer, inner named
	meta         json.RawMessage // the inner one, nil for none
	isNamed      bool            // there is a tracking number, outside
	echo         echo
}

// named are the members of an object that count.
type named struct{ ref, number, carrier, code, message wireText }

// read reads the value of a member.
func (n *naming) read(r *parser, name []byte) (err error) {
	switch {
	case string(name) == "meta" && r.PeekKind() == '{':
		n.meta, err = r.value()
		return err
	case string(name) == n.dialect.words.number:
		n.isNamed = r.PeekKind() != 'n'
	}
	if to := n.echo.field(&n.dialect.fields, name); to != nil {
		*to, err = r.value()
		return err
	}
	return n.outer.read(r, &n.dialect.words, name)
}

func (w *named) read(r *parser, as *words, name []byte) error {
	var to *wireText
	switch string(name) {
	case as.number:
		to = &w.number
	case as.carrier:
		to = &w.carrier
	case as.code:
		to = &w.code
	case as.message:
		to = &w.message
	default:
		if as.ref == "" || string(name) != as.ref {
			return r.SkipValue()
		}
		to = &w.ref
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
		if err := r.members(func(name []byte) error { return n.inner.read(r, &n.dialect.words, name) }); err != nil {
			return evidence{}, err
		}
	}
	e := evidence{
		ref: string(orDefault(n.inner.ref, n.outer.ref)),
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
	if e.key.Number == "" && e.ref != "" {
		e.key = keyOf(sent, e.ref)
	}
	e.shown = n.dialect.otherThan(&n.echo, sent, e.key)
	return e, nil
}

// echo is an answer's raw values of a tracking's attributes; nil for nothing. The
// slices alias the answer.
type echo [len(tracking.Specs)][]byte

// field is where the value of a name goes, nil for another one. An echo can tell
// something of what a create carries and the list shows.
func (e *echo) field(index *fieldIndex, name []byte) *[]byte {
	if f := index.find(name); f != nil && f.echoed {
		return &e[f.slot]
	}
	return nil
}

// otherThan is what an echo shows otherwise than it was sent. Whether an answer tells
// what was sent or what is kept is documented nowhere: only what differs tells the
// latter. null, numbers and arrays tell nothing (API.md §2.1, §5.10).
func (d *Dialect) otherThan(e *echo, sent []tracking.Item, key tracking.Key) (shown tracking.Attrs) {
	item := sentAs(sent, key)
	if item == nil {
		return shown
	}
	for a, value := range e {
		if len(value) == 0 || value[0] != '"' {
			continue
		}
		a := tracking.Attr(a)
		want, ok := item.Attrs.Get(a)
		if !ok || string(value[1:len(value)-1]) == want {
			continue
		}
		if now, known := d.attrs[a].shown(a, unquoted(value)); known && now != want {
			shown.Put(a, now)
		}
	}
	return shown
}

// keyOf returns the key of the item that was sent with an id; none is no tracking that
// was sent.
func keyOf(sent []tracking.Item, ref string) tracking.Key {
	for i := range sent {
		if sent[i].Ref == ref {
			return sent[i].Key
		}
	}
	return tracking.Key{}
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
