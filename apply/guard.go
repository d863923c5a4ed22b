package apply

import (
	"context"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// guard looks once more at what is about to be deleted or moved to another
// carrier, and returns the steps that may go ahead. One that somebody has
// edited since the plan is skipped: it is no longer what was approved.
func (r *run) guard(ctx context.Context, op tracking.Op, steps []plan.Step) []plan.Step {
	found, err := r.lookup(ctx, steps)
	if err != nil {
		for _, s := range steps {
			r.finish(s.Change, Held, "it could not be looked at before: "+err.Error())
		}
		r.stop("the service could not be read")
		return nil
	}
	var ready []plan.Step
	for _, s := range steps {
		c := &r.Plan.Changes[s.Change]
		now, there := found[s.Item.Key]
		_, targetTaken := found[tracking.Key{Carrier: s.Item.Carrier, Number: s.Item.Key.Number}]
		switch {
		case !there && len(found) > 0 && op == tracking.OpDelete:
			// Gone already, in an answer that had others in it.
			r.settle(0, r.done(op, s), nil)
		case there && !r.asPlanned(c, &now):
			r.finish(s.Change, Skipped, "somebody has changed it since the plan; plan again to see what it is now")
		case op == tracking.OpChangeCarrier && targetTaken:
			r.finish(s.Change, Skipped, "the service already has this number under the new carrier; plan again to adopt that one")
		default:
			ready = append(ready, s)
		}
	}
	return ready
}

// asPlanned says whether a tracking still looks as the plan saw it: as the
// refresh found it or, without one, as it was last applied.
func (r *run) asPlanned(c *plan.Change, now *tracking.Remote) bool {
	if c.Seen != nil {
		return editable(c.Seen.Attrs).Equal(editable(now.Attrs))
	}
	return matches(r.st, now, editable(c.Prior.Applied))
}

// lookup reads the trackings of some steps. The first look needs no control as
// long as it finds any of them; an answer with none is asked for again with one.
func (r *run) lookup(ctx context.Context, steps []plan.Step) (map[tracking.Key]tracking.Remote, error) {
	numbers := make([]string, len(steps))
	for i, s := range steps {
		numbers[i] = s.Item.Key.Number
	}
	ctx = context.WithoutCancel(ctx) // what was sent must be settled
	items, err := r.Service.Lookup(ctx, numbers, "")
	if err == nil && len(items) == 0 {
		items, err = r.Service.Lookup(ctx, numbers, r.control)
	}
	if err != nil {
		return nil, err
	}
	found := make(map[tracking.Key]tracking.Remote, len(items))
	for _, it := range items {
		found[it.Key] = it
	}
	return found, nil
}
