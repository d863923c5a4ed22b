package transfer

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"unicode"

	"github.com/tmsync/tmsync/config/source"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// imported is a tracking of the service that is to be written down.
type imported struct {
	name    string // of its block
	key     tracking.Key
	inCSV   bool             // it is a row of a trackings block
	attrs   tracking.Attrs   // what is written
	private tracking.AttrSet // customers' data, left unmanaged
	refused tracking.AttrSet // what a configuration may not have
}

// newImported decides what is written of a tracking: what the list reports, and
// neither what is empty nor what the service does by itself. The live status is
// no attribute; the service ends the updates of a parcel that has arrived.
func newImported(r *tracking.Remote, sensitive bool, service *tracking.Service) *imported {
	it := &imported{key: r.Key}
	over := r.Status == tracking.LiveDelivered || r.Status == tracking.LiveExpired
	for a, v := range r.Attrs.All() {
		switch {
		case v == "",
			a == tracking.Archived && v != "true",
			a == tracking.TrackUpdates && (v != "false" || over || !service.Offers(tracking.OpStopUpdates)):
		case a.Spec().Sensitive && !sensitive:
			it.private = it.private.With(a)
		case !declarable(a, v):
			it.refused = it.refused.With(a)
		default:
			it.attrs.Put(a, v)
		}
	}
	return it
}

// declarable reports whether a configuration can hold a value unchanged.
func declarable(a tracking.Attr, v string) bool {
	if c, err := a.Canonical(v); err != nil || c != v {
		return false
	}
	if a == tracking.CustomerEmail && (strings.IndexByte(v, '@') > 100 || !mailbox.MatchString(v)) {
		return false
	}
	return !strings.ContainsFunc(v, func(r rune) bool {
		return !unicode.IsGraphic(r) && !(a.Spec().Lines && (r == '\n' || r == '\t'))
	})
}

// mailbox is no more than what a configuration takes for an address.
var mailbox = regexp.MustCompile(`\A[^ \t,;<>"@]+@[^ \t,;<>"@.]+(\.[^ \t,;<>"@.]+)+\z`)

// addr is the address under which it will be declared.
func (it *imported) addr() tracking.Addr {
	if it.inCSV {
		return tracking.NewAddr("trackings", it.name).Index(it.key.String())
	}
	return tracking.NewAddr("tracking", it.name)
}

// importFiles are the files that an import writes.
type importFiles struct {
	app   *app.App
	opts  *importOptions
	items []*imported
	// defaults are attributes that a defaults block would set where a block is
	// silent: what is imported is to stay as it is.
	defaults tracking.AttrSet
}

// checkImportFile returns why the configuration would not read a file of a name.
func checkImportFile(name string) error {
	if !regexp.MustCompile(`\A[A-Za-z0-9_-][A-Za-z0-9._-]*\.hcl\z`).MatchString(name) {
		return fmt.Errorf("%q is not the name of a file such as %q, in the configuration's directory and of plain letters and digits", name, defaultImportFile)
	}
	return nil
}

// names lists the files, the data before what refers to it.
func (f *importFiles) names() []string {
	if f.opts.to == toCSV {
		return []string{f.csvName(), f.opts.out}
	}
	return []string{f.opts.out}
}

func (f *importFiles) csvName() string { return strings.TrimSuffix(f.opts.out, ".hcl") + ".csv" }

// refuseExisting is an error if one of the files is there already, in any form.
func (f *importFiles) refuseExisting() error {
	for _, name := range f.names() {
		if _, err := os.Lstat(f.app.InDir(name)); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s exists, and is not touched; name another one with --out", f.app.Shown(name))
		}
	}
	return nil
}

// writer returns what writes one of the files. In what is only shown, customers'
// data is masked.
func (f *importFiles) writer(name string, mask bool) func(*bufio.Writer) error {
	switch {
	case name == f.csvName():
		return func(w *bufio.Writer) error { return f.writeCSV(w, mask) }
	case f.opts.to == toCSV:
		return f.writeTrackings
	}
	return func(w *bufio.Writer) error { return f.writeBlocks(w, mask) }
}

// write creates the files, each of them whole.
func (f *importFiles) write() error {
	for _, name := range f.names() {
		write := f.writer(name, false)
		if name != f.csvName() {
			write = bounded(write)
		}
		if err := f.app.WriteNew(name, write); err != nil {
			return err
		}
	}
	return nil
}

// bounded makes it an error to write more than a configuration file may have.
func bounded(write func(*bufio.Writer) error) func(*bufio.Writer) error {
	return func(out *bufio.Writer) error {
		return app.Flushed(bufio.NewWriter(&limited{out, source.MaxSize}), write)
	}
}

// limited is a writer that takes so many bytes more.
type limited struct {
	out  io.Writer
	left int
}

// Write implements io.Writer.
func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, fmt.Errorf("a configuration file may have %d MiB, and this one would have more; use --to=csv, or import in parts with --where", source.MaxSize>>20)
	}
	return l.out.Write(p)
}

// remove deletes the files again.
func (f *importFiles) remove() error {
	var errs []error
	for _, name := range f.names() {
		errs = append(errs, os.Remove(f.app.InDir(name)))
	}
	return errors.Join(errs...)
}

// show writes to stdout what the files would hold.
func (f *importFiles) show() error {
	for i, name := range f.names() {
		if i > 0 {
			fmt.Fprintln(f.app.Stdout)
		}
		fmt.Fprintf(f.app.Stdout, "# This would be written to %s:\n\n", text.Inert(f.app.Shown(name)))
		if err := app.Print(f.app, f.writer(name, true)); err != nil {
			return app.Fail("The output could not be written", text.Sentence(err))
		}
	}
	return nil
}
