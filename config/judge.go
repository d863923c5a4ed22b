package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// judge decides what refers to trackings or data: preconditions, checks and outputs.
// What depends on the answers of the service waits for them.
type judge struct {
	*Scope
	outputs    []Output
	failed     []Failure
	moreFailed int             // preconditions beyond those that are kept
	warnings   hcl.Diagnostics // checks that do not hold

	preconditions []*precondition
	waiting       []*blueprint // with trackings whose preconditions wait
	again         []func()     // decides what waits for the answers
}

// decideAgain decides what waits for the answers.
func (j *judge) decideAgain() {
	again := j.again
	j.again = nil
	for _, decide := range again {
		decide()
	}
	j.sortOutputs()
	j.sortFailures()
	hcldiag.Sort(j.warnings)
}

// forget releases what was needed to decide.
func (j *judge) forget() {
	j.preconditions, j.waiting = nil, nil
	j.Scope.forget()
}

// Failure is a precondition that does not hold.
type Failure struct {
	// Addr is the tracking for which it does not hold; "" for one of an output,
	// and where many failures are summed up.
	Addr tracking.Addr
	Diag *hcl.Diagnostic

	at hcldiag.At // of the tracking
}

// Failures returns the preconditions that do not hold, but for trackings that are not
// selected. Where one does not hold for many trackings, they are one
// diagnostic.
func (c *Config) Failures(selects func(tracking.Addr) bool) (failures hcl.Diagnostics) {
	kinds := &hcldiag.Kinds{Report: func(d *hcl.Diagnostic) { failures = append(failures, d) }, Noun: "Trackings"}
	for _, f := range c.Failed {
		if f.Addr != "" && !selects(f.Addr) {
			continue
		}
		kind, d := "", *f.Diag
		if d.Subject != nil {
			kind = fmt.Sprintf("%s:%d", d.Subject.Filename, d.Subject.Start.Byte)
		}
		kinds.Add(kind, &d, f.at, "")
	}
	kinds.Close()
	return failures
}

// precondition is a condition of a tracking or trackings block. It is evaluated
// for each tracking that the block declares: at once, or, if it refers to
// trackings or data, when all of them are known.
type precondition struct {
	condition
	j       *judge
	private paths // see isPrivate
	secret  bool  // it refers to any of these
	later   bool

	errs *hcldiag.Kinds
}

// instance is a tracking whose preconditions wait.
type instance struct {
	declared int                  // its place
	own      map[string]cty.Value // each or row
}

// addConditions makes the preconditions of a block ready.
func (m *blueprint) addConditions(own []string) {
	if len(m.preconditions) == 0 {
		return
	}
	var private paths
	for _, in := range m.inputs {
		if in.expr != nil && in.field.sensitive() {
			private = append(private, referencesOf(in.expr, "each", "row")...)
		}
	}
	x, j := m.x, m.x.judge
	roots := append([]string{"tracking", "trackings", "data"}, own...)
	for _, c := range m.preconditions {
		if !x.checkReferences(c.holds, roots...) || !x.checkReferences(c.message, roots...) {
			continue
		}
		p := &precondition{condition: c, j: j, private: private}
		p.secret = x.refersToPrivate(c.holds, private)
		p.later = m.onDuplicate == keepLast || refersTo(c.holds, "tracking", "trackings", "data") || refersTo(c.message, "tracking", "trackings", "data")
		p.errs = x.kinds("Trackings")
		m.conditions = append(m.conditions, p)
		j.preconditions = append(j.preconditions, p)
	}
}

// maxFailures is how many preconditions that do not hold are kept. The others are
// counted.
const maxFailures = 10_000

