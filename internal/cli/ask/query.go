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

// queryOptions are the flags of commands that ask the service other questions than
// trackings.
type queryOptions struct {
	app.ConfigOptions
	asJSON, paid bool
}

func (o *queryOptions) flags(fs *pflag.FlagSet, q tracking.Query) {
	o.ConfigOptions.Flags(fs)
	fs.BoolVar(&o.asJSON, "json", false, "as JSON")
	if price := q.MayCost(); !price.IsFree() {
		fs.BoolVar(&o.paid, "allow-paid-data", false, "let it spend credits: "+price.String()+" each")
	}
}

// ask runs do, which asks the service for n things. It refuses what the service
// does not offer, and a cost that the user has not allowed. do is given the price.
func ask(a *app.App, o *queryOptions, q tracking.Query, n int, do func(*app.Workspace, tracking.Price) error) error {
	cfg, err := a.Load(&o.ConfigOptions)
	if err != nil {
		return err
	}
	return a.AskConfigured(cfg, func(w *app.Workspace) error {
		service := w.Client.Service()
		price := service.Queries[q].Times(n)
		switch {
		case !service.Answers(q):
			return cannotTell(service, q)
		case !price.IsFree() && !o.paid:
			return app.FailWith(app.Unsafe, "This costs credits", fmt.Sprintf("It would cost %s of the account at %s. To let it, give --allow-paid-data. Nothing was asked.", engine.Credits(price), service.Name))
		}
		return do(w, price)
	})
}

// cannotTell is the error for a question that a service does not answer.
func cannotTell(s *tracking.Service, q tracking.Query) error {
	return app.Fail("The service cannot tell", fmt.Sprintf("%s has no such call (%s). It is there with %s. %s",
		s.Name, q, s.Elsewhere(func(o *tracking.Service) bool { return o.Answers(q) }), whatItCan(s)))
}

// whatItCan is a sentence on what a service offers that lacks a call.
func whatItCan(s *tracking.Service) string {
	if s.Answers(tracking.QueryLive) {
		return s.Name + " can create, list, change and delete trackings, and follow them live (tmsync track)."
	}
	return s.Name + " can create, list, change and delete trackings."
}

// creditsDocument is a price in a JSON document. The service's own pages may
// disagree, hence two.
type creditsDocument struct {
	Least float64 `json:"least"`
	Most  float64 `json:"most"`
}

// cost is the last line of an answer that was paid for.
func cost(w *bufio.Writer, p tracking.Price) {
	if p.IsFree() {
		return
	}
	fmt.Fprintf(w, "\nCost: %s.\n", engine.Credits(p))
}

// answer writes an answer as JSON or for people.
func answer(w *app.Workspace, o *queryOptions, doc any, people func(*bufio.Writer) error) error {
	if o.asJSON {
		return app.Written(text.WriteJSON(app.Exact(w.App.Stdout), doc))
	}
	return app.Written(app.Flushed(bufio.NewWriter(w.App.Stdout), people))
}

// flagValue is the value of a flag that has a canonical form.
type flagValue struct {
	name      string
	value     *string
	canonical func(string) (string, error)
}

// canonical brings the values of flags to their forms.
func canonical(flags ...flagValue) error {
	for _, f := range flags {
		v, err := f.canonical(*f.value)
		if err != nil {
			return app.Fail("Invalid --"+f.name, text.Sentence(err))
		}
		*f.value = v
	}
	return nil
}

// one asks for one thing what the client asks for many.
func one[Q, A any](ctx context.Context, ask func(context.Context, []Q) ([]A, error), q Q, failed string) (answer A, err error) {
	all, err := ask(ctx, []Q{q})
	if err != nil {
		return answer, engine.Unread(ctx, failed, err)
	}
	return all[0], nil
}
