package engine

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/plan/planfile"
)

// SealKey is the key for plans of a configuration's account. The sandbox has no secret
// to derive one from.
func SealKey(cfg *config.Config, lineage string) planfile.Key {
	return planfile.NewKey(cmp.Or(cfg.Provider.APIKey, config.Sandbox), lineage)
}

// Sealable reports whether a configuration has what a plan's seal is derived from.
func Sealable(cfg *config.Config) bool {
	return cfg.Provider.APIKey != "" || cfg.Provider.Endpoint == config.Sandbox
}

// Trusted refuses a saved plan that somebody has edited.
func Trusted(cfg *config.Config, f *planfile.File) error {
	if f.Verify(SealKey(cfg, f.Lineage)) {
		return nil
	}
	return Failed(StalePlan, "The saved plan cannot be trusted", "It was made with another API key, or somebody has changed the file since. Plan again.")
}

// Header is what a saved plan begins with, and the key that seals it. The options are
// those that the plan was made with.
func (e *Engine) Header(p *Planned, saved planfile.Options) (planfile.Header, planfile.Key, error) {
	st, provider := e.Session.State(), e.Config.Provider
	h := planfile.Header{
		ID: strings.ToLower(rand.Text()), Tool: e.opts.Version, Created: e.opts.At.UTC(), Serial: st.Serial,
		Provider: provider.Name, Endpoint: provider.Endpoint, Options: saved,
	}
	h.SetCost(p.Cost)
	if st.Serial > 0 { // before, every run makes up its own
		h.Lineage = st.Lineage
	}
	key := SealKey(e.Config, h.Lineage)
	h.Config = key.Text("configuration", e.Config.Hash)
	var err error
	h.Answers, err = e.data.savedAnswers(key, e.Config.Questions())
	return h, key, err
}

// PlanAgain plans with the options of a saved plan. It returns the new plan if it is
// the approved one, apart from what has already been applied.
func (e *Engine) PlanAgain(ctx context.Context, f *planfile.File, o PlanOptions) (*Planned, error) {
	key := SealKey(e.Config, f.Lineage)
	begun, problem := e.fits(f, key)
	if problem != "" {
		return nil, stale(problem)
	}
	o.Kept = AnswersOf(f, key)
	p, err := e.Plan(ctx, o)
	if err != nil {
		return nil, err
	}
	if diffs := f.Compare(key, p.Plan, begun); len(diffs) > 0 {
		return nil, stale("Since the plan was made, the service or the state has changed:\n\n" + listDifferences(diffs))
	}
	return p, nil
}

func stale(detail string) error {
	return Failed(StalePlan, "The saved plan is stale", detail+"\n\nNothing was sent. Plan again, look at the new plan, and apply that one.")
}

// fits reports whether a saved plan has been applied in part. The problem is why it
// does not match the configuration or the state, "" if it does.
func (e *Engine) fits(f *planfile.File, key planfile.Key) (begun bool, problem string) {
	st := e.Session.State()
	id, applied := e.Session.Plan()
	switch {
	case id == f.ID && applied:
		return false, "This plan has been carried out already."
	case f.Provider != e.Config.Provider.Name || f.Endpoint != e.Config.Provider.Endpoint:
		return false, "The plan is for another service: " + text.Inert(f.Endpoint) + "."
	case !key.Same("configuration", e.Config.Hash, f.Config):
		return false, "The configuration is not the one that the plan was made from: a file, an order, the standard input, or the value of a variable has changed. " +
			"Values of sensitive variables that were given with --var are not kept in the plan; give them again."
	case id == f.ID:
		return true, ""
	case f.Serial != st.Serial || f.Lineage != "" && f.Lineage != st.Lineage:
		return false, fmt.Sprintf("The plan was made from serial %d of the state, and another run has written it since: it is serial %d.", f.Serial, st.Serial)
	}
	return false, ""
}

// listDifferences returns the first of the changes that were not approved, as a
// list.
func listDifferences(diffs []planfile.Difference) string {
	const most = 20
	var b strings.Builder
	for i, d := range diffs {
		if i == most {
			fmt.Fprintf(&b, "  … and %s\n", text.Plural(len(diffs)-most, "more difference"))
			break
		}
		fmt.Fprintf(&b, "  %s: %s\n", text.Inert(string(d.Addr)), map[planfile.DifferenceKind]string{
			planfile.NotApproved: string(d.Action) + " is not in the plan",
			planfile.Changed:     string(d.Action) + " would write other values, or over other ones, than in the plan",
			planfile.NotNeeded:   string(d.Action) + " is in the plan, and no longer to be done",
		}[d.Kind])
	}
	return strings.TrimSuffix(b.String(), "\n")
}
