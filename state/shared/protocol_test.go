package shared_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/sharedtest"
	"github.com/tmsync/tmsync/state/statetest"
)

// open opens a session of a client, or ends the test.
func (c *client) open(t testing.TB) *state.Session {
	t.Helper()
	return statetest.OpenSession(t, c.store, c.opts)
}

// put makes one item.
func put(t testing.TB, s *state.Session, n int) {
	t.Helper()
	seq := statetest.Begin(t, s, statetest.Creates(item(n)))
	statetest.Must(t, s.Settle(seq, statetest.Puts(item(n)), nil))
}

// TestTwoWaiters has two wait for a dead one: one takes over, the other waits on.
func TestTwoWaiters(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := sharedtest.NewMemory()
		dead := newClient(m, "Ann", shared.Options{})
		dead.open(t)
		dead.engine.Kill()
		var mu sync.Mutex
		var got []error
		for _, name := range []string{"Bea", "Cem"} {
			c := newClient(m, name, shared.Options{})
			go func() {
				s, err := state.Open(context.Background(), c.store, c.opts)
				mu.Lock()
				got = append(got, err)
				mu.Unlock()
				if err == nil {
					time.Sleep(10 * time.Minute)
					_ = s.Close()
				}
			}()
		}
		time.Sleep(5 * time.Minute)
		mu.Lock()
		defer mu.Unlock()
		var locked *state.LockedError
		if len(got) != 2 || got[0] != nil && got[1] != nil || !errors.As(errors.Join(got...), &locked) {
			t.Fatalf("the two end with %v", got)
		}
		if who := locked.Holder.Who; who != "Bea" && who != "Cem" {
			t.Errorf("the loser is told of %s", who)
		}
		time.Sleep(10 * time.Minute)
	})
}

// TestWaiting tells whom a command waits for, and gives up once the holder shows that
// it lives; with a time to wait, after that.
func TestWaiting(t *testing.T) {
	for _, tt := range []struct {
		timeout, least, most time.Duration
	}{
		{0, 0, 26 * time.Second},
		{time.Minute, time.Minute, 66 * time.Second},
		{5 * time.Minute, 5 * time.Minute, 306 * time.Second},
	} {
		bubble(t, func(t *testing.T) {
			m := sharedtest.NewMemory()
			s := newClient(m, "Ann", shared.Options{}).open(t)
			defer s.Close()
			start, told := time.Now(), 0
			var first shared.Wait
			c := newClient(m, "Bea", shared.Options{Waiting: func(w shared.Wait) {
				if told == 0 {
					first = w
				}
				if told++; w.Holder.Who != "Ann" || w.Since > 0 && told == 1 || w.Most <= 0 {
					t.Errorf("told of %+v", w)
				}
			}})
			c.opts.LockTimeout = tt.timeout
			_, err := state.Open(t.Context(), c.store, c.opts)
			var locked *state.LockedError
			if took := time.Since(start); !errors.As(err, &locked) || locked.Holder.Who != "Ann" || took < tt.least || took > tt.most || told == 0 {
				t.Errorf("after %v, told %d times: %v", took, told, err)
			} else if took > first.Most+time.Second || first.ForSign != (tt.timeout < 95*time.Second) {
				t.Errorf("after %v, and it was told %+v", took, first)
			}
		})
	}
}

// TestSlowOpening has the first answer with the state's blob never come: the second is
// waited for.
func TestSlowOpening(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := sharedtest.NewMemory()
		first := newClient(m, "Ann", shared.Options{}).open(t)
		put(t, first, 1)
		statetest.Must(t, first.Commit(t.Context()))
		statetest.Must(t, first.Close())
		c := newClient(m, "Bea", shared.Options{})
		asked := 0
		c.engine.Hook = func(call sharedtest.Call, _ string) sharedtest.Fault {
			if call == sharedtest.Blob {
				if asked++; asked == 1 {
					return sharedtest.Fault{Wait: time.Hour}
				}
			}
			return sharedtest.Fault{}
		}
		s := c.open(t)
		defer s.Close()
		if s.State().Find(item(1).Addr) == nil || asked < 2 {
			t.Errorf("after %d questions the state is %v", asked, s.State())
		}
	})
}

