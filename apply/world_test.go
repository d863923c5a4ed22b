package apply_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state/statetest"
)

// world is the far end of a simulation: the sandbox, somebody else who edits,
// deletes and makes trackings, the requests that are still on their way, and the
// invariants of README.md, each checked where it can be seen:
//
//	at every request  I3 nothing foreign touched, I6 nothing but the plan, I9 the rate
//	after every run   I7 the state can be read and is newer, I10 the report is honest
//	in the end        I1 nothing lost, I2 nothing doubled, I4 the plan is empty, I5 credits
//
// Time is that of a testing/synctest bubble.
type world struct {
	srv    *sandbox.Server
	choose chooser
	moves  []move // what somebody else may do
	kept   []sandbox.Rewrite
	stuck  bool          // what is there cannot be cleared
	again  bool          // the first run in the end did not get everything done
	lag    time.Duration // of the lists

	mu        sync.Mutex // everything below; processes may run at the same time
	running   int
	sharing   []*process                    // those that share one
	released  map[string]bool               // numbers that may be left at the service (on_remove)
	log       map[sandbox.Key][]entry       // who has changed a tracking, and when
	maker     map[sandbox.Key]string        // who has made what is there
	managed   map[sandbox.Key]bool          // was declared at some time
	born      map[sandbox.Key]int           // which entry of the log made what is there
	titled    map[string]int                // how often somebody else has given a tracking a title, by both
	strangers int                           // how many somebody else has made
	ours      map[sandbox.Key]bool          // we have made it, or taken it over, at some time
	last      map[*statetest.Disk]time.Time // when the last request came from a machine
	unknown   map[sandbox.Key]string        // made by a process that has not ended well since
	theirs    map[sandbox.Key]bool          // was unknown when somebody else edited it: nobody can tell whose it is
	parked    []parked
	strange   int // how often somebody else or the network has interfered
	wrong     []string
	traced    []string
}

// entry is one change of a tracking.
type entry struct {
	who string
	at  time.Time
}

// chooser decides what goes wrong. 0 is nothing.
type chooser interface{ choose(what string, n int) int }

// move is something that somebody else does.
type move struct {
	name string
	do   func(*world)
}

// parked is a request that arrives after its sender has given up.
type parked struct {
	from     string
	req      *http.Request
	body     []byte
	afterRun bool // otherwise it arrives before the next request
}

const human = "somebody else"

func newWorld(o sandbox.Options, c chooser, moves []move) *world {
	srv, err := sandbox.New(o)
	if err != nil {
		panic(err)
	}
	return &world{
		srv: srv, choose: c, moves: moves, lag: o.ReadLag, kept: o.Rewrites, stuck: o.V4["clear"] != "wiped" && o.V4 != nil, titled: map[string]int{},
		log: map[sandbox.Key][]entry{}, maker: map[sandbox.Key]string{}, managed: map[sandbox.Key]bool{}, born: map[sandbox.Key]int{}, ours: map[sandbox.Key]bool{}, last: map[*statetest.Disk]time.Time{}, unknown: map[sandbox.Key]string{}, theirs: map[sandbox.Key]bool{}, released: map[string]bool{},
	}
}

func (w *world) trace(format string, args ...any) {
	w.traced = append(w.traced, fmt.Sprintf(format, args...))
}

func (w *world) violation(format string, args ...any) {
	w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
	w.trace("VIOLATION "+format, args...)
}

// makerOf returns who has made what is new. What a change of the carrier moves was made
// by whoever has made it under its old key.
func (w *world) makerOf(k sandbox.Key, who string, before, after map[sandbox.Key]sandbox.Row) string {
	for old := range before {
		if _, there := after[old]; !there && old.Number == k.Number && w.maker[old] == human {
			return human
		}
	}
	return who
}

// as lets somebody change the account, and notes what became of each tracking.
func (w *world) as(who string, do func()) {
	before := w.rows()
	do()
	after := w.rows()
	for k, row := range after {
		old, was := before[k]
		switch {
		case !was:
			w.maker[k], w.born[k] = w.makerOf(k, who, before, after), len(w.log[k])
			if delete(w.theirs, k); who != human {
				w.unknown[k], w.ours[k] = who, true
			}
			w.log[k] = append(w.log[k], entry{who, time.Now()})
		case edited(old) != edited(row):
			w.theirs[k] = w.theirs[k] || who == human && w.unknown[k] != ""
			w.log[k] = append(w.log[k], entry{who, time.Now()})
		}
	}
	for k := range before {
		if _, is := after[k]; !is {
			delete(w.maker, k)
			delete(w.unknown, k)
			w.log[k] = append(w.log[k], entry{who, time.Now()})
		}
	}
}

// edited leaves out of a row what the service changes by itself.
func edited(row sandbox.Row) sandbox.Row {
	row.Updated, row.EventAt, row.Status, row.Original = time.Time{}, time.Time{}, "", ""
	return row
}

func (w *world) rows() map[sandbox.Key]sandbox.Row {
	rows := map[sandbox.Key]sandbox.Row{}
	for _, r := range w.srv.Rows() {
		rows[r.Key()] = r
	}
	return rows
}

