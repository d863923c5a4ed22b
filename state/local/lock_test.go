package local_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/local"
	"github.com/tmsync/tmsync/state/statetest"
)

// These make the test binary a process that works on a directory: one that holds
// the lock, or one that competes for it.
const (
	holdDir    = "TMSYNC_TEST_HOLD_LOCK"
	competeDir = "TMSYNC_TEST_COMPETE"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(holdDir); dir != "" {
		os.Exit(hold(dir))
	}
	if dir := os.Getenv(competeDir); dir != "" {
		os.Exit(compete(dir))
	}
	goleak.VerifyTestMain(m)
}

func hold(dir string) int {
	s, err := state.Open(context.Background(), local.New(dir, stateName), state.OpenOptions{
		Operation: "apply", Who: "ann\x1b[2J", Host: "build-7", PID: 4711, Tool: "tmsync/0.1.0",
		Now: func() time.Time { return time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	if _, err := s.Begin(creates(recA)); err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("held")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	if err := s.Close(); err != nil {
		return 1
	}
	return 0
}

// child is the test binary as another process.
type child struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// start starts a child, which says something when it is ready and then waits for
// a line.
func start(t *testing.T, mode, dir, ready string) *child {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	c := &child{Cmd: exec.Command(self)}
	c.Env = append(os.Environ(), mode+"="+dir)
	c.in, err = c.StdinPipe()
	must(t, err)
	out, err := c.StdoutPipe()
	must(t, err)
	c.out = bufio.NewReader(out)
	must(t, c.Start())
	t.Cleanup(func() {
		_ = c.in.Close() // it ends by itself then
		_ = c.Wait()
	})
	if line, err := c.out.ReadString('\n'); err != nil || line != ready+"\n" {
		t.Fatalf("the child says %q (%v), want %q", line, err, ready)
	}
	return c
}

func TestLockedByAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	other := start(t, holdDir, dir, "held")
	_, err := state.Open(t.Context(), local.New(dir, stateName), state.OpenOptions{LockTimeout: 10 * time.Millisecond})
	var locked *state.LockedError
	if !errors.As(err, &locked) || locked.Holder == nil {
		t.Fatalf("Open() = %v, want a LockedError with its holder", err)
	}
	id := locked.Holder.ID
	want := fmt.Sprintf("the state tmsync.state.jsonl is locked by another run (apply, by ann[2J, on build-7, lock id %s, with tmsync/0.1.0, process 4711, "+
		"since 2026-11-01T10:00:00Z); wait until it has ended, or let --lock-timeout=5m wait for it", id)
	if id == "" || err.Error() != want {
		t.Errorf("error is\n%s\nwant\n%s", err, want)
	}
	if _, err := state.Open(t.Context(), local.New(dir, stateName), state.OpenOptions{ReadOnly: true}); !errors.As(err, &locked) {
		t.Errorf("a plan does not ask for the lock: %v", err)
	}
	must(t, open(t, local.New(dir, stateName), state.OpenOptions{NoLock: true}).Close())

	// The file may say anything, or nothing: held is held.
	for _, content := range []string{"", "{", `{"id":7}`, strings.Repeat("x", 1<<20)} {
		writeFile(t, filepath.Join(dir, ".tmsync", stateName, "lock"), []byte(content))
		_, err := state.Open(t.Context(), local.New(dir, stateName), state.OpenOptions{})
		if !errors.As(err, &locked) || locked.Holder != nil || !strings.Contains(err.Error(), "has not left its name") {
			t.Errorf("Open() = %v with a lock file of %d bytes", err, len(content))
		}
	}

	// It is killed: the lock is free, and what it began is known.
	must(t, other.Process.Kill())
	s := open(t, local.New(dir, stateName), state.OpenOptions{LockTimeout: time.Minute})
	diff(t, "doubts", []string{"1 create tracking.a sto/11111"}, doubts(s))
	must(t, s.Close())
}

// TestLockTimeout holds that a run waits as long as it was told, no longer, and
// not longer than it must.
func TestLockTimeout(t *testing.T) {
	tests := []struct {
		name           string
		timeout, freed time.Duration
		waits          time.Duration
		locked         bool
	}{
		{"not at all", 0, time.Hour, 0, true},
		{"too short", 5 * time.Second, time.Hour, 5 * time.Second, true},
		{"no multiple of a poll", 250 * time.Millisecond, time.Hour, 250 * time.Millisecond, true},
		{"long enough", time.Minute, 3 * time.Second, 3 * time.Second, false},
		{"killed meanwhile", time.Minute, -3 * time.Second, 3 * time.Second, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				disk := statetest.NewDisk()
				p := disk.Process()
				first := open(t, p.Store(stateName), state.OpenOptions{})
				time.AfterFunc(tt.freed.Abs(), func() {
					if tt.freed < 0 {
						p.Kill()
					} else if err := first.Close(); err != nil {
						t.Error(err)
					}
				})
				began := time.Now()
				s, err := state.Open(t.Context(), disk.Process().Store(stateName), state.OpenOptions{LockTimeout: tt.timeout})
				waited := time.Since(began)
				var locked *state.LockedError
				late := waited - tt.waits
				if errors.As(err, &locked) != tt.locked || late < 0 || late > 100*time.Millisecond || tt.locked && late > 0 {
					t.Errorf("Open() = %v after %s, want that it waits %s, locked %t", err, waited, tt.waits, tt.locked)
				}
				if err == nil {
					must(t, s.Close())
				}
			})
		})
	}
}

