package trackingmore_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// clocked notes when requests leave, since it was made.
type clocked struct {
	start time.Time
	next  http.RoundTripper
	times []time.Duration
}

func clock(next http.RoundTripper) *clocked { return &clocked{start: time.Now(), next: next} }

func (c *clocked) RoundTrip(req *http.Request) (*http.Response, error) {
	c.times = append(c.times, time.Since(c.start))
	return c.next.RoundTrip(req)
}

// one is a write of one tracking.
func one(ctx context.Context, c *trackingmore.Client) tracking.Outcome {
	return c.Send(ctx, tracking.OpDelete, items(key("sto", "11111")))[0]
}

func done() transport {
	return replies(200, `{"meta":{"code":200},"data":{"trackings":[{"tracking_number":"11111","carrier_code":"sto"}]}}`)
}

func rate(r float64) func(*trackingmore.Options) {
	return func(o *trackingmore.Options) { o.Rate = r }
}

func TestPace(t *testing.T) {
	const second = time.Second
	tests := []struct {
		name string
		rate float64
		took time.Duration // by each request
		want []time.Duration
	}{
		{"no limit", 0, 0, []time.Duration{0, 0, 0}},
		{"one a second", 1, 0, []time.Duration{0, 1020 * time.Millisecond, 2040 * time.Millisecond}},
		{"two a second", 2, 0, []time.Duration{0, 510 * time.Millisecond, 1020 * time.Millisecond}},
		{"slow answers", 1, 3 * second, []time.Duration{0, 3 * second, 6 * second}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rt := clock(transport(func(*http.Request) (*http.Response, error) {
					time.Sleep(tt.took)
					return reply(200, meta(200)), nil
				}))
				c := newClient(t, rt, rate(tt.rate))
				for range tt.want {
					one(t.Context(), c)
				}
				if diff := cmp.Diff(tt.want, rt.times); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestBefore asks before each attempt, when its turn has come, and sends nothing once
// the answer is no.
func TestBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, no := []time.Duration{}, errors.New("the lock is lost to ann@example.org, "+strings.Repeat("on a far machine ", 40))
		start := time.Now()
		rt := clock(transport(func(*http.Request) (*http.Response, error) { return reply(429, meta(429)), nil }))
		c := newClient(t, rt, rate(1), func(o *trackingmore.Options) {
			o.Before = func(context.Context) error {
				if asked = append(asked, time.Since(start)); len(asked) > 2 {
					return no
				}
				return nil
			}
		})
		if o := one(t.Context(), c); o.Verdict != tracking.Unsent || !strings.Contains(o.Message, no.Error()) {
			t.Errorf("%+v", o)
		}
		if _, err := c.Lookup(t.Context(), []tracking.Key{key("sto", "11111")}, ""); !errors.Is(err, no) {
			t.Errorf("a read ends with %v", err)
		}
		if len(rt.times) != 2 || len(asked) != 4 || asked[2] < 240*time.Second {
			t.Errorf("asked after %v, sent after %v", asked, rt.times)
		}
	})
}

// TestSentElsewhere waits an interval after a request of another machine.
func TestSentElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rt := clock(done())
		c := newClient(t, rt, rate(1), func(o *trackingmore.Options) { o.Sent = time.Now() })
		one(t.Context(), c)
		if len(rt.times) != 1 || rt.times[0] < time.Second {
			t.Errorf("sent after %v", rt.times)
		}
	})
}

