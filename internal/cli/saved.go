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
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/plan/planfile"
)

// maxPlanFile bounds a saved plan that is read, in bytes.
const maxPlanFile = 1 << 30

// save writes a plan to the file of --out.
func (w *workspace) save(p *engine.Planned, o *planOptions) error {
	h, key, err := w.Header(p, o.saved(w.Config))
	if err != nil {
		return err
	}
	return w.app.writeOut(o.out, 0o600, func(out io.Writer) error { return planfile.Write(out, key, h, p.Plan) })
}

// readPlan reads a saved plan.
func (a *app) readPlan(path string) (*planfile.File, error) {
	path = a.inDir(path)
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err != nil {
		return nil, withoutPath(err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	defer f.Close()
	return planfile.Read(io.LimitReader(f, maxPlanFile))
}

// openPlan reads a saved plan and takes over which state it is about, when it was
// made, and its variables. A plan has one state: another one that is named now is a
// mistake.
func (a *app) openPlan(o *openOptions, path string) (*planfile.File, error) {
	given := o.path
	f, err := a.readPlan(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	o.restore(f)
	if given != "" && filepath.Clean(a.inDir(given)) != filepath.Clean(a.inDir(o.path)) {
		return nil, fail("The saved plan is for another state", fmt.Sprintf("%s was made from the state %s, and --state names %s. "+
			"Leave --state out, or make a plan from the other state: tmsync plan --state %s --out FILE.",
			render.Quote(path), render.Quote(o.path), render.Quote(given), shellWord(given)))
	}
	return f, nil
}

func unreadable(path string, err error) error {
	return fail("The saved plan cannot be read", fmt.Sprintf("%s: %s", render.Quote(path), sentence(err)))
}

// saved are the options that decide what a plan contains.
func (o *planOptions) saved(cfg *config.Config) planfile.Options {
	s := planfile.Options{
		Destroy: o.Destroy, RefreshOnly: o.RefreshOnly, Refresh: string(o.Refresh), Mode: string(o.Mode),
		Targets: texts(o.Targets), Excludes: texts(o.Excludes), Replace: texts(o.Replace), State: cmp.Or(o.path, cfg.StatePath),
		MaxRequests: o.maxRequests, AllowDeletes: o.AllowDeletes, AllowMissing: o.AllowMissing,
	}
	if o.AllowCredits != nil {
		s.AllowCredits = *o.AllowCredits
	}
	if o.maxDuration > 0 {
		s.MaxDuration = o.maxDuration.String()
	}
	for _, v := range o.vars {
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

// restore takes over what a saved plan was read with. Variables that are given now
// come on top.
func (o *openOptions) restore(f *planfile.File) {
	o.at, o.path = f.Created, cmp.Or(f.Options.State, o.path)
	var vars []config.VarFlag
	for _, v := range f.Options.Vars {
		vars = append(vars, config.VarFlag{Assign: v.Assign, File: v.File})
	}
	o.vars = append(vars, o.vars...)
}

// restore takes the options over that a saved plan was made with. Permissions that are
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
			if err := (patterns{list.to}).Set(text); err != nil {
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

// applyFile carries out a saved plan: it plans again, and does so only if the
// result is what was approved.
func (a *app) applyFile(ctx context.Context, o *planOptions, path string) (err error) {
	if o.given {
		return fail("Planning flags with a saved plan", "A saved plan is applied as it was made. Give flags such as --target, --mode or --destroy to \"tmsync plan --out\".")
	}
	f, err := a.openPlan(&o.openOptions, path)
	if err != nil {
		return err
	}
	if err := o.restore(f); err != nil {
		return unreadable(path, err)
	}
	if err := o.check(); err != nil {
		return fail("Flags that do not go together", sentence(err))
	}
	cfg, err := a.loadWith(&o.openOptions)
	if err != nil {
		return err
	}
	if engine.Sealable(cfg) { // without a key there is no client either
		if err := engine.Trusted(cfg, f); err != nil {
			return err
		}
	}
	a.warnOfParallelism(o)
	w, err := a.enter(ctx, cfg, &o.openOptions, engine.Writing)
	if err != nil {
		return err
	}
	defer w.close(&err)
	p, err := w.watch(func(refreshed func(*tracking.Listing)) (*engine.Planned, error) {
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
	w.Session.BeginPlan(f.ID)
	if err := w.apply(ctx, p, o); err != nil {
		return err
	}
	w.Session.EndPlan()
	return nil
}
