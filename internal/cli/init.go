package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
)

func initCommand() app.Command {
	return app.Command{
		Name: "init", Summary: "Write a first configuration and a .gitignore",
		Examples: `
# a first configuration in a new directory
tmsync --chdir=parcels init`,
		Help: `
It is optional: any directory with an .hcl file works. In one without, init
writes main.hcl, which runs against the embedded sandbox; it adds .tmsync/ and
the state's backup to .gitignore. Files that exist are not changed otherwise.`,
		Setup: func(a *app.App, _ *pflag.FlagSet) func(context.Context, []string) error {
			return func(context.Context, []string) error { return runInit(a) }
		},
	}
}

const firstConfig = `# A first configuration. It runs against the embedded sandbox, which needs no
# account: tmsync plan, then tmsync apply. For the real service take the endpoint
# out and set TRACKINGMORE_API_KEY.

provider "trackingmore" {
  endpoint = "sandbox"
}

tracking "first" {
  carrier_code    = "china-ems"
  tracking_number = "EA152563251CN"
  title           = "My first parcel"
  order_id        = "1001"
}
`

// ignored is what a repository should not keep: the journal, the lock and the
// sandbox's data, and the state before the last one. The state itself may be
// committed: it has no customer's data in clear.
var ignored = []string{".tmsync/", "*.jsonl.backup", "*.jsonl.*.backup"}

func runInit(a *app.App) error {
	entries, err := os.ReadDir(a.Dir)
	if err != nil {
		return app.Fail("The directory could not be read", text.Sentence(err))
	}
	if !slices.ContainsFunc(entries, isConfiguration) {
		if err := app.ReplaceFile(filepath.Join(a.Dir, "main.hcl"), 0o644, writes(firstConfig)); err != nil {
			return app.Fail("main.hcl could not be written", text.Sentence(err))
		}
		fmt.Fprintf(a.Stdout, "Wrote %s.\n", text.Inert(a.Shown("main.hcl")))
	}
	added, err := addLines(filepath.Join(a.Dir, ".gitignore"), ignored)
	if err != nil {
		return app.Fail(".gitignore could not be written", text.Sentence(err))
	}
	if added > 0 {
		fmt.Fprintf(a.Stdout, "Added %d lines to %s.\n", added, text.Inert(a.Shown(".gitignore")))
	}
	cfg, err := a.Load(&app.ConfigOptions{})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.Stdout, "Ready: %d declared. Next: tmsync plan\n", len(cfg.Declared))
	return nil
}

// writes writes a text.
func writes(text string) func(io.Writer) error {
	return func(out io.Writer) error {
		_, err := io.WriteString(out, text)
		return err
	}
}

// isConfiguration reports whether an entry of the directory is read as configuration.
func isConfiguration(e fs.DirEntry) bool {
	return !e.IsDir() && !strings.HasPrefix(e.Name(), ".") && strings.HasSuffix(strings.TrimSuffix(e.Name(), ".json"), ".hcl")
}

// addLines appends the lines that a file lacks, and counts them.
func addLines(path string, lines []string) (int, error) {
	if special, err := app.InPlace(path); special {
		return 0, errors.New("it is not a regular file")
	} else if err != nil {
		return 0, err
	}
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	text := string(old)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	added := 0
	for _, line := range lines {
		if !strings.Contains("\n"+text, "\n"+line+"\n") {
			text += line + "\n"
			added++
		}
	}
	if added == 0 {
		return 0, nil
	}
	return added, app.ReplaceFile(path, 0o644, writes(text))
}
