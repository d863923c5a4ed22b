package trackingmore

import (
	"errors"
	"fmt"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
)

// page is one page of the list (API.md §2.6).
type page struct {
	dialect *Dialect
	items   []tracking.Remote
	dropped int       // items that have no usable key
	unnamed int       // those of them that lack the carrier or the number: they may be any
	total   int       // how many there are on all pages; -1 where the service does not say
	ended   bool      // there is no such page, which the service says by an error of its own
	asOf    time.Time // by the service's clock; zero where it does not say
	fault   error     // why a page of this shape cannot be relied on
}

// size is how many items the service has put on the page.
func (p *page) size() int { return len(p.items) + p.dropped }

// maxTotal bounds what a service can claim to hold.
const maxTotal = 10_000_000

// maxStatus bounds a live status, in bytes: it is kept in the state. The longest
// of the documented ones has eleven (API.md §1).
const maxStatus = 32

// listItem is what is read of a tracking in the list, by slots. The
// rest, above all the parcel's history, is by far the greater part, and is skipped.
type listItem [numSlots]wireText

// The slots of a listItem: those of the attributes, and these.
const (
	slotNumber = len(tracking.Specs) + iota
	slotCarrier
	slotStatus
	slotLastEvent
	slotRef
	numSlots
)

// fieldIndex finds the slots of members by the length of their names. So the name
// of what is skipped, which is nearly every one, takes a comparison or two, and no
// hash.
type fieldIndex struct {
	byLen  [32][]field
	listed tracking.AttrSet
}

// field is a member of a listed tracking that is read.
type field struct {
	name   string
	slot   int
	echoed bool // an attribute that a create carries, too
}

func indexFields(d *Dialect) (by fieldIndex) {
	add := func(name string, slot int, echoed bool) {
		if name != "" {
			by.byLen[len(name)] = append(by.byLen[len(name)], field{name, slot, echoed})
		}
	}
	add(d.words.number, slotNumber, false)
	add(d.words.carrier, slotCarrier, false)
	add(d.words.status, slotStatus, false)
	add(d.words.lastEvent, slotLastEvent, false)
	add(d.words.ref, slotRef, false)
	by.listed = d.attrs.listed()
	for a := range by.listed.All() {
		add(d.attrs[a].listed, int(a), d.attrs[a].create != "")
	}
	return by
}

// find returns the field of a name, nil for one that is skipped.
func (by *fieldIndex) find(name []byte) *field {
	if len(name) >= len(by.byLen) {
		return nil
	}
	for i := range by.byLen[len(name)] {
		if f := &by.byLen[len(name)][i]; f.name == string(name) {
			return f
		}
	}
	return nil
}

// read reads a tracking; what is no object is none.
func (i *listItem) read(r *parser, index *fieldIndex) error {
	*i = listItem{}
	if r.PeekKind() != '{' {
		return r.SkipValue()
	}
	if _, err := r.ReadToken(); err != nil {
		return err
	}
	for r.PeekKind() != '}' {
		name, err := r.ReadValue()
		if err != nil {
			return err
		}
		to := index.find(name[1 : len(name)-1])
		value, err := r.ReadValue() // one that is in memory is read faster than skipped
		if err != nil {
			return err
		}
		if to == nil {
			continue
		}
		i[to.slot] = textOf(value)
	}
	_, err := r.ReadToken()
	return err
}

// parsePage reads an answer of the list, item by item. Its head is read
// strictly; within an item, what is out of order is as good as missing. What is
// wrong with the data matters only if there should be some.
func (d *Dialect) parsePage(body []byte) (meta, *page, error) {
	p := &page{dialect: d, total: -1, fault: errors.New("the list is missing")}
	m, err := readAnswer(body, p.readData)
	if err == nil && d.codes.succeeded(m.code) {
		err = p.fault
	}
	if err != nil {
		return m, nil, fmt.Errorf("the answer is not the service's list: %w", err)
	}
	return m, p, nil
}

// readData reads the list's data: the trackings alone where the dialect has them
// so, else an object, or [] for nothing at all.
func (p *page) readData(r *parser) error {
	if p.dialect.list.bare {
		return p.readItems(r)
	}
	if r.PeekKind() != '{' {
		v, err := r.ReadValue()
		if err == nil && v.Compact() == nil && string(v) == "[]" {
			p.fault, p.total = nil, 0
		}
		return err
	}
	err := r.members(func(name []byte) error {
		switch string(name) {
		case "items":
			return p.readItems(r)
		case "total":
			return p.readTotal(r)
		}
		return r.SkipValue()
	})
	if p.total == 0 && len(p.items) == 0 {
		p.fault = nil
	}
	return err
}

