package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"github.com/tmsync/tmsync/plan"
)

// planned is a plan with what is needed to judge and to carry it out.
type planned struct {
	*plan.Plan
	cost    render.Cost
	stops   []plan.Stop
	listing *tracking.Listing // nil without a refresh
	account string            // fingerprint of the account, "" if it was not asked for
}

// plan reads data blocks, refreshes, recovers what an earlier run left open, compares, and asks
// what it costs. A nil plan comes with the exit code of what went wrong; a plan
// with another code than OK may be shown and must not be carried out.
func (w *workspace) plan(ctx context.Context) (*planned, error) {
	in := w.input()
	scope := plan.ScopeOf(in)
	if len(scope.Unmatched) > 0 {
		return nil, fail("No such tracking", fmt.Sprintf("%s selects nothing: neither the configuration nor the state has such an address or key. "+
			"\"tmsync state list\" shows those of the state.", render.Inert(scope.Unmatched[0].String())))
	}
	if !w.opts.destroy {
		if err := w.readData(ctx, &w.opts.dataOptions, w.kept); err != nil {
			return nil, err
		}
	}
	if err := w.preconditions(&scope); err != nil {
		return nil, err
	}
	w.listing = w.app.progress("Refreshing")
	listing, err := w.refresh(ctx, &scope)
	w.listing.clear()
	w.listing = nil
	w.warnOfClock()
	if err != nil {
		return nil, w.unread(ctx, "The service could not be read", err)
	}
	p := &planned{account: w.session.State().Account}
	if w.opts.refresh != "false" {
		p.listing = listing
		w.app.rec.events().Refreshed(len(listing.Items), listing.Requests)
	}
	if err := apply.Recover(w.session, listing, w.app.Now()); err != nil {
		return nil, fail("The state could not be written", sentence(err))
	}
	in.Prior, in.Remote = w.session.State(), p.listing
	var diags hcl.Diagnostics
	p.Plan, diags = plan.Compute(in)
	p.cost = render.Cost{
		Estimate: plan.EstimateCost(p.Plan, w.client.Service()), Rate: w.cfg.Provider.RequestsPerSecond, Data: w.data.cost,
	}
	if p.cost.Facts, err = w.account(ctx, p); err != nil {
		return nil, w.unread(ctx, "The account could not be read", err)
	}
	limits := w.limits()
	if p.cost.Data != nil {
		limits.Spent = p.cost.Data.MaxCredits
	}
	p.stops = plan.Check(p.Plan, p.cost.Estimate, limits, p.cost.Facts)
	if diags.HasErrors() {
		return p, invalid(Unsafe, diags, w.sources())
	}
	return p, nil
}

// limits are what the safety block and the command line allow.
func (w *workspace) limits() plan.Limits {
	return plan.Limits{
		MaxDeletes: w.cfg.Safety.MaxDeletes, MaxDeletePercent: w.cfg.Safety.MaxDeletePercent, MaxCredits: w.cfg.Safety.MaxCredits,
		AllowDeletes: w.opts.allowDeletes, AllowMissing: w.opts.allowMissing, AllowCredits: w.opts.allowCredits,
	}
}

// input is all that a plan depends on, before the service is asked.
func (w *workspace) input() plan.Input {
	in := plan.Input{
		Declared: w.cfg.Declared, Prior: w.session.State(), Service: w.client.Service(),
		Mode: plan.Mode(w.cfg.Safety.Mode), Destroy: w.opts.destroy, RefreshOnly: w.opts.refreshOnly,
		Select:  plan.Selection{Targets: w.opts.targets, Excludes: w.opts.excludes},
		Replace: w.opts.replace, Moves: w.cfg.Moves, Removals: w.cfg.Removals, Imports: w.cfg.Imports, Now: w.opts.at,
		Adopt: plan.AdoptPolicy(w.cfg.Safety.Adopt),
	}
	if w.opts.mode != "" {
		in.Mode = plan.Mode(w.opts.mode)
	}
	return in
}

