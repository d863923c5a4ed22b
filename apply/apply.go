// Package apply carries out a plan: it sends the batches, proves what became of
// every item, and records it. It does not decide what to do, and prints nothing.
//
// The rules that make it safe:
//
//   - An intent is durable before its request leaves, and an outcome is recorded
//     only when it is proven for the very item. So the state and the open intents
//     together always cover everything that was done.
//   - What is in doubt is read back before anything else is sent, in this run or,
//     through Recover, in the next.
//   - What is about to be deleted or moved to another carrier is looked at once
//     more, and left alone if somebody has edited it since the plan.
//   - One bad item does not sink its batch. After any failure deletes are held
//     back; without credits creates are; without a valid key everything is.
//   - Every change has exactly one result.
package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// Service is what an apply needs of the service.
type Service interface {
	// Service describes the calls there are.
	Service() *tracking.Service
	// Send writes some items and returns one outcome for each, in their order.
	Send(ctx context.Context, op tracking.Op, items []tracking.Item) []tracking.Outcome
	// Lookup returns what the service has under the numbers of some keys, whatever
	// the carrier. What does not show up, a key or, for one without a carrier, its
	// number, was looked for twice. control is a number known to be there, "" for
	// none; an answer without it is an error.
	Lookup(ctx context.Context, keys []tracking.Key, control string) ([]tracking.Remote, error)
}

// Input is what an apply works with.
type Input struct {
	Plan    *plan.Plan
	Session *state.Session
	Service Service
	// Listing is what the refresh found, nil without one. A tracking in it that
	// stays serves as the control of later reads.
	Listing *tracking.Listing
	// Progress, if not nil, is called with how many changes have a result.
	Progress func(done, total int)
	// Enough, if not nil, is called before each request. It returns why no more are to
	// be sent, "" as long as they are. What is in doubt is read back even so.
	Enough func() string
}

// Run carries out the plan and commits the state. Cancelling the context ends
// the run after the request in flight. There is always a report.
func Run(ctx context.Context, in Input) *Report {
	r := &run{
		Input:   in,
		left:    make([]int, len(in.Plan.Changes)),
		begun:   make([]bool, len(in.Plan.Changes)),
		records: make([]*state.Record, len(in.Plan.Changes)),
		st:      in.Session.State(),
		control: control(in.Plan, in.Listing),
		report:  &Report{Plan: in.Plan, Results: make([]Result, len(in.Plan.Changes))},
	}
	own := *in.Plan // changes may turn out to be others; see found
	r.Plan = &own
	batches := plan.Lower(r.Plan, in.Service.Service())
	for b := range batches {
		for _, s := range b.Steps {
			r.left[s.Change]++
		}
	}
	r.withoutRequests()
	for b := range batches {
		r.batch(ctx, b)
	}
	r.closeOutlived()
	if r.report.Complete() {
		in.Session.SetOutputs(plan.ApplyOutputs(in.Session.State().Outputs, in.Plan.Outputs))
	}
	if r.report.Err == nil {
		// The state is committed whatever interrupted the run.
		if err := in.Session.Commit(context.WithoutCancel(ctx)); err != nil {
			r.report.Err = fmt.Errorf("committing the state: %w", err)
		}
	}
	r.report.Interrupted = ctx.Err() != nil && !r.report.Complete()
	return r.report
}

// closeOutlived closes doubts about earlier requests that later requests have made
// irrelevant.
func (r *run) closeOutlived() {
	for _, in := range r.Session.InDoubt() {
		st, open := r.Session.State(), []int{}
		for i := range in.Items {
			if !outlived(st, in.Op, &in.Items[i]) {
				open = append(open, i)
			}
		}
		if len(open) < len(in.Items) {
			r.settle(in.Seq, nil, open)
		}
	}
}

// run is one apply under way.
type run struct {
	Input
	left    []int           // steps of each change still to be done
	begun   []bool          // changes of which a step is done
	records []*state.Record // what is proven so far of each change's tracking; nil once it is created
	st      *state.State    // as it was before the run
	report  *Report
	control string // a number that is and stays at the service, "" if none is known

	// shown is what was read back of changes whose outcome is in doubt.
	shown map[int]*tracking.Remote

	altered  bool   // changes have turned out to be others; see found
	failed   bool   // something was not done: deletes are held back
	noCredit bool   // no creates any more
	stopped  string // why nothing is sent any more
}

