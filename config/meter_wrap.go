package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// cost is what evaluating an expression once takes, loops and calls within it
// aside: they pay for themselves.
type cost struct{ steps, bytes int }

func (c *cost) add(other cost) {
	c.steps += other.steps
	c.bytes += other.bytes
}

// What things take of memory, in bytes, as measured. Objects have a map for
// their values and one for their types; maps have room for eight.
const (
	tupleBytes   = 100
	elementBytes = 50
	objectBytes  = 700
	memberBytes  = 150 // of what is beyond eight members
	stringBytes  = 40
	numberBytes  = 120
)

// meter puts meters into syntax trees.
type meter struct {
	b         *budget
	functions map[string]function.Function
}

// file meters the body of a file.
func (m *meter) file(b hcl.Body) hcl.Body {
	if native, ok := b.(*hclsyntax.Body); ok {
		m.body(native)
		return native
	}
	return jsonBody{b, m}
}

// body meters all expressions in a body.
func (m *meter) body(b *hclsyntax.Body) {
	for _, a := range b.Attributes {
		a.Expr = m.expression(a.Expr)
	}
	for _, block := range b.Blocks {
		m.body(block.Body)
	}
}

// expression meters one expression. A tree is changed in place, except for its
// root.
func (m *meter) expression(e hclsyntax.Expression) hclsyntax.Expression {
	e, _ = m.wrap(e)
	return e
}

// in meters a part of an expression.
func (m *meter) in(e *hclsyntax.Expression, sum *cost) {
	if *e == nil {
		return
	}
	wrapped, c := m.wrap(*e)
	*e = wrapped
	sum.add(c)
}

func (m *meter) wrap(e hclsyntax.Expression) (hclsyntax.Expression, cost) {
	c := cost{steps: 2}
	switch e := unmetered(e).(type) {
	case *hclsyntax.ParenthesesExpr:
		m.in(&e.Expression, &c)
	case *hclsyntax.RelativeTraversalExpr:
		m.in(&e.Source, &c)
	case *hclsyntax.IndexExpr:
		m.in(&e.Collection, &c)
		m.operand(&e.Key, 1, false, &c)
	case *hclsyntax.TupleConsExpr:
		c.add(cost{2, tupleBytes + elementBytes*len(e.Exprs)})
		for i := range e.Exprs {
			m.in(&e.Exprs[i], &c)
		}
	case *hclsyntax.ObjectConsExpr:
		c.add(cost{10, objectBytes + memberBytes*max(0, len(e.Items)-8)})
		for i := range e.Items {
			m.in(&e.Items[i].KeyExpr, &c)
			m.in(&e.Items[i].ValueExpr, &c)
		}
	case *hclsyntax.ObjectConsKeyExpr:
		m.in(&e.Wrapped, &c)
	case *hclsyntax.ConditionalExpr:
		c.steps += 5
		m.in(&e.Condition, &c)
		m.operand(&e.TrueResult, stepsPerConverted, true, &c)
		m.operand(&e.FalseResult, stepsPerConverted, true, &c)
	case *hclsyntax.UnaryOpExpr:
		c.add(cost{5, numberBytes})
		m.operand(&e.Val, 1, false, &c)
	case *hclsyntax.BinaryOpExpr:
		return m.binary(e)
	case *hclsyntax.FunctionCallExpr:
		return m.call(e)
	case *hclsyntax.ForExpr:
		return m.forLoop(e, nil)
	case *hclsyntax.SplatExpr:
		m.in(&e.Source, &c)
		l := &loop{metered: around(m.b, e)}
		m.round(&e.Each, l, cost{1, elementBytes}, nil)
		return l, c
	case *hclsyntax.TemplateExpr:
		return m.template(e)
	case *hclsyntax.TemplateWrapExpr:
		m.in(&e.Wrapped, &c)
	}
	return unmetered(e), c
}

// unmetered takes off the meters that an earlier configuration has put around an
// expression.
func unmetered(e hclsyntax.Expression) hclsyntax.Expression {
	for {
		m, ok := e.(interface{ inner() hclsyntax.Expression })
		if !ok {
			return e
		}
		e = m.inner()
	}
}

// operand meters a value that is looked at as a whole. What is written out is
// as large as the file says.
func (m *meter) operand(e *hclsyntax.Expression, rate int, settle bool, sum *cost) {
	m.in(e, sum)
	if !isLiteral(*e) {
		*e = &operand{metered: around(m.b, *e), rate: rate, settle: settle}
	}
}

