//go:build unix

package local_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/local"
)

// TestFiles looks at every file of a run: its name, and that only its owner may
// read it.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	seed(t, dir, recA)
	store := local.New(dir, stateName)
	s := open(t, store, state.OpenOptions{})
	must(t, s.Settle(0, puts(recB), nil))
	must(t, s.Commit(t.Context()))
	begin(t, s, creates(recC))
	diff(t, "files", []string{
		".tmsync -rwx------",
		".tmsync/.gitignore -rw-------",
		".tmsync/tmsync.state.jsonl -rwx------",
		".tmsync/tmsync.state.jsonl/journal.jsonl -rw-------",
		".tmsync/tmsync.state.jsonl/lock -rw-------",
		".tmsync/tmsync.state.jsonl/seen.json -rw-------",
		"tmsync.state.jsonl -rw-------",
		"tmsync.state.jsonl.backup -rw-------",
	}, files(t, dir))
	must(t, s.Close())
	backup, err := state.Read(bytes.NewReader(readFile(t, dir+"/"+stateName+".backup")), nil)
	must(t, err)
	diff(t, "backup", []string{"tracking.a sto/11111 A"}, titles(backup))
	diff(t, ".gitignore", "*\n", string(readFile(t, dir+"/.tmsync/.gitignore")))
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := d.Info()
		name, _ := filepath.Rel(dir, path)
		out = append(out, fmt.Sprintf("%s %s", filepath.ToSlash(name), strings.Replace(info.Mode().String(), "d", "-", 1)))
		return err
	}))
	return out
}

// TestOddPlaces puts other things where the files belong: none is followed,
// replaced or waited for.
func TestOddPlaces(t *testing.T) {
	link := func(path string) error {
		target := filepath.Join(filepath.Dir(path), "target")
		if err := os.WriteFile(target, []byte(stateFile5), 0o600); err != nil {
			return err
		}
		return os.Symlink(target, path)
	}
	hard := func(path string) error {
		if err := os.WriteFile(path, []byte(stateFile5), 0o600); err != nil {
			return err
		}
		return os.Link(path, path+".too")
	}
	directory := func(path string) error { return os.Mkdir(path, 0o700) }
	tests := []struct {
		name, path string
		make       func(string) error
		want       string
	}{
		{"link", stateName, link, "opening tmsync.state.jsonl: it is a symbolic link"},
		{"hard link", stateName, hard, "opening tmsync.state.jsonl: it is a hard link"},
		{"directory", stateName, directory, "opening tmsync.state.jsonl: it is a directory"},
		{"pipe", stateName, makePipe, "opening tmsync.state.jsonl: it is a device, a pipe or a socket"},
		{"journal link", ".tmsync/tmsync.state.jsonl/journal.jsonl", link, "opening the journal .tmsync/tmsync.state.jsonl/journal.jsonl: it is a symbolic link"},
		{"journal pipe", ".tmsync/tmsync.state.jsonl/journal.jsonl", makePipe, "opening the journal .tmsync/tmsync.state.jsonl/journal.jsonl: it is a device"},
		{"lock link", ".tmsync/tmsync.state.jsonl/lock", link, "creating .tmsync/tmsync.state.jsonl/lock: it is a symbolic link"},
		{"lock directory", ".tmsync/tmsync.state.jsonl/lock", directory, "creating .tmsync/tmsync.state.jsonl/lock: it is a directory"},
		{"lock hard link", ".tmsync/tmsync.state.jsonl/lock", hard, "creating .tmsync/tmsync.state.jsonl/lock: it is a hard link"},
		{"lock pipe", ".tmsync/tmsync.state.jsonl/lock", makePipe, "creating .tmsync/tmsync.state.jsonl/lock: it is a device"},
		{".gitignore link", ".tmsync/.gitignore", link, "creating .tmsync/.gitignore: it is a symbolic link"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			must(t, os.MkdirAll(filepath.Join(dir, ".tmsync", stateName), 0o700))
			must(t, tt.make(filepath.Join(dir, tt.path)))
			_, err := state.Open(t.Context(), local.New(dir, stateName), state.OpenOptions{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Open() = %v, want %q", err, tt.want)
			} else if strings.Contains(err.Error(), dir) {
				t.Errorf("error %q names the directory", err)
			}
		})
	}
	t.Run("directory is a file", func(t *testing.T) {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, ".tmsync"), nil)
		_, err := state.Open(t.Context(), local.New(dir, stateName), state.OpenOptions{})
		if err == nil || !strings.Contains(err.Error(), ".tmsync is not a directory") {
			t.Errorf("Open() = %v", err)
		}
	})
	t.Run("exchanged while it is opened", func(t *testing.T) {
		dir := t.TempDir()
		seed(t, dir, recA)
		path := filepath.Join(dir, stateName)
		store := local.New(dir, stateName)
		store.FS = &exchangeFS{path: path, at: 1}
		_, err := state.Open(t.Context(), store, state.OpenOptions{})
		if err == nil || !strings.Contains(err.Error(), "it was exchanged while it was opened") {
			t.Errorf("Open() = %v", err)
		}
	})
	t.Run("link instead of the state, in between", func(t *testing.T) {
		dir := t.TempDir()
		s := open(t, local.New(dir, stateName), state.OpenOptions{})
		defer s.Close()
		must(t, s.Settle(0, puts(recA), nil))
		must(t, link(filepath.Join(dir, stateName)))
		if err := s.Commit(t.Context()); err == nil || !strings.Contains(err.Error(), "symbolic link") {
			t.Errorf("Commit() = %v", err)
		}
		diff(t, "target", stateFile5, string(readFile(t, filepath.Join(dir, "target"))))
	})
}