// TestTakeoverTimes measures how long a dead holder is waited for.
func TestTakeoverTimes(t *testing.T) {
	var least, most time.Duration
	for after := range 25 {
		bubble(t, func(t *testing.T) {
			m := sharedtest.NewMemory()
			dead := newClient(m, "Ann", shared.Options{})
			dead.open(t)
			time.Sleep(time.Duration(after) * time.Second)
			dead.engine.Kill()
			start := time.Now()
			s := newClient(m, "Bea", shared.Options{}).open(t)
			took := time.Since(start)
			if least == 0 || took < least {
				least = took
			}
			most = max(most, took)
			statetest.Must(t, s.Close())
		})
	}
	t.Logf("between %v and %v", least, most)
	if least < 90*time.Second || most > 150*time.Second {
		t.Errorf("a dead holder is waited for between %v and %v", least, most)
	}
}

// TestPrompt keeps the lock through ten minutes of an approval, and two of a 429.
func TestPrompt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := sharedtest.NewMemory()
		s := newClient(m, "Ann", shared.Options{}).open(t)
		before := m.Calls()[sharedtest.SwapHead]
		time.Sleep(10 * time.Minute)
		statetest.Must(t, s.Hold(t.Context()))
		put(t, s, 1)
		statetest.Must(t, s.Commit(t.Context()))
		statetest.Must(t, s.Close())
		if n := m.Calls()[sharedtest.SwapHead] - before; n > 35 {
			t.Errorf("the head was written %d times in ten minutes", n)
		}
	})
}

// TestClocks lets clocks jump and stop: nobody is taken over too early, and whoever
// has slept sends nothing.
func TestClocks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := sharedtest.NewMemory()
		var jump atomic.Int64
		a := newClient(m, "Ann", shared.Options{Now: func() time.Time { return time.Now().Add(time.Duration(jump.Load())) }})
		s := a.open(t)
		waiting := make(chan error)
		go func() {
			c := newClient(m, "Bea", shared.Options{Now: func() time.Time { return time.Now().Add(-time.Duration(jump.Load())) }})
			c.opts.LockTimeout = 5 * time.Minute
			_, err := state.Open(context.Background(), c.store, c.opts)
			waiting <- err
		}()
		for n, by := range []time.Duration{time.Hour, -time.Hour, 2 * time.Hour, 0} {
			jump.Store(int64(by))
			time.Sleep(33 * time.Second)
			statetest.Must(t, s.Hold(t.Context()))
			put(t, s, n)
		}
		if err := <-waiting; !errors.As(err, new(*state.LockedError)) {
			t.Errorf("the waiter ends with %v", err)
		}
		statetest.Must(t, s.Close())
	})
	bubble(t, func(t *testing.T) {
		// Standby: the monotonic clock stops, and so does the process.
		m, start := sharedtest.NewMemory(), time.Now()
		var slept atomic.Int64
		a := newClient(m, "Ann", shared.Options{Monotonic: func() time.Duration { return time.Since(start) - time.Duration(slept.Load()) }})
		s := a.open(t)
		a.engine.Stop(10 * time.Minute)
		b := newClient(m, "Bea", shared.Options{}).open(t)
		put(t, b, 1)
		time.Sleep(12 * time.Minute)
		slept.Store(int64(time.Since(start)))
		var fenced *state.FencedError
		if err := s.Hold(t.Context()); !errors.As(err, &fenced) || fenced.By == nil || fenced.By.Who != "Bea" {
			t.Errorf("after standby: %v", err)
		}
		statetest.Must(t, b.Close())
		statetest.Must(t, s.Close())
	})
}

