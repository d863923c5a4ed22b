// Package sandbox emulates the TrackingMore service, in its versions v2 and v4, and
// its white label Trackru v1 as an http.Handler: the far end of the quick start,
// where no account is needed, and of the tests. All three speak of one account.
//
// It is strict where the service is documented to be strict (validation, meta
// codes, batch sizes, rates, quota) and odd where the service is odd (soft
// deletes, restored dates, numbers as texts, attributes that no list shows). What
// the service leaves undocumented is decided here once, for the behaviour that is
// hardest on a client. Sections named in comments are those of ../trackingmore/API.md.
//
// The package knows nothing of the client that talks to it: the two share no
// code, so that one mistake cannot pass in both. It keeps no real parcels moving:
// a status changes when somebody sets it.
package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// MaxItems bounds the items of a bulk call, and the numbers of a list. The service
// documents it for the batch and the list (§4); the other bulk calls are held to
// the same, because their own limit is printed nowhere.
const MaxItems = 40

// MaxPage is the largest page of a list; a larger limit is clamped to it (§2.6).
const MaxPage = 2000

// maxBody bounds a request's body, in bytes. More is answered with 4012.
const maxBody = 8 << 20

// Identity is what getuserinfo returns of the account besides its credits (§2.11).
type Identity struct {
	Email        string    // default sandbox@example.org
	RegisteredAt time.Time // default 2016-07-21, the date of the service's own sample
}

// Options are how a Server behaves. The zero value is a patient service without
// rates, lag, or a file: every field has a default.
type Options struct {
	Key        string            // the one accepted API key; empty accepts every key that is not empty
	Credits    int               // credits of a new account; 0 means 9999, a negative number none
	Rate       float64           // requests per second and account; 0 means no limit
	Penalty    time.Duration     // how long every request is refused after one too many; 0 means 120 s
	LiveRate   float64           // realtime requests per second, where Rate is set; 0 means 1
	LiveEvery  time.Duration     // how long realtime refuses a parcel that it has told of; 0 means 2 h, negative no time
	RealStatus bool              // answer 401, 404, 405, 429, … also as the HTTP status, instead of 200
	Latency    Latency           // how long an answer takes
	ReadLag    time.Duration     // lists show the account as it was this long ago
	V2         map[string]string // answers to what is open in v2 and v1; see OpenQuestions
	V4         map[string]string // the same for v4, and its rates
	Identity   Identity          // who owns the account
	Zone       *time.Location    // zone of the times in answers; nil means +08:00
	Now        func() time.Time  // the clock; nil means time.Now
	Path       string            // file that keeps the account between runs; "" keeps it in memory only
	Faults     []Fault           // armed from the start; see Fault
	Rewrites   []Rewrite         // what becomes of values, one after the other; see Rewrite
}