// TestExposed holds that directories to which everybody may write are named,
// unless only the owner of a file may replace it there. They are used all the
// same, and what is written has the modes that it always has.
func TestExposed(t *testing.T) {
	const both = "the directory of tmsync.state.jsonl"
	tests := []struct {
		directory string
		mode      fs.FileMode
		want      []string
	}{
		{".", 0o777, []string{both}},
		{".", 0o702, []string{both}},
		{".", 0o777 | fs.ModeSticky, nil},
		{".", 0o775, nil},
		{".tmsync", 0o777, []string{".tmsync"}},
		{".tmsync", 0o770, nil},
		{".tmsync/" + stateName, 0o777, []string{".tmsync/" + stateName}},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s %s", tt.directory, tt.mode), func(t *testing.T) {
			dir := t.TempDir()
			seed(t, dir, recA)
			must(t, os.Chmod(filepath.Join(dir, tt.directory), tt.mode))
			before := files(t, dir)
			store := local.New(dir, stateName)
			diff(t, "exposed", tt.want, store.Exposed())
			for _, opts := range []state.OpenOptions{{}, {NoLock: true}, {ReadOnly: true}} {
				s, err := state.Open(t.Context(), local.New(dir, stateName), opts)
				must(t, err)
				must(t, s.Close())
			}
			diff(t, "files", before, files(t, dir))
		})
	}
	t.Run("fresh", func(t *testing.T) {
		dir := t.TempDir()
		must(t, os.Chmod(dir, 0o777))
		seed(t, dir, recA)
		must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || path == dir {
				return err
			}
			info, err := d.Info()
			if err == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s has the mode %s", path, info.Mode())
			}
			return err
		}))
	})
	t.Run("by a link", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "link")
		must(t, os.Symlink(t.TempDir(), dir)) // a link says that everybody may do everything
		seed(t, dir, recA)
	})
}

// trapFS puts links where temporary files are to be, as somebody would who knew
// their names.
type trapFS struct {
	local.OS
	target string
	traps  int
}

func (f *trapFS) Open(name string, flag int, perm fs.FileMode) (local.File, error) {
	if strings.Contains(name, ".tmp-") && f.traps > 0 {
		f.traps--
		if err := os.Symlink(f.target, name); err != nil {
			return nil, err
		}
	}
	return f.OS.Open(name, flag, perm)
}

// TestTrappedTemp holds that a link in the place of a temporary file is never
// followed.
func TestTrappedTemp(t *testing.T) {
	for _, traps := range []int{1, 2, 3} {
		dir := t.TempDir()
		target := filepath.Join(dir, "keys")
		writeFile(t, target, []byte("mine"))
		store := local.New(dir, stateName)
		store.FS = &trapFS{target: target, traps: traps}
		s := open(t, store, state.OpenOptions{})
		err := s.Settle(0, puts(recA), nil)
		if traps < 3 && err != nil || traps == 3 && (err == nil || !strings.Contains(err.Error(), "creating a temporary file: open: file exists")) {
			t.Errorf("%d traps: Settle() = %v", traps, err)
		}
		must(t, s.Close())
		diff(t, "target", "mine", string(readFile(t, target)))
	}
}

