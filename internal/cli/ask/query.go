package ask

import (
	"bufio"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// queryOptions are the flags of commands that ask the service other questions than
// trackings.
type queryOptions struct {
	app.ConfigOptions
	asJSON, paid bool
}

func (o *queryOptions) flags(fs *pflag.FlagSet, q tracking.Query) {
	o.ConfigOptions.Flags(fs)
	fs.BoolVar(&o.asJSON, "json", false, "as JSON")
	if !q.Price().IsFree() {
		fs.BoolVar(&o.paid, "allow-paid-data", false, "let it spend credits: "+q.Price().String()+" each")
	}
}

// ask runs do, which asks the service for n things. It refuses what the service
// does not offer, and a cost that the user has not allowed.
func ask(a *app.App, o *queryOptions, q tracking.Query, n int, do func(*app.Workspace) error) error {
	cfg, err := a.Load(&o.ConfigOptions)
	if err != nil {
		return err
	}
	return a.AskConfigured(cfg, func(w *app.Workspace) error {
		switch price := q.Price().Times(n); {
		case !w.Client.Offers(q):
			return app.Fail("The service cannot tell", fmt.Sprintf("%s has no such call (%s). TrackingMore has; Trackru can create, list, change and delete trackings, and follow them live (tmsync track).",
				w.Client.Service().Name, q))
		case !price.IsFree() && !o.paid:
			return app.FailWith(app.Unsafe, "This costs credits", fmt.Sprintf("It would cost %s of the account at %s. To let it, give --allow-paid-data. Nothing was asked.", engine.Credits(price), w.Client.Service().Name))
		}
		return do(w)
	})
}

// creditsDocument is a price in a JSON document. The service's own pages may
// disagree, hence two.
type creditsDocument struct {
	Least float64 `json:"least"`
	Most  float64 `json:"most"`
}

// cost is the last line of an answer that was paid for.
func cost(w *bufio.Writer, p tracking.Price) {
	fmt.Fprintf(w, "\nCost: %s.\n", engine.Credits(p))
}

// answer writes an answer as JSON or for people.
func answer(w *app.Workspace, o *queryOptions, doc any, people func(*bufio.Writer) error) error {
	if o.asJSON {
		return app.Written(text.WriteJSON(w.App.Stdout, doc))
	}
	return app.Written(app.Flushed(bufio.NewWriter(w.App.Stdout), people))
}

// canonical reads a flag's value in the form of an attribute: a country's code, a
// language.
func canonical(a tracking.Attr, flag, v string) (string, error) {
	v, err := a.Canonical(v)
	if err != nil {
		return "", fmt.Errorf("--%s: %w", flag, err)
	}
	return v, nil
}
