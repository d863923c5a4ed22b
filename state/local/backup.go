package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tmsync/tmsync/state"
)

// Keep copies the state and the journal, where they exist, to files for good: each
// to its name with the time and .backup behind it. It returns their names as shown to
// the user. Of each file the last ten copies are kept.
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
	if err := l.FS.SyncDir(filepath.Dir(path)); err != nil {
		return mark, bare(err)
	}
	l.thin(path, mark)
	return mark, nil
}

// keptCopies is how many copies of a file are kept.
const keptCopies = 10

// copyTime is how the time of a copy, in UTC, is written in its name: as every file
// system takes it.
const copyTime = "2006-01-02T15-04-05Z"

// copyMark is what stands behind the name of a copied file: the time, as now or in
// seconds since 1970, and a number where a second has several.
var copyMark = regexp.MustCompile(`^\.(?:(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)|(\d{9,11}))(?:-(\d{1,3}))?` + regexp.QuoteMeta(state.BackupSuffix) + `$`)

// aCopy is a copy of a file.
type aCopy struct {
	mark string
	at   int64 // in seconds since 1970
	n    int   // which of its second
}

// parseCopy reads what stands behind the name of a file; ok reports whether it
// is that of a copy.
func parseCopy(mark string) (c aCopy, ok bool) {
	m := copyMark.FindStringSubmatch(mark)
	if m == nil {
		return c, false
	}
	c.mark = mark
	c.n, _ = strconv.Atoi(m[3]) // 0 without one
	if m[2] != "" {
		c.at, _ = strconv.ParseInt(m[2], 10, 64) // of eleven digits at most
		return c, true
	}
	at, err := time.Parse(copyTime, m[1])
	c.at = at.Unix()
	return c, err == nil
}

// thin removes the oldest copies of a file, but never the one just made. One that cannot
// be removed stays: nothing depends on it.
func (l *Store) thin(path, made string) {
	entries, err := l.FS.ReadDir(filepath.Dir(path))
	if err != nil {
		return
	}
	var others []aCopy
	for _, e := range entries {
		mark, found := strings.CutPrefix(e.Name(), filepath.Base(path))
		if c, ok := parseCopy(mark); found && ok && mark != made && e.Type().IsRegular() {
			others = append(others, c)
		}
	}
	slices.SortFunc(others, func(a, b aCopy) int { return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(b.n, a.n)) })
	for _, c := range others[min(len(others), keptCopies-1):] {
		_ = l.FS.Remove(path + c.mark)
	}
}

// reserve creates an empty file for a copy under an unused name: two commands may
// fall into one second.
func (l *Store) reserve(path string, at time.Time) (mark string, err error) {
	const tries = 100
	for n := range tries {
		mark = "." + at.UTC().Format(copyTime)
		if n > 0 {
			mark += fmt.Sprintf("-%d", n+1)
		}
		mark += state.BackupSuffix
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
