package statetest_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/state/local"
	"github.com/tmsync/tmsync/state/statetest"
)

const (
	name      = statetest.Root + "/a"
	other     = statetest.Root + "/b"
	directory = statetest.Root + "/sub"
	inside    = directory + "/c"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func create(t *testing.T, p *statetest.Process, name, data string) local.File {
	t.Helper()
	f, err := p.Open(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	must(t, err)
	if _, err := io.WriteString(f, data); err != nil {
		t.Fatal(err)
	}
	return f
}

func content(d *statetest.Disk) map[string]string {
	out := make(map[string]string)
	for name, data := range d.Files() {
		out[name] = string(data)
	}
	return out
}

func diff(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s mismatch (-want +got):\n%s", what, d)
	}
}

type files = map[string]string

// TestPowerLoss goes through a replacement step by step, and looks at the least
// and the most that a power loss leaves.
func TestPowerLoss(t *testing.T) {
	d := statetest.NewDisk()
	d.WriteFile(name, []byte("old"))
	p := d.Process()
	var f local.File
	steps := []struct {
		what        string
		do          func() error
		least, most files
	}{
		{"nothing", func() error { return nil }, files{name: "old"}, files{name: "old"}},
		{"written", func() error { f = create(t, p, other, "new!"); return nil }, files{name: "old"}, files{name: "old", other: "new!"}},
		{"synced", func() error { return f.Sync() }, files{name: "old"}, files{name: "old", other: "new!"}},
		{"renamed", func() error { return p.Rename(other, name) }, files{name: "old"}, files{name: "new!"}},
		{"directory synced", func() error { return p.SyncDir(statetest.Root) }, files{name: "new!"}, files{name: "new!"}},
		{"cut", func() error { return f.Truncate(2) }, files{name: "new!"}, files{name: "ne"}},
		{"cut durably", func() error { return f.Sync() }, files{name: "ne"}, files{name: "ne"}},
		{"removed", func() error { return p.Remove(name) }, files{name: "ne"}, files{}},
		{"removed durably", func() error { return p.SyncDir(statetest.Root) }, files{}, files{}},
		{"directory", func() error { return p.Mkdir(directory, 0o700) }, files{}, files{}},
		{"file in it", func() error { return errors.Join(create(t, p, inside, "x").Sync(), p.SyncDir(directory)) }, files{}, files{inside: "x"}},
		{"directory is durable", func() error { return p.SyncDir(statetest.Root) }, files{inside: "x"}, files{inside: "x"}},
	}
	for _, s := range steps {
		must(t, s.do())
		before := content(d)
		diff(t, s.what+", least", s.least, content(d.PowerLoss(statetest.Nothing)))
		diff(t, s.what+", most", s.most, content(d.PowerLoss(statetest.Everything)))
		diff(t, s.what+", the disk itself", before, content(d))
	}
}

// TestPowerLossChoices walks all choices for one write of a file whose name is
// durable, and for two names.
func TestPowerLossChoices(t *testing.T) {
	all := func(d *statetest.Disk) []string {
		seen := map[string]bool{}
		for choice := []int{}; ; {
			depth := 0
			var sizes []int
			left := d.PowerLoss(func(n int) int {
				if depth == len(choice) {
					choice = append(choice, 0)
				}
				sizes = append(sizes, n)
				depth++
				return choice[depth-1]
			})
			seen[fmt.Sprintf("%q", content(left))] = true
			choice = choice[:depth]
			for len(choice) > 0 && choice[len(choice)-1] == sizes[len(choice)-1]-1 {
				choice = choice[:len(choice)-1]
			}
			if len(choice) == 0 {
				return slices.Sorted(maps.Keys(seen))
			}
			choice[len(choice)-1]++
		}
	}
	d := statetest.NewDisk()
	p := d.Process()
	f := create(t, p, name, "1")
	must(t, errors.Join(f.Sync(), p.SyncDir(statetest.Root)))
	if _, err := io.WriteString(f, "2345"); err != nil {
		t.Fatal(err)
	}
	diff(t, "a write", sorted(
		files{name: "1"}, files{name: "1\x00\x00\x00\x00"}, files{name: "123"}, files{name: "123\x00\x00"},
		files{name: "1\x00\x0045"}, files{name: "12345"},
	), all(d))
	must(t, f.Sync())
	create(t, p, other, "")
	must(t, p.Rename(other, name))
	diff(t, "two names", sorted(files{name: ""}, files{name: "12345"}, files{name: "12345", other: ""}), all(d))
}

func sorted(all ...files) []string {
	var out []string
	for _, f := range all {
		out = append(out, fmt.Sprintf("%q", f))
	}
	slices.Sort(out)
	return out
}

// TestFailedSync holds that what a failed sync was to make durable never is.
func TestFailedSync(t *testing.T) {
	d := statetest.NewDisk()
	p := d.Process()
	f := create(t, p, name, "a")
	must(t, p.SyncDir(statetest.Root))
	p.Hook = statetest.At(1, statetest.Fault{Err: syscall.EIO})
	if err := f.Sync(); !errors.Is(err, syscall.EIO) {
		t.Errorf("Sync() = %v", err)
	}
	_, err := io.WriteString(f, "b")
	must(t, errors.Join(err, f.Sync()))
	diff(t, "least", files{name: "\x00b"}, content(d.PowerLoss(statetest.Nothing)))
	diff(t, "most", files{name: "ab"}, content(d))
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name  string
		fault statetest.Fault
		n     int
		err   error
		left  string
		after error // of the next write
	}{
		{"none", statetest.Fault{}, 4, nil, "abcd", nil},
		{"error", statetest.Fault{Err: syscall.ENOSPC}, 0, syscall.ENOSPC, "", nil},
		{"error halfway", statetest.Fault{Err: syscall.ENOSPC, Part: true}, 2, syscall.ENOSPC, "ab", nil},
		{"error afterwards", statetest.Fault{Err: syscall.EIO, Done: true}, 4, syscall.EIO, "abcd", nil},
		{"short", statetest.Fault{Part: true}, 2, nil, "ab", nil},
		{"killed", statetest.Fault{Kill: true}, 0, statetest.ErrKilled, "", statetest.ErrKilled},
		{"killed halfway", statetest.Fault{Kill: true, Part: true}, 2, statetest.ErrKilled, "ab", statetest.ErrKilled},
		{"killed afterwards", statetest.Fault{Kill: true, Done: true}, 4, statetest.ErrKilled, "abcd", statetest.ErrKilled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := statetest.NewDisk()
			p := d.Process()
			f := create(t, p, name, "")
			p.Hook = statetest.At(1, tt.fault)
			n, err := io.WriteString(f, "abcd")
			if n != tt.n || !errors.Is(err, tt.err) {
				t.Errorf("Write() = %d, %v, want %d, %v", n, err, tt.n, tt.err)
			}
			diff(t, "left", files{name: tt.left}, content(d))
			if _, err := f.Write([]byte("x")); !errors.Is(err, tt.after) {
				t.Errorf("the next write: %v, want %v", err, tt.after)
			}
			if _, err := p.Lstat(name); !errors.Is(err, tt.after) {
				t.Errorf("looking: %v, want %v", err, tt.after)
			}
		})
	}
}

