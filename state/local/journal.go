package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tmsync/tmsync/state"
)

// journal is the journal of a Local.
type journal struct {
	store   *Store
	f       File        // open for appending, nil until the first Append
	known   fs.FileInfo // the file as we have read or left it, nil for none
	secured bool        // the names that it rests on
	former  string      // where it is read, "" for its own place
}

func (j *journal) path() string { return j.store.NotePath(journalName) }

// Name is the journal's path as shown to the user.
func (j *journal) Name() string { return j.store.shown(journalName) }

func (j *journal) Read(context.Context) (io.ReadCloser, error) {
	path := j.path()
	if j.former != "" {
		path = j.former // nothing is written: it stays there
	}
	f, err := openRegular(j.store.FS, path, os.O_RDONLY)
	if err != nil {
		return nil, j.failed("opening", err)
	}
	if f == nil {
		j.known = nil
		return nil, nil
	}
	if j.known, err = f.Stat(); err != nil {
		return nil, j.failed("opening", errors.Join(bare(err), f.Close()))
	}
	return f, nil
}

// Reset writes a new journal beside the old one: its first lines are never torn.
// Removing it needs no sync, since a journal that comes back after a power loss
// is one that the state has outrun already.
func (j *journal) Reset(_ context.Context, data []byte) error {
	if err := j.Close(); err != nil {
		return err
	}
	if data == nil {
		err := j.unchanged()
		if err == nil && j.known != nil {
			err = bare(j.store.FS.Remove(j.path()))
		}
		if err != nil {
			return j.failed("removing", err)
		}
		j.known = nil
		return nil
	}
	if err := j.store.prepare(); err != nil {
		return err
	}
	err := j.secure()
	if err == nil {
		err = replace(j.store.FS, j.path(), func(w io.Writer) error {
			_, err := io.Copy(w, bytes.NewReader(data))
			return err
		}, j.unchanged)
	}
	if err == nil {
		err = j.note()
	}
	if err != nil {
		return j.failed("starting", err)
	}
	return nil
}

func (j *journal) Append(_ context.Context, data []byte) error {
	if err := j.open(); err != nil {
		return j.failed("opening", err)
	}
	n, err := j.f.Write(data)
	if err == nil && n < len(data) {
		err = io.ErrShortWrite
	}
	if err == nil {
		err = bare(j.f.Sync())
	}
	if err == nil {
		err = j.note()
	}
	if err != nil {
		return j.failed("writing", bare(err))
	}
	return nil
}

// open opens the journal, unless it is.
func (j *journal) open() error {
	if err := j.unchanged(); err != nil {
		return err
	}
	if j.f == nil {
		f, err := openRegular(j.store.FS, j.path(), os.O_WRONLY|os.O_APPEND)
		if err != nil {
			return err
		}
		if f == nil {
			return errBeside
		}
		j.f = f
	}
	return nil
}

// secure syncs the names that a killed run may not have synced: of the journal's
// directory, and of the state that the journal continues.
func (j *journal) secure() error {
	if j.secured {
		return nil
	}
	l := j.store
	for _, directory := range []string{filepath.Dir(l.path), l.directory} {
		if err := l.FS.SyncDir(directory); err != nil {
			return bare(err)
		}
	}
	j.secured = true
	return nil
}

var errBeside = errors.New("another run has changed it; nothing may run beside this one")

// Check is for what is about to rest on the journal.
func (j *journal) Check(context.Context) error {
	if err := j.unchanged(); err != nil {
		return j.failed("going on with", err)
	}
	return nil
}

// unchanged returns an error if the journal is not as this run has left it: of two
// runs that go without a lock, the second is stopped before it sends anything.
func (j *journal) unchanged() error {
	now, err := regular(j.store.FS, j.path())
	if err != nil {
		return err
	}
	if now == nil && j.known == nil {
		return nil
	}
	if now == nil {
		return state.ErrRemoved
	}
	if j.known == nil || !unchanged(j.store.FS, now, j.known) {
		return errBeside
	}
	return nil
}

func (j *journal) note() (err error) {
	j.known, err = regular(j.store.FS, j.path())
	return err
}

func (j *journal) Close() error {
	if j.f == nil {
		return nil
	}
	f := j.f
	j.f = nil
	if err := f.Close(); err != nil {
		return j.failed("closing", bare(err))
	}
	return nil
}

func (j *journal) failed(doing string, err error) error {
	return fmt.Errorf("%s the journal %s: %w", doing, j.Name(), err)
}
