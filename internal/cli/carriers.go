package cli

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
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/tracking"
)

func carriersCommand() command {
	return command{
		name: "carriers", args: "[PATTERN]", complete: completeCarrier, summary: "List carrier codes and names",
		examples: `
# codes and names with "post" in them
tmsync carriers post

# the service's own list, which carrier codes are checked against from then on
tmsync carriers --refresh`,
		help: `
Without a PATTERN it lists all; with one, those that have it in their code or
name, in small letters or capitals.

tmsync has a list built in, which is not complete. --refresh asks the service for
its own, which costs no credits, and keeps it in .tmsync/carriers.jsonl. From then
on a carrier code that is not in it is an error for validate, plan and apply.
Without that file again, such a code is warned of.`,
		setup: func(a *app, fs *pflag.FlagSet) func(context.Context, []string) error {
			o, refresh, asJSON := &configOptions{anyCarrier: true}, false, false
			o.flags(fs)
			fs.BoolVar(&refresh, "refresh", false, "fetch the service's list first, and keep it")
			fs.BoolVar(&asJSON, "json", false, "as JSON")
			return func(ctx context.Context, args []string) error {
				if len(args) > 1 {
					return fail("Too many patterns", "Give one text to look for, in quotes if it has spaces.")
				}
				if refresh {
					if err := a.refreshCarriers(ctx, o); err != nil {
						return err
					}
				}
				return a.carriers(strings.Join(args, ""), asJSON)
			}
		},
	}
}

// carriersDocument is what "carriers --json" says.
type carriersDocument struct {
	Source  string            `json:"source"`            // "built-in" or "service"
	Service string            `json:"service,omitempty"` // whose list it is
	AsOf    *time.Time        `json:"as_of,omitempty"`   // when the service gave it out
	All     []carrierDocument `json:"carriers"`          // that match the pattern
	of      int               // in the list
}

// carriers shows the list that validate and plan go by.
func (a *app) carriers(pattern string, asJSON bool) error {
	doc, all := carriersDocument{Source: "built-in", All: []carrierDocument{}}, carrier.All()
	if head, kept, ok := a.readCarriers(); ok {
		doc.Source, doc.Service, doc.AsOf, all = "service", head.Provider+" at "+head.Endpoint, &head.AsOf, kept
	}
	doc.of = len(all)
	for _, c := range all {
		if has(c.Code, pattern) || has(c.Name, pattern) {
			doc.All = append(doc.All, carrierDocument(c))
		}
	}
	switch {
	case asJSON:
		return a.written(render.WriteJSON(a.Stdout, doc))
	case len(doc.All) == 0:
		near := carrier.Nearest(pattern, func(yield func(string) bool) {
			for _, c := range all {
				if !yield(c.Code) {
					return
				}
			}
		})
		return fail("No such carrier", fmt.Sprintf("None of the %s has %s in its code or its name.%s", render.Plural(doc.of, "carrier"), render.Quote(pattern), didYouMean(near)))
	}
	return a.written(flushed(bufio.NewWriter(a.Stdout), doc.text))
}

func has(text, pattern string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(pattern))
}

func didYouMean(code string) string {
	if code == "" {
		return ""
	}
	return " Did you mean " + render.Quote(code) + "?"
}

// text writes the list for people.
func (d *carriersDocument) text(w *bufio.Writer) error {
	rows := make([][]string, len(d.All))
	for i, c := range d.All {
		rows[i] = []string{c.Code, c.Name}
	}
	writeRows(w, "", rows)
	source := `tmsync's built-in list. "tmsync carriers --refresh" fetches the service's own`
	if d.AsOf != nil {
		source = fmt.Sprintf("the list of %s as of %s", render.Inert(d.Service), d.AsOf.Format(time.DateOnly))
	}
	_, err := fmt.Fprintf(w, "\n%s of %s carriers, from %s.\n", render.Count(len(d.All)), render.Count(d.of), source)
	return err
}

// refreshCarriers asks the service for its list, and keeps it. What is to be warned
// of in the configuration is not its business: least of all carriers that the list
// at hand lacks.
func (a *app) refreshCarriers(ctx context.Context, o *configOptions) error {
	l := a.read(o)
	switch {
	case l.err != nil:
		return l.err
	case l.diags.HasErrors():
		return invalid(Failure, slices.DeleteFunc(l.diags, func(d *hcl.Diagnostic) bool { return d.Severity != hcl.DiagError }), l.cfg.Sources())
	}
	return a.askConfigured(l.cfg, func(w *workspace) error {
		if !w.Client.Offers(tracking.QueryCarriers) {
			return fail("The service cannot tell", fmt.Sprintf("%s has no call that lists its carriers. The built-in list is what there is: tmsync carriers", w.Client.Service().Name))
		}
		all, err := w.Client.Carriers(ctx)
		if err != nil {
			return engine.Unread(ctx, "The carriers could not be read", err)
		}
		slices.SortFunc(all, func(a, b tracking.Carrier) int { return strings.Compare(a.Code, b.Code) })
		if err := a.writeCarriers(w.Config.Provider, all); err != nil {
			return fail("The list of carriers could not be kept", sentence(withoutPath(err)))
		}
		return nil
	})
}
