// Package files reads files of a configuration: inside its directory, and nothing
// there that is hidden or tmsync's own.
package files

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

// Directory is where the files of a configuration lie. They may come from somebody
// who is not to see all that lies there, so three rules hold for everything that is
// read in it, also through symbolic links:
//
//   - nothing outside of it
//   - nothing whose name, or whose directory's name, begins with a dot or ends with
//     .env: the checkout's credentials, what tmsync keeps in .tmsync, keys and tokens
//   - no state, no journal and no saved plan, whatever its name
type Directory struct {
	root    *os.Root
	path    string // as it was given
	real    string // the same without symbolic links
	display string // put before names in messages
}

var (
	errOutside = errors.New("files are read only inside the configuration's directory")
	errHidden  = errors.New("nothing is read whose name, or whose directory's name, begins with a dot or ends with \".env\", since keys and tokens are kept there")
	errOwn     = errors.New("it is a state, a journal or a saved plan of tmsync, which no configuration reads")
	// ErrNotRegular is returned for a directory, a device or a pipe.
	ErrNotRegular = errors.New("not a regular file")
)

// OpenDirectory opens a directory, for Close to be called. display is what messages put
// before the names of its files.
func OpenDirectory(name, display string) (*Directory, error) {
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		return nil, err
	}
	if real, err = filepath.Abs(real); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(real)
	if err != nil {
		return nil, err
	}
	return &Directory{root, name, real, display}, nil
}

// Reopen opens the directory once more after Close, by the name that it had.
func (d *Directory) Reopen() error {
	again, err := OpenDirectory(d.path, d.display)
	if err == nil {
		*d = *again
	}
	return err
}

// Shown returns a file's name in messages.
func (d *Directory) Shown(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return path.Join(d.display, filepath.ToSlash(name))
}

// Close closes the directory; nothing has been written.
func (d *Directory) Close() { _ = d.root.Close() }

// Clean returns a path below the directory in its one form.
func Clean(name string) (string, error) {
	p := path.Clean(filepath.ToSlash(name))
	if !fs.ValidPath(p) {
		return "", errOutside
	}
	return p, nil
}

// resolve follows the symbolic links in a name. It returns where they lead, below
// the directory.
func (d *Directory) resolve(name string) (string, error) {
	p, err := Clean(name)
	if err != nil {
		return "", err
	}
	if _, err := d.root.Stat(p); err != nil {
		return "", err // a link that leads out says the same, be there something or not
	}
	real, err := filepath.EvalSymlinks(filepath.Join(d.real, filepath.FromSlash(p)))
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(d.real, real)
	if err != nil || !filepath.IsLocal(rel) {
		return "", errOutside
	}
	return filepath.ToSlash(rel), nil
}

// allowed is resolve for what may be read.
func (d *Directory) allowed(name string) (string, error) {
	p, err := Clean(name)
	if err != nil {
		return "", err
	}
	if isHidden(p) {
		return "", errHidden
	}
	rel, err := d.resolve(p)
	if err == nil && isHidden(rel) {
		err = errHidden
	}
	return rel, err
}

// isHidden reports whether a path is one that nothing is read from. Names that begin
// with two dots are those under which Kubernetes mounts what it calls ..data.
func isHidden(p string) bool {
	for name := range strings.SplitSeq(p, "/") {
		if isHiddenName(name) {
			return true
		}
	}
	return false
}

func isHiddenName(name string) bool {
	return name != "." && strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "..") || strings.HasSuffix(strings.ToLower(name), ".env")
}

// Stat describes what may be read.
func (d *Directory) Stat(name string) (fs.FileInfo, error) {
	rel, err := d.allowed(name)
	if err != nil {
		return nil, err
	}
	return d.root.Stat(rel)
}

// Open opens a regular file that may be read.
func (d *Directory) Open(name string) (*os.File, error) {
	rel, err := d.allowed(name)
	if err != nil {
		return nil, err
	}
	f, err := openRegular(rel, d.root.Stat, d.root.OpenFile)
	if err != nil {
		return nil, err
	}
	if isOwn(f) {
		return nil, errors.Join(errOwn, f.Close())
	}
	return f, nil
}

// ReadFile reads a file that may be read, of at most limit bytes. The error is
// why not, without its name.
func (d *Directory) ReadFile(name string, limit int64) ([]byte, error) {
	f, err := d.Open(name)
	return readOpened(f, err, limit)
}

// List returns what lies in the directory itself.
func (d *Directory) List() ([]fs.DirEntry, error) { return fs.ReadDir(d.root.FS(), ".") }

// OpenGiven opens a file that the user has named, who may name any. Only where a
// symbolic link leads to it that lies in the directory, and so may be somebody
// else's, it leads no further than others.
func (d *Directory) OpenGiven(name string) (*os.File, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(d.path, name)
	}
	for _, base := range []string{d.path, d.real} {
		below, err := filepath.Rel(base, name)
		if err != nil || !filepath.IsLocal(below) {
			continue
		}
		if rel, err := d.resolve(below); err != nil || rel != filepath.ToSlash(below) {
			return d.Open(below)
		}
	}
	return openAnywhere(name)
}

// isOwn reports whether a file is one of tmsync's own, by what it begins with: its
// name is free, and after a failed merge the header is not all of its first line.
func isOwn(f *os.File) bool {
	head := make([]byte, 512)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return false // reading it reports why
	}
	for _, format := range []string{"tmsync-state", "tmsync-journal", "tmsync-plan"} {
		if bytes.Contains(head[:n], []byte(`{"format":"`+format+`"`)) {
			return true
		}
	}
	return false
}

// openAnywhere opens a regular file wherever it lies.
func openAnywhere(name string) (*os.File, error) { return openRegular(name, os.Stat, os.OpenFile) }

// openRegular opens a regular file. Its kind is looked at before opening, since opening
// a pipe waits and opening a device may do worse, and again afterwards, since names can
// change hands.
func openRegular(name string, stat func(string) (fs.FileInfo, error), open func(string, int, fs.FileMode) (*os.File, error)) (*os.File, error) {
	info, err := stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = ErrNotRegular
	}
	if err != nil {
		return nil, err
	}
	f, err := open(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil && !info.Mode().IsRegular() {
		err = ErrNotRegular
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
