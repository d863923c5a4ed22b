package state

import (
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/tmsync/tmsync/internal/tracking"
)

// Intent announces one request. It is durable before the request is sent, and
// stays open until something is proven about each of its items: it says what may
// have happened, however the run ended.
type Intent struct {
	Seq   uint64      // set by Begin; unique within a session
	Begun time.Time   // given by Begin; what the service has not done long after, it will not do
	Op    tracking.Op // the kind of request
	Items []IntentItem
}

// IntentItem is one tracking of a request.
type IntentItem struct {
	Addr tracking.Addr
	Key  tracking.Key // as the service knows it before the request
	// Carrier is the carrier to change to (tracking.OpChangeCarrier).
	Carrier string
	// Attrs is what is being written, sensitive values as fingerprints
	// (State.Seal).
	Attrs tracking.Attrs
	// Record is what to remember when the item turns out to be done; nil is to
	// remember nothing of the address any more.
	Record *Record
}

// Effect is a proven outcome: what is remembered of an address from now on.
type Effect struct {
	Addr   tracking.Addr
	Record *Record // nil drops the address
}

func (in *Intent) check() error {
	if !slices.Contains(knownOps, in.Op) {
		return fmt.Errorf("unknown operation %q", in.Op)
	}
	if len(in.Items) == 0 {
		return errors.New("the request has no items")
	}
	seen := make(map[tracking.Key]bool, len(in.Items))
	for i := range in.Items {
		it := &in.Items[i]
		if err := it.check(); err != nil {
			return fmt.Errorf("%s: %w", it.Addr, err)
		}
		if seen[it.Key] {
			return fmt.Errorf("%s: the request has %s twice", it.Addr, it.Key)
		}
		seen[it.Key] = true
	}
	return nil
}

func (it *IntentItem) check() error {
	if it.Addr == "" {
		return errors.New("the address is empty")
	}
	if !utf8.ValidString(string(it.Addr)) || !utf8.ValidString(it.Carrier) {
		return errors.New("the address or the carrier is not valid UTF-8")
	}
	if err := checkKey(it.Key); err != nil {
		return err
	}
	if err := checkAttrs(it.Attrs); err != nil {
		return err
	}
	return checkEffect(Effect{it.Addr, it.Record})
}

func checkEffects(effects []Effect) error {
	seen := make(map[tracking.Addr]bool, len(effects))
	for _, e := range effects {
		if err := checkEffect(e); err != nil {
			return fmt.Errorf("%s: %w", e.Addr, err)
		}
		if seen[e.Addr] {
			return fmt.Errorf("%s has two outcomes", e.Addr)
		}
		seen[e.Addr] = true
	}
	return nil
}

func checkEffect(e Effect) error {
	if e.Addr == "" || !utf8.ValidString(string(e.Addr)) {
		return errors.New("the address is empty or not valid UTF-8")
	}
	if e.Record == nil {
		return nil
	}
	if e.Record.Addr != e.Addr {
		return fmt.Errorf("its record is that of %s", e.Record.Addr)
	}
	if err := e.Record.check(); err != nil {
		return err
	}
	if e.Record.mostBytes() < MaxLine {
		return nil
	}
	if n := len(appendRecord(nil, e.Record)); n >= MaxLine {
		return fmt.Errorf("its record has %d bytes; the state takes at most %d", n, MaxLine-1)
	}
	return nil
}

// checkOpen checks the items that stay in doubt: indexes into n items, rising.
func checkOpen(open []int, n int) error {
	last := -1
	for _, i := range open {
		if i <= last || i >= n {
			return fmt.Errorf("item %d cannot stay open: the request has %d items left, and each is named once, in order", i, n)
		}
		last = i
	}
	return nil
}

// checkDone checks the items that are done in the same way: none of them is open.
func checkDone(done, open []int, n int) error {
	last := -1
	for _, i := range done {
		if _, both := slices.BinarySearch(open, i); both || i <= last || i >= n {
			return fmt.Errorf("item %d cannot be done: the request has %d items left, and each is named once, in order", i, n)
		}
		last = i
	}
	return nil
}

// pick returns the items at some places.
func pick(items []IntentItem, places []int) []IntentItem {
	if len(places) == 0 {
		return nil
	}
	out := make([]IntentItem, 0, len(places))
	for _, i := range places {
		out = append(out, items[i])
	}
	return out
}
