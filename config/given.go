package config

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config/internal/eval"
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
func (rd *reader) readVarFiles(auto []string, vars []VarFlag) []given {
	values := []given{}
	ok := true
	add := func(src *Source) {
		ok = src != nil && rd.parseVarFile(src, &values) && ok
	}
	for _, name := range auto {
		f, err := rd.files.Open(name)
		add(rd.addSource(name, f, err))
	}
	for _, flag := range vars {
		if flag.File != "" {
			f, err := rd.files.OpenGiven(flag.File)
			add(rd.addSource(flag.File, f, err))
			continue
		}
		name, text, found := strings.Cut(flag.Assign, "=")
		if name = strings.TrimSpace(name); !found || name == "" {
			rd.error(nil, "Invalid --var", "--var takes NAME=VALUE, for example --var 'shop=main'.")
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
func (rd *reader) parseVarFile(src *Source, values *[]given) bool {
	src.vars = true
	if problem := src.prepare(nil); problem != nil {
		rd.report(problem)
		return false
	}
	src.pieces = []scan.Piece{{Start: 0, End: len(src.src), Line: 1}}
	file, diags := src.parse(src.pieces[0])
	if first := firstError(diags); first != nil {
		rd.report(first)
		return false
	}
	attrs, diags := eval.CheckedBody(file.Body).JustAttributes()
	rd.report(diags...)
	for _, a := range eval.InOrder(attrs) {
		*values = append(*values, given{name: a.Name, expr: a.Expr, from: src.name})
	}
	return true
}
