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

	"github.com/tmsync/tmsync/config/draft"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
)

func initCommand() app.Command {
	return app.Command{
		Name: "init", Summary: "Write a first configuration and a .gitignore",
		Examples: `
# a first configuration in a new directory
tmsync --chdir=parcels init

# one for a file of orders, as a shop has exported it
tmsync init --from orders.csv
tmsync init --from orders.csv --encoding windows-1252`,
		First: []string{"from"},
		Help: `
It is optional: any directory with an .hcl file works. In one without, init
writes main.hcl, which runs against the embedded sandbox; it adds .tmsync/ and
the state's backup to .gitignore. Files that exist are not changed otherwise.

With --from, main.hcl is a proposal for a file of orders in the directory: CSV,
XLSX or JSON, as shops, marketplaces and spreadsheet programs write it. What its
columns and rows do not prove stands in main.hcl as a comment that begins with
"To decide". Then the summary of its plan is shown.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o initOptions
			o.flags(fs)
			return func(ctx context.Context, _ []string) error {
				if o.from == "" {
					return runInit(a, &o)
				}
				return runInitFrom(ctx, a, &o)
			}
		},
	}
}

// initOptions are the flags of init.
type initOptions struct {
	from   string
	header *int
	rows   draft.Options
}

func (o *initOptions) flags(fs *pflag.FlagSet) {
	fs.StringVar(&o.from, "from", "", "propose a configuration for this `FILE` of orders, in the directory of the configuration")
	fs.StringVar(&o.rows.Separator, "separator", "", "with --from, of CSV: the `CHARACTER` between columns, where it cannot be found out")
	fs.StringVar(&o.rows.Encoding, "encoding", "", "with --from: the encoding `NAME`, such as windows-1252, where it is not UTF-8; it is not guessed")
	fs.StringVar(&o.rows.Sheet, "sheet", "", "with --from, of a workbook: the sheet with this `NAME`, instead of the first")
	fs.StringVar(&o.rows.Path, "path", "", "with --from, of JSON: the `PATH` to the list, such as data.orders, where there are several")
	fs.VarPF(app.CountIn(&o.header), "header", "", "with --from: the `LINE` that names the columns; 0 for none")
}

// options returns what is said of the file. It finds flags that do not go together.
func (o *initOptions) options() (draft.Options, error) {
	rows := o.rows
	if o.header != nil {
		if rows.Header = *o.header; rows.Header == 0 {
			rows.Header = draft.NoHeader
		}
	}
	said := rows.Separator + rows.Encoding + rows.Sheet + rows.Path
	return rows, app.Conflict(o.from == "" && (said != "" || o.header != nil), "--separator, --encoding, --sheet, --path and --header say what the file of --from is like")
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

func runInit(a *app.App, o *initOptions) error {
	if _, err := o.options(); err != nil {
		return app.Fail("Flags that do not go together", text.Sentence(err))
	}
	found, err := hasConfiguration(a)
	if err != nil {
		return err
	}
	if !found {
		if err := writeFirst(a, firstConfig); err != nil {
			return err
		}
	}
	if err := ignore(a); err != nil {
		return err
	}
	cfg, err := a.Load(&app.ConfigOptions{})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.Stdout, "Ready: %d declared. Next: %s plan\n", len(cfg.Declared), invocation(a))
	return nil
}

// hasConfiguration reports whether the directory is a configuration already.
func hasConfiguration(a *app.App) (bool, error) {
	entries, err := os.ReadDir(a.Dir)
	if err != nil {
		return false, app.Fail("The directory could not be read", text.Sentence(err))
	}
	return slices.ContainsFunc(entries, isConfiguration), nil
}

// writeFirst writes main.hcl, which is not there.
func writeFirst(a *app.App, config string) error {
	if err := app.ReplaceFile(filepath.Join(a.Dir, "main.hcl"), 0o644, writes(config)); err != nil {
		return app.Fail("main.hcl could not be written", text.Sentence(err))
	}
	fmt.Fprintf(a.Stdout, "Wrote %s.\n", text.Inert(a.Shown("main.hcl")))
	return nil
}

// ignore adds what a repository should not keep to .gitignore.
func ignore(a *app.App) error {
	added, err := addLines(filepath.Join(a.Dir, ".gitignore"), ignored)
	if err != nil {
		return app.Fail(".gitignore could not be written", text.Sentence(err))
	}
	if added > 0 {
		fmt.Fprintf(a.Stdout, "Added %d lines to %s.\n", added, text.Inert(a.Shown(".gitignore")))
	}
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
