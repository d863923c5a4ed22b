package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
)

func planCommand() app.Command {
	return app.Command{
		Name: "plan", Summary: "Show what apply would do, and what it would cost",
		Examples: `
# show what would change
tmsync plan

# save a plan, and carry out exactly that later
tmsync plan --out night.plan

# only the trackings of one block, or of one carrier
tmsync plan --target tracking.parcel
tmsync plan --target 'sto/*'

# in CI: a report for the pull request, asking only about what that changes;
# --detailed-exitcode ends with 2 if there are changes
tmsync plan --refresh=changed --input=false --md-out plan.md`,
		First: []string{"out", "target", "var", "detailed-exitcode", "refresh"},
		Help: `
Reads the configuration, the state and what the service has, and shows the
differences as the changes that apply would make, to trackings and to outputs.
Nothing is changed.

Exit codes: 0; 1 for an error; 4 when prevent_destroy or a precondition forbids
the plan, or data blocks cost credits and --allow-paid-data is not given, or
cost more than max_credits; 5 when the state is locked; with
--detailed-exitcode, 2 when there are changes.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o planOptions
			o.Lint = true
			o.flags(fs)
			fs.BoolVar(&o.Destroy, "destroy", false, "plan the removal of everything that is managed")
			fs.BoolVar(&o.detailed, "detailed-exitcode", false, "exit 2 when the plan has changes")
			fs.StringVar(&o.out, "out", "", "save the plan to a `FILE` for \"tmsync apply FILE\"")
			return func(ctx context.Context, _ []string) error {
				o.given = slices.ContainsFunc(append(planningFlags(), "var", "var-file", "state", "allow-deletes", "allow-missing", "allow-credits", "allow-paid-data"), fs.Changed)
				a.Writes("--out", o.out)
				return a.Recorded("plan", &o.ReportOptions, o.Vars, func() error { return runPlan(ctx, a, &o) })
			}
		},
	}
}

func runPlan(ctx context.Context, a *app.App, o *planOptions) (err error) {
	w, p, err := prepare(ctx, a, o, engine.Reading)
	if err != nil {
		return err
	}
	defer w.Leave(&err)
	a.Report(refusals(p), nil)
	warnOfLimits(a, p, o)
	if o.out != "" {
		if err := save(w, p, o); err != nil {
			return app.Fail("The plan could not be saved", text.Sentence(err))
		}
	}
	if a.Environ["TMSYNC_IN_AUTOMATION"] == "" && (o.out != "" || !p.Empty() && len(p.Stops) == 0) {
		again := ""
		if w.Config.ReadsStdin() {
			again = ", with the same standard input"
		}
		fmt.Fprintf(a.Stdout, "\nTo carry this out: %s %s%s\n", invocation(a), o.nextCommand(), again)
	}
	if !p.Empty() && o.detailed {
		return app.Exit(app.Changes)
	}
	return nil
}

// refusals are warnings of why apply will not carry a plan out.
func refusals(p *engine.Planned) hcl.Diagnostics {
	diags := p.Warnings()
	for _, d := range diags {
		d.Detail += "\n\nAs it is, apply will refuse this plan."
	}
	return diags
}

// nextCommand is what carries a plan out.
func (o *planOptions) nextCommand() string {
	switch {
	case o.out != "":
		return "apply " + shellWord(o.out)
	case o.Destroy && o.given:
		return "destroy, with the same other flags"
	case o.Destroy:
		return "destroy"
	case o.given:
		return "apply, with the same flags"
	}
	return "apply"
}

// invocation is how a command that is to be copied begins: with the directory that
// this one was given.
func invocation(a *app.App) string {
	if a.Display == "" {
		return "tmsync"
	}
	return "tmsync --chdir=" + shellWord(a.Display)
}

// shellWord quotes a word for a shell where it needs that.
func shellWord(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(text.Inert(s), "'", `'\''`) + "'"
}

// warnOfLimits warns if one apply would not get through.
func warnOfLimits(a *app.App, p *engine.Planned, o *planOptions) {
	needs, seconds := p.Cost.Estimate.Total, time.Duration(p.Cost.Estimate.Seconds(p.Cost.Rate)*float64(time.Second))
	var flag string
	switch {
	case o.maxRequests != nil && needs > *o.maxRequests:
		flag = fmt.Sprintf("--max-requests=%d", *o.maxRequests)
	case o.maxDuration > 0 && seconds > o.maxDuration:
		flag = fmt.Sprintf("--max-duration=%s", o.maxDuration)
	default:
		return
	}
	a.Warn("One apply will not do all of it",
		fmt.Sprintf("The plan takes %s, besides those that plan. With %s an apply stops before that, with exit code 6; the next one does the rest.",
			text.Plural(needs, "request"), flag))
}

// prepare computes a plan and shows it: all that plan, apply and destroy have in
// common.
func prepare(ctx context.Context, a *app.App, o *planOptions, acc engine.Access) (*app.Workspace, *engine.Planned, error) {
	if err := o.check(); err != nil {
		return nil, nil, app.Fail("Flags that do not go together", text.Sentence(err))
	}
	cfg, err := a.LoadWith(ctx, &o.OpenOptions)
	if err != nil {
		return nil, nil, err
	}
	warnOfParallelism(a, o)
	w, err := a.Enter(ctx, cfg, &o.OpenOptions, acc)
	if err != nil {
		return nil, nil, err
	}
	o.refreshAs(cfg)
	p, err := w.MakePlan(ctx, &o.PlanningOptions)
	if p != nil {
		if shown := show(w, p, o); shown != nil {
			err = errors.Join(err, app.Fail("The plan could not be written", shown.Error()))
		}
	}
	if err != nil {
		w.Leave(&err)
		return nil, nil, err
	}
	return w, p, nil
}

// warnOfParallelism warns that the flag of that name has no effect.
func warnOfParallelism(a *app.App, o *planOptions) {
	if o.parallelism != 0 {
		a.Warn("--parallelism has no effect", "The service allows one request at a time; each carries up to 40 trackings.")
	}
}

// show writes the plan to stdout.
func show(w *app.Workspace, p *engine.Planned, o *planOptions) error {
	s := w.App.OutStyle()
	s.Sensitive = o.showSensitive && w.App.StdoutWidth > 0
	s.Full, s.Summary = o.Full, o.Summary
	w.App.Recorder.Plan(p.Plan, p.Cost)
	w.NameState()
	return render.Plan(w.App.Stdout, p.Plan, p.Cost, s)
}
