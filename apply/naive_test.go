package apply_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// naive carries out a plan as a script would: it sends again what had no answer,
// takes "exists already" for "done", looks at nothing twice, and writes down what
// it has done when it is through.
func naive(ctx context.Context, in apply.Input) *apply.Report {
	rep := &apply.Report{Plan: in.Plan, Results: make([]apply.Result, len(in.Plan.Changes))}
	records := map[tracking.Addr]*state.Record{}
	for i := range in.Plan.Changes {
		rep.Results[i].Status = apply.Done
		c := &in.Plan.Changes[i]
		records[c.Addr] = c.Record
		if c.From != "" {
			records[c.From] = nil
		}
	}
	for b := range plan.Lower(in.Plan, in.Service.Service()) {
		for n := in.Service.Service().Calls[b.Op].Max; len(b.Steps) > 0; b.Steps = b.Steps[min(n, len(b.Steps)):] {
			naiveRequest(ctx, in, b.Op, b.Steps[:min(n, len(b.Steps))], rep, records)
		}
	}
	var effects []state.Effect
	for addr, rec := range records {
		effects = append(effects, state.Effect{Addr: addr, Record: rec})
	}
	if rep.Err = in.Session.Settle(0, effects, nil); rep.Err == nil {
		rep.Err = in.Session.Commit(ctx)
	}
	return rep
}

func naiveRequest(ctx context.Context, in apply.Input, op tracking.Op, steps []plan.Step, rep *apply.Report, records map[tracking.Addr]*state.Record) {
	var items []tracking.Item
	for _, s := range steps {
		items = append(items, s.Item)
	}
	outcomes := in.Service.Send(ctx, op, items)
	for attempt := 0; attempt < 3 && outcomes[0].Verdict == tracking.InDoubt; attempt++ {
		outcomes = in.Service.Send(ctx, op, items)
	}
	for i, o := range outcomes {
		c := &in.Plan.Changes[steps[i].Change]
		switch {
		case o.Verdict == tracking.Done, o.Verdict == tracking.Exists, o.Accepted:
			if rec := records[c.Addr]; rec != nil {
				next := *rec
				next.Key, next.Applied = c.Key, rec.Applied.Clone()
				for a, v := range in.Session.State().Seal(c.Key.Number, steps[i].Proves, steps[i].Item.Secret).All() {
					next.Applied.Put(a, v)
				}
				records[c.Addr] = &next
			}
		case o.Verdict == tracking.Missing && op == tracking.OpDelete:
		default:
			rep.Results[steps[i].Change].Status = apply.Failed
			if op == tracking.OpCreate {
				delete(records, c.Addr)
			}
		}
	}
}

// The simulation finds out an applier that is not careful, with a single fault.
func TestNaive(t *testing.T) {
	_, failures := everyFault(t, 1, naive, 1000)
	for _, invariant := range []string{"I1", "I3"} {
		n := len(slices.Collect(func(yield func(string) bool) {
			for _, f := range failures {
				if strings.Contains(f, invariant+" ") && !yield(f) {
					return
				}
			}
		}))
		t.Logf("%d of %d schedules violate %s", n, len(failures), invariant)
		if n == 0 {
			t.Errorf("no schedule violates %s", invariant)
		}
	}
}
