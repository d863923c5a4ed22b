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
