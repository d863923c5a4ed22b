package transfer

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// Export is the command export.
func Export() app.Command {
	return app.Command{
		Name: "export", Args: "[PATTERN]...", Complete: app.CompleteAddress, Summary: "Write trackings as CSV, JSON or HCL",
		Examples: `
# what the files declare, for a spreadsheet
tmsync export --to csv --out orders.csv

# what the service has of everything, as JSON
tmsync export --to json --of remote --all

# the rows of files that declare nothing, and why
tmsync export --of skipped`,
		Help: `
Writes what the files say (--of=declared), what the state holds (--of=prior),
or what the service has of what is managed (--of=remote; with --all,
everything). Patterns, addresses or keys with * and ?, narrow it; an exact
address or key selects that one alone, even with a * in it. The first two are
sorted by address, the last one by key; live_status is what the carrier says.

In CSV a cell that a spreadsheet would take for a formula has an apostrophe in
front, and one that begins with an apostrophe has another one. In a trackings
block, trimprefix(row.title, "'") takes it away. An empty cell stands for an
attribute that is empty as well as for one that is not managed.

With --of=skipped it lists the rows, or the parcels in them, that trackings
blocks leave out: file and row, never what is in it, and the argument that
decides so.

Customers' data is left out. --include-sensitive writes it, into a file only.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			o := &exportOptions{to: toCSV, of: ofDeclared}
			o.flags(fs)
			return func(ctx context.Context, args []string) error { return export(ctx, a, o, args) }
		},
	}
}

// exportOptions are the flags of export.
type exportOptions struct {
	app.OpenOptions
	to, of    string
	all       bool
	sensitive bool
	out       string
	service   *tracking.Service // of what comes from one
}

// The versions of a tracking that can be exported.
const (
	ofDeclared = "declared"
	ofPrior    = "prior"
	ofRemote   = "remote"
	ofSkipped  = "skipped" // rows that declare nothing
)

func (o *exportOptions) flags(fs *pflag.FlagSet) {
	o.ReadFlags(fs)
	to := fs.VarPF(app.OneOf(&o.to, toCSV, toJSON, toHCL), "to", "", "the `FORMAT`: csv, json or hcl")
	of := fs.VarPF(app.OneOf(&o.of, ofDeclared, ofPrior, ofRemote, ofSkipped), "of", "", "which `VERSION`: declared, prior (what was last applied), remote, or skipped (rows of files)")
	to.DefValue, of.DefValue = "", ""
	fs.BoolVar(&o.all, "all", false, "with --of=remote, also what is not managed")
	fs.BoolVar(&o.sensitive, "include-sensitive", false, "write customers' data, in clear; needs --out")
	fs.StringVar(&o.out, "out", "", "write to this `FILE`, which must not exist, or to a device or a pipe, instead of standard output")
}

// exported is one tracking of an export.
type exported struct {
	addr      tracking.Addr // "" for what is not managed
	key       tracking.Key
	attrs     tracking.Attrs
	secret    tracking.AttrSet    // besides those that are always sensitive
	live      string              // the live status, of what the service has
	lifecycle *tracking.Lifecycle // nil for what the service has
}

func export(ctx context.Context, a *app.App, o *exportOptions, args []string) error {
	patterns, err := tracking.ParsePatterns(args)
	if err != nil {
		return app.Fail("Invalid pattern", text.Sentence(err))
	}
	if app.IsStdout(o.out) {
		o.out = ""
	}
	switch {
	case o.all && o.of != ofRemote:
		return app.Fail("Invalid arguments", "--all goes with --of=remote.")
	case o.of == ofSkipped && (o.sensitive || len(patterns) > 0 || o.to == toHCL):
		return app.Fail("Invalid arguments", "--of=skipped lists rows of files, all of them and nothing that is in them, with --to=csv or --to=json.")
	case o.sensitive && o.of == ofPrior:
		return app.Fail("Invalid arguments", "The state has no customers' data, only fingerprints of it.")
	case o.sensitive && (o.out == "" || app.IsStderr(o.out)):
		return app.Fail("Invalid arguments", "With --include-sensitive, name a file with --out: what is printed ends up in logs.")
	}
	a.Creates("--out", o.out)
	if err := a.CheckFiles(); err != nil {
		return app.Fail("A file cannot be written", text.Sentence(err))
	}
	if o.of == ofSkipped {
		return exportSkipped(a, o)
	}
	rows, err := exportRows(ctx, a, o)
	if err != nil {
		return err
	}
	selected := tracking.Resolve(patterns, func(yield func(tracking.Addr, tracking.Key) bool) {
		for i := range rows {
			if !yield(rows[i].addr, rows[i].key) {
				return
			}
		}
	})
	for _, p := range selected {
		if !slices.ContainsFunc(rows, func(r exported) bool { return p.Match(r.addr, r.key) }) {
			return app.Fail("No such tracking", fmt.Sprintf("%s selects nothing of what is to be exported.", text.Inert(p.String())))
		}
	}
	if len(patterns) > 0 {
		rows = slices.DeleteFunc(rows, func(r exported) bool {
			return !slices.ContainsFunc(selected, func(p tracking.Selector) bool { return p.Match(r.addr, r.key) })
		})
	}
	slices.SortFunc(rows, func(a, b exported) int {
		if o.of == ofRemote {
			return a.key.Compare(b.key)
		}
		return cmp.Compare(a.addr, b.addr)
	})
	return writeExport(a, o, rows)
}

// writeExport writes the rows, without what must not be shown, and reports that.
func writeExport(a *app.App, o *exportOptions, rows []exported) error {
	private := 0
	for i := range rows {
		r := &rows[i]
		hidden := tracking.SensitiveAttrs | r.secret
		if before := r.attrs.Len(); !o.sensitive {
			r.attrs = r.attrs.Only(tracking.EveryAttr &^ hidden)
			private += before - r.attrs.Len()
		}
	}
	err := o.put(a, text.Plural(len(rows), "tracking"), func(w *bufio.Writer) error { return o.write(w, rows) })
	if err != nil {
		return err
	}
	if private > 0 {
		fmt.Fprintf(a.Stderr, "Customers' data is left out: %s.\n", text.Plural(private, "value"))
	}
	return nil
}

// put writes the export to where it belongs. what counts what is in it.
func (o *exportOptions) put(a *app.App, what string, write func(*bufio.Writer) error) (err error) {
	if o.out == "" {
		err = app.Print(a, write)
	} else {
		err = a.WriteNew(o.out, write)
	}
	if err != nil {
		return app.Fail("The export could not be written", text.Sentence(err))
	}
	if o.out != "" {
		fmt.Fprintf(a.Stdout, "Wrote %s: %s.\n", text.Inert(a.Shown(o.out)), what)
	}
	return nil
}

// exportRows gathers what is to be exported.
func exportRows(ctx context.Context, a *app.App, o *exportOptions) (rows []exported, err error) {
	switch o.of {
	case ofDeclared:
		cfg, err := a.Load(&o.ConfigOptions)
		if err != nil {
			return nil, err
		}
		for i := range cfg.Declared {
			d := &cfg.Declared[i]
			rows = append(rows, exported{addr: d.Addr, key: d.Key, attrs: d.Attrs, secret: d.Secret, lifecycle: d.Lifecycle})
		}
		return rows, nil
	case ofPrior:
		err = a.WithState(ctx, &o.OpenOptions, func(st *state.State, _ string) error {
			for i := range st.Records {
				r := &st.Records[i]
				lifecycle := tracking.DefaultLifecycle
				lifecycle.PreventDestroy, lifecycle.OnRemove = r.PreventDestroy, r.OnRemove
				rows = append(rows, exported{addr: r.Addr, key: r.Key, attrs: r.Applied, secret: r.Sealed(), lifecycle: &lifecycle})
			}
			return nil
		})
		return rows, err
	default:
		w, err := a.Open(ctx, &o.OpenOptions, engine.Reading)
		if err != nil {
			return nil, err
		}
		defer w.Leave(&err)
		o.service = w.Config.Provider.Service
		return exportRemote(ctx, w, o.all)
	}
}

// exportRemote reads what is managed, or everything, from the service. A value that
// a file calls sensitive stays so here.
func exportRemote(ctx context.Context, w *app.Workspace, all bool) ([]exported, error) {
	listing, err := readRemote(ctx, w, all)
	if err != nil {
		return nil, engine.Unread(ctx, "The service could not be read", err)
	}
	secrets := map[tracking.Key]tracking.AttrSet{}
	for i := range w.Config.Declared {
		if d := &w.Config.Declared[i]; d.Secret != 0 {
			secrets[d.Key] = d.Secret
		}
	}
	var rows []exported
	st := w.Session.State()
	for i := range listing.Items {
		it := &listing.Items[i]
		row := exported{key: it.Key, attrs: it.Attrs, live: it.Status, secret: secrets[it.Key]}
		if rec := st.ByKey(it.Key); rec != nil {
			row.addr = rec.Addr
			row.secret |= rec.Sealed()
		}
		if row.addr != "" || all {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// readRemote lists what is managed, or everything.
func readRemote(ctx context.Context, w *app.Workspace, all bool) (*tracking.Listing, error) {
	defer w.NoticeClock()
	o := trackingmore.ListOptions{Known: plan.Prepare(w.Input(engine.PlanOptions{})).Scope().Managed}
	if !all {
		return w.Client.List(ctx, o)
	}
	whole, err := w.Client.ListAll(ctx, o)
	if err != nil {
		return nil, err
	}
	return &whole.Listing, nil
}
