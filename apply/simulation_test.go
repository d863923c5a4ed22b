package apply_test

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/gear/exhaustive"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state/statetest"
)

var (
	faultsFlag = flag.Int("faults", 2, "TestEveryFault: how many things go wrong in one schedule")
	enoughFlag = flag.Int("enough", 10, "TestEveryFault, TestSchedules: stop after so many violations")
	replayFlag = flag.String("replay", "", "run one schedule of TestEveryFault (17:2,40:1) or TestSchedules (its seed), and tell all about it")
)

// script is a chooser that follows a list of faults, and notes what it could
// have chosen at each point.
type script struct {
	faults []placed
	points []int // how many choices there were
	next   int
}

// placed is one fault: which choice is taken at which point.
type placed struct{ point, choice int }

func (s *script) choose(_ string, n int) int {
	s.points = append(s.points, n)
	if s.next < len(s.faults) && s.faults[s.next].point == len(s.points)-1 {
		s.next++
		return s.faults[s.next-1].choice
	}
	return 0
}

func (s *script) String() string {
	var out []string
	for _, f := range s.faults {
		out = append(out, fmt.Sprintf("%d:%d", f.point, f.choice))
	}
	return strings.Join(out, ",")
}

func parseScript(text string) (faults []placed) {
	for _, one := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' }) {
		point, choice, _ := strings.Cut(one, ":")
		p, _ := strconv.Atoi(point)
		c, _ := strconv.Atoi(choice)
		faults = append(faults, placed{p, c})
	}
	return faults
}

// everySecond is which of a pair's second faults are tried: in an exhaustive run
// each, else one in so many, another choice after each first fault.
var everySecond = exhaustive.Or(1, 13)

// TestEveryFault puts every fault, and every pair of faults, at every place of
// two runs on three trackings: one creates them; the other changes one, removes
// one, and moves one to another carrier.
func TestEveryFault(t *testing.T) {
	if *replayFlag != "" {
		s := &script{faults: parseScript(*replayFlag)}
		for _, line := range smallWorld(t, s, apply.Run).traced {
			t.Log(line)
		}
		t.Fatalf("replayed %s", s)
	}
	n, failures := everyFault(t, *faultsFlag, apply.Run, *enoughFlag)
	t.Logf("%d schedules, %d faults at most in each, %d violations", n, *faultsFlag, len(failures))
	for _, f := range failures {
		t.Error(f)
	}
}

// everyFault runs all schedules with at most so many faults, depth first, on as
// many processors as there are, until some have failed.
func everyFault(t *testing.T, most int, run applier, enough int) (schedules int64, failures []string) {
	return everyFaultIn(t, smallWorld, most, run, enough)
}

// everyFaultIn does that in other worlds.
func everyFaultIn(t *testing.T, world func(*testing.T, chooser, applier) *world, most int, run applier, enough int) (schedules int64, failures []string) {
	var mu sync.Mutex
	var count atomic.Int64
	var try func(faults []placed, spawn func(func()))
	try = func(faults []placed, spawn func(func())) {
		mu.Lock()
		full := len(failures) >= enough
		mu.Unlock()
		if full {
			return
		}
		s := &script{faults: faults}
		w := world(t, s, run)
		if n := count.Add(1); n%100_000 == 0 {
			t.Logf("%d schedules so far", n)
		}
		if len(w.wrong) > 0 {
			mu.Lock()
			failures = append(failures, fmt.Sprintf("-replay %s: %s", s, strings.Join(w.wrong, "; ")))
			mu.Unlock()
		}
		if len(faults) == most {
			return
		}
		first, nth := 0, 0
		if len(faults) > 0 {
			last := faults[len(faults)-1]
			first, nth = last.point+1, last.point+last.choice
		}
		for point := first; point < len(s.points); point++ {
			for choice := 1; choice < s.points[point]; choice++ {
				if nth++; len(faults) > 0 && nth%everySecond != 0 {
					continue
				}
				next := append(slices.Clone(faults), placed{point, choice})
				spawn(func() { try(next, func(f func()) { f() }) })
			}
		}
	}
	work := make(chan func(), 1<<16)
	try(nil, func(f func()) { work <- f })
	close(work)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for f := range work {
				f()
			}
		})
	}
	wg.Wait()
	return count.Load(), failures
}

// smallWorld is one schedule of TestEveryFault.
func smallWorld(t *testing.T, c chooser, run applier) (w *world) {
	t.Helper()
	return smallWorldOf(t, trackingmore.TrackingMore(), sandbox.Options{}, c, run)
}

// smallWorldOf is a small world at another service.
func smallWorldOf(t *testing.T, dialect *trackingmore.Dialect, o sandbox.Options, c chooser, run applier) (w *world) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		w = newWorld(o, c, smallMoves)
		p := w.process("tmsync", statetest.NewDisk(), run)
		p.dialect = dialect
		w.as(human, func() { w.put("theirs/99999", "") })
		p.declare("tracking.a", "sto/10001", "title=Red,destination_code=DE,comment=x")
		p.declare("tracking.b", "sto/10002", "title=Red,archived=true")
		p.declare("tracking.c", "sto/10003", "title=Red")
		p.apply()
		p.declare("tracking.a", "sto/10001", "title=Blue,destination_code=FR,comment=x")
		p.remove("tracking.b")
		p.declare("tracking.c", "yto/10003", "title=Red")
		p.apply()
		w.settle(p)
	})
	return w
}

