package app

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/local"
)

// Everything that a command writes to a name, but for the state and what is
// tmsync's own beside it, goes through this file, which looks at what has the name:
//
//	nothing, a regular file   it is replaced whole, added to, or begun anew
//	a device, a pipe          it is written to
//	a symbolic link           an error: what somebody put there must not choose
//	                          which file is written; but for the system's own
//	                          links, such as /dev/stdout
//	a state                   an error

// ReplaceFile writes a file whole or not at all.
func ReplaceFile(path string, mode fs.FileMode, write func(io.Writer) error) error {
	special, err := InPlace(path)
	if err != nil {
		return err
	}
	if special {
		return writeInto(path, write)
	}
	return local.ReplaceFile(path, mode, write)
}

// createFile begins a file that is written bit by bit, for its owner only.
func createFile(path string) (*os.File, error) {
	special, err := InPlace(path)
	if err != nil {
		return nil, err
	}
	if special {
		return openInto(path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // which parts other names of it
		return nil, err
	}
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
}

// appendFile adds to a file, which is made for its owner only.
func appendFile(path string, write func(io.Writer) error) error {
	special, err := InPlace(path)
	if err != nil {
		return err
	}
	if special {
		return writeInto(path, write)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// InPlace inspects the existing file of a name that is to be written. It reports
// whether that is to be written to, where a file is to be replaced otherwise.
func InPlace(path string) (special bool, err error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case info.Mode()&fs.ModeSymlink != 0 && systems(path):
		return true, nil
	case info.Mode()&fs.ModeSymlink != 0:
		return false, errors.New("it is a symbolic link, and links are not followed; name the file itself")
	case info.IsDir():
		return false, errors.New("it is a directory, where a file is needed")
	case info.Mode().IsRegular():
		return false, notState(path)
	}
	return true, nil
}

// systems reports whether a link is the system's own, such as /dev/stdout.
func systems(path string) bool {
	path = filepath.Clean(path)
	return strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, "/proc/")
}

// notState refuses a state, and its backup, whatever leads there.
func notState(path string) error {
	if state.Begins(beginning(path)) {
		return errors.New("it is a state, which only tmsync state push replaces; name another file")
	}
	return nil
}

// beginning returns the first bytes of a regular file; none of one that cannot be read.
func beginning(path string) []byte {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	defer f.Close() // nothing was written
	head := make([]byte, 64)
	n, _ := io.ReadFull(f, head)
	return head[:n]
}

// How long a pipe may go without a reader, and a reader without reading.
const (
	pipeOpens = 2 * time.Second
	pipeReads = time.Minute
)

// openInto opens a device or a pipe. What reads a pipe may have been started at
// the same time.
func openInto(path string) (f *os.File, err error) {
	for wait := pipeOpens; wait > 0; wait -= pipeOpens / 40 {
		f, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND|syscall.O_NONBLOCK, 0)
		if !errors.Is(err, syscall.ENXIO) {
			return f, err
		}
		time.Sleep(pipeOpens / 40)
	}
	return nil, errors.New("nobody reads from it")
}

func writeInto(path string, write func(io.Writer) error) error {
	f, err := openInto(path)
	if err != nil {
		return err
	}
	_ = f.SetWriteDeadline(time.Now().Add(pipeReads)) // what has no deadlines does not wait
	buf := bufio.NewWriter(f)
	err = write(buf)
	if err == nil {
		err = buf.Flush()
	}
	return errors.Join(err, f.Close())
}

// WriteOut writes where a flag wants it: a file, or one of the streams that
// this process has.
func (a *App) WriteOut(path string, mode fs.FileMode, write func(io.Writer) error) error {
	if stream := a.stream(path); stream != nil {
		return write(stream)
	}
	if err := a.OwnPath(path); err != nil {
		return err
	}
	return ReplaceFile(a.InDir(path), mode, write)
}

// WriteNew writes a new file, whole or not at all, for its owner only. A device, a
// pipe or a stream of this process is written to.
func (a *App) WriteNew(path string, write func(*bufio.Writer) error) error {
	if special, _ := InPlace(a.InDir(path)); !special && a.stream(path) == nil {
		if _, err := os.Lstat(a.InDir(path)); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: %w", filepath.Base(path), fs.ErrExist)
		}
	}
	return a.WriteOut(path, 0o600, func(out io.Writer) error {
		return Flushed(bufio.NewWriterSize(out, 64<<10), write)
	})
}

// beginOut is writeOut for what is written bit by bit.
func (a *App) beginOut(path string) (io.WriteCloser, error) {
	if stream := a.stream(path); stream != nil {
		return unclosed{stream}, nil
	}
	if err := a.OwnPath(path); err != nil {
		return nil, err
	}
	return createFile(a.InDir(path))
}

// unclosed is a stream that stays open.
type unclosed struct{ io.Writer }

// Close implements io.Closer.
func (unclosed) Close() error { return nil }

// stream returns the stream that a path names, nil if it names none. Opening it
// anew would write over what is in it, where it is a file.
func (a *App) stream(path string) io.Writer {
	switch {
	case IsStdout(path):
		return Exact(a.Stdout)
	case IsStderr(path):
		return Exact(a.Stderr)
	}
	return nil
}

// IsStdout reports whether a path names the standard output.
func IsStdout(path string) bool {
	return slices.Contains([]string{"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}, filepath.Clean(path))
}

// IsStderr reports whether a path names the standard error.
func IsStderr(path string) bool {
	return slices.Contains([]string{"/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"}, filepath.Clean(path))
}

// OwnPath checks that no directory on the way to a file is a symbolic link: a
// checkout must not choose where something is written.
func (a *App) OwnPath(path string) error {
	for _, base := range []string{a.Dir, a.Env.Dir} {
		if below, err := engine.Below(base, a.InDir(path)); below {
			return err
		}
	}
	return nil // the user has named a place elsewhere
}

// WithoutPath returns an error of the file system without its path.
func WithoutPath(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

// makeDirectory creates the .tmsync of the configuration.
func (a *App) makeDirectory() error {
	return local.MakeDirectory(local.OS{}, filepath.Join(a.Dir, ".tmsync"))
}
