package cli

import (
	"context"
	"fmt"
	"runtime"

	"github.com/spf13/pflag"
)

func versionCommand() command {
	return command{
		name: "version", summary: "Show the version",
		setup: func(a *app, _ *pflag.FlagSet) func(context.Context, []string) ExitCode {
			return func(context.Context, []string) ExitCode {
				fmt.Fprintf(a.Stdout, "tmsync v%s\non %s_%s\n", a.Version, runtime.GOOS, runtime.GOARCH)
				return OK
			}
		},
	}
}
