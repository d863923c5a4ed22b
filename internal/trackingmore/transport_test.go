package trackingmore_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// dial is a client with a transport of its own, for a server that listens.
func dial(t *testing.T, url string) *trackingmore.Client {
	t.Helper()
	c := newClient(t, nil, func(o *trackingmore.Options) { o.Endpoint = url })
	t.Cleanup(c.CloseIdle)
	return c
}

func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s
}

// TestRedirects sends every kind of request (GET, POST, PUT, DELETE) to a server
// that points elsewhere, and to itself. The other server must see nothing at all,
// least of all the key.
func TestRedirects(t *testing.T) {
	var seen, evilSeen atomic.Int32
	evil := serve(t, func(http.ResponseWriter, *http.Request) { evilSeen.Add(1) })
	elsewhere := strings.Replace(evil.URL, "127.0.0.1", "localhost", 1)
	for _, status := range []int{300, 301, 302, 303, 307, 308} {
		for _, to := range []string{elsewhere + "/v2", "/trackings/get", "//" + strings.TrimPrefix(evil.URL, "http://"), ""} {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				seen.Add(1)
				if to != "" {
					w.Header().Set("Location", to)
				}
				w.WriteHeader(status)
			})
			for _, d := range []*trackingmore.Dialect{trackingmore.TrackingMore(), trackingmore.Trackru()} {
				c := newClient(t, nil, func(o *trackingmore.Options) { o.Endpoint, o.Dialect = s.URL, d })
				redirected(t, c, fmt.Sprintf("%d to %q", status, to), status, &seen)
				c.CloseIdle()
			}
		}
	}
	if n := evilSeen.Load(); n != 0 {
		t.Errorf("the other server has seen %d requests", n)
	}
}

// redirected sends one request of each kind, none of them twice.
func redirected(t *testing.T, c *trackingmore.Client, name string, status int, seen *atomic.Int32) {
	t.Helper()
	before, sto := seen.Load(), key("sto", "11111")
	for op := range c.Service().Calls {
		got := c.Send(background(), op, []tracking.Item{{Key: sto, Carrier: "zto"}})[0]
		if got.Verdict != tracking.InDoubt || got.Code != status || !strings.Contains(got.Message, "redirect to") {
			t.Errorf("%s, %s: %+v", name, op, got)
		}
	}
	if _, err := c.List(background(), oneNumber); err == nil || !strings.Contains(err.Error(), "redirect to") {
		t.Errorf("%s: %v", name, err)
	}
	if n, want := int(seen.Load()-before), len(c.Service().Calls)+1; n != want {
		t.Errorf("%s: %d requests, want %d", name, n, want)
	}
}

