package state_test

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/tmsync/tmsync/internal/gear/exhaustive"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/statetest"
)

// knowledge is what a run can know: the records, what is in doubt, and which
// state on disk it continues.
type knowledge string

func known(s *state.Session) knowledge {
	return knowledge(fmt.Sprintf("%q, in doubt %q, serial %d", titles(s.State()), doubts(s), s.State().Serial))
}

var recD = rec("tracking.d", "sto/44444", "D")

// step is what a run does between two looks at what it knows.
type step func(*testing.T, *state.Session) error

func committing(t *testing.T, s *state.Session) error { return s.Commit(t.Context()) }

func settled(seq uint64, effects []state.Effect, open ...int) step {
	return func(_ *testing.T, s *state.Session) error { return s.Settle(seq, effects, open) }
}

func starting(in state.Intent) step {
	return func(_ *testing.T, s *state.Session) error { return beginning(in)(s) }
}

// voyage is an apply in steps: begun, settled in part, committed, gone on.
func voyage() []step {
	drop := state.Intent{Op: tracking.OpDelete, Items: []state.IntentItem{{Addr: "tracking.c", Key: recC.Key}}}
	return []step{
		starting(creates(recB, recC)),
		settled(1, puts(recB), 1),
		starting(creates(recD)),
		committing,
		settled(1, puts(recC)),
		settled(2, puts(recD)),
		starting(drop),
		settled(3, []state.Effect{{Addr: "tracking.c"}}),
		committing,
	}
}

// recovery is the run after one that died: everything in doubt turns out to be
// done, one request at a time, and then it goes on.
func recovery(s *state.Session) []step {
	var steps []step
	for _, in := range s.InDoubt() {
		steps = append(steps, settled(in.Seq, intended(in.Items)))
	}
	return append(steps, starting(creates(rec("tracking.e", "sto/55555", "E"))), committing)
}

func intended(items []state.IntentItem) []state.Effect {
	var effects []state.Effect
	for _, it := range items {
		effects = append(effects, state.Effect{Addr: it.Addr, Record: it.Record})
	}
	return effects
}

// logbook is what a run has known: at the beginning, and after each step.
type logbook []knowledge

// sail runs steps until one fails, and keeps the log as it goes.
func sail(t *testing.T, p *statetest.Process, log *logbook, steps func(*state.Session) []step) error {
	t.Helper()
	s, err := state.Open(t.Context(), p.Store(stateName), state.OpenOptions{})
	if err != nil {
		return err
	}
	*log = append(*log, known(s))
	for _, step := range steps(s) {
		if err := step(t, s); err != nil {
			if _, again := s.Begin(creates(rec("tracking.z", "sto/99999", "Z"))); again == nil {
				t.Errorf("a request is begun after %v", err)
			}
			return err
		}
		*log = append(*log, known(s))
	}
	return nil
}

// from returns what may be known after a fault: what was known when the step that
// failed began, or what it was to make known.
func (log logbook) from(step int) logbook {
	return log[max(step, 0):min(max(step, 0)+2, len(log))]
}

// among checks that what is found on a disk is what was known before or after a
// step, and that a run can go on from it and leaves nothing behind.
func among(t *testing.T, when string, disk *statetest.Disk, wants logbook) bool {
	t.Helper()
	s, err := state.Open(t.Context(), disk.Process().Store(stateName), state.OpenOptions{})
	if err != nil {
		t.Errorf("%s: %v", when, err)
		return false
	}
	got := known(s)
	if !slices.Contains(wants, got) {
		t.Errorf("%s is known\n%s\nwant one of\n%s", when, got, wants)
	}
	if err := errors.Join(s.Commit(t.Context()), s.Close()); err != nil {
		t.Errorf("%s: going on: %v", when, err)
	}
	for name := range disk.Files() {
		if strings.Contains(name, ".tmp-") {
			t.Errorf("%s, %s is left", when, name)
		}
	}
	return !t.Failed()
}

// trip is a run on a disk.
type trip struct {
	name  string
	fresh bool // there is no state yet
	steps []step
	least int // operations that it takes at least
}

func (r *trip) disk() *statetest.Disk {
	disk := statetest.NewDisk()
	if !r.fresh {
		disk.WriteFile(statetest.Root+"/"+stateName, []byte(stateFile5))
	}
	return disk
}

func (r *trip) sailing(*state.Session) []step { return r.steps }

// log returns what is known after each step when nothing goes wrong.
func (r *trip) log(t *testing.T) logbook {
	t.Helper()
	var log logbook
	must(t, sail(t, r.disk().Process(), &log, r.sailing))
	return log
}

// each runs an apply with a state that is there, and with none.
func each(t *testing.T, run func(*testing.T, *trip)) {
	t.Helper()
	for _, r := range []trip{
		{name: "apply", steps: voyage(), least: 40},
		{name: "first apply", fresh: true, steps: voyage(), least: 40},
	} {
		t.Run(r.name, func(t *testing.T) { run(t, &r) })
	}
}

