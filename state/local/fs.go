package local

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gofrs/flock"
)

// FS is what Store needs of a file system: a seam at which a crash or a full
// disk can be put between any two operations. OS is the real one.
type FS interface {
	Mkdir(name string, perm fs.FileMode) error
	Open(name string, flag int, perm fs.FileMode) (File, error)
	Stat(name string) (fs.FileInfo, error)
	Lstat(name string) (fs.FileInfo, error)
	ReadDir(name string) ([]fs.DirEntry, error)
	Rename(from, to string) error
	Remove(name string) error
	// SyncDir syncs the names in a directory: files that were created, renamed or
	// removed in it.
	SyncDir(name string) error
	// SameFile reports whether two descriptions are of one file.
	SameFile(a, b fs.FileInfo) bool
	// TryLock takes the exclusive lock of an existing file, without waiting. It ends
	// with Unlock, or with the process; false says that somebody else has it, this
	// process included.
	TryLock(name string) (Lock, bool, error)
}

// Lock is the lock of a file, as it is held.
type Lock interface {
	// Stat describes the file that is locked, whatever its name is by now.
	Stat() (fs.FileInfo, error)
	Unlock() error
}

// File is an open file of an FS.
type File interface {
	io.ReadWriteCloser
	Stat() (fs.FileInfo, error)
	Chmod(mode fs.FileMode) error
	Truncate(size int64) error
	Sync() error
}

// OS is the operating system's file system.
type OS struct{}

// Mkdir creates a directory.
func (OS) Mkdir(name string, perm fs.FileMode) error { return os.Mkdir(name, perm) }

// Open opens a file.
func (OS) Open(name string, flag int, perm fs.FileMode) (File, error) {
	f, err := os.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Stat describes a file, or what a symbolic link points to.
func (OS) Stat(name string) (fs.FileInfo, error) { return os.Stat(name) }

// Lstat describes a file, or a symbolic link itself.
func (OS) Lstat(name string) (fs.FileInfo, error) { return os.Lstat(name) }

// ReadDir lists a directory.
func (OS) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }

// Rename returns a file another name, and replaces what has it.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove removes a file.
func (OS) Remove(name string) error { return os.Remove(name) }

// SyncDir syncs the names in a directory.
func (OS) SyncDir(name string) error { return syncDir(name) }

// SameFile reports whether two descriptions are of one file.
func (OS) SameFile(a, b fs.FileInfo) bool { return os.SameFile(a, b) }

// TryLock takes the kernel's lock of a file.
func (OS) TryLock(name string) (Lock, bool, error) {
	lock := flock.New(name, flock.SetFlag(os.O_RDONLY|openFlags))
	held, err := lock.TryLock()
	if err != nil || !held {
		return nil, false, err
	}
	return lock, true, nil
}

const (
	fileMode      = 0o600
	directoryMode = 0o700
	tempMark      = ".tmp-" // between a file's name and the random end of its temporary one
)

// regular describes a file that must be a plain one with a single name; nil when
// there is none. Replacing a link would part it from what it points to, reading
// a pipe would hang, and anything else is somebody's trick.
func regular(fsys FS, path string) (fs.FileInfo, error) {
	info, err := fsys.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, bare(err)
	}
	switch mode := info.Mode(); {
	case mode.IsDir():
		return nil, errors.New("it is a directory, where a file is needed")
	case mode&fs.ModeSymlink != 0:
		return nil, errors.New("it is a symbolic link; put the file itself there")
	case !mode.IsRegular():
		return nil, errors.New("it is a device, a pipe or a socket, where a file is needed")
	case linkCount(info) > 1:
		return nil, errors.New("it is a hard link: the file has other names too, which replacing it would part; put a copy there")
	}
	return info, nil
}

// openRegular opens a regular file, nil when there is none. It makes sure that
// what it has opened is what it has looked at.
func openRegular(fsys FS, path string, flag int) (File, error) {
	before, err := regular(fsys, path)
	if before == nil {
		return nil, err
	}
	f, err := fsys.Open(path, flag|openFlags, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, bare(err)
	}
	if after, err := f.Stat(); err != nil || !fsys.SameFile(before, after) {
		return nil, errors.Join(errors.New("it was exchanged while it was opened"), err, f.Close())
	}
	return f, nil
}

// ReplaceFile replaces a file's content durably and all at once. What is there must
// be a regular file, or nothing.
func ReplaceFile(path string, mode fs.FileMode, write func(io.Writer) error) error {
	return replaceAs(OS{}, path, mode, write, func() error { return nil })
}

// replace returns one of our own files a new content, durably and all at once: a
// crash leaves the old file or the new one, whole. The last look at the old one
// happens in ready, just before it is replaced.
func replace(fsys FS, path string, write func(io.Writer) error, ready func() error) error {
	return replaceAs(fsys, path, fileMode, write, ready)
}

func replaceAs(fsys FS, path string, mode fs.FileMode, write func(io.Writer) error, ready func() error) error {
	temp, err := writeTemp(fsys, path, mode, write)
	if err != nil {
		return err
	}
	if err = ready(); err == nil {
		err = bare(fsys.Rename(temp, path))
	}
	if err != nil {
		return errors.Join(err, bare(fsys.Remove(temp)))
	}
	return bare(fsys.SyncDir(filepath.Dir(path)))
}

// writeTemp writes a file beside path, whole and durable, and returns its name. A
// failed sync is final: the pages count as written afterwards, so that trying
// again would succeed without writing them.
func writeTemp(fsys FS, path string, mode fs.FileMode, write func(io.Writer) error) (string, error) {
	temp, f, err := createTemp(fsys, path)
	if err != nil {
		return "", fmt.Errorf("creating a temporary file: %w", bare(err))
	}
	err = bare(f.Chmod(mode)) // whatever the umask has taken away
	if err == nil {
		buffered := bufio.NewWriterSize(f, 64<<10) // which notices a short write
		err = errors.Join(write(buffered), bare(buffered.Flush()))
	}
	if err == nil {
		err = bare(f.Sync())
	}
	if err = errors.Join(err, bare(f.Close())); err != nil {
		return "", errors.Join(err, bare(fsys.Remove(temp)))
	}
	return temp, nil
}

// createTemp creates a file beside path under a name that nobody can foresee.
// Where the name is taken all the same, by a link that somebody wants followed
// perhaps, another one is tried.
func createTemp(fsys FS, path string) (temp string, f File, err error) {
	for range 3 {
		temp = filepath.Join(filepath.Dir(path), tempPrefix(path)+strings.ToLower(rand.Text()))
		f, err = fsys.Open(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY|openFlags, fileMode)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	return temp, f, err
}

// tempPrefix begins the names of a file's temporary ones.
func tempPrefix(path string) string { return "." + filepath.Base(path) + tempMark }

// removeTemps removes what runs that died have left. It may only be called under
// the lock. What cannot be removed is harmless.
func removeTemps(fsys FS, path string) {
	entries, err := fsys.ReadDir(filepath.Dir(path))
	if err != nil {
		return
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tempPrefix(path)) {
			_ = fsys.Remove(filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
}

// bare returns an error of the file system without its path: the caller names the
// file as the user knows it.
func bare(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("%s: %w", path.Op, path.Err)
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return fmt.Errorf("%s: %w", link.Op, link.Err)
	}
	return err
}

// notWritable reports whether an error means that a directory is closed to us.
func notWritable(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}
