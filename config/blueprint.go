package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/tracking"
)

// input is an argument made ready: most are the same for all trackings of a
// block and are evaluated once.
type input struct {
	argument
	rng   hcl.Range
	fixed bool
	bad   bool     // fixed, and wrong
	sets  setting  // fixed: its value
	row   rowInput // not fixed, and depending on the row: what it is made of in the current file
}

// compile evaluates an argument unless it refers to any of own ("each", "row").
func (x *expander) compile(in *input, file string, own ...string) {
	in.rng, in.fixed = in.span.In(file), true
	var wrong *problem
	if in.expr == nil {
		in.sets, wrong = x.fieldText(in.field, in.text)
	} else {
		if !x.checkReferences(in.expr, own...) {
			in.bad = true
			return
		}
		if in.field.sensitive() {
			x.notePrivate(in.expr)
		}
		if refersTo(in.expr, own...) {
			in.fixed = false
			return
		}
		x.progress.at(in.rng)
		v, diags := x.eval.Value(in.expr, x.ctx, in.field.sensitive())
		x.report(diags...)
		in.bad = diags.HasErrors() || !v.IsWhollyKnown()
		if !in.bad {
			in.sets, wrong = x.valueText(in.field, v)
		}
	}
	if wrong != nil {
		in.bad = true
		rng := in.rng // in will be another one's
		x.error(&rng, wrong.summary, wrong.detail)
	}
}

func refersTo(expr hcl.Expression, roots ...string) bool {
	return slices.ContainsFunc(expr.Variables(), func(t hcl.Traversal) bool { return slices.Contains(roots, t.RootName()) })
}

// blueprint is what the trackings of one block are made from.
type blueprint struct {
	*declaration
	x         *expander
	source    *tracking.Source
	inputs    []input
	lifecycle *tracking.Lifecycle
	lint      bool // whether to warn of what is likely to be a mistake
	strict    bool // a missing attribute that the carrier insists on is an error
	bad       bool

	conditions []*precondition
	waiting    []instance // for what their preconditions refer to
}

// newBlueprint makes the blueprint of a block. That of a block with one tracking and no
// preconditions is overwritten by the next such block's.
func (x *expander) newBlueprint(d *declaration, own ...string) *blueprint {
	var m *blueprint
	if len(own) == 0 && len(d.preconditions) == 0 {
		m = &x.once
	} else {
		m = new(blueprint)
	}
	*m = blueprint{
		declaration: d,
		x:           x,
		source:      &tracking.Source{File: d.file, Block: d.header, Defaults: x.defaults.source},
		inputs:      slices.Grow(m.inputs[:0], len(d.args)+len(x.defaults.inputs)),
		lifecycle:   x.lifecycleOf(d.lifecycle),
		lint:        x.lint(d.lifecycle) != lintOff && !x.noLint,
		strict:      x.lint(d.lifecycle) == lintStrict,
	}
	for _, arg := range d.args {
		m.inputs = append(m.inputs, input{argument: arg})
		x.compile(&m.inputs[len(m.inputs)-1], d.file, own...)
	}
	if diag := d.lifecycle.contradiction(m.inputs); diag != nil {
		x.report(diag)
	}
	for _, in := range x.defaults.inputs {
		if !slices.ContainsFunc(d.args, func(arg argument) bool { return arg.field == in.field }) {
			m.inputs = append(m.inputs, in)
		}
	}
	for i := range m.inputs {
		m.bad = m.bad || m.inputs[i].bad
	}
	m.source.Attrs = make([]tracking.AttrSpan, 0, max(len(d.args)-2, 0))
	for _, arg := range d.args {
		addSpan(m.source, arg)
	}
	m.bad = m.bad || m.source.Carrier == tracking.Span{} || m.source.Number == tracking.Span{}
	m.addConditions(own)
	return m
}

// addSpan records where an argument gets its value.
func addSpan(to *tracking.Source, arg argument) {
	switch arg.field {
	case carrierField:
		to.Carrier = arg.span
	case numberField:
		to.Number = arg.span
	default:
		to.Attrs = append(to.Attrs, tracking.AttrSpan{Attr: tracking.Attr(arg.field), Span: arg.span})
	}
}

// add makes a tracking, and declares it unless something is wrong with it. See make
// for get, and declare for ctx.
func (m *blueprint) add(addr tracking.Addr, get func(in *input) (s setting, ok bool), ctx func() *hcl.EvalContext) {
	if decl, ok := m.make(get); ok {
		decl.Addr = addr
		m.declare(decl, ctx)
	}
}

// declare adds a tracking. It checks its key for mistakes, and its preconditions in
// the scope that ctx returns.
func (m *blueprint) declare(decl tracking.Declared, ctx func() *hcl.EvalContext) {
	if len(m.x.declared) <= MaxDeclared {
		m.x.declared = append(m.x.declared, decl)
		if m.onDuplicate != keepLast { // or else another row may take its place
			m.look(&m.x.declared[len(m.x.declared)-1])
		}
		m.check(ctx)
	}
}

// make returns one tracking, without an address. get returns the inputs that are not
// fixed; it reports itself what is wrong with them.
func (m *blueprint) make(get func(in *input) (s setting, ok bool)) (tracking.Declared, bool) {
	decl := tracking.Declared{Lifecycle: m.lifecycle, Source: m.source}
	good := !m.bad
	attrs := &m.x.attrs
	attrs.Clear()
	for i := range m.inputs {
		in := &m.inputs[i]
		s := in.sets
		if !in.fixed {
			var ok bool
			s, ok = get(in)
			good = good && ok
		}
		switch attr := tracking.Attr(in.field); {
		case in.field == carrierField:
			decl.Key.Carrier = s.text
		case in.field == numberField:
			decl.Key.Number = s.text
		case s.has:
			attrs.Put(attr, s.text)
			if s.secret {
				decl.Secret = decl.Secret.With(attr)
			}
		}
	}
	decl.Attrs = attrs.Clone()
	return decl, good
}
