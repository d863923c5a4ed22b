package app

import (
	"context"
	"errors"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/state"
)

// StateStore finds where the state is. Of the configuration only that is wanted,
// so a mistake in it is no reason not to look; but nothing is written to a place
// that the configuration has had no chance to name.
func (a *App) StateStore(o *StateOptions, acc engine.Access) (state.Managed, error) {
	if o.Path != "" {
		if err := a.useState(o.Path); err != nil {
			return nil, err
		}
		return engine.StoreOf(a.Dir, o.Path, nil), nil
	}
	l := a.LoadWatched(config.Options{Environ: a.Environ, Display: a.Display, Now: a.Now, Version: a.Version})
	if l.Err != nil {
		return nil, l.Err
	}
	if a.Files.Clash {
		return nil, Invalid(Failure, l.Diags, l.Config.Sources())
	}
	if l.Config.StatePath == "" || acc == engine.Writing && l.Config.Hash == "" {
		return nil, errors.Join(Invalid(Failure, l.Diags, l.Config.Sources()), Fail("The place of the state is not known",
			"The configuration, which may say where the state is, cannot be read. Mend it, or name the state's file with --state=FILE."))
	}
	return engine.StoreOf(a.Dir, "", l.Config), nil
}

// ReadState shows something of the state, which it reads without a lock: what is
// shown is whole, if perhaps a moment old. As in all commands of the state the
// fingerprints stay as they are. What only shows does not need TMSYNC_STATE_KEY.
func (a *App) ReadState(ctx context.Context, o *StateOptions, do func(*state.Session) error) error {
	store, err := a.StateStore(o, engine.Reading)
	if err != nil {
		return err
	}
	o.NoLock = true
	session, err := engine.OpenState(ctx, store, a.EngineOptions(o), state.OpenOptions{ReadOnly: true, AsIs: true})
	if err != nil {
		return err
	}
	defer session.Close()
	return do(session)
}

// WithState reads the state without a lock: what is shown is whole, if perhaps
// a moment old. Of the configuration only the state's place is wanted, so a
// mistake in it is no reason not to look.
func (a *App) WithState(ctx context.Context, o *StateOptions, do func(*state.State) error) error {
	store, err := a.StateStore(o, engine.Reading)
	if err != nil {
		return err
	}
	o.NoLock = true
	session, err := engine.OpenState(ctx, store, a.EngineOptions(o), state.OpenOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer session.Close()
	if err := do(session.State()); err != nil {
		return Fail("The state could not be shown", text.Sentence(err))
	}
	return nil
}
