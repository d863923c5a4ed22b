package cli

import (
	_ "embed"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// manual is the reference of the commands: README.md.
//
//go:embed README.md
var manual string

// topic is a document that "tmsync help NAME" prints.
type topic struct {
	name, summary string
	dir           string // where its README.md is
	text          string
}

// topics lists the documents in the order of the help.
func topics() []topic {
	return []topic{
		{"language", "What a configuration may say, and its tests", "config", config.Manual},
		{"planning", "How a plan is made: decisions, drift, safety limits, cost", "plan", plan.Manual},
		{"safety", "What an apply promises, how it is proven, and its limits", "apply", apply.Manual},
		{"state", "The state: its files, by hand, signed, merged, shared", "state", state.Manual},
		{"commands", "All commands and flags, exit codes, environment, reports", "internal/cli", manual},
	}
}

// showTopic prints a document.
func showTopic(a *app.App, t topic) error {
	return app.Written(render.Manual(a.Stdout, t.text, a.OutStyle(), func(to string) string {
		for _, other := range topics() {
			if path.Join(t.dir, to) == other.dir+"/README.md" {
				return other.name
			}
		}
		return ""
	}))
}

// helpOffers are the topics and commands that a shell is offered behind "help".
func helpOffers(root *cobra.Command, args []string, written string) []cobra.Completion {
	if len(args) > 0 {
		return nil
	}
	var offers []cobra.Completion
	for _, t := range topics() {
		if strings.HasPrefix(t.name, written) {
			offers = append(offers, cobra.CompletionWithDesc(t.name, t.summary))
		}
	}
	for _, c := range root.Commands() {
		if strings.HasPrefix(c.Name(), written) && c.IsAvailableCommand() && c.Name() != "state" { // which is a topic
			offers = append(offers, cobra.CompletionWithDesc(c.Name(), c.Short))
		}
	}
	return offers
}
