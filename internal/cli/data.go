package cli

import (
	"context"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/pflag"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// dataOptions are the flags of every command that reads data blocks.
type dataOptions struct{ paid bool }

func (o *dataOptions) flags(fs *pflag.FlagSet) {
	fs.BoolVar(&o.paid, "allow-paid-data", false, "let data blocks spend credits: 0.2 for a remote area, 20–50 for an air waybill")
}

// dataRead is what data blocks were told, and what that has cost.
type dataRead struct {
	answers config.Answers
	cost    *plan.DataCost // nil where nothing was asked
}

// readData asks the service what data blocks want to know, and evaluates what
// depends on it. What is kept from an earlier run is not asked for again. In this
// order:
//
//  1. what is kept
//  2. stop, if the rest costs and may not, or costs more than a plan may
//  3. ask for the rest, each kind in as few requests as the service takes
//  4. outputs, checks and preconditions
func (w *workspace) readData(ctx context.Context, o *dataOptions, kept keptAnswers) error {
	blocks := w.cfg.Data()
	if len(blocks) == 0 {
		return nil
	}
	all := w.cfg.Questions()
	rest := kept.fill(all, &w.data.answers)
	if err := w.mayCost(blocks, rest, o); err != nil {
		return err
	}
	before := w.client.Requests()
	if err := w.askData(ctx, rest); err != nil {
		return w.unread(ctx, "The data could not be asked for", err)
	}
	w.data.cost = dataCost(rest, before, w.client.Requests())
	answer := w.app.evaluateWatched(w.cfg, func() (cty.Value, hcl.Diagnostics) { return cty.NilVal, w.cfg.Answer(&w.data.answers) })
	if answer.err != nil {
		return answer.err
	}
	diags := answer.diags
	if diags.HasErrors() {
		return invalid(Failure, diags, w.sources())
	}
	if len(diags) > 0 {
		w.app.report(diags, w.sources())
	}
	return nil
}

// mayCost stops where questions cost credits and nobody has allowed that. It
// points to the blocks.
func (w *workspace) mayCost(blocks []config.DataBlock, rest config.Questions, o *dataOptions) error {
	price := priceOf(rest)
	if w.opts != nil {
		if n := w.limits().NeedsCredits(price.Most); n > 0 {
			return failWith(Unsafe, "More credits than the safety limit allows", fmt.Sprintf("To read the data blocks may cost %s, and the safety block allows %g. "+
				"If this is meant, --allow-credits=%d lets it pass. Nothing was asked.", credits(price), *w.cfg.Safety.MaxCredits, n))
		}
	}
	if price.IsFree() || o.paid {
		return nil
	}
	var diags hcl.Diagnostics
	for _, b := range blocks {
		if price := b.Query.Price().Times(b.Count); !price.IsFree() {
			diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "This costs credits", Subject: b.Range.Ptr(),
				Detail: fmt.Sprintf("To read %s would cost %s of the account at %s. To let it, give --allow-paid-data. Nothing was asked.",
					b.Addr, credits(price), w.client.Service().Name)})
		}
	}
	return invalid(Unsafe, diags, w.sources())
}

// priceOf is what questions cost together.
func priceOf(q config.Questions) tracking.Price {
	areas, bills := tracking.QueryRemoteArea.Price().Times(len(q.Places)), tracking.QueryAirWaybill.Price().Times(len(q.Waybills))
	return tracking.Price{Least: areas.Least + bills.Least, Most: areas.Most + bills.Most}
}

// askData asks, what is free first: an error there costs nothing.
func (w *workspace) askData(ctx context.Context, q config.Questions) error {
	a := &w.data.answers
	if len(q.Routes) > 0 {
		times, err := w.client.TransitTimes(ctx, q.Routes)
		if err != nil {
			return err
		}
		for _, t := range times {
			a.Times[t.Route] = t
		}
	}
	if len(q.Places) > 0 {
		areas, err := w.client.RemoteAreas(ctx, q.Places)
		if err != nil {
			return err
		}
		for _, area := range areas {
			a.Areas[area.Place] = area
		}
	}
	if len(q.Waybills) > 0 {
		bills, err := w.client.AirWaybills(ctx, q.Waybills)
		if err != nil {
			return err
		}
		byDigits := make(map[string]tracking.AirWaybill, len(bills))
		for _, b := range bills {
			byDigits[digits(b.Number)] = b
		}
		for _, number := range q.Waybills {
			if b, known := byDigits[digits(number)]; known {
				a.Waybills[number] = b
			}
		}
	}
	return nil
}

// dataCost is what was asked between two counts of requests; nil for nothing.
func dataCost(q config.Questions, before, after map[string]int) *plan.DataCost {
	price := priceOf(q)
	c := &plan.DataCost{MinCredits: price.Least, MaxCredits: price.Most}
	for _, query := range []tracking.Query{tracking.QueryTransitTime, tracking.QueryRemoteArea, tracking.QueryAirWaybill} {
		if n := after[string(query)] - before[string(query)]; n > 0 {
			c.Requests = append(c.Requests, plan.EndpointCount{Name: string(query), Count: n})
		}
	}
	if len(c.Requests) == 0 {
		return nil
	}
	return c
}

// readDataOnly is readData for commands that need nothing else of the service.
func (a *app) readDataOnly(ctx context.Context, cfg *config.Config, o *dataOptions) error {
	return a.askConfigured(cfg, func(w *workspace) error { return w.readData(ctx, o, nil) })
}