// TestRolledBack puts older states back, and removes the state: it is noticed, and
// only until a run has written one.
func TestRolledBack(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, stateName)
	var versions [][]byte
	for _, r := range []*state.Record{recA, recB, recC} {
		seed(t, dir, r)
		versions = append(versions, readFile(t, path))
	}
	look := func(what string, want *state.RolledBack, opts state.OpenOptions) {
		t.Helper()
		s := open(t, local.New(dir, stateName), opts)
		defer s.Close()
		diff(t, what, want, s.RolledBack())
	}
	look("newest", nil, state.OpenOptions{})
	writeFile(t, path, versions[0])
	for range 2 {
		look("older", &state.RolledBack{From: 3, To: 1}, state.OpenOptions{})
		look("older, for a plan", &state.RolledBack{From: 3, To: 1}, state.OpenOptions{ReadOnly: true})
	}
	writeFile(t, path, versions[2])
	look("put back again", nil, state.OpenOptions{})
	writeFile(t, path, versions[1])
	look("older", &state.RolledBack{From: 3, To: 2}, state.OpenOptions{})
	seed(t, dir, recD)
	look("after going on", nil, state.OpenOptions{})
	must(t, os.Remove(path))
	look("gone", &state.RolledBack{From: 3, To: 0}, state.OpenOptions{})
	seed(t, dir, recA)
	look("begun anew", nil, state.OpenOptions{})
	seed(t, dir, recB)
	writeFile(t, path, []byte(sealed(header("1", 0))))
	look("another lineage", nil, state.OpenOptions{})
	writeFile(t, path, []byte(sealed(header("9", 0))))
	look("a newer one from elsewhere, for a plan", nil, state.OpenOptions{ReadOnly: true})
	writeFile(t, path, []byte(sealed(header("8", 0))))
	look("which does not remember it", nil, state.OpenOptions{})
	writeFile(t, path, []byte(sealed(header("9", 0))))
	look("a newer one from elsewhere", nil, state.OpenOptions{})
	writeFile(t, path, []byte(sealed(header("8", 0))))
	look("older than that", &state.RolledBack{From: 9, To: 8}, state.OpenOptions{})

	// Another state in the directory is another matter, and what the file says is a
	// help, no more.
	other := local.New(dir, "other.jsonl")
	s := open(t, other, state.OpenOptions{})
	diff(t, "other state", (*state.RolledBack)(nil), s.RolledBack())
	must(t, s.Close())
	seen := filepath.Join(dir, ".tmsync", stateName, "seen.json")
	for _, content := range []string{"", "{", "null", `{"lineage":7}`, "[]", strings.Repeat("[", 100_000)} {
		writeFile(t, seen, []byte(content))
		writeFile(t, path, versions[1])
		look("seen "+content[:min(9, len(content))], nil, state.OpenOptions{})
	}
	must(t, errors.Join(os.Remove(seen), os.Mkdir(seen, 0o700)))
	seed(t, dir, recB)
	diff(t, "nothing is left behind", 0, len(slices.DeleteFunc(files(t, dir), func(f string) bool { return !strings.Contains(f, ".tmp-") })))
}

// TestEmptyState holds that an empty file is never taken for a new state.
func TestEmptyState(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, stateName), nil)
	_, err := state.Open(t.Context(), local.New(dir, stateName), state.OpenOptions{})
	const want = "tmsync.state.jsonl, line 1: the file is empty, which tmsync never leaves it; restore tmsync.state.jsonl.backup by copying it over tmsync.state.jsonl, or the last good version from version control"
	if err == nil || err.Error() != want {
		t.Errorf("Open() = %v, want %s", err, want)
	}
	// The failed opening has let go of the lock.
	must(t, os.Remove(filepath.Join(dir, stateName)))
	must(t, open(t, local.New(dir, stateName), state.OpenOptions{}).Close())
}