func TestCookiesAreForgotten(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if len(r.Cookies()) > 0 || r.Header.Get("Idempotency-Key") != "" {
			t.Errorf("headers %v", r.Header)
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "x"})
		fmt.Fprint(w, meta(4031))
	})
	c := dial(t, s.URL)
	for range 2 {
		if _, err := c.List(background(), oneNumber); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCompressed has an answer that is well within bounds, and one that only
// its compressed form is.
func TestCompressed(t *testing.T) {
	squeeze := func(write func(io.Writer)) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		write(z)
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	good := squeeze(func(w io.Writer) { fmt.Fprint(w, testFile(t, "answers/batch-recorded.json")) })
	bomb := squeeze(func(w io.Writer) {
		fmt.Fprint(w, `{"meta":{"code":200},"data":{"trackings":[{"tracking_number":"51837622007298","carrier_code":"bestex"}],"x":"`)
		for range 9 {
			_, _ = w.Write(bytes.Repeat([]byte("x"), 1<<20))
		}
		fmt.Fprint(w, `"}}`)
	})
	for _, tt := range []struct {
		name string
		body []byte
		want tracking.Verdict
	}{{"good", good, tracking.Done}, {"bomb", bomb, tracking.InDoubt}, {"cut", good[:len(good)-9], tracking.InDoubt}} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(tt.body)
		})
		got := dial(t, s.URL).Send(background(), tracking.OpCreate, items(key("bestex", "51837622007298"), key("bestex", "350233940124")))[0]
		if got.Verdict != tt.want || tt.name == "bomb" && !strings.Contains(got.Message, "longer than 8 MiB") {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

// spaces is a body of a length that no memory would hold.
type spaces struct{ read int64 }

func (s *spaces) Read(b []byte) (int, error) {
	s.read += int64(len(b))
	if s.read > 100<<20 {
		return 0, errors.New("read without end")
	}
	return copy(b, bytes.Repeat([]byte(" "), len(b))), nil
}

func (*spaces) Close() error { return nil }

func TestEndlessAnswer(t *testing.T) {
	body := &spaces{}
	c := newClient(t, transport(func(*http.Request) (*http.Response, error) {
		resp := reply(200, "")
		resp.Body, resp.ContentLength = body, -1
		return resp, nil
	}))
	if got := one(background(), c); got.Verdict != tracking.InDoubt || body.read > 9<<20 {
		t.Errorf("%+v after %d bytes", got, body.read)
	}
}

// TestBrokenConnections are real ones. The verdict of a write is what counts: it
// is sent once, and again only by whoever has read back what it did.
func TestBrokenConnections(t *testing.T) {
	hijack := func(answer string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}
	}
	const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	body := `{"meta":{"code":200},"data":{"trackings":[{"tracking_number":"11111","carrier_code":"sto"}]}}`
	for name, answer := range map[string]string{
		"no answer":        "",
		"not HTTP":         "220 smtp.example.org ready\r\n",
		"cut in the head":  ok[:20],
		"cut in the body":  ok + "Content-Length: 200\r\n\r\n" + body,
		"bad chunk":        ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + body,
		"negative length":  ok + "Content-Length: -5\r\n\r\n" + body,
		"header too long":  ok + "X: " + strings.Repeat("x", 1<<20) + "\r\n\r\n" + body,
		"unasked encoding": ok + "Content-Encoding: br\r\nContent-Length: 4\r\n\r\n\x0b\x02\x80{",
	} {
		var n atomic.Int32
		handler := hijack(answer)
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			n.Add(1)
			handler(w, r)
		})
		c := dial(t, s.URL)
		if got := one(background(), c); got.Verdict != tracking.InDoubt || n.Load() != 1 {
			t.Errorf("%s: %+v after %d requests", name, got, n.Load())
		}
	}
}

// TestReplayedRead has net/http send a read again by itself, which happens when
// a kept connection is closed as the request arrives. It must be counted; a
// write must not be sent again.
func TestReplayedRead(t *testing.T) {
	for _, write := range []bool{false, true} {
		var n atomic.Int32
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1) == 2 {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err == nil {
					_ = conn.Close()
				}
				return
			}
			fmt.Fprint(w, meta(4031))
		})
		c := dial(t, s.URL)
		if _, err := c.List(background(), oneNumber); err != nil {
			t.Fatal(err)
		}
		if write {
			if got := one(background(), c); got.Verdict != tracking.InDoubt || n.Load() != 2 {
				t.Errorf("write: %+v after %d requests", got, n.Load())
			}
			continue
		}
		if _, err := c.List(background(), oneNumber); err != nil {
			t.Fatal(err)
		}
		if got := c.Requests()["list"]; got != 3 || n.Load() != 3 {
			t.Errorf("the server has seen %d requests, counted are %d", n.Load(), got)
		}
	}
}

// TestUntrusted has a server whose certificate nobody vouches for: there is no
// way around it, and no second attempt.
func TestUntrusted(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request has arrived") }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	c := dial(t, s.URL)
	if got := one(background(), c); got.Verdict != tracking.Unsent || c.Requests()["delete-one"] != 1 {
		t.Errorf("%+v after %v", got, c.Requests())
	}
}