// TestUnreachable loses the store for some time, and for good.
func TestUnreachable(t *testing.T) {
	away := func(c *client, in, d time.Duration) {
		from := time.Now().Add(in)
		c.engine.Hook = func(sharedtest.Call, string) sharedtest.Fault {
			if past := time.Since(from); past >= 0 && past < d {
				return sharedtest.Fault{Err: errors.New("connection refused")}
			}
			return sharedtest.Fault{}
		}
	}
	bubble(t, func(t *testing.T) {
		m, far := sharedtest.NewMemory(), &service{made: map[int]int{}}
		seed(t, m)
		a := newClient(m, "Ann", shared.Options{})
		away(a, 1500*time.Millisecond, 5*time.Second)
		statetest.Must(t, a.apply(t.Context(), far))
		converged(t, m, far)
	})
	for name, doing := range map[string]func(*testing.T, *state.Session) error{
		"announcing a request": func(_ *testing.T, s *state.Session) error {
			_, err := s.Begin(statetest.Creates(item(1)))
			return err
		},
		"while a request is under way": func(t *testing.T, s *state.Session) error {
			time.Sleep(30 * time.Second)
			if err := s.Settle(1, nil, nil); err == nil {
				t.Error("an outcome is kept")
			}
			return s.Hold(t.Context())
		},
		"waiting for the gate": func(t *testing.T, s *state.Session) error {
			time.Sleep(120 * time.Second)
			return s.Hold(t.Context())
		},
		"committing": func(t *testing.T, s *state.Session) error { return s.Commit(t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				m := sharedtest.NewMemory()
				a := newClient(m, "Ann", shared.Options{})
				away(a, time.Second, time.Hour)
				s := a.open(t)
				statetest.Begin(t, s, statetest.Creates(item(0)))
				if name == "committing" {
					statetest.Must(t, s.Settle(1, statetest.Puts(item(0)), nil))
				}
				time.Sleep(2 * time.Second)
				start := time.Now()
				err := doing(t, s)
				statetest.Must(t, s.Close())
				var fenced *state.FencedError
				if took := time.Since(start); name != "committing" && (!errors.As(err, &fenced) || fenced.Cause == nil) || err == nil || took > 150*time.Second {
					t.Errorf("after %v: %v", took, err)
				}
				b := newClient(m, "Bea", shared.Options{}).open(t)
				if len(b.InDoubt())+len(b.State().Records) != 1 {
					t.Errorf("the next run knows of %v %v", statetest.Doubts(b), statetest.Titles(b.State()))
				}
				statetest.Must(t, b.Close())
			})
		})
	}
	bubble(t, func(t *testing.T) {
		m := sharedtest.NewMemory()
		seed(t, m)
		a := newClient(m, "Ann", shared.Options{})
		a.opts.ReadOnly = true
		away(a, 0, 3*time.Second)
		statetest.Must(t, a.open(t).Close())
		away(a, 0, time.Hour)
		start := time.Now()
		if _, err := state.Open(t.Context(), a.store, a.opts); err == nil || time.Since(start) > 30*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		b := newClient(m, "Bea", shared.Options{})
		start = time.Now()
		m.ReadOnly = true // the credentials may only read
		if _, err := state.Open(t.Context(), b.store, b.opts); err == nil || time.Since(start) > time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		b.opts.ReadOnly = true
		statetest.Must(t, b.open(t).Close())
	})
}

// TestForced has the run after a force-unlock wait until a request of the holder that
// may be under way has ended.
func TestForced(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := sharedtest.NewMemory()
		a := newClient(m, "Ann", shared.Options{})
		s := a.open(t)
		breaker := newClient(m, "Bea", shared.Options{}).store
		holder, err := breaker.Holder(t.Context())
		statetest.Must(t, err)
		statetest.Must(t, breaker.BreakLock(t.Context(), holder.ID))
		start := time.Now()
		b := newClient(m, "Cem", shared.Options{}).open(t)
		if took := time.Since(start); took < 30*time.Second || took > 35*time.Second {
			t.Errorf("it waited for %v", took)
		}
		var fenced *state.FencedError
		if err := s.Hold(t.Context()); !errors.As(err, &fenced) || fenced.By == nil || fenced.By.Who != "Cem" {
			t.Errorf("the holder goes on: %v", err)
		}
		statetest.Must(t, s.Close())
		statetest.Must(t, b.Close())
		start = time.Now()
		statetest.Must(t, newClient(m, "Dan", shared.Options{}).open(t).Close())
		if took := time.Since(start); took > time.Second {
			t.Errorf("the one after that waited for %v", took)
		}
	})
}

