package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mattn/go-shellwords"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/render"
)

// commandGroup is a part of the list of commands.
type commandGroup struct {
	title    string
	commands []command
}

// commandGroups lists every command in the order of the help.
func commandGroups() []commandGroup {
	return []commandGroup{
		{"The main commands", []command{initCommand(), validateCommand(), planCommand(), applyCommand(), destroyCommand()}},
		{"Inspect what is declared, managed and drifting", []command{
			showCommand(), outputCommand(), explainCommand(), driftCommand(), refreshCommand(), consoleCommand(),
		}},
		{"Write and test configurations", []command{fmtCommand(), testCommand(), importCommand(), exportCommand(), schemaCommand()}},
		{"The state by hand", []command{
			stateListCommand(), stateShowCommand(), stateMvCommand(), stateRmCommand(),
			statePullCommand(), statePushCommand(), stateVerifyCommand(), forceUnlockCommand(),
		}},
		{"Query the service", []command{
			accountCommand(), trackCommand(), carriersCommand(), carriersDetectCommand(),
			queryRemoteCommand(), queryCosttimeCommand(), queryAircargoCommand(), webhookVerifyCommand(),
		}},
		{"Other commands", []command{sandboxCommand(), versionCommand()}},
	}
}

// root returns the tree of commands.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use: "tmsync", Long: "Keeps parcel trackings at TrackingMore or Trackru as your files declare them.",
		Args: cobra.ArbitraryArgs, SilenceErrors: true, SilenceUsage: true, TraverseChildren: true,
	}
	root.SetIn(a.Stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.Flags().Var(chdirFlag{a}, "chdir", "work in this `DIR`; it goes before the command")
	root.Flags().BoolP("version", "v", false, "show the version") // see versionArgs
	root.PersistentFlags().BoolVar(&a.noColor, "no-color", false, "disable colour")
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { a.help(c) })
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fail("Failed to parse command-line flags", fmt.Sprintf("%s For help: %s --help", sentence(err), c.CommandPath()))
	})
	root.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			a.usage(a.Stderr, root)
			return exit(Failure)
		}
		return a.unknown(c, args)
	}
	for _, g := range commandGroups() {
		for _, c := range g.commands {
			a.add(root, c)
		}
	}
	root.SetHelpCommand(a.helpCommand(root))
	root.InitDefaultCompletionCmd()
	if c, _, err := root.Find([]string{"completion"}); err == nil && c != root {
		c.Short, c.Long, c.Args = "Write a completion script for a shell", "", cobra.ArbitraryArgs
		c.RunE = func(c *cobra.Command, args []string) error { return a.unknown(c, args) }
	}
	return root
}

// add puts a command into the tree: "state list" below a command "state".
func (a *app) add(root *cobra.Command, c command) {
	parent, name := root, c.name
	if first, second, nested := strings.Cut(c.name, " "); nested {
		name = second
		parent, _, _ = root.Find([]string{first})
		if parent == root {
			parent = &cobra.Command{Use: first, Short: parents[first], Args: cobra.ArbitraryArgs}
			parent.RunE = func(c *cobra.Command, args []string) error { return a.unknown(c, args) }
			root.AddCommand(parent)
		}
	}
	cmd := &cobra.Command{Use: strings.TrimSpace(name + " " + c.args), Short: c.summary, Long: strings.TrimSpace(c.help), Args: cobra.ArbitraryArgs, DisableFlagsInUseLine: true}
	cmd.Example = strings.TrimSpace(c.examples)
	cmd.Flags().SortFlags = false
	do := c.setup(a, cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if c.args == "" && len(args) > 0 {
			return fail("Too many command line arguments",
				fmt.Sprintf("tmsync %s takes flags only, and got %s besides. To work in another directory, put --chdir=DIR before the command; a value with spaces needs quotes around it.",
					c.name, render.Plural(len(args), "argument"))) // which may be a part of a secret, after --var
		}
		return do(cmd.Context(), args)
	}
	cmd.ValidArgsFunction = a.completeArgs(c.complete)
	a.completeFlags(cmd)
	if len(c.first) > 0 {
		cmd.Annotations = map[string]string{firstFlags: strings.Join(c.first, " ")}
	}
	parent.AddCommand(cmd)
}

// parents says what the commands of two words have in common.
var parents = map[string]string{
	"state":   "Inspect the state, and change it by hand",
	"query":   "Query remote areas, transit times and air waybills",
	"webhook": "Check webhooks of the service",
}

// chdirFlag is --chdir.
type chdirFlag struct{ app *app }

func (chdirFlag) String() string { return "" }
func (chdirFlag) Type() string   { return "string" }

func (f chdirFlag) Set(dir string) error {
	if !f.app.chdir(dir) {
		return fmt.Errorf("%s is not a directory", render.Quote(dir))
	}
	return nil
}

// withExtraArgs puts the arguments that the environment adds behind the words of the
// command.
func (a *app) withExtraArgs(root *cobra.Command, args []string) ([]string, error) {
	if len(args) > 0 && strings.HasPrefix(args[0], "__") { // completion
		return args, nil
	}
	cmd, rest, err := root.Traverse(args)
	if err != nil || cmd == root || !cmd.Runnable() {
		return args, nil //nolint:nilerr // the command line is executed, and says so again
	}
	name := strings.TrimPrefix(cmd.CommandPath(), "tmsync ")
	var extra []string
	for _, key := range []string{"TMSYNC_CLI_ARGS", "TMSYNC_CLI_ARGS_" + strings.ReplaceAll(name, " ", "_")} {
		words, err := shellwords.Parse(a.Environ[key])
		if err != nil {
			return nil, fmt.Errorf("%s cannot be split into words: %w", key, err)
		}
		extra = append(extra, words...)
	}
	before := args[:len(args)-len(rest)]
	return append(append(append([]string{}, before...), longFlags(extra)...), rest...), nil
}

func newFlagSet(name string) *pflag.FlagSet {
	fs := pflag.NewFlagSet(name, pflag.ContinueOnError)
	fs.SortFlags = false
	fs.Usage = func() {}
	fs.SetOutput(io.Discard)
	return fs
}

// versionArgs turns --version before a command into the command version, which takes
// the flags behind it.
func versionArgs(args []string) []string {
	for i := 0; i < len(args) && strings.HasPrefix(args[i], "-"); i++ {
		switch args[i] {
		case "--":
			return args
		case "--chdir":
			i++
		case "--version", "-v":
			return slices.Concat(args[:i], []string{"version"}, args[i+1:])
		}
	}
	return args
}

// longFlags turns -flag into --flag, as Terraform's users type it. There are no
// flags of one letter but -h and -v.
func longFlags(args []string) []string {
	out := make([]string, len(args))
	for i, arg := range args {
		if arg == "--" {
			copy(out[i:], args[i:])
			break
		}
		if len(arg) > 2 && arg[0] == '-' && arg[1] != '-' {
			arg = "-" + arg
		}
		out[i] = arg
	}
	return out
}
