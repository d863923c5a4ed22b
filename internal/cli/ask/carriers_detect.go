package ask

import (
	"bufio"
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

func carriersDetectCommand() app.Command {
	return app.Command{
		Name: "carriers detect", Args: "NUMBER", Summary: "Detect the carrier of a tracking number",
		Examples: `
tmsync carriers detect --allow-paid-data 402934299065`,
		Help: `
Shows the carriers to which the number may belong, the best guess first. One
question costs a fifth of a credit, which --allow-paid-data lets it cost.
With api_version = 4 it is free. Trackru has no such call.

Exit codes: 0; 1 for an error; 4 without --allow-paid-data.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			o := &queryOptions{}
			o.flags(fs, tracking.QueryDetect)
			return func(ctx context.Context, args []string) error { return detect(ctx, a, o, args) }
		},
	}
}

// detectDocument is the output of "carriers detect --json".
type detectDocument struct {
	Number   string                `json:"tracking_number"`
	Carriers []app.CarrierDocument `json:"carriers"` // the best guess first
	Credits  creditsDocument       `json:"credits"`
}

func detect(ctx context.Context, a *app.App, o *queryOptions, args []string) error {
	if len(args) != 1 {
		return app.Fail("Invalid arguments", "Give one tracking number, as in: tmsync carriers detect RB123456785CN")
	}
	number, err := tracking.CanonicalNumber(args[0])
	if err != nil {
		return app.Fail("Invalid tracking number", text.Sentence(err))
	}
	return ask(a, o, tracking.QueryDetect, 1, func(w *app.Workspace, price tracking.Price) error {
		found, err := w.Client.Detect(ctx, number)
		if err != nil {
			return engine.Unread(ctx, "The carrier could not be asked for", err)
		}
		doc := detectDocument{number, []app.CarrierDocument{}, creditsDocument(price)}
		rows := [][]string{}
		for _, k := range found {
			doc.Carriers = append(doc.Carriers, app.CarrierDocument(k))
			rows = append(rows, []string{k.Code, k.Name})
		}
		return answer(w, o, doc, func(out *bufio.Writer) error {
			if len(rows) == 0 {
				fmt.Fprintln(out, "The service cannot tell whose this number is.")
				return nil
			}
			app.WriteRows(out, "", rows)
			cost(out, price)
			return nil
		})
	})
}
