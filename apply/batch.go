package apply

import (
	"context"
	"fmt"
	"slices"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// batch runs one batch: hold back, guard, send, read back, send again.
func (r *run) batch(ctx context.Context, b plan.Batch) {
	b.Steps = slices.Clone(b.Steps)
	steps := slices.DeleteFunc(b.Steps, func(s plan.Step) bool { return !r.mayStart(ctx, s) })
	if b.Guard && len(steps) > 0 {
		steps = r.guard(ctx, steps)
	}
	for attempt := 1; len(steps) > 0 && attempt <= maxAttempts; attempt++ {
		doubts := r.send(ctx, steps, attempt > 1)
		steps = r.resolve(ctx, doubts, attempt == maxAttempts)
	}
}

// maxAttempts bounds how often an item is sent that was proven not to have
// arrived.
const maxAttempts = 3

const interrupted = "interrupted before they were sent"

// mayStart reports whether a step may be sent. If not, it sets the result of the
// step's change.
func (r *run) mayStart(ctx context.Context, s plan.Step) bool {
	switch {
	case r.report.Results[s.Change].Status != "":
		return false // an earlier step of it failed
	case ctx.Err() != nil:
		r.finish(s.Change, Unsent, interrupted)
	case r.enough(), r.stopped != "":
		r.finish(s.Change, Unsent, r.stopped)
	case s.Op == tracking.OpCreate && r.noCredit:
		r.finish(s.Change, Held, "the account is out of credits")
	case s.Op == tracking.OpDelete && r.failed:
		r.finish(s.Change, Held, "deletes are held back after a failure; run apply again once it is mended")
	default:
		return true
	}
	return false
}

// doubt is a step that was sent and whose outcome is not proven.
type doubt struct {
	step    plan.Step
	seq     uint64
	outcome tracking.Outcome
	exists  bool // it was not created, since the service has it: what it has is to be read
}

// send sends steps, as many a request as allowed, and returns those in doubt.
func (r *run) send(ctx context.Context, steps []plan.Step, again bool) []doubt {
	var doubts []doubt
	for chunk := range slices.Chunk(steps, r.Service.Service().Calls[steps[0].Op].Max) {
		chunk = slices.DeleteFunc(slices.Clone(chunk), func(s plan.Step) bool { return !r.mayStart(ctx, s) })
		if len(chunk) > 0 {
			doubts = append(doubts, r.request(ctx, chunk, again)...)
		}
	}
	return doubts
}

// request sends one request: intent, answer, outcomes. What the service refuses
// as a whole is sent again item by item, to find the one that is at fault. That
// something exists which was sent before is in doubt: it may be ours.
func (r *run) request(ctx context.Context, steps []plan.Step, resent bool) []doubt {
	in := r.intent(steps)
	seq, err := r.Session.Begin(in)
	if err != nil {
		r.fatal(fmt.Errorf("recording what is about to be sent: %w", err))
		for _, s := range steps {
			r.finish(s.Change, Unsent, r.stopped)
		}
		return nil
	}
	items := make([]tracking.Item, len(steps))
	for i, s := range steps {
		items[i] = s.Item
		items[i].Ref = r.ref(s)
	}
	outcomes := r.Service.Send(ctx, in.Op, items)

	var effects []state.Effect
	var doubts []doubt
	var open []int
	var again []plan.Step
	for i, o := range outcomes {
		switch {
		case o.Verdict == tracking.Unsent && ctx.Err() != nil:
			r.finish(steps[i].Change, Unsent, interrupted)
		case o.Verdict == tracking.Exists && in.Op == tracking.OpCreate && !resent:
			doubts = append(doubts, doubt{step: steps[i], outcome: o, exists: true})
		case o.Verdict == tracking.InDoubt, o.Verdict == tracking.Exists && in.Op == tracking.OpCreate:
			doubts = append(doubts, doubt{step: steps[i], seq: seq, outcome: o})
			open = append(open, i)
		case o.Verdict == tracking.Refused && o.Whole && len(steps) > 1:
			again = append(again, steps[i])
		default:
			effects = append(effects, r.outcome(steps[i], &in.Items[i], o)...)
		}
	}
	r.settle(seq, effects, open)
	for _, s := range again {
		if r.mayStart(ctx, s) {
			doubts = append(doubts, r.request(ctx, []plan.Step{s}, resent)...)
		}
	}
	return doubts
}

// ref is the service's id of a step's tracking, as far as it is known. The later it was
// learned, the more it counts.
func (r *run) ref(s plan.Step) string {
	c := &r.Plan.Changes[s.Change]
	rec := r.records[s.Change]
	switch {
	case s.Item.Ref != "":
		return s.Item.Ref
	case rec != nil && rec.Key == s.Item.Key && rec.Ref != "":
		return rec.Ref
	case c.Seen != nil && c.Seen.Key == s.Item.Key && c.Seen.Ref != "":
		return c.Seen.Ref
	case c.Prior != nil && c.Prior.Key == s.Item.Key:
		return c.Prior.Ref
	}
	return ""
}

func (r *run) intent(steps []plan.Step) state.Intent {
	in := state.Intent{Op: steps[0].Op, Items: make([]state.IntentItem, len(steps))}
	for i, s := range steps {
		in.Items[i] = r.item(s)
	}
	return in
}

// item is a step as an intent keeps it. What a step writes it also proves, so
// that hashing the one does for both.
func (r *run) item(s plan.Step) state.IntentItem {
	proves := r.sealed(s)
	return state.IntentItem{
		Addr: r.addr(s), Key: s.Item.Key, Carrier: s.Item.Carrier,
		Attrs: proves.Only(written(s)), Record: r.after(s, proves),
	}
}

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
		next.Key, next.Ref, next.Status = s.Item.Key, "", newStatus
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

// written is what a step whose outcome is unknown may have changed.
func written(s plan.Step) tracking.AttrSet {
	if s.Op == tracking.OpStopUpdates {
		return s.Proves.Set()
	}
	return s.Item.Attrs.Set() & s.Proves.Set() // not what only stays as it is
}
