package statecmd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/shared"
)

func statePullCommand() app.Command {
	return app.Command{
		Name: "state pull", Summary: "Write the state to standard output",
		Examples: `
tmsync state pull > copy.jsonl

# the state before, of serial 41, as "tmsync state verify" lists it
tmsync state pull --serial 41 > before.jsonl`,
		Help: `
What an interrupted run has left in the journal is folded in, as the next run
would do. Customers' data is in it as fingerprints only. Without a state
nothing is written. With --serial, it is one of the states before: the backup
of a state in a file, and the last five of a shared one, whose present serial
is also given without what its journal says.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o app.OpenOptions
			o.PlaceFlags(fs)
			serial := fs.Uint64("serial", 0, "write the state of this `SERIAL`, which is one before the present one")
			return func(ctx context.Context, _ []string) error {
				if fs.Changed("serial") {
					return pullPrevious(ctx, a, &o, *serial)
				}
				return a.ReadState(ctx, &o, func(s *state.Session) error { return statePull(a, s) })
			}
		},
	}
}

// archive is a store that keeps several states before the present one.
type archive interface {
	Previous(ctx context.Context) ([]shared.Previous, error)
	OpenPrevious(ctx context.Context, serial uint64) (io.ReadCloser, error)
}

// pullPrevious writes a state before the present one.
func pullPrevious(ctx context.Context, a *app.App, o *app.OpenOptions, serial uint64) error {
	store, err := a.StateStore(ctx, o, engine.Reading)
	if err != nil {
		return err
	}
	var r io.ReadCloser
	name := fmt.Sprintf("serial %d of %s", serial, store.Name())
	if several, has := store.(archive); has {
		r, err = several.OpenPrevious(ctx, serial)
	} else {
		r, name, err = store.Backup(ctx)
	}
	var st *state.State
	if r != nil {
		st, err = readStateFile(r, name)
		err = errors.Join(err, r.Close())
	}
	if err == nil && (st == nil || st.Serial != serial) {
		err = fmt.Errorf("there is no state of serial %d before the present one of %s; tmsync state verify lists what there is", serial, store.Name())
	}
	if err == nil {
		err = st.Write(app.Exact(a.Stdout))
	}
	if err != nil {
		return app.Fail("The state could not be written out", text.Sentence(err))
	}
	return nil
}

func statePull(a *app.App, s *state.Session) error {
	if n := len(s.InDoubt()); n > 0 {
		a.Report(hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: "Requests are in doubt",
			Detail: "An earlier run has sent " + text.Plural(n, "request") + " without learning what became of them. Only the journal knows of them, so a copy of the state has nothing about them. Let tmsync apply ask the service first.",
		}}, nil)
	}
	st := s.Folded()
	if st.Serial == 0 {
		return nil
	}
	if err := st.Write(app.Exact(a.Stdout)); err != nil {
		return app.Fail("The state could not be written out", text.Sentence(err))
	}
	return nil
}
