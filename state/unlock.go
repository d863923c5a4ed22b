package state

import (
	"errors"
	"fmt"
	"os"
)

// ClearLock clears what the last holder of the lock has left of its name, and
// gives it; nil when there is nothing. While somebody holds the lock the error is
// a *LockedError, and nothing is changed: the lock is the kernel's and cannot be
// taken from the process that has it.
func (l *Local) ClearLock() (*Info, error) {
	there, err := regular(l.FS, l.lockPath())
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", l.LockName(), err)
	}
	if there == nil {
		return nil, nil
	}
	lock, held, err := l.FS.TryLock(l.lockPath())
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", l.LockName(), bare(err))
	}
	if !held {
		return nil, &LockedError{State: l.name, Holder: l.readHolder(l.lockPath())}
	}
	left := l.readHolder(l.lockPath())
	f, err := openRegular(l.FS, l.lockPath(), os.O_WRONLY)
	if err == nil && f != nil {
		err = errors.Join(bare(f.Truncate(0)), bare(f.Close()))
	}
	if err = errors.Join(err, lock.Unlock()); err != nil {
		return left, fmt.Errorf("clearing %s: %w", l.LockName(), err)
	}
	return left, nil
}