// TestStaleTemps holds that what a run left that died is removed, and nothing
// else.
func TestStaleTemps(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		".tmsync.state.jsonl.tmp-x", ".tmsync.state.jsonl.backup.tmp-x", ".tmsync/tmsync.state.jsonl/.journal.jsonl.tmp-x",
		".other.jsonl.tmp-x", "tmsync.state.jsonl.tmp-x",
	} {
		writeFile(t, filepath.Join(dir, name), nil)
	}
	must(t, open(t, local.New(dir, stateName), state.OpenOptions{}).Close())
	diff(t, "files", []string{
		".other.jsonl.tmp-x -rw-------", ".tmsync -rwx------", ".tmsync/.gitignore -rw-------",
		".tmsync/tmsync.state.jsonl -rwx------", ".tmsync/tmsync.state.jsonl/lock -rw-------", "tmsync.state.jsonl.tmp-x -rw-------",
	}, files(t, dir))
}

// TestSwapOfAnother holds that a state which somebody else has replaced, or made, stays
// as it is, and so does its backup.
func TestSwapOfAnother(t *testing.T) {
	dir := t.TempDir()
	seed(t, dir, recA)
	store := local.New(dir, stateName)
	f, first, err := store.Read(t.Context())
	must(t, err)
	must(t, f.Close())
	seed(t, dir, recB)
	path := filepath.Join(dir, stateName)
	want := [2]string{string(readFile(t, path)), string(readFile(t, path+state.BackupSuffix))}
	for _, old := range []state.Version{first, ""} {
		_, err := store.Swap(t.Context(), old, func(w io.Writer) error {
			_, err := io.WriteString(w, "ours")
			return err
		})
		if !errors.Is(err, state.ErrConflict) {
			t.Errorf("Swap(%q) = %v, want ErrConflict", old, err)
		}
		diff(t, "files", want, [2]string{string(readFile(t, path)), string(readFile(t, path+state.BackupSuffix))})
	}
}

// TestSideBySide holds that of two runs without a lock the second to write is
// stopped before it sends anything.
func TestSideBySide(t *testing.T) {
	noLock := state.OpenOptions{NoLock: true}
	for _, started := range []bool{false, true} {
		t.Run(fmt.Sprintf("journal started %t", started), func(t *testing.T) {
			dir := t.TempDir()
			seed(t, dir, recA)
			one := open(t, local.New(dir, stateName), noLock)
			two := open(t, local.New(dir, stateName), noLock)
			defer one.Close()
			defer two.Close()
			if !started {
				must(t, two.Settle(0, puts(recB), nil))
				must(t, two.Commit(t.Context()))
				if err := one.Settle(0, puts(recC), nil); !errors.Is(err, state.ErrConflict) {
					t.Errorf("Settle() = %v, want ErrConflict", err)
				}
				return
			}
			begin(t, one, creates(recC))
			if _, err := two.Begin(creates(recB)); err == nil || !strings.Contains(err.Error(), "another run has changed it") {
				t.Errorf("Begin() = %v: the journal of another run was replaced", err)
			}
			begin(t, one, creates(rec("tracking.d", "sto/44444", "")))
			// Nor does it commit beside it.
			two = open(t, local.New(dir, stateName), noLock)
			defer two.Close()
			begin(t, one, creates(rec("tracking.e", "sto/55555", "")))
			two.SetAccount("elsewhere", "somebody")
			before := readFile(t, filepath.Join(dir, stateName))
			if err := two.Commit(t.Context()); err == nil || !strings.Contains(err.Error(), "another run has changed it") {
				t.Errorf("Commit() = %v beside a run that has the journal", err)
			}
			if diff := cmp.Diff(string(before), string(readFile(t, filepath.Join(dir, stateName)))); diff != "" {
				t.Errorf("the state was replaced (-want +got):\n%s", diff)
			}
		})
	}
}

