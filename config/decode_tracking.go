package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tmsync/tmsync/config/internal/eval"
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
	forEach hcl.Expression
	where   hcl.Expression
	key     hcl.Expression
	rowFile *hcl.Attribute // file, or csv; nil for a tracking block
	rowArgs hcl.Attributes // what is said of it, and of its rows
	// onDuplicate is what becomes of a parcel that another row has declared.
	onDuplicate onDuplicate
	lifecycle   lifecycleArgs
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
	trackingSchema  = declarationSchema(hcl.AttributeSchema{Name: "for_each"})
	trackingsSchema = declarationSchema(rowSchemas()...)
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
	d := &declaration{addr: tracking.NewAddr(block.Type, block.Labels[0]), file: block.DefRange.Filename, header: tracking.SpanOf(block.DefRange), special: &special{}}
	d.args = make([]argument, 0, len(attrs))
	for _, f := range []field{carrierField, numberField} {
		if a := attrs[f.String()]; a != nil {
			d.args = append(d.args, newArgument(f, a.Expr))
		}
	}
	d.args = append(d.args, attrArguments(attrs)...)
	for name, to := range map[string]*hcl.Expression{"for_each": &d.forEach, "where": &d.where, "key": &d.key} {
		if a := attrs[name]; a != nil {
			*to = eval.Evaluable(a.Expr)
		}
	}
	if block.Type == "trackings" {
		diags = append(diags, d.readRowArgs(block, attrs)...)
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

// newArgument recognises a literal text and drops its expression. Most arguments of
// large configurations are literal texts.
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
