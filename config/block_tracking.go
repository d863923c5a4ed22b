package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/tracking"
)

// declaration is a tracking or trackings block, taken out of its syntax tree.
// Only expressions that need evaluating keep their part of the tree.
type declaration struct {
	addr   tracking.Addr
	file   string
	header tracking.Span
	args   []argument // carrier, number, then attributes in table order
	*special
}

// special is what few declarations have.
type special struct {
	forEach   hcl.Expression
	csv       hcl.Expression
	where     hcl.Expression
	key       hcl.Expression
	lifecycle lifecycleArgs
	// preconditions are those of the lifecycle.
	preconditions []condition
}

// noSpecial is shared by all declarations that have nothing special.
var noSpecial special

// argument is one argument of a declaration.
type argument struct {
	field field
	text  string         // a literal text
	expr  hcl.Expression // nil for a literal text
	span  tracking.Span
}

// subject is the block's header, to point at.
func (d *declaration) subject() *hcl.Range { return d.header.In(d.file).Ptr() }

var (
	trackingSchema  = declarationSchema(hcl.AttributeSchema{Name: "for_each"}, hcl.AttributeSchema{Name: "count"})
	trackingsSchema = declarationSchema(hcl.AttributeSchema{Name: "csv", Required: true}, hcl.AttributeSchema{Name: "where"}, hcl.AttributeSchema{Name: "key"})
	defaultsSchema  = &hcl.BodySchema{Attributes: attrSchemas(), Blocks: []hcl.BlockHeaderSchema{{Type: "lifecycle"}}}
)

func attrSchemas() []hcl.AttributeSchema {
	var out []hcl.AttributeSchema
	for a := range tracking.AllAttrs() {
		out = append(out, hcl.AttributeSchema{Name: a.String()})
	}
	return out
}

func declarationSchema(special ...hcl.AttributeSchema) *hcl.BodySchema {
	identity := []hcl.AttributeSchema{
		{Name: carrierField.String(), Required: true},
		{Name: numberField.String(), Required: true},
	}
	return &hcl.BodySchema{
		Attributes: slices.Concat(identity, special, attrSchemas()),
		Blocks:     []hcl.BlockHeaderSchema{{Type: "lifecycle"}},
	}
}

// decodeDeclaration reads a tracking or trackings block without evaluating it.
func decodeDeclaration(block *hcl.Block) (*declaration, hcl.Diagnostics) {
	schema := trackingSchema
	if block.Type == "trackings" {
		schema = trackingsSchema
	}
	content, diags := block.Body.Content(schema)
	if !validName(block.Labels[0]) {
		diags = append(diags, nameError(block))
	}
	attrs := content.Attributes
	if count := attrs["count"]; count != nil {
		diags = append(diags, hcldiag.Error(&count.NameRange, "Unsupported argument", "\"count\" is not supported, since each tracking has a number of its own. Use for_each with a map, an object or a set of strings."))
	}
	d := &declaration{addr: tracking.NewAddr(block.Type, block.Labels[0]), file: block.DefRange.Filename, header: tracking.SpanOf(block.DefRange), special: &special{}}
	d.args = make([]argument, 0, len(attrs))
	for _, f := range []field{carrierField, numberField} {
		if a := attrs[f.String()]; a != nil {
			d.args = append(d.args, newArgument(f, a.Expr))
		}
	}
	d.args = append(d.args, attrArguments(attrs)...)
	for name, to := range map[string]*hcl.Expression{"for_each": &d.forEach, "csv": &d.csv, "where": &d.where, "key": &d.key} {
		if a := attrs[name]; a != nil {
			*to = eval.Evaluable(a.Expr)
		}
	}
	lifecycle, preconditions, moreDiags := decodeLifecycle(content.Blocks, declarationLifecycleSchema)
	d.lifecycle, d.preconditions = lifecycle, preconditions
	return d, append(diags, moreDiags...)
}

// attrArguments picks the attributes of a tracking, in table order.
func attrArguments(attrs hcl.Attributes) []argument {
	var out []argument
	for a := range tracking.AllAttrs() {
		if attr := attrs[a.String()]; attr != nil {
			out = append(out, newArgument(field(a), attr.Expr))
		}
	}
	return out
}

// newArgument recognises a literal text, which most arguments of large
// configurations are, and drops its expression.
func newArgument(f field, expr hcl.Expression) argument {
	arg := argument{field: f, expr: eval.Evaluable(expr), span: tracking.SpanOf(expr.Range())}
	t, ok := arg.expr.(*hclsyntax.TemplateExpr)
	if !ok {
		return arg
	}
	for _, part := range t.Parts {
		if _, literal := part.(*hclsyntax.LiteralValueExpr); !literal {
			return arg
		}
	}
	if v, diags := t.Value(nil); !diags.HasErrors() {
		arg.text, arg.expr = v.AsString(), nil
	}
	return arg
}

// defaults is what a defaults block gives to blocks that are silent.
type defaults struct {
	inputs    []input
	source    *tracking.Source // nil for nothing
	lifecycle lifecycleArgs
	attrs     tracking.AttrSet // of the inputs
}

