package cli

import (
	"context"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/state"
)

// showOptions are the flags of show.
type showOptions struct {
	app.OpenOptions // of which a saved plan needs the variables
	json            bool
}

func showCommand() app.Command {
	return app.Command{
		Name: "show", Args: "[PLAN]", Complete: app.CompleteFile, Summary: "Show what the state manages, or a saved plan",
		Examples: `
# what was last applied
tmsync show

# a saved plan, for a program
tmsync show --json night.plan`,
		Help: `
Without PLAN, what was last applied. With PLAN, a file of "tmsync plan --out",
the plan as it was shown then; one that was edited since is refused.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o showOptions
			o.ReadFlags(fs)
			fs.BoolVar(&o.json, "json", false, "as JSON")
			return func(ctx context.Context, args []string) error {
				switch len(args) {
				case 0:
					return a.WithState(ctx, &o.OpenOptions, func(st *state.State, shared string) error {
						if o.json {
							doc := render.NewStateDocument(st)
							doc.State = shared
							return text.WriteJSON(app.Exact(a.Stdout), doc)
						}
						if shared != "" {
							fmt.Fprintf(a.Stdout, "State: %s, serial %d\n\n", text.Inert(shared), st.Serial)
						}
						return render.State(a.Stdout, st, a.OutStyle())
					})
				case 1:
					return showFile(a, &o, args[0])
				}
				return app.Fail("Too many command line arguments", "tmsync show takes one saved plan, or none.")
			}
		},
	}
}

// showFile shows a saved plan. One that was edited is not shown: it would say what
// somebody wants to be approved.
func showFile(a *app.App, o *showOptions, path string) error {
	f, err := openPlan(a, &o.OpenOptions, path)
	if err != nil {
		return err
	}
	cfg, err := a.Load(&o.ConfigOptions)
	switch {
	case err != nil || !engine.Sealable(cfg):
		a.Ended(err)
		a.Report(hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: "The saved plan was not checked",
			Detail: "Without the API key of the configuration it is not known whether somebody has changed the file. Apply checks that."}}, nil)
	default:
		if err := engine.Trusted(cfg, f); err != nil {
			return err
		}
	}
	p := f.Plan()
	if o.json {
		return app.Written(text.WriteJSON(app.Exact(a.Stdout), render.NewPlanDocument(p, f.Cost(), f.Tool, f.Created)))
	}
	return app.Written(render.Plan(a.Stdout, p, f.Cost(), a.OutStyle()))
}
