package statecmd

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

func stateListCommand() app.Command {
	return app.Command{
		Name: "state list", Args: "[PATTERN…]", Complete: app.CompleteKnownAddress, Summary: "List the addresses that the state manages",
		Examples: `
tmsync state list
tmsync state list tracking.parcel 'sto/*'`,
		Help: `
A pattern is an address (of a block: all of its instances) or a key, either of
them with * for any characters and ? for one. An exact address or key selects
that one alone, even with a * in it. Several select what any of them selects;
without one, everything is listed.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o app.OpenOptions
			o.PlaceFlags(fs)
			return func(ctx context.Context, args []string) error {
				return a.ReadState(ctx, &o, func(s *state.Session) error { return stateList(a, s.State(), args) })
			}
		},
	}
}

func stateList(a *app.App, st *state.State, args []string) error {
	selected, err := tracking.ParsePatterns(args)
	if err != nil {
		return app.Fail("Invalid address", text.Sentence(err))
	}
	for _, rec := range selectRecords(st, selected) {
		if _, err := fmt.Fprintln(a.Stdout, text.Inert(string(rec.Addr))); err != nil {
			return app.Fail("The state could not be shown", text.Sentence(err))
		}
	}
	return nil
}

// selectRecords returns the records that any of the patterns selects, by address;
// all of them where there is no pattern.
func selectRecords(st *state.State, patterns []tracking.Pattern) []*state.Record {
	selected := tracking.Resolve(patterns, st.Names)
	var out []*state.Record
	for i := range st.Records {
		rec := &st.Records[i]
		if len(patterns) == 0 || slices.ContainsFunc(selected, func(s tracking.Selector) bool { return s.Match(rec.Addr, rec.Key) }) {
			out = append(out, rec)
		}
	}
	return out
}
