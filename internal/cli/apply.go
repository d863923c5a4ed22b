package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/state"
)

func applyCommand() command {
	return command{
		name: "apply", args: "[PLAN]", complete: completeFile, summary: "Make the service match the configuration",
		examples: `
# plan, ask, carry it out
tmsync apply

# without asking, in CI
tmsync apply --auto-approve --input=false

# exactly what was saved by "tmsync plan --out night.plan"
tmsync apply night.plan

# at most ten minutes of it; the next apply does the rest
tmsync apply --auto-approve --max-duration 10m`,
		first: []string{"auto-approve", "target", "var", "allow-deletes", "max-requests"},
		help: `
Plans as "tmsync plan" does, asks for approval, and carries the plan out. What
is done is recorded at once; after an interruption, run apply again.

With PLAN, a file of "tmsync plan --out", nothing is asked: configuration, state
and service are read again, and only what was approved is done, with the state
that the plan was made from. A plan that was interrupted can be applied again
for the rest.

Exit codes: 0; 1 for an error; 4 when a safety limit or a failed precondition
stops it; 5 when the state is locked; 6 when it was done in part, or interrupted:
run it again; 7 when the credits do not suffice; 8 when the saved plan is stale;
9 when the service refuses some trackings for good: fix them, then apply.`,
		setup: func(a *app, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o planOptions
			o.flags(fs)
			fs.BoolVar(&o.Destroy, "destroy", false, "remove everything that is managed")
			fs.BoolVar(&o.autoApprove, "auto-approve", false, "do not ask")
			return func(ctx context.Context, args []string) error {
				if len(args) > 1 {
					return fail("Too many command line arguments", "tmsync apply takes one saved plan, or none. To work in another directory, put --chdir=DIR before the command.")
				}
				if len(args) == 1 {
					a.reads("the saved plan", args[0])
				}
				return a.recorded("apply", &o.reportOptions, o.vars, func() error {
					if len(args) == 1 {
						o.given = slices.ContainsFunc(planningFlags(), fs.Changed)
						return a.applyFile(ctx, &o, args[0])
					}
					return a.apply(ctx, &o)
				})
			}
		},
	}
}

func destroyCommand() command {
	return command{
		name: "destroy", summary: "Remove every managed tracking from the service",
		examples: `
# everything that this directory manages
tmsync destroy

# one tracking
tmsync destroy --target 'tracking.parcel["A-1"]'`,
		first: []string{"auto-approve", "target"},
		help: `
The same as "tmsync apply --destroy". What is not managed is not touched; a
tracking whose lifecycle says on_remove = "archive" or "forget" is treated so.`,
		setup: func(a *app, fs *pflag.FlagSet) func(context.Context, []string) error {
			o := planOptions{}
			o.flags(fs)
			fs.BoolVar(&o.autoApprove, "auto-approve", false, "do not ask")
			return func(ctx context.Context, _ []string) error {
				o.Destroy = true
				return a.recorded("destroy", &o.reportOptions, o.vars, func() error { return a.apply(ctx, &o) })
			}
		},
	}
}

// planningFlags are the flags that decide what a plan contains.
func planningFlags() []string {
	return []string{"destroy", "refresh-only", "refresh", "mode", "target", "exclude", "replace"}
}

func refreshCommand() command {
	return command{
		name: "refresh", summary: "Update the state from the service; send nothing",
		examples: `
# accept everything that was changed at the service
tmsync refresh`,
		help: `
The same as "tmsync apply --refresh-only --auto-approve". Nothing is sent to the
service. What differs from the configuration shows in the next plan.`,
		setup: func(a *app, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o planOptions
			o.flags(fs)
			return func(ctx context.Context, _ []string) error {
				o.RefreshOnly, o.autoApprove = true, true
				return a.recorded("refresh", &o.reportOptions, o.vars, func() error { return a.apply(ctx, &o) })
			}
		},
	}
}

func (a *app) apply(ctx context.Context, o *planOptions) (err error) {
	w, p, err := a.prepare(ctx, o, engine.Writing)
	if err != nil {
		return err
	}
	defer w.close(&err)
	if err := p.Stopped(); err != nil {
		return err
	}
	// What the plan does not list, such as a new live status, needs no approval.
	ask := !p.Empty() && !o.autoApprove
	if ask && (o.noInput || o.json || !a.StdinTerminal) {
		return fail("Approval is needed", "There is no terminal to ask on, or --input=false or --json was given. Nothing was changed. "+
			"Look at the plan, then pass --auto-approve.")
	}
	if ask && !a.approve(o) {
		fmt.Fprintf(a.Stdout, "\n%s cancelled.\n", map[bool]string{true: "Destroy", false: "Apply"}[o.Destroy])
		return exit(Failure)
	}
	return w.apply(ctx, p, o)
}

// approve asks for a yes.
func (a *app) approve(o *planOptions) bool {
	s := a.outStyle()
	question, warning := "Do you want to perform these actions?", "tmsync will perform the actions described above."
	switch {
	case o.RefreshOnly:
		question, warning = "Do you want to note these changes in the state?", "Nothing is sent to the service."
	case o.Destroy && len(o.Targets)+len(o.Excludes) > 0:
		question, warning = "Do you really want to destroy the trackings shown above?", "There is no undo."
	case o.Destroy:
		question, warning = "Do you really want to destroy all managed trackings?", "There is no undo."
	}
	fmt.Fprintf(a.Stdout, "\n%s\n  %s\n  Only \"yes\" will be accepted to approve.\n\n  %s ",
		render.Bold(s, question), warning, render.Bold(s, "Enter a value:"))
	line, _ := a.readLine()
	return strings.TrimSpace(line) == "yes"
}

// apply carries out an approved plan and reports how it ended.
func (w *workspace) apply(ctx context.Context, p *engine.Planned, o *planOptions) error {
	defer context.AfterFunc(ctx, func() {
		fmt.Fprint(w.app.Stderr, "\nInterrupted: finishing the request under way. Ctrl-C again leaves at once.\n")
	})()
	w.app.underWay.Store(true)
	bar := w.app.progress("Applying")
	rep := w.Apply(ctx, p, engine.ApplyOptions{Progress: bar.event, Enough: func() string { return w.enough(o) }})
	bar.clear()
	w.app.rec.report(rep)
	w.app.report(rep.Diagnostics(), w.Config.Sources())
	if !p.Empty() {
		fmt.Fprintln(w.app.Stdout)
		if err := render.Report(w.app.Stdout, rep, w.app.outStyle()); err != nil {
			return fail("The report could not be written", err.Error())
		}
	}
	switch {
	case rep.Complete():
		return w.showOutputs(o)
	case errors.As(rep.Err, new(*state.LostError)):
		return exit(Partial)
	case rep.Err != nil && rep.Count(apply.Done) == 0:
		return exit(Failure)
	case rep.NoCredit:
		return exit(NoCredits)
	case rep.RefusedOnly():
		return exit(Refused)
	}
	return exit(Partial)
}

// enough says which limit of the command line is reached. All requests of the run
// count, those that plan, too.
func (w *workspace) enough(o *planOptions) string {
	sent := 0
	for _, n := range w.Client.Requests() {
		sent += n
	}
	switch {
	case o.maxRequests != nil && sent >= *o.maxRequests:
		return fmt.Sprintf("the %s of --max-requests are used up", render.Plural(*o.maxRequests, "request"))
	case o.maxDuration > 0 && w.app.Now().Sub(w.Started) >= o.maxDuration:
		return fmt.Sprintf("the time of --max-duration=%s is over", o.maxDuration)
	}
	return ""
}
