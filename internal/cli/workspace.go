package cli

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// workspace is what plan, apply and destroy work in: the configuration, the
// locked state, and the service.
type workspace struct {
	app     *app
	opts    *planOptions
	cfg     *config.Config
	session *state.Session
	client  *trackingmore.Client
	last    time.Time // when earlier commands sent their last request
	started time.Time
	listing *progress // of a refresh under way, else nil
	// throttled counts the answers that told to wait.
	throttled int
	close     func()
}

// access says what a command does to the state.
type access bool

const (
	reading access = false
	writing access = true
)

// open reads the configuration, takes the lock, reads the state and makes the
// client, in this order: what is wrong in the files costs no lock, and what is
// wrong with the state costs no request.
func (a *app) open(ctx context.Context, o *planOptions, acc access) (*workspace, ExitCode) {
	cfg, ok := a.load(&o.configOptions)
	if !ok {
		return nil, Failure
	}
	if o.parallelism != 0 {
		a.report(hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: "--parallelism has no effect",
			Detail: "The service allows one request at a time; each carries up to 40 trackings."}}, nil)
	}
	w := &workspace{app: a, opts: o, cfg: cfg, last: a.lastRequest(), started: a.Now()}
	session, code := a.openState(ctx, cfg, &o.stateOptions, acc)
	if session == nil {
		return nil, code
	}
	w.session = session
	if session.State().KeyChanged {
		a.report(hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: "Another TMSYNC_STATE_KEY",
			Detail: "The state was written with another TMSYNC_STATE_KEY, or with none, so what it holds of customers' data cannot be compared. " +
				"What the service does not show of it is sent once more. If the key is missing by mistake, set it and run this again."}}, nil)
	}
	a.warnOfOlder(session)
	w.close = func() {
		if err := session.Close(); err != nil {
			a.fail("The lock could not be released", sentence(err))
		}
	}
	if code := w.connect(); code != OK {
		w.close()
		return nil, code
	}
	closeState := w.close
	w.close = func() {
		w.client.CloseIdle()
		w.noteRequests()
		a.rec.took(w.client.Requests(), w.throttled)
		closeState()
	}
	return w, OK
}

// warnOfOlder tells when somebody has put an older state back. That is a mistake
// or the way back to an older commit; it does no harm.
func (a *app) warnOfOlder(session *state.Session) {
	b := session.RolledBack()
	if b == nil {
		return
	}
	summary, now := "The state is older", fmt.Sprintf("is serial %d", b.To)
	if b.To == 0 {
		summary, now = "The state is gone", "is not there"
	}
	a.report(hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: summary,
		Detail: fmt.Sprintf("A run in this directory has seen serial %d of the state, and the state %s. If that is a mistake, put the newer one back, from its backup or "+
			"from version control. Otherwise go on: what was created since is adopted where it is declared, and left alone where it is not.", b.From, now)}}, nil)
}

// load reads the configuration and reports what is wrong with it.
func (a *app) load(o *configOptions) (*config.Config, bool) {
	l := a.read(o)
	if l.code != OK {
		return nil, false
	}
	if len(l.diags) > 0 {
		a.report(l.diags, l.cfg.Sources())
	}
	return l.cfg, !l.diags.HasErrors()
}

// read reads the configuration. Its diagnostics have the checks that do not hold,
// too.
func (a *app) read(o *configOptions) loaded {
	now := sync.OnceValue(a.Now)
	if at := o.at; !at.IsZero() {
		now = func() time.Time { return at }
	}
	l := a.loadWatched(config.Options{
		Vars: o.vars, Environ: a.Environ, Display: a.display, Now: now, Version: a.Version, Ask: a.asker(o),
	})
	if l.code != OK {
		return l
	}
	o.at = now()
	if !l.diags.HasErrors() {
		l.diags = append(l.diags, l.cfg.Warnings...)
	}
	return l
}

// openState locks and reads the state.
func (a *app) openState(ctx context.Context, cfg *config.Config, o *stateOptions, acc access) (*state.Session, ExitCode) {
	path := cfg.StatePath
	if o.path != "" {
		path = o.path
	}
	operation := "plan"
	if acc == writing {
		operation = "apply"
	}
	var key []byte
	if k := a.Environ["TMSYNC_STATE_KEY"]; k != "" {
		key = []byte(k)
	}
	return a.openStore(ctx, state.NewLocal(a.dir, path), o, state.OpenOptions{
		Operation: operation, StateKey: key, ReadOnly: acc == reading,
	})
}