// check evaluates the preconditions of the tracking that was declared last. ctx
// returns their scope. Those that cannot be decided yet wait.
func (m *blueprint) check(ctx func() *hcl.EvalContext) {
	i := len(m.x.declared) - 1
	waits := false
	for _, p := range m.conditions {
		if p.later {
			waits = true
		} else {
			p.check(i, ctx())
		}
	}
	if !waits {
		return
	}
	var own map[string]cty.Value
	if c := ctx(); c != m.x.ctx {
		own = c.Variables
	}
	for _, v := range own {
		if _, problem := m.x.memory.Keep(v); problem != "" {
			m.x.error(m.conditions[0].holds.Range().Ptr(), "Value too large", "What this condition waits with cannot be held. "+problem)
			return
		}
	}
	m.waiting = append(m.waiting, instance{i, maps.Clone(own)})
}

// waitAgain has the preconditions of a tracking wait with what another row says.
func (m *blueprint) waitAgain(declared int, ctx func() *hcl.EvalContext) {
	i, waits := slices.BinarySearchFunc(m.waiting, declared, func(in instance, declared int) int { return in.declared - declared })
	if waits {
		m.waiting[i].own = maps.Clone(ctx().Variables)
	}
}

// check evaluates the precondition for one tracking, and reports whether that gives
// an answer.
func (p *precondition) check(declared int, ctx *hcl.EvalContext) (decided bool) {
	if p.errs.Full() {
		return true
	}
	d := &p.j.declared[declared]
	holds, known, diags := p.j.holding(p.condition, ctx, p.secret)
	var failure *hcl.Diagnostic
	full := len(p.j.failed) >= maxFailures
	if known && !holds && !full {
		var more hcl.Diagnostics
		failure, more = p.j.failure("Precondition failed", p.condition, ctx, p.private)
		diags = append(diags, more...)
	}
	p.j.nameValues(diags, func(t hcl.Traversal) bool { return p.secret || p.j.isPrivate(t, p.private) })
	for _, diag := range diags {
		diag.Detail += fmt.Sprintf("\n\nThis happened for %s.", d.Addr)
		p.errs.Add(diag.Summary+hcldiag.Place(p.holds.Range()), diag, placeOf(d), "")
	}
	switch {
	case failure != nil:
		failure.Detail += fmt.Sprintf("\n\nThis is asked of %s, declared at %s.", d.Addr, hcldiag.Place(d.Range()))
		p.j.failed = append(p.j.failed, Failure{d.Addr, failure, placeOf(d)})
	case known && !holds && full:
		p.j.moreFailed++
	case known && !holds:
		return false // what there is to say of it is not known
	}
	return known
}

// checkWaiting evaluates the preconditions that refer to trackings. By now all
// trackings are known. It closes all preconditions.
func (j *judge) checkWaiting() {
	for _, m := range j.waiting {
		for _, p := range m.conditions {
			if !p.later {
				continue
			}
			p.checkAll(m.waiting)
		}
	}
	for _, p := range j.preconditions {
		p.errs.Close()
	}
}

// checkAll evaluates the precondition for the waiting trackings. Those for which it
// depends on the service are evaluated once more later.
func (p *precondition) checkAll(waiting []instance) {
	j := p.j
	vars := j.trackingVariables(p.holds, p.message)
	var undecided []instance
	for _, in := range waiting {
		ctx := j.ctx.NewChild()
		ctx.Variables = maps.Clone(vars)
		maps.Copy(ctx.Variables, in.own)
		j.progress.step()
		if !p.check(in.declared, ctx) && j.asks() {
			undecided = append(undecided, in)
		}
	}
	if len(undecided) > 0 {
		j.again = append(j.again, func() {
			p.checkAll(undecided)
			p.errs.Close()
		})
	}
}

// sortFailures sorts the failures into file order and counts the rest.
func (j *judge) sortFailures() {
	hcldiag.SortBy(j.failed, func(f Failure) *hcl.Diagnostic { return f.Diag })
	if j.moreFailed > 0 {
		j.failed = append(j.failed, Failure{Diag: hcldiag.MoreLikeThese(hcl.DiagError, j.moreFailed, fmt.Sprintf("There are %d more preconditions that do not hold.", j.moreFailed), nil)})
		j.moreFailed = 0
	}
	for _, f := range j.failed {
		f.Diag.Detail, f.Diag.Extra = text.Shorten(f.Diag.Detail, hcldiag.MaxDetail), nil
	}
}
