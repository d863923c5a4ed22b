package cli

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"github.com/tmsync/tmsync/state"
)

// workspace is what plan, apply and destroy work in: the configuration, the
// locked state, and the service.
type workspace struct {
	app     *app
	opts    *planOptions
	cfg     *config.Config
	store   *state.Local
	session *state.Session
	client  *trackingmore.Client
	started time.Time
	listing *progress // of a refresh under way, else nil
	// waited is how long answers took, by endpoint; throttled counts those that told
	// to wait.
	waited    map[string]time.Duration
	throttled int
	data      dataRead    // what data blocks were told
	kept      keptAnswers // to their questions, from a saved plan
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
func (a *app) open(ctx context.Context, o *planOptions, acc access) (*workspace, error) {
	if err := a.useState(o.path); err != nil {
		return nil, err
	}
	cfg, err := a.load(&o.configOptions)
	if err != nil {
		return nil, err
	}
	if o.accept != nil {
		if err := o.accept(cfg); err != nil {
			return nil, err
		}
	}
	if o.parallelism != 0 {
		a.report(hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: "--parallelism has no effect",
			Detail: "The service allows one request at a time; each carries up to 40 trackings."}}, nil)
	}
	w := &workspace{app: a, opts: o, cfg: cfg, started: a.Now(), waited: map[string]time.Duration{}}
	w.store = a.configuredStore(cfg, &o.stateOptions)
	a.rec.state(w.store.Name())
	session, err := a.openState(ctx, w.store, &o.stateOptions, acc)
	if err != nil {
		return nil, err
	}
	w.session = session
	if session.State().KeyChanged {
		a.report(hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: "Another TMSYNC_STATE_KEY",
			Detail: "The state was written with another TMSYNC_STATE_KEY, or with none, so what it holds of customers' data cannot be compared. " +
				"What the service does not show of it is sent once more, and runs with the key of before do not believe what this one writes. If the key is missing by mistake, set it and run this again."}}, nil)
	}
	a.warnOfOlder(session)
	w.close = func() {
		if err := session.Close(); err != nil {
			a.ended(fail("The lock could not be released", sentence(err)))
		}
	}
	if err := w.connect(); err != nil {
		w.close()
		return nil, err
	}
	closeState := w.close
	w.close = func() {
		w.client.CloseIdle()
		a.rec.took(w.client.Requests(), w.waited, w.throttled)
		closeState()
	}
	return w, nil
}

// warnOfOlder tells when somebody has edited the state, or has put an older one
// back. That is a mistake or the way back to an older commit; it does no harm.
func (a *app) warnOfOlder(session *state.Session) {
	if session.Edited() {
		a.report(hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: "The state was edited since the last run",
			Detail: "It has the serial that the last run in this place has written, and another content. A line that somebody has put into it would have a tracking deleted that is not yours. " +
				"If this was not you, put the backup or a version of before back. With TMSYNC_STATE_KEY set, such a state is refused.",
		}}, nil)
	}
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

// load reads the configuration, and reports what is doubtful about it.
func (a *app) load(o *configOptions) (*config.Config, error) {
	l := a.read(o)
	switch {
	case l.err != nil:
		return nil, l.err
	case l.diags.HasErrors():
		return nil, invalid(Failure, l.diags, l.cfg.Sources())
	case len(l.diags) > 0:
		a.report(l.diags, l.cfg.Sources())
	}
	return l.cfg, nil
}

// read reads the configuration. Its diagnostics have the checks that do not hold,
// too.
func (a *app) read(o *configOptions) loaded {
	now := sync.OnceValue(a.Now)
	if at := o.at; !at.IsZero() {
		now = func() time.Time { return at }
	}
	carriers := a.keptCarriers
	if o.anyCarrier {
		carriers = nil
	}
	l := a.loadWatched(config.Options{
		Vars: o.vars, Environ: a.Environ, Display: a.display, Now: now, Version: a.Version, Ask: a.asker(o), Carriers: carriers,
	})
	if l.err != nil {
		return l
	}
	o.at = now()
	if !l.diags.HasErrors() {
		l.diags = append(l.diags, l.cfg.Warnings...)
	}
	return l
}

// configuredStore is where the state of a configuration is.
func (a *app) configuredStore(cfg *config.Config, o *stateOptions) *state.Local {
	path := o.path
	if path == "" {
		path = cfg.StatePath
	}
	store := state.NewLocal(a.dir, path)
	store.Rescue = func() (string, error) { return os.MkdirTemp("", "tmsync-") }
	return store
}

// openState locks and reads the state.
func (a *app) openState(ctx context.Context, store *state.Local, o *stateOptions, acc access) (*state.Session, error) {
	operation := "plan"
	if acc == writing {
		operation = "apply"
	}
	return a.openStore(ctx, store, o, state.OpenOptions{
		Operation: operation, ReadOnly: acc == reading,
	})
}

// stateKey is the key of the fingerprints, empty for none.
func (a *app) stateKey() []byte { return []byte(a.Environ["TMSYNC_STATE_KEY"]) }

// connect makes the client. The embedded sandbox is a client's transport like
// any other.
func (w *workspace) connect() error {
	p := w.cfg.Provider
	dialect := trackingmore.TrackingMore()
	if p.Name == config.Trackru {
		dialect = trackingmore.Trackru()
	}
	o := trackingmore.Options{
		Dialect: dialect, Endpoint: p.Endpoint, Key: p.APIKey, Rate: p.RequestsPerSecond,
		Pause: p.RateLimitPause, Timeout: p.Timeout, BatchSize: p.BatchSize,
		UserAgent: "tmsync/" + w.app.Version, Observe: w.observer(), PaceDir: w.app.paceDir(), Written: w.app.Now(),
		Lag: w.app.ReadLag,
	}
	if p.Endpoint == config.Sandbox {
		o.Transport, o.Endpoint, o.Key = w.sandbox(), sandboxEndpoint[p.Name], "sandbox"
		o.Lag, o.PaceDir = -1, "" // it reads what it has written, and is this process's own
	}
	if o.Key == "" {
		return invalid(Failure, hcl.Diagnostics{{
			Severity: hcl.DiagError, Summary: "No API key",
			Detail: fmt.Sprintf("Set %s in the environment, or api_key in the provider block, preferably from a variable that is marked sensitive. "+
				"To try tmsync without an account, set endpoint = \"sandbox\".", p.KeyEnv),
			Subject: p.DeclRange.Ptr(),
		}}, w.sources())
	}
	client, err := trackingmore.New(o)
	if err != nil {
		return fail("The client could not be set up", sentence(err))
	}
	w.client = client
	return nil
}

// observer looks on while requests are sent: it shows how far a refresh has come,
// counts, and logs.
func (w *workspace) observer() func(trackingmore.Event) {
	log := w.app.logger()
	return func(e trackingmore.Event) {
		switch {
		case e.Kind == trackingmore.EventPage && w.listing != nil:
			w.listing.set(e.Items, e.Total)
		case e.Kind == trackingmore.EventAnswer:
			w.waited[e.Call] += e.Took
			if e.Code == http.StatusTooManyRequests {
				w.throttled++
			}
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
		path := filepath.Join(w.app.dir, ".tmsync", "sandbox.jsonl")
		if err := w.app.ownPath(path); err != nil {
			return nil, err
		}
		srv, err := sandbox.New(sandbox.Options{
			Path: path, Credits: sandboxCredits, Now: w.app.Now,
		})
		if err != nil {
			return nil, err
		}
		return srv.Transport(), nil
	}))
}

func (w *workspace) sources() map[string]*hcl.File { return w.cfg.Sources() }
