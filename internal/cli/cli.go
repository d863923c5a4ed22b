package cli

import (
	"context"
	"sync/atomic"
)

// Run carries out one command line, without the program's name.
func Run(ctx context.Context, env Env, args []string) ExitCode {
	a := &app{Env: env, dir: env.Dir, stuck: &atomic.Bool{}}
	root := a.root()
	args, err := a.withExtraArgs(root, versionArgs(longFlags(args)))
	if err != nil {
		return a.ended(fail("Invalid TMSYNC_CLI_ARGS", err.Error()))
	}
	root.SetArgs(args)
	return a.interruptible(ctx, func() ExitCode { return a.ended(root.ExecuteContext(ctx)) })
}