// preconditions reports what checks have to say, and stops where a precondition
// of what is planned does not hold. What only goes away needs none.
func (w *workspace) preconditions(scope *plan.Scope) error {
	if w.opts.destroy || w.opts.refreshOnly {
		return nil
	}
	var failed hcl.Diagnostics
	for _, f := range w.cfg.Failed {
		if f.Addr == "" || scope.Selects(f.Addr) {
			failed = append(failed, f.Diag)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return invalid(Unsafe, failed, w.sources())
}

// unread reports a read that did not succeed; an interruption is not its fault.
func (w *workspace) unread(ctx context.Context, summary string, err error) error {
	if ctx.Err() != nil {
		return failWith(Partial, "Interrupted", "Nothing was changed.")
	}
	return fail(summary, sentence(err))
}

// refresh asks the service for everything that the configuration and the state
// speak of. Without a refresh only what an earlier run left open is asked for.
func (w *workspace) refresh(ctx context.Context, scope *plan.Scope) (*tracking.Listing, error) {
	if w.opts.refresh == "false" {
		known := apply.Doubtful(w.session)
		if len(known) == 0 {
			return &tracking.Listing{}, nil
		}
		return w.client.List(ctx, trackingmore.ListOptions{Known: known, Mode: trackingmore.ModeManaged})
	}
	declared := append(apply.Doubtful(w.session), scope.Declared...)
	mode := map[string]trackingmore.Mode{
		"full": trackingmore.ModeFull, "managed": trackingmore.ModeManaged,
	}[w.opts.refresh]
	return w.client.List(ctx, trackingmore.ListOptions{Known: scope.Managed, Declared: declared, Mode: mode, Settled: scope.Awaited})
}

// tolerableSkew is how far two clocks may be apart without a word.
const tolerableSkew = 2 * time.Second

// warnOfClock tells when this machine's clock is not the service's.
func (w *workspace) warnOfClock() {
	skew, how := w.client.Skew(), "behind"
	if skew.Abs() <= tolerableSkew || w.cfg.Provider.Endpoint == config.Sandbox {
		return
	}
	if skew < 0 {
		how = "ahead of"
	}
	w.app.report(hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: "This machine's clock is not the service's",
		Detail: fmt.Sprintf("It is at least %v %s the service's. The list is read by the service's clock, so nothing is missing from it. But archive_after, timestamp() and the times "+
			"that reports tell go by this machine's: set it, or have a time server set it.", skew.Abs().Round(time.Second), how)}}, nil)
}

// account asks for the credits that are left, when something would be created
// or deleted, and for whose they are.
func (w *workspace) account(ctx context.Context, p *planned) (plan.Facts, error) {
	if w.client.Service().Account.Name == "" {
		p.cost.Free = true
		return plan.Facts{}, nil
	}
	if !p.Creates() && p.Deletes() == 0 && p.Vanished == 0 {
		return plan.Facts{}, nil
	}
	acct, err := w.client.Account(ctx)
	if err != nil {
		return plan.Facts{}, err
	}
	st := w.session.State()
	p.account = st.AccountFingerprint(acct.Identity)
	return plan.Facts{Known: true, Credits: acct.Credits, OtherAccount: st.Account != "" && st.Account != p.account}, nil
}

// show writes the plan to stdout.
func (w *workspace) show(p *planned) error {
	s := w.app.outStyle()
	s.Sensitive = w.opts.showSensitive && w.app.StdoutWidth > 0
	s.Full, s.Summary = w.opts.full, w.opts.summary
	w.app.rec.plan(p.Plan, p.cost)
	return render.Plan(w.app.Stdout, p.Plan, p.cost, s)
}

// warn shows what would stop an apply.
func (w *workspace) warn(stops []plan.Stop) {
	w.app.report(stopDiagnostics(stops, hcl.DiagWarning), nil)
}

// refuse reports what stops an apply, and says with which code it ends.
func (w *workspace) refuse(stops []plan.Stop) error {
	if len(stops) == 0 {
		return nil
	}
	code := NoCredits
	if slices.ContainsFunc(stops, func(s plan.Stop) bool { return s.Kind != plan.StopCredits }) {
		code = Unsafe
	}
	return invalid(code, stopDiagnostics(stops, hcl.DiagError), nil)
}

func stopDiagnostics(stops []plan.Stop, severity hcl.DiagnosticSeverity) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, s := range stops {
		diags = append(diags, &hcl.Diagnostic{Severity: severity, Summary: s.Summary, Detail: s.Detail})
	}
	return diags
}
