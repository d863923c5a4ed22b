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

	"github.com/tmsync/tmsync/internal/render"
)

func planCommand() command {
	return command{
		name: "plan", summary: "Show what apply would do, and what it would cost",
		examples: `
# show what would change
tmsync plan

# save a plan, and carry out exactly that later
tmsync plan --out night.plan

# only the trackings of one block, or of one carrier
tmsync plan --target tracking.parcel
tmsync plan --target 'sto/*'

# in CI: a report for the pull request; exit code 2 if there are changes
tmsync plan --detailed-exitcode --input=false --md-out plan.md`,
		first: []string{"out", "target", "var", "detailed-exitcode", "refresh"},
		help: `
Reads the configuration, the state and what the service has, and shows the
differences as the changes that apply would make. Nothing is changed.

Exit codes: 0; 1 for an error; 4 when prevent_destroy or a precondition forbids
the plan, or data blocks cost credits and --allow-paid-data is not given, or cost
more than max_credits; 5 when the state is locked; with --detailed-exitcode, 2
when there are changes.`,
		setup: func(a *app, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o planOptions
			o.flags(fs)
			fs.BoolVar(&o.destroy, "destroy", false, "plan the removal of everything that is managed")
			fs.BoolVar(&o.detailed, "detailed-exitcode", false, "exit 2 when the plan has changes")
			fs.StringVar(&o.out, "out", "", "save the plan to a `FILE` for \"tmsync apply FILE\"")
			return func(ctx context.Context, _ []string) error {
				o.given = slices.ContainsFunc(append(planningFlags(), "var", "var-file", "state", "allow-deletes", "allow-missing", "allow-credits", "allow-paid-data"), fs.Changed)
				return a.recorded("plan", &o, func() error { return a.plan(ctx, &o) })
			}
		},
	}
}

func (a *app) plan(ctx context.Context, o *planOptions) error {
	w, p, err := a.prepare(ctx, o, reading)
	if err != nil {
		return err
	}
	defer w.close()
	w.warn(p.stops)
	w.warnOfLimits(p)
	if o.out != "" {
		if err := w.save(p); err != nil {
			return fail("The plan could not be saved", sentence(err))
		}
	}
	if a.Environ["TMSYNC_IN_AUTOMATION"] == "" && (o.out != "" || !p.Empty() && len(p.stops) == 0) {
		fmt.Fprintf(a.Stdout, "\nTo carry this out: tmsync %s\n", o.nextCommand())
	}
	if p.Empty() {
		return nil
	}
	if o.detailed {
		return exit(Changes)
	}
	return nil
}

// nextCommand is what carries a plan out.
func (o *planOptions) nextCommand() string {
	switch {
	case o.out != "":
		return "apply " + shellWord(o.out)
	case o.given:
		return "apply, with the same flags"
	}
	return "apply"
}

// shellWord quotes a word for a shell where it needs that.
func shellWord(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(render.Inert(s), "'", `'\''`) + "'"
}

// warnOfLimits says when one apply would not get through.
func (w *workspace) warnOfLimits(p *planned) {
	needs, seconds := p.cost.Estimate.Total, time.Duration(p.cost.Estimate.Seconds(p.cost.Rate)*float64(time.Second))
	var flag string
	switch {
	case w.opts.maxRequests >= 0 && needs > w.opts.maxRequests:
		flag = fmt.Sprintf("--max-requests=%d", w.opts.maxRequests)
	case w.opts.maxDuration > 0 && seconds > w.opts.maxDuration:
		flag = fmt.Sprintf("--max-duration=%s", w.opts.maxDuration)
	default:
		return
	}
	w.app.report(hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: "One apply will not do all of it",
		Detail: fmt.Sprintf("The plan takes %s, besides those that plan. With %s an apply stops before that, with exit code 6; the next one does the rest.",
			render.Plural(needs, "request"), flag)}}, nil)
}

// prepare makes a plan and shows it: all that plan, apply and destroy have in
// common. A nil workspace comes with the exit code of what forbids to go on.
func (a *app) prepare(ctx context.Context, o *planOptions, acc access) (*workspace, *planned, error) {
	if err := o.check(); err != nil {
		return nil, nil, fail("Flags that do not go together", sentence(err))
	}
	w, err := a.open(ctx, o, acc)
	if err != nil {
		return nil, nil, err
	}
	p, err := w.plan(ctx)
	if p != nil {
		if shown := w.show(p); shown != nil {
			err = errors.Join(err, fail("The plan could not be written", shown.Error()))
		}
	}
	if err != nil {
		w.close()
		return nil, nil, err
	}
	return w, p, nil
}
