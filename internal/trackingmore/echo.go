package trackingmore

import (
	"github.com/tmsync/tmsync/internal/tracking"
)

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
