package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"github.com/tmsync/tmsync/state"
)

// Workspace is what commands work in: an engine, and where they tell of it.
type Workspace struct {
	*engine.Engine
	App *App
}

// Open opens the configuration, the state and the service for a command. What is
// wrong in the files costs no lock.
func (a *App) Open(ctx context.Context, o *OpenOptions, acc engine.Access) (*Workspace, error) {
	cfg, err := a.LoadWith(ctx, o)
	if err != nil {
		return nil, err
	}
	return a.Enter(ctx, cfg, o, acc)
}

// LoadWith reads the configuration, whose state may be named by a flag. A state of this
// machine is read meanwhile.
func (a *App) LoadWith(ctx context.Context, o *OpenOptions) (*config.Config, error) {
	if err := a.useState(o.Path); err != nil {
		return nil, err
	}
	o.ahead = state.NewAhead(ctx)
	o.located = func(path string, step func()) {
		o.ahead.Begin(a.localStore(cmp.Or(o.Path, path)), a.StateKey(), step)
	}
	cfg, err := a.Load(&o.ConfigOptions)
	if err != nil {
		o.ahead.End()
	}
	return cfg, err
}

// Abandon ends what LoadWith has begun, where Enter does not follow.
func (o *OpenOptions) Abandon() { o.ahead.End() }

// Enter is Open for a configuration that is loaded.
func (a *App) Enter(ctx context.Context, cfg *config.Config, o *OpenOptions, acc engine.Access) (*Workspace, error) {
	defer o.ahead.End()
	opts := a.EngineOptions(&o.StateOptions)
	opts.At, opts.State.Ahead = o.At, o.ahead
	store, err := a.Store(ctx, o.Path, cfg)
	if err != nil {
		return nil, err
	}
	a.Recorder.state(store)
	if err := checkShared(ctx, a, cfg, store); err != nil {
		return nil, err
	}
	e, err := engine.Open(ctx, cfg, store, opts, acc)
	if err != nil {
		return nil, err
	}
	if IsShared(store) && acc == engine.Writing && e.Session.State().Serial == 0 && len(a.StateKey()) == 0 {
		a.Warn("A shared state without a key", "Customers' data is kept as fingerprints, and without TMSYNC_STATE_KEY what they are made with is in the state itself: who can read the store can try out names and numbers. "+
			"Set TMSYNC_STATE_KEY for all who use this state, before the first apply. With it, the state is signed as well.")
	}
	return &Workspace{Engine: e, App: a}, nil
}

// Leave releases what open has taken. That it could not is told besides err.
func (w *Workspace) Leave(err *error) {
	w.App.Recorder.took(w.Traffic())
	*err = errors.Join(*err, w.Close())
}

// AskConfigured runs do with a client of the service that a configuration names. It
// needs no state and locks nothing.
func (a *App) AskConfigured(cfg *config.Config, do func(*Workspace) error) error {
	e, err := engine.Connect(cfg, a.EngineOptions(&StateOptions{}))
	if err != nil {
		return err
	}
	return errors.Join(do(&Workspace{Engine: e, App: a}), e.Close())
}

// ReadDataOnly reads data blocks for commands that need nothing else of the service.
func (a *App) ReadDataOnly(ctx context.Context, cfg *config.Config, o *DataOptions) error {
	return a.AskConfigured(cfg, func(w *Workspace) error { return w.ReadData(ctx, engine.DataOptions{Paid: o.paid}) })
}

// EngineOptions are what an engine is to know of the environment.
func (a *App) EngineOptions(o *StateOptions) engine.Options {
	return engine.Options{
		Dir: a.Dir, Version: a.Version, Now: a.Now,
		State: engine.StateOptions{
			Key: a.StateKey(), NoLock: o.NoLock, LockTimeout: o.lockTimeout,
			Who: a.User, Host: a.Host, PID: a.PID, Disposable: runner{a}.inCI(),
		},
		PaceDir: paceDir(a.Environ), ReadLag: a.ReadLag, Observe: a.observer(),
		Notice: func(diags hcl.Diagnostics, files map[string]*hcl.File) {
			a.listing.Clear()
			a.Report(diags, files)
		},
	}
}

// observer returns the observer of requests: it shows how far a refresh has come, and
// logs.
func (a *App) observer() func(trackingmore.Event) {
	log := logger(a)
	return func(e trackingmore.Event) {
		a.pauseFor(e)
		if e.Kind == trackingmore.EventPage && a.listing != nil {
			a.listing.set(e.Items, e.Total)
		}
		if log != nil {
			log(e)
		}
	}
}

