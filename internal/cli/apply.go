package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/state"
)

func applyCommand() app.Command {
	return app.Command{
		Name: "apply", Args: "[PLAN]", Complete: app.CompleteFile, Summary: "Make the service match the configuration",
		Examples: `
# plan, ask, carry it out
tmsync apply

# without asking, in CI
tmsync apply --auto-approve --input=false

# exactly what was saved by "tmsync plan --out night.plan"
tmsync apply night.plan

# at most ten minutes of it; the next apply does the rest
tmsync apply --auto-approve --max-duration 10m`,
		First: []string{"auto-approve", "target", "var", "allow-deletes", "max-requests"},
		Help: `
Plans as "tmsync plan" does, asks for approval, and carries the plan out. With
nothing to do, it does not ask. What is done is recorded at once; after an
interruption, run apply again.

With PLAN, a file of "tmsync plan --out", nothing is asked: configuration, state
and service are read again, and only what was approved is done, with the state
that the plan was made from. A plan that was interrupted can be applied again
for the rest.

Exit codes: 0; 1 for an error; 4 when a safety limit or a failed precondition
stops it; 5 when the state is locked, or its lock was lost; 6 when it was done
in part, or interrupted: run it again; 7 when the credits do not suffice; 8 when
the saved plan is stale; 9 when the service refuses some trackings for good: fix
them, then apply.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o planOptions
			o.flags(fs)
			fs.BoolVar(&o.Destroy, "destroy", false, "remove everything that is managed")
			fs.BoolVar(&o.autoApprove, "auto-approve", false, "do not ask")
			return func(ctx context.Context, args []string) error {
				if len(args) > 1 {
					return app.Fail("Too many command line arguments", "tmsync apply takes one saved plan, or none. To work in another directory, put --chdir=DIR before the command.")
				}
				if len(args) == 1 {
					a.Reads("the saved plan", args[0])
				}
				return a.Recorded("apply", &o.ReportOptions, o.Vars, func() error {
					if len(args) == 1 {
						o.given = slices.ContainsFunc(append(planningFlags(), "destroy"), fs.Changed)
						return runApplyFile(ctx, a, &o, args[0])
					}
					return runApply(ctx, a, &o)
				})
			}
		},
	}
}

func destroyCommand() app.Command {
	return app.Command{
		Name: "destroy", Summary: "Delete every managed tracking, unless on_remove says otherwise",
		Examples: `
# everything that this directory manages
tmsync destroy

# one tracking
tmsync destroy --target 'tracking.parcel["A-1"]'`,
		First: []string{"auto-approve", "target"},
		Help: `
The same as "tmsync apply --destroy". What is managed is deleted at the service,
unless its lifecycle says on_remove = "archive" or "forget"; what was adopted is
only forgotten, unless on_remove says otherwise. What is forgotten stays at the
service, and the plan counts it. What is not managed is not touched.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			o := planOptions{}
			o.flags(fs)
			fs.BoolVar(&o.autoApprove, "auto-approve", false, "do not ask")
			return func(ctx context.Context, _ []string) error {
				o.Destroy = true
				return a.Recorded("destroy", &o.ReportOptions, o.Vars, func() error { return runApply(ctx, a, &o) })
			}
		},
	}
}

// planningFlags are the flags that decide what a plan contains, besides --destroy.
func planningFlags() []string {
	return []string{"refresh-only", "refresh", "mode", "target", "exclude", "replace"}
}

