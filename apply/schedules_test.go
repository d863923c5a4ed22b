package apply_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/gear/exhaustive"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"github.com/tmsync/tmsync/state/statetest"
)

var (
	schedulesFlag = flag.Uint64("schedules", exhaustive.Or[uint64](10_000, 600), "TestSchedules: how many")
	seedFlag      = flag.Uint64("seed", 1, "TestSchedules: the first seed")
)

// TestSchedules draws worlds from seeds: what is declared in each round, by one
// tmsync or by two at once (each with a state of its own, on one disk or on two, or
// side by side on one state, with the lock or without, or on one that machines share),
// what goes wrong on the way, and what somebody
// else does. -schedules 1000000 runs more of them; -replay SEED tells all of one.
func TestSchedules(t *testing.T) {
	if *replayFlag != "" {
		seed, _ := strconv.ParseUint(*replayFlag, 10, 64)
		w := drawnWorld(t, seed, apply.Run)
		for _, line := range w.traced {
			t.Log(line)
		}
		t.Fatalf("replayed %d: %q", seed, w.wrong)
	}
	var next, bad atomic.Uint64
	next.Store(*seedFlag)
	end := *seedFlag + *schedulesFlag
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for seed := next.Add(1) - 1; seed < end && bad.Load() < uint64(*enoughFlag); seed = next.Add(1) - 1 {
				if w := drawnWorld(t, seed, apply.Run); len(w.wrong) > 0 {
					bad.Add(1)
					t.Errorf("-replay %d: %q", seed, w.wrong)
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d schedules, %d with violations", next.Load()-2-*seedFlag, bad.Load())
}

// odds is a chooser that lets something go wrong once in so many times.
type odds struct {
	rng *rand.Rand
	one int
}

func (o odds) choose(_ string, n int) int {
	if n < 2 || o.rng.IntN(o.one) > 0 {
		return 0
	}
	return 1 + o.rng.IntN(n-1)
}

// drawnWorld is the schedule of a seed.
func drawnWorld(t *testing.T, seed uint64, run applier) (w *world) {
	t.Helper()
	return drawnWorldOf(t, &draw{rng: rand.New(rand.NewPCG(seed, 0))}, run)
}

func drawnWorldOf(t *testing.T, d *draw, run applier) (w *world) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		d.size()
		o := sandbox.Options{
			V2:       map[string]string{"update": pick(d, "errors", "meta", "empty")},
			V4:       d.v4,
			ReadLag:  pick(d, 0, 0, 0, 2*time.Second, 4*time.Second),
			Rewrites: d.rewrites(t),
		}
		if d.v4 != nil {
			d.v4["lag"] = fmt.Sprint(o.ReadLag.Seconds())
		}
		w = newWorld(o, odds{d.rng, pick(d, 5, 15, 60)}, d.moves())
		w.as(human, func() { w.put("theirs/99999", "") })
		processes := d.processes(w, run)
		for range 1 + d.rng.IntN(4) {
			d.configure(processes)
			together(d, processes)
		}
		w.settle(processes...)
	})
	return w
}

// What small worlds are made of: numbers that run under several carriers, and
// attributes of every kind.
var (
	parcelKeys   = []string{"sto/10001", "yto/10001", "zto/10001", "sto/10002", "yto/10002", "sto/10003"}
	parcelValues = []string{
		"", "title=Red", "title=Blue,customer_phone=+1", "customer_phone=+2,logistics_channel=a", "logistics_channel=b,title=",
		"comment=x", "comment=y,lang=en", "archived=true", "archived=false,status=delivered", "status=original", "customer_name=Ann,customer_email=ann@example.org",
		"title=Red & <b>blue</b> 🎉", "title=" + longTitle + ",comment=x & y", "order_id=A&B,order_create_time=2026-08-27 16:51,archived=true",
	}
	keepingServices = []string{"", "", "", "escape", "cut=50", "bmp,tags", "tags,cut=30,escape", "archived", "status", "date"}
)

// rewrites draws in which form the service keeps what it is sent, and what its
// answers show of that.
func (d *draw) rewrites(t *testing.T) (out []sandbox.Rewrite) {
	for kind := range strings.SplitSeq(pick(d, keepingServices...)+pick(d, "", ",echo"), ",") {
		if kind != "" {
			out = append(out, rewrites(t, kind, false)...)
		}
	}
	return out
}

// draw draws a world.
type draw struct {
	rng    *rand.Rand
	keys   []string
	most   int // declared at once
	values []string
	v4     map[string]string // what is open in v4 is answered so, and v4 is spoken; nil is v2 or Trackru
}

