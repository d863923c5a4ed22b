package cli

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

func stateListCommand() command {
	return command{
		name: "state list", args: "[PATTERN…]", summary: "List the addresses that the state manages",
		help: `
A pattern is an address (of a block: all of its instances) or a key, either of
them with * for any characters and ? for one. Several select what any of them
selects; without one, everything is listed.`,
		setup: func(a *app, fs *pflag.FlagSet) func(context.Context, []string) ExitCode {
			var o stateOptions
			o.flags(fs)
			return func(ctx context.Context, args []string) ExitCode {
				return a.readState(ctx, &o, func(s *state.Session) ExitCode { return a.stateList(s.State(), args) })
			}
		},
	}
}

func (a *app) stateList(st *state.State, args []string) ExitCode {
	selected, err := parsePatterns(args)
	if err != nil {
		return a.fail("Invalid address", sentence(err))
	}
	for i := range st.Records {
		if rec := &st.Records[i]; len(args) > 0 && !matches(selected, rec) {
			continue
		}
		if _, err := fmt.Fprintln(a.Stdout, render.Inert(string(st.Records[i].Addr))); err != nil {
			return a.fail("The state could not be shown", sentence(err))
		}
	}
	return OK
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

// matches says whether any of the patterns selects a record.
func matches(selected []tracking.Pattern, rec *state.Record) bool {
	for _, p := range selected {
		if p.MatchAddr(rec.Addr) || p.MatchKey(rec.Key) {
			return true
		}
	}
	return false
}

// selectRecords gives the records that any of the patterns selects, by address.
func selectRecords(st *state.State, selected []tracking.Pattern) []*state.Record {
	var out []*state.Record
	for i := range st.Records {
		if matches(selected, &st.Records[i]) {
			out = append(out, &st.Records[i])
		}
	}
	return out
}
