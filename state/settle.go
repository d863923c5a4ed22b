package state

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/tmsync/tmsync/internal/tracking"
)

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

// Effect is a proven outcome: what is remembered of an address from now on.
type Effect struct {
	Addr   tracking.Addr
	Record *Record // nil drops the address
}

// Settle records what is proven of a request: what to remember from now on, and
// which of its items are still in doubt, by their places among those that were (all
// of them after Begin; later, as InDoubt shows them). An item that is neither open
// nor has an effect was proven to have changed nothing. Seq 0 is for effects
// without a request: moved, forgotten and adopted trackings.
//
// The effects of one call are kept all together or not at all, however many they
// are; their records must not be changed afterwards.
func (s *Session) Settle(seq uint64, effects []Effect, open []int) error {
	if err := s.settle(entry{settle: seq, effects: effects, open: open}); err != nil {
		return fmt.Errorf("keeping what is proven: %w", err)
	}
	return nil
}

func (s *Session) settle(e entry) error {
	if err := s.failed; err != nil {
		return err
	}
	if err := checkEffects(e.effects); err != nil {
		return err
	}
	if err := s.checkSettled(&e); err != nil {
		return err
	}
	if err := s.checkKeys(e.effects); err != nil {
		return err
	}
	e.effects = s.newsOf(e.effects)
	if e.settle == 0 && len(e.effects) == 0 {
		return nil
	}
	var err error
	if !s.opts.ReadOnly {
		err = s.keepSettled(s.short(e))
	}
	if err != nil && !lost(err) {
		return err
	}
	s.own(e.effects)
	s.change(e.effects)
	s.shut(&e)
	if err != nil {
		return s.give(err)
	}
	return nil
}

// newsOf returns the effects that change something: without any, nothing is
// written.
func (s *Session) newsOf(effects []Effect) []Effect {
	var news []Effect
	for _, e := range effects {
		if !e.Record.Equal(s.Current(e.Addr)) {
			news = append(news, e)
		}
	}
	return news
}

// Current returns what is remembered of an address by now, nil for nothing.
func (s *Session) Current(addr tracking.Addr) *Record {
	if r, found := s.changed[addr]; found {
		return r
	}
	return s.state.Find(addr)
}

// short returns a settlement as the journal keeps it: an effect that is what the
// intent announced is named by the place of its item.
func (s *Session) short(e entry) entry {
	i := s.find(e.settle)
	if i < 0 {
		return e
	}
	items, next, effects := s.open[i].Items, 0, e.effects
	e.effects = nil
	for _, eff := range effects {
		ahead := slices.IndexFunc(items[next:], func(it IntentItem) bool { return it.Addr == eff.Addr })
		place := next + ahead
		if _, open := slices.BinarySearch(e.open, place); ahead < 0 || open || !eff.Record.Equal(items[place].Record) {
			e.effects = append(e.effects, eff)
			continue
		}
		e.done, next = append(e.done, place), place+1
	}
	return e
}

// intended returns what a request is going to have remembered.
func intended(items []IntentItem) []Effect {
	effects := make([]Effect, len(items))
	for i := range items {
		effects[i] = Effect{items[i].Addr, items[i].Record}
	}
	return effects
}

// checkSettled checks a settlement against the intent that it settles.
func (s *Session) checkSettled(e *entry) error {
	if e.settle == 0 {
		if len(e.open)+len(e.done) > 0 {
			return errors.New("effects without a request leave nothing in doubt")
		}
		return nil
	}
	i := s.find(e.settle)
	if i < 0 {
		return fmt.Errorf("there is no open request %d", e.settle)
	}
	if err := checkOpen(e.open, len(s.open[i].Items)); err != nil {
		return err
	}
	return checkDone(e.done, e.open, len(s.open[i].Items))
}

// find returns the place of an open intent, -1 for none.
func (s *Session) find(seq uint64) int {
	i, found := slices.BinarySearchFunc(s.open, seq, func(in Intent, seq uint64) int { return cmp.Compare(in.Seq, seq) })
	if !found || len(s.open[i].Items) == 0 {
		return -1
	}
	return i
}

// shut removes from a settled intent what is no longer in doubt. Where that is
// nothing it keeps its place until more than half of them are so: many may be open,
// and taking out each by itself would cost the square of that.
func (s *Session) shut(e *entry) {
	i := s.find(e.settle)
	if i < 0 {
		return
	}
	s.open[i].Items = pick(s.open[i].Items, e.open)
	if len(e.open) > 0 {
		return
	}
	if s.settled++; 2*s.settled > len(s.open) {
		s.open, s.settled = s.InDoubt(), 0
	}
}

func (s *Session) change(effects []Effect) {
	for _, e := range effects {
		s.changed[e.Addr] = e.Record
		s.merged = false
	}
}

// checkKeys returns an error if two addresses would get one key. Addresses that
// keep theirs are in nobody's way.
func (s *Session) checkKeys(effects []Effect) error {
	if s.owners == nil {
		st := s.State()
		s.owners = make(map[tracking.Key]tracking.Addr, len(st.Records))
		for i := range st.Records {
			s.owners[st.Records[i].Key] = st.Records[i].Addr
		}
	}
	moving := make(map[tracking.Addr]bool)
	for _, e := range effects {
		if !s.keepsKey(e) {
			moving[e.Addr] = true
		}
	}
	taken := make(map[tracking.Key]tracking.Addr, len(moving))
	for _, e := range effects {
		if e.Record == nil || !moving[e.Addr] {
			continue
		}
		owner, owned := taken[e.Record.Key]
		if !owned {
			owner, owned = s.owners[e.Record.Key]
			owned = owned && !moving[owner]
		}
		if owned && owner != e.Addr {
			return fmt.Errorf("%s and %s would both have the key %s", owner, e.Addr, e.Record.Key)
		}
		taken[e.Record.Key] = e.Addr
	}
	return nil
}

// keepsKey reports whether an address has the same key after an effect.
func (s *Session) keepsKey(e Effect) bool {
	return e.Record != nil && s.owners[e.Record.Key] == e.Addr
}

// own follows the keys through settled effects.
func (s *Session) own(effects []Effect) {
	for _, e := range effects {
		if s.keepsKey(e) {
			continue
		}
		if r := s.Current(e.Addr); r != nil && s.owners[r.Key] == e.Addr {
			delete(s.owners, r.Key)
		}
	}
	for _, e := range effects {
		if e.Record != nil {
			s.owners[e.Record.Key] = e.Addr
		}
	}
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
