package plan

import (
	"github.com/tmsync/tmsync/internal/tracking"
)

// Batch is a run of requests of one kind. It holds as many steps as the list
// can re-read in one request, so that a guard before it and a look at what was
// left in doubt after it cost one read each; a request takes as many of them as
// the service allows.
type Batch struct {
	Op    tracking.Op
	Steps []Step
	// Guard says that the steps are looked at once more just before they are
	// sent: what somebody edited since the plan is left alone.
	Guard bool
}

// Step is one change's share of a request.
type Step struct {
	Change int // index into Plan.Changes
	Item   tracking.Item
	// Proves is what is known of the tracking's attributes once the step is done.
	Proves tracking.Attrs
}

// Lower turns the plan into the fewest requests that carry it out, in the order
// in which they are safe:
//
//  1. carrier changes: later requests speak of the new keys
//  2. the deleting halves of replacements that keep their key
//  3. creates, 40 a request
//  4. updates: what a create cannot carry shares these requests with everything
//     else; a tracking whose phone changes takes one PUT for all of it
//  5. ends of updating (notupdate)
//  6. deletes: last, so that a failure above can hold them back
func Lower(p *Plan, svc *tracking.Service) []Batch {
	l := &lowerer{svc: svc}
	for i := range p.Changes {
		l.change(i, &p.Changes[i])
	}
	var batches []Batch
	for _, ph := range []struct {
		op    tracking.Op
		steps []Step
		guard bool
	}{
		{tracking.OpChangeCarrier, l.carriers, true},
		{tracking.OpDelete, l.replaced, true},
		{tracking.OpCreate, l.creates, false},
		{tracking.OpUpdate, l.updates, false},
		{tracking.OpPut, l.puts, false},
		{tracking.OpStopUpdates, l.stops, false},
		{tracking.OpDelete, l.deletes, true},
	} {
		for i := range ph.steps {
			if d := p.Changes[ph.steps[i].Change].Declared; d != nil {
				ph.steps[i].Item.Secret = d.Secret
			}
		}
		size := max(svc.List.Max, svc.Calls[ph.op].Max)
		if perCall := svc.Calls[ph.op].Max; perCall > 0 {
			size -= size % perCall
		}
		for len(ph.steps) > 0 {
			n := min(size, len(ph.steps))
			batches = append(batches, Batch{Op: ph.op, Steps: ph.steps[:n:n], Guard: ph.guard})
			ph.steps = ph.steps[n:]
		}
	}
	return batches
}

// lowerer collects steps by phase.
type lowerer struct {
	svc                                                        *tracking.Service
	carriers, replaced, creates, updates, puts, stops, deletes []Step
}

func (l *lowerer) change(i int, c *Change) {
	switch c.Action {
	case Create:
		l.create(i, c)
	case Replace:
		if c.SameKey() {
			l.replaced = append(l.replaced, Step{Change: i, Item: tracking.Item{Key: c.Key}})
		} else {
			l.deletes = append(l.deletes, Step{Change: i, Item: tracking.Item{Key: c.OldKey}})
		}
		if c.Taken {
			l.update(i, c.Key, fieldAttrs(c.Fields))
		} else {
			l.create(i, c)
		}
	case ChangeCarrier:
		l.carriers = append(l.carriers, Step{
			Change: i, Item: tracking.Item{Key: c.OldKey, Carrier: c.Key.Carrier},
		})
		l.update(i, c.Key, fieldAttrs(c.Fields))
	case Update, Adopt, Archive:
		l.update(i, c.Key, fieldAttrs(c.Fields))
	case Delete:
		l.deletes = append(l.deletes, Step{Change: i, Item: tracking.Item{Key: c.Key}})
	case Forget, Move:
	}
}

// create files the create and, for what a create cannot carry, the update that
// follows it.
func (l *lowerer) create(i int, c *Change) {
	var on, after, proves tracking.Attrs
	for a, v := range c.Declared.Attrs.All() {
		switch {
		case a.Spec().OnCreate:
			on.Put(a, v)
			proves.Put(a, v)
		case bornAs(a) == v:
			proves.Put(a, v)
		default:
			after.Put(a, v)
		}
	}
	l.creates = append(l.creates, Step{Change: i, Item: tracking.Item{Key: c.Key, Attrs: on}, Proves: proves})
	l.update(i, c.Key, after)
}

// bornAs is the value that an attribute which create cannot carry has in a new
// tracking.
func bornAs(a tracking.Attr) string {
	switch a {
	case tracking.Archived:
		return "false"
	case tracking.TrackUpdates:
		return "true"
	case tracking.Status:
		return tracking.StatusOriginal
	}
	return ""
}

// update files the requests that write some attributes of an existing tracking.
func (l *lowerer) update(i int, key tracking.Key, attrs tracking.Attrs) {
	stops := attrs.Has(tracking.TrackUpdates)
	attrs = attrs.Clone()
	attrs.Drop(tracking.TrackUpdates)
	if attrs.Len() > 0 {
		step := Step{Change: i, Item: tracking.Item{Key: key, Attrs: attrs}, Proves: attrs}
		if attrs.Set()&putOnly != 0 || !l.svc.Offers(tracking.OpUpdate) {
			l.puts = append(l.puts, step)
		} else {
			l.updates = append(l.updates, step)
		}
	}
	if stops {
		l.stops = append(l.stops, Step{
			Change: i, Item: tracking.Item{Key: key},
			Proves: tracking.AttrsOf(map[tracking.Attr]string{tracking.TrackUpdates: "false"}),
		})
	}
}

// putOnly is the set of the attributes that only a PUT can change.
var putOnly = tracking.SelectAttrs(func(s *tracking.Spec) bool { return s.Change == tracking.RoutePut })

func fieldAttrs(fields []Field) tracking.Attrs {
	var attrs tracking.Attrs
	for _, f := range fields {
		attrs.Put(f.Attr, f.To)
	}
	return attrs
}