func refreshCommand() app.Command {
	return app.Command{
		Name: "refresh", Summary: "Update the state from the service; send nothing",
		Examples: `
# accept everything that was changed outside tmsync
tmsync refresh`,
		Help: `
The same as "tmsync apply --refresh-only --auto-approve". Nothing is sent to the
service. What differs from the configuration shows in the next plan.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o planOptions
			o.flags(fs)
			return func(ctx context.Context, _ []string) error {
				o.RefreshOnly, o.autoApprove = true, true
				return a.Recorded("refresh", &o.ReportOptions, o.Vars, func() error { return runApply(ctx, a, &o) })
			}
		},
	}
}

func runApply(ctx context.Context, a *app.App, o *planOptions) (err error) {
	w, p, err := prepare(ctx, a, o, engine.Writing)
	if err != nil {
		return err
	}
	defer w.Leave(&err)
	if err := p.Stopped(); err != nil {
		return err
	}
	// What the plan does not list, such as a new live status, needs no approval.
	ask := !p.Empty() && !o.autoApprove
	if ask && (o.NoInput || o.JSON || !a.StdinTerminal) {
		return app.Fail("Approval is needed", "There is no terminal to ask on, or --input=false or --json was given. Nothing was changed. "+
			"Look at the plan, then pass --auto-approve.")
	}
	if ask && !approve(a, o, !p.HasChanges()) {
		fmt.Fprintf(a.Stdout, "\n%s cancelled.\n", map[bool]string{true: "Destroy", false: "Apply"}[o.Destroy])
		return app.Exit(app.Failure)
	}
	if !p.Empty() {
		fmt.Fprintln(a.Stdout) // between the plan and what became of it
	}
	return carryOut(ctx, w, p, o)
}

// approve reports whether the user answers yes.
func approve(a *app.App, o *planOptions, outputsOnly bool) bool {
	s := a.OutStyle()
	question, warning := "Do you want to perform these actions?", "tmsync will perform the actions described above."
	switch {
	case o.RefreshOnly:
		question, warning = "Do you want to note these changes in the state?", "Nothing is sent to the service."
	case outputsOnly:
		question, warning = "Do you want to note these outputs in the state?", "Nothing is sent to the service."
	case o.Destroy && len(o.Targets)+len(o.Excludes) > 0:
		question, warning = "Do you really want to destroy the trackings shown above?", "There is no undo."
	case o.Destroy:
		question, warning = "Do you really want to destroy all managed trackings?", "There is no undo."
	}
	fmt.Fprintf(a.Stdout, "\n%s\n  %s\n  Only \"yes\" will be accepted to approve.\n\n  %s ",
		render.Bold(s, question), warning, render.Bold(s, "Enter a value:"))
	line, _ := a.ReadLine()
	return strings.TrimSpace(line) == "yes"
}

// carryOut carries out an approved plan and reports how it ended.
func carryOut(ctx context.Context, w *app.Workspace, p *engine.Planned, o *planOptions) error {
	defer context.AfterFunc(ctx, func() {
		fmt.Fprint(w.App.Stderr, "\nInterrupted: finishing the request under way. Ctrl-C again leaves at once.\n")
	})()
	w.App.UnderWay.Store(true)
	bar := app.NewProgress(w.App, "Applying")
	rep := w.Apply(ctx, p, engine.ApplyOptions{Progress: bar.Event, Enough: func() string { return enough(w, o) }})
	bar.Clear()
	w.App.Recorder.Report(rep)
	w.App.Report(rep.Diagnostics(), w.Config.Sources())
	if !p.Empty() {
		if err := render.Report(w.App.Stdout, rep, w.App.OutStyle()); err != nil {
			return app.Fail("The report could not be written", err.Error())
		}
	}
	var fenced *state.FencedError
	switch {
	case rep.Complete():
		return showOutputs(w, o)
	case errors.As(rep.Err, &fenced) && (fenced.Cause == nil || rep.Count(apply.Unsent) == len(rep.Results)):
		return app.Exit(app.Locked)
	case errors.As(rep.Err, new(*state.LostError)), fenced != nil:
		return app.Exit(app.Partial)
	case rep.Err != nil && rep.Count(apply.Done) == 0:
		return app.Exit(app.Failure)
	case rep.NoCredit && (rep.Count(apply.Done) == 0 || w.Client.Service().Account.Name != ""):
		return app.Exit(app.NoCredits)
	case rep.ForbiddenOnly():
		return app.Exit(app.Unsafe)
	case rep.RefusedOnly():
		return app.Exit(app.Refused)
	}
	return app.Exit(app.Partial)
}

// enough returns which limit of the command line is reached, "" for none. All
// requests of the run count, those that plan, too.
func enough(w *app.Workspace, o *planOptions) string {
	sent := 0
	for _, n := range w.Client.Requests() {
		sent += n
	}
	switch {
	case o.maxRequests != nil && sent >= *o.maxRequests:
		return fmt.Sprintf("the %s of --max-requests are used up", text.Plural(*o.maxRequests, "request"))
	case o.maxDuration > 0 && w.App.Now().Sub(w.Started) >= o.maxDuration:
		return fmt.Sprintf("the time of --max-duration=%s is over", o.maxDuration)
	}
	return ""
}
