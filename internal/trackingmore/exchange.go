package trackingmore

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tmsync/tmsync/internal/text"
)

// Bounds of an answer, after decompression, in bytes. A page of 2000 trackings
// has about 7 MB, and the answer to a write of 40 some 20 KB.
const (
	maxPage = 64 << 20
	maxBody = 8 << 20
)

// request is one request, ready to be sent as often as need be.
type request struct {
	call   string // short name
	method string
	path   string // below the endpoint, escaped, with the query
	body   []byte // nil for none
	write  bool
	own    bool  // the call has a rate of its own besides the account's
	codes  codes // of the dialect; set by exchange
	most   int   // bound of the answer, in bytes
	// quote makes words of the answer fit to be repeated.
	quote func(string) string
	// parse reads an answer's body, and keeps nothing of it: its room is used
	// again. It is called for every answer, whatever its status; an error means
	// that the body cannot be relied on. data is for answer.data.
	parse func(body []byte) (m meta, data json.RawMessage, err error)
}

// answer is what the service said about a whole request.
type answer struct {
	status     int // HTTP
	code       int // meta.code, or status where that counts; see codes.codeOf
	message    string
	data       json.RawMessage // what parse has returned
	retryAfter string
	date       time.Time // by the service's clock, to the second; zero where it does not say
}

// exchange sends a request until there is an answer with a code. It sends again
//   - what a 429 turned away, once the gate is open, at most maxClosures times;
//   - a read that got no answer or a 5xx, up to maxAttempts times in all;
//   - a read whose time ran out, or that got an answer which is none of the
//     service's, once: a wrong address or a login page will not mend itself;
//   - a write that certainly never reached the service, up to maxAttempts times,
//
// all but the first within the budget of the run. A read that fails for good has
// done so within 6 s, besides the time that the service took. The error has
// Unsent set if the service certainly has not acted on the request.
func (c *Client) exchange(ctx context.Context, r *request) (*answer, *Error) {
	r.codes, r.own = c.dialect.codes, r.call == c.dialect.own.call
	closures := 0
	for attempt := 1; ; {
		a, fail := c.once(ctx, r, attempt)
		switch {
		case fail == nil && a.code == http.StatusTooManyRequests:
			if closures++; closures > maxClosures {
				fail = failed(r, a, nil)
				fail.Unsent = true
				return nil, fail
			}
			continue // once waits until the gate is open again
		case fail == nil && !passing(a.code):
			c.retries.earn()
			return a, nil
		case fail == nil && r.write:
			return a, nil
		case fail == nil:
			fail = failed(r, a, nil)
			fail.tries = maxAttempts
		}
		if attempt >= fail.tries || !c.retries.spend() {
			return nil, fail
		}
		until := time.Now().Add(backOff(attempt))
		c.observe(Event{Kind: EventRetry, Call: r.call, Attempt: attempt, Until: until, Err: fail})
		if err := sleepUntil(ctx, until); err != nil {
			stopped := failed(r, nil, err)
			stopped.Unsent = fail.Unsent
			return nil, stopped
		}
		attempt++
	}
}

// read sends a read. Its answer has at most so many bytes. A code other than success
// is an *Error.
func (c *Client) read(ctx context.Context, call, path string, most int, parse func([]byte) (meta, json.RawMessage, error)) (*answer, error) {
	r := &request{call: call, method: http.MethodGet, path: path, most: most, parse: parse, quote: c.quoter(nil)}
	a, fail := c.exchange(ctx, r)
	if fail == nil && !r.codes.succeeded(a.code) {
		fail = failed(r, a, nil)
	}
	if fail != nil {
		return nil, fail
	}
	return a, nil
}

