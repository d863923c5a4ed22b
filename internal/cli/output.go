package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/pflag"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
)

// outputOptions are the flags of output.
type outputOptions struct {
	app.ConfigOptions
	app.DataOptions
	json, raw, showSensitive bool
}

func outputCommand() app.Command {
	return app.Command{
		Name: "output", Args: "[NAME]", Summary: "Show the configuration's outputs",
		Examples: `
# all outputs
tmsync output

# the text of one, in a script
tmsync output --raw titles`,
		Help: `
Outputs are evaluated from the configuration as it is now, applied or not, and
offline, except that data blocks are read where an output depends on them. Those
that were last applied are in "tmsync show"; where they differ, "tmsync plan"
shows it. Sensitive values are shown with --show-sensitive, on a terminal only.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o outputOptions
			o.ConfigOptions.Flags(fs)
			o.DataOptions.Flags(fs)
			fs.BoolVar(&o.json, "json", false, "as JSON, with the types")
			fs.BoolVar(&o.raw, "raw", false, "write the text of one output alone, for scripts")
			fs.BoolVar(&o.showSensitive, "show-sensitive", false, "show sensitive values, on a terminal only")
			return func(ctx context.Context, args []string) error { return runOutput(ctx, a, &o, args) }
		},
	}
}

func runOutput(ctx context.Context, a *app.App, o *outputOptions, args []string) error {
	switch {
	case len(args) > 1:
		return app.Fail("Too many command line arguments", "tmsync output takes the name of one output, or none.")
	case o.raw && (o.json || len(args) == 0):
		return app.Fail("Flags that do not go together", "--raw writes one output as text: name it, and leave --json out.")
	}
	cfg, err := a.Load(&o.ConfigOptions)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(cfg.Outputs, func(out config.Output) bool {
		return !out.Value.IsWhollyKnown() && (len(args) == 0 || out.Name == args[0])
	}) {
		if err := a.ReadDataOnly(ctx, cfg, &o.DataOptions); err != nil {
			return err
		}
	}
	outputs := shownOutputs(cfg)
	s := a.OutStyle()
	s.Sensitive = o.showSensitive && a.StdoutWidth > 0
	if len(args) == 1 {
		return oneOutput(a, outputs, args[0], o, s)
	}
	if o.json {
		var docs map[string]render.OutputDocument
		if docs, err = outputDocuments(outputs, s); err == nil {
			err = text.WriteJSON(app.Exact(a.Stdout), docs)
		}
	} else if len(outputs) == 0 {
		fmt.Fprintln(a.Stdout, "The configuration has no outputs.")
	} else {
		err = render.Outputs(a.Stdout, outputs, s)
	}
	return app.Written(err)
}

// oneOutput shows the output of a name.
func oneOutput(a *app.App, outputs []render.Output, name string, o *outputOptions, s render.Style) error {
	for _, out := range outputs {
		if out.Name != name {
			continue
		}
		if out.Sensitive && !s.Sensitive {
			return app.Fail("The output is sensitive", fmt.Sprintf("%s is shown with --show-sensitive, on a terminal only.", name))
		}
		v, _ := out.Value.UnmarkDeep()
		switch {
		case o.json:
			doc, err := render.NewOutputDocument(out, s)
			if err == nil {
				err = text.WriteJSON(app.Exact(a.Stdout), doc.Value)
			}
			return app.Written(err)
		case o.raw:
			words, err := convert.Convert(v, cty.String)
			if err != nil || words.IsNull() || !words.IsKnown() {
				return app.Fail("The output is not a text", fmt.Sprintf("%s is a %s; --json writes it.", name, v.Type().FriendlyName()))
			}
			raw := words.AsString()
			if a.StdoutWidth > 0 {
				raw = text.InertLines(raw)
			}
			_, err = fmt.Fprint(app.Exact(a.Stdout), raw)
			return app.Written(err)
		}
		_, err := fmt.Fprintln(a.Stdout, render.Value(v))
		return app.Written(err)
	}
	return app.Fail("No such output", fmt.Sprintf("The configuration has no output named %s. \"tmsync output\" lists those that it has.", text.Quote(name)))
}

func shownOutputs(cfg *config.Config) []render.Output {
	var out []render.Output
	for _, o := range cfg.Outputs {
		out = append(out, render.Output{Name: o.Name, Sensitive: o.Sensitive, Value: o.Value})
	}
	return out
}

// outputDocuments returns the documents of outputs, by their names.
func outputDocuments(outputs []render.Output, s render.Style) (map[string]render.OutputDocument, error) {
	docs := make(map[string]render.OutputDocument, len(outputs))
	for _, out := range outputs {
		doc, err := render.NewOutputDocument(out, s)
		if err != nil {
			return nil, err
		}
		docs[out.Name] = doc
	}
	return docs, nil
}

// showOutputs ends an apply with the outputs that the state now has. So does Terraform.
func showOutputs(w *app.Workspace, o *planOptions) error {
	if len(w.Config.Outputs) == 0 || o.Destroy {
		return nil
	}
	outputs, err := appliedOutputs(w)
	if err != nil || len(outputs) == 0 {
		return err
	}
	if events := w.App.Recorder.Events(); events != nil {
		docs, err := outputDocuments(outputs, render.Style{})
		if err != nil {
			return app.Written(err)
		}
		events.Outputs(docs)
	}
	fmt.Fprintf(w.App.Stdout, "\n%s\n\n", render.Success(w.App.OutStyle(), "Outputs:"))
	return app.Written(render.Outputs(w.App.Stdout, outputs, w.App.OutStyle()))
}

// appliedOutputs returns the outputs that the state has. Of a long value it has a
// fingerprint, and where that is of the configuration's value, this is it.
func appliedOutputs(w *app.Workspace) ([]render.Output, error) {
	unapplied, err := w.Unapplied()
	if err != nil {
		return nil, err
	}
	current := map[string]render.Output{}
	for _, out := range shownOutputs(w.Config) {
		if !unapplied[out.Name] {
			current[out.Name] = out
		}
	}
	var outputs []render.Output
	st := w.Session.State()
	for i := range st.Outputs {
		out, known := current[st.Outputs[i].Name]
		if !known {
			out = render.StateOutput(&st.Outputs[i])
		}
		outputs = append(outputs, out)
	}
	return outputs, nil
}
