package app

import (
	"context"
	"errors"
	"os"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/local"
)

// Store returns where a state is: in a file if there is the name of one, else where
// the configuration says.
func (a *App) Store(ctx context.Context, path string, cfg *config.Config) (state.Managed, error) {
	switch {
	case path != "":
		return a.localStore(path), nil
	case cfg.Backend != nil:
		return newSharedState(ctx, a, cfg)
	}
	return a.localStore(cfg.StatePath), nil
}

// localStore is a state in a file of this machine.
func (a *App) localStore(path string) *local.Store {
	store := local.New(a.Dir, path)
	store.Rescue = func() (string, error) { return os.MkdirTemp("", "tmsync-") }
	return store
}

// StateStore finds where the state is. Of the configuration only that is wanted,
// so a mistake in it is no reason not to look; but nothing is written to a place
// that the configuration has had no chance to name.
func (a *App) StateStore(ctx context.Context, o *OpenOptions, acc engine.Access) (state.Managed, error) {
	if o.Path != "" {
		if err := a.useState(o.Path); err != nil {
			return nil, err
		}
		return a.localStore(o.Path), nil
	}
	l := a.LoadWatched(config.Options{Vars: o.Vars, Environ: a.Environ, Display: a.Display, Now: a.Now, Version: a.Version, Stdin: a.Piped()})
	if l.Err != nil {
		return nil, l.Err
	}
	if a.Files.Clash {
		return nil, Invalid(Failure, l.Diags, l.Config.Sources())
	}
	if l.Config.Unplaced() || acc == engine.Writing && l.Config.Hash == "" {
		return nil, errors.Join(Invalid(Failure, l.Diags, l.Config.Sources()), Fail("The place of the state is not known",
			"The configuration, which may say where the state is, cannot be read. Fix it, or name the state's file with --state=FILE."))
	}
	return a.Store(ctx, "", l.Config)
}

// ReadState shows something of the state. As in all commands of the state the
// fingerprints stay as they are. What only shows does not need TMSYNC_STATE_KEY.
func (a *App) ReadState(ctx context.Context, o *OpenOptions, do func(*state.Session) error) error {
	return a.look(ctx, o, true, func(session *state.Session, _ state.Managed) error { return do(session) })
}

// WithState shows something of the state, with the fingerprints of TMSYNC_STATE_KEY. A
// state that is shared has a name.
func (a *App) WithState(ctx context.Context, o *OpenOptions, do func(st *state.State, shared string) error) error {
	return a.look(ctx, o, false, func(session *state.Session, store state.Managed) error {
		name := ""
		if IsShared(store) {
			name = store.Name()
		}
		if err := do(session.State(), name); err != nil {
			return Fail("The state could not be shown", text.Sentence(err))
		}
		return nil
	})
}

// look reads the state without a lock: what is shown is whole, if perhaps a moment
// old. Of the configuration only the state's place is wanted, so a mistake in it is no
// reason not to look.
func (a *App) look(ctx context.Context, o *OpenOptions, asIs bool, do func(*state.Session, state.Managed) error) error {
	store, err := a.StateStore(ctx, o, engine.Reading)
	if err == nil {
		err = CheckLeftBehind(ctx, a, store)
	}
	if err != nil {
		return err
	}
	o.NoLock = true
	session, err := engine.OpenState(ctx, store, a.EngineOptions(&o.StateOptions), state.OpenOptions{ReadOnly: true, AsIs: asIs})
	if err != nil {
		return err
	}
	defer session.Close()
	return do(session, store)
}
