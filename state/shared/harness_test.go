package shared_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/sharedtest"
	"github.com/tmsync/tmsync/state/statetest"
)

// bubble runs a test by a clock of its own.
func bubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

// service is the far end of the requests: it counts what arrives.
type service struct {
	made  map[int]int
	taken bool // somebody else has the lock
	late  int  // requests of the first run after that
}

// client is a process that works with a state and sends requests.
type client struct {
	engine *sharedtest.Engine
	store  *shared.Store
	opts   state.OpenOptions
	zombie bool // it is the first run, which may be taken over
}

func newClient(m *sharedtest.Memory, name string, o shared.Options) *client {
	e := m.Engine()
	way := shared.Engine(e)
	if m.Locking {
		way = sharedtest.Service{Engine: e}
	}
	return &client{engine: e, store: shared.New(way, o), opts: state.OpenOptions{Operation: "apply", Who: name, Tool: "test"}}
}

const items = 5

func item(n int) *state.Record {
	return statetest.Record(tracking.Addr(fmt.Sprintf("tracking.t%d", n)), fmt.Sprintf("sto/%d", 10000+n), "T")
}

// apply reads back what is in doubt and makes what is not there yet, one a request.
// What it knows of the service it asks for.
func (c *client) apply(ctx context.Context, far *service) error {
	s, err := state.Open(ctx, c.store, c.opts)
	if err != nil {
		return err
	}
	defer s.Close()
	if !c.zombie {
		far.taken = true
	}
	for _, in := range s.InDoubt() {
		var done []state.Effect
		for _, it := range in.Items {
			if n := int(it.Addr[len(it.Addr)-1] - '0'); far.made[n] > 0 {
				done = append(done, statetest.Puts(item(n))...)
			}
		}
		if err := s.Settle(in.Seq, done, nil); err != nil {
			return err
		}
	}
	for n := range items {
		if s.State().Find(item(n).Addr) != nil {
			continue
		}
		seq, err := s.Begin(statetest.Creates(item(n)))
		if err == nil {
			err = s.Hold(ctx)
		}
		if err != nil {
			return err
		}
		c.engine.Stopped()
		if far.made[n]++; far.taken && c.zombie {
			far.late++
		}
		time.Sleep(time.Second)
		c.engine.Stopped()
		if err := s.Settle(seq, statetest.Puts(item(n)), nil); err != nil {
			return err
		}
	}
	return s.Commit(ctx)
}

// converged wants each item to have been made once, a state that has all of them, and
// nothing left to do.
func converged(t *testing.T, m *sharedtest.Memory, far *service) {
	t.Helper()
	for n := range items {
		if far.made[n] != 1 {
			t.Errorf("item %d was made %d times", n, far.made[n])
		}
	}
	c := newClient(m, "check", shared.Options{})
	c.opts.ReadOnly = true
	s := statetest.OpenSession(t, c.store, c.opts)
	defer s.Close()
	if got := len(s.State().Records); got != items || len(s.InDoubt()) > 0 {
		t.Errorf("the state has %d records, and %d requests are in doubt", got, len(s.InDoubt()))
	}
}

// at is a hook for a fault at the n-th call, counted from 0.
func at(n int, f sharedtest.Fault) func(sharedtest.Call, string) sharedtest.Fault {
	return func(sharedtest.Call, string) sharedtest.Fault {
		n--
		if n == -1 {
			return f
		}
		return sharedtest.Fault{}
	}
}

// callsOf counts the calls of a run in which nothing goes wrong.
func callsOf(t *testing.T, store func() *sharedtest.Memory) (n int) {
	t.Helper()
	bubble(t, func(t *testing.T) {
		m := store()
		seed(t, m)
		c := newClient(m, "Ann", shared.Options{})
		c.engine.Hook = func(sharedtest.Call, string) sharedtest.Fault {
			n++
			return sharedtest.Fault{}
		}
		far := &service{made: map[int]int{}}
		statetest.Must(t, c.apply(t.Context(), far))
		converged(t, m, far)
	})
	return n
}

// onEach runs a test on a store of objects, and on a service that has locks and no
// parts.
func onEach(t *testing.T, test func(t *testing.T, store func() *sharedtest.Memory)) {
	t.Run("objects", func(t *testing.T) { test(t, sharedtest.NewMemory) })
	t.Run("service", func(t *testing.T) {
		test(t, func() *sharedtest.Memory {
			m := sharedtest.NewMemory()
			m.Limits, m.Locking = shared.Limits{Fenced: true, Sparing: true}, true
			return m
		})
	})
}

// seed makes a head, so that a run need not probe.
func seed(t *testing.T, m *sharedtest.Memory) {
	t.Helper()
	s := statetest.OpenSession(t, newClient(m, "seed", shared.Options{}).store, state.OpenOptions{Tool: "test"})
	statetest.Must(t, s.Close())
}

// TestKilledAnywhere kills a run before and after each call of an apply: the next one
// takes over and finishes, and nothing is lost or sent twice.
func TestKilledAnywhere(t *testing.T) { onEach(t, testKilledAnywhere) }