// TestPaceFromTheWrite has a transport that takes time to connect, which is no
// part of the interval, and one that sends a read again by itself.
func TestPaceFromTheWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var wrote []time.Duration
		start := time.Now()
		attempt := func(trace *httptrace.ClientTrace, connect time.Duration) {
			trace.GetConn("x")
			time.Sleep(connect)
			trace.GotConn(httptrace.GotConnInfo{})
			trace.WroteHeaders()
			wrote = append(wrote, time.Since(start))
			trace.WroteRequest(httptrace.WroteRequestInfo{})
		}
		n := 0
		c := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
			trace := httptrace.ContextClientTrace(req.Context())
			if n++; n == 1 {
				attempt(trace, 300*time.Millisecond)
			} else {
				attempt(trace, 0)
				attempt(trace, 0) // as net/http does when a kept connection is closed
			}
			return reply(200, meta(4031)), nil
		}), rate(1))
		for range 2 {
			if _, err := c.List(t.Context(), oneNumber); err != nil {
				t.Fatal(err)
			}
		}
		want := []time.Duration{300 * time.Millisecond, 1320 * time.Millisecond, 2340 * time.Millisecond}
		if diff := cmp.Diff(want, wrote); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if n := c.Requests()["list"]; n != 3 {
			t.Errorf("%d requests counted, want 3", n)
		}
	})
}

// TestPaceAtTheServer delays requests on their way: what arrives late must not be
// followed too closely by what does not.
func TestPaceAtTheServer(t *testing.T) {
	for _, late := range [][]time.Duration{{200, 0}, {10, 10, 240, 10, 10}, {10, 100, 10, 200, 0, 250, 10}} {
		synctest.Test(t, func(t *testing.T) {
			var arrived []time.Time
			c := newClient(t, transport(func(*http.Request) (*http.Response, error) {
				time.Sleep(late[len(arrived)] * time.Millisecond)
				arrived = append(arrived, time.Now())
				time.Sleep(20 * time.Millisecond)
				return reply(200, meta(200)), nil
			}), rate(1))
			for i := range late {
				one(t.Context(), c)
				if i > 0 && arrived[i].Sub(arrived[i-1]) < time.Second {
					t.Errorf("%v: request %d arrived %v after the one before", late, i, arrived[i].Sub(arrived[i-1]))
				}
			}
			if took := arrived[len(arrived)-1].Sub(arrived[0]); took > time.Duration(len(late)-1)*1300*time.Millisecond {
				t.Errorf("%v: all took %v", late, took)
			}
		})
	}
}

// TestOneAtATime sends from many goroutines, with a rate and without.
func TestOneAtATime(t *testing.T) {
	for _, perSecond := range []float64{0, 1} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			under := 0
			change := func(by int) {
				mu.Lock()
				defer mu.Unlock()
				if under += by; under > 1 {
					t.Error("two requests at once")
				}
			}
			rt := clock(transport(func(*http.Request) (*http.Response, error) {
				change(1)
				defer change(-1)
				time.Sleep(700 * time.Millisecond)
				return reply(200, meta(200)), nil
			}))
			c := newClient(t, rt, rate(perSecond))
			var wg sync.WaitGroup
			for range 5 {
				wg.Go(func() { one(t.Context(), c) })
			}
			wg.Wait()
			for i := 1; i < len(rt.times) && perSecond > 0; i++ {
				if gap := rt.times[i] - rt.times[i-1]; gap < 1020*time.Millisecond {
					t.Errorf("request %d left %v after the one before", i, gap)
				}
			}
		})
	}
}

