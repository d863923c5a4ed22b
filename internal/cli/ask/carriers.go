package ask

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/carrier"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

func carriersCommand() app.Command {
	return app.Command{
		Name: "carriers", Args: "[PATTERN]", Complete: app.CompleteCarrier, Summary: "List carrier codes and names",
		Examples: `
# codes and names with "post" in them
tmsync carriers post

# the service's own list, against which codes are checked from then on
tmsync carriers --refresh`,
		Help: `
Without a PATTERN it lists all; with one, those that have it in their code or
name, in small letters or capitals.

tmsync has a list built in, which is not complete. --refresh asks the service
for its own, which costs no credits, and keeps it in .tmsync/carriers.jsonl.
From then on a carrier code that is not in it is an error for validate, plan
and apply. Without that file again, such a code is warned of.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			o, refresh, asJSON := &app.ConfigOptions{AnyCarrier: true}, false, false
			o.Flags(fs)
			fs.BoolVar(&refresh, "refresh", false, "fetch the service's list first, and keep it")
			fs.BoolVar(&asJSON, "json", false, "as JSON")
			return func(ctx context.Context, args []string) error {
				if len(args) > 1 {
					return app.Fail("Too many patterns", "Give one text to look for, in quotes if it has spaces.")
				}
				if refresh {
					if err := refreshCarriers(ctx, a, o); err != nil {
						return err
					}
				}
				return carriers(a, strings.Join(args, ""), asJSON)
			}
		},
	}
}

// carriersDocument is the output of "carriers --json".
type carriersDocument struct {
	Source  string                `json:"source"`            // "built-in" or "service"
	Service string                `json:"service,omitempty"` // whose list it is
	AsOf    *time.Time            `json:"as_of,omitempty"`   // when the service gave it out
	All     []app.CarrierDocument `json:"carriers"`          // that match the pattern
	of      int                   // in the list
}

// carriers shows the list that validate and plan go by.
func carriers(a *app.App, pattern string, asJSON bool) error {
	doc, all := carriersDocument{Source: "built-in", All: []app.CarrierDocument{}}, carrier.All()
	if head, kept, ok := app.ReadCarriers(a); ok {
		doc.Source, doc.Service, doc.AsOf, all = "service", head.Provider+" at "+head.Endpoint, &head.AsOf, kept
	}
	doc.of = len(all)
	for _, c := range all {
		if has(c.Code, pattern) || has(c.Name, pattern) {
			doc.All = append(doc.All, app.CarrierDocument(c))
		}
	}
	switch {
	case asJSON:
		return app.Written(text.WriteJSON(app.Exact(a.Stdout), doc))
	case len(doc.All) == 0:
		return app.Fail("No such carrier", fmt.Sprintf("None of the %s has %s in its code or its name.%s", text.Plural(doc.of, "carrier"), text.Quote(pattern), carrier.NewNames(nil, all).DidYouMean(pattern)))
	}
	return app.Written(app.Flushed(bufio.NewWriter(a.Stdout), doc.text))
}

func has(text, pattern string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(pattern))
}

// text writes the list for people.
func (d *carriersDocument) text(w *bufio.Writer) error {
	rows := make([][]string, len(d.All))
	for i, c := range d.All {
		rows[i] = []string{c.Code, c.Name}
	}
	app.WriteRows(w, "", rows)
	source := `tmsync's built-in list. "tmsync carriers --refresh" fetches the service's own`
	if d.AsOf != nil {
		source = fmt.Sprintf("the list of %s as of %s", text.Inert(d.Service), d.AsOf.Format(time.DateOnly))
	}
	_, err := fmt.Fprintf(w, "\n%s of %s carriers, from %s.\n", text.Count(len(d.All)), text.Count(d.of), source)
	return err
}

// refreshCarriers fetches the list of the service and stores it. It shows no
// warnings of the configuration: they may rest on the list that is about to be
// replaced.
func refreshCarriers(ctx context.Context, a *app.App, o *app.ConfigOptions) error {
	l := a.Read(o)
	switch {
	case l.Err != nil:
		return l.Err
	case l.Diags.HasErrors():
		return app.Invalid(app.Failure, slices.DeleteFunc(l.Diags, func(d *hcl.Diagnostic) bool { return d.Severity != hcl.DiagError }), l.Config.Sources())
	}
	return a.AskConfigured(l.Config, func(w *app.Workspace) error {
		if !w.Client.Service().Answers(tracking.QueryCarriers) {
			return app.Fail("The service cannot tell", fmt.Sprintf("%s has no call that lists its carriers. The built-in list is what there is: tmsync carriers", w.Client.Service().Name))
		}
		all, err := w.Client.Carriers(ctx)
		if err != nil {
			return engine.Unread(ctx, "The carriers could not be read", err)
		}
		slices.SortFunc(all, func(a, b tracking.Carrier) int { return strings.Compare(a.Code, b.Code) })
		if err := app.WriteCarriers(a, w.Config.Provider, all); err != nil {
			return app.Fail("The list of carriers could not be kept", text.Sentence(app.WithoutPath(err)))
		}
		return nil
	})
}
