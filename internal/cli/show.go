package cli

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/state"
)

func showCommand() command {
	return command{
		name: "show", summary: "Show what the state manages",
		setup: func(a *app, fs *pflag.FlagSet) func(context.Context, []string) ExitCode {
			var o stateOptions
			o.flags(fs)
			return func(ctx context.Context, _ []string) ExitCode {
				return a.withState(ctx, &o, func(st *state.State) error {
					return render.State(a.Stdout, st, a.outStyle())
				})
			}
		},
	}
}

func stateListCommand() command {
	return command{
		name: "state list", summary: "List the addresses that the state manages",
		setup: func(a *app, fs *pflag.FlagSet) func(context.Context, []string) ExitCode {
			var o stateOptions
			o.flags(fs)
			return func(ctx context.Context, _ []string) ExitCode {
				return a.withState(ctx, &o, func(st *state.State) error {
					for i := range st.Records {
						if _, err := fmt.Fprintln(a.Stdout, render.Inert(string(st.Records[i].Addr))); err != nil {
							return err
						}
					}
					return nil
				})
			}
		},
	}
}

// withState reads the state without a lock: what is shown is whole, if perhaps
// a moment old. Of the configuration only the state's place is wanted, so a
// mistake in it is no reason not to look.
func (a *app) withState(ctx context.Context, o *stateOptions, do func(*state.State) error) ExitCode {
	cfg := &config.Config{}
	if o.path == "" {
		l := a.loadWatched(config.Options{Environ: a.Environ, Now: a.Now, Version: a.Version})
		if l.code != OK {
			return l.code
		}
		cfg = l.cfg
	}
	o.noLock = true
	session, code := a.openState(ctx, cfg, o, reading)
	if session == nil {
		return code
	}
	defer session.Close()
	if err := do(session.State()); err != nil {
		return a.fail("The state could not be shown", sentence(err))
	}
	return OK
}
