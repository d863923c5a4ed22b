package sharedtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/statetest"
)

// run is a process that works with a state.
type run struct {
	*state.Session
	store *shared.Store
	frail *Frail
}

// short lets a lock live so long that a dead holder is soon taken over.
var short = shared.Options{TTL: 2700 * time.Millisecond, RequestTimeout: 300 * time.Millisecond}

func begun(t testing.TB, e shared.Engine, o shared.Options, opts state.OpenOptions) run {
	t.Helper()
	engine, frail := Weaken(e)
	store := shared.New(engine, o)
	if opts.Tool == "" {
		opts.Tool = "tmsync/test"
	}
	return run{statetest.OpenSession(t, store, opts), store, frail}
}

// put is a run that remembers a tracking by one request.
func (r run) put(t testing.TB, rec *state.Record) {
	t.Helper()
	seq := statetest.Begin(t, r.Session, statetest.Creates(rec))
	statetest.Must(t, r.Settle(seq, statetest.Puts(rec), nil))
}

func recordOf(n int) *state.Record {
	return statetest.Record(tracking.Addr(fmt.Sprintf("tracking.t%05d", n)), fmt.Sprintf("sto/%d", 10000+n), fmt.Sprint("Title ", n))
}

func titlesOf(n ...int) (titles []string) {
	for _, n := range n {
		titles = append(titles, statetest.Titles(&state.State{Records: []state.Record{*recordOf(n)}})...)
	}
	return titles
}

func contractSessions(t *testing.T, process func() shared.Engine) {
	a := begun(t, process(), shared.Options{}, state.OpenOptions{Operation: "apply"})
	a.put(t, recordOf(1))
	statetest.Must(t, a.Commit(t.Context()))
	a.put(t, recordOf(2))
	statetest.Begin(t, a.Session, statetest.Creates(recordOf(3)))
	statetest.Must(t, a.Close()) // without a commit: the journal has it

	b := begun(t, process(), shared.Options{}, state.OpenOptions{})
	Diff(t, "state", titlesOf(1, 2), statetest.Titles(b.State()))
	Diff(t, "in doubt", []string{"3 create tracking.t00003 sto/10003"}, statetest.Doubts(b.Session))
	statetest.Must(t, b.Settle(3, statetest.Puts(recordOf(3)), nil))
	statetest.Must(t, b.Commit(t.Context()))
	statetest.Must(t, b.Close())

	c := begun(t, process(), shared.Options{}, state.OpenOptions{})
	Diff(t, "state", titlesOf(1, 2, 3), statetest.Titles(c.State()))
	Diff(t, "in doubt", []string(nil), statetest.Doubts(c.Session))
	if c.State().Serial != 2 {
		t.Errorf("the serial is %d, want 2", c.State().Serial)
	}
	statetest.Must(t, c.Close())
	r, backup, err := c.store.Backup(t.Context())
	statetest.Must(t, err)
	before, err := state.ReadAsIs(r)
	statetest.Must(t, errors.Join(err, r.Close()))
	Diff(t, backup, titlesOf(1), statetest.Titles(before))
}

// contractManyRequests writes more than a head has room for.
func contractManyRequests(t *testing.T, process func() shared.Engine) {
	a := begun(t, process(), shared.Options{}, state.OpenOptions{})
	var all []int
	for n := range 40 {
		rec := recordOf(n)
		rec.Applied.Put(tracking.Title, noise(2500))
		a.put(t, rec)
		all = append(all, n)
	}
	want := statetest.Titles(a.State())
	statetest.Must(t, a.Close())
	b := begun(t, process(), shared.Options{}, state.OpenOptions{})
	Diff(t, "state", want, statetest.Titles(b.State()))
	statetest.Must(t, b.Commit(t.Context()))
	statetest.Must(t, b.Close())
	c := begun(t, process(), shared.Options{}, state.OpenOptions{ReadOnly: true})
	Diff(t, "state", want, statetest.Titles(c.State()))
	statetest.Must(t, c.Close())
	if len(want) != len(all) {
		t.Errorf("%d records, want %d", len(want), len(all))
	}
	st, err := c.store.Verify(t.Context())
	statetest.Must(t, err)
	if len(st.Missing) > 0 {
		t.Errorf("blobs are missing: %v", st.Missing)
	}
}

