package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"github.com/tmsync/tmsync/plan"
)

// Refresh is what is read from the service.
type Refresh = tracking.RefreshMode

// The ways to refresh.
const (
	RefreshAuto    = tracking.RefreshAuto
	RefreshFull    = tracking.RefreshFull
	RefreshManaged = tracking.RefreshManaged
	RefreshChanged = tracking.RefreshChanged
	RefreshNone    = tracking.RefreshNone
)

// PlanOptions select what is planned, and how.
type PlanOptions struct {
	Destroy     bool
	RefreshOnly bool
	Refresh     Refresh   // "" is auto
	Mode        plan.Mode // "" for that of the configuration
	plan.Selection
	Replace      []tracking.Pattern
	AllowDeletes *int // nil: not given
	AllowMissing *int
	AllowCredits *int
	PaidData     bool        // data blocks may cost credits
	Kept         KeptAnswers // to the questions of data blocks, from a saved plan
	// Refreshed, if not nil, is called with what a refresh has found.
	Refreshed func(*tracking.Listing)
}

// Planned is a plan with what is needed to judge and to carry it out.
type Planned struct {
	*plan.Plan
	Cost    plan.Cost
	Stops   []plan.Stop
	Listing *tracking.Listing // nil without a refresh
	Account string            // fingerprint of the account, "" if it was not asked for
}

// Plan computes a plan. One that comes with an error may be shown, and must not be
// carried out. In this order:
//
//  1. select, by names that the configuration and the state have
//  2. read data blocks, and check preconditions
//  3. refresh, and settle what an earlier run left open
//  4. compare
//  5. ask what it costs, and hold it against the limits
func (e *Engine) Plan(ctx context.Context, o PlanOptions) (*Planned, error) {
	comparison := plan.Prepare(e.Input(o))
	scope := comparison.Scope()
	if len(scope.Unmatched) > 0 {
		return nil, Failed(Failure, "No such tracking", fmt.Sprintf("%s selects nothing: neither the configuration nor the state has such an address or key. "+
			"\"tmsync state list\" shows those of the state.", text.Inert(scope.Unmatched[0].String())))
	}
	limits := e.limits(o)
	if !o.Destroy {
		if err := e.ReadData(ctx, DataOptions{Paid: o.PaidData, Limits: &limits, Kept: o.Kept}); err != nil {
			return nil, err
		}
	}
	if err := e.preconditions(&scope, o); err != nil {
		return nil, err
	}
	p := &Planned{Account: e.Session.State().Account}
	diags, err := e.compare(ctx, p, comparison, &scope, o)
	if err != nil {
		return nil, err
	}
	p.Cost = e.Cost(p.Plan)
	p.Cost.Data = e.data.cost
	if err := e.account(ctx, p); err != nil {
		return nil, Unread(ctx, "The account could not be read", err)
	}
	if p.Cost.Data != nil {
		limits.Spent = p.Cost.Data.MaxCredits
	}
	if !p.Failed {
		if p.Outputs, err = e.outputChanges(&scope, o); err != nil {
			return nil, err
		}
	}
	p.Stops = plan.Check(p.Plan, p.Cost.Estimate, limits, p.Cost.Facts)
	if diags.HasErrors() {
		return p, e.invalid(Unsafe, diags)
	}
	return p, nil
}

// Input is all that a plan depends on, before the service is asked.
func (e *Engine) Input(o PlanOptions) plan.Input {
	in := plan.Input{
		Declared: e.Config.Declared, Many: e.Config.Many, Prior: e.Session.State(), Service: e.Client.Service(),
		Mode: e.Config.Safety.Mode, Destroy: o.Destroy, RefreshOnly: o.RefreshOnly,
		Select: o.Selection, Replace: o.Replace, Now: e.opts.At,
		Moves: e.Config.Moves, Removals: e.Config.Removals, Imports: e.Config.Imports,
		Adopt: e.Config.Safety.Adopt, Rows: e.Config.RowCounts(), RowBlocks: e.Config.RowBlocks(),
	}
	if o.Mode != "" {
		in.Mode = o.Mode
	}
	return in
}

// Recover settles what an earlier run left open, by what the service has.
func (e *Engine) Recover(listing *tracking.Listing) error {
	if err := apply.Recover(e.Session, listing, e.opts.Now()); err != nil {
		return Because(Failure, "The state could not be written", err)
	}
	return nil
}

// Cost estimates what a plan takes.
func (e *Engine) Cost(p *plan.Plan) plan.Cost {
	return plan.Cost{Estimate: plan.EstimateCost(p, e.Client.Service()), Rate: e.Config.Provider.RequestsPerSecond}
}

// limits are what the safety block and the options allow.
func (e *Engine) limits(o PlanOptions) plan.Limits {
	return plan.Limits{Safety: e.Config.Safety, AllowDeletes: o.AllowDeletes, AllowMissing: o.AllowMissing, AllowCredits: o.AllowCredits}
}

// preconditions returns an error if a precondition of a planned tracking does not
// hold. What only goes away needs none.
func (e *Engine) preconditions(scope *plan.Scope, o PlanOptions) error {
	if o.Destroy || o.RefreshOnly {
		return nil
	}
	if failed := e.Config.Failures(scope.Selects); len(failed) > 0 {
		return &Problem{
			Code: Unsafe, Diagnostics: failed, Files: e.Config.Sources(),
			Closing: text.Plural(len(failed), "error") + ". Nothing was planned.",
		}
	}
	return nil
}

