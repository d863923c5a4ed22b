package apply_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/local"
)

// today is when plans are made: archive_after counts from it to longAgo.
var (
	today   = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	longAgo = today.AddDate(0, -3, 0)
)

// tester is what testing.T and rapid.T have in common.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

// shop is a configuration, a state directory and an account at the sandbox.
type shop struct {
	t        tester
	dir      string
	state    string // its file's name; "" is the default
	srv      *sandbox.Server
	dialect  *trackingmore.Dialect
	declared []tracking.Declared
	outputs  []state.Output
	refresh  bool
	progress func(done, total int)
	enough   func() string

	fs        local.FS          // nil is the machine's
	transport http.RoundTripper // nil is the sandbox's own
	timeout   time.Duration     // 0 is 200 ms
	rate      float64
	lag       time.Duration
	last      time.Time // when the last request before was sent
	batch     int       // trackings a write; 0 is as many as there may be
	noLock    bool
	before    func(context.Context) error // asked before each request; nil is nobody
	sent      time.Time                   // when another machine has sent its last request
}

func newShop(t *testing.T, o sandbox.Options) *shop {
	srv, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return &shop{t: t, dir: t.TempDir(), srv: srv, dialect: trackingmore.TrackingMore(), refresh: true, lag: -1}
}

func key(s string) tracking.Key {
	carrier, number, _ := strings.Cut(s, "/")
	return tracking.Key{Carrier: carrier, Number: number}
}

// declare adds or replaces a declaration; attributes are "title=Red,lang=en".
func (s *shop) declare(addr, k, attrs string, lifecycle ...func(*tracking.Lifecycle)) {
	s.remove(addr)
	l := tracking.DefaultLifecycle
	for _, f := range lifecycle {
		f(&l)
	}
	d := tracking.Declared{Addr: tracking.Addr(addr), Key: key(k), Lifecycle: &l}
	for _, pair := range strings.FieldsFunc(attrs, func(r rune) bool { return r == ',' }) {
		name, value, _ := strings.Cut(pair, "=")
		a, ok := tracking.ParseAttr(name)
		if !ok {
			s.t.Fatalf("no attribute %q", name)
		}
		d.Attrs.Put(a, value)
	}
	s.declared = append(s.declared, d)
}

func (s *shop) remove(addr string) {
	s.declared = slices.DeleteFunc(s.declared, func(d tracking.Declared) bool { return d.Addr == tracking.Addr(addr) })
}

// declareMany declares orders from..to-1.
func (s *shop) declareMany(from, to int, attrs string) {
	for i := from; i < to; i++ {
		s.declare(fmt.Sprintf("tracking.t%04d", i), fmt.Sprintf("sto/%d", 20000+i), attrs)
	}
}

