package cli

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// workspace is what commands work in: an engine, and where they tell of it.
type workspace struct {
	*engine.Engine
	app *app
}

// open opens the configuration, the state and the service for a command. What is
// wrong in the files costs no lock.
func (a *app) open(ctx context.Context, o *openOptions, acc engine.Access) (*workspace, error) {
	cfg, err := a.loadWith(o)
	if err != nil {
		return nil, err
	}
	return a.enter(ctx, cfg, o, acc)
}

// loadWith reads the configuration, whose state may be named by a flag.
func (a *app) loadWith(o *openOptions) (*config.Config, error) {
	if err := a.useState(o.path); err != nil {
		return nil, err
	}
	return a.load(&o.configOptions)
}

// enter is open for a configuration that is loaded.
func (a *app) enter(ctx context.Context, cfg *config.Config, o *openOptions, acc engine.Access) (*workspace, error) {
	opts := a.engineOptions(&o.stateOptions)
	opts.At = o.at
	a.rec.state(engine.StoreOf(a.dir, o.path, cfg).Name())
	e, err := engine.Open(ctx, cfg, opts, acc)
	if err != nil {
		return nil, err
	}
	return &workspace{Engine: e, app: a}, nil
}

// close releases what open has taken. That it could not is told besides err.
func (w *workspace) close(err *error) {
	w.app.rec.took(w.Traffic())
	*err = errors.Join(*err, w.Close())
}

// askConfigured lets a command ask the service that a configuration names. It
// needs no state and locks nothing.
func (a *app) askConfigured(cfg *config.Config, do func(*workspace) error) error {
	e, err := engine.Connect(cfg, a.engineOptions(&stateOptions{}))
	if err != nil {
		return err
	}
	return errors.Join(do(&workspace{Engine: e, app: a}), e.Close())
}

// readDataOnly reads data blocks for commands that need nothing else of the service.
func (a *app) readDataOnly(ctx context.Context, cfg *config.Config, o *dataOptions) error {
	return a.askConfigured(cfg, func(w *workspace) error { return w.ReadData(ctx, engine.DataOptions{Paid: o.paid}) })
}

// engineOptions are what an engine is to know of the environment.
func (a *app) engineOptions(o *stateOptions) engine.Options {
	return engine.Options{
		Dir: a.dir, Version: a.Version, Now: a.Now,
		State: engine.StateOptions{
			Path: o.path, Key: a.stateKey(), NoLock: o.noLock, LockTimeout: o.lockTimeout,
			Who: a.User, Host: a.Host, PID: a.PID, Disposable: a.inCI(),
		},
		PaceDir: a.paceDir(), ReadLag: a.ReadLag, Observe: a.observer(),
		Notice: func(diags hcl.Diagnostics, files map[string]*hcl.File) {
			a.listing.clear()
			a.report(diags, files)
		},
	}
}

// observer looks on while requests are sent: it shows how far a refresh has come, and
// logs.
func (a *app) observer() func(trackingmore.Event) {
	log := a.logger()
	return func(e trackingmore.Event) {
		if e.Kind == trackingmore.EventPage && a.listing != nil {
			a.listing.set(e.Items, e.Total)
		}
		if log != nil {
			log(e)
		}
	}
}

// stateKey is the key of the fingerprints, empty for none.
func (a *app) stateKey() []byte { return []byte(a.Environ["TMSYNC_STATE_KEY"]) }

// loaded is what reading a configuration gives.
type loaded struct {
	cfg   *config.Config
	diags hcl.Diagnostics
	err   error // reading was given up
}

// loadWatched reads the configuration, and looks at what it means for the files
// that the run has to do with.
func (a *app) loadWatched(o config.Options) loaded {
	var l loaded
	if l.cfg, l.diags, l.err = engine.Load(a.dir, o); l.err == nil {
		a.checkLoaded(&l)
	}
	return l
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

// plan makes a plan, and shows how far the refresh has come.
func (w *workspace) plan(ctx context.Context, o *planningOptions) (*engine.Planned, error) {
	return w.watch(func(refreshed func(*tracking.Listing)) (*engine.Planned, error) {
		opts := o.PlanOptions
		opts.Refreshed = refreshed
		return w.Plan(ctx, opts)
	})
}

// watch shows how far the refresh of a plan has come, and notes what it has found.
func (w *workspace) watch(plan func(refreshed func(*tracking.Listing)) (*engine.Planned, error)) (*engine.Planned, error) {
	a := w.app
	a.listing = a.progress("Refreshing")
	done := func() {
		a.listing.clear()
		a.listing = nil
	}
	defer done()
	return plan(func(l *tracking.Listing) {
		done()
		a.rec.events().Refreshed(len(l.Items), l.Requests)
	})
}
