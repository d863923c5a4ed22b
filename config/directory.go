package config

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

// directory is where the files of a configuration lie. They may come from somebody
// who is not to see all that lies there, so three rules hold for everything that is
// read in it, also through symbolic links:
//
//   - nothing outside of it
//   - nothing whose name, or whose directory's name, begins with a dot or ends with
//     .env: the checkout's credentials, what tmsync keeps in .tmsync, keys and tokens
//   - no state, no journal and no saved plan, whatever its name
type directory struct {
	root *os.Root
	path string // as it was given
	real string // the same without symbolic links
}

var (
	errOutside = errors.New("files are read only inside the configuration's directory")
	errHidden  = errors.New("nothing is read whose name, or whose directory's name, begins with a dot or ends with \".env\", since keys and tokens are kept there")
	errOwn     = errors.New("it is a state, a journal or a saved plan of tmsync, which no configuration reads")
	// errNotRegular is what reading a directory, a device or a pipe gives.
	errNotRegular = errors.New("not a regular file")
)

func openDirectory(name string) (*directory, error) {
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
	return &directory{root, name, real}, nil
}

// Close lets go of the directory; nothing has been written.
func (d *directory) Close() { _ = d.root.Close() }

// cleanPath returns a path below the directory in its one form.
func cleanPath(name string) (string, error) {
	p := path.Clean(filepath.ToSlash(name))
	if !fs.ValidPath(p) {
		return "", errOutside
	}
	return p, nil
}

// resolve follows the symbolic links in a name. It returns where they lead, below
// the directory.
func (d *directory) resolve(name string) (string, error) {
	p, err := cleanPath(name)
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
func (d *directory) allowed(name string) (string, error) {
	p, err := cleanPath(name)
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

// stat describes what may be read.
func (d *directory) stat(name string) (fs.FileInfo, error) {
	rel, err := d.allowed(name)
	if err != nil {
		return nil, err
	}
	return d.root.Stat(rel)
}

// open opens a regular file that may be read. Its kind is looked at before opening,
// since opening a pipe waits and opening a device may do worse, and again
// afterwards, since names can change hands.
func (d *directory) open(name string) (*os.File, error) {
	rel, err := d.allowed(name)
	if err != nil {
		return nil, err
	}
	info, err := d.root.Stat(rel)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	f, err := checkOpened(d.root.OpenFile(rel, os.O_RDONLY|syscall.O_NONBLOCK, 0))
	if err != nil {
		return nil, err
	}
	if isOwn(f) {
		return nil, errors.Join(errOwn, f.Close())
	}
	return f, nil
}

// openGiven opens a file that the user has named, who may name any. Only where a
// symbolic link leads to it that lies in the directory, and so may be somebody
// else's, it leads no further than others.
func (d *directory) openGiven(name string) (*os.File, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(d.path, name)
	}
	for _, base := range []string{d.path, d.real} {
		below, err := filepath.Rel(base, name)
		if err != nil || !filepath.IsLocal(below) {
			continue
		}
		if rel, err := d.resolve(below); err != nil || rel != filepath.ToSlash(below) {
			return d.open(below)
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
		return false // reading it will say why
	}
	for _, format := range []string{"tmsync-state", "tmsync-journal", "tmsync-plan"} {
		if bytes.Contains(head[:n], []byte(`{"format":"`+format+`"`)) {
			return true
		}
	}
	return false
}

// openAnywhere opens a regular file, as open does, wherever it lies.
func openAnywhere(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	return checkOpened(os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0))
}

func checkOpened(f *os.File, err error) (*os.File, error) {
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNotRegular
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
