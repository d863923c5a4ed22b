package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

func importCommand() command {
	return command{
		name: "import", args: "[ADDRESS CARRIER/NUMBER]", summary: "Bring trackings of the service under control",
		examples: `
# one tracking
tmsync import tracking.lamp dhl/JD014600003889

# everything that is not managed yet; first look, then do it
tmsync import --all --where 'title=*shoes*' --dry-run
tmsync import --all --where 'title=*shoes*'`,
		help: `
With an address and a key, takes this tracking of the service into the state. If
no file declares the address, its block is written into the file --out first.

With --all, does so with everything at the service that neither the state nor a
file knows, written as blocks (--to=hcl) or as a CSV file and a trackings block
(--to=csv). --where narrows it: a key with * and ?, or ATTRIBUTE=TEXT with * and ?
in it, such as title=*shoes* or status=transit; all of them must hold.

Nothing is sent that changes the service, and no existing file is touched. What
is written is what the list reports; customers' data is left unmanaged without
--include-sensitive. At the end a plan has to have nothing to do for what --all
has imported.

Exit codes: 0; 1 for an error, a file that exists, or a plan that would change
what was imported; 5 when the state is locked.`,
		setup: func(a *app, fs *pflag.FlagSet) func(context.Context, []string) error {
			o := &importOptions{to: toHCL}
			o.flags(fs)
			return func(ctx context.Context, args []string) error { return a.runImport(ctx, o, args) }
		},
	}
}

// importOptions are the flags of import.
type importOptions struct {
	openOptions
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

// defaultImportFile is where import writes unless --out says otherwise.
const defaultImportFile = "imported.hcl"

func (o *importOptions) flags(fs *pflag.FlagSet) {
	o.configOptions.flags(fs)
	o.stateOptions.lockFlags(fs)
	fs.BoolVar(&o.all, "all", false, "import everything that is not managed yet")
	to := fs.VarPF(choice[string]{&o.to, []string{toHCL, toCSV}}, "to", "", "with --all, the `FORMAT` to write: hcl or csv")
	to.DefValue = ""
	fs.StringArrayVar(&o.where, "where", nil, "with --all, only what matches this `PATTERN` (repeatable)")
	fs.StringVar(&o.out, "out", defaultImportFile, "the `FILE` to write, in the configuration's directory")
	fs.BoolVar(&o.sensitive, "include-sensitive", false, "write customers' data into the file, in clear")
	fs.BoolVar(&o.dryRun, "dry-run", false, "show what would be written, and write nothing")
}

func (a *app) runImport(ctx context.Context, o *importOptions, args []string) (err error) {
	if err := checkImportFile(o.out); err != nil {
		return fail("Invalid --out", sentence(err))
	}
	files := importFiles{app: a, opts: o}
	for _, name := range files.names() {
		a.creates("--out", name)
	}
	if err := a.checkFiles(); err != nil {
		return fail("A file cannot be written", sentence(err))
	}
	switch {
	case o.all && len(args) > 0:
		return fail("Invalid arguments", "--all takes no address and no key; to narrow it, use --where.")
	case o.all:
		return a.importAll(ctx, o)
	case len(args) != 2:
		return fail("Invalid arguments", "Give an address and a key, as in: tmsync import tracking.parcel sto/402934299065. For everything at once: tmsync import --all")
	case len(o.where) > 0 || o.to != toHCL:
		return fail("Invalid arguments", "--where and --to=csv go with --all.")
	}
	addr, err := tracking.ParseAddr(args[0])
	if err != nil {
		return fail("Invalid address", sentence(err))
	}
	key, err := tracking.ParseKey(args[1])
	if err != nil {
		return fail("Invalid key", sentence(err))
	}
	w, err := a.open(ctx, &o.openOptions, engine.Writing)
	if err != nil {
		return err
	}
	defer w.close(&err)
	return w.importOne(ctx, o, addr, key)
}

// importOne takes one tracking into the state, writing its block if no file has
// it.
func (w *workspace) importOne(ctx context.Context, o *importOptions, addr tracking.Addr, key tracking.Key) error {
	if rec := w.Session.State().Find(addr); rec != nil && rec.Key == key {
		fmt.Fprintf(w.app.Stdout, "%s is managed already, as %s. Nothing was changed.\n", key, render.Inert(string(addr)))
		return nil
	}
	declared, err := w.importable(addr, key)
	if err != nil {
		return fail("It cannot be imported", sentence(err))
	}
	listing, err := w.LookUp(ctx, key)
	if err != nil {
		return err
	}
	seen := listing.Find(key)
	if seen == nil {
		return fail("It is not at the service", fmt.Sprintf("The service has no tracking %s. Nothing was written; look at the carrier code and the number.", key))
	}
	var files *importFiles
	if !declared {
		imp := newImported(seen, o.sensitive, w.Config.Provider.Name)
		imp.name = strings.TrimPrefix(string(addr), "tracking.")
		files = &importFiles{app: w.app, opts: o, items: []*imported{imp}, defaults: w.Config.Defaults}
		if err := files.refuseExisting(); err != nil {
			return fail("The file exists", sentence(err))
		}
	}
	if o.dryRun {
		return w.dryRun(files, addr, key)
	}
	w.app.underWay.Store(true)
	if files != nil {
		if err := w.writeBlock(ctx, o, files); err != nil {
			return err
		}
	}
	taken, err := w.adopt(ctx, listing, map[tracking.Addr]tracking.Key{addr: key})
	if err != nil {
		return err
	}
	w.reportOne(&taken[0], seen.Status)
	return nil
}

// importable says why an address and a key cannot come together, and whether a
// file declares them.
func (w *workspace) importable(addr tracking.Addr, key tracking.Key) (declared bool, err error) {
	st, name := w.Session.State(), render.Inert(string(addr))
	if rec := st.Find(addr); rec != nil {
		return false, fmt.Errorf("%s is managed, as %s; give the other one another address, or forget this one first: tmsync state rm '%s'", name, rec.Key, name)
	}
	if rec := st.ByKey(key); rec != nil {
		at := render.Inert(string(rec.Addr))
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
			return false, fmt.Errorf("%s declares %s at %s; declare it as it is at the service, import it, and then change it", name, d.Key, place(d))
		case d.Key == key:
			return false, fmt.Errorf("%s is declared as %s at %s; import it under that address", key, render.Inert(string(d.Addr)), place(d))
		}
		within = within || d.Addr.Within(addr)
	}
	switch {
	case within:
		return false, fmt.Errorf("%s is a block with several trackings, and none of them is %s; name one of them, such as %s", name, key, render.Inert(string(addr.Index("KEY"))))
	case addr.Block() != addr || !strings.HasPrefix(string(addr), "tracking."):
		return false, fmt.Errorf("%s is not declared, and only a block of its own, such as tracking.parcel, can be written; declare it first, by for_each or by a row of its CSV file", name)
	}
	return false, nil
}