// meddle lets somebody else make one of their moves, or none.
func (w *world) meddle(when string) {
	names := make([]string, len(w.moves))
	for i, m := range w.moves {
		names[i] = m.name
	}
	if n := w.choose.choose(when+": somebody else", len(w.moves)+1); n > 0 {
		w.trace("%s: somebody else: %s", when, names[n-1])
		w.strange++
		w.as(human, func() { w.moves[n-1].do(w) })
	}
}

// deliver lets parked requests arrive.
func (w *world) deliver(runEnded bool) {
	var later []parked
	for _, p := range w.parked {
		if p.afterRun && !runEnded {
			later = append(later, p)
			continue
		}
		w.trace("a late request of %s arrives: %s %s %s", p.from, p.req.Method, p.req.URL.Path, p.body)
		w.as(p.from, func() { w.serve(p.req, p.body) })
	}
	w.parked = later
}

// serve has the sandbox answer a request, whoever may be waiting for it.
func (w *world) serve(req *http.Request, body []byte) (*http.Response, error) {
	in := req.Clone(context.WithoutCancel(req.Context()))
	in.Body = io.NopCloser(bytes.NewReader(body))
	return w.srv.Transport().RoundTrip(in)
}

// request is what a process sends, understood.
type request struct {
	v4      bool
	call    string
	op      tracking.Op // "" for a read
	items   []sent
	numbers []string // of a list
}

type sent struct {
	key     sandbox.Key
	carrier string // to change to
	attrs   map[string]string
}

var calls = map[string]tracking.Op{
	"post": tracking.OpCreate, "batch": tracking.OpCreate, "updatemore": tracking.OpUpdate, "delete": tracking.OpDelete,
	"notupdate": tracking.OpStopUpdates, "update": tracking.OpChangeCarrier,
}

func (w *world) understand(req *http.Request, body []byte) request {
	if strings.HasPrefix(req.URL.Path, "/v4/") {
		return w.understandV4(req, body)
	}
	_, path, _ := strings.Cut(req.URL.Path, "/trackings/")
	r := request{call: path}
	if req.Method == http.MethodGet {
		if numbers := req.URL.Query().Get("numbers"); numbers != "" {
			r.numbers = strings.Split(numbers, ",")
		}
		return r
	}
	if carrier, number, one := strings.Cut(path, "/"); one {
		r.call, r.op = "put", tracking.OpPut
		if req.Method == http.MethodDelete {
			r.call, r.op = "delete-one", tracking.OpDelete
		}
		r.items = []sent{{key: sandbox.Key{Carrier: carrier, Number: number}, attrs: texts(body)}}
		return r
	}
	r.op = calls[path]
	var list []json.RawMessage
	if json.Unmarshal(body, &list) != nil {
		list = []json.RawMessage{body}
	}
	for _, one := range list {
		attrs := texts(one)
		s := sent{key: sandbox.Key{Carrier: attrs["carrier_code"], Number: attrs["tracking_number"]}, carrier: attrs["update_carrier_code"], attrs: attrs}
		for _, name := range []string{"carrier_code", "tracking_number", "update_carrier_code", "auto_correct"} {
			delete(attrs, name)
		}
		r.items = append(r.items, s)
	}
	return r
}

func texts(body []byte) map[string]string {
	var raw map[string]any
	_ = json.Unmarshal(body, &raw)
	out := map[string]string{}
	for name, v := range raw {
		out[name] = fmt.Sprint(v)
	}
	return out
}

// sight is what a process was shown of a tracking.
type sight struct {
	there   bool
	changes int // how many there were by then
}

// show notes what an answer shows of which trackings.
func (w *world) show(p *process, r request, body []byte) {
	shown := listedIn(body)
	if r.v4 {
		shown = listedInV4(body)
	}
	for k := range w.log {
		if r.numbers == nil || slices.Contains(r.numbers, k.Number) {
			p.shown[k] = sight{shown[k], w.visible(k)}
			w.ours[k] = w.ours[k] || p.tried[k] && shown[k] // found where it was to be created
		}
	}
}

// listedIn returns what is on a page.
func listedIn(body []byte) map[sandbox.Key]bool {
	var answer struct {
		Data struct {
			Items []struct {
				Number  string `json:"tracking_number"`
				Carrier string `json:"carrier_code"`
			}
		}
	}
	_ = json.Unmarshal(body, &answer)
	shown := map[sandbox.Key]bool{}
	for _, it := range answer.Data.Items {
		shown[sandbox.Key{Carrier: it.Carrier, Number: it.Number}] = true
	}
	return shown
}

// visible counts the changes of a tracking that lists show by now.
func (w *world) visible(k sandbox.Key) int {
	n := 0
	for _, e := range w.log[k] {
		if e.at.Add(w.lag).Before(time.Now()) || w.lag == 0 {
			n++
		}
	}
	return n
}

