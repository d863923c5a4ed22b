package apply

import (
	"fmt"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// Recover concludes what became of the intents that an earlier run left open,
// from what the service has now. The listing must cover their keys: a key that
// is not in it is not there.
//
//	operation         found                            effect on the state
//	----------------  -------------------------------  -----------------------------
//	create            the key, as it was sent          ours: recorded
//	                  the key, with other content      not ours: nothing
//	                  nothing                          nothing; the plan creates it
//	update, put,      what was sent, as reported       recorded as applied
//	stop updates      anything else                    unproven; the plan sends it again
//	change carrier    only the new key                 recorded under the new key
//	                  anything else                    nothing
//	delete            nothing                          dropped
//	                  the key                          nothing; the plan deletes it again
func Recover(s *state.Session, l *tracking.Listing) error {
	intents := s.InDoubt()
	if len(intents) == 0 {
		return nil
	}
	found := make(map[tracking.Key]*tracking.Remote, len(l.Items))
	for i := range l.Items {
		found[l.Items[i].Key] = &l.Items[i]
	}
	for _, in := range intents {
		st := s.State()
		var effects []state.Effect
		now := map[tracking.Addr]*state.Record{}
		for _, it := range in.Items {
			rec, written := now[it.Addr]
			if !written {
				rec = st.Find(it.Addr)
			}
			if e, ok := recoverItem(st, rec, in.Op, it, found); ok {
				effects = append(effects, e)
				now[e.Addr] = e.Record
			}
		}
		if err := s.Settle(in.Seq, lastOf(effects), nil); err != nil {
			return fmt.Errorf("recording what became of an interrupted run: %w", err)
		}
	}
	return nil
}

func recoverItem(st *state.State, rec *state.Record, op tracking.Op, it state.IntentItem, found map[tracking.Key]*tracking.Remote) (state.Effect, bool) {
	now := found[it.Key]
	switch op {
	case tracking.OpCreate:
		if now != nil && asCreated(st, now, it.Attrs) {
			return state.Effect{Addr: it.Addr, Record: it.Record}, true
		}
	case tracking.OpUpdate, tracking.OpPut, tracking.OpStopUpdates:
		if rec == nil || rec.Key != it.Key {
			break
		}
		next := clone(rec)
		for a, v := range it.Attrs.All() {
			one := tracking.AttrsOf(map[tracking.Attr]string{a: v})
			if now != nil && now.Attrs.Has(a) && matches(st, now, one) {
				next.Applied.Put(a, v)
			} else {
				next.Applied.Drop(a)
			}
		}
		return state.Effect{Addr: it.Addr, Record: next}, true
	case tracking.OpChangeCarrier:
		moved := found[tracking.Key{Carrier: it.Carrier, Number: it.Key.Number}]
		if moved != nil && now == nil {
			return state.Effect{Addr: it.Addr, Record: it.Record}, true
		}
	case tracking.OpDelete:
		if now == nil && rec != nil && rec.Key == it.Key {
			return state.Effect{Addr: it.Addr}, true
		}
	}
	return state.Effect{}, false
}
