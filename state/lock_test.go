package state_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tmsync/tmsync/state"
)

// holdDir makes the test binary a process that holds the lock of a folder.
const holdDir = "TMSYNC_TEST_HOLD_LOCK"

func TestMain(m *testing.M) {
	if dir := os.Getenv(holdDir); dir != "" {
		os.Exit(hold(dir))
	}
	goleak.VerifyTestMain(m)
}

func hold(dir string) int {
	s, err := state.Open(context.Background(), state.NewLocal(dir, stateName), state.OpenOptions{
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

// holder starts another process that has the lock.
func holder(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), holdDir+"="+dir)
	stdin, err := cmd.StdinPipe()
	must(t, err)
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = stdin.Close() // it ends by itself then
		_ = cmd.Wait()
	})
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || line != "held\n" {
		t.Fatalf("the holder says %q (%v)", line, err)
	}
	return cmd
}

func TestLockedByAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	cmd := holder(t, dir)
	_, err := state.Open(t.Context(), state.NewLocal(dir, stateName), state.OpenOptions{LockTimeout: 10 * time.Millisecond})
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
	if _, err := state.Open(t.Context(), state.NewLocal(dir, stateName), state.OpenOptions{ReadOnly: true}); !errors.As(err, &locked) {
		t.Errorf("a plan does not ask for the lock: %v", err)
	}
	must(t, open(t, state.NewLocal(dir, stateName), state.OpenOptions{NoLock: true}).Close())

	// The file may say anything, or nothing: held is held.
	for _, content := range []string{"", "{", `{"id":7}`, strings.Repeat("x", 1<<20)} {
		writeFile(t, filepath.Join(dir, ".tmsync", "lock"), []byte(content))
		_, err := state.Open(t.Context(), state.NewLocal(dir, stateName), state.OpenOptions{})
		if !errors.As(err, &locked) || locked.Holder != nil || !strings.Contains(err.Error(), "has not left its name") {
			t.Errorf("Open() = %v with a lock file of %d bytes", err, len(content))
		}
	}

	// It is killed: the lock is free, and what it began is known.
	must(t, cmd.Process.Kill())
	s := open(t, state.NewLocal(dir, stateName), state.OpenOptions{LockTimeout: time.Minute})
	diff(t, "doubts", []string{"1 create tracking.a sto/11111"}, doubts(s))
	must(t, s.Close())
}

func TestLockWaits(t *testing.T) {
	dir := t.TempDir()
	first := open(t, state.NewLocal(dir, stateName), state.OpenOptions{})
	waiting := make(chan error)
	go func() {
		s, err := state.Open(t.Context(), state.NewLocal(dir, stateName), state.OpenOptions{LockTimeout: time.Minute})
		if err == nil {
			err = s.Close()
		}
		waiting <- err
	}()
	must(t, first.Close())
	must(t, <-waiting)
}

func TestLockIsInterrupted(t *testing.T) {
	dir := t.TempDir()
	first := open(t, state.NewLocal(dir, stateName), state.OpenOptions{})
	defer first.Close()
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error)
	go func() {
		_, err := state.Open(ctx, state.NewLocal(dir, stateName), state.OpenOptions{LockTimeout: time.Hour})
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
	s := open(t, state.NewLocal(dir, stateName), state.OpenOptions{})
	defer s.Close()
	if st := s.State(); len(st.Records) != runs*rounds || st.Serial != runs*rounds {
		t.Errorf("%d records at serial %d, want %d of both", len(st.Records), st.Serial, runs*rounds)
	}
}

func addOne(ctx context.Context, dir string, run, round int) error {
	s, err := state.Open(ctx, state.NewLocal(dir, stateName), state.OpenOptions{LockTimeout: time.Hour})
	if err != nil {
		return err
	}
	n := run*100 + round
	r := rec(recAddr(n), fmt.Sprintf("sto/%05d", n), "X")
	return errors.Join(s.Settle(0, puts(r), nil), s.Commit(ctx), s.Close())
}

// TestLockFileExchanged holds that a lock on a file that was moved away is not
// taken for the lock.
func TestLockFileExchanged(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, ".tmsync", "lock")
	local := state.NewLocal(dir, stateName)
	local.FS = &exchangeFS{path: path, at: 3, before: true}
	_, err := state.Open(t.Context(), local, state.OpenOptions{})
	if err == nil || !strings.Contains(err.Error(), ".tmsync/lock was exchanged while it was locked") {
		t.Errorf("Open() = %v", err)
	}
}

// exchangeFS replaces a file before or after it is looked at for the at-th time.
// A lock is looked at when it is created, before it is locked, and after.
type exchangeFS struct {
	state.OS
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
