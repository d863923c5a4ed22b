package cli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
)

// terraformsCommands is what to do instead of Terraform's commands that are none
// here.
var terraformsCommands = map[string]string{
	"taint":     "tmsync apply --replace ADDRESS deletes a tracking and creates it again; nothing is marked in the state.",
	"untaint":   "Nothing is marked in the state: leave --replace out.",
	"workspace": "Declare a variable for the environment, use it in the backend block, and give it with --var env=prod.",
	"get":       "There are no modules: a directory is one configuration, and ready to be planned.",
	"modules":   "There are no modules: a directory is one configuration.",
	"providers": "Both services are built in; tmsync schema config writes what a configuration may say.",
	"graph":     "Trackings depend on nothing, so that there is no graph; tmsync plan --full lists what is done, in its order.",
	"login":     "Set TRACKINGMORE_API_KEY, or TRACKRU_API_KEY, to the key of your account.",
	"logout":    "Unset TRACKINGMORE_API_KEY, or TRACKRU_API_KEY.",
}

// terraformsFlags is what to do instead of Terraform's flags that are none here.
var terraformsFlags = map[string]string{
	"upgrade":             "There are no plugins and no modules to upgrade: leave it out.",
	"get":                 "There are no modules to get: leave it out.",
	"plugin-dir":          "Both services are built in: leave it out.",
	"lockfile":            "Both services are built in: leave it out.",
	"reconfigure":         "A backend is used as its block says, from the next command on: leave it out.",
	"migrate-state":       "Write the state to a file, change the block, and push it: tmsync state pull > old.jsonl, then tmsync state push old.jsonl.",
	"backend-config":      "Expressions may stand in the backend block: declare variables, and give them with --var or --var-file.",
	"compact-warnings":    "A warning is told once for each of its kind; lint = false in a lifecycle block switches those about numbers off.",
	"generate-config-out": "tmsync import --all --out FILE writes the blocks of trackings that are not declared.",
	"state-out":           "The state is written in its place; --state FILE names it, and tmsync state pull copies it.",
	"backup":              "What a state was before is kept beside it, or in the backend: leave it out.",
	"junit-xml":           "It is called --junit here.",
	"test-directory":      "Tests are in the directory tests: leave it out.",
	"target-file":         "Give --target several times.",
	"exclude-file":        "Give --exclude several times.",
	"version":             "It stands alone: tmsync --version.",
}

// flagProblem returns the error for flags that cannot be understood.
func flagProblem(c *cobra.Command, err error) error {
	detail := text.Sentence(err)
	if missing := (*pflag.NotExistError)(nil); errors.As(err, &missing) {
		name := missing.GetSpecifiedName()
		if say := terraformsFlags[name]; say != "" {
			detail += " " + say
		} else if name == "chdir" {
			detail += fmt.Sprintf(" It goes before the command: tmsync --chdir=DIR %s.", commandName(c))
		} else {
			detail += text.DidYouMean(name, slices.Values(flagNames(c)))
		}
	}
	return app.Fail("Failed to parse command-line flags", fmt.Sprintf("%s For help: %s --help", detail, c.CommandPath()))
}

// flagNames lists the flags of a command.
func flagNames(c *cobra.Command) (names []string) {
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}
