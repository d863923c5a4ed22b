package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/tmsync/tmsync/state"
)

// The lock is the kernel's, on a file that is never renamed and never removed:
// it ends with the process that holds it, however that dies, so that a lock is
// never stale. The file's content is for people only.

// lockPoll is how often a lock that somebody else holds is tried again.
const lockPoll = 100 * time.Millisecond

// maxLockInfo bounds what is read of a lock file, in bytes.
const maxLockInfo = 4 << 10

// lockV1 is the content of a lock file.
type lockV1 struct {
	ID        string    `json:"id"`
	Operation string    `json:"operation"`
	Who       string    `json:"who"`
	Host      string    `json:"host"`
	PID       int       `json:"pid"`
	Since     time.Time `json:"since"`
	Tool      string    `json:"tool"`
}

func (l *Store) lockPath() string { return l.NotePath(lockName) }

func (l *Store) waitForLock(ctx context.Context, info state.Info, timeout time.Duration) (func() error, error) {
	deadline := time.Now().Add(timeout)
	for {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("waiting for the lock of %s: %w", l.name, err)
		}
		unlock, err := l.tryLock(info)
		var locked *state.LockedError
		left := time.Until(deadline)
		if !errors.As(err, &locked) || left <= 0 {
			return unlock, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(min(left, lockPoll)):
		}
	}
}

func (l *Store) tryLock(info state.Info) (func() error, error) {
	before, err := regular(l.FS, l.lockPath())
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", l.LockName(), err)
	}
	lock, held, err := l.FS.TryLock(l.lockPath())
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", l.LockName(), bare(err))
	}
	if !held {
		return nil, &state.LockedError{State: l.name, Holder: l.readHolder(l.lockPath())}
	}
	// A lock on a file that has lost its name keeps nobody out.
	mine, err1 := lock.Stat()
	named, err2 := regular(l.FS, l.lockPath())
	if err := errors.Join(err1, err2); err != nil || before == nil || named == nil || !l.FS.SameFile(mine, named) {
		return nil, errors.Join(fmt.Errorf("%s was exchanged while it was locked", l.LockName()), bare(err), lock.Unlock())
	}
	l.locked, l.holder = mine, info
	l.writeHolder(lockV1(info))
	return sync.OnceValue(lock.Unlock), nil
}

// writeHolder writes who holds the lock, for others. The lock holds without it: it
// may fail. It goes through a file of its own, which the lock below does not mind.
func (l *Store) writeHolder(info lockV1) {
	f, err := openRegular(l.FS, l.lockPath(), os.O_WRONLY)
	if f == nil || err != nil {
		return
	}
	defer func() { _ = f.Close() }()
	if text, err := json.Marshal(info); err == nil && f.Truncate(0) == nil {
		_, _ = f.Write(append(text, '\n'))
	}
}

// readHolder reads who holds the lock, nil when that cannot be told.
func (l *Store) readHolder(path string) *state.Info {
	f, err := openRegular(l.FS, path, os.O_RDONLY)
	if f == nil || err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxLockInfo))
	if err != nil {
		return nil
	}
	var v lockV1
	if json.Unmarshal(data, &v) != nil || v.ID == "" {
		return nil
	}
	info := state.Info(v).Visible(maxLockInfo)
	return &info
}

// ClearLock removes the name that the last holder of the lock left, and returns it;
// nil when there is nothing. While somebody holds the lock the error is a
// *LockedError, and nothing is changed: the lock is the kernel's and cannot be
// taken from the process that has it.
func (l *Store) ClearLock(context.Context) (*state.Info, error) {
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
		return nil, &state.LockedError{State: l.name, Holder: l.readHolder(l.lockPath())}
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