// inDoubt says whether it is not known what became of a request for a tracking.
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

// dryRun says what an import would do.
func (w *workspace) dryRun(files *importFiles, addr tracking.Addr, key tracking.Key) error {
	if files != nil {
		return files.show()
	}
	fmt.Fprintf(w.app.Stdout, "%s would be taken into the state as %s. Nothing was changed.\n", key, render.Inert(string(addr)))
	return nil
}

// writeBlock writes the block and reads the configuration again. A block that
// does not fit in is taken away again.
func (w *workspace) writeBlock(ctx context.Context, o *importOptions, files *importFiles) error {
	if err := files.write(); err != nil {
		return fail("The file could not be written", sentence(err))
	}
	if err := w.reload(&o.configOptions); err != nil {
		if removed := files.remove(); removed != nil {
			return errors.Join(err, fail("The file could not be removed", sentence(removed)))
		}
		return errors.Join(err, fail("It cannot be imported", "With its block the configuration is not valid, so nothing was written."))
	}
	fmt.Fprintf(w.app.Stdout, "Wrote %s.\n", render.Inert(w.app.shown(o.out)))
	files.report()
	return nil
}

// reportOne says what was imported, and what the next plan will make of it.
func (w *workspace) reportOne(t *adopted, status string) {
	s := w.app.outStyle()
	fmt.Fprintf(w.app.Stdout, "%s %s is managed as %s", render.Success(s, "Import complete!"), t.Key, render.Inert(string(t.Addr)))
	if status != "" {
		fmt.Fprintf(w.app.Stdout, " (%s)", render.Inert(status))
	}
	fmt.Fprintln(w.app.Stdout, ".")
	if t.differs != 0 {
		fmt.Fprintf(w.app.Stdout, "The declaration differs in %s, which the next plan shows.\n", t.differs)
	}
	if left := t.Record.Left; left != 0 {
		fmt.Fprintf(w.app.Stdout, "What only a create can set is left as it is: %s.\n", left)
	}
}
