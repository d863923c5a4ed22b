package cli

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/render"
)

// validateOptions are the flags of validate.
type validateOptions struct {
	configOptions
	json bool
}

func validateCommand() command {
	return command{
		name: "validate", summary: "Check the configuration, offline",
		examples: `
# before a commit
tmsync validate

# for an editor
tmsync validate --json`,
		setup: func(a *app, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o validateOptions
			o.flags(fs)
			fs.BoolVar(&o.json, "json", false, "write what is wrong as JSON, to stdout")
			return func(context.Context, []string) error { return a.validate(&o) }
		},
	}
}

func (a *app) validate(o *validateOptions) error {
	l := a.read(&o.configOptions)
	if l.err != nil {
		return l.err
	}
	for _, f := range l.cfg.Failed {
		l.diags = append(l.diags, f.Diag)
	}
	if o.json {
		err := a.written(render.WriteJSON(a.Stdout, render.NewValidationDocument(l.diags, l.cfg.Sources())))
		if err == nil && l.diags.HasErrors() {
			err = exit(Failure)
		}
		return err
	}
	if l.diags.HasErrors() {
		return invalid(Failure, l.diags, l.cfg.Sources())
	}
	if len(l.diags) > 0 {
		a.report(l.diags, l.cfg.Sources())
	}
	fmt.Fprintf(a.Stdout, "%s The configuration is valid: it declares %s.\n",
		render.Success(a.outStyle(), "Success!"), render.Plural(len(l.cfg.Declared), "tracking"))
	return nil
}
