package apply

import (
	"fmt"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// outcome returns a step with a proven outcome its consequences.
func (r *run) outcome(s plan.Step, it *state.IntentItem, o tracking.Outcome) []state.Effect {
	switch o.Verdict {
	case tracking.Done:
		if !o.Key.IsZero() && o.Key != s.Item.Key {
			return r.elsewhere(s, o)
		}
		known := *it // the intent stays as it was announced
		known.Record = withRef(r.echoed(s, it.Record, o.Shown), o.Ref)
		return r.done(s, &known)
	case tracking.Exists:
		r.fail(s, o, "the service already has this number under the new carrier; plan again to adopt that one")
	case tracking.Missing:
		if s.Op == tracking.OpDelete {
			return r.done(s, it)
		}
		r.fail(s, o, "it is no longer at the service; plan again to see what to do about it")
	case tracking.Refused:
		switch {
		case r.keepsFull(s, o):
			r.notCleared(s)
			return r.done(s, it) // and the next plan says that it stays
		case r.mayStay(s):
			return r.stays(s)
		}
		r.fail(s, o, o.Message)
	case tracking.NoCredit:
		r.noCredit = r.noCredit || s.Op == tracking.OpCreate || s.Op == tracking.OpChangeCarrier
		r.report.NoCredit = true
		r.fail(s, o, o.Message)
	case tracking.Stopped:
		r.fail(s, o, o.Message)
		r.stop("the service refused the account: " + o.Message)
	case tracking.Unsent:
		r.finish(s.Change, Unsent, o.Message)
		if o.Code != 0 {
			r.stop("the service turned a request away: " + o.Message)
		}
		r.stop("the service could not be reached: " + o.Message)
	default:
		r.fail(s, o, o.Message)
	}
	return nil
}

// done records a step as done, and its change when nothing of it is left. What
// is remembered is what the intent's item announced.
func (r *run) done(s plan.Step, it *state.IntentItem) []state.Effect {
	if s.Op != tracking.OpDelete {
		r.records[s.Change] = it.Record
	}
	r.stepDone(s)
	return []state.Effect{{Addr: it.Addr, Record: it.Record}}
}

func (r *run) stepDone(s plan.Step) {
	r.begun[s.Change] = true
	if r.left[s.Change]--; r.left[s.Change] == 0 {
		r.finish(s.Change, Done, "")
	}
}

// settle records effects of a request, and which of its items are still in doubt.
func (r *run) settle(seq uint64, effects []state.Effect, open []int) {
	if r.report.Err != nil {
		return
	}
	if err := r.Session.Settle(seq, lastOf(effects), open); err != nil {
		r.fatal(fmt.Errorf("recording what was done: %w", err))
	}
}

// lastOf returns the last of several effects on each address.
func lastOf(effects []state.Effect) []state.Effect {
	last := make(map[tracking.Addr]int, len(effects))
	for i, e := range effects {
		last[e.Addr] = i
	}
	out := make([]state.Effect, 0, len(last))
	for i, e := range effects {
		if last[e.Addr] == i {
			out = append(out, e)
		}
	}
	return out
}

// mayStay reports whether a step may leave the carrier as it is.
func (r *run) mayStay(s plan.Step) bool {
	return s.Op == tracking.OpChangeCarrier && r.Service.Service().MayStay
}

// maybeStays reports whether a service has said yes to another carrier, which proves
// nothing.
func (r *run) maybeStays(d doubt) bool { return d.outcome.Accepted && r.mayStay(d.step) }

// stays records that the service has not changed the carrier. The next plan replaces
// the tracking.
func (r *run) stays(s plan.Step) []state.Effect {
	next := clone(r.records[s.Change])
	next.Stays = s.Item.Carrier
	r.records[s.Change] = next
	r.finish(s.Change, Failed, "the service has not changed the carrier; plan again to replace the tracking instead")
	return []state.Effect{{Addr: r.addr(s), Record: next}}
}

// elsewhere records a tracking that the service stored under another carrier
// than asked. It is ours, and the next plan will see the carrier differ; unless
// that key is ours already, under another address.
func (r *run) elsewhere(s plan.Step, o tracking.Outcome) []state.Effect {
	c, key := &r.Plan.Changes[s.Change], o.Key
	s.Op = tracking.OpCreate // whatever it was
	rec := r.after(s, r.sealed(s))
	rec.Key, rec.Ref = key, o.Ref
	r.finish(s.Change, Failed, fmt.Sprintf("the service stored it as %s; declare that carrier, or plan again to change it", key))
	if r.st.ByKey(key) != nil {
		return nil
	}
	return []state.Effect{{Addr: c.Addr, Record: rec}}
}

// withRef is a record with the id that the service has shown, if it has.
func withRef(rec *state.Record, ref string) *state.Record {
	if rec == nil || ref == "" || rec.Ref == ref {
		return rec
	}
	next := *rec
	next.Ref = ref
	return &next
}

// without is a record that claims nothing of some attributes.
func without(rec *state.Record, attrs tracking.AttrSet) *state.Record {
	rec = clone(rec)
	for a := range attrs.All() {
		rec.Applied.Drop(a)
	}
	return rec
}

// clone returns a copy that may be changed.
func clone(rec *state.Record) *state.Record {
	next := *rec
	next.Applied, next.Kept, next.Awaited = rec.Applied.Clone(), rec.Kept.Clone(), rec.Awaited.Clone()
	return &next
}