// connect makes the client. The embedded sandbox is a client's transport like
// any other.
func (w *workspace) connect() ExitCode {
	p := w.cfg.Provider
	dialect := trackingmore.TrackingMore()
	if p.Name == config.Trackru {
		dialect = trackingmore.Trackru()
	}
	o := trackingmore.Options{
		Dialect: dialect, Endpoint: p.Endpoint, Key: p.APIKey, Rate: p.RequestsPerSecond,
		Pause: p.RateLimitPause, Timeout: p.Timeout, BatchSize: p.BatchSize,
		UserAgent: "tmsync/" + w.app.Version, Observe: w.observer(), Last: w.last,
	}
	if p.Endpoint == config.Sandbox {
		o.Transport, o.Endpoint, o.Key = w.sandbox(), sandboxEndpoint[p.Name], "sandbox"
		o.Lag = -1 // it reads what it has written
	}
	if o.Key == "" {
		w.app.report(hcl.Diagnostics{{
			Severity: hcl.DiagError, Summary: "No API key",
			Detail: fmt.Sprintf("Set %s in the environment, or api_key in the provider block, preferably from a variable that is marked sensitive. "+
				"To try tmsync without an account, set endpoint = \"sandbox\".", p.KeyEnv),
			Subject: p.DeclRange.Ptr(),
		}}, w.sources())
		return Failure
	}
	client, err := trackingmore.New(o)
	if err != nil {
		return w.app.fail("The client could not be set up", sentence(err))
	}
	w.client = client
	return OK
}

// observer looks on while requests are sent: it shows how far a refresh has come,
// counts, and logs.
func (w *workspace) observer() func(trackingmore.Event) {
	log := w.app.logger()
	return func(e trackingmore.Event) {
		switch {
		case e.Kind == trackingmore.EventPage && w.listing != nil:
			w.listing.set(e.Items, e.Total)
		case e.Kind == trackingmore.EventAnswer && e.Code == http.StatusTooManyRequests:
			w.throttled++
		}
		if log != nil {
			log(e)
		}
	}
}

// sandboxEndpoint is where the embedded sandbox serves each provider. The names
// are never looked up.
var sandboxEndpoint = map[string]string{
	config.TrackingMore: "http://localhost/v2",
	config.Trackru:      "http://localhost/v1",
}

// lazy is a transport that is made when the first request leaves: the embedded
// sandbox reads all of its trackings, and some plans ask for none.
type lazy func() (http.RoundTripper, error)

// RoundTrip implements http.RoundTripper.
func (l lazy) RoundTrip(r *http.Request) (*http.Response, error) {
	t, err := l()
	if err != nil {
		return nil, err
	}
	return t.RoundTrip(r)
}

func (w *workspace) sandbox() http.RoundTripper {
	return lazy(sync.OnceValues(func() (http.RoundTripper, error) {
		srv, err := sandbox.New(sandbox.Options{
			Path: filepath.Join(w.app.dir, ".tmsync", "sandbox.jsonl"), Credits: sandboxCredits, Now: w.app.Now,
		})
		if err != nil {
			return nil, err
		}
		return srv.Transport(), nil
	}))
}

func (w *workspace) sources() map[string]*hcl.File { return w.cfg.Sources() }

// planned is a plan with what is needed to judge and to carry it out.
type planned struct {
	*plan.Plan
	cost    render.Cost
	stops   []plan.Stop
	listing *tracking.Listing // nil without a refresh
	account string            // fingerprint of the account, "" if it was not asked for
}

