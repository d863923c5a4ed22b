package local

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/tmsync/tmsync/state"
)

// The files beside the state. What belongs to a state, its lock, its journal and
// its notes, is in a directory of its own in .tmsync beside it, whichever
// configuration works with it.
const (
	dirName     = ".tmsync"
	journalName = "journal.jsonl"
	lockName    = "lock"
	seenName    = "seen.json"
)

// Store is a state.Store in a directory of this machine. Every file is for its owner
// only; the state and the journal's beginning are replaced whole.
type Store struct {
	FS FS
	// Rescue creates a directory for a run's knowledge when the state's own is gone;
	// nil for none.
	Rescue func() (string, error)

	path      string // of the state
	name      string // of the state, as shown to the user
	directory string // .tmsync beside the state
	notes     string // the directory in it that belongs to the state
	before    former // where earlier versions kept the journal and the notes
	journal   journal

	locked  fs.FileInfo // the lock file, as it is held; nil without a lock
	holder  state.Info  // of the lock
	release func() error
	read    struct { // of the state, when it was last read
		version state.Version
		info    fs.FileInfo
	}
}

var _ state.Managed = (*Store)(nil)

// New returns the store whose state is the file stateName in dir. The lock,
// the journal and the notes are in .tmsync/NAME beside that file, NAME being its
// own. Nothing is touched yet.
func New(dir, stateName string) *Store {
	l := &Store{FS: OS{}, path: filepath.Join(dir, stateName), name: stateName}
	if filepath.IsAbs(stateName) {
		l.path = stateName
	}
	l.directory = filepath.Join(filepath.Dir(l.path), dirName)
	l.notes = filepath.Join(l.directory, filepath.Base(l.path))
	l.before = formerly(dir, l.directory, stateName)
	l.journal.store = l
	return l
}

// Name is the state file's name as it was given.
func (l *Store) Name() string { return l.name }

// LastRequest knows of no other machine.
func (l *Store) LastRequest() time.Time { return time.Time{} }

// NotePath is where a note that belongs to the state is kept.
func (l *Store) NotePath(name string) string { return filepath.Join(l.notes, name) }

// shown is what users call a file that belongs to the state.
func (l *Store) shown(file string) string { return shownIn(l.name, filepath.Base(l.path), file) }

// shownIn is what users call a file that belongs to a state beside another one.
func shownIn(name, beside, file string) string {
	return filepath.ToSlash(filepath.Join(filepath.Dir(name), dirName, beside, file))
}

// LockName is what users call the lock file.
func (l *Store) LockName() string { return l.shown(lockName) }

// Journal is the journal beside the state.
func (l *Store) Journal() state.Journal { return &l.journal }

// Read opens the state file. A directory waits for nothing: ctx is not asked.
func (l *Store) Read(context.Context) (io.ReadCloser, state.Version, error) {
	if err := l.usable(); err != nil {
		return nil, "", err
	}
	f, version, err := l.open()
	if err != nil {
		return nil, "", fmt.Errorf("opening %s: %w", l.name, err)
	}
	if f == nil {
		return nil, "", nil
	}
	return f, version, nil
}

// open opens the state file, nil if there is none. The version is a hash of the
// first line, which holds a checksum of the others: a file that was merely
// touched or restored as it was is the same one.
func (l *Store) open() (io.ReadCloser, state.Version, error) {
	f, version, err := l.openState(l.path)
	if f == nil || err != nil {
		return nil, "", err
	}
	l.read.version, l.read.info = version, f.info
	return f, version, nil
}

func (l *Store) openState(path string) (*readCloser, state.Version, error) {
	f, err := openRegular(l.FS, path, os.O_RDONLY)
	if f == nil || err != nil {
		return nil, "", err
	}
	buffered := bufio.NewReader(f)
	var first []byte
	for more := true; more; {
		var part []byte
		part, err = buffered.ReadSlice('\n')
		first = append(first, part...)
		more = errors.Is(err, bufio.ErrBufferFull) && len(first) < state.MaxLine
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, "", errors.Join(bare(err), f.Close())
	}
	sum := sha256.Sum256(bytes.TrimSuffix(first, []byte("\n")))
	info, err := f.Stat()
	if err != nil {
		return nil, "", errors.Join(bare(err), f.Close())
	}
	return &readCloser{io.MultiReader(bytes.NewReader(first), buffered), f, info}, state.Version(hex.EncodeToString(sum[:])), nil
}

type readCloser struct {
	io.Reader
	io.Closer
	info fs.FileInfo
}

// Size is the file's size in bytes.
func (r *readCloser) Size() int64 { return r.info.Size() }

// Swap replaces the state file; the one before is copied to the backup. A directory
// waits for nothing: ctx is not asked.
func (l *Store) Swap(_ context.Context, old state.Version, write func(io.Writer) error) (state.Version, error) {
	err := replace(l.FS, l.path, write, func() error {
		now, err := l.version()
		if err != nil {
			return err
		}
		if now != old {
			return state.ErrConflict
		}
		return l.backUp()
	})
	if err != nil {
		return "", fmt.Errorf("replacing %s: %w", l.name, err)
	}
	return l.version()
}

func (l *Store) version() (state.Version, error) {
	f, version, err := l.open()
	if f == nil || err != nil {
		return "", err
	}
	return version, f.Close()
}

