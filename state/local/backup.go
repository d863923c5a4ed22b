package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/tmsync/tmsync/state"
)

// Keep copies the state and the journal, where they exist, to files for good: each
// to its name with the time, in seconds since 1970, and .backup behind it. It returns
// their names as shown to the user.
func (l *Store) Keep(_ context.Context, at time.Time) ([]string, error) {
	var names []string
	for _, f := range []struct{ path, name string }{{l.path, l.name}, {l.journal.path(), l.journal.Name()}} {
		mark, err := l.copyAside(f.path, at)
		if err != nil {
			return names, fmt.Errorf("keeping a copy of %s: %w", f.name, err)
		}
		if mark != "" {
			names = append(names, f.name+mark)
		}
	}
	return names, nil
}

// copyAside copies a file, and returns what was put behind its name; "" when there
// is no file.
func (l *Store) copyAside(path string, at time.Time) (string, error) {
	f, err := openRegular(l.FS, path, os.O_RDONLY)
	if f == nil || err != nil {
		return "", err
	}
	temp, err := writeTemp(l.FS, path, fileMode, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
	if err = errors.Join(err, bare(f.Close())); err != nil {
		return "", err
	}
	mark, err := l.reserve(path, at)
	if err == nil {
		err = bare(l.FS.Rename(temp, path+mark))
	}
	if err != nil {
		return "", errors.Join(err, bare(l.FS.Remove(temp)))
	}
	return mark, bare(l.FS.SyncDir(filepath.Dir(path)))
}

// reserve creates an empty file for a copy under an unused name: two commands may
// fall into one second.
func (l *Store) reserve(path string, at time.Time) (mark string, err error) {
	const tries = 100
	for n := range tries {
		mark = fmt.Sprintf(".%d%s", at.Unix(), state.BackupSuffix)
		if n > 0 {
			mark = fmt.Sprintf(".%d-%d%s", at.Unix(), n+1, state.BackupSuffix)
		}
		f, err := l.FS.Open(path+mark, os.O_CREATE|os.O_EXCL|os.O_WRONLY|openFlags, fileMode)
		if err == nil {
			return mark, bare(f.Close())
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", bare(err)
		}
	}
	return "", fmt.Errorf("%d copies of this second are there already", tries)
}

// IsBackup reports whether the state before the present one has a version.
func (l *Store) IsBackup(version state.Version) bool {
	f, v, err := l.openState(l.path + state.BackupSuffix)
	if f == nil || err != nil {
		return false
	}
	return f.Close() == nil && v == version
}

// Backup opens the previous state, nil if there is none, and returns its name.
func (l *Store) Backup(context.Context) (f io.ReadCloser, name string, err error) {
	name = l.name + state.BackupSuffix
	file, err := openRegular(l.FS, l.path+state.BackupSuffix, os.O_RDONLY)
	if file == nil || err != nil {
		return nil, name, err
	}
	return file, name, nil
}
