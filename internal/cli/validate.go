package cli

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/render"
)

func validateCommand() command {
	return command{
		name: "validate", summary: "Check the configuration, asking nobody",
		setup: func(a *app, fs *pflag.FlagSet) func(context.Context, []string) ExitCode {
			var o configOptions
			o.flags(fs)
			return func(context.Context, []string) ExitCode {
				cfg, ok := a.load(&o)
				if !ok {
					return Failure
				}
				fmt.Fprintf(a.Stdout, "%s The configuration is valid: it declares %s.\n",
					render.Success(a.outStyle(), "Success!"), render.Plural(len(cfg.Declared), "tracking"))
				return OK
			}
		},
	}
}
