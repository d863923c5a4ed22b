package pace_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/tmsync/tmsync/internal/pace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "00000000-test-4key-8000-aaaaaaaaaaaa"

var some = pace.Record{Last: time.Unix(1700000000, 5), Live: time.Unix(1700000001, 0), Closed: time.Unix(1700000120, 0)}

func write(f *pace.File, r pace.Record) {
	turn := f.Take(context.Background())
	turn.Write(r)
	turn.End()
}

func TestRecord(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache", "tmsync", "pace")
	f := pace.ForAccount(dir, "api.example.org", key)
	if got := f.Read(); got != (pace.Record{}) {
		t.Errorf("at first there is %v", got)
	}
	for _, want := range []pace.Record{some, {Last: some.Last}, {}} {
		write(f, want)
		if diff := cmp.Diff(want, pace.ForAccount(dir, "API.example.org", key).Read()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	write(f, some)
	for _, other := range []*pace.File{pace.ForAccount(dir, "api.example.org", key+"b"), pace.ForAccount(dir, "api.example.com", key), nil} {
		if got := other.Read(); got != (pace.Record{}) {
			t.Errorf("another account has %v", got)
		}
	}
	// Nobody else learns that the account is in use, and nobody learns the key.
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Dir(dir): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want %v", path, info.Mode(), err, want)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil || strings.Contains(string(text)+e.Name(), key) {
			t.Errorf("%s: %q, %v", e.Name(), text, err)
		}
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", e.Name(), info.Mode(), err)
		}
	}
}

// TestDamaged has files of which nothing can be made, and puts a good one in their
// place where that is possible.
func TestDamaged(t *testing.T) {
	good := filepath.Join(t.TempDir(), "good")
	write(pace.ForAccount(good, "h", key), some)
	record := oneFile(t, good)
	tests := map[string]func(t *testing.T, path string) error{
		"empty":   func(_ *testing.T, path string) error { return os.WriteFile(path, nil, 0o600) },
		"half":    func(_ *testing.T, path string) error { return os.WriteFile(path, record[:30], 0o600) },
		"flipped": func(_ *testing.T, path string) error { return os.WriteFile(path, flip(record), 0o600) },
		"zeros":   func(_ *testing.T, path string) error { return os.WriteFile(path, make([]byte, 200), 0o600) },
		"words": func(_ *testing.T, path string) error {
			return os.WriteFile(path, []byte(strings.Repeat("x", 1<<16)), 0o600)
		},
		"a directory": func(_ *testing.T, path string) error { return os.Mkdir(path, 0o700) },
	}
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			f := pace.ForAccount(dir, "h", key)
			write(f, some)
			path := filepath.Join(dir, fileIn(t, dir))
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := damage(t, path); err != nil {
				t.Fatal(err)
			}
			if got := f.Read(); got != (pace.Record{}) {
				t.Errorf("read as %v", got)
			}
			write(f, some)
			if got := f.Read(); name != "a directory" && got != some {
				t.Errorf("then read as %v", got)
			}
		})
	}
}

// TestNoPlace has no directory in which a file could be.
func TestNoPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"", filepath.Join(file, "pace"), "/proc/nowhere", "/dev/null"} {
		f := pace.ForAccount(dir, "h", key)
		write(f, some)
		if got := f.Read(); got != (pace.Record{}) {
			t.Errorf("%q: %v", dir, got)
		}
	}
}

// TestLinksAreNotFollowed: somebody else's file is not written through a link.
func TestLinksAreNotFollowed(t *testing.T) {
	dir := t.TempDir()
	f := pace.ForAccount(dir, "h", key)
	write(f, some)
	path := filepath.Join(dir, fileIn(t, dir))
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + ".lock"} {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(victim, name); err != nil {
			t.Fatal(err)
		}
		write(f, some)
		if text, err := os.ReadFile(victim); err != nil || string(text) != "mine" {
			t.Errorf("through %s: %q, %v", filepath.Ext(name), text, err)
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTurns has many want the turn at once: nobody has it together with another.
func TestTurns(t *testing.T) {
	f := pace.ForAccount(t.TempDir(), "h", key)
	var all sync.WaitGroup
	var mu sync.Mutex
	for range 20 {
		all.Go(func() {
			for range 20 {
				turn := f.Take(t.Context())
				if !mu.TryLock() {
					t.Error("two have the turn")
				} else {
					runtime.Gosched()
					mu.Unlock()
				}
				turn.End()
			}
		})
	}
	all.Wait()
}

// TestPatience has somebody keep the turn for ever: it is waited for so long, and
// then done without.
func TestPatience(t *testing.T) {
	f := pace.ForAccount(t.TempDir(), "h", key)
	synctest.Test(t, func(t *testing.T) {
		stopped := f.Take(t.Context())
		defer stopped.End()
		start := time.Now()
		write(f, some)
		if took := time.Since(start); took < time.Second || took > 10*time.Second {
			t.Errorf("it was waited for %v", took)
		}
		if got := f.Read(); got != some {
			t.Errorf("left behind: %v", got)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		start = time.Now()
		f.Take(ctx).End()
		if took := time.Since(start); took > 0 {
			t.Errorf("interrupted, it was waited for %v", took)
		}
	})
}

func BenchmarkTurn(b *testing.B) {
	f := pace.ForAccount(b.TempDir(), "h", key)
	for b.Loop() {
		turn := f.Take(b.Context())
		turn.Record()
		turn.Write(some)
		turn.Write(some)
		turn.End()
	}
}

func flip(record []byte) []byte {
	b := append([]byte(nil), record...)
	b[10] ^= 1
	return b
}

// fileIn is the name of the record in a directory.
func fileIn(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".lock") {
			return e.Name()
		}
	}
	t.Fatal("there is no record")
	return ""
}

func oneFile(t *testing.T, dir string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, fileIn(t, dir)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
