package cli_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/sandbox"
)

// TestLockTimeout has a run that hangs keep two others waiting: one gives up when
// its time is over and asks nothing, the other one goes on as soon as the first is
// killed.
func TestLockTimeout(t *testing.T) {
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
	w.ClearFaults()
	more := w.after(1)
	out, code := w.run(dir, "plan", "--lock-timeout=300ms")
	if code != int(cli.Locked) || !strings.Contains(out, "The state is locked") {
		t.Errorf("ended with %d, want %d\n%s", code, cli.Locked, out)
	}
	select {
	case <-more:
		t.Error("a run without the lock has asked the service")
	default:
	}
	type result struct {
		out  string
		code int
	}
	waiting := make(chan result)
	go func() {
		out, code := w.run(dir, "apply", "--auto-approve", "--lock-timeout=10m")
		waiting <- result{out, code}
	}()
	if err := holder.Process.Kill(); err != nil {
		t.Error(err)
	}
	<-ended
	if got := <-waiting; got.code != int(cli.OK) {
		t.Errorf("the run that waited ended with %d\n%s", got.code, got.out)
	}
	if n := len(w.Rows()); n != 400 {
		t.Errorf("the service has %d trackings, want 400", n)
	}
}

// TestRunsInTurn starts several runs on one state at once: each waits for its
// turn, and together they do what one would have done.
func TestRunsInTurn(t *testing.T) {
	t.Parallel()
	w, dir := newWatched(t), directoryWith(t, manyParcels)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if out, code := w.run(dir, "apply", "--auto-approve", "--lock-timeout=10m"); code != int(cli.OK) {
				t.Errorf("ended with %d\n%s", code, out)
			}
		})
	}
	all.Wait()
	if out, code := w.run(dir, "plan", "--detailed-exitcode"); code != int(cli.OK) {
		t.Errorf("the plan afterwards ended with %d\n%s", code, out)
	}
	creations := w.Creations()
	for key, n := range creations {
		if n != 1 {
			t.Errorf("%v was created %d times", key, n)
		}
	}
	if len(creations) != 400 {
		t.Errorf("%d were created, want 400", len(creations))
	}
}