// readTotal reads the total, which comes as a string (API.md §5.3).
func (p *page) readTotal(r *parser) error {
	v, err := r.ReadValue()
	if err != nil {
		return err
	}
	t := textOf(v)
	if t == "" {
		return nil
	}
	n, err := t.number(maxTotal)
	if err != nil {
		return fmt.Errorf("total: %w", err)
	}
	p.total = n
	return nil
}

func (p *page) readItems(r *parser) error {
	if r.PeekKind() != '[' {
		return r.SkipValue()
	}
	if _, err := r.ReadToken(); err != nil {
		return err
	}
	p.fault = nil
	most := p.dialect.limits.page
	p.items = make([]tracking.Remote, 0, p.expected())
	var item listItem
	for r.PeekKind() != ']' {
		if p.size() == most {
			return fmt.Errorf("more than the %d trackings that were asked for", most)
		}
		if err := item.read(r, &p.dialect.fields); err != nil {
			return err
		}
		if remote, ok := p.dialect.remote(&item); ok {
			p.items = append(p.items, remote)
		} else {
			p.dropped++
			if item[slotNumber] == "" || item[slotCarrier] == "" {
				p.unnamed++
			}
		}
	}
	_, err := r.ReadToken()
	return err
}

// expected is how many trackings there may be on the page. The total comes first, if
// at all.
func (p *page) expected() int { return min(max(p.total, 0), p.dialect.limits.page) }

// maxRef bounds an id of the service, in bytes. Theirs have 32 hexadecimal digits.
const maxRef = 64

// remote returns the tracking, unless its key is none that a request could name.
func (d *Dialect) remote(i *listItem) (tracking.Remote, bool) {
	number, err1 := tracking.CanonicalNumber(string(i[slotNumber]))
	carrier, err2 := tracking.CanonicalCarrier(string(i[slotCarrier]))
	if err1 != nil || err2 != nil || number != string(i[slotNumber]) || carrier != string(i[slotCarrier]) {
		return tracking.Remote{}, false
	}
	r := tracking.Remote{Key: tracking.Key{Carrier: carrier, Number: number}, LastEvent: d.words.eventTime(string(i[slotLastEvent]))}
	if len(i[slotStatus]) <= maxStatus {
		r.Status = string(i[slotStatus])
	}
	r.Ref = refOf(i[slotRef])
	listed := d.fields.listed
	known, values := listed, make([]string, 0, listed.Len())
	for a := range listed.All() {
		v, ok := string(i[a]), true
		switch {
		case v != "":
			v, ok = d.attrs[a].shown(a, v)
		case a == tracking.TrackUpdates: // that it goes on is not known unless it says so
			ok = false
		default: // it is not archived, for example, unless it says so
			v = a.Spec().Born
		}
		if !ok {
			known = known.Without(a)
			continue
		}
		if filled := d.attrs[a].filled; filled != nil && v != "" && filled(r.Key, v) {
			r.Filled = r.Filled.With(a)
		}
		values = append(values, v)
	}
	r.Attrs = tracking.PackAttrs(known, values)
	return r, true
}

// refOf returns an id of the service, "" for what none can be.
func refOf(t wireText) string {
	if len(t) > maxRef {
		return ""
	}
	for i := range len(t) {
		switch c := t[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return ""
		}
	}
	return string(t)
}

// shown returns a value of the list in canonical form; false is one that means
// nothing.
func (w *wireAttr) shown(a tracking.Attr, v string) (string, bool) {
	if w.read != nil {
		var ok bool
		if v, ok = w.read(v); !ok {
			return "", false
		}
	}
	return a.CanonicalRemote(v), true
}

// A time without a zone (API.md §1) may be in any zone. At the latest it is in the
// zone that is furthest behind UTC. What lies before the service existed is no time
// at all.
const (
	furthestBehind = 12 * time.Hour
	firstYear      = 2010
)

// latest returns the latest instant, in unix seconds, of a checkpoint's time; 0
// where it means nothing.
func latest(local string) int64 {
	for _, form := range []struct {
		layout string
		unit   time.Duration
	}{{"2006-01-02 15:04:05", time.Second}, {"2006-01-02 15:04", time.Minute}} {
		if len(local) != len(form.layout) {
			continue
		}
		if t, err := time.Parse(form.layout, local); err == nil && t.Year() >= firstYear {
			return t.Add(furthestBehind + form.unit - time.Second).Unix()
		}
	}
	return 0
}