// TestJournalExchanged holds that a run notices that its journal is another one.
func TestJournalExchanged(t *testing.T) {
	tests := []struct {
		name string
		do   func(path string, old []byte, at time.Time) error
	}{
		{"longer", func(path string, old []byte, at time.Time) error {
			return errors.Join(os.WriteFile(path, append(old, '\n'), 0o600), os.Chtimes(path, at, at))
		}},
		{"written again", func(path string, old []byte, at time.Time) error {
			at = at.Add(time.Second)
			return errors.Join(os.WriteFile(path, old, 0o600), os.Chtimes(path, at, at))
		}},
		{"a copy", func(path string, old []byte, at time.Time) error {
			return errors.Join(os.Rename(path, path+".old"), os.WriteFile(path, old, 0o600), os.Chtimes(path, at, at))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, local.New(dir, stateName), state.OpenOptions{})
			defer s.Close()
			begin(t, s, creates(recA))
			info, err := os.Stat(journalPath(dir))
			must(t, err)
			must(t, tt.do(journalPath(dir), readFile(t, journalPath(dir)), info.ModTime()))
			if _, err := s.Begin(creates(recB)); err == nil || !strings.Contains(err.Error(), "another run has changed it") {
				t.Errorf("Begin() = %v", err)
			}
		})
	}
}

// closedFS is a directory that nobody may write to.
type closedFS struct{ local.OS }

func (closedFS) Mkdir(name string, _ fs.FileMode) error {
	return &fs.PathError{Op: "mkdir", Path: name, Err: errReadOnlyFS}
}

// TestClosedDirectory holds that a plan runs in a directory that cannot be written, and
// that an apply says why it does not.
func TestClosedDirectory(t *testing.T) {
	store := local.New(t.TempDir(), stateName)
	store.FS = closedFS{}
	must(t, open(t, store, state.OpenOptions{ReadOnly: true}).Close())
	_, err := state.Open(t.Context(), store, state.OpenOptions{})
	if !errors.Is(err, state.ErrNotWritable) || !strings.Contains(err.Error(), "creating .tmsync") {
		t.Errorf("Open() = %v, want ErrNotWritable", err)
	}
}

func TestOtherNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"other.jsonl", filepath.Join(dir, "absolute.jsonl")} {
		s := open(t, local.New(dir, name), state.OpenOptions{})
		must(t, s.Settle(0, puts(recA), nil))
		must(t, s.Commit(context.Background()))
		must(t, s.Close())
	}
	readFile(t, filepath.Join(dir, "other.jsonl"))
	readFile(t, filepath.Join(dir, "absolute.jsonl"))
}

const errReadOnlyFS = syscall.EROFS

func makePipe(path string) error { return syscall.Mkfifo(path, 0o600) }

// TestUmask holds that no umask widens or narrows the mode of a file.
func TestUmask(t *testing.T) {
	for _, umask := range []int{0, 0o022, 0o027, 0o077, 0o277} {
		t.Run(fmt.Sprintf("%03o", umask), func(t *testing.T) {
			dir := t.TempDir()
			old := syscall.Umask(umask)
			defer syscall.Umask(old)
			seed(t, dir, recA)
			s := open(t, local.New(dir, stateName), state.OpenOptions{})
			defer s.Close()
			must(t, s.Settle(0, puts(recB), nil))
			must(t, s.Commit(t.Context()))
			begin(t, s, creates(recC))
			for _, f := range files(t, dir) {
				if info, err := os.Stat(filepath.Join(dir, f[:len(f)-11])); err != nil || info.IsDir() {
					continue
				}
				if mode := f[len(f)-10:]; mode != "-rw-------" {
					t.Errorf("%s", f)
				}
			}
		})
	}
}

// TestMissingDirectories holds that the directories of a state are made when it is
// opened, for their owner only, and that one that cannot be made is an error then.
func TestMissingDirectories(t *testing.T) {
	dir := t.TempDir()
	s, err := state.Open(t.Context(), local.New(dir, "envs/prod/state.jsonl"), state.OpenOptions{})
	must(t, err)
	must(t, s.Close())
	for _, name := range []string{"envs", "envs/prod", "envs/prod/.tmsync"} {
		info, err := os.Stat(filepath.Join(dir, name))
		must(t, err)
		if info.Mode().Perm() != 0o700 {
			t.Errorf("%s has the mode %s", name, info.Mode())
		}
	}
	writeFile(t, filepath.Join(dir, "file"), nil)
	if _, err := state.Open(t.Context(), local.New(dir, "file/prod/state.jsonl"), state.OpenOptions{}); err == nil || !strings.Contains(err.Error(), "file is not a directory") {
		t.Errorf("Open() = %v", err)
	}
}
