package statecmd

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

func stateShowCommand() app.Command {
	return app.Command{
		Name: "state show", Args: "ADDRESS", Complete: app.CompleteKnownAddress, Summary: "Show what the state knows of one tracking",
		Examples: `
tmsync state show 'tracking.parcel["A-1"]'`,
		Help: `
The address names one tracking; a key, such as sto/402934299065, works as well.
Customers' data is never shown: the state has fingerprints of it only.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o app.OpenOptions
			o.PlaceFlags(fs)
			return func(ctx context.Context, args []string) error {
				if len(args) != 1 {
					return app.Fail("One address is needed", "Name the tracking to show: tmsync state show ADDRESS. For the addresses: tmsync state list.")
				}
				return a.ReadState(ctx, &o, func(s *state.Session) error { return stateShow(a, s.State(), args[0]) })
			}
		},
	}
}

func stateShow(a *app.App, st *state.State, arg string) error {
	p, err := tracking.ParsePattern(arg)
	if err != nil {
		return app.Fail("Invalid address", text.Sentence(err))
	}
	named := tracking.Resolve([]tracking.Pattern{p}, st.Names)[0]
	found := selectRecords(st, []tracking.Pattern{p})
	switch {
	case len(found) == 1:
	case len(found) > 1 && named.Exact() && found[1].Addr.Within(found[0].Addr): // the others were deposed from it
	case len(found) == 0:
		return app.Fail("No such tracking", fmt.Sprintf("The state has no tracking %s. For the addresses it has: tmsync state list.", text.Inert(p.String())))
	default:
		return app.Fail("More than one tracking", fmt.Sprintf("%s stands for %s, such as %s. Name one of them; tmsync state list %s lists all.",
			text.Inert(p.String()), text.Plural(len(found), "tracking"), text.Inert(string(found[0].Addr)), text.Inert(p.String())))
	}
	if err := render.State(a.Stdout, &state.State{Records: []state.Record{*found[0]}}, a.OutStyle()); err != nil {
		return app.Fail("The state could not be shown", text.Sentence(err))
	}
	return nil
}
