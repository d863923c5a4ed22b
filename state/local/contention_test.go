package local_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tmsync/tmsync/internal/gear/exhaustive"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/local"
	"github.com/tmsync/tmsync/state/statetest"
)

// rounds is how often each of the competing processes takes the lock.
var rounds = exhaustive.Or(2_000, 200)

// compete takes the lock again and again, and makes sure in two ways that have
// nothing to do with it that nobody else is inside: by a file that only one can
// create, and by a log to which each writes when it enters and when it leaves.
func compete(dir string) int {
	fmt.Println("ready")
	if _, err := fmt.Scanln(new(string)); err != nil {
		return 1
	}
	inside := filepath.Join(dir, "inside")
	log, err := os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return 1
	}
	defer log.Close()
	contended, overlaps := 0, 0
	for round := range rounds {
		unlock, tries, err := takeLock(dir)
		if err != nil {
			fmt.Println(err)
			return 1
		}
		if tries > 1 {
			contended++
		}
		mark, err := os.OpenFile(inside, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			overlaps++
		} else {
			_ = mark.Close()
		}
		fmt.Fprintf(log, "enter %d %d\n", os.Getpid(), round)
		fmt.Fprintf(log, "leave %d %d\n", os.Getpid(), round)
		if err := errors.Join(os.Remove(inside), unlock()); err != nil {
			overlaps++
		}
	}
	fmt.Printf("overlaps %d contended %t\n", overlaps, contended > 0)
	return 0
}

// takeLock tries until it has the lock.
func takeLock(dir string) (unlock func() error, tries int, err error) {
	store := local.New(dir, stateName)
	for {
		tries++
		unlock, err = store.Lock(context.Background(), state.Info{ID: "x", PID: os.Getpid()}, 0)
		var locked *state.LockedError
		if !errors.As(err, &locked) {
			return unlock, tries, err
		}
	}
}

// TestNoOverlap has four processes compete for a lock: never are two inside.
func TestNoOverlap(t *testing.T) {
	dir := t.TempDir()
	var children []*child
	for range 4 {
		children = append(children, start(t, competeDir, dir, "ready"))
	}
	for _, c := range children {
		_, err := fmt.Fprintln(c.in, "go")
		must(t, err)
	}
	for _, c := range children {
		if line, err := c.out.ReadString('\n'); err != nil || line != "overlaps 0 contended true\n" {
			t.Errorf("a process says %q (%v)", line, err)
		}
	}
	lines := strings.Split(strings.TrimSuffix(string(readFile(t, filepath.Join(dir, "log"))), "\n"), "\n")
	if len(lines) != 2*4*rounds {
		t.Fatalf("%d lines in the log, want %d", len(lines), 2*4*rounds)
	}
	for i := 0; i < len(lines); i += 2 {
		enter, entered := strings.CutPrefix(lines[i], "enter ")
		leave, left := strings.CutPrefix(lines[i+1], "leave ")
		if !entered || !left || enter != leave {
			t.Fatalf("line %d: %q is followed by %q", i+1, lines[i], lines[i+1])
		}
	}
}

// TestNoStaleLock kills the holder of a lock again and again: the next run has the
// lock at once, and knows what the dead one had begun.
func TestNoStaleLock(t *testing.T) {
	dir := t.TempDir()
	for i := range exhaustive.Or(300, 40) {
		c := start(t, holdDir, dir, "held")
		must(t, c.Process.Kill())
		_ = c.Wait()
		s, err := state.Open(t.Context(), local.New(dir, stateName), state.OpenOptions{})
		if err != nil {
			t.Fatalf("after kill %d: %v", i+1, err)
		}
		diff(t, "doubts", []string{"1 create tracking.a sto/11111"}, doubts(s))
		must(t, s.Settle(1, nil, nil))
		must(t, s.Commit(t.Context()))
		must(t, s.Close())
	}
}

// TestLockUnreadable holds that a lock file that may not be opened stops an apply,
// and not a plan.
func TestLockUnreadable(t *testing.T) {
	disk := statetest.NewDisk()
	p := disk.Process()
	p.Hook = func(op statetest.Op) statetest.Fault {
		if op.Kind == statetest.TryLock {
			return statetest.Fault{Err: syscall.EACCES}
		}
		return statetest.Fault{}
	}
	_, err := state.Open(t.Context(), p.Store(stateName), state.OpenOptions{LockTimeout: time.Hour})
	if !errors.Is(err, state.ErrNotWritable) || !strings.Contains(err.Error(), "locking .tmsync/tmsync.state.jsonl/lock: trylock: permission denied") {
		t.Errorf("Open() = %v", err)
	}
	must(t, open(t, p.Store(stateName), state.OpenOptions{ReadOnly: true}).Close())
}

// TestStaleLockFile holds that what a lock file says is nothing to a run that
// gets the lock: it writes its own.
func TestStaleLockFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, ".tmsync", stateName, "lock")
	for _, content := range []string{`{"id":"old","who":"bob","host":"gone","pid":1}`, "{", strings.Repeat("x", 1<<20)} {
		writeFile(t, path, []byte(content))
		now := time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)
		s := open(t, local.New(dir, stateName), state.OpenOptions{Who: "ann", Now: func() time.Time { return now }})
		if got := readFile(t, path); !bytes.Contains(got, []byte(`"who":"ann"`)) || len(got) > 300 {
			t.Errorf("the lock file says %.300s", got)
		}
		must(t, s.Close())
	}
}
