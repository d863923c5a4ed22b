package cli

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/carrier"
	"github.com/tmsync/tmsync/state"
)

// completeArgs is what the shell is offered for arguments.
func (a *app) completeArgs(kind completer) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, written string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return a.offers(kind, written)
	}
}

// completeFlags says what the shell is offered for the values of flags.
func (a *app) completeFlags(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		var offer cobra.CompletionFunc
		switch v := f.Value.(type) {
		case choices:
			offer = cobra.FixedCompletions(v.all(), cobra.ShellCompDirectiveNoFileComp)
		case patterns:
			offer = a.completeArgs(completeAddress)
		default:
			if f.Name != "state" {
				return
			}
			offer = func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
				return []cobra.Completion{"jsonl"}, cobra.ShellCompDirectiveFilterFileExt
			}
		}
		// It fails only where the flag is not there.
		_ = cmd.RegisterFlagCompletionFunc(f.Name, offer)
	})
}

func (a *app) offers(kind completer, written string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var words []string
	switch kind {
	case completeFile:
		return nil, cobra.ShellCompDirectiveDefault
	case completeAddress:
		words = a.addresses(true)
	case completeKnownAddress:
		words = a.addresses(false)
	case completeCarrier:
		for _, c := range carrier.All() {
			words = append(words, c.Code)
		}
	}
	var offers []cobra.Completion
	for _, w := range words {
		if strings.HasPrefix(w, written) {
			offers = append(offers, w)
		}
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}

// maxOffers bounds the addresses that a shell is offered.
const maxOffers = 1000

// addresses lists the addresses of the state, and with declared those of the files,
// in order. What cannot be read has none: a completion says nothing of mistakes.
func (a *app) addresses(declared bool) []string {
	quiet := &app{Env: a.Env, dir: a.dir, display: a.display, noColor: true, stuck: a.stuck}
	quiet.Stdout, quiet.Stderr = io.Discard, io.Discard
	found := map[string]bool{}
	if declared {
		if l := quiet.read(&configOptions{noInput: true}); l.err == nil {
			for i := range l.cfg.Declared {
				found[string(l.cfg.Declared[i].Addr)] = true
			}
		}
	}
	quiet.readState(context.Background(), &stateOptions{}, func(s *state.Session) error {
		for _, r := range s.State().Records {
			found[string(r.Addr)] = true
		}
		return nil
	})
	all := slices.Sorted(maps.Keys(found))
	return all[:min(len(all), maxOffers)]
}