// approve takes a plan as what somebody has agreed to, and lets somebody else
// interfere. It gives how often that or something else had gone wrong before.
func (w *world) approve(p *process, pl *plan.Plan) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	p.approved = pl
	p.planned = maps.Clone(p.shown)
	p.looked = map[sandbox.Key]bool{}
	for i := range p.declared {
		d := &p.declared[i]
		k := sandbox.Key(d.Key)
		w.managed[k] = true
		w.ours[k] = w.ours[k] || p.shown[k].there
		if on := d.Lifecycle.OnRemove; on == tracking.RemoveArchive || on == tracking.RemoveForget {
			// So is what has been under this address up to now.
			w.released[d.Key.Number], w.released[p.numbers[d.Addr]] = true, true
		}
		p.numbers[d.Addr] = d.Key.Number
	}
	before := w.strange
	if !p.safe {
		w.meddle("after the plan of " + p.name)
	}
	return before
}

// inspect checks a write against what was approved and what was shown.
func (w *world) inspect(p *process, r request) {
	for _, s := range r.items {
		if why := p.notPlanned(r, s); why != "" {
			w.violation("I6 %s of %s by %s: %s", r.call, s.key, p.name, why)
		}
		if !w.managed[s.key] && w.maker[s.key] == human {
			w.violation("I3 %s of %s, which is somebody else's", r.call, s.key)
		}
		if !p.declares(s.key.Number) {
			w.violation("I3 %s of %s by %s, which is another state's", r.call, s.key, p.name)
		}
		p.tried[s.key] = p.tried[s.key] || r.op == tracking.OpCreate
		if _, there := w.srv.Row(s.key); there && !w.ours[s.key] && r.op == tracking.OpDelete {
			w.violation("I3 delete of %s, which somebody else has made and nobody has taken over", s.key)
		}
		if moves := r.op == tracking.OpChangeCarrier && s.carrier != s.key.Carrier; moves || r.op == tracking.OpDelete {
			w.inspectGuard(p, r, s.key)
		}
	}
}

// inspectGuard wants that what goes away was looked at after the plan, and was
// found as the plan had seen it.
func (w *world) inspectGuard(p *process, r request, k sandbox.Key) {
	then, now := p.planned[k], p.shown[k]
	if !p.looked[k] {
		w.violation("I3 %s of %s without another look", r.call, k)
		return
	}
	if _, there := w.srv.Row(k); !there || w.born[k] >= now.changes {
		return // nothing is lost; or it was made after that look, which nobody can know
	}
	for _, e := range w.log[k][min(then.changes, now.changes):now.changes] {
		if e.who != p.name {
			w.violation("I3 %s of %s, which %s had changed since the plan", r.call, k, e.who)
			return
		}
	}
}

// notPlanned is why a write is in no approved plan; "" when it is in it.
func (p *process) notPlanned(r request, s sent) string {
	if p.approved == nil {
		return "nothing was approved"
	}
	why := "no change of the plan does that to it"
	for i := range p.approved.Changes {
		c := &p.approved.Changes[i]
		if !does(c, r.op, s) {
			continue
		}
		if why = wrongValue(c, r.v4, s.attrs); why == "" {
			return ""
		}
	}
	return why
}

func does(c *plan.Change, op tracking.Op, s sent) bool {
	k := tracking.Key(s.key)
	switch op {
	case tracking.OpCreate:
		return k == c.Key && (c.Action == plan.Create || c.Action == plan.Replace && !c.Taken)
	case tracking.OpDelete:
		return c.Action == plan.Delete && k == c.Key ||
			c.Action == plan.Replace && (c.SameKey() && k == c.Key || !c.SameKey() && k == c.OldKey)
	case tracking.OpChangeCarrier:
		// Where the id comes along, a request sent again finds the tracking moved.
		return c.Action == plan.ChangeCarrier && (k == c.OldKey || k == c.Key) && s.carrier == c.Key.Carrier && k.Number == c.Key.Number
	default:
		return k == c.Key && c.Action != plan.Delete && c.Action != plan.Forget && c.Action != plan.Move
	}
}

// wrongValue finds a value that the change does not write. At v4 a change carries what
// is managed: what it does not concern stays as it was shown.
func wrongValue(c *plan.Change, v4 bool, attrs map[string]string) string {
	for name, v := range attrs {
		a, ok := tracking.ParseAttr(name)
		if !ok {
			return "there is no attribute " + name
		}
		want := map[string]bool{}
		for _, f := range c.Fields {
			if f.Attr == a {
				want[f.To] = true
			}
		}
		if c.Declared != nil {
			want[c.Declared.Attrs.Value(a)] = true
		}
		if v4 && c.Prior != nil {
			want[c.Prior.Applied.Value(a)] = true // of what the list does not show
		}
		if v4 && c.Seen != nil {
			want[c.Seen.Attrs.Value(a)] = true
		}
		if a == tracking.Status {
			v = map[string]string{"4": tracking.StatusDelivered, "7": tracking.StatusException, "8": tracking.StatusOriginal}[v]
		}
		if !want[a.CanonicalRemote(v)] {
			return fmt.Sprintf("%s is %q", name, v)
		}
	}
	return ""
}

var (
	title, _       = tracking.ParseAttr("title")
	destination, _ = tracking.ParseAttr("destination_code")
)