// once sends a request once, when its turn has come.
func (c *Client) once(ctx context.Context, r *request, attempt int) (*answer, *Error) {
	err := c.gate.enter(ctx, r.own, func(until time.Time) {
		c.observe(Event{Kind: EventWait, Call: r.call, Attempt: attempt, Until: until})
	})
	if err != nil {
		fail := failed(r, nil, err)
		fail.Unsent = true
		return nil, fail
	}
	defer c.gate.leave()
	if err := c.before(ctx); err != nil {
		fail := failed(r, nil, nil)
		fail.Unsent, fail.err = true, err // as it is: no word of it is the service's
		return nil, fail
	}

	start := time.Now()
	if r.write {
		// A write under way is finished: its answer saves reading back what it did.
		ctx = context.WithoutCancel(ctx)
	}
	a, fail := c.roundTrip(ctx, r)
	if r.write {
		c.wrote()
	}
	ended := Event{Kind: EventAnswer, Call: r.call, Attempt: attempt, Took: time.Since(start)}
	if fail != nil {
		ended.Code, ended.Err = fail.Code, fail
	} else {
		ended.Code = a.code
		if a.code == http.StatusTooManyRequests {
			pause := pauseFor(a.retryAfter, a.date, c.pause)
			c.gate.shut(ctx, min(pause, max(c.pause, maxPause)))
			if pause > max(c.pause, maxPause) {
				fail = tooLong(r, a, pause)
			}
		}
	}
	c.observe(ended)
	return a, fail
}

// tooLong is the error for a pause that is longer than anybody waits.
func tooLong(r *request, a *answer, pause time.Duration) *Error {
	fail := failed(r, a, fmt.Errorf("the service asks for a pause of %s, until %s: run it again then",
		text.Duration(pause.Seconds()), time.Now().Add(pause).UTC().Format("2006-01-02 15:04 UTC")))
	fail.Unsent = true
	return fail
}

func (c *Client) roundTrip(parent context.Context, r *request) (*answer, *Error) {
	ctx, cancel := context.WithTimeoutCause(parent, c.timeout, fmt.Errorf("no answer within %v", c.timeout))
	defer cancel()
	t := &trip{client: c, request: r, ctx: ctx}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, t.trace()), r.method, c.endpoint+r.path, reader(r.body))
	if err != nil {
		fail := failed(r, nil, err)
		fail.Unsent = true
		return nil, fail
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Cache-Control", "no-store")
	req.Header.Set("User-Agent", c.agent)
	req.Header.Set(c.dialect.header, c.key)

	c.gate.leaving(r.own)
	c.count(r.call)
	sent := time.Now()
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unanswered(r, t, parent, err)
	}
	defer resp.Body.Close()
	c.clock.compare(dateOf(resp), sent, time.Now())
	c.gate.answered(ctx, r.call)
	return c.receive(r, t, parent, resp)
}

// reader returns a nil reader for a missing body: a typed nil would be sent as an
// empty one.
func reader(body []byte) io.Reader {
	if body == nil {
		return nil
	}
	return bytes.NewReader(body)
}

// receive interprets an answer.
func (c *Client) receive(r *request, t *trip, parent context.Context, resp *http.Response) (*answer, *Error) {
	a := &answer{status: resp.StatusCode, retryAfter: resp.Header.Get("Retry-After"), date: dateOf(resp)}
	if a.status >= 300 && a.status < 400 {
		return nil, failed(r, &answer{status: a.status, code: a.status}, redirectError(resp))
	}
	room, _ := c.rooms.Get().(*bytes.Buffer)
	if room == nil {
		room = new(bytes.Buffer)
	}
	defer c.rooms.Put(room)
	body, err := readBody(room, resp, r.most)
	if err != nil && a.status != http.StatusTooManyRequests {
		return nil, c.unanswered(r, t, parent, err)
	}
	if err == nil {
		err = r.readable(resp, body)
	}
	var m meta
	if err == nil {
		m, a.data, err = r.parse(body)
	}
	if a.code = r.codes.codeOf(a.status, m, err); a.code == 0 {
		fail := failed(r, a, fmt.Errorf("%w: is this the right endpoint?", err))
		if !r.write && len(body) <= r.most {
			fail.tries = 2
		}
		return nil, fail
	}
	if err == nil && !r.codes.succeeded(a.code) { // the words of a success are not repeated
		a.message = r.quote(m.message)
	}
	return a, nil
}

