package apply_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/shared/sharedtest"
	"github.com/tmsync/tmsync/state/statetest"
)

// process is one run of tmsync after another on one machine: a disk, what is
// declared there, and a way to the world on which anything may go wrong.
type process struct {
	*shop
	w    *world
	name string
	disk *statetest.Disk
	fs   *statetest.Process
	run  applier

	safe  bool // nothing goes wrong any more
	pair  bool // the disk is somebody else's too
	apart bool // there is another state elsewhere
	half  int  // of the numbers are declared here, 1 or 2, and the others in another state of the directory; 0 is all
	any   bool // anything may go wrong, not only what is unlike the rest

	store  *sharedtest.Memory // the state is in a store that machines share; nil is on the disk
	engine *sharedtest.Engine
	asked  bool // for the head
	stalls bool // it is stopped for minutes between its last look and its next write

	interrupt context.CancelFunc
	emptied   bool // the service has claimed to have nothing
	misled    bool // a read has lacked something at some time
	dies      bool // it is killed before it writes anything
	dark      bool // the power is gone, and what was not synced

	shown    map[sandbox.Key]sight
	planned  map[sandbox.Key]sight // as of the plan
	looked   map[sandbox.Key]bool  // since the plan
	tried    map[sandbox.Key]bool  // to create, in this run
	approved *plan.Plan
	serial   uint64
	numbers  map[tracking.Addr]string // what was last declared under each address
	last     time.Time                // when its last request arrived
	machine  *statetest.Disk          // the disk that it began with
	closed   time.Time                // nothing may arrive before
}

// applier carries out a plan: apply.Run, or something that is to be found out.
type applier func(context.Context, apply.Input) *apply.Report

func (w *world) process(name string, disk *statetest.Disk, run applier) *process {
	p := &process{
		w: w, name: name, disk: disk, machine: disk, run: run, interrupt: func() {},
		shown: map[sandbox.Key]sight{}, looked: map[sandbox.Key]bool{}, numbers: map[tracking.Addr]string{},
	}
	p.shop = &shop{
		t: simulated{}, dir: statetest.Root, srv: w.srv, dialect: trackingmore.TrackingMore(), refresh: true,
		transport: p, timeout: 30 * time.Second, rate: 1,
	}
	return p
}

// simulated reports what must not happen at all.
type simulated struct{}

func (simulated) Helper()                      {}
func (simulated) Fatal(args ...any)            { panic(fmt.Sprint(args...)) }
func (simulated) Fatalf(f string, args ...any) { panic(fmt.Sprintf(f, args...)) }
func (simulated) Errorf(f string, args ...any) { panic(fmt.Sprintf(f, args...)) }

// fate is what becomes of a request.
type fate string

// The fates. Those that begin with "-" end the process.
const (
	lost        fate = "lost on the way"
	unanswered  fate = "done, and the answer lost"
	half        fate = "half done, and 500"
	late        fate = "arrives before the next request, after a time-out"
	later       fate = "arrives after the run, after a time-out"
	poor        fate = "credits for one"
	empty       fate = "4031, as if there were nothing"
	blind       fate = "some of the answer hidden: "
	diesBefore  fate = "- killed before it"
	diesAfter   fate = "- killed after it"
	refuses     fate = "500, nothing done"
	garbled     fate = "done, and half an answer"
	picky       fate = "refuses one of the trackings"
	overLimit   fate = "202, and done"
	shrugs      fate = "200, and nothing done"
	tooMany     fate = "429"
	interrupted fate = "interrupted while under way"
)

