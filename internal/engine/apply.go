package engine

import (
	"context"

	"github.com/tmsync/tmsync/apply"
)

// ApplyOptions are the observers and the stop of an apply.
type ApplyOptions struct {
	Progress func(done, total int) // nil for nobody
	// Enough returns why no further request may begin, "" for no reason. nil never has
	// one.
	Enough func() string
}

// Apply carries a plan out.
func (e *Engine) Apply(ctx context.Context, p *Planned, o ApplyOptions) *apply.Report {
	e.Session.SetAccount(e.Config.Provider.Endpoint, p.Account)
	return apply.Run(ctx, apply.Input{
		Plan: p.Plan, Session: e.Session, Service: e.Client, Listing: p.Listing, Progress: o.Progress, Enough: o.Enough,
	})
}
