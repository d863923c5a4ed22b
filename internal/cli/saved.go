package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// maxPlanFile bounds a saved plan that is read, in bytes.
const maxPlanFile = 1 << 30

// save writes a plan to the file of --out.
func (w *workspace) save(p *planned) error {
	st := w.session.State()
	h := plan.Header{
		ID: strings.ToLower(rand.Text()), Tool: w.app.Version, Created: w.opts.at.UTC(), Serial: st.Serial,
		Provider: w.cfg.Provider.Name, Endpoint: w.cfg.Provider.Endpoint, Options: w.opts.saved(w.cfg),
		Estimate: p.cost.Estimate, Facts: p.cost.Facts, Rate: p.cost.Rate, Free: p.cost.Free, Data: p.cost.Data,
	}
	if st.Serial > 0 { // before, every run makes up its own
		h.Lineage = st.Lineage
	}
	key := w.sealKey(h.Lineage)
	h.Config = key.Text("configuration", w.cfg.Hash)
	var err error
	if h.Answers, err = w.data.savedAnswers(key, w.cfg.Questions()); err != nil {
		return err
	}
	return w.app.writeOut(w.opts.out, 0o600, func(out io.Writer) error { return plan.Save(out, key, h, p.Plan) })
}

func (w *workspace) sealKey(lineage string) plan.SealKey { return sealKey(w.cfg, lineage) }

// sealKey is the key for plans of a configuration's account. The sandbox has no
// secret to derive one from.
func sealKey(cfg *config.Config, lineage string) plan.SealKey {
	return plan.NewSealKey(cmp.Or(cfg.Provider.APIKey, config.Sandbox), lineage)
}

// sealable reports whether a configuration has what a plan's seal is derived from.
func sealable(cfg *config.Config) bool {
	return cfg.Provider.APIKey != "" || cfg.Provider.Endpoint == config.Sandbox
}

// trusted refuses a saved plan that somebody has edited.
func (a *app) trusted(cfg *config.Config, f *plan.File) error {
	if f.Verify(sealKey(cfg, f.Lineage)) {
		return nil
	}
	return failWith(StalePlan, "The saved plan cannot be trusted", "It was made with another API key, or somebody has changed the file since. Plan again.")
}

// readPlan reads a saved plan.
func (a *app) readPlan(path string) (*plan.File, error) {
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
	return plan.ReadSaved(io.LimitReader(f, maxPlanFile))
}

// openPlan reads a saved plan and takes its options over. A plan has one state:
// another one that is named now is a mistake.
func (a *app) openPlan(o *planOptions, path string) (*plan.File, error) {
	given := o.path
	f, err := a.readPlan(path)
	if err == nil {
		err = o.restore(f)
	}
	if err != nil {
		return nil, fail("The saved plan cannot be read", fmt.Sprintf("%s: %s", render.Quote(path), sentence(err)))
	}
	if given != "" && filepath.Clean(a.inDir(given)) != filepath.Clean(a.inDir(o.path)) {
		return nil, fail("The saved plan is for another state", fmt.Sprintf("%s was made from the state %s, and --state names %s. "+
			"Leave --state out, or make a plan from the other state: tmsync plan --state %s --out FILE.",
			render.Quote(path), render.Quote(o.path), render.Quote(given), shellWord(given)))
	}
	return f, nil
}

