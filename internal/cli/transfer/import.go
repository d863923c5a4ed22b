// Package transfer is import and export.
package transfer

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// Import is the command import.
func Import() app.Command {
	return app.Command{
		Name: "import", Args: "[ADDRESS CARRIER/NUMBER]", Summary: "Bring trackings of the service under control",
		Examples: `
# one tracking
tmsync import tracking.lamp dhl/JD014600003889

# everything that is not managed yet; first look, then do it
tmsync import --all --where 'title=*shoes*' --dry-run
tmsync import --all --where 'title=*shoes*'`,
		Help: `
With an address and a key, takes this tracking of the service into the state. If
no file declares the address, its block is written into the file --out first.

With --all, does so with everything at the service that neither the state nor a
file knows, written as blocks (--to=hcl) or as a CSV file and a trackings block
(--to=csv). --where narrows it: a key with * and ?, or ATTRIBUTE=TEXT with *
and ? in it, such as title=*shoes* or status=transit; all of them must hold.

Nothing is sent that changes the service, and no existing file is touched. What
is written is what the list reports; customers' data is left unmanaged without
--include-sensitive. At the end a plan has to have nothing to do for what --all
has imported.

Exit codes: 0; 1 for an error, a file that exists, or a plan that would change
what was imported; 5 when the state is locked.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			o := &importOptions{to: toHCL}
			o.flags(fs)
			return func(ctx context.Context, args []string) error { return runImport(ctx, a, o, args) }
		},
	}
}

// importOptions are the flags of import.
type importOptions struct {
	app.OpenOptions
	all       bool
	to        string // toHCL, toCSV
	where     []string
	out       string
	sensitive bool // write customers' data
	dryRun    bool
}

// The forms in which trackings are written down.
const (
	toHCL  = "hcl"
	toCSV  = "csv"
	toJSON = "json"
)

// defaultImportFile is where import writes without --out.
const defaultImportFile = "imported.hcl"

func (o *importOptions) flags(fs *pflag.FlagSet) {
	o.ConfigOptions.Flags(fs)
	o.StateOptions.LockFlags(fs)
	fs.BoolVar(&o.all, "all", false, "import everything that is not managed yet")
	to := fs.VarPF(app.OneOf(&o.to, toHCL, toCSV), "to", "", "with --all, the `FORMAT` to write: hcl or csv")
	to.DefValue = ""
	fs.StringArrayVar(&o.where, "where", nil, "with --all, only what matches this `PATTERN` (repeatable)")
	fs.StringVar(&o.out, "out", defaultImportFile, "the `FILE` to write, in the configuration's directory")
	fs.BoolVar(&o.sensitive, "include-sensitive", false, "write customers' data into the file, in clear")
	fs.BoolVar(&o.dryRun, "dry-run", false, "show what would be written, and write nothing")
}

func runImport(ctx context.Context, a *app.App, o *importOptions, args []string) (err error) {
	if err := checkImportFile(o.out); err != nil {
		return app.Fail("Invalid --out", text.Sentence(err))
	}
	files := importFiles{app: a, opts: o}
	for _, name := range files.names() {
		a.Creates("--out", name)
	}
	if err := a.CheckFiles(); err != nil {
		return app.Fail("A file cannot be written", text.Sentence(err))
	}
	switch {
	case o.all && len(args) > 0:
		return app.Fail("Invalid arguments", "--all takes no address and no key; to narrow it, use --where.")
	case o.all:
		return importAll(ctx, a, o)
	case len(args) != 2:
		return app.Fail("Invalid arguments", "Give an address and a key, as in: tmsync import tracking.parcel sto/402934299065. For everything at once: tmsync import --all")
	case len(o.where) > 0 || o.to != toHCL:
		return app.Fail("Invalid arguments", "--where and --to=csv go with --all.")
	}
	addr, err := tracking.ParseAddr(args[0])
	if err != nil {
		return app.Fail("Invalid address", text.Sentence(err))
	}
	key, err := tracking.ParseKey(args[1])
	if err != nil {
		return app.Fail("Invalid key", text.Sentence(err))
	}
	w, err := a.Open(ctx, &o.OpenOptions, engine.Writing)
	if err != nil {
		return err
	}
	defer w.Leave(&err)
	return importOne(ctx, w, o, addr, key)
}

// importOne adds one tracking to the state, and writes its block if needed.
func importOne(ctx context.Context, w *app.Workspace, o *importOptions, addr tracking.Addr, key tracking.Key) error {
	if rec := w.Session.State().Find(addr); rec != nil && rec.Key == key {
		fmt.Fprintf(w.App.Stdout, "%s is managed already, as %s. Nothing was changed.\n", key, text.Inert(string(addr)))
		return nil
	}
	declared, err := importable(w, addr, key)
	if err != nil {
		return app.Fail("It cannot be imported", text.Sentence(err))
	}
	listing, err := w.LookUp(ctx, key)
	if err != nil {
		return err
	}
	seen := listing.Find(key)
	if seen == nil {
		return app.Fail("It is not at the service", fmt.Sprintf("The service has no tracking %s. Nothing was written; look at the carrier code and the number.", key))
	}
	var files *importFiles
	if !declared {
		imp := newImported(seen, o.sensitive, w.Config.Provider.Service)
		imp.name = strings.TrimPrefix(string(addr), "tracking.")
		files = &importFiles{app: w.App, opts: o, items: []*imported{imp}, defaults: w.Config.Defaults}
		if err := files.refuseExisting(); err != nil {
			return app.Fail("The file exists", text.Sentence(err))
		}
	}
	if o.dryRun {
		return dryRun(w, files, addr, key)
	}
	w.App.UnderWay.Store(true)
	if files != nil {
		if err := writeBlock(w, o, files); err != nil {
			return err
		}
	}
	taken, err := adopt(ctx, w, listing, map[tracking.Addr]tracking.Key{addr: key})
	if err != nil {
		return err
	}
	reportOne(w, &taken[0], seen.Status)
	return nil
}

// importable checks an address and a key, and reports whether a file declares them.
func importable(w *app.Workspace, addr tracking.Addr, key tracking.Key) (declared bool, err error) {
	st, name := w.Session.State(), text.Inert(string(addr))
	if rec := st.Find(addr); rec != nil {
		return false, fmt.Errorf("%s is managed, as %s; give the other one another address, or forget this one first: tmsync state rm '%s'", name, rec.Key, name)
	}
	if rec := st.ByKey(key); rec != nil {
		at := text.Inert(string(rec.Addr))
		return false, fmt.Errorf("%s is managed already, as %s; to give it another address: tmsync state mv '%s' '%s'", key, at, at, name)
	}
	if inDoubt(w.Session, addr, key) {
		return false, fmt.Errorf("a request for %s was sent, and its answer is still outstanding; run tmsync apply first, which finds out what became of it", key)
	}
	within := false
	for i := range w.Config.Declared {
		d := &w.Config.Declared[i]
		switch {
		case d.Addr == addr && d.Key == key:
			return true, nil
		case d.Addr == addr:
			return false, fmt.Errorf("%s declares %s at %s; declare it as it is at the service, import it, and then change it", name, d.Key, app.PlaceOf(d))
		case d.Key == key:
			return false, fmt.Errorf("%s is declared as %s at %s; import it under that address", key, text.Inert(string(d.Addr)), app.PlaceOf(d))
		}
		within = within || d.Addr.Within(addr)
	}
	switch {
	case within:
		return false, fmt.Errorf("%s is a block with several trackings, and none of them is %s; name one of them, such as %s", name, key, text.Inert(string(addr.Index("KEY"))))
	case addr.Block() != addr || !strings.HasPrefix(string(addr), "tracking."):
		return false, fmt.Errorf("%s is not declared, and only a block of its own, such as tracking.parcel, can be written; declare it first, by for_each or by a row of its CSV file", name)
	}
	return false, nil
}

// inDoubt reports whether it is not known what became of a request for a tracking.
func inDoubt(s *state.Session, addr tracking.Addr, key tracking.Key) bool {
	for _, in := range s.InDoubt() {
		for i := range in.Items {
			if it := &in.Items[i]; it.Key == key || it.Addr == addr {
				return true
			}
		}
	}
	return false
}

// dryRun shows what an import would do.
func dryRun(w *app.Workspace, files *importFiles, addr tracking.Addr, key tracking.Key) error {
	if files != nil {
		return files.show()
	}
	fmt.Fprintf(w.App.Stdout, "%s would be taken into the state as %s. Nothing was changed.\n", key, text.Inert(string(addr)))
	return nil
}

// writeBlock writes the block and reads the configuration again. A block that
// does not fit in is taken away again.
func writeBlock(w *app.Workspace, o *importOptions, files *importFiles) error {
	if err := files.write(); err != nil {
		return app.Fail("The file could not be written", text.Sentence(err))
	}
	if err := reload(w, &o.ConfigOptions); err != nil {
		if removed := files.remove(); removed != nil {
			return errors.Join(err, app.Fail("The file could not be removed", text.Sentence(removed)))
		}
		return errors.Join(err, app.Fail("It cannot be imported", "With its block the configuration is not valid, so nothing was written."))
	}
	fmt.Fprintf(w.App.Stdout, "Wrote %s.\n", text.Inert(w.App.Shown(o.out)))
	files.report()
	return nil
}

// reportOne shows what was imported, and what the next plan will make of it.
func reportOne(w *app.Workspace, t *adopted, status string) {
	s := w.App.OutStyle()
	fmt.Fprintf(w.App.Stdout, "%s %s is managed as %s", render.Success(s, "Import complete!"), t.Key, text.Inert(string(t.Addr)))
	if status != "" {
		fmt.Fprintf(w.App.Stdout, " (%s)", text.Inert(status))
	}
	fmt.Fprintln(w.App.Stdout, ".")
	if t.differs != 0 {
		fmt.Fprintf(w.App.Stdout, "The declaration differs in %s, which the next plan shows.\n", t.differs)
	}
	if left := t.Record.LeftAsIs; left != 0 {
		fmt.Fprintf(w.App.Stdout, "What only a create can set is left as it is: %s.\n", left)
	}
}
