package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// DataOptions are the options of reading data blocks.
type DataOptions struct {
	Paid   bool         // they may cost credits
	Limits *plan.Limits // what a plan may cost; nil for any number
	Kept   KeptAnswers  // from a saved plan
}

// dataRead is what data blocks were told, and what that has cost.
type dataRead struct {
	answers config.Answers
	cost    *plan.DataCost // nil where nothing was asked
}

// ReadData reads the data blocks from the service and evaluates what depends on
// them. What is kept from an earlier run is not asked for again. In this order:
//
//  1. what is kept
//  2. stop, if the rest costs and may not, or costs more than a plan may
//  3. ask for the rest, each kind in as few requests as the service takes
//  4. outputs, checks and preconditions
func (e *Engine) ReadData(ctx context.Context, o DataOptions) error {
	blocks := e.Config.Data()
	if len(blocks) == 0 {
		return nil
	}
	all := e.Config.Questions()
	rest := o.Kept.fill(all, &e.data.answers)
	if err := e.mayCost(blocks, rest, o); err != nil {
		return err
	}
	before := e.Client.Requests()
	if err := e.askData(ctx, rest); err != nil {
		return Unread(ctx, "The data could not be asked for", err)
	}
	e.data.cost = e.dataCost(rest, before, e.Client.Requests())
	_, diags, err := Evaluate(e.opts.Version, e.Config, func() (struct{}, hcl.Diagnostics) { return struct{}{}, e.Config.Answer(&e.data.answers) })
	if err != nil {
		return err
	}
	if diags.HasErrors() {
		return e.invalid(Failure, diags)
	}
	e.notice(diags)
	return nil
}

// mayCost stops where questions cost credits and nobody has allowed that. It
// points to the blocks.
func (e *Engine) mayCost(blocks []config.DataBlock, rest config.Questions, o DataOptions) error {
	price := e.priceOf(rest)
	if o.Limits != nil {
		if n := o.Limits.NeedsCredits(price.Most); n > 0 {
			return Failed(Unsafe, "More credits than the safety limit allows", fmt.Sprintf("To read the data blocks may cost %s, and the safety block allows %g. "+
				"If this is meant, --allow-credits=%d lets it pass. Nothing was asked.", Credits(price), *e.Config.Safety.MaxCredits, n))
		}
	}
	if price.IsFree() || o.Paid {
		return nil
	}
	var diags hcl.Diagnostics
	for _, b := range blocks {
		if price := e.Client.Service().Queries[b.Query].Times(b.Count); !price.IsFree() {
			diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "This costs credits", Subject: b.Range.Ptr(),
				Detail: fmt.Sprintf("To read %s would cost %s of the account at %s. To let it, give --allow-paid-data. Nothing was asked.",
					b.Addr, Credits(price), e.Client.Service().Name)})
		}
	}
	return e.invalid(Unsafe, diags)
}

// priceOf is what questions cost together.
func (e *Engine) priceOf(q config.Questions) tracking.Price {
	prices := e.Client.Service().Queries
	areas, bills := prices[tracking.QueryRemoteArea].Times(len(q.Places)), prices[tracking.QueryAirWaybill].Times(len(q.Waybills))
	return tracking.Price{Least: areas.Least + bills.Least, Most: areas.Most + bills.Most}
}

// askData sends the questions, the free ones first: an error there costs nothing.
func (e *Engine) askData(ctx context.Context, q config.Questions) error {
	a := &e.data.answers
	if len(q.Routes) > 0 {
		times, err := e.Client.TransitTimes(ctx, q.Routes)
		if err != nil {
			return err
		}
		for _, t := range times {
			a.Times[t.Route] = t
		}
	}
	if len(q.Places) > 0 {
		areas, err := e.Client.RemoteAreas(ctx, q.Places)
		if err != nil {
			return err
		}
		for _, area := range areas {
			a.Areas[area.Place] = area
		}
	}
	if len(q.Waybills) > 0 {
		bills, err := e.Client.AirWaybills(ctx, q.Waybills)
		if err != nil {
			return err
		}
		byDigits := make(map[string]tracking.AirWaybill, len(bills))
		for _, b := range bills {
			byDigits[Digits(b.Number)] = b
		}
		for _, number := range q.Waybills {
			if b, known := byDigits[Digits(number)]; known {
				a.Waybills[number] = b
			}
		}
	}
	return nil
}

// dataCost is what was asked between two counts of requests; nil for nothing.
func (e *Engine) dataCost(q config.Questions, before, after map[string]int) *plan.DataCost {
	price := e.priceOf(q)
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

// Credits writes a price: "1 credit", "0.2 credits", "20–50 credits".
func Credits(p tracking.Price) string {
	if p.String() == "1" {
		return "1 credit"
	}
	return p.String() + " credits"
}

// Digits returns the digits of an air waybill's number, however it is written.
func Digits(number string) string { return strings.NewReplacer("-", "", " ", "").Replace(number) }
