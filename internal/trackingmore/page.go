package trackingmore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tmsync/tmsync/internal/tracking"
)

// page is one page of the list (api.md §2.6).
type page struct {
	items   []tracking.Remote
	dropped int   // items that have no usable key
	unnamed int   // those of them that lack the carrier or the number: they may be any
	total   int   // how many there are on all pages; -1 where the service does not say
	fault   error // why a page of this shape cannot be relied on
}

// size is how many items the service has put on the page.
func (p *page) size() int { return len(p.items) + p.dropped }

// maxTotal bounds what a service can claim to hold.
const maxTotal = 10_000_000

// maxStatus bounds a live status, in bytes: it is kept in the state. The longest
// of the documented ones has eleven (api.md §1).
const maxStatus = 32

// listItem is what is read of a tracking in the list. The rest, above all the
// parcel's history, is by far the greater part, and is skipped.
type listItem struct {
	Number          text `json:"tracking_number"`
	Carrier         text `json:"carrier_code"`
	Live            text `json:"status"`
	Title           text `json:"title"`
	OrderID         text `json:"order_id"`
	CustomerName    text `json:"customer_name"`
	CustomerEmail   text `json:"customer_email"`
	Archived        text `json:"archived"`
	TrackUpdate     text `json:"track_update"`
	Comment         text `json:"comment"`
	OrderCreateTime text `json:"order_create_time"`
}

// parsePage reads an answer of the list, item by item. Its head is read
// strictly; within an item, what is out of order is as good as missing. What is
// wrong with the data matters only if there should be some.
func parsePage(body []byte) (meta, *page, error) {
	p := &page{total: -1, fault: errors.New("the list is missing")}
	dec := json.NewDecoder(bytes.NewReader(body))
	var head json.RawMessage
	err := readObject(dec, func(name string) error {
		switch name {
		case "meta":
			return dec.Decode(&head)
		case "data":
			return p.readData(dec)
		}
		return skip(dec)
	})
	var m meta
	if err == nil {
		m, err = metaOf(head)
	}
	if err == nil && succeeded(m.code) {
		err = p.fault
	}
	if err != nil {
		return m, nil, fmt.Errorf("the answer is not the service's list: %w", err)
	}
	return m, p, nil
}

func skip(dec *json.Decoder) error {
	var v json.RawMessage
	return dec.Decode(&v)
}

// readData reads the list's data: an object, or [] for nothing at all.
func (p *page) readData(dec *json.Decoder) error {
	t, err := dec.Token()
	switch t {
	case json.Delim('['):
		if !dec.More() {
			p.fault, p.total = nil, 0
		}
		return skipRest(dec)
	case json.Delim('{'):
	default:
		return err
	}
	err = readMembers(dec, func(name string) error {
		switch name {
		case "items":
			return p.readItems(dec)
		case "total":
			return p.readTotal(dec)
		}
		return skip(dec)
	})
	if p.total == 0 && len(p.items) == 0 {
		p.fault = nil
	}
	return err
}

// skipRest reads what is left of an array.
func skipRest(dec *json.Decoder) error {
	for dec.More() {
		if err := skip(dec); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return err
}

// readTotal reads the total, which comes as a string (api.md §5.3).
func (p *page) readTotal(dec *json.Decoder) error {
	var t text
	if err := dec.Decode(&t); err != nil || t == "" {
		return err
	}
	n, err := t.number(maxTotal)
	if err != nil {
		return fmt.Errorf("total: %w", err)
	}
	p.total = n
	return nil
}

func (p *page) readItems(dec *json.Decoder) error {
	t, err := dec.Token()
	if err != nil || t != json.Delim('[') {
		return err
	}
	p.fault = nil
	var item listItem
	for dec.More() {
		if p.size() == pageMax {
			return fmt.Errorf("more than the %d trackings that were asked for", pageMax)
		}
		item = listItem{}
		odd := (*json.UnmarshalTypeError)(nil)
		if err := dec.Decode(&item); err != nil && !errors.As(err, &odd) {
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
	_, err = dec.Token()
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
	r := tracking.Remote{Key: tracking.Key{Carrier: carrier, Number: number}}
	if len(i.Live) <= maxStatus {
		r.Status = string(i.Live)
	}
	for a := range listed.All() {
		v, known := i.value(a)
		if known {
			r.Attrs.Put(a, a.CanonicalRemote(v))
		}
	}
	return r, true
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