// noise is a text that cannot be compressed much.
func noise(n int) string {
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "%x", rand.Uint64())
	}
	return b.String()[:n]
}

// contractLock lets many take the lock at once: one after the other has it.
func contractLock(t *testing.T, process func() shared.Engine) {
	const runs = 6
	var inside, overlaps, done atomic.Int32
	var wg sync.WaitGroup
	for n := range runs {
		e := process()
		wg.Go(func() {
			s, err := state.Open(t.Context(), shared.New(e, shared.Options{TTL: 9 * time.Second, RequestTimeout: time.Second}), state.OpenOptions{LockTimeout: 5 * time.Minute})
			if err != nil {
				t.Error(err)
				return
			}
			if inside.Add(1) > 1 {
				overlaps.Add(1)
			}
			seq, err := s.Begin(statetest.Creates(recordOf(n)))
			err = errors.Join(err, s.Settle(seq, statetest.Puts(recordOf(n)), nil), s.Commit(t.Context()))
			inside.Add(-1)
			if err = errors.Join(err, s.Close()); err != nil {
				t.Error(err)
				return
			}
			done.Add(1)
		})
	}
	wg.Wait()
	if overlaps.Load() > 0 || done.Load() != runs {
		t.Errorf("%d overlaps, %d of %d done", overlaps.Load(), done.Load(), runs)
	}
	end := begun(t, process(), shared.Options{}, state.OpenOptions{})
	if len(end.State().Records) != runs || end.State().Serial != runs {
		t.Errorf("%d records at serial %d, want %d", len(end.State().Records), end.State().Serial, runs)
	}
	statetest.Must(t, end.Close())
}

// contractTakeover has a process die in a request: the next one takes over by itself,
// and knows what is in doubt.
func contractTakeover(t *testing.T, process func() shared.Engine) {
	a := begun(t, process(), short, state.OpenOptions{Operation: "apply", Who: "Ann"})
	a.put(t, recordOf(1))
	statetest.Begin(t, a.Session, statetest.Creates(recordOf(2)))
	a.frail.Kill()
	var waited atomic.Bool
	o := short
	o.Waiting = func(w shared.Wait) {
		if w.Holder.Who != "Ann" || w.Holder.Operation != "apply" {
			t.Errorf("it waits for %v", w.Holder)
		}
		waited.Store(true)
	}
	b := begun(t, process(), o, state.OpenOptions{})
	if !waited.Load() {
		t.Error("nobody was waited for")
	}
	Diff(t, "state", titlesOf(1), statetest.Titles(b.State()))
	Diff(t, "in doubt", []string{"2 create tracking.t00002 sto/10002"}, statetest.Doubts(b.Session))
	statetest.Must(t, b.Commit(t.Context()))
	statetest.Must(t, b.Close())
}

// contractZombie stops a process until it is taken over: when it goes on, it may
// neither send nor write.
func contractZombie(t *testing.T, process func() shared.Engine) {
	a := begun(t, process(), short, state.OpenOptions{})
	a.put(t, recordOf(1))
	statetest.Must(t, a.Commit(t.Context()))
	a.frail.Stop()
	b := begun(t, process(), short, state.OpenOptions{Operation: "apply", Who: "Bea"})
	a.frail.Continue()
	var fenced *state.FencedError
	if err := a.Hold(t.Context()); !errors.As(err, &fenced) || fenced.By == nil || fenced.By.Who != "Bea" {
		t.Errorf("the zombie may go on: %v", err)
	}
	if _, err := a.Begin(statetest.Creates(recordOf(2))); !errors.As(err, &fenced) {
		t.Errorf("the zombie announces a request: %v", err)
	}
	if err := a.Commit(t.Context()); !errors.As(err, &fenced) {
		t.Errorf("the zombie commits: %v", err)
	}
	statetest.Must(t, a.Close())
	b.put(t, recordOf(3))
	statetest.Must(t, b.Commit(t.Context()))
	Diff(t, "state", titlesOf(1, 3), statetest.Titles(b.State()))
	statetest.Must(t, b.Close())
}