// TestFaultAnywhere has each file operation of a run fail, or be the last one,
// in every way. The next run knows all that the dead one had learned.
func TestFaultAnywhere(t *testing.T) {
	kill := func(f statetest.Fault) func(int) func(statetest.Op) statetest.Fault {
		return func(n int) func(statetest.Op) statetest.Fault { return statetest.At(n, f) }
	}
	tests := []struct {
		name string
		hook func(n int) func(statetest.Op) statetest.Fault
	}{
		{"killed before", kill(statetest.Fault{Kill: true})},
		{"killed halfway", kill(statetest.Fault{Kill: true, Part: true})},
		{"killed after", kill(statetest.Fault{Kill: true, Done: true})},
		{"disk full once", kill(statetest.Fault{Err: syscall.ENOSPC, Part: true})},
		{"disk error once", kill(statetest.Fault{Err: syscall.EIO})},
		{"done, and an error", kill(statetest.Fault{Err: syscall.EIO, Done: true})},
		{"short write", kill(statetest.Fault{Part: true})},
		{"short write, then killed", func(n int) func(statetest.Op) statetest.Fault {
			short, end := statetest.At(n, statetest.Fault{Part: true}), statetest.At(n+2, statetest.Fault{Kill: true})
			return func(op statetest.Op) statetest.Fault { return cmp.Or(short(op), end(op)) }
		}},
		{"disk full for good", func(n int) func(statetest.Op) statetest.Fault {
			return statetest.From(n, statetest.Fault{Err: syscall.ENOSPC, Part: true})
		}},
		{"read-only for good", func(n int) func(statetest.Op) statetest.Fault {
			return statetest.From(n, statetest.Fault{Err: syscall.EROFS})
		}},
	}
	each(t, func(t *testing.T, r *trip) {
		full := r.log(t)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				for n, reached := 1, true; reached; n++ {
					d := r.disk()
					p := d.Process()
					hook := tt.hook(n)
					reached = false
					p.Hook = func(op statetest.Op) statetest.Fault {
						f := hook(op)
						reached = reached || f != statetest.Fault{}
						return f
					}
					var log logbook
					_ = sail(t, p, &log, r.sailing)
					p.Kill()
					if !reached && n <= r.least {
						t.Errorf("it has only %d operations", n-1)
					}
					if !among(t, fmt.Sprintf("at operation %d", n), d, full.from(len(log)-1)) {
						return
					}
				}
			})
		}
	})
}

// losses looks at what a power loss could leave of a disk: nothing that was not
// synced, everything, and what the dice say, which are thrown so many times.
func losses(t *testing.T, when string, disk *statetest.Disk, dice int, wants logbook) (images int) {
	t.Helper()
	keeps := []statetest.Keep{statetest.Nothing, statetest.Everything}
	for seed := range uint64(dice) {
		keeps = append(keeps, rand.New(rand.NewPCG(seed, 1)).IntN)
	}
	for i, keep := range keeps {
		if !among(t, fmt.Sprintf("%s, choice %d", when, i), disk.PowerLoss(keep), wants) {
			break
		}
	}
	return len(keeps)
}

// TestPowerLoss looks, before each file operation of a run and after the last, at
// what a power loss could leave.
func TestPowerLoss(t *testing.T) {
	images := 0
	each(t, func(t *testing.T, r *trip) {
		full := r.log(t)
		d := r.disk()
		p := d.Process()
		var log logbook
		n := 0
		p.Hook = func(op statetest.Op) statetest.Fault {
			if op.Kind.Changes() && !t.Failed() {
				n++
				images += losses(t, fmt.Sprintf("power lost before operation %d, %s", n, op.Kind), d, 20, full.from(len(log)-1))
			}
			return statetest.Fault{}
		}
		must(t, sail(t, p, &log, r.sailing))
		images += losses(t, "power lost at the end", d, 30, full[len(full)-1:])
	})
	t.Logf("%d images", images)
}

// TestPowerLossAfterKill kills a run at each of its operations, and lets the power
// go at each operation of the run after it: what the dead run had not synced is
// still open then.
func TestPowerLossAfterKill(t *testing.T) {
	images := 0
	each(t, func(t *testing.T, r *trip) {
		full := r.log(t)
		for n, killed := 1, true; killed; n += exhaustive.Or(1, 5) {
			d := r.disk()
			first := d.Process()
			first.Hook = statetest.At(n, statetest.Fault{Kill: true})
			var before logbook
			killed = sail(t, first, &before, r.sailing) != nil
			first.Kill() // if it has come to its end alive
			images += lossesAfter(t, fmt.Sprintf("killed at operation %d", n), d, full.from(len(before)-1))
			if t.Failed() {
				return
			}
		}
	})
	t.Logf("%d images", images)
	if images < exhaustive.Or(5_000, 1_000) {
		t.Errorf("only %d images", images)
	}
}

