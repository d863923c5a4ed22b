package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/plan/planfile"
)

// maxPlanFile bounds a saved plan that is read, in bytes.
const maxPlanFile = 1 << 30

// save writes a plan to the file of --out.
func save(w *app.Workspace, p *engine.Planned, o *planOptions) error {
	options := o.saved(w.Config)
	if app.IsShared(w.Store) {
		options.Shared = w.Store.Name()
	}
	h, key, err := w.Header(p, options)
	if err != nil {
		return err
	}
	return w.App.WriteOut(o.out, 0o600, func(out io.Writer) error { return planfile.Write(out, key, h, p.Plan) })
}

// readPlan reads a saved plan.
func readPlan(a *app.App, path string) (*planfile.File, error) {
	path = a.InDir(path)
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err != nil {
		return nil, app.WithoutPath(err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, app.WithoutPath(err)
	}
	defer f.Close()
	return planfile.Read(io.LimitReader(f, maxPlanFile))
}

// openPlan reads a saved plan. It sets the options that follow from it: state, time
// and variables. Naming another state is a mistake: a plan has one.
func openPlan(a *app.App, o *app.OpenOptions, path string) (*planfile.File, error) {
	given := o.Path
	f, err := readPlan(a, path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	restore(o, f)
	if given != "" && (f.Options.Shared != "" || filepath.Clean(a.InDir(given)) != filepath.Clean(a.InDir(o.Path))) {
		return nil, app.Fail("The saved plan is for another state", fmt.Sprintf("%s was made from the state %s, and --state names %s. "+
			"Leave --state out, or make a plan from the other state: tmsync plan --state %s --out FILE.",
			text.Quote(path), text.Quote(cmp.Or(f.Options.Shared, o.Path)), text.Quote(given), shellWord(given)))
	}
	return f, nil
}

func unreadable(path string, err error) error {
	return app.Fail("The saved plan cannot be read", fmt.Sprintf("%s: %s", text.Quote(path), text.Sentence(err)))
}

// saved are the options that decide what a plan contains.
func (o *planOptions) saved(cfg *config.Config) planfile.Options {
	s := planfile.Options{
		Destroy: o.Destroy, RefreshOnly: o.RefreshOnly, Refresh: string(o.Refresh), Mode: string(o.Mode),
		Targets: texts(o.Targets), Excludes: texts(o.Excludes), Replace: texts(o.Replace), State: cmp.Or(o.Path, cfg.StatePath),
		MaxRequests: o.maxRequests, AllowDeletes: o.AllowDeletes, AllowMissing: o.AllowMissing,
	}
	if o.AllowCredits != nil {
		s.AllowCredits = *o.AllowCredits
	}
	if o.maxDuration > 0 {
		s.MaxDuration = o.maxDuration.String()
	}
	for _, v := range o.Vars {
		name, _, _ := strings.Cut(v.Assign, "=")
		if v.File != "" || !cfg.SensitiveVariable(strings.TrimSpace(name)) {
			s.Vars = append(s.Vars, planfile.Var{Assign: v.Assign, File: v.File})
		}
	}
	return s
}

func texts(patterns []tracking.Pattern) []string {
	var out []string
	for _, p := range patterns {
		out = append(out, p.String())
	}
	return out
}

// restore sets the options with which a saved plan was read. Variables that are
// given now come on top.
func restore(o *app.OpenOptions, f *planfile.File) {
	o.At, o.Path = f.Created, cmp.Or(f.Options.State, o.Path)
	var vars []config.VarFlag
	for _, v := range f.Options.Vars {
		vars = append(vars, config.VarFlag{Assign: v.Assign, File: v.File})
	}
	o.Vars = append(vars, o.Vars...)
}

// restore sets the options with which a saved plan was made. Permissions that are
// given now come on top of them.
func (o *planOptions) restore(f *planfile.File) error {
	s := &f.Options
	o.Destroy, o.RefreshOnly, o.Mode = s.Destroy, s.RefreshOnly, plan.Mode(s.Mode)
	o.Refresh = engine.Refresh(cmp.Or(s.Refresh, string(engine.RefreshAuto)))
	for _, list := range []struct {
		to   *[]tracking.Pattern
		from []string
	}{{&o.Targets, s.Targets}, {&o.Excludes, s.Excludes}, {&o.Replace, s.Replace}} {
		for _, text := range list.from {
			if err := app.PatternsIn(list.to).Set(text); err != nil {
				return err
			}
		}
	}
	o.AllowDeletes, o.AllowMissing = cmp.Or(o.AllowDeletes, s.AllowDeletes), cmp.Or(o.AllowMissing, s.AllowMissing)
	if o.AllowCredits == nil || *o.AllowCredits < s.AllowCredits {
		o.AllowCredits = &s.AllowCredits
	}
	o.maxRequests = cmp.Or(o.maxRequests, s.MaxRequests)
	if s.MaxDuration != "" && o.maxDuration == 0 {
		var err error
		if o.maxDuration, err = time.ParseDuration(s.MaxDuration); err != nil {
			return err
		}
	}
	return nil
}

// runApplyFile carries out a saved plan: it plans again, and does so only if the
// result is what was approved.
func runApplyFile(ctx context.Context, a *app.App, o *planOptions, path string) (err error) {
	if o.given {
		return app.Fail("Planning flags with a saved plan", "A saved plan is applied as it was made. Give flags such as --target, --mode or --destroy to \"tmsync plan --out\".")
	}
	f, err := openPlan(a, &o.OpenOptions, path)
	if err != nil {
		return err
	}
	if err := o.restore(f); err != nil {
		return unreadable(path, err)
	}
	if err := o.check(); err != nil {
		return app.Fail("Flags that do not go together", text.Sentence(err))
	}
	cfg, err := a.LoadWith(ctx, &o.OpenOptions)
	if err != nil {
		return sameStdin(a, err, path)
	}
	if engine.Sealable(cfg) { // without a key there is no client either
		if err := engine.Trusted(cfg, f); err != nil {
			o.Abandon()
			return err
		}
	}
	warnOfParallelism(a, o)
	w, err := a.Enter(ctx, cfg, &o.OpenOptions, engine.Writing)
	if err != nil {
		return err
	}
	defer w.Leave(&err)
	if made := f.Options.Shared; made != "" && made != w.Store.Name() {
		return app.FailWith(app.StalePlan, "The saved plan is for another state", fmt.Sprintf("%s was made from the state %s, and the configuration names %s now. Nothing was sent. Plan again.",
			text.Quote(path), text.Inert(made), text.Inert(w.Store.Name())))
	}
	p, err := w.Watch(func(refreshed func(*tracking.Listing)) (*engine.Planned, error) {
		opts := o.PlanOptions
		opts.Refreshed = refreshed
		return w.PlanAgain(ctx, f, opts)
	})
	if err != nil {
		return err
	}
	if err := p.Stopped(); err != nil {
		return err
	}
	if p.Empty() {
		if err := show(w, p, o); err != nil {
			return app.Fail("The plan could not be written", err.Error())
		}
	}
	w.Session.BeginPlan(f.ID)
	if err := carryOut(ctx, w, p, o); err != nil {
		return err
	}
	w.Session.EndPlan()
	return nil
}

// sameStdin adds to an error in the standard input what a saved plan needs.
func sameStdin(a *app.App, err error, path string) error {
	var p *engine.Problem
	if !errors.As(err, &p) {
		return err
	}
	for _, d := range p.Diagnostics {
		if d.Subject != nil && d.Subject.Filename == config.StdinShown {
			d.Detail += fmt.Sprintf("\n\nThe plan was made from rows of the standard input, which it does not contain. Give it the same again: %s apply %s < FILE", invocation(a), shellWord(path))
			break
		}
	}
	return err
}
