package apply

import (
	"fmt"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// Doubtful returns the keys of requests whose outcome is unknown. A refresh has to
// ask for them.
func Doubtful(s *state.Session) []tracking.Key {
	var keys []tracking.Key
	for _, in := range s.InDoubt() {
		for _, it := range in.Items {
			keys = append(keys, it.Key)
		}
	}
	return keys
}

// patience is how long a request that was sent is waited for. Whatever holds it
// up, a proxy or a queue, has given it up by then.
const patience = 72 * time.Hour

// Recover concludes what became of the requests in doubt from earlier runs. The
// listing must cover what is Doubtful: a key that is not in it is not there.
//
//	finding                  effect on the state
//	-----------------------  ------------------------------------------------
//	create applied           recorded: it is ours
//	       taken             none
//	       absent            none, and it stays in doubt: it may still arrive,
//	                         and would be nobody's
//	update, put, stop        what the list reports as it was sent is recorded;
//	                         nothing is claimed of the rest
//	change carrier applied   recorded under its new key
//	       absent, vanished  none, and it stays in doubt
//	       doubled           none; the plan sees it
//	delete applied           dropped
//	       absent            none; the plan deletes it again
//
// What stays in doubt does so for patience at most, and until the state has its
// key by other ways.
func Recover(s *state.Session, l *tracking.Listing, now time.Time) error {
	intents := s.InDoubt()
	if len(intents) == 0 {
		return nil
	}
	there := byKey(l.Items)
	for i := range intents {
		in := &intents[i]
		var effects []state.Effect
		var open []int
		for j := range in.Items {
			more, waits := recovered(s.State(), in.Op, &in.Items[j], there)
			effects = append(effects, more...)
			if waits && now.Sub(in.Begun) < patience {
				open = append(open, j)
			}
		}
		if len(effects) == 0 && len(open) == len(in.Items) {
			continue
		}
		if err := s.Settle(in.Seq, lastOf(effects), open); err != nil {
			return fmt.Errorf("recording what became of an interrupted run: %w", err)
		}
	}
	return nil
}

// recovered returns an item's effects, and whether its outcome is still to be
// awaited.
func recovered(st *state.State, op tracking.Op, it *state.IntentItem, there map[tracking.Key]*tracking.Remote) (effects []state.Effect, waits bool) {
	if outlived(st, op, it) {
		return nil, false
	}
	rec := st.ByKey(it.Key)
	found := examine(st, op, it, there)
	switch {
	case op == tracking.OpCreate && found == applied:
		return []state.Effect{created(st, it)}, false
	case op == tracking.OpChangeCarrier && found == applied:
		return []state.Effect{{Addr: rec.Addr, Record: moved(st, rec, it.Carrier)}}, false
	case op == tracking.OpDelete && found == applied:
		return []state.Effect{{Addr: rec.Addr}}, false
	case op == tracking.OpCreate || op == tracking.OpChangeCarrier:
		return nil, found == absent || found == vanished
	case op == tracking.OpDelete:
		return nil, false
	}
	return []state.Effect{{Addr: rec.Addr, Record: proven(st, rec, it, there[it.Key])}}, false
}

// outlived reports whether an item in doubt means nothing any more: what it was to
// create is known by other ways, or what it was to change is not ours.
func outlived(st *state.State, op tracking.Op, it *state.IntentItem) bool {
	return (op == tracking.OpCreate) == (st.ByKey(it.Key) != nil)
}

// created is the record of a tracking that turns out to be there. When its
// address has gone to another one, it gets one that says so.
func created(st *state.State, it *state.IntentItem) state.Effect {
	next := clone(it.Record)
	if st.Find(it.Addr) != nil {
		next.Addr = it.Addr.Deposed(it.Key)
	}
	return state.Effect{Addr: next.Addr, Record: next}
}

// moved is the record of a tracking that is under its new carrier. It is nil if
// that key has a record already.
func moved(st *state.State, rec *state.Record, carrier string) *state.Record {
	next := clone(rec)
	next.Key.Carrier, next.Status = carrier, newStatus
	if st.ByKey(next.Key) != nil {
		return nil
	}
	return next
}

// proven is the record of a tracking to which some attributes may have been
// written.
func proven(st *state.State, rec *state.Record, it *state.IntentItem, now *tracking.Remote) *state.Record {
	next := without(rec, it.Attrs.Set())
	for a, v := range it.Attrs.All() {
		one := tracking.AttrsOf(map[tracking.Attr]string{a: v})
		if now != nil && now.Attrs.Has(a) && matches(st, now, one) {
			write(next, a, v, tracking.Attrs{})
		} else if now != nil && it.Record != nil {
			if shown, again := it.Record.Awaited.Get(a); again && st.Same(now.Key.Number, a, shown, reported(now, a)) {
				next.Kept.Put(a, shown) // it came after a value that was sent
			}
		}
	}
	return next
}