// RoundTrip lets the request meet its fate.
func (p *process) RoundTrip(req *http.Request) (*http.Response, error) {
	w := p.w
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	r := w.understand(req, body)
	if p.engine != nil {
		if p.stalls && r.op != "" {
			p.stalls = false
			p.engine.Stop(10 * time.Minute)
		}
		p.engine.Stopped()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	p.checkFence(r)
	w.deliver(false)
	p.checkRate(r)
	if r.op != "" && !p.safe {
		w.meddle("before " + r.call)
	}
	if r.op != "" {
		w.inspect(p, r)
	}
	if p.safe {
		return p.answer(req, body, r)
	}
	f := p.fate(r)
	if p.dies && r.op != "" {
		f = diesBefore
	}
	w.trace("%s: %s%v %s %s%s", p.name, r.call, r.numbers, req.URL.Path, body, map[bool]string{true: "  << " + string(f), false: ""}[f != ""])
	p.misled = p.misled || f == empty || strings.HasPrefix(string(f), string(blind))
	switch f {
	case diesBefore:
		p.die()
	case lost:
		return nil, io.ErrUnexpectedEOF
	case late, later:
		w.parked = append(w.parked, parked{p.name, req.Clone(context.WithoutCancel(req.Context())), body, f == later})
		w.mu.Unlock()
		<-req.Context().Done()
		w.mu.Lock()
		return nil, req.Context().Err()
	case poor:
		defer w.srv.SetCredits(1000)
		w.srv.SetCredits(1)
	case half:
		p.arm("500-half")
	case refuses:
		p.arm("503")
	case garbled:
		p.arm("truncate")
	case overLimit:
		p.arm("202-applied")
	case interrupted:
		p.interrupt()
	case empty:
		p.emptied = true // once a run: a service that says so again is believed
		p.arm("code=4031")
	case shrugs:
		p.arm("code=200")
	case picky:
		p.arm(fmt.Sprintf("1:item=%s=%d", r.items[len(r.items)/2].key, map[bool]int{false: 4012, true: 4130}[r.v4]))
	case tooMany:
		p.arm("429-http")
		p.closed = time.Now().Add(120 * time.Second)
	}
	resp, err := p.answer(req, body, r)
	switch {
	case f == diesAfter:
		p.die()
	case f == unanswered:
		return nil, io.ErrUnexpectedEOF
	case r.op == tracking.OpCreate && slices.Contains([]fate{"", poor, picky, interrupted}, f):
		// What exists already is taken over, by what the answer says.
		for _, s := range r.items {
			w.ours[s.key] = w.ours[s.key] || w.maker[s.key] != ""
		}
	case strings.HasPrefix(string(f), string(blind)):
		return p.hide(resp, r, strings.TrimPrefix(string(f), string(blind)))
	}
	return resp, err
}

func (p *process) arm(kind string) {
	f, err := sandbox.ParseFault("*:" + kind)
	if err != nil {
		panic(err)
	}
	p.w.srv.AddFault(f)
}

// fate chooses one, and counts it as an interference.
func (p *process) fate(r request) fate {
	fates := p.fates(r)
	n := p.w.choose.choose(p.name+" "+r.call, len(fates)+1)
	if n == 0 {
		return ""
	}
	p.w.strange++
	return fates[n-1]
}

// fates returns those that a request may meet. Each of them is in the schedules of
// TestEveryFault, unless it has the same consequences as another one; those are
// left to TestSchedules.
func (p *process) fates(r request) []fate {
	fates := []fate{diesBefore, diesAfter}
	if p.any {
		fates = append(fates, refuses, garbled, tooMany, interrupted)
	}
	switch {
	case r.op == "" && r.call == "get":
		for _, row := range p.w.srv.Rows() {
			if p.w.hideable(r, row.Key()) {
				fates = append(fates, blind+fate(row.Key().String()))
			}
		}
		if !p.emptied {
			fates = append(fates, empty)
		}
		return fates
	case r.op == "":
		return fates
	case r.op == tracking.OpCreate:
		fates = append(fates, poor)
	case r.op == tracking.OpChangeCarrier:
		fates = append(fates, shrugs)
	}
	if p.any {
		fates = append(fates, overLimit, picky)
	}
	return append(fates, lost, unanswered, half, late, later)
}

// hideable reports whether a read may lack a tracking: a page may, since what is
// deleted meanwhile shifts the rest; a question for numbers may if it has just
// been changed, since copies of the data may lag.
func (w *world) hideable(r request, k sandbox.Key) bool {
	if r.numbers == nil {
		return true
	}
	log := w.log[k]
	return slices.Contains(r.numbers, k.Number) && len(log) > 0 && time.Since(log[len(log)-1].at) < time.Minute
}

// answer has the service answer, and notes what it shows.
func (p *process) answer(req *http.Request, body []byte, r request) (resp *http.Response, err error) {
	w := p.w
	if r.op != "" {
		w.as(p.name, func() { resp, err = w.serve(req, body) })
		if p.apart && r.op == tracking.OpChangeCarrier {
			// The other state knows the old key alone.
			w.theirs[sandbox.Key{Carrier: r.items[0].carrier, Number: r.items[0].key.Number}] = true
		}
		return resp, err
	}
	if resp, err = w.serve(req, body); err != nil {
		return nil, err
	}
	answer, _ := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	if r.call == "get" {
		w.show(p, r, answer)
		for k := range w.log {
			if slices.Contains(r.numbers, k.Number) {
				p.looked[k] = true
			}
		}
	}
	return resp, nil
}

// hide takes a tracking out of a list, as a page that shifts or a copy that lags
// would.
func (p *process) hide(resp *http.Response, r request, hidden string) (*http.Response, error) {
	body, _ := io.ReadAll(resp.Body)
	var answer map[string]any
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, err
	}
	data, _ := answer["data"].(map[string]any)
	items, bare := answer["data"].([]any)
	if !bare {
		items, _ = data["items"].([]any)
	}
	items = slices.DeleteFunc(items, func(it any) bool {
		row, _ := it.(map[string]any)
		return fmt.Sprint(cmp.Or(row["carrier_code"], row["courier_code"]), "/", row["tracking_number"]) == hidden
	})
	switch {
	case bare:
		answer["data"] = items
	case len(items) > 0:
		data["items"], data["total"] = items, fmt.Sprint(len(items))
	default:
		answer = map[string]any{"meta": map[string]any{"code": 4031}}
	}
	body, _ = json.Marshal(answer)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	p.w.show(p, r, body)
	return resp, nil
}