func testKilledAnywhere(t *testing.T, store func() *sharedtest.Memory) {
	calls := callsOf(t, store)
	for n := range calls {
		for _, done := range []bool{false, true} {
			bubble(t, func(t *testing.T) {
				m, far := store(), &service{made: map[int]int{}}
				seed(t, m)
				a := newClient(m, "Ann", shared.Options{})
				a.engine.Hook = at(n, sharedtest.Fault{Kill: true, Done: done})
				if sharedtest.Run(func() { _ = a.apply(context.Background(), far) }) && n < calls-1 {
					t.Errorf("call %d was not the last one", n)
				}
				b := newClient(m, "Bea", shared.Options{})
				start := time.Now()
				statetest.Must(t, b.apply(t.Context(), far))
				if took := time.Since(start); took > 150*time.Second {
					t.Errorf("killed at call %d: it took over after %v", n, took)
				}
				converged(t, m, far)
			})
		}
	}
	t.Logf("%d calls, %d kills", calls, 2*calls)
}

// TestAnswers loses answers, refuses, and lets writes arrive late, at each call in
// turn: the run recognizes its own writes, and goes on.
func TestAnswers(t *testing.T) { onEach(t, testAnswers) }

func testAnswers(t *testing.T, store func() *sharedtest.Memory) {
	faults := map[string]sharedtest.Fault{
		"answer lost":             {Done: true, Err: sharedtest.ErrLost},
		"conflict although done":  {Done: true, Err: shared.ErrConflict},
		"500":                     {Err: errors.New("500: internal server error")},
		"409":                     {Err: errors.New("409: a conflicting operation is in progress")},
		"reset before":            {Err: sharedtest.ErrLost},
		"slow":                    {Wait: 8 * time.Second},
		"no answer":               {Wait: time.Hour},
		"arrives with the next":   {Late: 1},
		"arrives after the retry": {Late: 2},
		"arrives much later":      {Late: 6},
	}
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			calls := callsOf(t, store)
			for n := range calls {
				bubble(t, func(t *testing.T) {
					m, far := store(), &service{made: map[int]int{}}
					seed(t, m)
					a := newClient(m, "Ann", shared.Options{})
					var what sharedtest.Call
					hook := at(n, f)
					a.engine.Hook = func(c sharedtest.Call, name string) sharedtest.Fault {
						g := hook(c, name)
						if g != (sharedtest.Fault{}) {
							if what = c; g.Err == shared.ErrConflict && c != sharedtest.SwapHead {
								return sharedtest.Fault{}
							}
						}
						return g
					}
					if err := a.apply(t.Context(), far); err != nil {
						t.Errorf("call %d (%s): %v", n, what, err)
					}
					converged(t, m, far)
				})
			}
			t.Logf("%d calls", calls)
		})
	}
}

// TestEveryThirdAnswer drops every third answer of an apply.
func TestEveryThirdAnswer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m, far := sharedtest.NewMemory(), &service{made: map[int]int{}}
		a := newClient(m, "Ann", shared.Options{})
		calls, dropped, own := 0, 0, 0
		a.engine.Hook = func(c sharedtest.Call, _ string) sharedtest.Fault {
			if calls++; calls%3 != 0 {
				return sharedtest.Fault{}
			}
			if dropped++; c == sharedtest.SwapHead {
				own++
			}
			return sharedtest.Fault{Done: true, Err: sharedtest.ErrLost}
		}
		statetest.Must(t, a.apply(t.Context(), far))
		converged(t, m, far)
		t.Logf("%d of %d answers dropped, %d of them writes of the head that were recognized", dropped, calls, own)
	})
}

// TestZombies stops a run at each of its calls, before and after it, until it was
// taken over. Nothing is sent after that.
func TestZombies(t *testing.T) { onEach(t, testZombies) }

func testZombies(t *testing.T, store func() *sharedtest.Memory) {
	calls, fenced := callsOf(t, store), 0
	for n := range calls {
		for _, done := range []bool{false, true} {
			bubble(t, func(t *testing.T) {
				m, far := store(), &service{made: map[int]int{}}
				seed(t, m)
				a, b := newClient(m, "Ann", shared.Options{}), newClient(m, "Bea", shared.Options{})
				a.zombie = true
				a.engine.Hook = at(n, sharedtest.Fault{Stop: 10 * time.Minute, Done: done})
				ended := make(chan error)
				go func() { ended <- a.apply(context.Background(), far) }()
				time.Sleep(30 * time.Second)
				statetest.Must(t, b.apply(t.Context(), far))
				err := <-ended
				if errors.As(err, new(*state.FencedError)) {
					fenced++
				} else if err != nil && !errors.As(err, new(*state.LockedError)) {
					t.Errorf("stopped at call %d: %v", n, err)
				}
				if far.late > 0 {
					t.Errorf("stopped at call %d: %d requests after the takeover", n, far.late)
				}
				converged(t, m, far)
			})
		}
	}
	t.Logf("%d zombies, %d fenced in the middle, 0 late requests", 2*calls, fenced)
}

func attr(t testing.TB, name string) tracking.Attr {
	t.Helper()
	a, ok := tracking.ParseAttr(name)
	if !ok {
		t.Fatalf("no attribute %s", name)
	}
	return a
}

// noise is a text that cannot be compressed much.
func noise(n int) string {
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "%x", rand.Uint64())
	}
	return b.String()[:n]
}

func packed(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(data)
	statetest.Must(t, errors.Join(err, z.Close()))
	return b.Bytes()
}