// TestTooManyRequests holds what a 429 does: how long the gate stays closed.
func TestTooManyRequests(t *testing.T) {
	tests := []struct {
		name  string
		first transport
		want  time.Duration
	}{
		{"HTTP status", replies(429, ""), 120 * time.Second},
		{"HTTP status and HTML", replies(429, "<html>"), 120 * time.Second},
		{"meta.code", replies(200, meta(429)), 120 * time.Second},
		{"5 seconds", replies(429, "", "Retry-After", "5"), 5 * time.Second},
		{"120 seconds", replies(429, "", "Retry-After", "120"), 120 * time.Second},
		{"under HTTP 200", replies(200, meta(429), "Retry-After", "7"), 7 * time.Second},
		{"at once", replies(429, "", "Retry-After", "0"), time.Second},
		{"ten minutes", replies(429, "", "Retry-After", "600"), 10 * time.Minute},
		{"below zero", replies(429, "", "Retry-After", "-1"), 120 * time.Second},
		{"half a date", replies(429, "", "Retry-After", "Fri, 31 Dec 9999"), 120 * time.Second},
		{"a date gone by", replies(429, "", "Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT"), time.Second},
		{"a date", replies(429, "", "Retry-After", "Sat, 01 Jan 2000 00:00:30 GMT"), 30 * time.Second}, // synctest begins at midnight
		{"a date by a clock of its own", replies(429, "", "Retry-After", "Sat, 01 Jan 2022 00:00:30 GMT", "Date", "Sat, 01 Jan 2022 00:00:00 GMT"), 30 * time.Second},
		{"a date, and no clock", replies(429, "", "Retry-After", "Sat, 01 Jan 2000 00:00:30 GMT", "Date", "then"), 30 * time.Second},
		{"garbage", replies(429, "", "Retry-After", "soon"), 120 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rt := clock(inTurn(tt.first, done()))
				c := newClient(t, rt)
				if got := one(t.Context(), c); got.Verdict != tracking.Done {
					t.Errorf("outcome %+v", got)
				}
				if diff := cmp.Diff([]time.Duration{0, tt.want}, rt.times); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A pause of more than ten minutes ends a run, with its time; nothing else is sent, and
// nothing is in doubt.
func TestPauseTooLong(t *testing.T) {
	for _, tt := range []struct{ after, want string }{
		{"601", "a pause of 10 min 1 s, until 2000-01-01 00:10 UTC: run it again then"},
		{"7200", "a pause of 2 h, until 2000-01-01 02:00 UTC"},
		{"99999999999999999999999999", "until 2000-12-31 00:00 UTC"},
		{"Fri, 31 Dec 9999 23:59:59 GMT", "until 2000-12-31 00:00 UTC"},
	} {
		synctest.Test(t, func(t *testing.T) {
			rt := clock(inTurn(replies(429, "", "Retry-After", tt.after), done()))
			if got := one(t.Context(), newClient(t, rt)); got.Verdict != tracking.Unsent || !strings.Contains(got.Message, tt.want) {
				t.Errorf("%s: outcome %+v", tt.after, got)
			}
			if len(rt.times) != 1 {
				t.Errorf("%s: sent at %v", tt.after, rt.times)
			}
		})
	}
}

func TestTooManyRequestsForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rt := clock(replies(200, meta(429)))
		var until []time.Time
		c := newClient(t, rt, func(o *trackingmore.Options) {
			o.Pause = 90 * time.Second
			o.Observe = func(e trackingmore.Event) {
				if e.Kind == trackingmore.EventWait {
					until = append(until, e.Until)
				}
			}
		})
		start := time.Now()
		if got := one(t.Context(), c); got.Verdict != tracking.Unsent || got.Code != 429 {
			t.Errorf("write: %+v", got)
		}
		_, err := c.List(t.Context(), oneNumber)
		if fail := (*trackingmore.Error)(nil); !errors.As(err, &fail) || fail.Code != 429 || !strings.Contains(err.Error(), "too many requests") {
			t.Errorf("read: %v", err)
		}
		var want []time.Duration
		for i := range 8 { // four each; nothing leaves while the gate is closed, whoever has met the 429
			want = append(want, time.Duration(i)*90*time.Second)
		}
		if diff := cmp.Diff(want, rt.times); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if len(until) != 7 || until[0].Sub(start) != 90*time.Second {
			t.Errorf("told to wait until %v", until)
		}
	})
}

