// Package cli is the command line: it parses arguments, wires the packages
// together and turns what happened into text and exit codes. Every command has a
// file of its own.
//
// It is the only package that knows the environment, and it is told it: nothing
// here or below reads a global or ends the process.
package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mattn/go-shellwords"
	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/render"
)

// Env is the world around one run.
type Env struct {
	Stdin io.Reader
	// ReadSecret reads a line from the terminal without showing it; nil where
	// there is none.
	ReadSecret     func() (string, error)
	Stdout, Stderr io.Writer
	// StdinTerminal, StdoutWidth and StderrWidth tell what is a terminal; a
	// width of 0 means that the stream is none.
	StdinTerminal            bool
	StdoutWidth, StderrWidth int
	Environ                  map[string]string
	Dir                      string // the working directory
	Now                      func() time.Time
	Version                  string
	Host, User               string // who holds a lock
	PID                      int
}

// ExitCode is what the process ends with.
type ExitCode int

// The exit codes.
const (
	OK        ExitCode = 0
	Failure   ExitCode = 1 // error
	Changes   ExitCode = 2 // --detailed-exitcode: the plan has changes
	Unformed  ExitCode = 3 // fmt --check: files differ
	Unsafe    ExitCode = 4 // stopped by a safety limit or a failed precondition
	Locked    ExitCode = 5 // the state is locked
	Partial   ExitCode = 6 // applied in part, or interrupted
	NoCredits ExitCode = 7 // too few credits
	StalePlan ExitCode = 8 // the saved plan is stale
)

// command is one row of the command table.
type command struct {
	name    string // "plan", "state list"
	args    string // what follows, for the usage line
	summary string // one line
	help    string // more, if there is more to say
	// setup declares the command's flags and returns what runs it.
	setup func(a *app, fs *pflag.FlagSet) func(ctx context.Context, args []string) ExitCode
}

// commands lists every command in the order of the help.
func commands() []command {
	return []command{
		initCommand(), validateCommand(), fmtCommand(),
		planCommand(), applyCommand(), destroyCommand(),
		refreshCommand(), driftCommand(), showCommand(), outputCommand(), consoleCommand(),
		stateListCommand(), stateShowCommand(), stateMvCommand(), stateRmCommand(),
		statePullCommand(), statePushCommand(), stateVerifyCommand(), forceUnlockCommand(), schemaCommand(),
		importCommand(), exportCommand(), explainCommand(), testCommand(),
		accountCommand(), trackCommand(), queryRemoteCommand(), queryCosttimeCommand(), queryAircargoCommand(),
		carriersCommand(), carriersDetectCommand(), webhookVerifyCommand(),
		sandboxCommand(), versionCommand(), completionCommand(),
	}
}

// app is one run of one command.
type app struct {
	Env
	dir     string // where the configuration is, after --chdir
	display string // what goes before its file names in messages
	noColor bool
	stdin   *bufio.Reader     // made when something is first read
	rec     *recorder         // of the run, for its reports; nil: there are none
	answers map[string]string // what was typed for variables, by their names
	exposed bool              // it was said that everybody may write where the state is
	// underWay says that an apply is sending: it ends by itself when it is
	// interrupted, with a report.
	underWay atomic.Bool
	// stuck says that an evaluation was abandoned and still runs: nothing more is
	// begun. Shared by the runs of a test command.
	stuck *atomic.Bool
}

// Run carries out one command line, without the program's name.
func Run(ctx context.Context, env Env, args []string) ExitCode {
	a := &app{Env: env, dir: env.Dir, stuck: &atomic.Bool{}}
	args, code, ok := a.global(args)
	if !ok {
		return code
	}
	if len(args) == 0 {
		a.usage(a.Stderr)
		return Failure
	}
	cmd, rest, ok := find(args)
	if !ok {
		return a.unknown(args)
	}
	extra, err := a.extraArgs(cmd.name)
	if err != nil {
		return a.fail("Invalid TMSYNC_CLI_ARGS", err.Error())
	}
	return a.interruptible(ctx, func() ExitCode { return a.run(ctx, cmd, append(extra, rest...)) })
}

// global takes the flags that stand before the command.
func (a *app) global(args []string) (rest []string, code ExitCode, ok bool) {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		name, value, hasValue := strings.Cut(strings.TrimLeft(args[0], "-"), "=")
		args = args[1:]
		switch name {
		case "chdir":
			if !hasValue {
				return nil, a.fail("Invalid --chdir", "Write it as --chdir=DIR, before the command."), false
			}
			if !a.chdir(value) {
				return nil, a.fail("Invalid --chdir", fmt.Sprintf("%q is not a folder.", value)), false
			}
		case "help", "h":
			a.usage(a.Stdout)
			return nil, OK, false
		case "version", "v":
			return append([]string{"version"}, args...), OK, true
		default:
			return nil, a.fail("Unknown flag", fmt.Sprintf("--%s does not stand before a command; only --chdir, --help and --version do.", render.Inert(name))), false
		}
	}
	if len(args) > 0 && args[0] == "help" {
		if cmd, _, ok := find(args[1:]); ok {
			return nil, a.help(cmd), false
		}
		a.usage(a.Stdout)
		return nil, OK, false
	}
	return args, OK, true
}

// find picks the command whose words args begin with, the longest one:
// "carriers detect" is not "carriers".
func find(args []string) (best command, rest []string, found bool) {
	for _, c := range commands() {
		words := strings.Fields(c.name)
		if len(args) >= len(words) && strings.Join(args[:len(words)], " ") == c.name && len(c.name) > len(best.name) {
			best, rest, found = c, args[len(words):], true
		}
	}
	return best, rest, found
}

// extraArgs are the arguments that the environment adds to a command.
func (a *app) extraArgs(name string) ([]string, error) {
	var extra []string
	for _, key := range []string{"TMSYNC_CLI_ARGS", "TMSYNC_CLI_ARGS_" + strings.ReplaceAll(name, " ", "_")} {
		words, err := shellwords.Parse(a.Environ[key])
		if err != nil {
			return nil, fmt.Errorf("%s cannot be split into words: %w", key, err)
		}
		extra = append(extra, words...)
	}
	return extra, nil
}

// run parses a command's flags and runs it.
func (a *app) run(ctx context.Context, cmd command, args []string) ExitCode {
	fs := newFlagSet(cmd.name)
	fs.BoolVar(&a.noColor, "no-color", false, "no colours, whatever the output is")
	do := cmd.setup(a, fs)
	if err := fs.Parse(longFlags(args)); err != nil {
		if err == pflag.ErrHelp {
			return a.help(cmd)
		}
		return a.fail("Failed to parse command-line flags", fmt.Sprintf("%s For help: tmsync %s --help", sentence(err), cmd.name))
	}
	if cmd.args == "" && fs.NArg() > 0 {
		return a.fail("Too many command line arguments",
			fmt.Sprintf("tmsync %s takes flags only, and got %s besides. To work in another folder, put --chdir=DIR before the command; a value with spaces needs quotes around it.",
				cmd.name, render.Plural(fs.NArg(), "argument"))) // which may be a part of a secret, after --var
	}
	return do(ctx, fs.Args())
}

func newFlagSet(name string) *pflag.FlagSet {
	fs := pflag.NewFlagSet(name, pflag.ContinueOnError)
	fs.SortFlags = false
	fs.Usage = func() {}
	fs.SetOutput(io.Discard)
	return fs
}

// longFlags turns -flag into --flag, as Terraform's users type it. There are no
// flags of one letter but -h.
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
