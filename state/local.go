package state

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
	"time"
)

// The files beside the state.
const (
	folderName   = ".tmsync"
	journalName  = "journal.jsonl"
	lockName     = "lock"
	seenName     = "seen.json"
	backupSuffix = ".backup"
)

// Local is a Store in a folder of this machine. Every file is for its owner
// only; the state and the journal's beginning are replaced whole.
type Local struct {
	FS FS

	path    string // of the state
	key     string // of the state among those that were seen
	name    string // of the state, as shown to the user
	folder  string // .tmsync
	journal localJournal
}

// NewLocal gives the store whose state is the file stateName in dir. The lock
// and the journal are in the folder .tmsync of dir. Nothing is touched yet.
func NewLocal(dir, stateName string) *Local {
	l := &Local{
		FS: OS{}, path: filepath.Join(dir, stateName), name: stateName, key: filepath.Clean(stateName),
		folder: filepath.Join(dir, folderName),
	}
	if filepath.IsAbs(stateName) {
		l.path, l.name = stateName, filepath.Base(stateName)
	}
	l.journal.local = l
	return l
}

// Name is the state file's name as it was given.
func (l *Local) Name() string { return l.name }

// Journal is .tmsync/journal.jsonl.
func (l *Local) Journal() Journal { return &l.journal }

// Read opens the state file. A folder waits for nothing: ctx is not asked.
func (l *Local) Read(context.Context) (io.ReadCloser, Version, error) {
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
func (l *Local) open() (io.ReadCloser, Version, error) {
	f, err := openRegular(l.FS, l.path, os.O_RDONLY)
	if f == nil || err != nil {
		return nil, "", err
	}
	buffered := bufio.NewReader(f)
	var first []byte
	for more := true; more; {
		var part []byte
		part, err = buffered.ReadSlice('\n')
		first = append(first, part...)
		more = errors.Is(err, bufio.ErrBufferFull) && len(first) < maxLine
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, "", errors.Join(bare(err), f.Close())
	}
	sum := sha256.Sum256(bytes.TrimSuffix(first, []byte("\n")))
	info, err := f.Stat()
	if err != nil {
		return nil, "", errors.Join(bare(err), f.Close())
	}
	return readCloser{io.MultiReader(bytes.NewReader(first), buffered), f, info.Size()}, Version(hex.EncodeToString(sum[:])), nil
}

type readCloser struct {
	io.Reader
	io.Closer
	size int64 // bytes
}

// Size is the file's size in bytes.
func (r readCloser) Size() int64 { return r.size }

// Swap replaces the state file; the one before is copied to the backup. A folder
// waits for nothing: ctx is not asked.
func (l *Local) Swap(_ context.Context, old Version, write func(io.Writer) error) (Version, error) {
	err := replace(l.FS, l.path, write, func() error {
		now, err := l.version()
		if err != nil {
			return err
		}
		if now != old {
			return ErrConflict
		}
		return l.backUp()
	})
	if err != nil {
		return "", fmt.Errorf("replacing %s: %w", l.name, err)
	}
	return l.version()
}

func (l *Local) version() (Version, error) {
	f, version, err := l.open()
	if f == nil || err != nil {
		return "", err
	}
	return version, f.Close()
}

// backUp copies the state. A second name for the same file would be cheaper, but
// a crash would leave a state that is a hard link.
func (l *Local) backUp() error {
	f, _, err := l.open()
	if f == nil || err != nil {
		return err
	}
	err = replace(l.FS, l.path+backupSuffix, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	}, func() error { return nil })
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("keeping the one before: %w", err)
	}
	return nil
}

// Exposed names the directories in which everybody on this machine could put
// another file in the place of ours. It is for a warning: some file systems, and
// the runners of some CI systems, give all directories such a mode.
func (l *Local) Exposed() []string {
	var names []string
	for _, f := range []struct{ path, name string }{
		{filepath.Dir(l.path), "the directory of " + l.name},
		{l.folder, folderName},
	} {
		if info, err := l.FS.Stat(f.path); err == nil && openToAll(info) {
			names = append(names, f.name)
		}
	}
	return names
}

// MakeFolder creates .tmsync where there is none, and has git ignore all of it.
func (l *Local) MakeFolder() error {
	info, err := l.FS.Lstat(l.folder)
	if errors.Is(err, fs.ErrNotExist) {
		if err = l.FS.Mkdir(l.folder, folderMode); err == nil || errors.Is(err, fs.ErrExist) {
			info, err = l.FS.Lstat(l.folder)
		}
	}
	if err != nil {
		return fmt.Errorf("creating %s: %w", folderName, bare(err))
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder; move it away", folderName)
	}
	return l.createOnce(filepath.Join(l.folder, ".gitignore"), "*\n")
}

// createOnce creates a file in .tmsync unless it is there.
func (l *Local) createOnce(path, content string) error {
	name := folderName + "/" + filepath.Base(path)
	if info, err := regular(l.FS, path); err != nil {
		return fmt.Errorf("creating %s: %w; or remove it: it is made again", name, err)
	} else if info != nil {
		return nil
	}
	f, err := l.FS.Open(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|openFlags, fileMode)
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

// Lock takes the lock of the folder; see lock.go.
func (l *Local) Lock(ctx context.Context, info Info, timeout time.Duration) (func() error, error) {
	if err := l.MakeFolder(); err != nil {
		return nil, closed(err)
	}
	if err := l.createOnce(l.lockPath(), ""); err != nil {
		return nil, closed(err)
	}
	unlock, err := l.waitForLock(ctx, info, timeout)
	if err != nil {
		return nil, closed(err)
	}
	removeTemps(l.FS, l.path)
	removeTemps(l.FS, l.path+backupSuffix)
	removeTemps(l.FS, l.journal.path())
	removeTemps(l.FS, l.seenPath())
	return unlock, nil
}

// closed marks the errors that mean that a folder cannot be written.
func closed(err error) error {
	if notWritable(err) {
		return fmt.Errorf("%w: %w", ErrNotWritable, err)
	}
	return err
}