// compare reads the service and plans. Where only what is changed was asked for, and too
// much of that is missing, everything is read after all: then the limits have the whole
// to judge by.
func (e *Engine) compare(ctx context.Context, p *Planned, comparison *plan.Comparison, scope *plan.Scope, o PlanOptions) (hcl.Diagnostics, error) {
	doubtful := apply.Doubtful(e.Session)
	if o.Refresh == RefreshChanged && !o.Destroy && !o.RefreshOnly {
		changed := comparison.Changed(doubtful)
		scope = &changed
	}
	for {
		listing, err := e.refresh(ctx, scope, doubtful, o)
		e.NoticeClock()
		if err != nil {
			return nil, Unread(ctx, "The service could not be read", err)
		}
		if o.Refresh != RefreshNone {
			p.Listing = listing
			if o.Refreshed != nil {
				o.Refreshed(listing)
			}
		}
		if err := e.Recover(listing); err != nil {
			return nil, err
		}
		var diags hcl.Diagnostics
		p.Plan, diags = comparison.Plan(e.Session.State(), p.Listing)
		if !p.NeedsAll() {
			return diags, nil
		}
		whole := comparison.Scope()
		scope = &whole
	}
}

// refresh reads what a scope and earlier runs leave open. Without a refresh that is the
// latter alone.
func (e *Engine) refresh(ctx context.Context, scope *plan.Scope, doubtful []tracking.Key, o PlanOptions) (*tracking.Listing, error) {
	if o.Refresh == RefreshNone {
		if len(doubtful) == 0 {
			return &tracking.Listing{}, nil
		}
		return e.Client.List(ctx, trackingmore.ListOptions{Known: doubtful, Mode: trackingmore.ModeManaged})
	}
	mode := map[Refresh]trackingmore.Mode{RefreshFull: trackingmore.ModeFull, RefreshManaged: trackingmore.ModeManaged}[o.Refresh]
	if scope.Only != nil && e.fewerByNumber(len(scope.Only)) {
		mode = trackingmore.ModeManaged
	}
	listing, err := e.Client.List(ctx, trackingmore.ListOptions{
		Known: scope.Managed, Declared: slices.Concat(doubtful, scope.Declared), Mode: mode, Settled: scope.Awaited,
	})
	if err != nil {
		return nil, err
	}
	listing.Only = scope.Only
	return listing, nil
}

// fewerByNumber reports whether so many numbers take no more requests than the list. That
// has at least what the state knows.
func (e *Engine) fewerByNumber(n int) bool {
	svc := e.Client.Service()
	inRequests := func(n, max int) int { return (n + max - 1) / max }
	return inRequests(n, svc.List.Max) <= max(1, inRequests(len(e.Session.State().Records), svc.Page))
}

// tolerableSkew is how far two clocks may be apart without a word.
const tolerableSkew = 2 * time.Second

// NoticeClock warns when this machine's clock is not the service's.
func (e *Engine) NoticeClock() {
	skew, how := e.Client.Skew(), "behind"
	if skew.Abs() <= tolerableSkew || e.Config.Provider.Endpoint == config.Sandbox {
		return
	}
	if skew < 0 {
		how = "ahead of"
	}
	e.warn("This machine's clock is not the service's",
		fmt.Sprintf("It is at least %v %s the service's. The list is read by the service's clock, so nothing is missing from it. But archive_after, timestamp() and the times "+
			"that reports tell go by this machine's: set it, or have a time server set it.", skew.Abs().Round(time.Second), how))
}

// account reads the account, and its credits if anything is created or deleted.
//
// A service that cannot tell of the account leaves the fingerprint in the state as it
// is. The other API of the same service wrote it for the same account, and reads it
// again: to drop it would let a state pass to another account by way of this service,
// to call it another's would stop every apply. What protects here, as on Trackru, is
// that the trackings of another account are not where the state expects them.
func (e *Engine) account(ctx context.Context, p *Planned) error {
	p.Cost.Free = e.Client.Service().Free
	if e.Client.Service().Account.Name == "" {
		return nil
	}
	if !p.Creates() && p.Deletes() == 0 && p.Vanished == 0 {
		return nil
	}
	acct, err := e.Client.Account(ctx)
	if err != nil {
		return err
	}
	st := e.Session.State()
	p.Account = st.AccountFingerprint(acct.Identity)
	p.Cost.Facts = plan.Facts{Known: true, Credits: acct.Credits, OtherAccount: st.Account != "" && st.Account != p.Account}
	return nil
}

// Stopped returns why a plan must not be carried out, nil if it may be.
func (p *Planned) Stopped() error {
	if len(p.Stops) == 0 {
		return nil
	}
	code := NoCredits
	if slices.ContainsFunc(p.Stops, func(s plan.Stop) bool { return s.Kind != plan.StopCredits }) {
		code = Unsafe
	}
	return &Problem{Code: code, Diagnostics: p.stops(hcl.DiagError)}
}

// Warnings are what would stop an apply.
func (p *Planned) Warnings() hcl.Diagnostics { return p.stops(hcl.DiagWarning) }

func (p *Planned) stops(severity hcl.DiagnosticSeverity) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, s := range p.Stops {
		diags = append(diags, &hcl.Diagnostic{Severity: severity, Summary: s.Summary, Detail: s.Detail})
	}
	return diags
}
