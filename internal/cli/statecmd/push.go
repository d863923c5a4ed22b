package statecmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/state"
)

func statePushCommand() app.Command {
	return app.Command{
		Name: "state push", Args: "FILE|-", Complete: app.CompleteFile, Summary: "Replace the state with another one",
		Examples: `
# put the backup back
tmsync state push tmsync.state.jsonl.backup

# move the state from its file to the backend that the configuration has now
tmsync state push tmsync.state.jsonl`,
		Help: `
The file, or the standard input for "-", is read and checked to its end before
anything is replaced. It must be of the same lineage and not older, and no
request may be in doubt; with TMSYNC_STATE_KEY, both must be signed with it.
--force replaces the state all the same, even one that cannot be read, and
signs the new one: a file that is pushed onto itself keeps its journal. The new
state gets a serial above both, and what was there before is kept. Where there
was none, the state comes as it is, to the byte: that is how it moves from a
file to a backend, and back.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o app.OpenOptions
			o.PlaceLockFlags(fs)
			dryRun := dryRunFlag(fs)
			force := fs.Bool("force", false, "replace a state of another lineage, a newer one, a damaged one, one with requests in doubt, or one that is not signed with TMSYNC_STATE_KEY")
			return func(ctx context.Context, args []string) error {
				if len(args) != 1 {
					return app.Fail("One file is needed", "Name the file with the new state, or - for the standard input: tmsync state push FILE.")
				}
				next, err := readPushed(a, args[0])
				if err != nil {
					return app.Fail("The file cannot be pushed", text.Sentence(err))
				}
				return editState(ctx, a, &o, state.OpenOptions{Operation: "state push", Mend: true}, *dryRun, func(e *edit) error {
					if err := e.nothingInDoubt(ctx, args[0]); err != nil && !*force {
						return app.Fail("The state was not moved", text.Sentence(err)+" Nothing was changed.")
					}
					return e.push(ctx, next, *force)
				})
			}
		},
	}
}

// nothingInDoubt returns an error for requests in doubt that nobody would ask for any
// more: those of the file that is pushed into a shared state, and of any state here when
// the shared one is empty.
func (e *edit) nothingInDoubt(ctx context.Context, pushed string) error {
	if !app.IsShared(e.store) {
		return nil
	}
	var files []string
	if pushed != "-" {
		files = append(files, pushed)
	}
	if e.session.Folded().Serial == 0 {
		files = append(files, app.LocalStates(e.app)...)
	}
	for _, file := range files {
		if err := app.Unsettled(ctx, e.app, file); err != nil {
			return err
		}
	}
	return nil
}

// readPushed reads the state to push.
func readPushed(a *app.App, name string) (*state.State, error) {
	in, shown := a.Stdin, "the standard input"
	if name != "-" {
		shown = a.Shown(name)
		f, err := os.Open(a.InDir(name))
		if err != nil {
			return nil, err
		}
		defer f.Close() // nothing was written
		in = f
	}
	return readStateFile(in, shown)
}

// readStateFile reads a state from somewhere else than its own place.
func readStateFile(in io.Reader, shown string) (*state.State, error) {
	st, err := state.ReadAsIs(in)
	var broken *state.FormatError
	if errors.As(err, &broken) {
		broken.File = shown
	}
	return st, err
}

// push replaces the state.
func (e *edit) push(ctx context.Context, next *state.State, force bool) error {
	now := e.session.Folded()
	if e.session.Damage() == nil && e.session.Unsigned() == nil && next.Equal(now) && next.Authenticate(e.app.StateKey()) == nil {
		fmt.Fprintln(e.app.Stdout, "The state is as the file has it; nothing was pushed.")
		return nil
	}
	if err := e.session.Objection(next); err != nil && !force {
		return app.Fail("The state was not replaced", text.Sentence(err)+" To replace it all the same: tmsync state push --force. A copy of what is there now is kept.")
	}
	verb := "Replaced"
	if e.dryRun {
		verb = "Would replace"
	} else {
		err := e.keep(ctx)
		if err == nil {
			err = e.session.Replace(ctx, next)
		}
		if err != nil {
			return app.Fail("The state could not be replaced", text.Sentence(err))
		}
	}
	fmt.Fprintf(e.app.Stdout, "%s the state: %s.\n", verb, replacement(now, next))
	if !e.dryRun {
		fmt.Fprintf(e.app.Stdout, "It is serial %d now. The next plan compares it with the service.\n", e.session.State().Serial)
		if app.IsShared(e.store) && now.Serial == 0 {
			fmt.Fprintf(e.app.Stdout, "It is in %s from now on. Remove the file that it came from: nothing reads it any more.\n", text.Inert(e.store.Name()))
		}
	}
	return nil
}

// replacement counts what one state has and the other has not.
func replacement(now, next *state.State) string {
	added, changed := 0, 0
	for i := range next.Records {
		switch was := now.Find(next.Records[i].Addr); {
		case was == nil:
			added++
		case !was.Equal(&next.Records[i]):
			changed++
		}
	}
	removed := len(now.Records) + added - len(next.Records)
	return fmt.Sprintf("%s, with %s more, %s fewer and %s changed",
		text.Plural(len(next.Records), "tracking"), text.Count(added), text.Count(removed), text.Count(changed))
}