// readBody reads an answer's body. One byte more than the most shows that it is too
// long. Its announced length is believed as far as a page may go.
func readBody(room *bytes.Buffer, resp *http.Response, most int) ([]byte, error) {
	room.Reset()
	if resp.ContentLength > 0 {
		room.Grow(int(min(resp.ContentLength, maxBody)) + bytes.MinRead)
	}
	_, err := room.ReadFrom(io.LimitReader(resp.Body, int64(most)+1))
	return room.Bytes(), err
}

// readable returns why an answer cannot be read, whatever is in it.
func (r *request) readable(resp *http.Response, body []byte) error {
	if len(body) > r.most {
		return fmt.Errorf("the answer is longer than %d MiB", r.most>>20)
	}
	if e := resp.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return fmt.Errorf("the answer is encoded as %q, which was not asked for", text.Shorten(e, 40))
	}
	// Without a charset, or with a type that cannot be read, JSON is UTF-8.
	_, params, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		return nil
	}
	switch charset := strings.ToLower(params["charset"]); charset {
	case "", "utf-8", "utf8", "us-ascii":
		return nil
	default:
		return fmt.Errorf("the answer is written in %q, not in UTF-8", text.Shorten(charset, 40))
	}
}

// unanswered is the error for a request whose answer never came, or not whole.
func (c *Client) unanswered(r *request, t *trip, parent context.Context, err error) *Error {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err // it says method and address once more
	}
	timedOut := t.ctx.Err() != nil && parent.Err() == nil
	unsent := t.unsent(err)
	if timedOut {
		err = context.Cause(t.ctx)
	}
	fail := failed(r, nil, err)
	fail.Unsent = unsent
	untrusted := (*tls.CertificateVerificationError)(nil)
	if parent.Err() == nil && (unsent || !r.write) && !errors.As(err, &untrusted) {
		fail.tries = maxAttempts
		if timedOut {
			fail.tries = 2
		}
	}
	return fail
}

// redirectError returns an error that names where a redirect would have led.
func redirectError(resp *http.Response) error {
	to := "another address"
	if u, err := resp.Location(); err == nil {
		to = fmt.Sprintf("%q", u.Scheme+"://"+u.Host)
	}
	return fmt.Errorf("redirect to %s refused: the API key goes to the configured endpoint only; if the service has moved, change the endpoint", to)
}

// trip watches how far a request gets.
type trip struct {
	client  *Client
	request *request
	ctx     context.Context

	traced  atomic.Bool // the transport reports to trace
	gotConn atomic.Bool
	wrote   atomic.Int32 // how often the head of the request was written
}

// trace returns the hooks of the transport. It may send a read again by itself when
// a kept connection turns out to be closed. That request keeps to the rate and is
// counted like any other.
func (t *trip) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) {
			t.traced.Store(true)
			if t.wrote.Load() > 0 {
				// Without the time to wait, the request ends by its context.
				_ = t.client.gate.wait(t.ctx, t.request.own, func(time.Time) {})
			}
		},
		GotConn: func(httptrace.GotConnInfo) { t.gotConn.Store(true) },
		WroteHeaders: func() {
			if t.wrote.Add(1) > 1 {
				t.client.count(t.request.call)
			}
		},
		WroteRequest: func(httptrace.WroteRequestInfo) { t.client.gate.wrote(t.request.own) },
	}
}

// unsent reports whether a request that ended without an answer certainly never
// reached the service. The head of a request is gathered and then written at
// once, so that nothing has left before WroteHeaders; but when the context ends,
// net/http does not wait for the writer, and the connection alone tells.
func (t *trip) unsent(err error) bool {
	switch {
	case !t.traced.Load():
		dial := (*net.OpError)(nil)
		return errors.As(err, &dial) && dial.Op == "dial"
	case t.ctx.Err() != nil:
		return !t.gotConn.Load()
	default:
		return t.wrote.Load() == 0
	}
}
