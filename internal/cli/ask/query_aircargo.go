package ask

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

func queryAircargoCommand() app.Command {
	return app.Command{
		Name: "query aircargo", Args: "NUMBER…", Summary: "Track air waybills",
		Examples: `
tmsync query aircargo --allow-paid-data 172-28891936`,
		Help: `
Shows the flights and events of freight by air, by the number of its air
waybill, such as 172-28891936. This costs 20 to 50 credits for each number:
without --allow-paid-data it is refused, and nothing is asked. Trackru has no
such call.

Exit codes: 0; 1 for an error, or when the service knows nothing of one of them;
4 without --allow-paid-data.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			o := &queryOptions{}
			o.flags(fs, tracking.QueryAirWaybill)
			return func(ctx context.Context, args []string) error { return queryAircargo(ctx, a, o, args) }
		},
	}
}

// aircargoDocument is the output of "query aircargo --json".
type aircargoDocument struct {
	Waybills []engine.WaybillDocument `json:"waybills"`
	Credits  creditsDocument          `json:"credits"`
}

func queryAircargo(ctx context.Context, a *app.App, o *queryOptions, args []string) error {
	if len(args) == 0 {
		return app.Fail("Invalid arguments", "Give the numbers of air waybills, as in: tmsync query aircargo 172-28891936 --allow-paid-data")
	}
	var numbers []string
	for _, arg := range args {
		number, err := tracking.CanonicalWaybill(arg)
		if err != nil {
			return app.Fail("Invalid air waybill", text.Sentence(err))
		}
		if !slices.Contains(numbers, number) {
			numbers = append(numbers, number)
		}
	}
	return ask(a, o, tracking.QueryAirWaybill, len(numbers), func(w *app.Workspace, price tracking.Price) error {
		bills, err := w.Client.AirWaybills(ctx, numbers)
		if err := showWaybills(w, o, bills, price, err); err != nil {
			return err
		}
		if err != nil {
			return engine.Unread(ctx, "The air waybills could not be asked for", err)
		}
		for _, number := range numbers {
			if !slices.ContainsFunc(bills, func(b tracking.AirWaybill) bool { return engine.Digits(b.Number) == engine.Digits(number) }) {
				return app.Fail("Nothing is known of an air waybill", fmt.Sprintf("The service tells nothing of %s.", number))
			}
		}
		return nil
	})
}

// showWaybills shows what was paid for, even if not all of it came.
func showWaybills(w *app.Workspace, o *queryOptions, bills []tracking.AirWaybill, price tracking.Price, err error) error {
	if err != nil && len(bills) == 0 {
		return nil
	}
	doc := aircargoDocument{[]engine.WaybillDocument{}, creditsDocument(price)}
	for _, b := range bills {
		doc.Waybills = append(doc.Waybills, engine.NewWaybillDocument(b))
	}
	return answer(w, o, doc, func(out *bufio.Writer) error {
		for i, b := range bills {
			if i > 0 {
				fmt.Fprintln(out)
			}
			fmt.Fprintln(out, render.Bold(w.App.OutStyle(), text.Inert(billTitle(b))))
			var rows [][]string
			for _, e := range b.Events {
				at := cmp.Or(e.Actual, e.Planned)
				if e.Actual == "" && e.Planned != "" {
					at += " (planned)"
				}
				rows = append(rows, []string{at, e.Station, e.Flight, e.What})
			}
			app.WriteRows(out, "  ", rows)
		}
		cost(out, price)
		return nil
	})
}

// billTitle is an air waybill in one line.
func billTitle(b tracking.AirWaybill) string {
	parts := []string{b.Number}
	if b.Origin != "" || b.Destination != "" {
		parts = append(parts, cmp.Or(b.Origin, "?")+" to "+cmp.Or(b.Destination, "?"))
	}
	if b.Pieces != "" {
		parts = append(parts, "pieces: "+b.Pieces)
	}
	if b.Weight != "" {
		parts = append(parts, "weight: "+b.Weight)
	}
	return strings.Join(parts, "  ")
}
