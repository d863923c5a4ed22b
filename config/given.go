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
	"github.com/tmsync/tmsync/config/internal/terraform"
	"github.com/tmsync/tmsync/internal/text"
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

// assignVariables returns the variables their values and fills "var".
func (dec *variableDecoder) assignVariables(values []given) {
	final := map[string]given{}
	for _, v := range dec.vars {
		if s, ok := dec.environ[environPrefix+v.name]; ok {
			final[v.name] = given{name: v.name, text: s, from: environPrefix + v.name}
		}
	}
	for _, g := range values {
		v, declared := dec.vars[g.name]
		switch {
		case declared:
			if v.sensitive && g.expr != nil {
				dec.secrets = append(dec.secrets, g.expr.Range())
			}
			final[g.name] = g
		case g.expr != nil:
			dec.secrets = append(dec.secrets, g.expr.Range()) // the name may be mistyped
			dec.report(&hcl.Diagnostic{
				Severity: hcl.DiagWarning, Summary: "Value for undeclared variable", Subject: g.place(),
				Detail: fmt.Sprintf("No variable named %q is declared; the value is not used.%s", g.name, text.DidYouMean(g.name, maps.Keys(dec.vars))),
			})
		default:
			dec.error(nil, "Value for undeclared variable", fmt.Sprintf("--var gives a value to %q, but no variable of that name is declared.%s", g.name, text.DidYouMean(g.name, maps.Keys(dec.vars))))
		}
	}
	dec.noticeEnviron(final)
	dec.askFor(final)
	object := map[string]cty.Value{}
	for _, name := range slices.Sorted(maps.Keys(dec.vars)) {
		object[name] = dec.finalValue(dec.vars[name], final)
	}
	dec.ctx.Variables["var"] = cty.ObjectVal(object)
	for _, name := range slices.Sorted(maps.Keys(dec.vars)) {
		dec.validate(dec.vars[name])
	}
}

// environPrefix begins the names of the environment that give values to variables.
const environPrefix = "TMSYNC_VAR_"

// noticeEnviron warns of variables of the environment that set nothing: those
// called as in Terraform, of variables without another value, and those that no
// variable has.
func (dec *variableDecoder) noticeEnviron(final map[string]given) {
	var terraforms, unused []string
	var near string // the variable that is meant by the last of the unused ones
	for _, key := range slices.Sorted(maps.Keys(dec.environ)) {
		if name, ok := strings.CutPrefix(key, "TF_VAR_"); ok {
			if _, set := final[name]; !set && dec.vars[name] != nil {
				terraforms = append(terraforms, key)
			}
		}
		if name, ok := strings.CutPrefix(key, environPrefix); ok && dec.vars[name] == nil {
			unused, near = append(unused, hcldiag.FileName(key)), text.DidYouMean(name, maps.Keys(dec.vars))
		}
	}
	if len(terraforms) > 0 {
		dec.report(hcldiag.Warning("TF_VAR_… is not read", fmt.Sprintf("In the environment the values of variables are called %sname here: rename %s.", environPrefix, terraform.Some(terraforms))))
	}
	if len(unused) > 0 {
		detail := "The environment has " + terraform.Some(unused) + ", but no variable of that name is declared; the value is not used."
		if len(unused) == 1 {
			detail += near
		}
		dec.report(hcldiag.Warning("Value for undeclared variable", detail))
	}
}

// askFor asks a person for the missing values, until there is no answer.
func (dec *variableDecoder) askFor(final map[string]given) {
	if dec.ask == nil || dec.diags.HasErrors() {
		return
	}
	for _, block := range dec.blocks("variable") {
		v := dec.vars[block.Labels[0]]
		if _, ok := final[v.name]; ok || v.def != cty.NilVal {
			continue
		}
		answer, ok := dec.ask(Question{v.name, v.description, v.sensitive})
		if !ok {
			return
		}
		dec.progress.step()
		final[v.name] = given{name: v.name, text: answer, from: "the answer"}
	}
}

// finalValue returns the value of a variable, unknown if there is none to use.
func (dec *variableDecoder) finalValue(v *variable, final map[string]given) cty.Value {
	g, ok := final[v.name]
	val := v.def
	switch {
	case ok:
		val = dec.convertGiven(v, g)
	case v.def == cty.NilVal:
		dec.error(&v.decl, "No value for variable", fmt.Sprintf("The variable %q has no default, and no value was given. Give it one in one of these ways:\n\n    tmsync plan --var '%s=VALUE'\n    %s = VALUE in tmsync.tmvars (or in a file named with --var-file)\n    the environment variable TMSYNC_VAR_%s", v.name, v.name, v.name, v.name))
		val = cty.DynamicVal
	}
	if !val.IsWhollyKnown() {
		return cty.DynamicVal
	}
	if b, err := ctyjson.Marshal(val, val.Type()); err == nil {
		dec.note("variable "+v.name, b)
	}
	if v.sensitive {
		val = val.Mark(eval.Sensitive{})
	}
	return val
}

func (dec *variableDecoder) convertGiven(v *variable, g given) cty.Value {
	var val cty.Value
	var problem string
	if g.expr != nil {
		dec.progress.at(g.expr.Range())
		var diags hcl.Diagnostics
		if val, diags = dec.eval.Value(g.expr, nil, v.sensitive); diags.HasErrors() {
			dec.report(diags...)
			return cty.DynamicVal
		}
	} else if val, problem = dec.parseText(v, g.text); problem != "" {
		dec.error(nil, "Invalid value for variable", fmt.Sprintf("The value that %s gives to variable %q cannot be read as an expression: %s Strings inside of lists and objects must be quoted.", g.from, v.name, problem))
		return cty.DynamicVal
	}
	val, problem = dec.convert(v, val)
	if problem != "" {
		dec.error(g.place(), "Invalid value for variable", fmt.Sprintf("The value that %s gives to variable %q is not suitable: %s The variable is declared at %s.", g.from, v.name, problem, hcldiag.Place(v.decl)))
		return cty.DynamicVal
	}
	return val
}

// parseText reads a value that was given as text; problem is a sentence.
func (dec *variableDecoder) parseText(v *variable, s string) (val cty.Value, problem string) {
	if v.literal {
		return cty.StringVal(s), ""
	}
	if _, err := scan.CheckNesting([]byte(s), false); err != nil {
		return cty.DynamicVal, text.Sentence(err)
	}
	expr, diags := hclsyntax.ParseExpression([]byte(s), "", hcl.InitialPos)
	if !diags.HasErrors() {
		var moreDiags hcl.Diagnostics
		eval.AddChecks(expr)
		val, moreDiags = dec.eval.Value(expr, nil, v.sensitive)
		diags = append(diags, moreDiags...)
	}
	if diags.HasErrors() {
		return cty.DynamicVal, diags.Errs()[0].(*hcl.Diagnostic).Detail
	}
	return val, ""
}