// decodeDefaults reads the defaults block.
func (x *expander) decodeDefaults(dec *decoder) {
	block := dec.oneBlock("defaults")
	if block == nil {
		return
	}
	content, diags := block.Body.Content(defaultsSchema)
	x.report(diags...)
	x.defaults.source = &tracking.Source{File: block.DefRange.Filename, Block: tracking.SpanOf(block.DefRange)}
	for _, arg := range attrArguments(content.Attributes) {
		in := input{argument: arg}
		x.compile(&in, block.DefRange.Filename, "")
		x.defaults.inputs = append(x.defaults.inputs, in)
		addSpan(x.defaults.source, arg)
		x.defaults.attrs = x.defaults.attrs.With(tracking.Attr(arg.field))
	}
	lifecycle, _, diags := decodeLifecycle(content.Blocks, lifecycleSchema)
	x.report(diags...)
	x.defaults.lifecycle = lifecycle
	if d := lifecycle.contradiction(x.defaults.inputs); d != nil {
		x.report(d)
	}
}

// input is an argument made ready: most are the same for all trackings of a
// block and are evaluated once.
type input struct {
	argument
	rng    hcl.Range
	fixed  bool
	bad    bool // fixed, and wrong
	has    bool // fixed: whether there is a value; it is in text
	secret bool // fixed: it comes from something sensitive
}

// compile evaluates an argument unless it refers to own ("each", "row").
func (x *expander) compile(in *input, file, own string) {
	in.rng, in.fixed = in.span.In(file), true
	var wrong *problem
	if in.expr == nil {
		in.text, in.has, wrong = x.fieldText(in.field, in.text)
	} else {
		if !x.checkReferences(in.expr, own) {
			in.bad = true
			return
		}
		if in.field.sensitive() {
			x.notePrivate(in.expr)
		}
		if own != "" && refersTo(in.expr, own) {
			in.fixed = false
			return
		}
		x.progress.at(in.rng)
		v, diags := x.eval.Value(in.expr, x.ctx, in.field.sensitive())
		x.report(diags...)
		in.bad = diags.HasErrors() || !v.IsWhollyKnown()
		if !in.bad {
			var s setting
			s, wrong = x.valueText(in.field, v)
			in.text, in.has, in.secret = s.text, s.has, s.secret
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

// mould is what the trackings of one block are made from.
type mould struct {
	*declaration
	x         *expander
	source    *tracking.Source
	inputs    []input
	lifecycle *tracking.Lifecycle
	lint      bool // whether to warn of what is likely to be a mistake
	doubts    int  // numbers that are
	bad       bool

	conditions []*precondition
	waiting    []instance // for what their preconditions refer to
}

// newMould makes the mould of a block. That of a block with one tracking and no
// preconditions is overwritten by the next such block's.
func (x *expander) newMould(d *declaration, own string) *mould {
	var m *mould
	if own == "" && len(d.preconditions) == 0 {
		m = &x.once
	} else {
		m = new(mould)
	}
	*m = mould{
		declaration: d,
		x:           x,
		source:      &tracking.Source{File: d.file, Block: d.header, Defaults: x.defaults.source},
		inputs:      slices.Grow(m.inputs[:0], len(d.args)+len(x.defaults.inputs)),
		lifecycle:   x.lifecycleOf(d.lifecycle),
		lint:        x.lint(d.lifecycle),
	}
	for _, arg := range d.args {
		m.inputs = append(m.inputs, input{argument: arg})
		x.compile(&m.inputs[len(m.inputs)-1], d.file, own)
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

// addSpan notes where an argument is given its value.
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

// declare adds a tracking, looks for mistakes in its key, and checks its
// preconditions in the scope that ctx gives.
func (m *mould) declare(decl tracking.Declared, ctx func() *hcl.EvalContext) {
	if len(m.x.declared) <= MaxDeclared {
		m.x.declared = append(m.x.declared, decl)
		m.look(&m.x.declared[len(m.x.declared)-1])
		m.check(ctx)
	}
}

// make makes one tracking, without an address. get gives the inputs that are
// not fixed; it says itself what is wrong with them.
func (m *mould) make(get func(in *input) (s setting, ok bool)) (tracking.Declared, bool) {
	decl := tracking.Declared{Lifecycle: m.lifecycle, Source: m.source}
	good := !m.bad
	var attrs tracking.AttrSet
	for i := range m.inputs {
		in := &m.inputs[i]
		s := setting{in.text, in.has, in.secret}
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
			attrs, m.x.values[attr] = attrs.With(attr), s.text
			if s.secret {
				decl.Secret = decl.Secret.With(attr)
			}
		}
	}
	decl.Attrs = m.x.packed(attrs)
	return decl, good
}

// packed returns the attributes of a set, with the values that there are for them.
func (x *expander) packed(set tracking.AttrSet) tracking.Attrs {
	if set.Len() == 0 {
		return tracking.Attrs{}
	}
	values := make([]string, 0, set.Len())
	for a := range set.All() {
		values = append(values, x.values[a])
	}
	return tracking.PackAttrs(set, values)
}
