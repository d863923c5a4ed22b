package cli

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/carrier"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/state"
)

// completionHelp is the text of "tmsync completion --help".
const completionHelp = `The script completes commands, flags and their values: addresses of the files
and of the state, state files, and carrier codes. How to load it is said by
tmsync completion SHELL --help.`

// What bash inserts of several offers is what they begin with. Of cobra's script only a
// single offer is quoted for the shell, so an address would break at its quotes.
const (
	quotesOne = `if (( ${#COMPREPLY[@]} == 1 )); then
            COMPREPLY[0]=$(printf "%q" "${COMPREPLY[0]}")`
	quotesAll = `if (( ${#COMPREPLY[@]} > 0 )); then
            IFS=$'\n' read -ra COMPREPLY -d '' < <(printf "%q\n" "${COMPREPLY[@]}")`
)

// bashCompletion writes the completion script for bash.
func bashCompletion(a *app.App, c *cobra.Command) error {
	plain, err := c.Flags().GetBool("no-descriptions")
	if err != nil {
		return err
	}
	var script strings.Builder
	if err := c.Root().GenBashCompletionV2(&script, !plain); err != nil {
		return err
	}
	_, err = io.WriteString(app.Exact(a.Stdout), strings.Replace(script.String(), quotesOne, quotesAll, 1))
	return app.Written(err)
}

// completeArgs is what the shell is offered for arguments.
func completeArgs(a *app.App, kind app.Completer) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, written string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return offers(a, kind, written)
	}
}

// completeFlags registers the completion of flags' values.
func completeFlags(a *app.App, cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		var offer cobra.CompletionFunc
		switch v := f.Value.(type) {
		case app.Choices:
			offer = cobra.FixedCompletions(v.All(), cobra.ShellCompDirectiveNoFileComp)
		case app.Patterns:
			offer = completeArgs(a, app.CompleteAddress)
		default:
			switch f.Name {
			case "carrier":
				offer = completeArgs(a, app.CompleteCarrier)
			case "state":
				offer = cobra.FixedCompletions([]cobra.Completion{"jsonl"}, cobra.ShellCompDirectiveFilterFileExt)
			default:
				return
			}
		}
		// It fails only where the flag is not there.
		_ = cmd.RegisterFlagCompletionFunc(f.Name, offer)
	})
}

func offers(a *app.App, kind app.Completer, written string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var words []string
	switch kind {
	case app.CompleteFile:
		return nil, cobra.ShellCompDirectiveDefault
	case app.CompleteAddress:
		words = addresses(a, true)
	case app.CompleteKnownAddress:
		words = addresses(a, false)
	case app.CompleteCarrier:
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

// mostWait bounds how long a shell waits for the store of a shared state.
const mostWait = 2 * time.Second

// addresses returns the addresses of the state, and with declared those of the
// files. What cannot be read has none: a completion says nothing of mistakes.
func addresses(a *app.App, declared bool) []string {
	quiet := &app.App{Env: a.Env, Dir: a.Dir, Display: a.Display, NoColor: true, Stuck: a.Stuck}
	quiet.Stdout, quiet.Stderr = io.Discard, io.Discard
	found := map[string]bool{}
	if declared {
		if l := quiet.Read(&app.ConfigOptions{NoInput: true}); l.Err == nil {
			for i := range l.Config.Declared {
				found[string(l.Config.Declared[i].Addr)] = true
			}
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), mostWait)
	defer cancel()
	quiet.ReadState(ctx, &app.OpenOptions{}, func(s *state.Session) error {
		for _, r := range s.State().Records {
			found[string(r.Addr)] = true
		}
		return nil
	})
	all := slices.Sorted(maps.Keys(found))
	return all[:min(len(all), maxOffers)]
}
