package cli

import (
	"context"
	"errors"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/state"
)

// stateStore finds where the state is. Of the configuration only that is wanted,
// so a mistake in it is no reason not to look; but nothing is written to a place
// that the configuration has had no chance to name.
func (a *app) stateStore(o *stateOptions, acc engine.Access) (state.Managed, error) {
	if o.path != "" {
		if err := a.useState(o.path); err != nil {
			return nil, err
		}
		return engine.StoreOf(a.dir, o.path, nil), nil
	}
	l := a.loadWatched(config.Options{Environ: a.Environ, Display: a.display, Now: a.Now, Version: a.Version})
	if l.err != nil {
		return nil, l.err
	}
	if a.files.clash {
		return nil, invalid(Failure, l.diags, l.cfg.Sources())
	}
	if l.cfg.StatePath == "" || acc == engine.Writing && l.cfg.Hash == "" {
		return nil, errors.Join(invalid(Failure, l.diags, l.cfg.Sources()), fail("The place of the state is not known",
			"The configuration, which may say where the state is, cannot be read. Mend it, or name the state's file with --state=FILE."))
	}
	return engine.StoreOf(a.dir, "", l.cfg), nil
}

// readState shows something of the state, which it reads without a lock: what is
// shown is whole, if perhaps a moment old. As in all commands of the state the
// fingerprints stay as they are. What only shows does not need TMSYNC_STATE_KEY.
func (a *app) readState(ctx context.Context, o *stateOptions, do func(*state.Session) error) error {
	store, err := a.stateStore(o, engine.Reading)
	if err != nil {
		return err
	}
	o.noLock = true
	session, err := engine.OpenState(ctx, store, a.engineOptions(o), state.OpenOptions{ReadOnly: true, AsIs: true})
	if err != nil {
		return err
	}
	defer session.Close()
	return do(session)
}

// withState reads the state without a lock: what is shown is whole, if perhaps
// a moment old. Of the configuration only the state's place is wanted, so a
// mistake in it is no reason not to look.
func (a *app) withState(ctx context.Context, o *stateOptions, do func(*state.State) error) error {
	store, err := a.stateStore(o, engine.Reading)
	if err != nil {
		return err
	}
	o.noLock = true
	session, err := engine.OpenState(ctx, store, a.engineOptions(o), state.OpenOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer session.Close()
	if err := do(session.State()); err != nil {
		return fail("The state could not be shown", sentence(err))
	}
	return nil
}
