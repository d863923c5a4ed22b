//go:build unix

package sharedtest

import (
	"crypto/rand"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tmsync/tmsync/internal/gear/exhaustive"
	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/statetest"
)

// service is what requests go to. It counts, and knows which run has the lock.
type service struct {
	*httptest.Server
	mu       sync.Mutex
	posts    map[int]int   // of each item
	run      string        // that has taken the lock last
	begun    chan struct{} // one for each run that has taken the lock
	winners  int
	late     int // requests of another run than that
	doubtful int // items that a run has found in doubt
	absent   int // of them, those that had not arrived
}

func newService(t testing.TB) *service {
	s := &service{posts: map[int]int{}, begun: make(chan struct{}, 1000)}
	mux := http.NewServeMux()
	handle := func(pattern string, f func(w http.ResponseWriter, run string, item int)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			item, _ := strconv.Atoi(r.FormValue("item"))
			f(w, r.FormValue("run"), item)
		})
	}
	handle("POST /begin", func(_ http.ResponseWriter, run string, _ int) {
		s.run = run
		s.winners++
		s.begun <- struct{}{}
	})
	handle("POST /create", func(_ http.ResponseWriter, run string, item int) {
		s.posts[item]++
		if run != s.run {
			s.late++
		}
	})
	handle("POST /doubt", func(w http.ResponseWriter, _ string, item int) {
		s.doubtful++
		if s.posts[item] == 0 {
			s.absent++
			w.WriteHeader(http.StatusNotFound)
		}
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// wins is how many runs have taken the lock.
func (s *service) wins() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.winners
}

// check holds the items to having been created once each. The residual is a request
// that was stopped on its way: it has arrived late.
func (s *service) check(t testing.TB, items int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range items {
		if s.posts[i] == 0 || s.posts[i] > 1+s.late {
			t.Errorf("the item %d was sent %d times; %d requests came late", i, s.posts[i], s.late)
		}
	}
}

// Race lets many processes take one lock at once, and returns how many have won.
func Race(t *testing.T, at string, racers int) int {
	s := newService(t)
	j := job{At: at, Service: s.URL, TTL: 18 * time.Second, Wait: time.Minute, Name: "first"}
	c, _ := j.start(t) // the store is tried once, and not by all of them
	if code := end(c); code != exitDone {
		t.Fatalf("the first process has ended with %d", code)
	}
	before := s.wins()
	j.Wait, j.Race = 0, true
	var refused atomic.Int32
	var all sync.WaitGroup
	var inputs []io.Closer
	left := make(chan struct{}, racers)
	for n := range racers {
		j.Name = fmt.Sprint("racer ", n)
		c, in := j.start(t)
		inputs = append(inputs, in)
		all.Go(func() {
			switch code := end(c); code {
			case exitLocked:
				refused.Add(1)
			case exitDone:
			default:
				t.Errorf("a racer has ended with %d", code)
			}
			left <- struct{}{}
		})
	}
	for range racers - 1 { // the winner waits for the others
		select {
		case <-left:
		case <-time.After(2 * time.Minute):
			t.Error("more than one racer has not ended")
		}
	}
	for _, in := range inputs {
		_ = in.Close()
	}
	all.Wait()
	if int(refused.Load()) != racers-1 {
		t.Errorf("%d of %d were refused", refused.Load(), racers)
	}
	return s.wins() - before
}

// Toll is what processes have gone through.
type Toll struct {
	Runs, Killed, Fenced, Doubtful, Absent, Twice, Late int
}

func (s *service) toll(toll *Toll) {
	s.mu.Lock()
	defer s.mu.Unlock()
	toll.Doubtful += s.doubtful
	toll.Absent += s.absent
	toll.Late += s.late
	for _, n := range s.posts {
		if n > 1 {
			toll.Twice++
		}
	}
}

// Kill kills processes until one after the other has done all. Random returns when
// each of them dies.
func Kill(t *testing.T, at string, items, kills int, random func() time.Duration) (toll Toll) {
	s := newService(t)
	j := job{At: at, Service: s.URL, Items: items, Slow: 20 * time.Millisecond, TTL: 900 * time.Millisecond, Wait: time.Minute}
	for code := -1; code != exitDone; toll.Runs++ {
		if toll.Runs > 3*kills+10 {
			t.Errorf("after %d runs it is not done", toll.Runs)
			return toll
		}
		j.Name = fmt.Sprint("run ", toll.Runs)
		for len(s.begun) > 0 {
			<-s.begun
		}
		c, _ := j.start(t)
		ended := make(chan struct{})
		if toll.Killed < kills {
			go func(atItsStart bool) { // or while it waits
				if !atItsStart {
					select {
					case <-s.begun:
					case <-ended:
					}
				}
				time.Sleep(random())
				_ = c.Process.Kill()
			}(exhaustive.On && toll.Runs%4 == 3) // a service's lock of one that died then lives 90 s
		}
		code = end(c)
		close(ended)
		switch code {
		case -1:
			toll.Killed++
		case exitFenced:
			toll.Fenced++
		case exitDone:
		default:
			t.Errorf("a run has ended with %d", code)
			return toll
		}
	}
	s.check(t, items)
	s.toll(&toll)
	return toll
}

// Zombie stops a process that has the lock, until another one has done all. When it
// goes on it may not send anything more.
func Zombie(t *testing.T, at string, items int, random func() time.Duration) (toll Toll) {
	s := newService(t)
	j := job{At: at, Service: s.URL, Items: items, Slow: 30 * time.Millisecond, TTL: 900 * time.Millisecond, Wait: time.Minute, Name: "first"}
	first, _ := j.start(t)
	<-s.begun
	time.Sleep(random())
	statetest.Must(t, first.Process.Signal(syscall.SIGSTOP))
	j.Name = "second"
	second, _ := j.start(t)
	if code := end(second); code != exitDone {
		t.Errorf("who takes over has ended with %d", code)
	}
	statetest.Must(t, first.Process.Signal(syscall.SIGCONT))
	switch code := end(first); code {
	case exitFenced:
		toll.Fenced++
	case exitDone: // it was at its end
	default:
		t.Errorf("the zombie has ended with %d", code)
	}
	toll.Runs = 2
	s.check(t, items)
	s.toll(&toll)
	return toll
}

// Processes lets real processes race for a lock, be killed and be stopped. Each time
// it is over a state of its own below an address.
func Processes(t *testing.T, at string, open func(at string) (shared.Engine, error)) {
	u, err := url.Parse(at)
	statetest.Must(t, err)
	below := func() string {
		own := *u
		own.Path += "/" + strings.ToLower(rand.Text())
		_, err := open(own.String())
		statetest.Must(t, err)
		return own.String()
	}
	upTo := func(most time.Duration) func() time.Duration {
		return func() time.Duration { return time.Duration(mathrand.Int64N(int64(most))) }
	}
	t.Run("race", func(t *testing.T) {
		racers := exhaustive.Or(50, 8)
		winners := Race(t, below(), racers)
		if winners != 1 {
			t.Errorf("%d of %d have won", winners, racers)
		}
	})
	t.Run("kill", func(t *testing.T) {
		const items = 12
		toll := sum(exhaustive.Or(4, 1), func() Toll { return Kill(t, below(), items, exhaustive.Or(10, 3), upTo(200*time.Millisecond)) })
		t.Logf("%+v", toll)
		if toll.Late > 0 {
			t.Errorf("%d requests of processes that are dead", toll.Late)
		}
	})
	t.Run("zombie", func(t *testing.T) {
		toll := sum(exhaustive.Or(8, 1), func() Toll { return Zombie(t, below(), 12, upTo(300*time.Millisecond)) })
		t.Logf("%+v", toll)
		// A process that is stopped between its last check and its request is the residual.
		if toll.Late > 1 {
			t.Errorf("%d requests of zombies", toll.Late)
		}
	})
}

// sum lets several go on at once, and adds up what they went through.
func sum(n int, f func() Toll) (all Toll) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			one := f()
			mu.Lock()
			defer mu.Unlock()
			all.Runs += one.Runs
			all.Killed += one.Killed
			all.Fenced += one.Fenced
			all.Doubtful += one.Doubtful
			all.Absent += one.Absent
			all.Twice += one.Twice
			all.Late += one.Late
		})
	}
	wg.Wait()
	return all
}

// Dropping creates items over a way to the store that loses answers. It does so in
// this process, as soon as the store has a head.
func Dropping(t *testing.T, e shared.Engine, way interface {
	Start()
	Dropped() int
}) {
	const items = 40
	s := newService(t)
	j := job{Service: s.URL, Items: 1, TTL: 9 * time.Second, Wait: time.Minute, Name: "only"}
	statetest.Must(t, j.do(t.Context(), e))
	way.Start()
	j.Items = items
	statetest.Must(t, j.do(t.Context(), e))
	s.check(t, items)
	var toll Toll
	s.toll(&toll)
	if n := way.Dropped(); n < items/3 || toll.Late > 0 || toll.Twice > 0 {
		t.Errorf("%d answers were dropped; %+v", n, toll)
	}
	t.Logf("%d answers were dropped, and each write was recognised", way.Dropped())
}