// isLiteral says whether a value is written out.
func isLiteral(e hclsyntax.Expression) bool {
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		return true
	case *hclsyntax.TemplateExpr:
		for _, p := range e.Parts {
			if !isLiteral(p) {
				return false
			}
		}
		return true
	}
	return false
}

func (m *meter) binary(e *hclsyntax.BinaryOpExpr) (hclsyntax.Expression, cost) {
	c := cost{steps: 6}
	rate := 1
	if e.Op == hclsyntax.OpEqual || e.Op == hclsyntax.OpNotEqual {
		rate = stepsPerCompared
	}
	m.operand(&e.LHS, rate, false, &c)
	m.operand(&e.RHS, rate, false, &c)
	if e.Op.Type != cty.Number {
		return e, c
	}
	c.bytes += numberBytes
	return &arithmetic{around(m.b, e)}, c
}

func (m *meter) call(e *hclsyntax.FunctionCallExpr) (hclsyntax.Expression, cost) {
	c := cost{steps: 2}
	f, known := m.functions[e.Name]
	for i := range e.Args {
		ty := cty.DynamicPseudoType
		if known {
			ty = argumentType(f, i)
		}
		switch {
		case e.ExpandFinal && i == len(e.Args)-1:
			m.in(&e.Args[i], &c)
			e.Args[i] = &arguments{around(m.b, e.Args[i]), ty.IsCollectionType() || squared[e.Name]}
		case ty.IsCollectionType():
			m.operand(&e.Args[i], stepsPerConverted, true, &c)
			if o, ok := e.Args[i].(*operand); ok {
				o.hash = ty.IsSetType()
			}
		default:
			m.operand(&e.Args[i], stepsPerArgument, false, &c)
		}
	}
	if e.Name == "env" {
		return &envCall{metered: around(m.b, e)}, c
	}
	metered := &call{around(m.b, e), made[e.Name]}
	if e.Name == "lookup" && !e.ExpandFinal && len(e.Args) >= 2 && len(e.Args) <= 3 {
		return &lookupCall{around(m.b, metered), e.Args}, c
	}
	if e.Name == "length" && !e.ExpandFinal && len(e.Args) == 1 {
		return &lengthCall{around(m.b, metered), e.Args[0]}, c
	}
	return metered, c
}

// argumentType is what an argument of a function will be converted to.
func argumentType(f function.Function, i int) cty.Type {
	if params := f.Params(); i < len(params) {
		return params[i].Type
	}
	if p := f.VarParam(); p != nil {
		return p.Type
	}
	return cty.DynamicPseudoType
}

// forLoop meters a for expression, whose results become part of a text if it
// is a directive of a template.
func (m *meter) forLoop(e *hclsyntax.ForExpr, text *template) (hclsyntax.Expression, cost) {
	var c cost
	m.in(&e.CollExpr, &c)
	l := &loop{metered: around(m.b, e)}
	m.round(&e.CondExpr, l, cost{steps: stepsPerRound}, nil)
	result := cost{stepsPerRound, elementBytes}
	if e.KeyExpr != nil {
		m.round(&e.KeyExpr, l, cost{5, stringBytes}, nil)
		result.bytes += memberBytes
		if e.Group {
			result.bytes += tupleBytes
		}
	}
	m.round(&e.ValExpr, l, result, text)
	return l, c
}

// round meters what is evaluated in each round of a loop.
func (m *meter) round(e *hclsyntax.Expression, l *loop, c cost, text *template) {
	if *e == nil {
		return
	}
	m.in(e, &c)
	*e = &round{around(m.b, *e), c, l, text}
}

func (m *meter) template(e *hclsyntax.TemplateExpr) (hclsyntax.Expression, cost) {
	c := cost{3, stringBytes}
	if isLiteral(e) {
		for _, p := range e.Parts {
			c.bytes += p.Range().End.Byte - p.Range().Start.Byte
		}
		return e, c
	}
	t := &template{metered: around(m.b, e)}
	for i, p := range e.Parts {
		switch p := p.(type) {
		case *hclsyntax.LiteralValueExpr:
			c.bytes += p.SrcRange.End.Byte - p.SrcRange.Start.Byte
		case *hclsyntax.TemplateJoinExpr:
			if loop, ok := unmetered(p.Tuple).(*hclsyntax.ForExpr); ok {
				tuple, more := m.forLoop(loop, t)
				p.Tuple = tuple
				c.add(more)
			}
		default:
			c.steps += stepsPerPart
			m.in(&e.Parts[i], &c)
			e.Parts[i] = &part{around(m.b, e.Parts[i]), t}
		}
	}
	return t, c
}
