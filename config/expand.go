package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/tracking"
)

// MaxDeclared is how many trackings a configuration may declare.
const MaxDeclared = 2_000_000

// maxForEach is how many elements for_each may have.
const maxForEach = 100_000

// expander expands blocks to trackings.
type expander struct {
	*Scope
	judge     *judge
	provider  Provider
	defaults  defaults
	lifecycle map[tracking.Lifecycle]*tracking.Lifecycle // each held once
	many      map[tracking.Addr]*tracking.Lifecycle      // see Config
	carriers  map[string]string                          // carrier codes, each held once
	linter    *linter
	skipped   func(Skipped) // see Options
	noLint    bool

	once  blueprint      // see newBlueprint
	attrs tracking.Attrs // of the tracking that is made last
}

// newExpander returns the expander for trackings of a provider.
func newExpander(s *Scope, j *judge, p Provider, opts Options) *expander {
	return &expander{
		Scope: s, judge: j, provider: p, linter: newLinter(s.listed, s.kinds("Trackings")), skipped: opts.Skipped, noLint: opts.NoLint,
		lifecycle: map[tracking.Lifecycle]*tracking.Lifecycle{}, many: map[tracking.Addr]*tracking.Lifecycle{}, carriers: map[string]string{},
	}
}

// expandAll adds the declared trackings.
func (x *expander) expandAll(all []*declaration) {
	all = x.distinct(all)
	once := 0
	for _, d := range all {
		if d.rowFile == nil && d.forEach == nil {
			once++
		}
	}
	x.declared = make([]tracking.Declared, 0, once)
	for i, d := range all {
		all[i] = nil // so that memory grows no further than it must
		x.progress.step()
		start := len(x.declared)
		var m *blueprint
		switch {
		case d.rowFile != nil:
			m = x.expandTrackings(d)
		case d.forEach != nil:
			m = x.expandForEach(d)
		default:
			m = x.newBlueprint(d)
			m.add(d.addr, nil, func() *hcl.EvalContext { return x.ctx })
		}
		if d.rowFile != nil || d.forEach != nil {
			x.many[d.addr] = m.lifecycle
		}
		if len(m.waiting) > 0 {
			x.judge.waiting = append(x.judge.waiting, m)
		}
		x.spans[d.addr] = span{start, len(x.declared), d.rowFile != nil || d.forEach != nil}
	}
	x.linter.kinds.Close()
	if len(x.declared) > MaxDeclared {
		x.declared = x.declared[:MaxDeclared]
		x.error(nil, "Too many trackings", fmt.Sprintf("A configuration may declare %d trackings; this one declares more.", MaxDeclared))
	}
}

// distinct reports repeated addresses and returns the blocks without them.
func (x *expander) distinct(all []*declaration) []*declaration {
	x.spans = make(map[tracking.Addr]span, len(all))
	out := all[:0]
	for _, d := range all {
		x.progress.step()
		if other, taken := x.spans[d.addr]; taken {
			x.error(d.subject(), "Duplicate block", fmt.Sprintf("%s is declared at %s already. Block names are unique within a configuration.", d.addr, hcldiag.Place(*out[other.start].subject())))
			continue
		}
		x.spans[d.addr] = span{len(out), len(out), d.rowFile != nil || d.forEach != nil} // empty: expandAll knows better
		out = append(out, d)
	}
	return out
}

// expandForEach adds a tracking for each element of for_each, in key order. The
// collection is evaluated once.
func (x *expander) expandForEach(d *declaration) *blueprint {
	m := x.newBlueprint(d, "each")
	elements, ok := x.forEachElements(d.forEach)
	if !ok {
		return m
	}
	errs := x.kinds("Trackings")
	x.each(elements, errs.Full, func(el element, ctx *hcl.EvalContext) {
		addr := d.addr.Index(el.key)
		m.add(addr, func(in *input) (setting, bool) {
			v, diags := x.eval.Value(in.expr, ctx, in.field.sensitive())
			at := hcldiag.At{Place: string(addr)}
			x.nameValues(diags, nil)
			for _, diag := range diags {
				diag.Detail += fmt.Sprintf("\n\nThis happened for %s.", addr)
				errs.Add(diag.Summary+hcldiag.Place(in.rng), diag, at, "")
			}
			if diags.HasErrors() || !v.IsWhollyKnown() {
				return setting{}, false
			}
			s, wrong := x.valueText(in.field, v)
			if wrong != nil {
				errs.Add(wrong.summary+hcldiag.Place(in.rng), hcldiag.Error(&in.rng, wrong.summary, fmt.Sprintf("%s\n\nThis happened for %s.", wrong.detail, addr)), at, "")
			}
			return s, wrong == nil
		}, func() *hcl.EvalContext { return ctx })
	})
	errs.Close()
	return m
}

// each calls do for the elements until it is enough. In the scope of each call
// "each" is the element.
func (s *Scope) each(elements []element, enough func() bool, do func(el element, ctx *hcl.EvalContext)) {
	ctx := s.ctx.NewChild()
	for _, el := range elements {
		if enough() {
			return
		}
		s.progress.step()
		ctx.Variables = map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal(el.key), "value": el.value})}
		do(el, ctx)
	}
}

type element struct {
	key   string
	value cty.Value
}

// forEachElements evaluates for_each. The elements come in key order, in which
// cty iterates. It reports what is wrong.
func (s *Scope) forEachElements(expr hcl.Expression) (elements []element, ok bool) {
	rng := expr.Range()
	fail := func(detail string) ([]element, bool) {
		s.error(&rng, "Invalid for_each argument", detail)
		return nil, false
	}
	v := s.evaluate(expr)
	ty := v.Type()
	switch {
	case v.IsMarked():
		return fail("for_each must not be sensitive as a whole, because its keys are shown in addresses. Sensitive values inside of a map are fine; nonsensitive() takes the mark away.")
	case !v.IsKnown():
		return nil, false
	case v.IsNull():
		return fail("for_each must not be null. For no trackings use an empty map: {}.")
	case ty.IsListType() || ty.IsTupleType():
		return fail("for_each needs a map, an object or a set of strings; this is a list. Use toset() for a list of strings, or { for x in list : x.id => x }.")
	case !ty.IsMapType() && !ty.IsObjectType() && !ty.IsSetType():
		return fail(fmt.Sprintf("for_each needs a map, an object or a set of strings; this is a %s.", ty.FriendlyName()))
	case v.LengthInt() > maxForEach:
		return fail(fmt.Sprintf("for_each has %d elements; at most %d are allowed.", v.LengthInt(), maxForEach))
	case ty.IsSetType() && v.LengthInt() > 0 && ty.ElementType() != cty.String:
		return fail(fmt.Sprintf("for_each needs a set of strings; this is a %s. Use a map: { for x in list : x.id => x }.", ty.FriendlyName()))
	}
	for it := v.ElementIterator(); it.Next(); {
		k, ev := it.Element()
		if !k.IsKnown() || k.IsNull() {
			return fail("for_each must not have a null in it.")
		}
		key, wrong := keyText(k.AsString())
		if wrong != nil {
			return fail(wrong.detail)
		}
		elements = append(elements, element{key, ev})
	}
	return elements, true
}
