package trackingmore

import (
	"github.com/tmsync/tmsync/internal/tracking"
)

// echo is what an answer to a write shows of a tracking's attributes, as it stands
// there; nil for nothing. The slices alias the answer.
type echo struct{ title, orderID, customerName, customerEmail, comment, orderCreateTime []byte }

// field is where the value of a name goes, nil for another one.
func (e *echo) field(name []byte) *[]byte {
	switch string(name) {
	case "title":
		return &e.title
	case "order_id":
		return &e.orderID
	case "customer_name":
		return &e.customerName
	case "customer_email":
		return &e.customerEmail
	case "comment":
		return &e.comment
	case "order_create_time":
		return &e.orderCreateTime
	}
	return nil
}

// otherThan is what an echo shows otherwise than it was sent. Whether an answer tells
// what was sent or what is kept is documented nowhere: only what differs tells the
// latter. null, numbers and arrays tell nothing (api.md §2.1, §5.10).
func (e *echo) otherThan(sent []tracking.Item, key tracking.Key) (shown tracking.Attrs) {
	item := sentAs(sent, key)
	if item == nil {
		return shown
	}
	for _, f := range [...]struct {
		attr  tracking.Attr
		value []byte
	}{
		{tracking.Title, e.title}, {tracking.OrderID, e.orderID}, {tracking.CustomerName, e.customerName},
		{tracking.CustomerEmail, e.customerEmail}, {tracking.Comment, e.comment}, {tracking.OrderCreateTime, e.orderCreateTime},
	} {
		want, ok := item.Attrs.Get(f.attr)
		if !ok || len(f.value) == 0 || f.value[0] != '"' || string(f.value[1:len(f.value)-1]) == want {
			continue
		}
		if now := f.attr.CanonicalRemote(unquoted(f.value)); now != want {
			shown.Put(f.attr, now)
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
