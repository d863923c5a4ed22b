package cli

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
)

// versionDocument is the output of "version --json".
type versionDocument struct {
	Version   string `json:"tmsync_version"`
	GoVersion string `json:"go_version"`
	Platform  string `json:"platform"`           // linux_amd64
	Revision  string `json:"revision,omitempty"` // the commit, where the build noted it
}

func versionCommand() app.Command {
	return app.Command{
		Name: "version", Summary: "Show the version",
		Examples: `
tmsync version --json`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			asJSON := fs.Bool("json", false, "in JSON, with what it was built from")
			return func(context.Context, []string) error {
				doc := versionDocument{Version: a.Version, GoVersion: runtime.Version(), Platform: runtime.GOOS + "_" + runtime.GOARCH, Revision: revision()}
				if *asJSON {
					return app.Written(text.WriteJSON(app.Exact(a.Stdout), doc))
				}
				_, err := fmt.Fprintf(a.Stdout, "tmsync v%s\non %s\n", doc.Version, doc.Platform)
				return app.Written(err)
			}
		},
	}
}

// revision is the commit that the program was built from, "" if unknown.
func revision() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return ""
}