// TestProbe refuses stores that cannot keep two runs apart.
func TestProbe(t *testing.T) {
	for _, tt := range []struct {
		name    string
		set     func(*sharedtest.Memory) shared.Engine
		refused bool
		warned  bool
	}{
		{"right", func(m *sharedtest.Memory) shared.Engine { return m.Engine() }, false, false},
		{"ignores conditions", func(m *sharedtest.Memory) shared.Engine { m.Careless = true; return m.Engine() }, true, false},
		{"checks without a lock", func(m *sharedtest.Memory) shared.Engine { m.Racy = true; return m.Engine() }, true, false},
		{"locks instead", func(m *sharedtest.Memory) shared.Engine { m.Careless, m.Locking = true, true; return m.Service() }, false, true},
	} {
		bubble(t, func(t *testing.T) {
			m := sharedtest.NewMemory()
			engine, warned := tt.set(m), false
			store := shared.New(engine, shared.Options{Unfenced: func() { warned = true }})
			s, err := state.Open(t.Context(), store, state.OpenOptions{Tool: "test"})
			var probe *shared.ProbeError
			if errors.As(err, &probe) != tt.refused || warned != tt.warned {
				t.Errorf("%s: %v, warned %t", tt.name, err, warned)
			}
			if tt.refused && !strings.Contains(err.Error(), "conditional writes") {
				t.Errorf("%s: %v", tt.name, err)
			}
			if err == nil {
				statetest.Must(t, s.Close())
			}
		})
	}
}

// TestDamage finds what is damaged in a store, and says what to do.
func TestDamage(t *testing.T) {
	flip := func(b []byte) []byte {
		b[len(b)/2] ^= 1
		return b
	}
	gone := func([]byte) []byte { return nil }
	other := func(b []byte) []byte { return packed(t, []byte("another one")) }
	blob := func(prefix string, edit func([]byte) []byte) func(*sharedtest.Memory) {
		return func(m *sharedtest.Memory) {
			names := m.BlobNames()
			for i := len(names) - 1; i >= 0; i-- {
				if strings.HasPrefix(names[i], prefix) {
					m.EditBlob(names[i], edit)
					return
				}
			}
			t.Errorf("no blob %s in %v", prefix, names)
		}
	}
	head := func(edit func(string) string) func(*sharedtest.Memory) {
		return func(m *sharedtest.Memory) { m.SetHead([]byte(edit(string(m.HeadBytes())))) }
	}
	for name, damage := range map[string]func(*sharedtest.Memory){
		"state damaged":        blob("state-2", flip),
		"state gone":           blob("state-2", gone),
		"another's state":      blob("state-2", other),
		"part damaged":         blob("journal-", flip),
		"part gone":            blob("journal-", gone),
		"head cut short":       head(func(s string) string { return s[:len(s)/2] }),
		"head of a newer one":  head(func(s string) string { return strings.Replace(s, `"version":1`, `"version":2`, 1) }),
		"head with more":       head(func(s string) string { return strings.Replace(s, `"beat"`, `"more":1,"beat"`, 1) }),
		"head of another kind": head(func(string) string { return `{"version":4,"serial":1}` }),
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				m := sharedtest.NewMemory()
				s := newClient(m, "Ann", shared.Options{}).open(t)
				for n := range 2 {
					put(t, s, n)
					statetest.Must(t, s.Commit(t.Context()))
				}
				rec := item(3)
				rec.Applied.Put(attr(t, "comment"), noise(120_000))
				seq := statetest.Begin(t, s, statetest.Creates(rec))
				statetest.Must(t, s.Settle(seq, statetest.Puts(rec), nil))
				statetest.Must(t, s.Close())
				damage(m)
				for _, readOnly := range []bool{true, false} {
					c := newClient(m, "Bea", shared.Options{})
					c.opts.ReadOnly = readOnly
					_, err := state.Open(t.Context(), c.store, c.opts)
					var broken *state.FormatError
					if !errors.As(err, &broken) || broken.Help == "" || broken.Problem == "" {
						t.Errorf("read only %t: %v", readOnly, err)
					}
				}
				if strings.HasPrefix(name, "head") {
					return
				}
				c := newClient(m, "Cem", shared.Options{})
				c.opts.Mend = true
				mended := c.open(t)
				next := state.New("test", nil)
				next.Serial, next.Records = 7, []state.Record{*item(4)}
				statetest.Must(t, mended.Replace(t.Context(), next))
				statetest.Must(t, mended.Close())
				c.opts.Mend = false
				again := c.open(t)
				sharedtest.Diff(t, "state", statetest.Titles(next), statetest.Titles(again.State()))
				statetest.Must(t, again.Close())
			})
		})
	}
}

