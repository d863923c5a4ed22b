package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/scan"
)

// given is a value that a variable is given.
type given struct {
	name string
	expr hcl.Expression // of a file
	text string         // of --var and the environment, where expr is nil
	from string         // in words: "--var", "tmsync.tmvars"
}

// place is where a file gives the value, nil for what was given otherwise.
func (g given) place() *hcl.Range {
	if g.expr == nil {
		return nil
	}
	return g.expr.Range().Ptr()
}

// readVarFiles reads the variable files, those loaded by themselves and those
// of --var-file, and puts what they give into the order of precedence, with
// --var among them:
//
//	environment < tmsync.tmvars < *.auto.tmvars < --var and --var-file as given
//
// The environment is left for assignVariables. The result is nil if a file
// could not be read.
func (l *loader) readVarFiles(auto []string) []given {
	values := []given{}
	ok := true
	add := func(src *Source) {
		ok = src != nil && l.parseVarFile(src, &values) && ok
	}
	for _, name := range auto {
		f, err := l.files.Open(name)
		add(l.addSource(name, f, err))
	}
	for _, flag := range l.opts.Vars {
		if flag.File != "" {
			f, err := l.files.OpenGiven(flag.File)
			add(l.addSource(flag.File, f, err))
			continue
		}
		name, text, found := strings.Cut(flag.Assign, "=")
		if name = strings.TrimSpace(name); !found || name == "" {
			l.error(nil, "Invalid --var", "--var takes NAME=VALUE, for example --var 'shop=main'.")
			ok = false
			continue
		}
		values = append(values, given{name: name, text: text, from: "--var"})
	}
	if !ok {
		return nil
	}
	return values
}

// parseVarFile adds what a file gives, in the order of the file.
func (l *loader) parseVarFile(src *Source, values *[]given) bool {
	src.vars = true
	if problem := src.prepare(nil); problem != nil {
		l.report(problem)
		return false
	}
	src.pieces = []scan.Piece{{Start: 0, End: len(src.src), Line: 1}}
	file, diags := src.parse(src.pieces[0])
	if first := firstError(diags); first != nil {
		l.report(first)
		return false
	}
	attrs, diags := eval.CheckedBody(file.Body).JustAttributes()
	l.report(diags...)
	for _, a := range eval.InOrder(attrs) {
		*values = append(*values, given{name: a.Name, expr: a.Expr, from: src.name})
	}
	return true
}

// assignVariables returns the variables their values and fills "var".
func (l *loader) assignVariables(values []given) {
	final := map[string]given{}
	for _, v := range l.vars {
		if text, ok := l.opts.Environ["TMSYNC_VAR_"+v.name]; ok {
			final[v.name] = given{name: v.name, text: text, from: "TMSYNC_VAR_" + v.name}
		}
	}
	for _, g := range values {
		v, declared := l.vars[g.name]
		switch {
		case declared:
			if v.sensitive && g.expr != nil {
				l.cfg.secrets = append(l.cfg.secrets, g.expr.Range())
			}
			final[g.name] = g
		case g.expr != nil:
			l.cfg.secrets = append(l.cfg.secrets, g.expr.Range()) // the name may be mistyped
			l.report(&hcl.Diagnostic{
				Severity: hcl.DiagWarning, Summary: "Value for undeclared variable", Subject: g.place(),
				Detail: fmt.Sprintf("No variable named %q is declared; the value is not used.%s", g.name, hcldiag.DidYouMeanOf(g.name, l.vars)),
			})
		default:
			l.error(nil, "Value for undeclared variable", fmt.Sprintf("--var gives a value to %q, but no variable of that name is declared.%s", g.name, hcldiag.DidYouMeanOf(g.name, l.vars)))
		}
	}
	l.ask(final)
	object := map[string]cty.Value{}
	for _, name := range slices.Sorted(maps.Keys(l.vars)) {
		object[name] = l.finalValue(l.vars[name], final)
	}
	l.ctx.Variables["var"] = cty.ObjectVal(object)
	for _, name := range slices.Sorted(maps.Keys(l.vars)) {
		l.validate(l.vars[name])
	}
}

// ask has a person give the values that are missing, until there is no answer.
func (l *loader) ask(final map[string]given) {
	if l.opts.Ask == nil || l.diags.HasErrors() {
		return
	}
	for _, block := range l.blocks("variable") {
		v := l.vars[block.Labels[0]]
		if _, ok := final[v.name]; ok || v.def != cty.NilVal {
			continue
		}
		answer, ok := l.opts.Ask(Question{v.name, v.description, v.sensitive})
		if !ok {
			return
		}
		l.opts.Progress.step()
		final[v.name] = given{name: v.name, text: answer, from: "the answer"}
	}
}

// finalValue returns the value of a variable, unknown if there is none to use.
func (l *loader) finalValue(v *variable, final map[string]given) cty.Value {
	g, ok := final[v.name]
	val := v.def
	switch {
	case ok:
		val = l.convertGiven(v, g)
	case v.def == cty.NilVal:
		l.error(&v.decl, "No value for variable", fmt.Sprintf("The variable %q has no default, and no value was given. Give it one in one of these ways:\n\n    tmsync plan --var '%s=VALUE'\n    %s = VALUE in tmsync.tmvars (or in a file named with --var-file)\n    the environment variable TMSYNC_VAR_%s", v.name, v.name, v.name, v.name))
		val = cty.DynamicVal
	}
	if !val.IsWhollyKnown() {
		return cty.DynamicVal
	}
	if b, err := ctyjson.Marshal(val, val.Type()); err == nil {
		l.note("variable "+v.name, b)
	}
	if v.sensitive {
		val = val.Mark(eval.Sensitive{})
	}
	return val
}

func (l *loader) convertGiven(v *variable, g given) cty.Value {
	var val cty.Value
	var problem string
	if g.expr != nil {
		l.opts.Progress.at(g.expr.Range())
		var diags hcl.Diagnostics
		if val, diags = l.eval.Value(g.expr, nil, v.sensitive); diags.HasErrors() {
			l.report(diags...)
			return cty.DynamicVal
		}
	} else if val, problem = l.parseText(v, g.text); problem != "" {
		l.error(nil, "Invalid value for variable", fmt.Sprintf("The value that %s gives to variable %q cannot be read as an expression: %s Strings inside of lists and objects must be quoted.", g.from, v.name, problem))
		return cty.DynamicVal
	}
	val, problem = l.convert(v, val)
	if problem != "" {
		l.error(g.place(), "Invalid value for variable", fmt.Sprintf("The value that %s gives to variable %q is not suitable: %s The variable is declared at %s.", g.from, v.name, problem, hcldiag.Place(v.decl)))
		return cty.DynamicVal
	}
	return val
}

// parseText reads a value that was given as text; problem is a sentence.
func (l *loader) parseText(v *variable, text string) (val cty.Value, problem string) {
	if v.literal {
		return cty.StringVal(text), ""
	}
	if _, err := scan.CheckNesting([]byte(text), false); err != nil {
		return cty.DynamicVal, hcldiag.Sentence(err.Error())
	}
	expr, diags := hclsyntax.ParseExpression([]byte(text), "", hcl.InitialPos)
	if !diags.HasErrors() {
		var moreDiags hcl.Diagnostics
		eval.AddChecks(expr)
		val, moreDiags = l.eval.Value(expr, nil, v.sensitive)
		diags = append(diags, moreDiags...)
	}
	if diags.HasErrors() {
		return cty.DynamicVal, diags.Errs()[0].(*hcl.Diagnostic).Detail
	}
	return val, ""
}