// lossesAfter sails a second time on a disk, and looks before each operation at
// what a power loss could leave. Until the second run has made something durable,
// that may be what the first one knew.
func lossesAfter(t *testing.T, when string, d *statetest.Disk, first logbook) (images int) {
	t.Helper()
	var full, log logbook
	must(t, sail(t, d.PowerLoss(statetest.Everything).Process(), &full, recovery))
	p := d.Process()
	m := 0
	p.Hook = func(op statetest.Op) statetest.Fault {
		if !op.Kind.Changes() || t.Failed() {
			return statetest.Fault{}
		}
		m++
		wants := full.from(len(log) - 1)
		if len(log) <= 1 {
			wants = append(slices.Clone(first), wants...)
		}
		images += losses(t, fmt.Sprintf("%s, power lost before operation %d of the next run, %s", when, m, op.Kind), d, 3, wants)
		return statetest.Fault{}
	}
	must(t, sail(t, p, &log, recovery))
	return images + losses(t, when+", power lost at the end of the next run", d, 4, full[len(full)-1:])
}

// TestLongSettlement holds that effects which take several lines of the journal
// are kept all together or not at all, wherever the power is lost.
func TestLongSettlement(t *testing.T) {
	var effects []state.Effect
	for i := range 40 {
		r := rec(recAddr(i), fmt.Sprintf("sto/%05d", i), "moved")
		r.Applied.Put(tracking.Comment, strings.Repeat("x", 60_000))
		effects = append(effects, state.Effect{Addr: r.Addr, Record: r}, state.Effect{Addr: recAddr(100 + i)})
	}
	var old []*state.Record
	for i := range 40 {
		old = append(old, rec(recAddr(100+i), fmt.Sprintf("sto/%05d", i), "old"))
	}
	r := trip{steps: []step{starting(creates(recD)), settled(0, puts(old...)), settled(0, effects)}}
	full := r.log(t)
	d := r.disk()
	p := d.Process()
	var log logbook
	writes := 0
	p.Hook = func(op statetest.Op) statetest.Fault {
		if !op.Kind.Changes() || len(log) < 3 {
			return statetest.Fault{}
		}
		if op.Kind == statetest.Write {
			writes++
		}
		for seed := range uint64(8) {
			s := open(t, d.PowerLoss(rand.New(rand.NewPCG(seed, 1)).IntN).Process().Store(stateName), state.OpenOptions{})
			if !slices.Contains(full[2:], known(s)) {
				t.Errorf("power lost before operation %d: a part of the moves is there", op.N)
			}
		}
		return statetest.Fault{}
	}
	must(t, sail(t, p, &log, r.sailing))
	if writes < 3 || len(log) != 4 {
		t.Errorf("%d lines, %d steps", writes, len(log))
	}
	s := open(t, d.PowerLoss(statetest.Nothing).Process().Store(stateName), state.OpenOptions{})
	diff(t, "at the end", full[3], known(s))
}

// TestOpenWritesNothing holds that opening a state costs no sync, and leaves all
// files but the lock as they are.
func TestOpenWritesNothing(t *testing.T) {
	r := trip{steps: voyage()}
	d := r.disk()
	p := d.Process()
	must(t, sail(t, p, new(logbook), r.sailing))
	p.Kill()
	p = d.Process()
	p.Hook = func(op statetest.Op) statetest.Fault {
		if op.Kind.Changes() && op.Name != statetest.Root+"/.tmsync/tmsync.state.jsonl/lock" {
			t.Errorf("%s of %s", op.Kind, op.Name)
		}
		return statetest.Fault{}
	}
	must(t, open(t, p.Store(stateName), state.OpenOptions{}).Close())
}

// TestFewSyncs holds that a batch costs two syncs: one before the request, one
// after it.
func TestFewSyncs(t *testing.T) {
	p := statetest.NewDisk().Process()
	s := open(t, p.Store(stateName), state.OpenOptions{})
	begin(t, s, creates(recA)) // starts the journal, which costs more
	syncs := 0
	p.Hook = func(op statetest.Op) statetest.Fault {
		if op.Kind == statetest.Sync || op.Kind == statetest.SyncDir {
			syncs++
		}
		return statetest.Fault{}
	}
	must(t, s.Settle(1, puts(recA), nil))
	first := syncs
	for i := range 10 {
		r := rec(tracking.Addr(fmt.Sprintf("tracking.x%d", i)), fmt.Sprintf("sto/%05d", i), "X")
		must(t, s.Settle(begin(t, s, creates(r)), puts(r), nil))
	}
	if first > 2 || syncs-first != 20 {
		t.Errorf("%d syncs for half a batch and %d for ten more, want at most 2 and 20", first, syncs-first)
	}
}