func pick[T any](d *draw, of ...T) T { return of[d.rng.IntN(len(of))] }

// size draws how large the world is: mostly small, so that everything meets.
func (d *draw) size() {
	d.keys, d.most, d.values = parcelKeys, 4, parcelValues
	if d.rng.IntN(20) == 0 {
		d.keys, d.most = nil, 150
		for i := range 100 {
			d.keys = append(d.keys, fmt.Sprintf("sto/%d", 20000+i), fmt.Sprintf("yto/%d", 20000+i))
		}
	}
}

// processes are one tmsync; two that know nothing of each other; two in one
// directory; two in one directory with a state and numbers each; or two machines that
// share a state.
func (d *draw) processes(w *world, run applier) []*process {
	disk := statetest.NewDisk()
	processes := []*process{w.process("tmsync", disk, run)}
	switch d.rng.IntN(7) {
	case 0:
		processes = append(processes, w.process("another", statetest.NewDisk(), run))
		processes[0].apart, processes[1].apart = true, true
	case 1:
		processes = append(processes, w.process("neighbour", disk, run))
		if d.rng.IntN(2) == 0 {
			processes[0].noLock, processes[1].noLock = true, true
		}
		processes[0].pair, processes[1].pair = true, true
	case 2:
		beside := w.process("beside", disk, run)
		beside.state, beside.half, processes[0].half = "beside.jsonl", 2, 1
		processes = append(processes, beside)
	case 3:
		processes = append(processes, w.process("far", statetest.NewDisk(), run))
		w.share(processes...)
	}
	dialect := trackingmore.TrackingMore
	if d.rng.IntN(4) == 0 {
		dialect = trackingmore.Trackru
	}
	if d.v4 != nil {
		dialect = trackingmore.TrackingMoreV4
	}
	for _, p := range processes {
		p.dialect, p.any = dialect(), true
		p.batch = pick(d, 2, 40)
	}
	return processes
}

// configure declares some parcels under some addresses, in every process alike where it may.
func (d *draw) configure(processes []*process) {
	values := d.values
	if processes[0].dialect.Service().Name == "TrackingMore" {
		values = append([]string{"track_updates=false", "track_updates=true"}, values...)
	}
	if d.v4 != nil {
		values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return strings.Contains(v, "status=") }) // it has none to write
	}
	keys := slices.Clone(d.keys)
	d.rng.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	for _, p := range processes {
		p.declared = nil
	}
	addrs := d.rng.Perm(d.most)
	for i := range d.rng.IntN(d.most + 1) {
		value, onRemove := pick(d, values...), pick(d, tracking.RemoveDefault, tracking.RemoveDelete, tracking.RemoveArchive, tracking.RemoveForget)
		onMissing := pick(d, tracking.MissingDefault, tracking.MissingRecreate, tracking.MissingForget)
		archiveAfter := pick(d, 0, 0, time.Hour)
		for _, p := range processes {
			if !p.declares(key(keys[i]).Number) {
				continue
			}
			p.declare(fmt.Sprintf("tracking.t%d", addrs[i]), keys[i], value, func(l *tracking.Lifecycle) {
				l.OnRemove, l.OnMissing, l.ArchiveAfter = onRemove, onMissing, archiveAfter
			})
		}
	}
}

// together lets the processes run at the same time, one a little later.
func together(d *draw, processes []*process) {
	late := time.Duration(d.rng.IntN(5000))*time.Millisecond + 500*time.Nanosecond
	var wg sync.WaitGroup
	for i, p := range processes {
		wg.Go(func() {
			time.Sleep(time.Duration(i) * late)
			_, _ = p.apply()
		})
	}
	wg.Wait()
}

// moves are what somebody else does: anything to anything.
func (d *draw) moves() (moves []move) {
	for range 6 {
		k := pick(d, d.keys...)
		moves = append(moves,
			move{"edits " + k, func(w *world) { w.put(k, pick(d, "Hers", "Red")) }},
			move{"deletes " + k, func(w *world) { w.drop(k) }},
			move{"sees " + k + " delivered", func(w *world) {
				if _, there := w.srv.Row(sandbox.Key(key(k))); there {
					_ = w.srv.SetStatus(sandbox.Key(key(k)), pick(d, "transit", "delivered", "expired"))
				}
			}},
			move{"sees " + k + " delivered long ago", func(w *world) {
				if row, there := w.srv.Row(sandbox.Key(key(k))); there {
					row.Status, row.Original, row.EventAt = "delivered", "", longAgo
					_ = w.srv.Put(row)
				}
			}})
	}
	return moves
}
