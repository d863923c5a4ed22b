// Package cli is the command line: the table of commands, the commands that plan and
// apply, and what runs one. Families of other commands lie in directories of their
// own (statecmd, transfer, inspect, ask, testcmd, schema); what they share is in app.
package cli

import (
	"context"
	"io"
	"sync/atomic"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/render"
)

// Env is the world around one run.
type Env = app.Env

// Terminal is what editing a line needs of a terminal.
type Terminal = app.Terminal

// ExitCode is what the process ends with.
type ExitCode = app.ExitCode

// The exit codes.
const (
	OK        = app.OK
	Failure   = app.Failure
	Changes   = app.Changes
	Unformed  = app.Unformed
	Unsafe    = app.Unsafe
	Locked    = app.Locked
	Partial   = app.Partial
	NoCredits = app.NoCredits
	StalePlan = app.StalePlan
	Refused   = app.Refused
)

// Run carries out one command line, without the program's name.
func Run(ctx context.Context, env Env, args []string) ExitCode {
	for _, stream := range []struct {
		out   *io.Writer
		width int
	}{{&env.Stdout, env.StdoutWidth}, {&env.Stderr, env.StderrWidth}} {
		if stream.width > 0 {
			screen := render.NewScreen(*stream.out, stream.width)
			defer screen.Flush()
			*stream.out = screen
		}
	}
	a := &app.App{Env: env, Dir: env.Dir, Stuck: &atomic.Bool{}}
	root := root(a)
	args, err := withExtraArgs(a, root, versionArgs(longFlags(args)))
	if err != nil {
		return a.Ended(app.Fail("Invalid TMSYNC_CLI_ARGS", err.Error()))
	}
	root.SetArgs(args)
	return interruptible(ctx, a, func() ExitCode { return a.Ended(root.ExecuteContext(ctx)) })
}
