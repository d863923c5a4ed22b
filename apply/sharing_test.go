package apply_test

import (
	"testing"
	"testing/synctest"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/state/statetest"
)

// TestSharedAccount puts every fault, and every pair of faults, at every place of
// the runs of two directories on one account, each with a state of its own: one
// creates three trackings; the other declares two of them alike, and one more; then
// it lets go of all. What it has adopted is still there, whatever went wrong.
func TestSharedAccount(t *testing.T) {
	if *replayFlag != "" {
		s := &script{faults: parseScript(*replayFlag)}
		for _, line := range sharedWorld(t, s, apply.Run).traced {
			t.Log(line)
		}
		t.Fatalf("replayed %s", s)
	}
	n, failures := everyFaultIn(t, sharedWorld, *faultsFlag, apply.Run, *enoughFlag)
	t.Logf("%d schedules, %d faults at most in each, %d violations", n, *faultsFlag, len(failures))
	for _, f := range failures {
		t.Error(f)
	}
}

// sharedWorld is one schedule of TestSharedAccount.
func sharedWorld(t *testing.T, c chooser, run applier) (w *world) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		w = newWorld(sandbox.Options{}, c, nil)
		shop, office := w.process("shop", statetest.NewDisk(), run), w.process("office", statetest.NewDisk(), run)
		shop.apart, office.apart = true, true
		w.as(human, func() { w.put("theirs/99999", "") })
		shop.declare("tracking.a", "sto/10001", "title=Red,comment=x")
		shop.declare("tracking.b", "sto/10002", "title=Red,archived=true")
		shop.declare("tracking.c", "sto/10003", "title=Red")
		shop.settled()
		office.declare("tracking.x", "sto/10001", "title=Red,comment=x")
		office.declare("tracking.y", "sto/10002", "title=Red")
		office.declare("tracking.z", "sto/10004", "title=Red")
		office.apply()
		shop.apply()
		office.declared = nil
		office.apply()
		for _, k := range []string{"sto/10001", "sto/10002", "sto/10003"} {
			// A list that hides it, and then a create of the very same that is in doubt:
			// nobody can tell whose it is (README.md).
			if _, there := w.srv.Row(sandbox.Key(key(k))); !there && !office.misled {
				w.violation("I3 %s, which the other directory has created, is gone", k)
			}
		}
		shop.apply()
		w.settle(shop, office)
	})
	return w
}

// settled applies with nothing going wrong.
func (p *process) settled() {
	p.safe = true
	if _, err := p.apply(); err != nil {
		p.w.violation("I4 a run without faults fails: %v", err)
	}
	p.safe = false
}
