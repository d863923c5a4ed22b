package plan

import (
	"iter"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// Batch is a run of requests of one kind. It holds as many steps as the list
// can re-read in one request, so that a guard before it and a look at what was
// left in doubt after it cost one read each; a request takes as many of them as
// the service allows.
type Batch struct {
	Op    tracking.Op
	Steps []Step
	// Guard means that the steps are checked once more just before they are sent: what
	// somebody edited since the plan is left alone.
	Guard bool
}

// Step is one change's share of a request.
type Step struct {
	Op     tracking.Op
	Change int // index into Plan.Changes
	Item   tracking.Item
	// Proves is what is known of the tracking's attributes once the step is done.
	Proves tracking.Attrs
	// Over is what the service showed of values that are sent again; see kept.go.
	Over tracking.Attrs
}

// Lower returns the fewest requests that carry the plan out, in a safe order:
//
//  1. carrier changes: later requests speak of the new keys
//  2. the deleting halves of replacements that keep their key
//  3. creates, 40 a request
//  4. updates: what a create cannot carry shares these requests with everything
//     else; a tracking whose phone changes takes one PUT for all of it
//  5. ends of updating (notupdate)
//  6. deletes: last, so that a failure above can hold them back
//
// The batches are made as they are asked for, so that a plan of a million changes
// is not held a second time as requests.
func Lower(p *Plan, svc *tracking.Service) iter.Seq[Batch] {
	return func(yield func(Batch) bool) {
		l := &lowerer{plan: p, svc: svc, yield: yield}
		for l.phase = range phases {
			l.batch = Batch{Op: phases[l.phase].op, Guard: phases[l.phase].guard}
			for i := range p.Changes {
				l.change(i, &p.Changes[i])
			}
			l.flush()
		}
	}
}

// The phases; see Lower.
const (
	carrierPhase = iota
	replacedPhase
	createPhase
	updatePhase
	putPhase
	stopPhase
	deletePhase
)

var phases = [...]struct {
	op    tracking.Op
	guard bool
}{
	carrierPhase:  {tracking.OpChangeCarrier, true},
	replacedPhase: {tracking.OpDelete, true},
	createPhase:   {tracking.OpCreate, false},
	updatePhase:   {tracking.OpUpdate, false},
	putPhase:      {tracking.OpPut, false},
	stopPhase:     {tracking.OpStopUpdates, false},
	deletePhase:   {tracking.OpDelete, true},
}

// lowerer gathers the steps of one phase after the other.
type lowerer struct {
	plan    *Plan
	svc     *tracking.Service
	phase   int
	batch   Batch
	yield   func(Batch) bool
	stopped bool
}

// add files a step of the phase that is under way.
func (l *lowerer) add(s Step) {
	s.Op = l.batch.Op
	if d := l.plan.Changes[s.Change].Declared; d != nil {
		s.Item.Secret = d.Secret
	}
	if l.batch.Steps == nil {
		l.batch.Steps = make([]Step, 0, l.size())
	}
	if l.batch.Steps = append(l.batch.Steps, s); len(l.batch.Steps) == cap(l.batch.Steps) {
		l.flush()
	}
}

// size is how many steps a batch has: as many as one look can cover, in whole
// requests.
func (l *lowerer) size() int {
	perCall := l.svc.Calls[l.batch.Op].Max
	size := max(l.svc.List.Max, perCall)
	if perCall > 0 {
		size -= size % perCall
	}
	return size
}

// flush hands out the batch.
func (l *lowerer) flush() {
	if len(l.batch.Steps) > 0 && !l.stopped {
		l.stopped = !l.yield(l.batch)
	}
	l.batch.Steps = nil
}

// change files what the phase has to do for a change.
func (l *lowerer) change(i int, c *Change) {
	if l.stopped {
		return
	}
	switch c.Action {
	case Create:
		l.create(i, c)
	case Replace:
		if c.SameKey() {
			l.only(replacedPhase, Step{Change: i, Item: tracking.Item{Key: c.Key}})
		} else {
			l.only(deletePhase, Step{Change: i, Item: tracking.Item{Key: c.OldKey}})
		}
		if c.Taken {
			l.updateFields(i, c)
		} else {
			l.create(i, c)
		}
	case ChangeCarrier:
		if l.phase == carrierPhase {
			l.add(Step{Change: i, Item: tracking.Item{Key: c.OldKey, Carrier: c.Key.Carrier, Attrs: l.whole(c, tracking.Attrs{}, tracking.Attrs{})}})
		}
		l.updateFields(i, c)
	case Delete:
		l.only(deletePhase, Step{Change: i, Item: tracking.Item{Key: c.Key}})
	default:
		if c.Action.Spec().Sends == tracking.SendsFields {
			l.updateFields(i, c)
		}
	}
}

// only files a step if its phase is under way.
func (l *lowerer) only(phase int, s Step) {
	if l.phase == phase {
		l.add(s)
	}
}

// updates reports whether the phase changes trackings that are there.
func (l *lowerer) updates() bool {
	return l.phase == updatePhase || l.phase == putPhase || l.phase == stopPhase
}

func (l *lowerer) updateFields(i int, c *Change) {
	if l.updates() {
		s := Step{Change: i, Item: tracking.Item{Key: c.Key}}
		s.Item.Attrs, s.Over = fieldAttrs(c.Fields)
		l.update(s)
	}
}

// create adds a create and the update for what a create cannot carry.
func (l *lowerer) create(i int, c *Change) {
	all := c.Declared.Attrs
	later := all.Set() &^ l.svc.OnCreate
	if l.phase != createPhase && (!l.updates() || later == 0) {
		return
	}
	on, after, proves := all, tracking.Attrs{}, all
	if later != 0 {
		on, proves = all.Only(l.svc.OnCreate), all.Only(l.svc.OnCreate)
		for a, v := range all.Only(later).All() {
			if a.Spec().Born == v {
				proves.Put(a, v)
			} else {
				after.Put(a, v)
			}
		}
	}
	over := shownBefore(c)
	if l.phase == createPhase {
		l.add(Step{Change: i, Item: tracking.Item{Key: c.Key, Attrs: on}, Proves: proves, Over: over})
		return
	}
	l.update(Step{Change: i, Item: tracking.Item{Key: c.Key, Attrs: after}, Over: over})
}

// shownBefore is what the service showed of values that a replacement sends again.
func shownBefore(c *Change) tracking.Attrs {
	_, over := fieldAttrs(c.Fields)
	if c.Action == Replace && c.SameKey() && c.Prior != nil && c.Seen != nil {
		for a := range ((c.Prior.Kept.Set() | c.Prior.Awaited.Set()) &^ over.Set()).All() {
			if now, known := reported(a, c.Seen); known {
				over.Put(a, now)
			}
		}
	}
	return over
}

// update files a step that writes to an existing tracking. The end of updating, where
// it is among the attributes, becomes a step of its own.
func (l *lowerer) update(s Step) {
	stops := s.Item.Attrs.Has(tracking.TrackUpdates)
	s.Item.Attrs.Drop(tracking.TrackUpdates)
	if attrs := s.Item.Attrs; attrs.Len() > 0 {
		if s.Proves = attrs; attrs.Set()&^l.svc.Update == 0 {
			l.only(updatePhase, s)
		} else if l.phase == putPhase {
			l.put(s)
		}
	}
	if stops {
		s.Item.Attrs, s.Proves = tracking.Attrs{}, tracking.AttrsOf(map[tracking.Attr]string{tracking.TrackUpdates: "false"})
		l.only(stopPhase, s)
	}
}

// put files a change of one tracking. What may not be emptied is emptied by a request
// of its own: refused, it takes nothing else with it.
func (l *lowerer) put(s Step) {
	attrs, clears := s.Item.Attrs, tracking.AttrSet(0)
	if l.svc.MayKeep {
		for a, v := range attrs.All() {
			if v == "" {
				clears = clears.With(a)
			}
		}
	}
	for _, part := range []tracking.AttrSet{attrs.Set() &^ clears, clears} {
		if part != 0 {
			s.Proves = attrs.Only(part)
			s.Item.Attrs = l.whole(&l.plan.Changes[s.Change], s.Proves, attrs)
			l.add(s)
		}
	}
}

// whole returns a part of a change's attributes with the rest of what is managed. It
// does so where the service may lose what is left out. What the change does not concern
// stays as the service shows it: a value that it keeps in another form, for example,
// or one that ignore_changes leaves alone.
func (l *lowerer) whole(c *Change, part, all tracking.Attrs) tracking.Attrs {
	if !l.svc.Whole {
		return part
	}
	managed, seen := tracking.Attrs{}, c.Seen
	switch {
	case c.Declared != nil:
		managed = c.Declared.Attrs
	case c.Prior != nil:
		managed = c.Prior.Applied
	}
	if c.Action == Replace {
		seen = nil // it is another one
	}
	part = part.Clone()
	for a, v := range managed.All() {
		if part.Has(a) || !l.svc.Put.Has(a) {
			continue
		}
		now, known := reported(a, seen)
		switch to := all.Value(a); {
		case to != "":
			v = to
		case known && now != v:
			v = now
			if seen.Filled.Has(a) {
				continue
			}
		case c.Taken && c.Declared.Lifecycle.IgnoreChanges.Has(a):
			continue
		}
		if canonical, err := a.Canonical(v); err == nil && v != "" && canonical == v && !state.Sealed(v) {
			part.Put(a, v)
		}
	}
	return part
}

// fieldAttrs returns the values to write, and what was shown of those sent again.
func fieldAttrs(fields []Field) (to, over tracking.Attrs) {
	for _, f := range fields {
		to.Put(f.Attr, f.To)
		if f.Again {
			over.Put(f.Attr, f.From)
		}
	}
	return to, over
}
