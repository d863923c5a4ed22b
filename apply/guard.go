package apply

import (
	"context"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// guard checks once more what is about to be deleted or moved to another carrier.
// It returns the steps that may go ahead. A tracking that somebody has edited since
// the plan is skipped: it is no longer what was approved. So is one that two
// lookups do not find: it may be gone, and the next plan will say so; or reads lag,
// and nobody can tell what has become of it.
func (r *run) guard(ctx context.Context, steps []plan.Step) []plan.Step {
	there, err := r.lookup(ctx, keysOf(steps))
	if err != nil {
		for _, s := range steps {
			r.finish(s.Change, Held, "it could not be looked at before: "+err.Error())
		}
		r.stop("the service could not be read")
		return nil
	}
	var kept []plan.Step
	for _, s := range steps {
		now := there[s.Item.Key]
		target := there[tracking.Key{Carrier: s.Item.Carrier, Number: s.Item.Key.Number}]
		switch {
		case s.Op == tracking.OpChangeCarrier && target != nil:
			r.finish(s.Change, Skipped, "the service already has this number under the new carrier; plan again to adopt that one")
		case now == nil:
			r.finish(s.Change, Skipped, goneSince)
		case !r.asPlanned(&r.Plan.Changes[s.Change], now):
			r.finish(s.Change, Skipped, changedSince)
		default:
			s.Item.Ref = now.Ref
			kept = append(kept, s)
		}
	}
	return kept
}

const goneSince = "it does not show up at the service any more; plan again, with a refresh, to see whether it is gone"

const changedSince = "somebody has changed it since the plan; plan again to see what it is now"

// asPlanned reports whether a tracking still looks as the plan saw it: as the
// refresh found it or, without one, as it was last applied. The service ends its
// updates by itself, but never takes them up again: that is another tracking.
func (r *run) asPlanned(c *plan.Change, now *tracking.Remote) bool {
	if c.Seen == nil {
		return matches(r.st, now, editable(asShown(c.Prior)))
	}
	if c.Seen.Attrs.Value(tracking.TrackUpdates) == "false" && now.Attrs.Value(tracking.TrackUpdates) == "true" {
		return false
	}
	return editable(c.Seen.Attrs).Equal(editable(now.Attrs))
}

// keysOf returns what to look up of some steps. Of what moves to another carrier
// either key will do.
func keysOf(steps []plan.Step) []tracking.Key {
	keys := make([]tracking.Key, len(steps))
	for i, s := range steps {
		if keys[i] = s.Item.Key; s.Op == tracking.OpChangeCarrier {
			keys[i].Carrier = ""
		}
	}
	return keys
}

// lookup reads trackings, as they are at the service or were not long ago.
func (r *run) lookup(ctx context.Context, keys []tracking.Key) (map[tracking.Key]*tracking.Remote, error) {
	// What was sent must be settled, whatever interrupts the run.
	items, err := r.Service.Lookup(context.WithoutCancel(ctx), keys, r.control)
	if err != nil {
		return nil, err
	}
	return byKey(items), nil
}
