package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"

	"github.com/tmsync/tmsync/state"
)

// Held reports whether the lock and the state are as this run has left them. It
// looks at names, sizes and times, and reads only where those have changed.
func (l *Store) Held(_ context.Context, version state.Version) error {
	if l.locked != nil {
		now, err := regular(l.FS, l.lockPath())
		if err != nil {
			return fmt.Errorf("looking at the lock %s: %w", l.LockName(), err)
		}
		if now == nil || !l.FS.SameFile(now, l.locked) {
			return fmt.Errorf("the lock %s: %w", l.LockName(), state.ErrRemoved)
		}
	}
	now, err := regular(l.FS, l.path)
	if err != nil {
		return fmt.Errorf("looking at %s: %w", l.name, err)
	}
	if now == nil && version == "" || now != nil && l.read.version == version && l.read.info != nil && unchanged(l.FS, now, l.read.info) {
		return nil
	}
	if now == nil {
		return fmt.Errorf("the state %s: %w", l.name, state.ErrRemoved)
	}
	if is, err := l.version(); err != nil || is != version {
		return errors.Join(fmt.Errorf("the state %s: %w", l.name, state.ErrConflict), err)
	}
	return nil
}

// Hold has nothing to do: the kernel's lock is held until the process ends.
func (l *Store) Hold(context.Context) error { return nil }

// unchanged reports whether two descriptions are of one file in one condition.
func unchanged(fsys FS, a, b fs.FileInfo) bool {
	return fsys.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// Retake recreates what was removed of the state, and takes a lost lock again.
// Whoever went without a lock cannot know who else is at work.
func (l *Store) Retake() error {
	if l.locked == nil {
		return errors.New("this run has no lock, and another one may be at work")
	}
	if _, err := l.FS.Stat(filepath.Dir(l.path)); err != nil {
		return fmt.Errorf("the directory of %s: %w", l.name, bare(err)) // which may have been moved
	}
	if err := l.prepare(); err != nil {
		return err
	}
	if err := createOnce(l.FS, l.lockPath(), l.LockName(), ""); err != nil {
		return err
	}
	now, err := regular(l.FS, l.lockPath())
	if err != nil || now != nil && l.FS.SameFile(now, l.locked) {
		return err
	}
	unlock, err := l.tryLock(l.holder)
	if err == nil {
		before := l.release
		l.release = sync.OnceValue(func() error { return errors.Join(unlock(), before()) })
	}
	return err
}

// Elsewhere returns an empty store in a new directory for temporary files.
func (l *Store) Elsewhere() (state.Store, string, error) {
	if l.Rescue == nil {
		return nil, "", errors.New("no other place is known")
	}
	dir, err := l.Rescue()
	if err != nil {
		return nil, "", bare(err)
	}
	other := New(dir, filepath.Base(l.path))
	return other, dir, other.prepare()
}
