package transfer

import (
	"context"
	"fmt"
	"slices"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// reload reads the configuration again, after files were written. Warnings were
// told before.
func reload(w *app.Workspace, o *app.ConfigOptions) error {
	l := w.App.Read(o)
	switch {
	case l.Err != nil:
		return l.Err
	case l.Diags.HasErrors():
		return app.Invalid(app.Failure, l.Diags, l.Config.Sources())
	}
	w.Config = l.Config
	return nil
}

// byImport returns a plan's input with an import block for some declared trackings:
// the command is as good.
func byImport(in plan.Input, keys map[tracking.Addr]tracking.Key) plan.Input {
	in.Imports = slices.Clone(in.Imports)
	for addr, key := range keys {
		in.Imports = append(in.Imports, tracking.Import{To: addr, Key: key})
	}
	return in
}

// adopted is a change that has taken a tracking into the state.
type adopted struct {
	*plan.Change
	differs tracking.AttrSet // attributes in which the declaration differs
}

// adopt adds declared trackings to the state as planned, and sends nothing: what
// differs is left for the next plan.
func adopt(ctx context.Context, w *app.Workspace, l *tracking.Listing, want map[tracking.Addr]tracking.Key) ([]adopted, error) {
	p, _ := plan.Compute(byImport(w.AnyMode(l), want))
	only := &plan.Plan{}
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Action == plan.Adopt && want[c.Addr] == c.Key {
			only.Changes = append(only.Changes, *c)
		}
	}
	if len(only.Changes) != len(want) {
		return nil, app.Fail("It cannot be imported", fmt.Sprintf("The plan would do something else than adopt with %s of what is to be imported. "+
			"Look at it with \"tmsync plan\", and apply that first.", text.Count(len(want)-len(only.Changes))))
	}
	taken := make([]adopted, len(only.Changes))
	for i := range only.Changes {
		c := &only.Changes[i]
		taken[i].Change = c
		for _, f := range c.Fields {
			taken[i].differs = taken[i].differs.With(f.Attr)
		}
		c.Fields = nil
	}
	w.Session.SetAccount(w.Config.Provider.Endpoint, w.Session.State().Account)
	rep := apply.Run(ctx, apply.Input{Plan: only, Session: w.Session, Service: w.Client, Listing: l})
	if !rep.Complete() {
		return nil, app.Invalid(app.Failure, rep.Diagnostics(), w.Config.Sources())
	}
	w.App.Report(rep.Diagnostics(), w.Config.Sources())
	return taken, nil
}
