package statecmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/shared"
)

func stateVerifyCommand() app.Command {
	return app.Command{
		Name: "state verify", Args: "[FILE]", Complete: app.CompleteFile, Summary: "Check that the state and what belongs to it are whole",
		Examples: `
tmsync state verify
tmsync state verify copy.jsonl`,
		Help: `
Reads the state, the journal, the backup and the note of what was last seen,
and reports what it has found in each: checksum, order of the lines, addresses
and keys that stand twice, the key of the fingerprints. Of a shared state it
looks at the head and at what that names, lists the states before, and tries
whether the store keeps two runs apart, for which it must be allowed to write.
With a file, only that one is read.

Exit codes: 0 when all is well; 1 when something is not, with what to do about
it; 5 when the state is locked, since a run in progress changes the files.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o app.OpenOptions
			o.PlaceLockFlags(fs)
			return func(ctx context.Context, args []string) error {
				switch len(args) {
				case 0:
					return verifyState(ctx, a, &o)
				case 1:
					return verifyFile(a, args[0])
				}
				return app.Fail("Too many arguments", "Name one file at most: tmsync state verify FILE.")
			}
		},
	}
}

// verified gathers what a check has found.
type verified struct {
	app  *app.App
	errs []error
}

// found records what is right about a file.
func (v *verified) found(name, format string, args ...any) {
	fmt.Fprintf(v.app.Stdout, "%s: %s.\n", text.Inert(name), text.Inert(fmt.Sprintf(format, args...)))
}

// wrong records what is wrong.
func (v *verified) wrong(summary, detail string) { v.errs = append(v.errs, app.Fail(summary, detail)) }

// whole records what a file holds that was read to its end.
func (v *verified) whole(name string, st *state.State) {
	v.found(name, "serial %d, %s, lineage %s; its checksum, order, addresses and keys are right",
		st.Serial, text.Plural(len(st.Records), "tracking"), st.Lineage)
}

func verifyFile(a *app.App, name string) error {
	f, err := os.Open(a.InDir(name))
	if err != nil {
		return app.Fail("The file cannot be read", text.Sentence(err))
	}
	defer f.Close() // nothing was written
	st, err := readStateFile(f, a.Shown(name))
	if err != nil {
		return app.Fail("The file is not whole", text.Sentence(err))
	}
	v := &verified{app: a}
	v.whole(a.Shown(name), st)
	v.fingerprints(st)
	return errors.Join(v.errs...)
}

func verifyState(ctx context.Context, a *app.App, o *app.OpenOptions) error {
	store, err := a.StateStore(ctx, o, engine.Reading)
	if err != nil {
		return err
	}
	session, err := engine.OpenState(ctx, store, a.EngineOptions(&o.StateOptions), state.OpenOptions{Operation: "state verify", ReadOnly: true, Mend: true, AsIs: true})
	if err != nil {
		return err
	}
	defer session.Close()
	v := &verified{app: a}
	if several, has := store.(inspected); has {
		v.store(ctx, store.Name(), several)
	}
	v.state(store, session)
	v.backup(ctx, store)
	v.seen(store, session)
	if err := app.CheckLeftBehind(ctx, a, store); err != nil {
		v.errs = append(v.errs, err)
	}
	if len(v.errs) == 0 {
		fmt.Fprintln(a.Stdout, "All is well.")
	}
	return errors.Join(v.errs...)
}

// inspected is a store with a head, which can be looked at.
type inspected interface {
	archive
	Verify(ctx context.Context) (*shared.Status, error)
}

// store checks the head of a shared state and what it names. It reports whether the
// store keeps conditions.
func (v *verified) store(ctx context.Context, name string, s inspected) {
	status, err := s.Verify(ctx)
	if status != nil && status.HeadBytes == 0 {
		v.found(name, "it has no head yet")
	} else if status != nil {
		v.found("Head of "+name, "%s; it names %s", text.Plural(status.HeadBytes, "byte"), text.Plural(status.Blobs, "blob"))
		if status.Garbage > 0 {
			v.found("Blobs", "%s besides, which nothing names; what is older than a week is deleted by the next apply", text.Count(status.Garbage))
		}
	}
	switch {
	case err != nil:
		v.wrong("The store cannot be used", text.Sentence(err))
	case status.Unfenced:
		v.found("Conditional writes", "the service takes two writes from one version; its locks keep two runs apart")
	default:
		v.found("Conditional writes", "kept, alone and in a race")
	}
	if status != nil && len(status.Missing) > 0 {
		v.wrong("Blobs are missing", fmt.Sprintf("The head names %s, which the store does not have: %s. Put them back from the store's own versions or a backup.",
			text.Plural(len(status.Missing), "blob"), text.Inert(strings.Join(status.Missing, ", "))))
	}
	before, err := s.Previous(ctx)
	if err != nil {
		return // it is told already
	}
	for _, p := range before {
		v.found("Before", "serial %d of %s", p.Serial, p.At.UTC().Format(time.RFC3339))
	}
}

// state checks the state, and the journal that continues it.
func (v *verified) state(store state.Managed, session *state.Session) {
	if err := session.Unsigned(); err != nil {
		v.wrong("The state is not believed", text.Sentence(err))
	}
	if err := session.Damage(); err != nil {
		v.wrong("The state is not whole", text.Sentence(err)+" Until then no plan is made from it, and nothing is sent.")
		return
	}
	st := session.State()
	if st.Serial == 0 {
		v.found(store.Name(), "there is none yet")
	} else {
		v.whole(store.Name(), st)
		v.fingerprints(st)
	}
	journal := store.Journal().Name()
	if app.IsShared(store) {
		journal = "Journal " + journal
	}
	switch n := len(session.InDoubt()); {
	case n > 0:
		v.found(journal, "it belongs to the state, and has %s in doubt; the next apply asks the service what became of them", text.Plural(n, "request"))
	case session.Folded() != st:
		v.found(journal, "it belongs to the state, and has outcomes of a run that was interrupted; the next apply folds them in")
	default:
		v.found(journal, "nothing is open in it")
	}
}

// fingerprints checks that customers' data can be compared with the state.
func (v *verified) fingerprints(st *state.State) {
	now := state.KeyID([]byte(v.app.Environ["TMSYNC_STATE_KEY"]))
	made := "with the salt in the file"
	if st.KeyID != state.KeyIDSalt {
		made = "with a TMSYNC_STATE_KEY"
	}
	if st.Signed() && now == state.KeyIDSalt {
		v.found("MAC", "it is there, and cannot be checked without TMSYNC_STATE_KEY")
	} else if st.Signed() && st.Authenticate(v.app.StateKey()) == nil {
		v.found("MAC", "it is right")
	}
	if st.KeyID == now {
		v.found("Fingerprints", "made %s, as this run would make them", made)
		return
	}
	advice := "Set that key."
	if st.KeyID == state.KeyIDSalt {
		advice = "Unset TMSYNC_STATE_KEY if it is there by mistake."
	} else if now != state.KeyIDSalt {
		made = "with another TMSYNC_STATE_KEY"
	}
	v.wrong("Another TMSYNC_STATE_KEY", fmt.Sprintf("The fingerprints of customers' data in the state were made %s, so they cannot be compared. %s "+
		"Otherwise the next apply sends once more what the service does not show of that data.", made, advice))
}

// backup checks the state before this one.
func (v *verified) backup(ctx context.Context, store state.Managed) {
	f, name, err := store.Backup(ctx)
	if f == nil && err == nil {
		v.found(name, "there is none")
		return
	}
	var st *state.State
	if err == nil {
		st, err = readStateFile(f, name)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		v.wrong("The backup is not whole", text.Sentence(err)+" Nothing rests on it while the state is whole, and the next apply that changes the state replaces it.")
		return
	}
	v.whole(name, st)
}

// seen compares the state with the one that was last seen in this directory.
func (v *verified) seen(store state.Managed, session *state.Session) {
	if b := session.RolledBack(); b != nil {
		v.errs = append(v.errs, app.Exit(app.Failure))
		v.app.EngineOptions(&app.StateOptions{}).NoticeOlder(session)
	} else if seen := store.Seen(); seen.Serial > 0 && session.Damage() == nil {
		v.found("Last seen here", "serial %d, which is not newer", seen.Serial)
	}
}