// TestNobodyThere spends real time, so it cancels the wait before the second
// attempt.
func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := contextThatEnds()
	c := newClient(t, nil, func(o *trackingmore.Options) {
		o.Endpoint = url
		o.Observe = func(e trackingmore.Event) {
			if e.Kind == trackingmore.EventRetry {
				cancel()
			}
		}
	})
	if got := one(ctx, c); got.Verdict != tracking.Unsent {
		t.Errorf("%+v", got)
	}
}

// TestErrors holds what the user gets to read.
func TestErrors(t *testing.T) {
	tests := []struct {
		name string
		rt   transport
		want string
	}{
		{"wrong key", replies(200, meta(4001)), `reading the account at TrackingMore: GET getuserinfo: code 4001 "words": the service does not know this API key: check that it is complete and belongs to this provider`},
		{"not found", replies(404, "<html>"), `reading the account at TrackingMore: GET getuserinfo: code 404: there is nothing at this address: is this the right endpoint?`},
		{"gone", replies(410, ""), `reading the account at TrackingMore: GET getuserinfo: code 410: the service is no longer at this address: is this the right endpoint?`},
		{"unknown code", replies(200, meta(4999)), `reading the account at TrackingMore: GET getuserinfo: code 4999 "words"`},
		{"redirect", replies(301, "", "Location", "https://example.org/a?b"), `reading the account at TrackingMore: GET getuserinfo: HTTP status 301: redirect to "https://example.org" refused: the API key goes to the configured endpoint only; if the service has moved, change the endpoint`},
	}
	for _, tt := range tests {
		_, err := newClient(t, tt.rt).Account(background())
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s:\n got %v\nwant %s", tt.name, err, tt.want)
		}
	}
}

// TestKeyIsNeverRepeated has a service, and a network, that echo the API key.
func TestKeyIsNeverRepeated(t *testing.T) {
	long := strings.Repeat("ü", 140) + testKey + strings.Repeat("y", 5<<20)
	for name, rt := range map[string]transport{
		"message":       replies(200, `{"meta":{"code":4001,"message":"key `+testKey+` unknown"}}`),
		"long message":  replies(200, `{"meta":{"code":4001,"message":"`+long+`"}}`),
		"wide message":  replies(200, `{"meta":{"code":4001,"message":"a`+strings.Repeat("ü", 400)+`"}}`),
		"code":          replies(403, `{"meta":{"code":"`+testKey+`"}}`),
		"redirect":      replies(302, "", "Location", "https://"+testKey+".example.org/"),
		"network":       fails(errors.New("proxy says: " + testKey)),
		"item":          replies(200, `{"meta":{"code":200},"data":{"errors":[{"tracking_number":"11111","carrier_code":"sto","code":4015,"message":"`+testKey+`"}]}}`),
		"page":          replies(403, "<html>"+testKey),
		"name of a key": replies(403, `{"`+testKey+`":1,"`+testKey+`":1}`),
	} {
		var said []string
		c := newClient(t, rt, func(o *trackingmore.Options) {
			o.Observe = func(e trackingmore.Event) { said = append(said, fmt.Sprintf("%+v", e)) }
		})
		said = append(said, one(background(), c).Message)
		if len(said[len(said)-1]) > 600 {
			t.Errorf("%s: message of %d bytes", name, len(said[len(said)-1]))
		}
		ctx, cancel := contextThatEnds()
		cancel()
		_, err := c.Account(ctx)
		said = append(said, fmt.Sprint(err))
		for err := error(err); err != nil; err = errors.Unwrap(err) {
			said = append(said, fmt.Sprintf("%v %+v", err, err))
		}
		for _, s := range said {
			if strings.Contains(s, testKey) || strings.Contains(s, testKey[:18]) || !utf8.ValidString(s) {
				t.Errorf("%s: %.400s", name, s)
			}
		}
	}
}
