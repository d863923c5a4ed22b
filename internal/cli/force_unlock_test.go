package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/state"
	localstate "github.com/tmsync/tmsync/state/local"
)

// flat writes what was printed in one line, without the line breaks that a
// message has for people.
func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

// TestForceUnlockHeld has somebody hold the lock: force-unlock says what is known of
// that process, and what can be done, and leaves the lock as it is.
func TestForceUnlockHeld(t *testing.T) {
	gone := exec.Command(os.Args[0], "-test.run=^$")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	since := time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)
	tests := []struct {
		name string
		info state.Info
		args []string
		code cli.ExitCode
		want string
	}{
		{"a living process", state.Info{ID: "L1", Operation: "apply", Host: "host", PID: os.Getpid(), Since: since}, nil, cli.Locked, "still at work on this machine. Wait until it has ended; --lock-timeout=5m"},
		{"its lock by name", state.Info{ID: "L1", Host: "host", PID: os.Getpid()}, []string{"L1"}, cli.Locked, "there is no other way to break it"},
		{"another lock by name", state.Info{ID: "L1", Host: "host", PID: os.Getpid()}, []string{"L2"}, cli.Failure, "but not by the lock L2: on host, lock id L1"},
		{"forced", state.Info{ID: "L1", Host: "host", PID: os.Getpid()}, []string{"--force", "L1"}, cli.Locked, "Do not remove the file"},
		{"a process that is gone", state.Info{ID: "L1", Host: "host", PID: gone.Process.Pid}, nil, cli.Locked, "cannot be seen here any more, but the lock is held all the same"},
		{"another host", state.Info{ID: "L1", Host: "elsewhere", PID: os.Getpid()}, nil, cli.Locked, "can only be seen on elsewhere"},
		{"no name left", state.Info{}, nil, cli.Locked, "has not left its name. Find it with a tool such as lsof"},
		{"no name left, and one wanted", state.Info{}, []string{"L1"}, cli.Failure, "but not by the lock L1: nobody knows who"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			unlock, err := localstate.New(dir, stateName).Lock(t.Context(), tt.info, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer unlock() // the directory goes with it
			left := read(t, filepath.Join(dir, ".tmsync", stateName, "lock"))
			var out, errs bytes.Buffer
			code := run(dir, nil, 0, &out, &errs, append([]string{"force-unlock", "--state=" + stateName}, tt.args...))
			if code != tt.code || !strings.Contains(flat(errs.String()), tt.want) {
				t.Errorf("ended with %d, want %d and %q\n%s", code, tt.code, tt.want, &errs)
			}
			if out.Len() > 0 {
				t.Errorf("it printed %q", &out)
			}
			if now := read(t, filepath.Join(dir, ".tmsync", stateName, "lock")); now != left {
				t.Errorf("the lock says %q, and said %q", now, left)
			}
			if _, err := localstate.New(dir, stateName).Lock(t.Context(), state.Info{}, 0); err == nil {
				t.Error("the lock is free")
			}
		})
	}
}

// TestForceUnlockProcess asks about a run that hangs, and again when it is killed:
// the lock has ended with it.
func TestForceUnlockProcess(t *testing.T) {
	t.Parallel()
	w, dir := newWatched(t), directoryWith(t, manyParcels)
	fault, err := sandbox.ParseFault("list:hang")
	if err != nil {
		t.Fatal(err)
	}
	w.AddFault(fault)
	asked := w.after(1)
	holder, ended := w.start(t, dir, "apply", "--auto-approve")
	<-asked
	if out, code := w.run(dir, "force-unlock"); code != int(cli.Locked) || !strings.Contains(flat(out), "still at work on this machine") {
		t.Errorf("ended with %d, want %d\n%s", code, cli.Locked, out)
	}
	for _, args := range [][]string{{"state", "rm", "tracking.parcel"}, {"state", "mv", "tracking.parcel", "tracking.x"}, {"state", "verify"}} {
		if out, code := w.run(dir, args...); code != int(cli.Locked) {
			t.Errorf("%v ended with %d, want %d\n%s", args, code, cli.Locked, out)
		}
	}
	if err := holder.Process.Kill(); err != nil {
		t.Error(err)
	}
	<-ended
	if out, code := w.run(dir, "force-unlock"); code != int(cli.OK) || !strings.Contains(out, "Nothing to unlock") || !strings.Contains(out, "which is cleared now: apply") {
		t.Errorf("afterwards it ended with %d\n%s", code, out)
	}
}