// checkRate is I9.
func (p *process) checkRate(r request) {
	now := time.Now()
	if !p.last.IsZero() && now.Sub(p.last) < time.Second {
		p.w.violation("I9 %s of %s comes %v after the last request", r.call, p.name, now.Sub(p.last))
	}
	if now.Before(p.closed) {
		p.w.violation("I9 %s of %s comes %v before a 429 lets it", r.call, p.name, p.closed.Sub(now))
	}
	p.last, p.w.last[p.machine] = now, now
	if p.store != nil {
		p.w.shared(func(o *process) { o.last = now })
	}
}

// die ends the process at once: nothing of it reaches the disk any more.
func (p *process) die() {
	if p.engine != nil {
		p.engine.Kill()
	}
	p.fs.Kill()
	_, _ = p.fs.Lstat(statetest.Root) // which does not return
}

// apply is one run: refresh, recover, plan, carry out. The report is nil when it
// was killed, or when it stopped before it had a plan, for err.
func (p *process) apply() (rep *apply.Report, err error) {
	w := p.w
	time.Sleep(time.Minute) // since the last one
	w.mu.Lock()
	w.trace("%s applies %s", p.name, listed(p.declared))
	p.boot()
	w.running++
	w.mu.Unlock()
	killed := false
	ended := sharedtest.Run(func() { killed = p.fs.Run(func() { rep, err = p.once() }) })
	if killed || !ended {
		rep, err = nil, statetest.ErrKilled
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running--
	w.trace("%s ends: %v", p.name, outcome(rep, err))
	if rep != nil {
		// What was to be created and is there was taken over.
		for k := range p.tried {
			w.ours[k] = w.ours[k] || w.maker[k] != ""
		}
	}
	if err == nil {
		maps.DeleteFunc(w.unknown, func(_ sandbox.Key, who string) bool { return who == p.name })
	}
	if p.dark {
		p.disk, p.dark = p.disk.PowerLoss(statetest.Nothing), false
	}
	if w.running == 0 {
		w.deliver(true)
	}
	return rep, err
}

func (p *process) once() (*apply.Report, error) {
	w := p.w
	p.emptied = false
	p.tried = map[sandbox.Key]bool{}
	p.shown, p.looked, p.approved = map[sandbox.Key]sight{}, map[sandbox.Key]bool{}, nil
	session, err := p.openSession()
	if err != nil {
		return nil, err
	}
	defer session.Close()

	w.mu.Lock()
	p.shop.last = w.last[p.machine]
	if p.store != nil {
		p.shop.last = time.Now() // another machine may have sent something
		w.trace("%s has opened the state", p.name)
	}
	w.mu.Unlock()
	p.shop.before = session.Hold
	client := p.client()
	pl, listing, err := p.compute(session, client)
	if err != nil {
		return nil, err
	}
	before := w.approve(p, pl)
	var ctx context.Context
	ctx, p.interrupt = context.WithCancel(context.Background())
	defer p.interrupt()
	rep := p.run(ctx, apply.Input{Plan: pl, Session: session, Service: client, Listing: listing})
	w.mu.Lock()
	defer w.mu.Unlock()
	p.checkState(session.State())
	if rep.Err == nil {
		p.serial = session.State().Serial
	}
	if w.strange == before && w.running == 1 {
		p.checkReport(rep)
	}
	return rep, rep.Err
}

// declares reports whether a number may be declared in this process.
func (p *process) declares(number string) bool {
	return p.half == 0 || int(number[len(number)-1]-'0')%2 == p.half-1
}

// boot starts a process on the disk, as it is after the last one.
func (p *process) boot() {
	p.fs = p.disk.Process()
	p.shop.fs = p.fs
	if !p.safe {
		p.fs.Hook = p.hook
	}
	if p.store != nil {
		p.engine, p.asked = p.store.Engine(), false
		if !p.safe {
			p.engine.Hook = p.storeHook
		}
	}
}

// hook lets a disk operation fail, or be the last.
func (p *process) hook(op statetest.Op) statetest.Fault {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	if !slices.Contains([]statetest.Kind{statetest.Write, statetest.Sync, statetest.Rename, statetest.SyncDir}, op.Kind) {
		return statetest.Fault{}
	}
	faults := []string{"", "killed before", "power lost before", "no space for"}
	n := p.w.choose.choose(fmt.Sprintf("%s disk %s %s", p.name, op.Kind, filepath.Base(op.Name)), len(faults))
	if n == 0 {
		return statetest.Fault{}
	}
	p.w.trace("%s: %s %s %s", p.name, faults[n], op.Kind, op.Name)
	p.w.strange++
	if n == 3 {
		return statetest.Fault{Err: syscall.ENOSPC}
	}
	p.dark = n == 2 && !p.pair && p.half == 0
	return statetest.Fault{Kill: true}
}

// checkState is I7: what was committed does not go back.
func (p *process) checkState(st *state.State) {
	if st.Serial < p.serial && !p.pair {
		p.w.violation("I7 the state of %s has serial %d after %d", p.name, st.Serial, p.serial)
	}
}

// checkReport is I10: a run in which nobody interfered, and which saw the account
// as it was, says what is true.
func (p *process) checkReport(rep *apply.Report) {
	for i := range rep.Results {
		if rep.Results[i].Status == "" {
			p.w.violation("I10 %s has no result", rep.Plan.Changes[i].Addr)
		}
	}
	if !rep.Complete() || len(p.w.parked) > 0 || p.w.lag > 0 {
		return
	}
	for i := range rep.Plan.Changes {
		c := &rep.Plan.Changes[i]
		_, there := p.srv.Row(sandbox.Key(c.Key))
		if gone := c.Action == plan.Delete; c.Action != plan.Forget && c.Action != plan.Archive && there == gone {
			p.w.violation("I10 %s of %s is reported as done, and is not", c.Action, c.Key)
		}
	}
}

func outcome(rep *apply.Report, err error) string {
	if rep == nil {
		return fmt.Sprint(err)
	}
	return strings.Join(append(statuses(rep), fmt.Sprintf("%d done, err %v", rep.Count(apply.Done), err)), "; ")
}

func listed(declared []tracking.Declared) string {
	var out []string
	for i := range declared {
		d := &declared[i]
		attrs := maps.Collect(d.Attrs.All())
		out = append(out, fmt.Sprintf("%s=%s%v", d.Addr, d.Key, attrs))
	}
	return strings.Join(out, " ")
}