// TestRolledBack notices that an older head was put back, where a run has seen the
// newer one.
func TestRolledBack(t *testing.T) {
	m, notes := sharedtest.NewMemory(), t.TempDir()
	c := newClient(m, "Ann", shared.Options{NotesDir: notes})
	s := c.open(t)
	put(t, s, 0)
	statetest.Must(t, s.Commit(t.Context()))
	statetest.Must(t, s.Close())
	old := m.HeadBytes()
	s = c.open(t)
	put(t, s, 1)
	statetest.Must(t, s.Commit(t.Context()))
	statetest.Must(t, s.Close())
	m.SetHead(old)
	s = newClient(m, "Ann", shared.Options{NotesDir: notes}).open(t)
	if b := s.RolledBack(); b == nil || b.From != 2 || b.To != 1 {
		t.Errorf("rolled back: %+v", b)
	}
	statetest.Must(t, s.Close())
	s = newClient(m, "Bea", shared.Options{NotesDir: t.TempDir()}).open(t)
	if b := s.RolledBack(); b != nil {
		t.Errorf("on a machine that has seen nothing: %+v", b)
	}
	statetest.Must(t, s.Close())
}

// TestPrevious keeps the last states, and deletes what nothing names after a week.
func TestPrevious(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := sharedtest.NewMemory()
		commit := func(n int) {
			s := newClient(m, "Ann", shared.Options{}).open(t)
			rec := item(n % items)
			rec.Applied.Put(attr(t, "comment"), noise(n+1))
			statetest.Must(t, s.Settle(0, statetest.Puts(rec), nil))
			statetest.Must(t, s.Commit(t.Context()))
			statetest.Must(t, s.Close())
		}
		for n := range 9 {
			commit(n)
		}
		theirs := m.Engine()
		statetest.Must(t, theirs.PutBlob(t.Context(), "backup-of-ours.gz", 4, strings.NewReader("mine")))
		if n := len(m.BlobNames()); n != 10 {
			t.Errorf("%d blobs before the week is over", n)
		}
		time.Sleep(8 * 24 * time.Hour)
		commit(9)
		if names := m.BlobNames(); len(names) != 7 || names[0] != "backup-of-ours.gz" {
			t.Errorf("the blobs are %v", names)
		}
		c := newClient(m, "Ann", shared.Options{})
		all, err := c.store.Previous(t.Context())
		statetest.Must(t, err)
		var serials []uint64
		for _, p := range all {
			serials = append(serials, p.Serial)
			r, err := c.store.OpenPrevious(t.Context(), p.Serial)
			statetest.Must(t, err)
			st, err := state.ReadAsIs(r)
			statetest.Must(t, errors.Join(err, r.Close()))
			if st.Serial != p.Serial {
				t.Errorf("serial %d is %d", p.Serial, st.Serial)
			}
		}
		sharedtest.Diff(t, "previous", []uint64{9, 8, 7, 6, 5}, serials)
		r, err := c.store.OpenPrevious(t.Context(), 10)
		statetest.Must(t, err)
		statetest.Must(t, r.Close())
	})
}