// TestForever holds that a lasting fault lets what is there be read.
func TestForever(t *testing.T) {
	d := statetest.NewDisk()
	d.WriteFile(name, []byte("x"))
	p := d.Process()
	p.Hook = statetest.From(2, statetest.Fault{Err: syscall.EROFS})
	must(t, p.Mkdir(directory, 0o700))
	for range 2 {
		if err := p.Remove(name); !errors.Is(err, syscall.EROFS) {
			t.Errorf("Remove() = %v", err)
		}
	}
	f, err := p.Open(name, os.O_RDONLY, 0)
	must(t, err)
	data, err := io.ReadAll(f)
	if string(data) != "x" || err != nil {
		t.Errorf("ReadAll() = %q, %v", data, err)
	}
}

// TestLock holds that a lock keeps everybody else out, and ends with its process
// alone.
func TestLock(t *testing.T) {
	d := statetest.NewDisk()
	d.WriteFile(name, nil)
	one, two := d.Process(), d.Process()
	told := 0
	one.OnKill = func() { told++ }
	try := func(p *statetest.Process, want bool) local.Lock {
		t.Helper()
		l, held, err := p.TryLock(name)
		if held != want || err != nil {
			t.Fatalf("TryLock() = %t, %v, want %t", held, err, want)
		}
		return l
	}
	try(one, true)
	try(one, false)
	try(two, false)
	one.Kill()
	one.Kill()
	l := try(two, true)
	if _, _, err := one.TryLock(name); !errors.Is(err, statetest.ErrKilled) || told != 1 || !one.Killed() || two.Killed() {
		t.Errorf("the dead process: %v, told %d times", err, told)
	}
	three := d.Process()
	try(three, false)
	must(t, errors.Join(l.Unlock(), l.Unlock()))
	try(three, true)
	must(t, l.Unlock()) // of which it is not the owner any more
	try(two, false)
	if _, _, err := two.TryLock(other); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the lock of no file: %v", err)
	}
}

