package engine

import (
	"context"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"github.com/tmsync/tmsync/plan"
)

// LookUp reads some trackings from the service: for one that should be there on its
// own path, for what is not there and for many by their numbers.
func (e *Engine) LookUp(ctx context.Context, keys ...tracking.Key) (*tracking.Listing, error) {
	if len(keys) == 1 {
		one, err := e.Client.Get(ctx, keys[0])
		if err != nil {
			return nil, Unread(ctx, "The service could not be read", err)
		}
		if one != nil {
			return &tracking.Listing{Items: []tracking.Remote{*one}, Requests: 1}, nil
		}
	}
	listing, err := e.Client.List(ctx, trackingmore.ListOptions{Declared: keys, Mode: trackingmore.ModeManaged})
	if err != nil {
		return nil, Unread(ctx, "The service could not be read", err)
	}
	return listing, nil
}

// AnyMode returns the input of a plan over a listing, independent of the mode.
func (e *Engine) AnyMode(l *tracking.Listing) plan.Input {
	in := e.Input(PlanOptions{})
	in.Remote, in.Mode = l, plan.ModeSync
	return in
}
