package cli

import (
	"bufio"
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/tracking"
)

func carriersDetectCommand() command {
	return command{
		name: "carriers detect", args: "NUMBER", summary: "Detect the carrier of a tracking number",
		examples: `
tmsync carriers detect --allow-paid-data 402934299065`,
		help: `
Shows the carriers to which the number may belong, the best guess first. One
question costs a fifth of a credit, which --allow-paid-data lets it cost. Trackru
has no such call.

Exit codes: 0; 1 for an error; 4 without --allow-paid-data.`,
		setup: func(a *app, fs *pflag.FlagSet) func(context.Context, []string) error {
			o := &queryOptions{}
			o.flags(fs, tracking.QueryDetect)
			return func(ctx context.Context, args []string) error { return a.detect(ctx, o, args) }
		},
	}
}

// detectDocument is what "carriers detect --json" says.
type detectDocument struct {
	Number   string            `json:"tracking_number"`
	Carriers []carrierDocument `json:"carriers"` // the best guess first
	Credits  creditsDocument   `json:"credits"`
}

func (a *app) detect(ctx context.Context, o *queryOptions, args []string) error {
	if len(args) != 1 {
		return fail("Invalid arguments", "Give one tracking number, as in: tmsync carriers detect RB123456785CN")
	}
	number, err := tracking.CanonicalNumber(args[0])
	if err != nil {
		return fail("Invalid tracking number", sentence(err))
	}
	price := tracking.QueryDetect.Price()
	return a.ask(o, tracking.QueryDetect, 1, func(w *workspace) error {
		found, err := w.Client.Detect(ctx, number)
		if err != nil {
			return engine.Unread(ctx, "The carrier could not be asked for", err)
		}
		doc := detectDocument{number, []carrierDocument{}, creditsDocument(price)}
		rows := [][]string{}
		for _, k := range found {
			doc.Carriers = append(doc.Carriers, carrierDocument(k))
			rows = append(rows, []string{k.Code, k.Name})
		}
		return w.answer(o, doc, func(out *bufio.Writer) error {
			if len(rows) == 0 {
				fmt.Fprintln(out, "The service cannot tell whose this number is.")
				return nil
			}
			writeRows(out, "", rows)
			cost(out, price)
			return nil
		})
	})
}
