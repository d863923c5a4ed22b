package trackingmore_test

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tmsync/tmsync/internal/pace"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// arrivals are requests of several clients as the service sees them. They take a
// time to connect, which differs from one to the next.
type arrivals struct {
	mu     sync.Mutex
	times  []time.Time
	answer func(n int) (*http.Response, error)
}

func (a *arrivals) RoundTrip(req *http.Request) (*http.Response, error) {
	trace := httptrace.ContextClientTrace(req.Context())
	trace.GetConn("x")
	a.mu.Lock()
	connect := time.Duration(len(a.times)*7%5) * 150 * time.Millisecond
	a.mu.Unlock()
	time.Sleep(connect)
	trace.GotConn(httptrace.GotConnInfo{})
	trace.WroteHeaders()
	a.mu.Lock()
	a.times = append(a.times, time.Now())
	n := len(a.times)
	a.mu.Unlock()
	trace.WroteRequest(httptrace.WroteRequestInfo{})
	time.Sleep(time.Duration(n%3) * 40 * time.Millisecond)
	return a.answer(n)
}

// closest is the shortest time between two requests.
func (a *arrivals) closest() time.Duration {
	slices.SortFunc(a.times, time.Time.Compare)
	shortest := time.Hour
	for i := 1; i < len(a.times); i++ {
		shortest = min(shortest, a.times[i].Sub(a.times[i-1]))
	}
	return shortest
}

func gone(int) (*http.Response, error) { return reply(200, meta(4031)), nil }

// sharing is a client that shares its pace.
func sharing(t *testing.T, dir string, rt http.RoundTripper, change ...func(*trackingmore.Options)) *trackingmore.Client {
	t.Helper()
	return newClient(t, rt, append([]func(*trackingmore.Options){rate(1), func(o *trackingmore.Options) { o.PaceDir = dir }}, change...)...)
}

// askTimes asks one thing after the other.
func askTimes(t *testing.T, c *trackingmore.Client, n int) {
	t.Helper()
	for range n {
		if _, err := c.List(t.Context(), oneNumber); err != nil {
			t.Error(err)
		}
	}
}

// TestPaceSideBySide has three clients of one account, as they are in three
// processes, and one of another account.
func TestPaceSideBySide(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := &arrivals{answer: gone}, &arrivals{answer: gone}
		start := time.Now()
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { askTimes(t, sharing(t, dir, ours), 10) })
		}
		all.Go(func() {
			askTimes(t, sharing(t, dir, theirs, func(o *trackingmore.Options) { o.Key = "another" }), 10)
			if took := time.Since(start); took > 18*time.Second {
				t.Errorf("another account took %v", took)
			}
		})
		all.Wait()
		if gap := ours.closest(); gap < time.Second || len(ours.times) != 30 {
			t.Errorf("%d requests, two of them within %v", len(ours.times), gap)
		}
		if took := time.Since(start); took > 60*time.Second {
			t.Errorf("30 requests took %v", took)
		}
	})
}

// TestPaceAcrossCommands has a client follow another one at once.
func TestPaceAcrossCommands(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		a := &arrivals{answer: gone}
		for range 5 {
			askTimes(t, sharing(t, dir, a), 1)
		}
		if gap := a.closest(); gap < time.Second {
			t.Errorf("two requests within %v", gap)
		}
	})
}

// TestPauseIsShared: what one client is told by a 429, all keep to.
func TestPauseIsShared(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		a := &arrivals{answer: func(n int) (*http.Response, error) {
			if n == 4 {
				return reply(200, meta(429)), nil
			}
			return gone(n)
		}}
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { askTimes(t, sharing(t, dir, a), 4) })
		}
		all.Wait()
		a.closest()
		if pause := a.times[4].Sub(a.times[3]); pause < 2*time.Minute {
			t.Errorf("%v after a 429 came the next request", pause)
		}
	})
}

// TestLivePaceIsShared: parcels have a rate of their own, which is the account's.
func TestLivePaceIsShared(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		a := &arrivals{answer: func(int) (*http.Response, error) { return reply(200, meta(4018)), nil }}
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				for range 4 {
					_, _ = ask[tracking.QueryLive](sharing(t, dir, a, rate(5)))
				}
			})
		}
		all.Wait()
		if gap := a.closest(); gap < time.Second || len(a.times) != 8 {
			t.Errorf("%d parcels, two of them within %v", len(a.times), gap)
		}
	})
}

// TestPaceOfAWrongClock has others leave times behind that cannot be: nobody waits
// for them.
func TestPaceOfAWrongClock(t *testing.T) {
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // when synctest begins
	tests := map[string]struct {
		left pace.Record
		want time.Duration
	}{
		"just now":                 {pace.Record{Last: now}, 1020 * time.Millisecond},
		"an hour ago":              {pace.Record{Last: now.Add(-time.Hour), Live: now.Add(-time.Hour), Closed: now.Add(-time.Hour)}, 0},
		"a request of the future":  {pace.Record{Last: now.Add(time.Hour)}, 0},
		"closed for two minutes":   {pace.Record{Last: now, Closed: now.Add(2 * time.Minute)}, 2 * time.Minute},
		"closed until next week":   {pace.Record{Closed: now.AddDate(0, 0, 7)}, 0},
		"closed in another age":    {pace.Record{Closed: now.AddDate(150, 0, 0)}, 0},
		"a request of another age": {pace.Record{Last: now.AddDate(150, 0, 0)}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				turn := pace.ForAccount(dir, "api.trackingmore.com", testKey).Take(context.Background())
				turn.Write(tt.left)
				turn.End()
				rt := clock(replies(200, meta(4031)))
				askTimes(t, sharing(t, dir, rt), 1)
				if rt.times[0] != tt.want {
					t.Errorf("it left after %v, want %v", rt.times[0], tt.want)
				}
			})
		})
	}
}

// TestPaceBesideOneThatHangs: somebody has the turn and never sends.
func TestPaceBesideOneThatHangs(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		turn := pace.ForAccount(dir, "api.trackingmore.com", testKey).Take(t.Context())
		defer turn.End()
		a := &arrivals{answer: gone}
		start := time.Now()
		askTimes(t, sharing(t, dir, a), 3)
		if took := time.Since(start); took > 20*time.Second || a.closest() < time.Second {
			t.Errorf("three requests took %v, and two came within %v", took, a.closest())
		}
	})
}

// TestNoLimitNoFile: without a limit nothing is shared.
func TestNoLimitNoFile(t *testing.T) {
	dir := t.TempDir()
	askTimes(t, sharing(t, dir+"/pace", replies(200, meta(4031)), rate(0)), 2)
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("%v, %v", entries, err)
	}
}