func TestReadsAreSentAgain(t *testing.T) {
	good := replies(200, meta(4031))
	reset := &net.OpError{Op: "read", Err: errors.New("connection reset")}
	tests := []struct {
		name  string
		steps []transport
		sent  int
		ok    bool
	}{
		{"500", []transport{replies(500, "<html>"), good}, 2, true},
		{"503 and reset", []transport{replies(503, meta(503)), fails(reset), good}, 3, true},
		{"500 in meta", []transport{replies(200, meta(500)), good}, 2, true},
		{"unreadable", []transport{replies(200, "<html>"), good}, 2, true},
		{"unreadable twice", []transport{replies(200, "<html>"), replies(200, ""), good}, 2, false},
		{"500 and unreadable", []transport{replies(500, ""), replies(200, "{"), good}, 2, false},
		{"unreadable and 500", []transport{replies(200, "{"), replies(500, ""), good}, 3, true},
		{"too often", []transport{replies(502, ""), replies(502, ""), replies(502, ""), good}, 3, false},
		{"wrong key", []transport{replies(200, meta(4001)), good}, 1, false},
		{"wrong path", []transport{replies(404, "<html>"), good}, 1, false},
		{"redirect", []transport{replies(302, "", "Location", "https://example.org"), good}, 1, false},
		{"over the limit", []transport{replies(200, meta(202)), good}, 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rt := clock(inTurn(tt.steps...))
				c := newClient(t, rt)
				_, err := c.List(t.Context(), oneNumber)
				if (err == nil) != tt.ok || len(rt.times) != tt.sent || c.Requests()["list"] != tt.sent {
					t.Errorf("sent %d times, want %d; error %v", len(rt.times), tt.sent, err)
				}
				for i := 1; i < len(rt.times); i++ {
					gap, longest := rt.times[i]-rt.times[i-1], time.Second<<i
					if gap < time.Second || gap > longest {
						t.Errorf("attempt %d came %v after the one before, want 1s to %v", i+1, gap, longest)
					}
				}
			})
		})
	}
}

func TestRetryBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := true
		rt := clock(transport(func(*http.Request) (*http.Response, error) {
			if bad {
				return reply(500, ""), nil
			}
			return reply(200, meta(4031)), nil
		}))
		c := newClient(t, rt)
		sent := func() int {
			before := len(rt.times)
			_, _ = c.List(t.Context(), oneNumber)
			return len(rt.times) - before
		}
		var got []int
		for range 11 {
			got = append(got, sent())
		}
		bad = false
		for range 19 {
			sent()
		}
		bad = true
		got = append(got, sent(), sent())
		want := []int{3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 1, 2, 1} // 20 tokens are spent; 19 successes bring one back
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestWritesAreSentAgain only if they certainly have not arrived.
func TestWritesAreSentAgain(t *testing.T) {
	refused := fails(&net.OpError{Op: "dial", Err: errors.New("connection refused")})
	reset := fails(&net.OpError{Op: "read", Err: errors.New("connection reset")})
	traced := func(hooks func(*httptrace.ClientTrace), err error) transport {
		return func(req *http.Request) (*http.Response, error) {
			hooks(httptrace.ContextClientTrace(req.Context()))
			return nil, err
		}
	}
	oops := errors.New("oops")
	connecting := func(tr *httptrace.ClientTrace) { tr.GetConn("x") }
	connected := func(tr *httptrace.ClientTrace) { tr.GetConn("x"); tr.GotConn(httptrace.GotConnInfo{}) }
	written := func(tr *httptrace.ClientTrace) { connected(tr); tr.WroteHeaders() }
	tests := []struct {
		name  string
		steps []transport
		sent  int
		want  tracking.Verdict
	}{
		{"dial", []transport{refused, refused, done()}, 3, tracking.Done},
		{"dial for ever", []transport{refused}, 3, tracking.Unsent},
		{"no such name", []transport{fails(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}), done()}, 2, tracking.Done},
		{"no connection", []transport{traced(connecting, oops), done()}, 2, tracking.Done},
		{"nothing written", []transport{traced(connected, oops), done()}, 2, tracking.Done},
		{"written", []transport{traced(written, oops), done()}, 1, tracking.InDoubt},
		{"reset", []transport{reset, done()}, 1, tracking.InDoubt},
		{"no idea", []transport{fails(oops), done()}, 1, tracking.InDoubt},
		{"500", []transport{replies(500, ""), done()}, 1, tracking.InDoubt},
		{"503 in meta", []transport{replies(200, meta(503)), done()}, 1, tracking.InDoubt},
		{"unreadable", []transport{replies(200, "<html>"), done()}, 1, tracking.InDoubt},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rt := clock(inTurn(tt.steps...))
				if got := one(t.Context(), newClient(t, rt)); got.Verdict != tt.want || len(rt.times) != tt.sent {
					t.Errorf("%+v after %d requests, want %s after %d", got, len(rt.times), tt.want, tt.sent)
				}
			})
		})
	}
}

