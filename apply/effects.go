package apply

import (
	"fmt"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// addr is where the record of what a step changes is kept.
func (r *run) addr(s plan.Step) tracking.Addr {
	c := &r.Plan.Changes[s.Change]
	if s.Op == tracking.OpDelete && c.OldAddr != "" {
		return c.OldAddr
	}
	return c.Addr
}

// sealed is what a step proves, in the form in which the state keeps it.
func (r *run) sealed(s plan.Step) tracking.Attrs {
	return r.st.Seal(s.Item.Key.Number, s.Proves, s.Item.Secret)
}

// after is the record of a tracking once the step is done, or nil. proves is what
// the step proves, sealed.
func (r *run) after(s plan.Step, proves tracking.Attrs) *state.Record {
	c := &r.Plan.Changes[s.Change]
	if s.Op == tracking.OpDelete || c.LetsGo() {
		return nil
	}
	next := clone(r.records[s.Change])
	next.Applied.Grow((proves.Set() &^ next.Applied.Set()).Len())
	over := r.st.Seal(s.Item.Key.Number, s.Over.Only(proves.Set()), s.Item.Secret)
	for a, v := range proves.All() {
		write(next, a, v, over)
	}
	switch s.Op {
	case tracking.OpCreate:
		next.Key, next.Status = s.Item.Key, newStatus
	case tracking.OpChangeCarrier:
		next.Key.Carrier, next.Status = s.Item.Carrier, newStatus
	default:
	}
	return next
}

// write sets a value that was sent in a record. over is what the service showed of
// those that were sent again, of which the next list has to tell; the form in which
// it keeps another value means nothing any more.
func write(rec *state.Record, a tracking.Attr, v string, over tracking.Attrs) {
	if was, ok := rec.Applied.Get(a); !ok || was != v {
		rec.Kept.Drop(a)
	}
	rec.Applied.Put(a, v)
	if shown, ok := over.Get(a); ok {
		rec.Awaited.Put(a, shown)
	} else {
		rec.Awaited.Drop(a)
	}
}

// newStatus is the live status of a tracking just created (API.md §1).
const newStatus = "pending"

// done records a step as done, and its change when nothing of it is left. What
// is remembered is what the intent's item announced.
func (r *run) done(s plan.Step, it *state.IntentItem) []state.Effect {
	if s.Op != tracking.OpDelete {
		r.records[s.Change] = it.Record
	}
	return r.step(s, []state.Effect{{Addr: it.Addr, Record: it.Record}})
}

func (r *run) step(s plan.Step, effects []state.Effect) []state.Effect {
	r.begun[s.Change] = true
	if r.left[s.Change]--; r.left[s.Change] == 0 {
		r.finish(s.Change, Done, "")
	}
	return effects
}

// current is the record that is kept of an address by now.
func (r *run) current(addr tracking.Addr) *state.Record {
	if rec, ok := r.now[addr]; ok {
		return rec
	}
	return r.st.Find(addr)
}

// elsewhere records a tracking that the service stored under another carrier
// than asked. It is ours, and the next plan will see the carrier differ; unless
// that key is ours already, under another address.
func (r *run) elsewhere(s plan.Step, key tracking.Key) []state.Effect {
	c := &r.Plan.Changes[s.Change]
	s.Op = tracking.OpCreate // whatever it was
	rec := r.after(s, r.sealed(s))
	rec.Key = key
	r.finish(s.Change, Failed, fmt.Sprintf("the service stored it as %s; declare that carrier, or plan again to change it", key))
	if r.st.ByKey(key) != nil {
		return nil
	}
	return []state.Effect{{Addr: c.Addr, Record: rec}}
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
