// Package trackingmore speaks to TrackingMore v2 and v4, and to its white label
// Trackru v1: it turns operations into requests, keeps to the service's rate, and says
// of every item of a write what the answer proves about it.
//
// It decides nothing: what to send, what to do about an item in doubt and what
// to write down is up to its callers. It keeps no copy of what it has sent.
package trackingmore

import (
	"context"
	"crypto/tls"
	"fmt"
	"maps"
	"math"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/tmsync/tmsync/internal/loopback"
	"github.com/tmsync/tmsync/internal/pace"
	"github.com/tmsync/tmsync/internal/tracking"
)

// Options are the service to use, and how.
type Options struct {
	Dialect   *Dialect          // TrackingMore(), TrackingMoreV4() or Trackru()
	Endpoint  string            // base URL; "" is the dialect's. Plain http is for loopback only
	Key       string            // API key; it goes to the endpoint's origin only, and into no error
	Rate      float64           // requests a second, at most what the service takes; 0 is no limit
	Pause     time.Duration     // how long a 429 closes the gate; 0 is DefaultPause
	Timeout   time.Duration     // for one request with its answer; 0 is DefaultTimeout
	PaceDir   string            // directory in which processes with one account share its pace; "" is none
	Written   time.Time         // when an earlier client may last have changed the account, where PaceDir does not tell; zero is never
	Lag       time.Duration     // how long reads may lag behind writes; 0 is DefaultLag, negative none
	Transport http.RoundTripper // nil is a transport of the client's own
	UserAgent string            // "" is "tmsync"
	Observe   func(Event)       // told of every wait, answer and retry, on the caller's goroutine; may be nil
	BatchSize int               // at most this many trackings a write; 0 is as many as the service takes
	// Before is asked just before each request leaves, and again before a retry. With
	// an error the request is not sent; nil has none.
	Before func(context.Context) error
	Sent   time.Time // when another machine may have sent the account's last request; zero is long ago
}

// The defaults of Options. The pause is what the service asks for after a 429
// (API.md §4). How long its reads lag is documented nowhere; what was just
// written is not called missing before it had that long to show up.
const (
	DefaultPause   = 120 * time.Second
	DefaultTimeout = 30 * time.Second
	DefaultLag     = 5 * time.Second
)

// minRate bounds the interval between two requests.
const minRate = 0.001

// maxKeyLen limits a request's head to less than net/http's buffer of 4 KiB; see
// trip.unsent.
const maxKeyLen = 512

// Client is one account at one service. It is safe for concurrent use; requests
// still leave one at a time.
type Client struct {
	dialect  *Dialect
	service  *tracking.Service
	endpoint string // without a slash at the end
	key      string
	agent    string
	pause    time.Duration
	timeout  time.Duration
	lag      time.Duration
	http     *http.Client
	gate     *gate
	clock    clock
	retries  *budget
	observe  func(Event)
	before   func(context.Context) error
	rooms    sync.Pool // of *bytes.Buffer, for the bodies of answers

	mu       sync.Mutex
	requests map[string]int
	foreign  map[string]bool // ids that turned out to be another number's
	written  time.Time       // when the account may last have been changed by us
}

// New returns a client; nothing is sent. The errors name the option at fault, never
// the key.
func New(o Options) (*Client, error) {
	if o.Dialect == nil {
		return nil, fmt.Errorf("no dialect given: the service to speak to is not known")
	}
	endpoint, err := checkEndpoint(o.Endpoint, o.Dialect)
	if err != nil {
		return nil, err
	}
	if err := checkKey(o.Key); err != nil {
		return nil, err
	}
	switch {
	case math.IsNaN(o.Rate) || o.Rate != 0 && o.Rate < minRate:
		return nil, fmt.Errorf("requests per second must be 0 (no limit) or at least %v", minRate)
	case o.Pause < 0 || o.Timeout < 0:
		return nil, fmt.Errorf("pause and timeout must not be negative")
	case o.BatchSize < 0 || o.BatchSize > o.Dialect.limits.batch:
		return nil, fmt.Errorf("batch size must be between 1 and %d", o.Dialect.limits.batch)
	}
	c := &Client{
		dialect:  o.Dialect,
		service:  o.Dialect.about.Limited(orDefault(o.BatchSize, o.Dialect.limits.batch)),
		endpoint: endpoint,
		key:      o.Key,
		agent:    orDefault(o.UserAgent, "tmsync"),
		pause:    orDefault(o.Pause, DefaultPause),
		timeout:  orDefault(o.Timeout, DefaultTimeout),
		lag:      orDefault(o.Lag, DefaultLag),
		retries:  newBudget(),
		observe:  o.Observe,
		before:   o.Before,
		requests: map[string]int{},
		foreign:  map[string]bool{},
	}
	shared := pace.ForAccount(o.PaceDir, hostOf(endpoint), o.Key)
	c.gate = newGate(lowest(o.Rate, o.Dialect.rate), o.Dialect.own.rate, c.pause, shared)
	if c.written = c.gate.shared.Read().Last; c.written.IsZero() {
		c.written = o.Written
	}
	c.gate.known.Last = o.Sent
	if c.before == nil {
		c.before = func(context.Context) error { return nil }
	}
	if c.observe == nil {
		c.observe = func(Event) {}
	}
	if o.Transport == nil {
		o.Transport = newTransport()
	}
	// A redirect would take the key, and the body of a 307, to wherever it
	// points: it is an answer like any other, and refused.
	c.http = &http.Client{
		Transport:     o.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// lowest returns the rate to keep to: the one that was asked for, or what the service
// takes if that is less. 0 stays no limit.
func lowest(asked, taken float64) float64 {
	if taken == 0 {
		return asked
	}
	return min(asked, taken)
}

func checkEndpoint(endpoint string, d *Dialect) (string, error) {
	if endpoint == "" {
		endpoint = d.about.Endpoint
	}
	u, err := url.Parse(endpoint)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "", fmt.Errorf("the endpoint is not an address such as %q", d.about.Endpoint)
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", fmt.Errorf("the endpoint must have no user, query or fragment, as in %q", d.about.Endpoint)
	case u.Scheme == "http" && !loopback.Host(u.Hostname()):
		return "", fmt.Errorf("the endpoint must begin with https://: over plain http the API key could be read on the way")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// hostOf returns an endpoint's host, with its port if it has one.
func hostOf(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return endpoint
	}
	return u.Host
}

func checkKey(key string) error {
	if key == "" {
		return fmt.Errorf("no API key given")
	}
	if len(key) > maxKeyLen {
		return fmt.Errorf("the API key has more than %d characters", maxKeyLen)
	}
	for i := range len(key) {
		if key[i] <= ' ' || key[i] >= 0x7f {
			return fmt.Errorf("the API key has a space or another character that no key has")
		}
	}
	return nil
}

// newTransport speaks HTTP/1.1 only: one request at a time gains nothing from
// HTTP/2, whose transport sends requests again by rules of its own. Idle
// connections are given up before servers tend to, because a write that meets a
// closed one is in doubt.
func newTransport() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		IdleConnTimeout:        20 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		Protocols:              protocols,
	}
}

// Service describes what the service offers, for those who plan requests. It
// must not be changed.
func (c *Client) Service() *tracking.Service { return c.service }

// Requests counts what has been sent, by the calls' short names. What was sent
// again counts again.
func (c *Client) Requests() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.requests)
}

func (c *Client) count(call string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests[call]++
}

// CloseIdle closes connections that are not in use.
func (c *Client) CloseIdle() { c.http.CloseIdleConnections() }
