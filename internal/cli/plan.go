package cli

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"
)

func planCommand() command {
	return command{
		name: "plan", summary: "Show what apply would do, and what it would cost",
		help: `
Reads the configuration, the state and what the service has, and shows the
differences as the changes that apply would make. Nothing is changed.

Exit codes: 0; 1 for an error; 4 when prevent_destroy forbids the plan; 5 when
the state is locked; with --detailed-exitcode, 2 when there are changes.`,
		setup: func(a *app, fs *pflag.FlagSet) func(context.Context, []string) ExitCode {
			var o planOptions
			o.flags(fs)
			fs.BoolVar(&o.destroy, "destroy", false, "plan the removal of everything that is managed")
			fs.BoolVar(&o.detailed, "detailed-exitcode", false, "exit 2 when the plan has changes")
			return func(ctx context.Context, _ []string) ExitCode { return a.plan(ctx, &o) }
		},
	}
}

func (a *app) plan(ctx context.Context, o *planOptions) ExitCode {
	w, p, code := a.prepare(ctx, o, reading)
	if w == nil {
		return code
	}
	defer w.close()
	w.warn(p.stops)
	if p.Empty() {
		return OK
	}
	if a.Environ["TMSYNC_IN_AUTOMATION"] == "" && len(p.stops) == 0 {
		verb := "apply"
		if o.destroy {
			verb = "destroy"
		}
		fmt.Fprintf(a.Stdout, "\nTo carry this out: tmsync %s\n", verb)
	}
	if o.detailed {
		return Changes
	}
	return OK
}

// prepare makes a plan and shows it: all that plan, apply and destroy have in
// common. A nil workspace comes with the exit code of what forbids to go on.
func (a *app) prepare(ctx context.Context, o *planOptions, acc access) (*workspace, *planned, ExitCode) {
	w, code := a.open(ctx, o, acc)
	if w == nil {
		return nil, nil, code
	}
	p, code := w.plan(ctx)
	if p != nil {
		if err := w.show(p); err != nil {
			code = a.fail("The plan could not be written", err.Error())
		}
	}
	if code != OK {
		w.close()
		return nil, nil, code
	}
	return w, p, OK
}