// smallMoves are what somebody else does to a small world.
var smallMoves = []move{
	{"edits b, or makes it", func(w *world) { w.put("sto/10002", "Hers") }},
	{"deletes b", func(w *world) { w.drop("sto/10002") }},
	{"deletes b and makes it anew", func(w *world) {
		w.drop("sto/10002")
		w.put("sto/10002", "Anew")
	}},
	{"deletes a", func(w *world) { w.drop("sto/10001") }},
	{"makes c under its new carrier", func(w *world) { w.put("yto/10003", "Hers") }},
}

// put edits a tracking, or makes one that looks unlike any that is declared.
func (w *world) put(k, title string) {
	row, there := w.srv.Row(sandbox.Key(key(k)))
	if !there {
		w.strangers++
		title = fmt.Sprint("Theirs ", w.strangers) // like no other, or nobody could tell them apart
	}
	row.Carrier, row.Number, row.Title = key(k).Carrier, key(k).Number, title
	w.titled[k+" "+title]++
	if err := w.srv.Put(row); err != nil {
		panic(err)
	}
}

func (w *world) drop(k string) {
	if err := w.srv.Remove(sandbox.Key(key(k))); err != nil {
		panic(err)
	}
}

// settle lets everything go well from now on. Two runs later the plan is empty,
// and what is at the service is what is declared, and what was never ours. Where the
// service keeps values in another form those runs are two that get everything done,
// and of two processes one takes the other's trackings over in the first.
func (w *world) settle(processes ...*process) {
	w.deliver(true)
	w.trace("from now on nothing goes wrong")
	for runs := 2; runs > 0; runs-- {
		for _, p := range processes {
			p.safe = true
			rep, err := p.apply()
			if err != nil {
				w.violation("I4 a run without faults fails: %v", err)
				return
			}
			if runs == 2 && len(w.kept) > 0 && (!rep.Complete() || len(processes) > 1) && !w.again {
				w.again = true
				runs++
			}
		}
	}
	w.srv.ResetRequests()
	for _, p := range processes {
		rep, err := p.apply()
		if err != nil || !rep.Plan.Empty() {
			w.violation("I4 the plan is not empty after two runs without faults: %v %v", err, describe(rep.Plan))
			continue
		}
		w.compare(p, rep.Plan)
	}
	if writes := processes[0].writes(); writes != "" {
		w.violation("I4 an empty plan sends %s", writes)
	}
}

// compare is I1 and I2: each declared tracking is there, once and as declared;
// of what is not declared nothing is there that we have made. Some may be gone and
// left alone (on_missing). A title may be another one where the plan says so: as the
// service keeps it, or as somebody else has set it twice.
func (w *world) compare(p *process, pl *plan.Plan) {
	rows, gone := w.rows(), pl.Gone
	for i := range p.declared {
		d := &p.declared[i]
		k := sandbox.Key(d.Key)
		row, there := rows[k]
		delete(rows, k)
		if !there && gone > 0 {
			gone--
			continue
		}
		if !there {
			w.violation("I1 %s is not there", k)
			continue
		}
		if v, managed := d.Attrs.Get(title); managed && v != row.Title {
			told := slices.ContainsFunc(pl.Kept, func(kept plan.Kept) bool {
				return kept.Key == d.Key && kept.Attr == title && kept.Form == strings.TrimSpace(row.Title)
			})
			if !told || w.form("title", v) != row.Title && !(w.stuck && v == "") && w.titled[d.Key.String()+" "+row.Title] < 2 {
				w.violation("I4 %s has the title %q, want %q", k, row.Title, v)
			}
		}
		if v, managed := d.Attrs.Get(destination); managed && v != row.DestinationCode && !w.touched(k) {
			w.violation("I4 %s has the destination %q, want %q", k, row.DestinationCode, v)
		}
	}
	for k, row := range rows {
		mine := !p.apart || w.maker[k] == p.name // what another state has made is looked for there
		if p.declares(k.Number) && mine && w.maker[k] != human && !w.released[k.Number] && !w.theirs[k] {
			w.violation("I1 %s is left at the service", k)
		}
		if k.Number == "99999" && row.Title != "Theirs 1" {
			w.violation("I3 what is not ours became %+v", row)
		}
	}
}

// form is what the service makes of a value.
func (w *world) form(name, v string) string {
	for _, r := range w.kept {
		v = r.Of(name, v)
	}
	return v
}

// touched reports whether somebody else has ever changed a tracking.
func (w *world) touched(k sandbox.Key) bool {
	return slices.ContainsFunc(w.log[k], func(e entry) bool { return e.who == human })
}
