package cli

import (
	"context"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/state"
)

func statePullCommand() command {
	return command{
		name: "state pull", summary: "Write the state to standard output",
		examples: `
tmsync state pull > copy.jsonl`,
		help: `
What an interrupted run has left in the journal is folded in, as the next run
would do. Customers' data is in it as fingerprints only. Without a state nothing
is written.`,
		setup: func(a *app, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o stateOptions
			o.flags(fs)
			return func(ctx context.Context, _ []string) error {
				return a.readState(ctx, &o, a.statePull)
			}
		},
	}
}

func (a *app) statePull(s *state.Session) error {
	if n := len(s.InDoubt()); n > 0 {
		a.report(hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: "Requests are in doubt",
			Detail: "An earlier run has sent " + render.Plural(n, "request") + " without learning what became of them. Only the journal knows of them, so a copy of the state has nothing about them. Let tmsync apply ask the service first.",
		}}, nil)
	}
	st := s.Folded()
	if st.Serial == 0 {
		return nil
	}
	if err := st.Write(a.Stdout); err != nil {
		return fail("The state could not be written out", sentence(err))
	}
	return nil
}
