package inspect

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
)

// driftOptions are the flags of drift.
type driftOptions struct {
	app.OpenOptions
	app.ReportOptions
	app.PlanningOptions
	baseline string
	update   bool
}

// Drift is the command drift.
func Drift() app.Command {
	return app.Command{
		Name: "drift", Summary: "Show what was changed outside tmsync",
		Examples: `
# what was changed outside tmsync
tmsync drift

# accept it; later, exit code 2 only for what is new
tmsync drift --baseline drift.json --update-baseline
tmsync drift --baseline drift.json`,
		Help: `
Compares what the service has with what was last applied, and changes nothing.
A live status and events are no drift. For each tracking it shows what was
changed, since when that is known here, and who would win: the files, which the
next apply would restore, or the service, where no file says anything else.

A baseline is a file of drift that is accepted. --update-baseline writes all
there is into it; what is in it is counted, and no reason to end with 2.

Exit codes: 0; 1 for an error; 2 when there is drift that is not in the
baseline; 5 when the state is locked.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			o := driftOptions{}
			o.RefreshOnly = true
			o.ConfigOptions.Flags(fs)
			o.StateOptions.LockFlags(fs)
			o.ReportOptions.Flags(fs)
			app.PaidFlag(fs, &o.PaidData)
			o.SelectFlags(fs)
			o.RefreshFlag(fs, engine.RefreshAuto, engine.RefreshFull, engine.RefreshManaged)
			fs.StringVar(&o.baseline, "baseline", "", "a `FILE` of drift that is accepted")
			fs.BoolVar(&o.update, "update-baseline", false, "accept all the drift that there is, in the file of --baseline")
			return func(ctx context.Context, _ []string) error {
				if o.update {
					a.Writes("--baseline", o.baseline)
				} else {
					a.Reads("the file of --baseline", o.baseline)
				}
				return a.Recorded("drift", &o.ReportOptions, o.Vars, func() error { return runDrift(ctx, a, &o) })
			}
		},
	}
}

func runDrift(ctx context.Context, a *app.App, o *driftOptions) (err error) {
	if o.update && o.baseline == "" {
		return app.Fail("Flags that do not go together", "--update-baseline needs --baseline=FILE.")
	}
	var accepted []driftItem
	if o.baseline != "" {
		var err error
		if accepted, err = readDrift(a.InDir(o.baseline)); err != nil {
			return app.Fail("The baseline cannot be read", fmt.Sprintf("%s: %s", text.Quote(o.baseline), text.Sentence(err)))
		}
	}
	w, err := a.Open(ctx, &o.OpenOptions, engine.Reading)
	if err != nil {
		return err
	}
	defer w.Leave(&err)
	p, err := w.MakePlan(ctx, &o.PlanningOptions)
	if err != nil {
		return err
	}
	a.Report(p.Warnings(), nil)
	// Since when is remembered beside the state, whatever baseline there is. It may
	// be forgotten, and is then told anew.
	note := w.Store.NotePath("drift.json")
	seen, err := readDrift(note)
	if err != nil {
		seen = nil
	}
	d := newDrift(w.Session.State(), p.Plan, a.Now(), seen, accepted)
	if a.OwnPath(note) == nil {
		_ = writeDrift(note, d.items)
	}
	if o.update {
		err := a.OwnPath(o.baseline)
		if err == nil {
			err = writeDrift(a.InDir(o.baseline), d.items)
		}
		if err != nil {
			return app.Fail("The baseline could not be written", text.Sentence(app.WithoutPath(err)))
		}
	}
	if err := showDrift(w, p, d, o); err != nil {
		return app.Fail("The drift could not be shown", text.Sentence(err))
	}
	switch {
	case o.update:
		fmt.Fprintf(a.Stdout, "\nThe baseline %s has %s now.\n", text.Quote(o.baseline), text.Plural(len(d.items), "difference"))
		return nil
	case d.fresh.Empty():
		return nil
	}
	return app.Exit(app.Changes)
}

// showDrift writes the drift that is new, and counts what is in the baseline.
func showDrift(w *app.Workspace, p *engine.Planned, d *drift, o *driftOptions) error {
	s := w.App.OutStyle()
	s.Full, s.Summary = o.Full, o.Summary
	events := w.App.Recorder.Events()
	for i := range p.Changes {
		c := &p.Changes[i]
		events.Drift(c, d.since[c.Addr], d.known[c.Addr])
	}
	w.App.Recorder.Plan(d.fresh, p.Cost)
	w.NameState()
	if err := render.Drift(w.App.Stdout, d.fresh, s); err != nil {
		return err
	}
	if n := len(d.known); n > 0 {
		fmt.Fprintf(w.App.Stdout, "\n%s more differ as the baseline says.\n", text.Plural(n, "tracking"))
	}
	return nil
}
