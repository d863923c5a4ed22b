package trackingmore

import (
	"errors"
	"fmt"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
)

// page is one page of the list (API.md §2.6).
type page struct {
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

// listItem is what is read of a tracking in the list. The rest, above all the
// parcel's history, is by far the greater part, and is skipped.
type listItem struct {
	number, carrier, live, lastUpdate wireText
	attrs                             [len(tracking.Specs)]wireText
}

// listedBy are the attributes that the list reports, by the length of their names
// there. So the name of what is skipped, which is nearly every one, takes a
// comparison or two, and no hash.
var listedBy = func() (by [32][]listedAttr) {
	for a := range tracking.ListedAttrs.All() {
		name := orDefault(a.Spec().ListedAs, a.Spec().Name)
		by[len(name)] = append(by[len(name)], listedAttr{name, a})
	}
	return by
}()

type listedAttr struct {
	name string
	attr tracking.Attr
}

// field is where the value of a name goes, nil for one that is skipped. The name
// is as it stands in the JSON, in quotes.
func (i *listItem) field(quoted []byte) *wireText {
	switch string(quoted) {
	case `"tracking_number"`:
		return &i.number
	case `"carrier_code"`:
		return &i.carrier
	case `"status"`:
		return &i.live
	case `"lastUpdateTime"`:
		return &i.lastUpdate
	}
	name := quoted[1 : len(quoted)-1]
	if len(name) < len(listedBy) {
		for _, l := range listedBy[len(name)] {
			if l.name == string(name) {
				return &i.attrs[l.attr]
			}
		}
	}
	return nil
}

// read reads a tracking; what is no object is none.
func (i *listItem) read(r *parser) error {
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
		to := i.field(name)
		value, err := r.ReadValue() // one that is in memory is read faster than skipped
		if err != nil {
			return err
		}
		if to == nil {
			continue
		}
		*to = textOf(value)
	}
	_, err := r.ReadToken()
	return err
}

// parsePage reads an answer of the list, item by item. Its head is read
// strictly; within an item, what is out of order is as good as missing. What is
// wrong with the data matters only if there should be some.
func parsePage(body []byte) (meta, *page, error) {
	p := &page{total: -1, fault: errors.New("the list is missing")}
	m, err := readAnswer(body, p.readData)
	if err == nil && succeeded(m.code) {
		err = p.fault
	}
	if err != nil {
		return m, nil, fmt.Errorf("the answer is not the service's list: %w", err)
	}
	return m, p, nil
}

// readData reads the list's data: an object, or [] for nothing at all.
func (p *page) readData(r *parser) error {
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
	p.items = make([]tracking.Remote, 0, min(max(p.total, 0), pageMax)) // the total comes first, if at all
	var item listItem
	for r.PeekKind() != ']' {
		if p.size() == pageMax {
			return fmt.Errorf("more than the %d trackings that were asked for", pageMax)
		}
		if err := item.read(r); err != nil {
			return err
		}
		if remote, ok := item.remote(); ok {
			p.items = append(p.items, remote)
		} else {
			p.dropped++
			if item.number == "" || item.carrier == "" {
				p.unnamed++
			}
		}
	}
	_, err := r.ReadToken()
	return err
}

// remote returns the tracking, unless its key is none that a request could name.
func (i *listItem) remote() (tracking.Remote, bool) {
	number, err1 := tracking.CanonicalNumber(string(i.number))
	carrier, err2 := tracking.CanonicalCarrier(string(i.carrier))
	if err1 != nil || err2 != nil || number != string(i.number) || carrier != string(i.carrier) {
		return tracking.Remote{}, false
	}
	r := tracking.Remote{Key: tracking.Key{Carrier: carrier, Number: number}, LastEvent: latest(string(i.lastUpdate))}
	if len(i.live) <= maxStatus {
		r.Status = string(i.live)
	}
	known, values := tracking.ListedAttrs, make([]string, 0, tracking.ListedAttrs.Len())
	for a := range tracking.ListedAttrs.All() {
		v := string(i.attrs[a])
		switch {
		case v != "":
			v = a.CanonicalRemote(v)
		case a == tracking.TrackUpdates: // that it goes on is not known unless it says so
			known = known.Without(a)
			continue
		default: // it is not archived, for example, unless it says so
			v = a.Spec().Born
		}
		values = append(values, v)
	}
	r.Attrs = tracking.PackAttrs(known, values)
	return r, true
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
