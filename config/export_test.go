package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"
)

// What the tests look at from inside.

// Bounds.
const (
	MaxMistakes    = maxMistakes
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
	l := &loader{opts: Options{Environ: map[string]string{}}, eval: newEvaluator()}
	ctx := &hcl.EvalContext{Functions: l.functionTable(), Variables: map[string]cty.Value{
		"a": cty.ListVal([]cty.Value{cty.StringVal("x"), cty.StringVal("y")}),
		"m": cty.MapVal(map[string]cty.Value{"k": cty.NumberIntVal(7), "l": cty.NumberIntVal(8)}),
		"o": cty.ObjectVal(map[string]cty.Value{"s": cty.StringVal("t"), "n": cty.NullVal(cty.String)}),
		"t": cty.TupleVal([]cty.Value{cty.True, cty.StringVal("2"), cty.Zero}),
		"z": cty.StringVal("secret").Mark(sensitive{}),
	}}
	var e Evaluated
	parse := func() hcl.Expression {
		if inJSON {
			file, diags := hcljson.Parse([]byte(src), "")
			if checkJSON([]byte(src)) != nil || diags.HasErrors() {
				return nil
			}
			attrs, diags := file.Body.JustAttributes()
			if attrs["x"] == nil || diags.HasErrors() {
				return nil
			}
			return attrs["x"].Expr
		}
		expr, diags := hclsyntax.ParseExpression([]byte(src), "", hcl.InitialPos)
		if _, err := checkNesting([]byte(src), false); err != nil || diags.HasErrors() {
			return nil
		}
		return expr
	}
	expr := parse()
	if expr == nil {
		return nil
	}
	if inJSON {
		attr := hcl.Attributes{"x": {Expr: expr}}
		jsonBody{}.attributes(attr)
		expr = attr["x"].Expr
	} else {
		addChecks(expr.(hclsyntax.Expression))
	}
	e.Checked, e.CheckedDiags = l.eval.value(expr, ctx, false)
	e.Referred = expr.Variables()
	again := parse() // checks change the tree
	e.Plain, e.PlainDiags = evaluate(again, ctx)
	e.Variables = again.Variables()
	return &e
}

// Part is one piece of a file.
type Part struct {
	Text   string
	Start  int
	Line   int
	Broken bool
}

// Cut divides a file as the parser sees it. The error is that of a bound.
func Cut(src []byte) ([]Part, error) {
	if wrong := checkText(src); wrong != nil {
		return nil, wrong
	}
	pieces, wrong := cut(src, nil)
	if wrong != nil {
		return nil, wrong
	}
	var parts []Part
	for _, p := range pieces {
		parts = append(parts, Part{Text: string(src[p.start:p.end]), Start: p.start, Line: p.line, Broken: p.broken})
	}
	return parts, nil
}

// ScanDepth gives the deepest nesting that the scanner meets, quotes not
// counted, and how far it gets.
func ScanDepth(src []byte) (depth, end int) {
	s := newScanner(src, false)
	for {
		switch s.step() {
		case tokEOF:
			return depth, len(src)
		case tokBroken:
			return depth, s.pos
		}
		depth = max(depth, s.depth)
	}
}

// FunctionNames lists the functions of the language.
func FunctionNames() []string {
	return mapNames((&loader{}).functionTable())
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
	l := &loader{literals: literals}
	for _, r := range l.parseAll([]*source{{name: "main.hcl", src: src}}) {
		for _, d := range r.declares {
			b := Block{Addr: string(d.addr), Header: d.header.In(d.file)}
			b.Special = d.forEach != nil || d.csv != nil || d.where != nil || d.key != nil || d.lifecycle.lint != nil || len(d.preconditions) > 0
			for _, a := range d.args {
				b.Args = append(b.Args, Argument{a.field.String(), a.text, a.expr == nil, a.span.In(d.file)})
			}
			blocks = append(blocks, b)
		}
		for _, s := range r.settings {
			settings = append(settings, s.DefRange)
		}
	}
	return blocks, settings, l.allDiagnostics()
}

// CountLiteral counts the literal blocks of a file, as they are read without the
// parser.
func CountLiteral(src []byte) int {
	n := 0
	if checkText(src) != nil {
		return 0
	}
	pieces, _ := cut(src, &literalReader{src: src})
	for _, p := range pieces {
		n += len(p.literal)
	}
	return n
}
