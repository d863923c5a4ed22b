package statecmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// edit is a change of the state that a command makes by itself.
type edit struct {
	app     *app.App
	session *state.Session
	store   state.Managed
	dryRun  bool
}

// editState opens the state, under the lock, for a command that changes it. A dry
// run takes the lock too, since what it shows would not be true without, and
// writes nothing.
func editState(ctx context.Context, a *app.App, o *app.OpenOptions, opts state.OpenOptions, dryRun bool, do func(*edit) error) error {
	store, err := a.StateStore(ctx, o, engine.Writing)
	if err != nil {
		return err
	}
	if !opts.Mend { // else it is there to put a state into an empty store
		if err := app.CheckLeftBehind(ctx, a, store); err != nil {
			return err
		}
	}
	opts.ReadOnly, opts.AsIs = dryRun, true
	session, err := engine.OpenState(ctx, store, a.EngineOptions(&o.StateOptions), opts)
	if err != nil {
		return err
	}
	a.EngineOptions(&o.StateOptions).NoticeOlder(session)
	err = do(&edit{a, session, store, dryRun})
	if closed := session.Close(); closed != nil {
		return errors.Join(err, app.Fail("The lock could not be released", text.Sentence(closed)))
	}
	return err
}

// keep copies the state as it is and returns where to.
func (e *edit) keep(ctx context.Context) error {
	names, err := e.store.Keep(ctx, e.app.Now())
	if len(names) > 0 {
		for i, name := range names {
			if !strings.Contains(name, "://") { // of a store elsewhere
				names[i] = e.app.Shown(name)
			}
		}
		fmt.Fprintf(e.app.Stdout, "What was there before is kept in %s.\n", text.Inert(strings.Join(names, " and ")))
	}
	return err
}

// commit copies the state, and then changes it.
func (e *edit) commit(ctx context.Context, effects []state.Effect) error {
	err := e.keep(ctx)
	if err == nil {
		err = e.session.Settle(0, effects, nil)
	}
	if err == nil {
		err = e.session.Commit(ctx)
	}
	if err != nil {
		return engine.Because(engine.Failure, "The state could not be written", err)
	}
	return nil
}

// carryOut commits what is to become of some addresses, unless it is a dry run. It
// writes the lines, each behind the verb for the one case or the other.
func (e *edit) carryOut(ctx context.Context, addrs []tracking.Addr, effects []state.Effect, lines []string, does, would string) error {
	if err := e.settled(addrs); err != nil {
		return err
	}
	if e.dryRun {
		does = would
	} else if err := e.commit(ctx, effects); err != nil {
		return err
	}
	for _, line := range lines {
		fmt.Fprintln(e.app.Stdout, does, text.Inert(line))
	}
	return nil
}

// settled returns an error if something about some addresses is in doubt. What a
// request that has no answer did to them is not known, and its outcome is going to
// be kept under the address that it was sent for.
func (e *edit) settled(addrs []tracking.Addr) error {
	doubtful := make(map[tracking.Addr]tracking.Op)
	for _, in := range e.session.InDoubt() {
		for _, it := range in.Items {
			doubtful[it.Addr] = in.Op
		}
	}
	for _, addr := range addrs {
		if op, found := doubtful[addr]; found {
			return app.Fail("A request is in doubt", fmt.Sprintf(
				"An earlier run has sent a request (%s) for %s without learning what became of it. Let tmsync apply ask the service first, and give this command again then. Nothing was changed.",
				op, text.Inert(string(addr))))
		}
	}
	return nil
}
