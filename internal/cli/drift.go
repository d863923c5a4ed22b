package cli

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/render"
)

// driftOptions are the flags of drift.
type driftOptions struct {
	openOptions
	reportOptions
	planningOptions
	baseline string
	update   bool
}

func driftCommand() command {
	return command{
		name: "drift", summary: "Show what somebody else has changed at the service",
		examples: `
# what was changed at the service
tmsync drift

# accept it; later, exit code 2 only for what is new
tmsync drift --baseline drift.json --update-baseline
tmsync drift --baseline drift.json`,
		help: `
Compares what the service has with what was last applied, and changes nothing. A
live status and events are no drift. For each tracking it shows what was changed,
since when that is known here, and who would win: the files, which the next apply
would restore, or the service, where no file says anything else.

A baseline is a file of drift that is accepted. --update-baseline writes all there
is into it; what is in it is counted, and no reason to end with 2.

Exit codes: 0; 1 for an error; 2 when there is drift that is not in the baseline;
5 when the state is locked.`,
		setup: func(a *app, fs *pflag.FlagSet) func(context.Context, []string) error {
			o := driftOptions{}
			o.RefreshOnly = true
			o.configOptions.flags(fs)
			o.stateOptions.lockFlags(fs)
			o.reportOptions.flags(fs)
			paidFlag(fs, &o.PaidData)
			o.selectFlags(fs)
			o.refreshFlag(fs, engine.RefreshAuto, engine.RefreshFull, engine.RefreshManaged)
			fs.StringVar(&o.baseline, "baseline", "", "a `FILE` of drift that is accepted")
			fs.BoolVar(&o.update, "update-baseline", false, "accept all the drift that there is, in the file of --baseline")
			return func(ctx context.Context, _ []string) error {
				if o.update {
					a.writes("--baseline", o.baseline)
				} else {
					a.reads("the file of --baseline", o.baseline)
				}
				return a.recorded("drift", &o.reportOptions, o.vars, func() error { return a.drift(ctx, &o) })
			}
		},
	}
}

func (a *app) drift(ctx context.Context, o *driftOptions) (err error) {
	if o.update && o.baseline == "" {
		return fail("Flags that do not go together", "--update-baseline needs --baseline=FILE.")
	}
	var accepted []driftItem
	if o.baseline != "" {
		var err error
		if accepted, err = readDrift(a.inDir(o.baseline)); err != nil {
			return fail("The baseline cannot be read", fmt.Sprintf("%s: %s", render.Quote(o.baseline), sentence(err)))
		}
	}
	w, err := a.open(ctx, &o.openOptions, engine.Reading)
	if err != nil {
		return err
	}
	defer w.close(&err)
	p, err := w.plan(ctx, &o.planningOptions)
	if err != nil {
		return err
	}
	a.report(p.Warnings(), nil)
	// Since when is remembered beside the state, whatever baseline there is. It may
	// be forgotten, and is then told anew.
	note := w.Store.NotePath("drift.json")
	seen, err := readDrift(note)
	if err != nil {
		seen = nil
	}
	d := newDrift(w.Session.State(), p.Plan, a.Now(), seen, accepted)
	if a.ownPath(note) == nil {
		_ = writeDrift(note, d.items)
	}
	if o.update {
		err := a.ownPath(o.baseline)
		if err == nil {
			err = writeDrift(a.inDir(o.baseline), d.items)
		}
		if err != nil {
			return fail("The baseline could not be written", sentence(withoutPath(err)))
		}
	}
	if err := w.showDrift(p, d, o); err != nil {
		return fail("The drift could not be shown", sentence(err))
	}
	switch {
	case o.update:
		fmt.Fprintf(a.Stdout, "\nThe baseline %s has %s now.\n", render.Quote(o.baseline), render.Plural(len(d.items), "difference"))
		return nil
	case d.fresh.Empty():
		return nil
	}
	return exit(Changes)
}

// showDrift writes the drift that is new, and counts what is in the baseline.
func (w *workspace) showDrift(p *engine.Planned, d *drift, o *driftOptions) error {
	s := w.app.outStyle()
	s.Full, s.Summary = o.full, o.summary
	events := w.app.rec.events()
	for i := range p.Changes {
		c := &p.Changes[i]
		events.Drift(c, d.since[c.Addr], d.known[c.Addr])
	}
	w.app.rec.plan(d.fresh, p.Cost)
	if err := render.Drift(w.app.Stdout, d.fresh, s); err != nil {
		return err
	}
	if n := len(d.known); n > 0 {
		fmt.Fprintf(w.app.Stdout, "\n%s more differ as the baseline says.\n", render.Plural(n, "tracking"))
	}
	return nil
}
