package apply

import (
	"context"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// resolve reads back what was left in doubt and settles what that proves. It
// returns the steps that are proven not to have been applied, to be sent again;
// on the last attempt there are none, and what is not proven stays in doubt.
//
//	operation       found                               conclusion
//	--------------  ----------------------------------  -----------------------------
//	create          the key, as it was sent             done
//	                the key, with other content         somebody else's: adopted
//	                nothing                             not applied
//	update, put     everything sent that the list       done, if the service had said
//	                reports                             yes or nothing else was sent
//	                anything else                       not applied
//	stop updates    track_updates is false              done
//	change carrier  only the new key                    done
//	                only the old key                    not applied
//	                both                                failed: a conflict
//	                neither                             failed: vanished
//	delete          nothing                             done
//	                the key                             not applied
func (r *run) resolve(ctx context.Context, op tracking.Op, doubts []doubt, last bool) []plan.Step {
	if len(doubts) == 0 {
		return nil
	}
	if r.report.Err != nil {
		for _, d := range doubts {
			r.finish(d.step.Change, InDoubt, "the state could not be written")
		}
		return nil
	}
	steps := make([]plan.Step, len(doubts))
	for i, d := range doubts {
		steps[i] = d.step
	}
	found, err := r.lookup(ctx, steps)
	if err != nil {
		for _, d := range doubts {
			r.settle(0, r.inDoubt(op, d, "what became of it could not be read back: "+err.Error()), nil)
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
		again = append(again, r.resolveRequest(op, doubts[:n], found, last)...)
		doubts = doubts[n:]
	}
	return again
}

// resolveRequest settles what was left in doubt of one request.
func (r *run) resolveRequest(op tracking.Op, doubts []doubt, found map[tracking.Key]tracking.Remote, last bool) (again []plan.Step) {
	var effects []state.Effect
	var open []int
	for i, d := range doubts {
		more, proven := r.conclude(op, d, found)
		switch {
		case proven:
			effects = append(effects, more...)
		case last:
			open = append(open, i)
			effects = append(effects, r.inDoubt(op, d, d.outcome.Message)...)
		default:
			again = append(again, d.step)
		}
	}
	r.settle(doubts[0].seq, effects, open)
	return again
}

// conclude says what reading back proves; proven is false for what has to be
// sent again.
func (r *run) conclude(op tracking.Op, d doubt, found map[tracking.Key]tracking.Remote) (effects []state.Effect, proven bool) {
	now, there := found[d.step.Item.Key]
	stored := r.st.Seal(d.step.Item.Key.Number, d.step.Item.Attrs)
	switch op {
	case tracking.OpCreate:
		if there && asCreated(r.st, &now, stored) {
			return r.done(op, d.step), true
		}
		if there {
			return r.taken(d.step), true
		}
	case tracking.OpUpdate, tracking.OpPut:
		if !there {
			r.fail(d.step, d.outcome, "it is no longer at the service; plan again to see what to do about it")
			return nil, true
		}
		if (accepted(d.outcome) || verifiable(stored.Set())) && took(r.st, &now, stored) {
			return r.done(op, d.step), true
		}
	case tracking.OpStopUpdates:
		if there && now.Attrs.Value(tracking.TrackUpdates) == "false" {
			return r.done(op, d.step), true
		}
	case tracking.OpDelete:
		if !there {
			return r.done(op, d.step), true
		}
	case tracking.OpChangeCarrier:
		_, moved := found[tracking.Key{Carrier: d.step.Item.Carrier, Number: d.step.Item.Key.Number}]
		switch {
		case moved && !there:
			return r.done(op, d.step), true
		case moved:
			r.fail(d.step, d.outcome, "the service has it under both carriers now; plan again to adopt the new one")
			return nil, true
		case !there:
			r.fail(d.step, d.outcome, "it is under neither carrier now; plan again to see what to do about it")
			return nil, true
		}
	}
	return nil, false
}

// accepted says whether the answer said yes without naming the item.
func accepted(o tracking.Outcome) bool { return o.Code == 200 || o.Code == 201 }

// inDoubt gives up on an item for this run. Its intent stays open, and of the
// attributes that were sent nothing is claimed any more.
func (r *run) inDoubt(op tracking.Op, d doubt, message string) []state.Effect {
	c := &r.Plan.Changes[d.step.Change]
	r.finish(d.step.Change, InDoubt, message)
	rec, sent := r.current(c.Addr), written(op, d.step)
	if rec == nil || sent.Len() == 0 || rec.Key != d.step.Item.Key {
		return nil
	}
	return []state.Effect{{Addr: c.Addr, Record: unproven(rec, sent)}}
}