// TestCancel ends the context at different points of a request's way.
func TestCancel(t *testing.T) {
	hang := func(hooks func(*httptrace.ClientTrace)) transport {
		return func(req *http.Request) (*http.Response, error) {
			hooks(httptrace.ContextClientTrace(req.Context()))
			<-req.Context().Done()
			return nil, req.Context().Err()
		}
	}
	connecting := hang(func(tr *httptrace.ClientTrace) { tr.GetConn("x") })
	connected := hang(func(tr *httptrace.ClientTrace) { tr.GetConn("x"); tr.GotConn(httptrace.GotConnInfo{}) })
	unknown := hang(func(*httptrace.ClientTrace) {})
	late := transport(func(req *http.Request) (*http.Response, error) {
		time.Sleep(10 * time.Second)
		return done()(req)
	})
	tests := []struct {
		name  string
		steps []transport
		after time.Duration // when the context ends; the client's own timeout is 30 s
		sent  int
		want  tracking.Verdict
	}{
		{"before", []transport{done()}, 0, 0, tracking.Unsent},
		{"at the gate", []transport{replies(429, ""), done()}, time.Minute, 1, tracking.Unsent},
		{"while connecting", []transport{connecting, done()}, time.Second, 1, tracking.Unsent},
		{"once connected", []transport{connected, done()}, time.Second, 1, tracking.InDoubt},
		{"no telling", []transport{unknown, done()}, time.Second, 1, tracking.InDoubt},
		{"while it is answered", []transport{late}, time.Second, 1, tracking.Done},
		{"before another attempt", []transport{fails(&net.OpError{Op: "dial", Err: errors.New("x")}), done()}, time.Millisecond, 1, tracking.Unsent},
		{"timeout while connecting", []transport{connecting, done()}, time.Hour, 2, tracking.Done},
		{"timeout", []transport{connected, done()}, time.Hour, 1, tracking.InDoubt},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), tt.after)
				defer cancel()
				synctest.Wait()
				rt := clock(inTurn(tt.steps...))
				if got := one(ctx, newClient(t, rt)); got.Verdict != tt.want || len(rt.times) != tt.sent {
					t.Errorf("%+v after %d requests, want %s after %d", got, len(rt.times), tt.want, tt.sent)
				}
			})
		})
	}
}

func TestCancelRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		rt := clock(transport(func(*http.Request) (*http.Response, error) {
			cancel()
			return reply(500, ""), nil
		}))
		_, err := newClient(t, rt).List(ctx, oneNumber)
		if !errors.Is(err, context.Canceled) || len(rt.times) != 1 {
			t.Errorf("%v after %d requests", err, len(rt.times))
		}
	})
}

// TestTimeout has an answer that never ends.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rt := transport(func(req *http.Request) (*http.Response, error) {
			resp := reply(200, "")
			resp.Body, resp.ContentLength = endless{req.Context()}, -1
			return resp, nil
		})
		start := time.Now()
		got := one(t.Context(), newClient(t, rt, func(o *trackingmore.Options) { o.Timeout = 5 * time.Second }))
		if got.Verdict != tracking.InDoubt || time.Since(start) > 6*time.Second || !strings.Contains(got.Message, "no answer within 5s") {
			t.Errorf("%+v after %v", got, time.Since(start))
		}
	})
}

// TestSlowRead has a service that is too slow for a read: a second look is enough.
func TestSlowRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rt := clock(transport(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}))
		_, err := newClient(t, rt).List(t.Context(), oneNumber)
		if err == nil || !strings.Contains(err.Error(), "no answer within 30s") || len(rt.times) != 2 || rt.times[1] > 33*time.Second {
			t.Errorf("%v after requests at %v", err, rt.times)
		}
	})
}

// endless returns one byte a second until its context ends.
type endless struct{ ctx context.Context }

func (e endless) Read(b []byte) (int, error) {
	time.Sleep(time.Second)
	b[0] = ' '
	return 1, e.ctx.Err()
}

func (endless) Close() error { return nil }
