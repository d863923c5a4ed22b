package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/funcs"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/scan"
	"github.com/tmsync/tmsync/config/source"
)

// What the tests look at from inside.

// Bounds.
const (
	MaxFailures    = maxFailures
	MaxMistakes    = hcldiag.MaxRepeated
	MaxDiagnostics = maxDiagnostics
	MaxObjects     = maxObjects
)

// LoadByParser is Load without the reader of literal blocks.
func LoadByParser(dir string, opts Options) (*Config, hcl.Diagnostics) {
	return load(dir, opts, false)
}

// Evaluated is an expression and its value, as hcl itself evaluates it, and as
// it is evaluated with checks in it.
type Evaluated struct {
	Plain, Checked           cty.Value
	PlainDiags, CheckedDiags hcl.Diagnostics
	Variables, Referred      []hcl.Traversal // of the plain and the checked expression
}

// Evaluate evaluates an expression in both ways, as a part of a native file or
// of a JSON file. It returns nil if the scanner or the parser refuse it.
func Evaluate(src string, inJSON bool) *Evaluated {
	s := newScope(Options{})
	s.open(nil)
	ctx := &hcl.EvalContext{Functions: s.functions.Functions(), Variables: map[string]cty.Value{
		"a": cty.ListVal([]cty.Value{cty.StringVal("x"), cty.StringVal("y")}),
		"m": cty.MapVal(map[string]cty.Value{"k": cty.NumberIntVal(7), "l": cty.NumberIntVal(8)}),
		"o": cty.ObjectVal(map[string]cty.Value{"s": cty.StringVal("t"), "n": cty.NullVal(cty.String)}),
		"t": cty.TupleVal([]cty.Value{cty.True, cty.StringVal("2"), cty.Zero}),
		"z": cty.StringVal("secret").Mark(eval.Sensitive{}),
	}}
	var e Evaluated
	parse := func(checks bool) hcl.Expression {
		if inJSON {
			file, diags := hcljson.Parse([]byte(src), "")
			if scan.CheckJSON([]byte(src)) != nil || diags.HasErrors() {
				return nil
			}
			body := file.Body
			if checks {
				body = eval.CheckedBody(body)
			}
			attrs, diags := body.JustAttributes()
			if attrs["x"] == nil || diags.HasErrors() {
				return nil
			}
			return attrs["x"].Expr
		}
		expr, diags := hclsyntax.ParseExpression([]byte(src), "", hcl.InitialPos)
		if _, err := scan.CheckNesting([]byte(src), false); err != nil || diags.HasErrors() {
			return nil
		}
		if checks {
			eval.AddChecks(expr)
		}
		return expr
	}
	expr := parse(true)
	if expr == nil {
		return nil
	}
	e.Checked, e.CheckedDiags = s.eval.Value(expr, ctx, false)
	e.Referred = expr.Variables()
	again := parse(false) // checks change the tree
	e.Plain, e.PlainDiags = evaluated(again, ctx)
	e.Variables = again.Variables()
	return &e
}

// evaluated is the value as hcl gives it, which may panic.
func evaluated(expr hcl.Expression, ctx *hcl.EvalContext) (v cty.Value, diags hcl.Diagnostics) {
	defer func() {
		if r := recover(); r != nil {
			v, diags = cty.DynamicVal, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: fmt.Sprint(r)}}
		}
	}()
	return expr.Value(ctx)
}

// FunctionNames lists the functions of the language.
func FunctionNames() []string {
	return slices.Sorted(maps.Keys(funcs.New(funcs.Env{}).Functions()))
}

// Block is a tracking or trackings block as it is before evaluation.
type Block struct {
	Addr    string
	Header  hcl.Range
	Args    []Argument
	Special bool
}

// Argument is one argument of a block: its text, if that is literal.
type Argument struct {
	Name    string
	Text    string
	Literal bool
	Range   hcl.Range
}

// Blocks parses a file, with or without the reader of literal blocks. settings
// are the places of the other blocks.
func Blocks(src []byte, literals bool) (blocks []Block, settings []hcl.Range, diags hcl.Diagnostics) {
	rd := &reader{diagnostics: &diagnostics{}, literals: literals}
	for _, r := range rd.parseAll([]*source.File{{Name: "main.hcl", Text: src}}) {
		for _, d := range r.declares {
			b := Block{Addr: string(d.addr), Header: d.header.In(d.file)}
			b.Special = d.forEach != nil || d.rowFile != nil || d.where != nil || d.key != nil || d.lifecycle.lint != nil || len(d.preconditions) > 0
			for _, a := range d.args {
				b.Args = append(b.Args, Argument{a.field.String(), a.text, a.expr == nil, a.span.In(d.file)})
			}
			blocks = append(blocks, b)
		}
		for _, s := range r.settings {
			settings = append(settings, s.DefRange)
		}
	}
	return blocks, settings, rd.all()
}

// CountLiteral counts the literal blocks of a file, as they are read without the
// parser.
func CountLiteral(src []byte) int {
	n := 0
	if scan.CheckText(src) != nil {
		return 0
	}
	pieces, _ := scan.Cut(src, (&literalReader{src: src}).skip)
	for _, p := range pieces {
		n += p.SkipTo - p.SkipFrom
	}
	return n
}

// CountPieces counts the pieces in which a file is parsed.
func CountPieces(src []byte) int {
	pieces, _ := scan.Cut(src, nil)
	return len(pieces)
}
