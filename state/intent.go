package state

import (
	"context"
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

// Begin announces a request. When it returns without an error the intent is on
// disk and the request may be sent; after an error it must not be.
func (s *Session) Begin(in Intent) (uint64, error) {
	if err := s.writable(); err != nil {
		return 0, fmt.Errorf("announcing a request: %w", err)
	}
	if err := s.held(); err != nil {
		return 0, fmt.Errorf("announcing a request: %w", s.give(err))
	}
	in.Seq, in.Begun = s.seq+1, s.opts.Now()
	in.Items = slices.Clone(in.Items)
	err := s.relieve()
	if err == nil {
		err = in.check()
	}
	if err == nil {
		err = s.checkKeys(intended(in.Items))
	}
	if err == nil {
		err = s.keepIntent(&in)
	}
	if err != nil {
		return 0, fmt.Errorf("announcing a request: %w", err)
	}
	s.seq = in.Seq
	s.open = append(s.open, in)
	return in.Seq, nil
}

// relieve commits the state where a long journal costs more. Some stores keep all of
// it in one value.
func (s *Session) relieve() error {
	full, can := s.journal.(interface{ Full() bool })
	if !can || !full.Full() {
		return nil
	}
	return s.Commit(context.Background())
}

// intended returns what a request is going to have remembered.
func intended(items []IntentItem) []Effect {
	effects := make([]Effect, len(items))
	for i := range items {
		effects[i] = Effect{items[i].Addr, items[i].Record}
	}
	return effects
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