// pauseFor ends the line about a pause at every event. A wait that is longer than those
// of the rate begins another.
func (a *App) pauseFor(e trackingmore.Event) {
	a.EndPause()
	if e.Kind != trackingmore.EventWait || time.Until(e.Until) < longWait {
		return
	}
	a.Recorder.Events().Pause(e.Until)
	if a.Recorder.silent() {
		return
	}
	a.current.wipe() // whose line it takes
	a.pause = newPause(a, e.Until, a.current.text())
}

// EndPause ends the line about a pause, if there is one.
func (a *App) EndPause() {
	a.pause.end()
	a.pause = nil
}

// StateKey is the key of the fingerprints, empty for none.
func (a *App) StateKey() []byte { return []byte(a.Environ["TMSYNC_STATE_KEY"]) }

// Loaded is the result of reading a configuration.
type Loaded struct {
	Config *config.Config
	Diags  hcl.Diagnostics
	Err    error // reading was given up
}

// LoadWatched reads the configuration, and checks the files of the run against it.
func (a *App) LoadWatched(o config.Options) Loaded {
	var l Loaded
	if l.Config, l.Diags, l.Err = engine.Load(a.Dir, o); l.Err == nil {
		a.Recorder.called(l.Config.Name)
		a.checkLoaded(&l)
	}
	return l
}

// Invalid returns the errors of a configuration, behind its warnings, and what they come
// to.
func (l *Loaded) Invalid(planning bool) error {
	var warnings, errs hcl.Diagnostics
	for _, d := range l.Diags {
		if d.Severity == hcl.DiagError {
			errs = append(errs, d)
		} else {
			warnings = append(warnings, d)
		}
	}
	p := &engine.Problem{Code: engine.Failure, Diagnostics: append(warnings, errs...), Files: l.Config.Sources()}
	if len(l.Diags) < 2 {
		return p
	}
	p.Closing = text.Plural(len(errs), "error")
	wrong := 0
	for _, r := range l.Config.Rows {
		wrong += r.Wrong
	}
	if wrong > 0 {
		p.Closing += " in " + text.Plural(wrong, "row")
	}
	if len(warnings) > 0 {
		p.Closing += ", " + text.Plural(len(warnings), "warning")
	}
	p.Closing += "."
	if planning {
		p.Closing += " Nothing was planned."
	}
	return p
}

// Load reads the configuration, and reports what is doubtful about it.
func (a *App) Load(o *ConfigOptions) (*config.Config, error) {
	l := a.Read(o)
	switch {
	case l.Err != nil:
		return nil, l.Err
	case l.Diags.HasErrors():
		return nil, l.Invalid(a.Recorder != nil)
	case len(l.Diags) > 0:
		a.Report(l.Diags, l.Config.Sources())
	}
	return l.Config, nil
}

// Read reads the configuration. Its diagnostics have the checks that do not hold,
// too.
func (a *App) Read(o *ConfigOptions) Loaded {
	now := sync.OnceValue(a.Now)
	if at := o.At; !at.IsZero() {
		now = func() time.Time { return at }
	}
	carriers := func(p config.Provider) []tracking.Carrier { return keptCarriers(a, p) }
	if o.AnyCarrier {
		carriers = nil
	}
	l := a.LoadWatched(config.Options{
		Vars: o.Vars, Environ: a.Environ, Display: a.Display, Now: now, Version: a.Version, Ask: a.asker(o), Carriers: carriers, Stdin: a.Piped(), Skipped: o.Skipped, NoLint: !o.Lint, Located: o.located,
	})
	if l.Err != nil {
		return l
	}
	o.At = now()
	if !l.Diags.HasErrors() {
		l.Diags = append(l.Diags, l.Config.Warnings...)
	}
	return l
}

// NameState writes the name of a shared state in one line. That of this machine is
// where it always is.
func (w *Workspace) NameState() {
	if w.Store != nil && IsShared(w.Store) {
		fmt.Fprintf(w.App.Stdout, "State: %s\n\n", text.Inert(w.Store.Name()))
	}
}

// MakePlan computes a plan, and shows how far the refresh has come.
func (w *Workspace) MakePlan(ctx context.Context, o *PlanningOptions) (*engine.Planned, error) {
	return w.Watch(func(refreshed func(*tracking.Listing)) (*engine.Planned, error) {
		opts := o.PlanOptions
		opts.Refreshed = refreshed
		return w.Plan(ctx, opts)
	})
}

// Watch shows the progress of a plan's refresh, and records what was found.
func (w *Workspace) Watch(plan func(refreshed func(*tracking.Listing)) (*engine.Planned, error)) (*engine.Planned, error) {
	a := w.App
	a.listing = NewProgress(a, "Refreshing")
	done := func() {
		a.listing.Clear()
		a.listing = nil
	}
	defer done()
	return plan(func(l *tracking.Listing) {
		done()
		a.Recorder.Events().Refreshed(len(l.Items), l.Requests)
	})
}
