package plan_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/internal/gear/budget"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

var ignoreState = cmpopts.IgnoreUnexported(state.State{})

func TestOrderOfInputsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawWorld(t).Input()
		listing := *in.Remote
		p, diags := plan.Compute(in)
		in.Remote = &listing
		in.Declared, in.Remote.Items = slices.Clone(in.Declared), slices.Clone(in.Remote.Items)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		r.Shuffle(len(in.Declared), func(i, j int) { in.Declared[i], in.Declared[j] = in.Declared[j], in.Declared[i] })
		r.Shuffle(len(in.Remote.Items), func(i, j int) {
			in.Remote.Items[i], in.Remote.Items[j] = in.Remote.Items[j], in.Remote.Items[i]
		})
		q, moreDiags := plan.Compute(in)
		if diff := cmp.Diff(p, q, ignoreState, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("the plan depends on the order of its inputs:\n%s", diff)
		}
		if diff := cmp.Diff(fmt.Sprint(diags), fmt.Sprint(moreDiags)); diff != "" {
			t.Fatalf("the diagnostics depend on the order of the inputs:\n%s", diff)
		}
	})
}

func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		in := w.Input()
		in.Mode = rapid.SampledFrom([]plan.Mode{plan.ModeSync, plan.ModeUpsert, plan.ModeCreate}).Draw(t, "mode")
		in.Destroy = rapid.Bool().Draw(t, "destroy")
		p, _ := plan.Compute(in)

		declared, ours := map[tracking.Key]bool{}, map[tracking.Key]bool{}
		for _, d := range w.Declared {
			declared[d.Key] = true
		}
		for _, r := range w.Prior.Records {
			ours[r.Key] = true
		}
		for b := range plan.Lower(p, trackingMore) {
			for _, s := range b.Steps {
				k := s.Item.Key
				switch {
				case b.Op == tracking.OpDelete && !ours[k]:
					t.Fatalf("deletes %s, which is not ours", k)
				case b.Op == tracking.OpDelete && in.Mode != plan.ModeSync && !in.Destroy:
					t.Fatalf("deletes %s in mode %s", k, in.Mode)
				case b.Op == tracking.OpDelete && !b.Guard:
					t.Fatalf("deletes %s without a look at it", k)
				case b.Op == tracking.OpDelete && declared[k] && !in.Destroy && p.Changes[s.Change].Action != plan.Replace:
					t.Fatalf("deletes %s, which is declared", k)
				case !ours[k] && !declared[k]:
					t.Fatalf("%s of %s, which is neither declared nor ours", b.Op, k)
				case b.Op == tracking.OpCreate && in.Destroy:
					t.Fatalf("creates %s while destroying", k)
				}
				if len(b.Steps) > trackingMore.List.Max {
					t.Fatalf("%d steps in one batch", len(b.Steps))
				}
			}
		}
		if !slices.IsSortedFunc(p.Changes, func(a, b plan.Change) int {
			if a.Addr < b.Addr {
				return -1
			} else if a.Addr > b.Addr {
				return 1
			}
			return 0
		}) {
			t.Fatal("the changes are not sorted by address")
		}
		if in.Mode == plan.ModeSync && !in.Destroy {
			checkEveryAddress(t, w, p)
		}
	})
}

// What a parcel's life has come to decides what is archived, and what is not
// created again.
func TestLivesLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		for i, d := range w.Declared { // most worlds have too little in common
			if rapid.Bool().Draw(t, "is there") && !slices.ContainsFunc(w.Remote.Items, func(r tracking.Remote) bool { return r.Key == d.Key }) {
				w.There(d.Key.String(), "", rapid.SampledFrom([]string{"transit", "delivered"}).Draw(t, "its status"))
				if rapid.Bool().Draw(t, "has a last event") {
					w.Ago(time.Duration(10+20*i) * time.Hour)
				}
			}
		}
		p, _ := plan.Compute(w.Input())
		checkArchived(t, w, p)
		checkOver(t, w, p)
	})
}

