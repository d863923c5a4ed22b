package cli

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

func stateShowCommand() command {
	return command{
		name: "state show", args: "ADDRESS", complete: completeKnownAddress, summary: "Show what the state knows of one tracking",
		examples: `
tmsync state show 'tracking.parcel["A-1"]'`,
		help: `
The address names one tracking; a key, such as sto/402934299065, does as well.
Customers' data is never shown: the state has fingerprints of it only.`,
		setup: func(a *app, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o stateOptions
			o.flags(fs)
			return func(ctx context.Context, args []string) error {
				if len(args) != 1 {
					return fail("One address is needed", "Name the tracking to show: tmsync state show ADDRESS. For the addresses: tmsync state list.")
				}
				return a.readState(ctx, &o, func(s *state.Session) error { return a.stateShow(s.State(), args[0]) })
			}
		},
	}
}

func (a *app) stateShow(st *state.State, arg string) error {
	p, err := tracking.ParsePattern(arg)
	if err != nil {
		return fail("Invalid address", sentence(err))
	}
	named := tracking.Resolve([]tracking.Pattern{p}, st.Names)[0]
	found := selectRecords(st, []tracking.Pattern{p})
	switch {
	case len(found) == 1:
	case len(found) > 1 && named.Exact() && found[1].Addr.Within(found[0].Addr): // the others were deposed from it
	case len(found) == 0:
		return fail("No such tracking", fmt.Sprintf("The state has no tracking %s. For the addresses it has: tmsync state list.", render.Inert(p.String())))
	default:
		return fail("More than one tracking", fmt.Sprintf("%s stands for %s, such as %s. Name one of them; tmsync state list %s lists all.",
			render.Inert(p.String()), render.Plural(len(found), "tracking"), render.Inert(string(found[0].Addr)), render.Inert(p.String())))
	}
	if err := render.State(a.Stdout, &state.State{Records: []state.Record{*found[0]}}, a.outStyle()); err != nil {
		return fail("The state could not be shown", sentence(err))
	}
	return nil
}
