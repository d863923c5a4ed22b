package apply_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/statetest"
)

// taker removes files of a process before or after one of its requests, counted
// from 1.
type taker struct {
	p     *process
	at, n int
	after bool
	names []string
}

func (k *taker) RoundTrip(r *http.Request) (*http.Response, error) {
	if k.n++; k.n == k.at && !k.after {
		k.take()
	}
	resp, err := k.p.RoundTrip(r)
	if k.n == k.at && k.after {
		k.take()
	}
	return resp, err
}

func (k *taker) take() {
	for _, name := range k.names {
		k.p.disk.Remove(statetest.Root + "/" + name)
	}
}

// TestFilesTakenAway removes the state, or what belongs to it, or both, beside
// every request of the small world. What follows loses nothing and doubles
// nothing.
func TestFilesTakenAway(t *testing.T) {
	const stateFile, notes = "tmsync.state.jsonl", ".tmsync/tmsync.state.jsonl/"
	placements, noticed := 0, 0
	for _, names := range [][]string{
		{stateFile}, {notes + "journal.jsonl"}, {notes + "lock"}, {notes + "journal.jsonl", notes + "lock", notes + "seen.json"},
		{stateFile, stateFile + ".backup", notes + "journal.jsonl", notes + "lock", notes + "seen.json"},
	} {
		for _, after := range []bool{false, true} {
			more := true
			for at := 1; more; at++ {
				placements++
				var w *world
				synctest.Test(t, func(*testing.T) {
					w = newWorld(sandbox.Options{}, &script{}, smallMoves)
					p := w.process("tmsync", statetest.NewDisk(), apply.Run)
					k := &taker{p: p, at: at, after: after, names: names}
					p.transport = k
					w.as(human, func() { w.put("theirs/99999", "") })
					p.declare("tracking.a", "sto/10001", "title=Red,destination_code=DE,comment=x")
					p.declare("tracking.b", "sto/10002", "title=Red,archived=true")
					p.declare("tracking.c", "sto/10003", "title=Red")
					_, err1 := p.apply()
					p.declare("tracking.a", "sto/10001", "title=Blue,destination_code=FR,comment=x")
					p.remove("tracking.b")
					p.declare("tracking.c", "yto/10003", "title=Red")
					_, err2 := p.apply()
					more, k.at = k.n >= at, 0
					if lost := new(state.LostError); errors.As(errors.Join(err1, err2), &lost) {
						noticed++
					}
					w.settle(p)
				})
				if len(w.wrong) > 0 {
					t.Errorf("%v, request %d, after it %t: %q\n%s", names, at, after, w.wrong, fmt.Sprint(w.traced))
				}
			}
		}
	}
	t.Logf("%d placements, noticed in %d", placements, noticed)
	if noticed < placements/3 {
		t.Errorf("it is noticed in %d of %d placements only", noticed, placements)
	}
}