// backUp copies the state. A second name for the same file would be cheaper, but
// a crash would leave a state that is a hard link.
func (l *Store) backUp() error {
	f, _, err := l.open()
	if f == nil || err != nil {
		return err
	}
	err = replace(l.FS, l.path+state.BackupSuffix, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	}, func() error { return nil })
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("keeping the one before: %w", err)
	}
	return nil
}

// Exposed returns the directories in which everybody on this machine could replace
// our files. It is for a warning: some file systems, and the runners of some CI
// systems, give all directories such a mode.
func (l *Store) Exposed() []string {
	var names []string
	for _, f := range []struct{ path, name string }{
		{filepath.Dir(l.path), "the directory of " + l.name},
		{l.directory, dirName},
		{l.notes, l.shown("")},
	} {
		if info, err := l.FS.Stat(f.path); err == nil && openToAll(info) {
			names = append(names, f.name)
		}
	}
	return names
}

// usable refuses a state whose files have no place.
func (l *Store) usable() error {
	if name := filepath.Base(l.path); slices.Contains(notesOfAll, name) {
		return fmt.Errorf("a state cannot have the name %s, which tmsync uses in %s for something else; give it another name", name, dirName)
	}
	for _, f := range []struct{ path, name string }{{l.directory, dirName}, {l.notes, l.shown("")}} {
		if info, err := l.FS.Lstat(f.path); err == nil && !info.IsDir() {
			return fmt.Errorf("%s is not a directory; move it away", f.name)
		}
	}
	return nil
}

// notesOfAll are files in .tmsync that belong to no state or to earlier versions.
var notesOfAll = []string{".gitignore", "runs.jsonl", "sandbox.jsonl", "carriers.jsonl", "cron", lockName, journalName, seenName, "drift.json"}

// Prepare creates the directories of the state and of its notes, where missing.
func (l *Store) Prepare(context.Context) error { return l.prepare() }

func (l *Store) prepare() error {
	if err := makeDirectory(l.FS, filepath.Dir(l.path)); err != nil {
		return fmt.Errorf("creating the directory of %s: %w", l.name, err)
	}
	if err := MakeDirectory(l.FS, l.directory); err != nil {
		return err
	}
	return makeOwn(l.FS, l.notes, l.shown(""))
}

// makeDirectory creates a directory, and those around it, where there is none.
func makeDirectory(fsys FS, path string) error {
	info, err := fsys.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return fmt.Errorf("%s is not a directory", filepath.Base(path))
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) || filepath.Dir(path) == path:
		return bare(err)
	}
	if err := makeDirectory(fsys, filepath.Dir(path)); err != nil {
		return err
	}
	if err := fsys.Mkdir(path, directoryMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return bare(err)
	}
	return bare(fsys.SyncDir(filepath.Dir(path)))
}

// MakeDirectory creates a .tmsync where there is none, and has git ignore all of it.
func MakeDirectory(fsys FS, path string) error {
	if err := makeOwn(fsys, path, dirName); err != nil {
		return err
	}
	return createOnce(fsys, filepath.Join(path, ".gitignore"), dirName+"/.gitignore", "*\n")
}

func makeOwn(fsys FS, path, name string) error {
	info, err := fsys.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = fsys.Mkdir(path, directoryMode); err == nil || errors.Is(err, fs.ErrExist) {
			info, err = fsys.Lstat(path)
		}
	}
	if err != nil {
		return fmt.Errorf("creating %s: %w", name, bare(err))
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a directory; move it away", name)
	}
	return nil
}

// createOnce creates a file in .tmsync unless it is there.
func createOnce(fsys FS, path, name, content string) error {
	if info, err := regular(fsys, path); err != nil {
		return fmt.Errorf("creating %s: %w; or remove it: it is made again", name, err)
	} else if info != nil {
		return nil
	}
	f, err := fsys.Open(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|openFlags, fileMode)
	if errors.Is(err, fs.ErrExist) {
		return nil // another run was quicker
	}
	if err != nil {
		return fmt.Errorf("creating %s: %w", name, bare(err))
	}
	_, err = io.WriteString(f, content)
	if err = errors.Join(f.Chmod(fileMode), err, f.Close()); err != nil {
		return fmt.Errorf("creating %s: %w", name, bare(err))
	}
	return nil
}

// Lock takes the lock of the state; see lock.go.
func (l *Store) Lock(ctx context.Context, info state.Info, timeout time.Duration) (func() error, error) {
	if err := l.usable(); err != nil {
		return nil, err
	}
	if err := l.prepare(); err != nil {
		return nil, closed(err)
	}
	if err := createOnce(l.FS, l.lockPath(), l.LockName(), ""); err != nil {
		return nil, closed(err)
	}
	unlock, err := l.waitForLock(ctx, info, timeout)
	if err != nil {
		return nil, closed(err)
	}
	l.release = unlock
	removeTemps(l.FS, l.path)
	removeTemps(l.FS, l.path+state.BackupSuffix)
	removeTemps(l.FS, l.journal.path())
	removeTemps(l.FS, l.NotePath(seenName))
	return func() error {
		l.locked = nil
		return l.release()
	}, nil
}

// closed marks the errors that mean that a directory cannot be written.
func closed(err error) error {
	if notWritable(err) {
		return fmt.Errorf("%w: %w", state.ErrNotWritable, err)
	}
	return err
}