// TestRun holds that nothing is run after the death, that other panics go
// through, and that a process which lives on is said to.
func TestRun(t *testing.T) {
	d := statetest.NewDisk()
	p := d.Process()
	if p.Run(func() { must(t, p.Mkdir(directory, 0o700)) }) {
		t.Error("a process that ended by itself counts as killed")
	}
	p.Hook = statetest.At(1, statetest.Fault{Kill: true})
	after, deferred := false, false
	killed := p.Run(func() {
		defer func() {
			deferred = true
			_ = p.Remove(directory)
		}()
		_ = p.Mkdir(inside, 0o700)
		after = true
	})
	if !killed || after || !deferred {
		t.Errorf("killed %t, went on %t, deferred %t", killed, after, deferred)
	}
	defer func() {
		if r := recover(); r != "else" {
			t.Errorf("recovered %v", r)
		}
	}()
	d.Process().Run(func() { panic("else") })
}

func TestOddOperations(t *testing.T) {
	d := statetest.NewDisk()
	p := d.Process()
	f := create(t, p, name, "x")
	must(t, p.Mkdir(directory, 0o700))
	_, err1 := p.Open(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	_, err2 := p.Open(directory, os.O_RDONLY, 0)
	_, err3 := p.Open(other, os.O_RDONLY, 0)
	_, err4 := p.Open(statetest.Root+"/none/x", os.O_CREATE|os.O_WRONLY, 0o600)
	must(t, f.Close())
	for i, got := range []struct{ err, want error }{
		{err1, fs.ErrExist}, {err2, syscall.EISDIR}, {err3, fs.ErrNotExist}, {err4, fs.ErrNotExist}, {f.Sync(), fs.ErrClosed},
		{p.Mkdir(directory, 0o700), fs.ErrExist}, {p.Rename(other, name), fs.ErrNotExist}, {p.Rename(name, inside), syscall.EXDEV},
		{p.Remove(other), fs.ErrNotExist},
	} {
		if !errors.Is(got.err, got.want) {
			t.Errorf("%d: %v, want %v", i, got.err, got.want)
		}
	}
	entries, err := p.ReadDir(statetest.Root)
	must(t, err)
	if len(entries) != 2 || entries[0].Name() != "a" || !entries[1].IsDir() {
		t.Errorf("ReadDir() = %v", entries)
	}
	one, err1 := p.Lstat(name)
	d.WriteFile(name, nil)
	two, err2 := p.Lstat(name)
	must(t, errors.Join(err1, err2))
	if !p.SameFile(one, one) || p.SameFile(one, two) || !two.ModTime().After(one.ModTime()) {
		t.Error("a file that took another's place cannot be told from it")
	}
}
