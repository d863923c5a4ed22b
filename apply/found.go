package apply

import (
	"slices"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// found handles a tracking that was to be created and exists at the service. It is
// adopted as it would have been had the plan seen it: from here on its change is
// another one, and the phases that follow bring it to what is declared. What may
// not be adopted is left alone.
func (r *run) found(s plan.Step, now *tracking.Remote) []state.Effect {
	if now == nil {
		r.finish(s.Change, Skipped, "the service says that it has it already, and does not show it; plan again to see")
		return nil
	}
	change, why, forbidden := r.Plan.Found(r.st, &r.Plan.Changes[s.Change], r.earlier(now), now)
	if why != "" {
		r.report.Results[s.Change].Forbidden = forbidden
		r.finish(s.Change, Skipped, "the service turns out to have it already, and "+why)
		return nil
	}
	if !r.altered {
		r.Plan.Changes = slices.Clone(r.Plan.Changes) // those of the report stay as they were planned
		r.altered = true
	}
	r.Plan.Changes[s.Change] = change
	r.records[s.Change], r.report.Results[s.Change].Adopted = change.Record, true
	r.left[s.Change] = 1 // this step
	for b := range plan.Lower(&plan.Plan{Changes: []plan.Change{change}}, r.Service.Service()) {
		r.left[s.Change] += len(b.Steps)
	}
	r.stepDone(s)
	return []state.Effect{{Addr: change.Addr, Record: change.Record}}
}

// earlier is the record of our own earlier create whose answer was lost; nil if
// none has.
func (r *run) earlier(now *tracking.Remote) *state.Record {
	for _, in := range r.Session.InDoubt() {
		for i := range in.Items {
			if it := &in.Items[i]; in.Op == tracking.OpCreate && it.Key == now.Key && asCreated(r.st, now, it.Attrs) {
				return it.Record
			}
		}
	}
	return nil
}
