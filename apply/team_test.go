package apply_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/gear/exhaustive"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/sharedtest"
	"github.com/tmsync/tmsync/state/statetest"
)

// share puts the state of some processes into one store, on a machine each.
func (w *world) share(processes ...*process) {
	m := sharedtest.NewMemory()
	s, err := state.Open(context.Background(), shared.New(m.Engine(), shared.Options{}), state.OpenOptions{Tool: "test"})
	if err == nil {
		err = s.Close() // so that no run has to try the store's conditions
	}
	if err != nil {
		panic(err)
	}
	for _, p := range processes {
		p.store, p.pair = m, true
	}
	w.sharing = processes
}

func (w *world) shared(do func(*process)) {
	for _, p := range w.sharing {
		do(p)
	}
}

// openSession opens the state, wherever it is.
func (p *process) openSession() (*state.Session, error) {
	if p.store == nil {
		return p.shop.openSession()
	}
	store := shared.New(p.engine, shared.Options{RequestTimeout: p.timeout})
	s, err := state.Open(context.Background(), store, state.OpenOptions{Operation: "apply", Who: p.name, Tool: "test"})
	p.sent = store.LastRequest()
	return s, err
}

// checkFence wants that nobody sends anything once somebody else has the lock.
func (p *process) checkFence(r request) {
	if p.store == nil {
		return
	}
	var head struct {
		Released bool
		Lock     struct{ Who string }
	}
	if err := json.Unmarshal(p.store.HeadBytes(), &head); err != nil || head.Released || head.Lock.Who != p.name {
		p.w.violation("FENCE %s of %s, and %s has the lock: released %t, %v", r.call, p.name, head.Lock.Who, head.Released, err)
	}
}

// storeHook lets a call of the store go wrong.
func (p *process) storeHook(call sharedtest.Call, name string) sharedtest.Fault {
	faults := map[string]sharedtest.Fault{
		"killed before":               {Kill: true},
		"killed after":                {Kill: true, Done: true},
		"stopped for minutes before":  {Stop: 10 * time.Minute},
		"stopped for minutes after":   {Stop: 10 * time.Minute, Done: true},
		"the answer lost of":          {Done: true, Err: sharedtest.ErrLost},
		"late and after the retry":    {Late: 2},
		"refused, with 500":           {Err: errors.New("500: internal server error")},
		"the store is away for hours": {Err: errors.New("connection refused")},
	}
	names := []string{"", "killed before", "stopped for minutes before"}
	switch call {
	case sharedtest.Head:
		if p.asked { // and is asked for again while it waits, and after what went wrong
			return sharedtest.Fault{}
		}
		p.asked = true
	case sharedtest.Blob, sharedtest.Blobs, sharedtest.DeleteBlob:
	default:
		names = append(names, "killed after", "stopped for minutes after", "the answer lost of", "late and after the retry", "the store is away for hours")
		if p.any {
			names = append(names, "refused, with 500")
		}
	}
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	n := p.w.choose.choose(p.name+" store "+string(call), len(names))
	if n == 0 {
		return sharedtest.Fault{}
	}
	p.w.strange++
	p.w.trace("%s: %s %s %s", p.name, names[n], call, name)
	f := faults[names[n]]
	if names[n] == "the store is away for hours" {
		p.engine.Hook = func(sharedtest.Call, string) sharedtest.Fault { return f }
	}
	return f
}

// TestSharedState puts every fault at every place of three runs on a state that two
// machines share, and every pair in an exhaustive run: one creates; then both change one and
// delete one, at the same time. Of the second one is soon told that the first has the
// lock, or it takes that over.
func TestSharedState(t *testing.T) {
	if *replayFlag != "" {
		s := &script{faults: parseScript(*replayFlag)}
		for _, line := range teamWorld(t, s, apply.Run).traced {
			t.Log(line)
		}
		t.Fatalf("replayed %s", s)
	}
	n, failures := everyFaultIn(t, teamWorld, min(*faultsFlag, exhaustive.Or(2, 1)), apply.Run, *enoughFlag)
	t.Logf("%d schedules, %d violations", n, len(failures))
	for _, f := range failures {
		t.Error(f)
	}
}

// teamWorld is one schedule of TestSharedState.
func teamWorld(t *testing.T, c chooser, run applier) (w *world) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		w = newWorld(sandbox.Options{}, c, nil)
		a, b := w.process("Ann", statetest.NewDisk(), run), w.process("Bea", statetest.NewDisk(), run)
		w.share(a, b)
		for _, p := range w.sharing {
			p.declare("tracking.a", "sto/10001", "title=Red")
			p.declare("tracking.b", "sto/10002", "title=Red")
		}
		_, _ = a.apply()
		for _, p := range w.sharing {
			p.declare("tracking.a", "sto/10001", "title=Blue")
			p.remove("tracking.b")
		}
		var wg sync.WaitGroup
		for i, p := range w.sharing {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 1500 * time.Millisecond)
				_, _ = p.apply()
			})
		}
		wg.Wait()
		w.settle(a, b)
	})
	return w
}

// TestStalled stops a run between its last look and its request, which no client can
// prevent: that request arrives after somebody else has taken over. It is the only
// one, and what is declared is there once in the end.
func TestStalled(t *testing.T) {
	for _, change := range []string{"create", "update", "delete"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(sandbox.Options{}, &script{}, nil)
			a, b := w.process("Ann", statetest.NewDisk(), apply.Run), w.process("Bea", statetest.NewDisk(), apply.Run)
			w.share(a, b)
			declare := func(title string) {
				for _, p := range w.sharing {
					p.declare("tracking.a", "sto/10001", "title="+title)
					p.declare("tracking.b", "sto/10002", "title="+title)
				}
			}
			declare("Red")
			switch change {
			case "update":
				_, _ = a.apply()
				declare("Blue")
			case "delete":
				_, _ = a.apply()
				a.remove("tracking.b")
				b.remove("tracking.b")
			}
			a.stalls = true
			var wg sync.WaitGroup
			for i, p := range w.sharing {
				wg.Go(func() {
					time.Sleep(time.Duration(i) * time.Minute)
					_, err := p.apply()
					if p == a && !errors.As(err, new(*state.FencedError)) {
						t.Errorf("%s: whoever was stopped ends with %v", change, err)
					}
				})
			}
			wg.Wait()
			late := len(w.wrong)
			w.settle(a, b)
			if late != 1 || len(w.wrong) != 1 {
				t.Errorf("%s: %d late requests, and in all %q", change, late, w.wrong)
			}
			for k, times := range w.srv.Creations() {
				if times > 1 {
					t.Errorf("%s: %v was created %d times", change, k, times)
				}
			}
		})
	}
}
