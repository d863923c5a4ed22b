package ask

import (
	"bufio"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/tracking"
)

func queryRemoteCommand() app.Command {
	return app.Command{
		Name: "query remote", Summary: "Check whether carriers charge an address as remote", Needs: "--country and --postcode",
		Examples: `
tmsync query remote --country IT --postcode 98055 --allow-paid-data`,
		Help: `
Asks the service of one country and post code, or city, which carriers charge a
delivery there as remote. This costs credits: without --allow-paid-data it is
refused, and nothing is asked. Trackru has no such call.

Exit codes: 0, remote or not; 1 for an error; 4 without --allow-paid-data.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			o, place := &queryOptions{}, tracking.PostalPlace{}
			fs.StringVar(&place.Country, "country", "", "the `COUNTRY`: its two-letter code, or its English name")
			fs.StringVar(&place.Postcode, "postcode", "", "the `POSTCODE`, or the city")
			fs.StringVar(&place.Company, "company", "", "only this `CARRIER`, such as DHL")
			o.flags(fs, tracking.QueryRemoteArea)
			return func(ctx context.Context, _ []string) error { return queryRemote(ctx, a, o, place) }
		},
	}
}

// remoteDocument is the output of "query remote --json".
type remoteDocument struct {
	Country   string          `json:"country"`
	Postcode  string          `json:"postcode"`
	Company   string          `json:"company,omitempty"`
	Remote    bool            `json:"remote"`
	Named     bool            `json:"named"`     // the answer names the place at all
	Companies []string        `json:"companies"` // that charge it as remote
	Credits   creditsDocument `json:"credits"`
}

func queryRemote(ctx context.Context, a *app.App, o *queryOptions, place tracking.PostalPlace) error {
	if place.Country == "" || place.Postcode == "" {
		return app.Fail("Invalid arguments", "Give the country and the post code, as in: tmsync query remote --country=JP --postcode=7621094 --allow-paid-data")
	}
	if err := canonical(flagValue{"country", &place.Country, tracking.DestinationCountry.Canonical}); err != nil {
		return err
	}
	return ask(a, o, tracking.QueryRemoteArea, 1, func(w *app.Workspace, price tracking.Price) error {
		area, err := one(ctx, w.Client.RemoteAreas, place, "The place could not be asked for")
		if err != nil {
			return err
		}
		doc := remoteDocument{place.Country, place.Postcode, place.Company, area.Remote, area.Named, append([]string{}, area.Companies...), creditsDocument(price)}
		return answer(w, o, doc, func(out *bufio.Writer) error {
			s := "Not remote."
			switch {
			case area.Remote && len(area.Companies) > 0:
				s = "Remote for " + strings.Join(area.Companies, ", ") + "."
			case area.Remote:
				s = "Remote."
			case !area.Named:
				s = "Not remote, as far as the service knows: it does not name this place."
			}
			app.WriteRows(out, "", [][]string{{s}})
			cost(out, price)
			return nil
		})
	})
}

func queryCosttimeCommand() app.Command {
	return app.Command{
		Name: "query costtime", Summary: "Show how long a carrier's parcels take", Needs: "--carrier, --origin and --destination",
		Examples: `
tmsync query costtime --carrier dhl --origin CN --destination US`,
		Help: `
Asks the service how many days parcels of a carrier take from one country to
another, from what it has seen of others. This is free. Trackru has no such
call.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			o, route := &queryOptions{}, tracking.TransitRoute{}
			fs.StringVar(&route.Carrier, "carrier", "", "the `CODE` of the carrier")
			fs.StringVar(&route.Origin, "origin", "", "the `COUNTRY` of origin, as a two-letter code")
			fs.StringVar(&route.Destination, "destination", "", "the `COUNTRY` of destination")
			o.flags(fs, tracking.QueryTransitTime)
			return func(ctx context.Context, _ []string) error { return queryCosttime(ctx, a, o, route) }
		},
	}
}

// costtimeDocument is the output of "query costtime --json". The figures have the
// service's own names.
type costtimeDocument struct {
	Carrier     string             `json:"carrier_code"`
	Origin      string             `json:"original"`
	Destination string             `json:"destination"`
	Figures     map[string]float64 `json:"figures"`
}

func queryCosttime(ctx context.Context, a *app.App, o *queryOptions, route tracking.TransitRoute) error {
	if route.Carrier == "" || route.Origin == "" || route.Destination == "" {
		return app.Fail("Invalid arguments", "Give the carrier and both countries, as in: tmsync query costtime --carrier=dhl --origin=CN --destination=US")
	}
	err := canonical(
		flagValue{"carrier", &route.Carrier, tracking.CanonicalCarrier},
		flagValue{"origin", &route.Origin, tracking.DestinationCode.Canonical},
		flagValue{"destination", &route.Destination, tracking.DestinationCode.Canonical},
	)
	if err != nil {
		return err
	}
	return ask(a, o, tracking.QueryTransitTime, 1, func(w *app.Workspace, _ tracking.Price) error {
		time, err := one(ctx, w.Client.TransitTimes, route, "The transit time could not be asked for")
		if err != nil {
			return err
		}
		doc := costtimeDocument{route.Carrier, route.Origin, route.Destination, map[string]float64{}}
		var rows [][]string
		for _, f := range time.Figures {
			doc.Figures[f.Name] = f.Value
			rows = append(rows, []string{figureName(f.Name), strconv.FormatFloat(f.Value, 'f', -1, 64)})
		}
		return answer(w, o, doc, func(out *bufio.Writer) error {
			if len(rows) == 0 {
				fmt.Fprintln(out, "The service knows nothing of this route.")
				return nil
			}
			app.WriteRows(out, "", [][]string{{fmt.Sprintf("%s from %s to %s", route.Carrier, route.Origin, route.Destination)}})
			app.WriteRows(out, "  ", rows)
			return nil
		})
	})
}

// figureName returns what a figure means, where that is documented (API.md §2.15).
func figureName(name string) string {
	switch name {
	case "range1":
		return "0 to 7 days"
	case "range3":
		return "7 to 15 days"
	case "range4":
		return "16 to 30 days"
	case "range5":
		return "31 to 60 days"
	default:
		return name
	}
}