// control picks a number from a listing that nothing in the plan takes away.
func control(p *plan.Plan, l *tracking.Listing) string {
	if l == nil {
		return ""
	}
	goes := map[string]bool{}
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Destroys() {
			goes[c.Key.Number], goes[c.OldKey.Number] = true, true
		}
	}
	for i := range l.Items {
		if number := l.Items[i].Key.Number; !goes[number] {
			return number
		}
	}
	return ""
}

// withoutRequests records what the plan knows already: trackings adopted, moved
// to another address, forgotten, or seen with another status. An old address is
// dropped unless another tracking takes it over: two may swap theirs.
func (r *run) withoutRequests() {
	var drops, puts []state.Effect
	put := func(addr tracking.Addr, rec *state.Record) {
		puts = append(puts, state.Effect{Addr: addr, Record: rec})
	}
	for i := range r.Plan.Relocated {
		m := &r.Plan.Relocated[i]
		drops = append(drops, state.Effect{Addr: m.From})
		put(m.Record.Addr, &m.Record)
	}
	for i := range r.Plan.Changes {
		c := &r.Plan.Changes[i]
		if c.From != "" {
			drops = append(drops, state.Effect{Addr: c.From})
		}
		if r.records[i] = c.Record; c.Record != nil && c.Seen != nil && c.Seen.Key == c.Record.Key {
			r.records[i] = withRef(c.Record, c.Seen.Ref) // what the state has may be an id of before
		}
		switch {
		case c.Action == plan.Forget && c.Record == nil:
			drops = append(drops, state.Effect{Addr: c.Prior.Addr})
		case c.Action == plan.Replace && !c.Taken && c.From != "":
			old := *c.Prior // until it is replaced
			old.Addr = c.Addr
			put(c.Addr, &old)
		case c.Action == plan.Replace && !c.Taken, c.Action == plan.Create, c.LetsGo(), c.Action == plan.Delete:
		default:
			put(c.Addr, c.Record)
		}
		if r.left[i] == 0 {
			r.finish(i, Done, "")
		}
	}
	for i := range r.Plan.Refreshed {
		put(r.Plan.Refreshed[i].Addr, &r.Plan.Refreshed[i])
	}
	r.settle(0, append(drops, puts...), nil)
}

// fatal ends the run because the state can no longer be written. The journal
// holds every intent, so the next run finds out what became of them.
func (r *run) fatal(err error) {
	if r.report.Err == nil {
		r.report.Err = err
	}
	r.stop(r.unwritten())
}

// unwritten is why nothing more is sent after fatal.
func (r *run) unwritten() string {
	if errors.As(r.report.Err, new(*state.FencedError)) {
		return "the lock of the state was lost"
	}
	return "the state could not be written"
}

// enough stops the run when the caller's limits are reached.
func (r *run) enough() bool {
	if r.Enough == nil || r.stopped != "" {
		return false
	}
	why := r.Enough()
	if why == "" {
		return false
	}
	r.stop(why)
	r.report.Limited = true
	return true
}

func (r *run) stop(why string) {
	if r.stopped == "" {
		r.stopped = why
	}
	r.failed = true
}

func (r *run) fail(s plan.Step, o tracking.Outcome, message string) {
	status := Failed
	if o.Final() {
		status = Refused
	}
	r.finish(s.Change, status, message)
	r.report.Results[s.Change].About = o.About
}

// finish returns a change its result, once.
func (r *run) finish(change int, status Status, message string) {
	res := &r.report.Results[change]
	if res.Status != "" {
		return
	}
	if r.begun[change] && (status == Unsent || status == Held) {
		res.heldBack = status == Held
		status = Partial
	}
	res.Status, res.Message = status, message
	if c := &r.Plan.Changes[change]; status == Done && c.Action == plan.Create {
		c.Record, r.records[change] = nil, nil // the session has what came of them; a million take 500 MB
	}
	if status != Done && status != Skipped {
		r.failed = true
	}
	r.report.finished++
	if r.Progress != nil {
		r.Progress(r.report.finished, len(r.report.Results))
	}
}