// plan refreshes, recovers what an earlier run left open, compares, and asks
// what it costs. A nil plan comes with the exit code of what went wrong; a plan
// with another code than OK may be shown and must not be carried out.
func (w *workspace) plan(ctx context.Context) (*planned, ExitCode) {
	in := w.input()
	scope := plan.ScopeOf(in)
	if len(scope.Unmatched) > 0 {
		return nil, w.app.fail("Nothing has this name", fmt.Sprintf("%s selects nothing: neither the configuration nor the state has such an address or key. "+
			"\"tmsync state list\" shows those of the state.", render.Inert(scope.Unmatched[0].String())))
	}
	if code := w.preconditions(&scope); code != OK {
		return nil, code
	}
	w.listing = w.app.progress("Refreshing")
	listing, err := w.refresh(ctx, &scope)
	w.listing.clear()
	w.listing = nil
	if err != nil {
		return nil, w.unread(ctx, "The service could not be read", err)
	}
	p := &planned{account: w.session.State().Account}
	if w.opts.refresh != "false" {
		p.listing = listing
		w.app.rec.events().Refreshed(len(listing.Items), listing.Requests)
	}
	if err := apply.Recover(w.session, listing, w.app.Now()); err != nil {
		return nil, w.app.fail("The state could not be written", sentence(err))
	}
	in.Prior, in.Remote = w.session.State(), p.listing
	var diags hcl.Diagnostics
	p.Plan, diags = plan.Compute(in)
	p.cost = render.Cost{
		Estimate: plan.EstimateCost(p.Plan, w.client.Service()), Rate: w.cfg.Provider.RequestsPerSecond,
	}
	if p.cost.Facts, err = w.account(ctx, p); err != nil {
		return nil, w.unread(ctx, "The account could not be read", err)
	}
	p.stops = plan.Check(p.Plan, p.cost.Estimate, plan.Limits{
		MaxDeletes: w.cfg.Safety.MaxDeletes, MaxDeletePercent: w.cfg.Safety.MaxDeletePercent,
		AllowDeletes: w.opts.allowDeletes, AllowMissing: w.opts.allowMissing,
	}, p.cost.Facts)
	if diags.HasErrors() {
		w.app.report(diags, w.sources())
		return p, Unsafe
	}
	return p, OK
}

// input is all that a plan depends on, before the service is asked.
func (w *workspace) input() plan.Input {
	in := plan.Input{
		Declared: w.cfg.Declared, Prior: w.session.State(), Service: w.client.Service(),
		Mode: plan.Mode(w.cfg.Safety.Mode), Destroy: w.opts.destroy, RefreshOnly: w.opts.refreshOnly,
		Select:  plan.Selection{Targets: w.opts.targets, Excludes: w.opts.excludes},
		Replace: w.opts.replace, Moves: w.cfg.Moves, Removals: w.cfg.Removals, Imports: w.cfg.Imports,
	}
	if w.opts.mode != "" {
		in.Mode = plan.Mode(w.opts.mode)
	}
	return in
}

// preconditions reports what checks have to say, and stops where a precondition
// of what is planned does not hold. What only goes away needs none.
func (w *workspace) preconditions(scope *plan.Scope) ExitCode {
	if w.opts.destroy || w.opts.refreshOnly {
		return OK
	}
	var failed hcl.Diagnostics
	for _, f := range w.cfg.Failed {
		if f.Addr == "" || scope.Selects(f.Addr) {
			failed = append(failed, f.Diag)
		}
	}
	if len(failed) == 0 {
		return OK
	}
	w.app.report(failed, w.sources())
	return Unsafe
}

// unread reports a read that did not succeed; an interruption is not its fault.
func (w *workspace) unread(ctx context.Context, summary string, err error) ExitCode {
	if ctx.Err() != nil {
		w.app.fail("Interrupted", "Nothing was changed.")
		return Partial
	}
	return w.app.fail(summary, sentence(err))
}

// refresh asks the service for everything that the configuration and the state
// speak of. Without a refresh only what an earlier run left open is asked for.
func (w *workspace) refresh(ctx context.Context, scope *plan.Scope) (*tracking.Listing, error) {
	if w.opts.refresh == "false" {
		known := apply.Doubtful(w.session)
		if len(known) == 0 {
			return &tracking.Listing{}, nil
		}
		return w.client.List(ctx, trackingmore.ListOptions{Known: known, Mode: trackingmore.ModeManaged, Now: w.app.Now()})
	}
	declared := append(apply.Doubtful(w.session), scope.Declared...)
	mode := map[string]trackingmore.Mode{
		"full": trackingmore.ModeFull, "managed": trackingmore.ModeManaged,
	}[w.opts.refresh]
	return w.client.List(ctx, trackingmore.ListOptions{Known: scope.Managed, Declared: declared, Mode: mode, Now: w.app.Now()})
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
func (w *workspace) refuse(stops []plan.Stop) ExitCode {
	if len(stops) == 0 {
		return OK
	}
	w.app.report(stopDiagnostics(stops, hcl.DiagError), nil)
	if slices.ContainsFunc(stops, func(s plan.Stop) bool { return s.Kind != plan.StopCredits }) {
		return Unsafe
	}
	return NoCredits
}

func stopDiagnostics(stops []plan.Stop, severity hcl.DiagnosticSeverity) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, s := range stops {
		diags = append(diags, &hcl.Diagnostic{Severity: severity, Summary: s.Summary, Detail: s.Detail})
	}
	return diags
}