// checkArchived makes sure, item by item, that what archive_after says happens to
// what it is about, and to nothing else.
func checkArchived(t *rapid.T, w *world, p *plan.Plan) {
	sent := map[tracking.Key]string{}
	for b := range plan.Lower(p, trackingMore) {
		for _, s := range b.Steps {
			if v, ok := s.Item.Attrs.Get(tracking.Archived); ok {
				sent[s.Item.Key] = v
			}
		}
	}
	actions := map[tracking.Key]plan.Action{}
	for _, c := range p.Changes {
		actions[c.Key] = c.Action
		if c.Action == plan.Archive && sent[c.Key] != "true" {
			t.Fatalf("%s is said to be archived, and %q is sent", c.Key, sent[c.Key])
		}
	}
	remote := map[tracking.Key]tracking.Remote{}
	for _, r := range w.Remote.Items {
		remote[r.Key] = r
	}
	for _, d := range w.Declared {
		r, there := remote[d.Key]
		if want, explicit := d.Attrs.Get(tracking.Archived); explicit && sent[d.Key] != "" && sent[d.Key] != want {
			t.Fatalf("%s is declared with archived = %s, and %s is sent", d.Key, want, sent[d.Key])
		} else if explicit || !there || actions[d.Key] == plan.Replace {
			continue
		}
		status := r.Status
		if s, ok := d.Attrs.Get(tracking.Status); ok && s != r.Status {
			status = "" // for the other tests
		}
		due := d.Lifecycle.ArchiveAfter > 0 && !d.Lifecycle.IgnoreChanges.Has(tracking.Archived) &&
			r.Attrs.Value(tracking.Archived) == "false" && r.LastEvent > 0 && r.LastEvent < clock.Add(-d.Lifecycle.ArchiveAfter).Unix()
		if got := sent[d.Key] == "true"; status != "" && got != (due && status == "delivered") {
			t.Fatalf("%s is archived: %t; its status is %s, its last event was at %d, its lifecycle is %+v", d.Key, got, status, r.LastEvent, d.Lifecycle)
		}
	}
}

// checkOver makes sure that a parcel whose life was over is not created again.
func checkOver(t *rapid.T, w *world, p *plan.Plan) {
	over := map[tracking.Key]bool{}
	for _, r := range w.Prior.Records {
		over[r.Key] = r.Status == "delivered" || r.Status == "expired" || r.Status == tracking.Gone
	}
	for _, c := range p.Changes {
		if c.Action == plan.Create && over[c.Key] && c.Declared.Lifecycle.OnMissing != tracking.MissingRecreate {
			t.Fatalf("%s is created again", c.Key)
		}
	}
}

// checkEveryAddress makes sure that every declaration and every record is
// accounted for: changed or counted as unchanged.
func checkEveryAddress(t *rapid.T, w *world, p *plan.Plan) {
	changed := map[tracking.Addr]int{}
	for _, c := range p.Changes {
		changed[c.Addr]++
	}
	n := 0
	for _, d := range w.Declared {
		if changed[d.Addr] > 0 {
			n++
		}
	}
	if n+p.Unchanged+p.Gone != len(w.Declared) {
		t.Fatalf("%d declared, of which %d change and %d do not", len(w.Declared), n, p.Unchanged)
	}
}

func BenchmarkCompute(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := newWorld()
			for i := range n {
				addr, k := fmt.Sprintf("tracking.t%07d", i), fmt.Sprintf("sto/%d", 1_000_000+i)
				was := fmt.Sprintf("title=Order %d,order_id=%d,customer_name=N%d", i, i, i)
				w.Declare(addr, k, was).Applied(addr, k, was).There(k, was)
			}
			// 32 bytes of them are the id at the service and the carrier that stays, of each record.
			budget.Run(b, n, budget.Use{Bytes: 430, Allocs: 2}, func() {
				if p, _ := plan.Compute(w.Input()); !p.Empty() {
					b.Fatal("the plan is not empty")
				}
			})
		})
	}
}
