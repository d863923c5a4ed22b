package apply

import (
	"context"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// resolve reads back what was left in doubt and settles what that proves. It
// returns the steps that have to be sent again; on the last attempt there are
// none, and what is not proven stays in doubt.
//
// The intents of creates and carrier changes stay open beside what is sent
// again: the request may be on its way for a long time (Recover).
func (r *run) resolve(ctx context.Context, doubts []doubt, last bool) []plan.Step {
	if len(doubts) == 0 {
		return nil
	}
	if r.report.Err != nil {
		for _, d := range doubts {
			r.finish(d.step.Change, InDoubt, r.unwritten())
		}
		return nil
	}
	steps := make([]plan.Step, len(doubts))
	for i, d := range doubts {
		steps[i] = d.step
	}
	keys := keysOf(steps)
	for i, d := range doubts {
		if r.maybeStays(d) { // an old answer has the old key
			keys[i].Carrier = d.step.Item.Carrier
		}
	}
	there, err := r.lookup(ctx, keys)
	if err != nil {
		for _, d := range doubts {
			if d.exists {
				r.fail(d.step, d.outcome, "the service already has it, and could not be read: "+err.Error())
				continue
			}
			r.settle(0, r.inDoubt(d, "what became of it could not be read back: "+err.Error()), nil)
		}
		r.stop("what was sent could not be read back")
		return nil
	}
	var again []plan.Step
	for len(doubts) > 0 {
		n := 1
		for n < len(doubts) && doubts[n].seq == doubts[0].seq {
			n++
		}
		again = append(again, r.resolveRequest(doubts[:n], there, last)...)
		doubts = doubts[n:]
	}
	return again
}

// resolveRequest settles what was left in doubt of one request.
func (r *run) resolveRequest(doubts []doubt, there map[tracking.Key]*tracking.Remote, last bool) (again []plan.Step) {
	var effects []state.Effect
	var open []int
	for i, d := range doubts {
		if d.exists {
			effects = append(effects, r.found(d.step, there[d.step.Item.Key])...)
			continue
		}
		more, proven := r.conclude(d, there)
		switch {
		case proven:
		case last:
			open = append(open, i)
			more = r.inDoubt(d, d.outcome.Message)
		default:
			if now := there[d.step.Item.Key]; now != nil && now.Ref != "" {
				d.step.Item.Ref = now.Ref
			}
			again = append(again, d.step)
			more = r.unprove(d.step)
			if d.step.Op == tracking.OpCreate || d.step.Op == tracking.OpChangeCarrier {
				open = append(open, i)
			}
		}
		effects = append(effects, more...)
	}
	r.settle(doubts[0].seq, effects, open)
	return again
}

// conclude returns a step the consequences of what reading back proves; proven is
// false for what has to be sent again.
func (r *run) conclude(d doubt, there map[tracking.Key]*tracking.Remote) (effects []state.Effect, proven bool) {
	it := r.item(d.step)
	if it.Record != nil {
		if now := there[it.Record.Key]; now != nil {
			it.Record = withRef(it.Record, now.Ref)
		}
	}
	switch found := examine(r.st, d.step.Op, &it, there); found {
	case applied:
		return r.done(d.step, &it), true
	case taken:
		return r.found(d.step, there[it.Key]), true
	case doubled:
		r.fail(d.step, d.outcome, "the service has it under both carriers now; plan again to adopt the new one")
		return nil, true
	case vanished:
		if d.step.Op == tracking.OpChangeCarrier {
			return nil, false // it may be between the two
		}
		r.fail(d.step, d.outcome, "it is no longer at the service; plan again to see what to do about it")
		return nil, true
	case unproven:
		// The service has said yes, without naming the tracking.
		if now := there[it.Key]; d.outcome.Accepted && took(r.st, now, it.Attrs) {
			return r.done(d.step, &it), true
		} else if d.outcome.Accepted && r.shownAgain(d.step, &it, now) {
			return r.done(d.step, &it), true
		}
	case absent:
		if r.maybeStays(d) {
			return r.stays(d.step), true
		}
		if c := &r.Plan.Changes[d.step.Change]; d.step.Op == tracking.OpDelete && !r.asPlanned(c, there[it.Key]) {
			r.finish(d.step.Change, Skipped, changedSince)
			return nil, true
		}
	}
	return nil, false
}

// inDoubt returns up on an item for this run. Its intent stays open.
func (r *run) inDoubt(d doubt, message string) []state.Effect {
	r.finish(d.step.Change, InDoubt, message)
	return r.unprove(d.step)
}

// unprove marks the attributes that a step may have written as unproven.
func (r *run) unprove(s plan.Step) []state.Effect {
	c := &r.Plan.Changes[s.Change]
	rec, sent := r.Session.Current(c.Addr), written(s)
	if rec == nil || sent == 0 || rec.Key != s.Item.Key {
		return nil
	}
	return []state.Effect{{Addr: c.Addr, Record: without(rec, sent)}}
}
