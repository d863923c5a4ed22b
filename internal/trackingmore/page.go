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
	Number, Carrier, Live, Title, OrderID, CustomerName, CustomerEmail,
	Archived, TrackUpdate, Comment, OrderCreateTime, LastUpdateTime text
}

// field is where the value of a name goes, nil for one that is skipped. The name
// is as it stands in the JSON, in quotes.
func (i *listItem) field(quoted []byte) *text {
	switch string(quoted) {
	case `"tracking_number"`:
		return &i.Number
	case `"carrier_code"`:
		return &i.Carrier
	case `"status"`:
		return &i.Live
	case `"title"`:
		return &i.Title
	case `"order_id"`:
		return &i.OrderID
	case `"customer_name"`:
		return &i.CustomerName
	case `"customer_email"`:
		return &i.CustomerEmail
	case `"archived"`:
		return &i.Archived
	case `"track_update"`:
		return &i.TrackUpdate
	case `"comment"`:
		return &i.Comment
	case `"order_create_time"`:
		return &i.OrderCreateTime
	case `"lastUpdateTime"`:
		return &i.LastUpdateTime
	default:
		return nil
	}
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
			if item.Number == "" || item.Carrier == "" {
				p.unnamed++
			}
		}
	}
	_, err := r.ReadToken()
	return err
}

// listed are the attributes that every tracking in the list has.
var listed = tracking.SelectAttrs(func(s *tracking.Spec) bool { return s.Listed })

// remote gives the tracking, unless its key is none that a request could name.
func (i *listItem) remote() (tracking.Remote, bool) {
	number, err1 := tracking.CanonicalNumber(string(i.Number))
	carrier, err2 := tracking.CanonicalCarrier(string(i.Carrier))
	if err1 != nil || err2 != nil || number != string(i.Number) || carrier != string(i.Carrier) {
		return tracking.Remote{}, false
	}
	r := tracking.Remote{Key: tracking.Key{Carrier: carrier, Number: number}, LastEvent: latest(string(i.LastUpdateTime))}
	if len(i.Live) <= maxStatus {
		r.Status = string(i.Live)
	}
	known, values := listed, make([]string, 0, listed.Len())
	for a := range listed.All() {
		v, ok := i.value(a)
		if !ok {
			known = known.Without(a)
			continue
		}
		if v != "" {
			v = a.CanonicalRemote(v)
		}
		values = append(values, v)
	}
	r.Attrs = tracking.PackAttrs(known, values)
	return r, true
}

// A time without a zone (API.md §1) is meant at the latest in the zone that is
// furthest behind UTC. What lies before the service existed is no time at all.
const (
	furthestBehind = 12 * time.Hour
	firstYear      = 2010
)

// latest gives the latest instant, in unix seconds, that the time of a checkpoint
// can mean; 0 where it means nothing.
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

// value gives an attribute as the list has it. A tracking is not archived unless
// it says so; whether it is still updated is not known unless it says so.
func (i *listItem) value(a tracking.Attr) (v string, known bool) {
	switch a {
	case tracking.Title:
		return string(i.Title), true
	case tracking.OrderID:
		return string(i.OrderID), true
	case tracking.CustomerName:
		return string(i.CustomerName), true
	case tracking.CustomerEmail:
		return string(i.CustomerEmail), true
	case tracking.Archived:
		return string(orDefault(i.Archived, "false")), true
	case tracking.TrackUpdates:
		return string(i.TrackUpdate), i.TrackUpdate != ""
	case tracking.Comment:
		return string(i.Comment), true
	case tracking.OrderCreateTime:
		return string(i.OrderCreateTime), true
	default:
		return "", false
	}
}