func contractForce(t *testing.T, process func() shared.Engine) {
	a := begun(t, process(), short, state.OpenOptions{Who: "Ann"})
	breaker := shared.New(process(), short)
	if err := breaker.BreakLock(t.Context(), "another"); !errors.Is(err, state.ErrOtherLock) {
		t.Errorf("a wrong id: %v", err)
	}
	statetest.Must(t, a.Hold(t.Context()))
	holder, err := breaker.Holder(t.Context())
	statetest.Must(t, err)
	if holder == nil || holder.Who != "Ann" {
		t.Fatalf("the holder is %v", holder)
	}
	statetest.Must(t, breaker.BreakLock(t.Context(), holder.ID))
	var fenced *state.FencedError
	if _, err := a.Begin(statetest.Creates(recordOf(1))); !errors.As(err, &fenced) {
		t.Errorf("whose lock was broken goes on: %v", err)
	}
	statetest.Must(t, a.Close())
	b := begun(t, process(), short, state.OpenOptions{})
	b.put(t, recordOf(1))
	statetest.Must(t, b.Commit(t.Context()))
	statetest.Must(t, b.Close())
	if err := breaker.BreakLock(t.Context(), holder.ID); !errors.Is(err, state.ErrOtherLock) {
		t.Errorf("a lock that is not held is broken: %v", err)
	}
}

// contractSnapshot reads beside a run that writes.
func contractSnapshot(t *testing.T, process func() shared.Engine) {
	a := begun(t, process(), shared.Options{}, state.OpenOptions{Who: "Ann"})
	a.put(t, recordOf(1))
	statetest.Must(t, a.Commit(t.Context()))
	a.put(t, recordOf(2))
	statetest.Begin(t, a.Session, statetest.Creates(recordOf(3)))
	var beside string
	b := begun(t, process(), shared.Options{Beside: func(i state.Info) { beside = i.Who }}, state.OpenOptions{ReadOnly: true})
	Diff(t, "state", titlesOf(1, 2), statetest.Titles(b.State()))
	Diff(t, "in doubt", []string{"3 create tracking.t00003 sto/10003"}, statetest.Doubts(b.Session))
	if beside != "Ann" {
		t.Errorf("it is told that %q holds the lock", beside)
	}
	statetest.Must(t, b.Close())
	statetest.Must(t, a.Commit(t.Context()))
	statetest.Must(t, a.Close())
}

// contractPlan begins a saved plan on one machine, and ends it on another.
func contractPlan(t *testing.T, process func() shared.Engine) {
	a := begun(t, process(), shared.Options{}, state.OpenOptions{})
	a.BeginPlan("plan")
	a.put(t, recordOf(1))
	statetest.Must(t, a.Close())
	b := begun(t, process(), shared.Options{}, state.OpenOptions{})
	if id, applied := b.Plan(); id != "plan" || applied {
		t.Errorf("the plan is %q %t", id, applied)
	}
	b.BeginPlan("plan")
	statetest.Must(t, b.Commit(t.Context()))
	b.EndPlan()
	statetest.Must(t, b.Close())
	c := begun(t, process(), shared.Options{}, state.OpenOptions{})
	if id, applied := c.Plan(); id != "plan" || !applied {
		t.Errorf("the plan is %q %t", id, applied)
	}
	c.put(t, recordOf(2))
	statetest.Must(t, c.Commit(t.Context()))
	statetest.Must(t, c.Close())
	d := begun(t, process(), shared.Options{}, state.OpenOptions{ReadOnly: true})
	if id, _ := d.Plan(); id != "" {
		t.Errorf("the plan %q is not forgotten", id)
	}
	statetest.Must(t, d.Close())
}
