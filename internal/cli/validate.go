package cli

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// validateOptions are the flags of validate.
type validateOptions struct {
	app.ConfigOptions
	json bool
	ci   app.CIFlag
}

func validateCommand() app.Command {
	return app.Command{
		Name: "validate", Summary: "Check the configuration, offline",
		Examples: `
# before a commit
tmsync validate

# for an editor
tmsync validate --json`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o validateOptions
			o.Lint = true
			o.Flags(fs)
			fs.BoolVar(&o.json, "json", false, "write what is wrong as JSON, to stdout")
			o.ci.Flag(fs)
			return func(context.Context, []string) error {
				return a.Annotated(o.ci, func() error { return runValidate(a, &o) })
			}
		},
	}
}

func runValidate(a *app.App, o *validateOptions) error {
	l := a.Read(&o.ConfigOptions)
	if l.Err != nil {
		return l.Err
	}
	l.Diags = append(l.Diags, l.Config.Failures(func(tracking.Addr) bool { return true })...)
	if o.json {
		a.Annotate(l.Diags, l.Config.Sources())
		doc := render.NewValidationDocument(l.Diags, l.Config.Sources())
		if doc.Valid {
			doc.Rows = l.Config.RowCounts()
		}
		err := app.Written(text.WriteJSON(app.Exact(a.Stdout), doc))
		if err == nil && l.Diags.HasErrors() {
			err = app.Exit(app.Failure)
		}
		return err
	}
	if l.Diags.HasErrors() {
		return l.Invalid(false)
	}
	if len(l.Diags) > 0 {
		a.Report(l.Diags, l.Config.Sources())
	}
	fmt.Fprintf(a.Stdout, "%s The configuration is valid: it declares %s.\n",
		render.Success(a.OutStyle(), "Success!"), text.Plural(len(l.Config.Declared), "tracking"))
	render.Rows(a.Stdout, l.Config.RowCounts(), a.OutStyle())
	return nil
}
