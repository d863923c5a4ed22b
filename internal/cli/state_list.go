package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

func stateListCommand() command {
	return command{
		name: "state list", args: "[PATTERN…]", complete: completeKnownAddress, summary: "List the addresses that the state manages",
		examples: `
tmsync state list
tmsync state list tracking.parcel 'sto/*'`,
		help: `
A pattern is an address (of a block: all of its instances) or a key, either of
them with * for any characters and ? for one. What is the address or the key of
something as it stands is that one alone. Several select what any of them selects;
without one, everything is listed.`,
		setup: func(a *app, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o stateOptions
			o.flags(fs)
			return func(ctx context.Context, args []string) error {
				return a.readState(ctx, &o, func(s *state.Session) error { return a.stateList(s.State(), args) })
			}
		},
	}
}

func (a *app) stateList(st *state.State, args []string) error {
	selected, err := parsePatterns(args)
	if err != nil {
		return fail("Invalid address", sentence(err))
	}
	for _, rec := range selectRecords(st, selected) {
		if _, err := fmt.Fprintln(a.Stdout, render.Inert(string(rec.Addr))); err != nil {
			return fail("The state could not be shown", sentence(err))
		}
	}
	return nil
}

func parsePatterns(args []string) ([]tracking.Pattern, error) {
	var out []tracking.Pattern
	for _, arg := range args {
		p, err := tracking.ParsePattern(arg)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
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
