package statecmd

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

func stateRmCommand() app.Command {
	return app.Command{
		Name: "state rm", Args: "PATTERN…", Complete: app.CompleteKnownAddress, Summary: "Forget trackings, and leave them at the service",
		Examples: `
# first look, then do it
tmsync state rm --dry-run tracking.parcel
tmsync state rm tracking.parcel`,
		Help: `
Removes trackings from the state. Nothing is sent: they stay at the service, as
trackings that are not ours. One that is still declared is adopted by the next
plan; to stop managing it, remove it from the configuration first, or write a
removed block with destroy = false there.

A pattern is an address (of a block: all of its instances) or a key, either of
them with * for any characters and ? for one. An exact address or key selects
that one alone, with what was deposed from it. That is named as the list shows
it, in quotes: 'tracking.a (deposed sto/1)'.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o app.OpenOptions
			o.PlaceLockFlags(fs)
			dryRun := dryRunFlag(fs)
			return func(ctx context.Context, args []string) error {
				if len(args) == 0 {
					return app.Fail("An address is needed", "Name what to forget: tmsync state rm PATTERN…. For the addresses: tmsync state list.")
				}
				selected, err := tracking.ParsePatterns(args)
				if err != nil {
					return app.Fail("Invalid address", text.Sentence(err))
				}
				return editState(ctx, a, &o, state.OpenOptions{Operation: "state rm"}, *dryRun, func(e *edit) error {
					return e.forget(ctx, selected)
				})
			}
		},
	}
}

// forget removes the selected trackings from the state. Each must select something:
// one that does not is a typing error, and what else was meant by it would stay.
func (e *edit) forget(ctx context.Context, selected []tracking.Pattern) error {
	st := e.session.State()
	for _, p := range selected {
		if len(selectRecords(st, []tracking.Pattern{p})) == 0 {
			return app.Fail("No such tracking", fmt.Sprintf("Nothing in the state matches %s. For the addresses it has: tmsync state list. Nothing was changed.", text.Inert(p.String())))
		}
	}
	var effects []state.Effect
	var addrs []tracking.Addr
	var lines []string
	for _, rec := range selectRecords(st, selected) {
		effects = append(effects, state.Effect{Addr: rec.Addr})
		addrs = append(addrs, rec.Addr)
		lines = append(lines, string(rec.Addr))
	}
	if err := e.carryOut(ctx, addrs, effects, lines, "Removed", "Would remove"); err != nil || e.dryRun {
		return err
	}
	fmt.Fprintf(e.app.Stdout, "Successfully removed %s from the state. At the service nothing has changed; the next plan adopts what is still declared.\n", text.Plural(len(addrs), "tracking"))
	return nil
}
