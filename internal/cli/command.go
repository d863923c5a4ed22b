package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mattn/go-shellwords"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/cli/ask"
	"github.com/tmsync/tmsync/internal/cli/inspect"
	"github.com/tmsync/tmsync/internal/cli/schema"
	"github.com/tmsync/tmsync/internal/cli/statecmd"
	"github.com/tmsync/tmsync/internal/cli/testcmd"
	"github.com/tmsync/tmsync/internal/cli/transfer"
	"github.com/tmsync/tmsync/internal/text"
)

// commandGroup is a part of the list of commands.
type commandGroup struct {
	title    string
	commands []app.Command
}

// commandGroups lists every command in the order of the help.
func commandGroups() []commandGroup {
	return []commandGroup{
		{"The main commands", []app.Command{initCommand(), validateCommand(), planCommand(), applyCommand(), destroyCommand()}},
		{"Inspect what is declared, managed and drifting", []app.Command{
			showCommand(), outputCommand(), inspect.Explain(), inspect.Drift(), refreshCommand(), consoleCommand(),
		}},
		{"Write and test configurations", []app.Command{fmtCommand(), testcmd.Command(), transfer.Import(), transfer.Export(), schema.Command()}},
		{"The state by hand", statecmd.Commands()},
		{"Query the service", ask.Commands()},
		{"Other commands", []app.Command{sandboxCommand(), versionCommand()}},
	}
}

// root returns the tree of commands.
func root(a *app.App) *cobra.Command {
	root := &cobra.Command{
		Use: "tmsync", Long: "Keeps parcel trackings at TrackingMore or Trackru as your files declare them.",
		Args: cobra.ArbitraryArgs, SilenceErrors: true, SilenceUsage: true, TraverseChildren: true,
	}
	root.SetIn(a.Stdin)
	root.SetOut(app.Exact(a.Stdout))
	root.SetErr(a.Stderr)
	root.Flags().Var(chdirFlag{a}, "chdir", "work in this `DIR`; it goes before the command")
	root.Flags().BoolP("version", "v", false, "show the version") // see versionArgs
	root.PersistentFlags().BoolVar(&a.NoColor, "no-color", false, "disable colour")
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { help(a, c) })
	root.SetFlagErrorFunc(flagProblem)
	root.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			usage(a.Stderr, root)
			return app.Exit(app.Failure)
		}
		return unknown(c, args)
	}
	for _, g := range commandGroups() {
		for _, c := range g.commands {
			add(a, root, c)
		}
	}
	root.SetHelpCommand(helpCommand(a, root))
	root.InitDefaultCompletionCmd()
	if c, _, err := root.Find([]string{"completion"}); err == nil && c != root {
		c.Short, c.Long, c.Args = "Write a completion script for a shell", completionHelp, cobra.ArbitraryArgs
		c.RunE = func(c *cobra.Command, args []string) error { return unknown(c, args) }
		if bash, _, err := c.Find([]string{"bash"}); err == nil && bash != c {
			bash.RunE = func(c *cobra.Command, _ []string) error { return bashCompletion(a, c) }
		}
	}
	return root
}

// add adds a command to the tree: "state list" below a command "state".
func add(a *app.App, root *cobra.Command, c app.Command) {
	parent, name := root, c.Name
	if first, second, nested := strings.Cut(c.Name, " "); nested {
		name = second
		parent, _, _ = root.Find([]string{first})
		if parent == root {
			parent = &cobra.Command{Use: first, Short: parents[first], Args: cobra.ArbitraryArgs}
			parent.RunE = func(c *cobra.Command, args []string) error { return unknown(c, args) }
			root.AddCommand(parent)
		}
	}
	cmd := &cobra.Command{Use: strings.TrimSpace(name + " " + c.Args), Short: c.Summary, Long: strings.TrimSpace(c.Help), Args: cobra.ArbitraryArgs, DisableFlagsInUseLine: true}
	cmd.Example = strings.TrimSpace(c.Examples)
	cmd.Flags().SortFlags = false
	do := c.Setup(a, cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if c.Args == "" && len(args) > 0 {
			hint := "a value with spaces needs quotes around it."
			if f := cmd.Flags().Lookup("refresh"); f != nil && f.Changed {
				hint = "the value of --refresh follows a \"=\", as in --refresh=full."
			}
			if c.Needs != "" {
				return app.Fail("Too many command line arguments", fmt.Sprintf("tmsync %s takes flags only, and got %s besides. Give %s; %s",
					c.Name, text.Plural(len(args), "argument"), c.Needs, hint))
			}
			return app.Fail("Too many command line arguments",
				fmt.Sprintf("tmsync %s takes flags only, and got %s besides. To work in another directory, put --chdir=DIR before the command; %s",
					c.Name, text.Plural(len(args), "argument"), hint)) // which may be a part of a secret, after --var
		}
		return do(cmd.Context(), args)
	}
	cmd.ValidArgsFunction = completeArgs(a, c.Complete)
	completeFlags(a, cmd)
	if len(c.First) > 0 {
		cmd.Annotations = map[string]string{firstFlags: strings.Join(c.First, " ")}
	}
	parent.AddCommand(cmd)
}

// parents describe what the commands of two words have in common.
var parents = map[string]string{
	"state":   "Inspect the state, and change it by hand",
	"query":   "Query remote areas, transit times and air waybills",
	"webhook": "Check webhooks of the service",
}

// chdirFlag is --chdir.
type chdirFlag struct{ app *app.App }

func (chdirFlag) String() string { return "" }
func (chdirFlag) Type() string   { return "string" }

func (f chdirFlag) Set(dir string) error {
	if !f.app.Chdir(dir) {
		return fmt.Errorf("%s is not a directory", text.Quote(dir))
	}
	return nil
}

// withExtraArgs inserts the arguments of the environment after the words of the
// command.
func withExtraArgs(a *app.App, root *cobra.Command, args []string) ([]string, error) {
	if len(args) > 0 && strings.HasPrefix(args[0], "__") { // completion
		return args, nil
	}
	cmd, rest, err := root.Traverse(args)
	if err != nil || cmd == root || !cmd.Runnable() {
		return args, nil // the command line is executed, and says so again
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

// versionArgs replaces --version before a command by the command version.
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
// flags of one letter but -h and -v. Nor is -:2 a flag: it is a line of the standard input.
func longFlags(args []string) []string {
	out := make([]string, len(args))
	for i, arg := range args {
		if arg == "--" {
			copy(out[i:], args[i:])
			break
		}
		if line, ok := strings.CutPrefix(arg, config.Stdin+":"); ok {
			arg = config.StdinShown + ":" + line
		} else if len(arg) > 2 && arg[0] == '-' && arg[1] != '-' {
			arg = "-" + arg
		}
		out[i] = arg
	}
	return out
}
