package statecmd

import (
	"context"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/state"
)

func statePullCommand() app.Command {
	return app.Command{
		Name: "state pull", Summary: "Write the state to standard output",
		Examples: `
tmsync state pull > copy.jsonl`,
		Help: `
What an interrupted run has left in the journal is folded in, as the next run
would do. Customers' data is in it as fingerprints only. Without a state nothing
is written.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o app.OpenOptions
			o.PlaceFlags(fs)
			return func(ctx context.Context, _ []string) error {
				return a.ReadState(ctx, &o, func(s *state.Session) error { return statePull(a, s) })
			}
		},
	}
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
	if err := st.Write(a.Stdout); err != nil {
		return app.Fail("The state could not be written out", text.Sentence(err))
	}
	return nil
}