func (o *Options) setDefaults() error {
	if o.Credits == 0 {
		o.Credits = 9999
	}
	if o.Penalty == 0 {
		o.Penalty = 120 * time.Second
	}
	// The service's pages name one realtime request a second, and three (§2.9).
	if o.LiveRate == 0 {
		o.LiveRate = 1
	}
	if o.LiveEvery == 0 {
		o.LiveEvery = 2 * time.Hour
	}
	if o.Identity.Email == "" {
		o.Identity.Email = "sandbox@example.org"
	}
	if o.Identity.RegisteredAt.IsZero() {
		o.Identity.RegisteredAt = time.Unix(1469097290, 0)
	}
	if o.Zone == nil {
		o.Zone = time.FixedZone("", 8*60*60)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rate < 0 || o.LiveRate < 0 {
		return errors.New("the rate must not be negative")
	}
	return nil
}

// Server is one account of the emulated service. It is safe for concurrent use.
type Server struct {
	opts Options
	v2   settings
	v4   settings

	mu       sync.Mutex // guards everything below
	rows     store
	listed   matches // of the last list
	units    int64   // what is left of the quota, in fifths of a credit
	file     *file   // nil without Options.Path
	limit    limiter
	live     limiter // of realtime, besides limit
	limitV4  limiter // of v4, but for its create
	createV4 limiter
	lagV4    time.Duration     // as Options.ReadLag, of v4's list
	asked    map[Key]time.Time // when realtime last told of a parcel
	faults   []*armed
	requests map[string]int
}

// unitsPerCredit makes the cheapest call, a fifth of a credit, a whole number (§4).
const unitsPerCredit = 5

// New returns a Server, and loads Options.Path if it exists. Credits that the file
// remembers win over Options.Credits. One process at a time may use a file.
func New(opts Options) (*Server, error) {
	if err := opts.setDefaults(); err != nil {
		return nil, fmt.Errorf("starting the sandbox: %w", err)
	}
	v2, err := settle("v2", questionsV2, opts.V2)
	if err != nil {
		return nil, fmt.Errorf("starting the sandbox: %w", err)
	}
	v4, err := settle("v4", questionsV4, opts.V4)
	if err != nil {
		return nil, fmt.Errorf("starting the sandbox: %w", err)
	}
	lagV4 := v4.seconds("lag")
	s := &Server{
		opts:     opts,
		v2:       v2,
		v4:       v4,
		lagV4:    lagV4,
		rows:     newStore(max(opts.ReadLag, lagV4), opts.Now),
		units:    int64(max(opts.Credits, 0)) * unitsPerCredit,
		limit:    newLimiter(opts.Rate, opts.Penalty),
		live:     newLimiter(min(opts.Rate, opts.LiveRate), opts.Penalty),
		limitV4:  newLimiter(v4.number("rate"), opts.Penalty),
		createV4: newLimiter(v4.number("create-rate"), opts.Penalty),
		asked:    make(map[Key]time.Time),
		requests: make(map[string]int),
	}
	for _, f := range opts.Faults {
		s.AddFault(f)
	}
	if opts.Path != "" {
		if err := s.open(opts.Path); err != nil {
			return nil, fmt.Errorf("starting the sandbox: %w", err)
		}
	}
	return s, nil
}

// Close closes the file. The Server must not be used afterwards.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	if err := s.file.close(); err != nil {
		return fmt.Errorf("closing the sandbox: %w", err)
	}
	return nil
}

// ServeHTTP answers one request of any dialect, or of the control interface
// under /_sandbox/.
//
// The order: the key is checked, the call is looked up, the request is counted,
// the rate is taken; then a fault that is due decides what happens, else the rate
// does, else the call is carried out. The answer leaves after Options.Latency.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		panic(http.ErrAbortHandler) // half a request: there is nobody left to answer
	}
	if isControl(r) {
		s.serveControl(w, r, body)
		return
	}
	w.Header().Set("Date", s.opts.Now().UTC().Format(http.TimeFormat))
	d, path := dialectOf(r)
	c, code := s.route(r, d, path)
	if code != codeOK {
		s.delay(r)
		s.write(w, d, answer{code: code})
		return
	}
	c.body = body
	due, inRate := s.admit(c)
	switch {
	case due != nil:
		s.misbehave(w, r, c, due)
	case !inRate:
		s.delay(r)
		s.write(w, d, answer{code: codeTooMany})
	default:
		a := s.perform(c)
		s.delay(r)
		s.write(w, d, a)
	}
}

// admit counts a request and returns what shall happen to it: the fault that is due,
// if any, and whether the rate allows it.
func (s *Server) admit(c *call) (due *Fault, inRate bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[c.name]++
	inRate = s.inRate(c)
	due, c.refused = s.dueFaults(c.name)
	return due, inRate
}

// perform carries a call out, and has written its effect before it returns.
func (s *Server) perform(c *call) answer {
	if len(c.body) > maxBody {
		return answer{code: codeBadRequest}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.reads && s.units < unitsPerCredit && s.v2.is("no-credit", "read") {
		return answer{code: codeNoQuota}
	}
	a := c.serve(s, c)
	if err := s.save(); err != nil {
		return answer{code: codeServerError, message: err.Error()}
	}
	return a
}

// charge deducts units from the quota, all or nothing.
func (s *Server) charge(units int64) bool {
	if s.units < units {
		return false
	}
	s.units -= units
	return true
}