func (s *shop) client() *trackingmore.Client {
	endpoint := "http://localhost/" + path.Base(s.dialect.Service().Endpoint)
	c, err := trackingmore.New(trackingmore.Options{
		Dialect: s.dialect, Endpoint: endpoint, Key: "test",
		Transport: cmp.Or(s.transport, s.srv.Transport()), Timeout: cmp.Or(s.timeout, 200*time.Millisecond), Rate: s.rate, Lag: s.lag, Written: s.last, BatchSize: s.batch, Before: s.before, Sent: s.sent,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *shop) open() *state.Session {
	session, err := s.openSession()
	if err != nil {
		s.t.Fatal(err)
	}
	return session
}

func (s *shop) openSession() (*state.Session, error) {
	store := local.New(s.dir, cmp.Or(s.state, "tmsync.state.jsonl"))
	store.FS = cmp.Or[local.FS](s.fs, local.OS{})
	return state.Open(context.Background(), store, state.OpenOptions{Operation: "apply", Tool: "test", NoLock: s.noLock})
}

// plan refreshes, recovers and plans, as the commands do.
func (s *shop) plan(session *state.Session, client *trackingmore.Client) (*plan.Plan, *tracking.Listing) {
	s.t.Helper()
	p, l, err := s.compute(session, client)
	if err != nil {
		s.t.Fatal(err)
	}
	return p, l
}

func (s *shop) compute(session *state.Session, client *trackingmore.Client) (*plan.Plan, *tracking.Listing, error) {
	in := plan.Input{Declared: s.declared, Prior: session.State(), Service: client.Service(), Mode: plan.ModeSync, Now: today}
	comparison := plan.Prepare(in)
	scope := comparison.Scope()
	l, err := client.List(context.Background(), trackingmore.ListOptions{
		Known: scope.Managed, Declared: append(apply.Doubtful(session), scope.Declared...), Settled: scope.Awaited,
	})
	if err != nil {
		return nil, nil, err
	}
	if err := apply.Recover(session, l, time.Now()); err != nil {
		return nil, nil, err
	}
	if !s.refresh {
		l = nil
	}
	p, diags := comparison.Plan(session.State(), l)
	if diags.HasErrors() {
		return nil, nil, diags
	}
	p.Outputs = plan.CompareOutputs(session.State().Outputs, s.outputs)
	return p, l, nil
}

// apply plans and applies; between runs after the plan, as somebody else may.
func (s *shop) apply(between ...func()) *apply.Report {
	s.t.Helper()
	return s.applyContext(context.Background(), between...)
}

func (s *shop) applyContext(ctx context.Context, between ...func()) *apply.Report {
	s.t.Helper()
	session, client := s.open(), s.client()
	defer session.Close()
	p, l := s.plan(session, client)
	for _, f := range between {
		f()
	}
	return apply.Run(ctx, apply.Input{Plan: p, Session: session, Service: client, Listing: l, Progress: s.progress, Enough: s.enough})
}

// mustApply applies and wants everything done, and nothing left to do.
func (s *shop) mustApply() {
	s.t.Helper()
	if rep := s.apply(); !rep.Complete() {
		s.t.Fatalf("the apply is not complete: %v %+v", rep.Err, rep.Results)
	}
	s.mustBeEmpty()
}

func (s *shop) mustBeEmpty() {
	s.t.Helper()
	session := s.open()
	defer session.Close()
	if p, _ := s.plan(session, s.client()); !p.Empty() {
		s.t.Fatalf("the plan is not empty: %s", describe(p))
	}
}

func describe(p *plan.Plan) string {
	var b strings.Builder
	for _, c := range p.Changes {
		fmt.Fprintf(&b, "\n%s %s %s %s %v", c.Action, c.Addr, c.Key, c.Reason, c.Fields)
	}
	return b.String()
}

// statuses lists what did not get done, as "status addr: message".
func statuses(rep *apply.Report) []string {
	var out []string
	for i, r := range rep.Results {
		if r.Status != apply.Done {
			out = append(out, fmt.Sprintf("%s %s", r.Status, rep.Plan.Changes[i].Addr))
		}
	}
	return out
}

// writes lists the requests since the last reset, without the reads.
func (s *shop) writes() string {
	var out []string
	for name, n := range s.srv.Requests() {
		if name != "list" && name != "getuserinfo" {
			out = append(out, fmt.Sprintf("%d %s", n, name))
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Compare(a, b) })
	s.srv.ResetRequests()
	return strings.Join(out, ", ")
}

func (s *shop) row(k string) sandbox.Row {
	row, ok := s.srv.Row(sandbox.Key{Carrier: key(k).Carrier, Number: key(k).Number})
	if !ok {
		s.t.Fatalf("the service has no %s", k)
	}
	return row
}

// edit changes a tracking as somebody else would.
func (s *shop) edit(k string, f func(*sandbox.Row)) {
	row := s.row(k)
	f(&row)
	if err := s.srv.Put(row); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) fault(text string) {
	f, err := sandbox.ParseFault(text)
	if err != nil {
		s.t.Fatal(err)
	}
	s.srv.AddFault(f)
}

// createdOnce makes sure that nothing was created twice.
func (s *shop) createdOnce(want int) {
	s.t.Helper()
	n := 0
	for k, times := range s.srv.Creations() {
		if times > 1 {
			s.t.Errorf("%v was created %d times", k, times)
		}
		n++
	}
	if n != want {
		s.t.Errorf("%d trackings were created, want %d", n, want)
	}
}

// makeTheirs makes a tracking as somebody else would.
func (s *shop) makeTheirs(k, title string) {
	row := sandbox.Row{Carrier: key(k).Carrier, Number: key(k).Number, Title: title}
	if err := s.srv.Put(row); err != nil {
		s.t.Fatal(err)
	}
}

var sortStrings = cmpopts.SortSlices(func(a, b string) bool { return a < b })