// TestManyParts reads back a journal of many parts, 16 at a time.
func TestManyParts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := sharedtest.NewMemory()
		c := newClient(m, "Ann", shared.Options{})
		s := c.open(t)
		rec := item(0)
		const entries = 100
		for n := range entries {
			next := *rec
			rec, next.Applied = &next, rec.Applied.Clone()
			rec.Applied.Put(attr(t, "comment"), noise(50_000+n))
			statetest.Must(t, s.Settle(0, statetest.Puts(rec), nil))
			if size := len(m.HeadBytes()); size > 96<<10 {
				t.Fatalf("the head has %d bytes", size)
			}
		}
		statetest.Must(t, s.Close())
		parts := len(m.BlobNames())
		var reading atomic.Int32
		most := int32(0)
		d := newClient(m, "Bea", shared.Options{})
		d.engine.Hook = func(call sharedtest.Call, _ string) sharedtest.Fault {
			if call != sharedtest.Blob {
				return sharedtest.Fault{}
			}
			most = max(most, reading.Add(1))
			time.AfterFunc(99*time.Millisecond, func() { reading.Add(-1) })
			return sharedtest.Fault{Wait: 100 * time.Millisecond}
		}
		got := d.open(t)
		if r := got.State().Find(rec.Addr); r == nil || r.Applied.Value(attr(t, "comment")) != rec.Applied.Value(attr(t, "comment")) {
			t.Error("the last entry is not there")
		}
		statetest.Must(t, got.Close())
		if parts < 40 || most < 8 || most > 16 {
			t.Errorf("%d parts, %d read at once", parts, most)
		}
	})
}

// TestPace tells the next run when the last one may have sent a request.
func TestPace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := sharedtest.NewMemory()
		statetest.Must(t, newClient(m, "Ann", shared.Options{Now: func() time.Time { return time.Now().Add(time.Hour) }}).open(t).Close())
		for _, wait := range []time.Duration{0, 9 * time.Second, time.Minute} {
			time.Sleep(wait)
			c := newClient(m, "Bea", shared.Options{})
			s := c.open(t)
			if recent := c.store.LastRequest().Equal(time.Now()); recent != (wait < 10*time.Second) {
				t.Errorf("after %v the last request was at %v, now %v", wait, c.store.LastRequest(), time.Now())
			}
			statetest.Must(t, s.Close())
		}
	})
}

// TestWithoutLock stops a run without a lock where somebody else has written.
func TestWithoutLock(t *testing.T) {
	m := sharedtest.NewMemory()
	c := newClient(m, "Ann", shared.Options{})
	c.opts.NoLock = true
	a := c.open(t)
	b := newClient(m, "Bea", shared.Options{}).open(t)
	put(t, b, 1)
	if _, err := a.Begin(statetest.Creates(item(2))); !errors.Is(err, state.ErrConflict) {
		t.Errorf("beside another run: %v", err)
	}
	statetest.Must(t, a.Close())
	statetest.Must(t, b.Commit(t.Context()))
	statetest.Must(t, b.Close())
	a = c.open(t)
	put(t, a, 2)
	statetest.Must(t, a.Commit(t.Context()))
	statetest.Must(t, a.Close())
}

// TestSame pulls from one store and pushes into another: the bytes stay.
func TestSame(t *testing.T) {
	a, b := sharedtest.NewMemory(), sharedtest.NewMemory()
	s := newClient(a, "Ann", shared.Options{}).open(t)
	put(t, s, 1)
	statetest.Must(t, s.Commit(t.Context()))
	statetest.Must(t, s.Close())
	read := func(m *sharedtest.Memory) []byte {
		r, _, err := shared.New(m.Engine(), shared.Options{}).Read(t.Context())
		statetest.Must(t, err)
		data, err := io.ReadAll(r)
		statetest.Must(t, errors.Join(err, r.Close()))
		return data
	}
	data := read(a)
	to := shared.New(b.Engine(), shared.Options{})
	unlock, err := to.Lock(t.Context(), state.Info{ID: "x"}, 0)
	statetest.Must(t, err)
	_, err = to.Swap(t.Context(), "", func(w io.Writer) error {
		_, err := io.Copy(w, bytes.NewReader(data))
		return err
	})
	statetest.Must(t, errors.Join(err, unlock()))
	sharedtest.Diff(t, "bytes", string(data), string(read(b)))
}