func TestLockIsInterrupted(t *testing.T) {
	dir := t.TempDir()
	first := open(t, local.New(dir, stateName), state.OpenOptions{})
	defer first.Close()
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error)
	go func() {
		_, err := state.Open(ctx, local.New(dir, stateName), state.OpenOptions{LockTimeout: time.Hour})
		waiting <- err
	}()
	cancel()
	if err := <-waiting; !errors.Is(err, context.Canceled) {
		t.Errorf("Open() = %v, want that it was interrupted", err)
	}
}

// TestLockExcludes has runs compete for one state: each adds to what the others
// have done, and none is lost.
func TestLockExcludes(t *testing.T) {
	const runs, rounds = 4, 10
	dir := t.TempDir()
	var all sync.WaitGroup
	for run := range runs {
		all.Go(func() {
			for round := range rounds {
				if err := addOne(t.Context(), dir, run, round); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	s := open(t, local.New(dir, stateName), state.OpenOptions{})
	defer s.Close()
	if st := s.State(); len(st.Records) != runs*rounds || st.Serial != runs*rounds {
		t.Errorf("%d records at serial %d, want %d of both", len(st.Records), st.Serial, runs*rounds)
	}
}

func addOne(ctx context.Context, dir string, run, round int) error {
	s, err := state.Open(ctx, local.New(dir, stateName), state.OpenOptions{LockTimeout: time.Hour})
	if err != nil {
		return err
	}
	n := run*100 + round
	r := rec(tracking.Addr(fmt.Sprintf("tracking.r%03d", n)), fmt.Sprintf("sto/%05d", n), "X")
	return errors.Join(s.Settle(0, puts(r), nil), s.Commit(ctx), s.Close())
}

// TestLockFileExchanged holds that a lock on a file that was moved away is not
// taken for the lock.
func TestLockFileExchanged(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, ".tmsync", stateName, "lock")
	store := local.New(dir, stateName)
	store.FS = &exchangeFS{path: path, at: 3, before: true}
	_, err := state.Open(t.Context(), store, state.OpenOptions{})
	if err == nil || !strings.Contains(err.Error(), ".tmsync/tmsync.state.jsonl/lock was exchanged while it was locked") {
		t.Errorf("Open() = %v", err)
	}
}

// exchangeFS replaces a file before or after it is looked at for the at-th time.
// A lock is looked at when it is created, before it is locked, and after.
type exchangeFS struct {
	local.OS
	path      string
	looks, at int
	before    bool
}

func (e *exchangeFS) Lstat(name string) (os.FileInfo, error) {
	if name != e.path {
		return e.OS.Lstat(name)
	}
	e.looks++
	exchange := func(now bool) error {
		if !now || e.looks != e.at {
			return nil
		}
		return errors.Join(os.Rename(name, name+".old"), os.WriteFile(name, nil, 0o600))
	}
	err1 := exchange(e.before)
	info, err := e.OS.Lstat(name)
	return info, errors.Join(err1, err, exchange(!e.before))
}