// saved are the options that decide what a plan contains.
func (o *planOptions) saved(cfg *config.Config) plan.Saved {
	s := plan.Saved{
		Destroy: o.destroy, RefreshOnly: o.refreshOnly, Refresh: o.refresh, Mode: o.mode,
		Targets: texts(o.targets), Excludes: texts(o.excludes), Replace: texts(o.replace), State: cmp.Or(o.path, cfg.StatePath),
	}
	if o.maxRequests >= 0 {
		s.MaxRequests = &o.maxRequests
	}
	if o.maxDuration > 0 {
		s.MaxDuration = o.maxDuration.String()
	}
	if o.allowDeletes >= 0 {
		s.AllowDeletes = &o.allowDeletes
	}
	if o.allowMissing >= 0 {
		s.AllowMissing = &o.allowMissing
	}
	s.AllowCredits = o.allowCredits
	for _, v := range o.vars {
		name, _, _ := strings.Cut(v.Assign, "=")
		if v.File != "" || !cfg.SensitiveVariable(strings.TrimSpace(name)) {
			s.Vars = append(s.Vars, plan.SavedVar{Assign: v.Assign, File: v.File})
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

// restore takes the options over that a saved plan was made with. What was given
// now comes on top of them: variables that the file does not have, and
// permissions.
func (o *planOptions) restore(f *plan.File) error {
	s := &f.Options
	o.destroy, o.refreshOnly, o.mode, o.at = s.Destroy, s.RefreshOnly, s.Mode, f.Created
	o.refresh, o.path = cmp.Or(s.Refresh, "auto"), cmp.Or(s.State, o.path)
	for _, list := range []struct {
		to   *[]tracking.Pattern
		from []string
	}{{&o.targets, s.Targets}, {&o.excludes, s.Excludes}, {&o.replace, s.Replace}} {
		for _, text := range list.from {
			if err := (patterns{list.to}).Set(text); err != nil {
				return err
			}
		}
	}
	if s.AllowDeletes != nil && o.allowDeletes < 0 {
		o.allowDeletes = *s.AllowDeletes
	}
	if s.AllowMissing != nil && o.allowMissing < 0 {
		o.allowMissing = *s.AllowMissing
	}
	o.allowCredits = max(o.allowCredits, s.AllowCredits)
	if s.MaxRequests != nil && o.maxRequests < 0 {
		o.maxRequests = *s.MaxRequests
	}
	if s.MaxDuration != "" && o.maxDuration == 0 {
		var err error
		if o.maxDuration, err = time.ParseDuration(s.MaxDuration); err != nil {
			return err
		}
	}
	var vars []config.VarFlag
	for _, v := range s.Vars {
		vars = append(vars, config.VarFlag{Assign: v.Assign, File: v.File})
	}
	o.vars = append(vars, o.vars...)
	return nil
}

// applyFile carries out a saved plan: it plans again, and does so only if the
// result is what was approved.
func (a *app) applyFile(ctx context.Context, o *planOptions, path string) error {
	if o.given {
		return fail("Planning flags with a saved plan", "A saved plan is applied as it was made. Give flags such as --target, --mode or --destroy to \"tmsync plan --out\".")
	}
	f, err := a.openPlan(o, path)
	if err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return fail("Flags that do not go together", sentence(err))
	}
	o.accept = func(cfg *config.Config) error {
		if !sealable(cfg) {
			return nil // without a key there is no client either
		}
		return a.trusted(cfg, f)
	}
	w, err := a.open(ctx, o, writing)
	if err != nil {
		return err
	}
	defer w.close()
	key := w.sealKey(f.Lineage)
	begun, problem := w.fits(f, key)
	if problem != "" {
		return stale(problem)
	}
	w.kept = answersOf(f, key)
	p, err := w.plan(ctx)
	if err != nil {
		return err
	}
	if diffs := f.Compare(key, p.Plan, begun); len(diffs) > 0 {
		return stale("Since the plan was made, the service or the state has changed:\n\n" + listDifferences(diffs))
	}
	if err := w.refuse(p.stops); err != nil {
		return err
	}
	w.session.BeginPlan(f.ID)
	err = w.apply(ctx, p)
	if err == nil {
		w.session.EndPlan()
	}
	return err
}

func stale(detail string) error {
	return failWith(StalePlan, "The saved plan is stale", detail+"\n\nNothing was sent. Plan again, look at the new plan, and apply that one.")
}

// fits says whether a saved plan is about the configuration and the state as they
// are, and whether it has been applied in part.
func (w *workspace) fits(f *plan.File, key plan.SealKey) (begun bool, problem string) {
	st := w.session.State()
	id, applied := w.session.Plan()
	switch {
	case id == f.ID && applied:
		return false, "This plan has been carried out already."
	case f.Provider != w.cfg.Provider.Name || f.Endpoint != w.cfg.Provider.Endpoint:
		return false, "The plan is for another service: " + render.Inert(f.Endpoint) + "."
	case !key.Same("configuration", w.cfg.Hash, f.Config):
		return false, "The configuration is not the one that the plan was made from: a file, an order, or the value of a variable has changed. " +
			"Values of sensitive variables that were given with --var are not kept in the plan; give them again."
	case id == f.ID:
		return true, ""
	case f.Serial != st.Serial || f.Lineage != "" && f.Lineage != st.Lineage:
		return false, fmt.Sprintf("The plan was made from serial %d of the state, and another run has written it since: it is serial %d.", f.Serial, st.Serial)
	}
	return false, ""
}

// listDifferences names some of the changes that were not approved.
func listDifferences(diffs []plan.Difference) string {
	const most = 20
	var b strings.Builder
	for i, d := range diffs {
		if i == most {
			fmt.Fprintf(&b, "  … and %s\n", render.Plural(len(diffs)-most, "more difference"))
			break
		}
		fmt.Fprintf(&b, "  %s: %s\n", render.Inert(string(d.Addr)), map[plan.DifferenceKind]string{
			plan.NotApproved: string(d.Action) + " is not in the plan",
			plan.Changed:     string(d.Action) + " would write other values, or over other ones, than in the plan",
			plan.NotNeeded:   string(d.Action) + " is in the plan, and no longer to be done",
		}[d.Kind])
	}
	return strings.TrimSuffix(b.String(), "\n")
}
