package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/tracking"
)

// expander makes trackings of their blocks.
type expander struct {
	*Scope
	judge     *judge
	provider  Provider
	defaults  defaults
	lifecycle map[tracking.Lifecycle]*tracking.Lifecycle // each held once
	carriers  map[string]string                          // carrier codes, each held once
	linter    *linter

	once   mould                       // see newMould
	values [len(tracking.Specs)]string // of the tracking that is made last
}

// newExpander returns the expander for trackings of a provider. listed returns the
// carriers of the service, see Options.Carriers.
func newExpander(s *Scope, j *judge, p Provider, listed func(Provider) []tracking.Carrier) *expander {
	return &expander{
		Scope: s, judge: j, provider: p, linter: newLinter(p, listed),
		lifecycle: map[tracking.Lifecycle]*tracking.Lifecycle{}, carriers: map[string]string{},
	}
}

// expandAll makes the declared trackings.
func (x *expander) expandAll(all []*declaration) {
	all = x.distinct(all)
	once := 0
	for _, d := range all {
		if d.csv == nil && d.forEach == nil {
			once++
		}
	}
	x.declared = make([]tracking.Declared, 0, once)
	for i, d := range all {
		all[i] = nil // so that memory grows no further than it must
		start := len(x.declared)
		var m *mould
		switch {
		case d.csv != nil:
			m = x.expandTrackings(d)
		case d.forEach != nil:
			m = x.expandForEach(d)
		default:
			m = x.newMould(d, "")
			if decl, ok := m.make(nil); ok {
				decl.Addr = d.addr
				m.declare(decl, func() *hcl.EvalContext { return x.ctx })
			}
		}
		if len(m.waiting) > 0 {
			x.judge.waiting = append(x.judge.waiting, m)
		}
		m.closeDoubts()
		x.spans[d.addr] = span{start, len(x.declared), d.csv != nil || d.forEach != nil}
	}
	x.closeLint()
	if len(x.declared) > MaxDeclared {
		x.declared = x.declared[:MaxDeclared]
		x.error(nil, "Too many trackings", fmt.Sprintf("A configuration may declare %d trackings; this one declares more.", MaxDeclared))
	}
}

// distinct leaves out the blocks whose address another one has, and notes which
// ones there are.
func (x *expander) distinct(all []*declaration) []*declaration {
	x.spans = make(map[tracking.Addr]span, len(all))
	out := all[:0]
	for _, d := range all {
		if other, taken := x.spans[d.addr]; taken {
			x.error(d.subject(), "Duplicate block", fmt.Sprintf("%s is declared at %s already. Block names are unique within a configuration.", d.addr, hcldiag.Place(*out[other.start].subject())))
			continue
		}
		x.spans[d.addr] = span{len(out), len(out), d.csv != nil || d.forEach != nil} // empty: expandAll knows better
		out = append(out, d)
	}
	return out
}

// expandForEach makes a tracking of each element of for_each, in key order. The
// collection is evaluated once.
func (x *expander) expandForEach(d *declaration) *mould {
	m := x.newMould(d, "each")
	elements, ok := x.forEachElements(d.forEach)
	if !ok {
		return m
	}
	errs := x.repeated(m.subject(), string(d.addr))
	x.each(elements, errs.Full, func(el element, ctx *hcl.EvalContext) {
		addr := d.addr.Index(el.key)
		decl, ok := m.make(func(in *input) (setting, bool) {
			v, diags := x.eval.Value(in.expr, ctx, in.field.sensitive())
			for _, diag := range diags {
				diag.Detail += fmt.Sprintf("\n\nThis happened for %s.", addr)
				errs.Add(diag)
			}
			if diags.HasErrors() || !v.IsWhollyKnown() {
				return setting{}, false
			}
			s, wrong := x.valueText(in.field, v)
			if wrong != nil {
				errs.Add(hcldiag.Error(&in.rng, wrong.summary, fmt.Sprintf("%s\n\nThis happened for %s.", wrong.detail, addr)))
			}
			return s, wrong == nil
		})
		if ok {
			decl.Addr = addr
			m.declare(decl, func() *hcl.EvalContext { return ctx })
		}
	})
	errs.Close()
	return m
}
