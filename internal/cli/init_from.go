package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/config/draft"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
)

// runInitFrom writes a configuration for a file of orders. It shows the summary of its
// plan. Nothing is written where there is a configuration.
func runInitFrom(ctx context.Context, a *app.App, o *initOptions) error {
	rows, err := o.options()
	if err != nil {
		return app.Fail("Flags that do not go together", text.Sentence(err))
	}
	found, err := hasConfiguration(a)
	if err != nil {
		return err
	}
	if found {
		return app.Fail("There is a configuration already", "Nothing was written. init --from begins a new one: put the file into a directory without .hcl files, and name that with --chdir.")
	}
	proposal, err := draft.From(a.Dir, o.from, rows)
	if err != nil {
		return draftProblem(a, o.from, err)
	}
	fmt.Fprintf(a.Stdout, "Read %s of %s: %s%s.\n", text.Plural(proposal.Rows, "row"), text.Inert(a.Shown(o.from)), proposal.Kind, exportOf(proposal.Shop))
	if err := errors.Join(writeFirst(a, proposal.Text), ignore(a)); err != nil {
		return err
	}
	if len(proposal.Open) > 0 {
		fmt.Fprintf(a.Stdout, "\nTo decide, in %s:\n", text.Inert(a.Shown("main.hcl")))
		for _, open := range proposal.Open {
			fmt.Fprintf(a.Stdout, "  line %d: %s\n", open.Line, text.Inert(open.What))
		}
	}
	fmt.Fprintln(a.Stdout)
	return planFirst(ctx, a)
}

func exportOf(shop string) string {
	if shop == "" {
		return ""
	}
	return ", an export of " + shop
}

// draftProblem returns why there is no proposal, and where in the file that is.
func draftProblem(a *app.App, name string, err error) error {
	var p *draft.Problem
	if !errors.As(err, &p) {
		return err
	}
	place := text.Inert(a.Shown(name))
	if p.Line > 0 {
		place = fmt.Sprintf("%s:%d", place, p.Line)
	}
	if len(p.Lists) > 0 {
		return app.Fail(p.Summary, fmt.Sprintf("%s: The file is one object, with several lists in it. Nothing was written. Choose the list that has the orders:\n\n%s", place, choices(a, name, p.Lists)))
	}
	return app.Fail(p.Summary, fmt.Sprintf("%s: %s%s Nothing was written.", place, p.Detail, flagFor(p.Detail)))
}

// choices are the commands that read one of a file's lists, a line each.
func choices(a *app.App, name string, lists []string) string {
	where := ""
	if a.Display != "" {
		where = "--chdir=" + shellWord(a.Display) + " "
	}
	var lines []string
	for _, list := range lists {
		lines = append(lines, fmt.Sprintf("  tmsync %sinit --from %s --path %s", where, shellWord(name), shellWord(list)))
	}
	return strings.Join(lines, "\n")
}

// flagFor returns which flag is the argument that a message asks for.
func flagFor(detail string) string {
	for _, name := range []string{"separator", "encoding", "sheet", "header", "path"} {
		if strings.Contains(detail, name+" = ") {
			return fmt.Sprintf(" Here it is a flag: --%s.", name)
		}
	}
	return ""
}

// planFirst plans as tmsync plan does, and shows the summary.
func planFirst(ctx context.Context, a *app.App) error {
	var o planOptions
	o.flags(pflag.NewFlagSet("plan", pflag.ContinueOnError))
	o.Summary = true
	return runPlan(ctx, a, &o)
}
