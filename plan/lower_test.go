package plan_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// requests writes batches as "op xN", and those of one item with the item.
func requests(t *testing.T, w *world, svc *tracking.Service) []string {
	t.Helper()
	in := w.Input()
	in.Service = svc
	p, _ := plan.Compute(in)
	var out []string
	for b := range plan.Lower(p, svc) {
		s := fmt.Sprintf("%s x%d", b.Op, len(b.Steps))
		if b.Guard {
			s += " guarded"
		}
		if len(b.Steps) == 1 {
			it := b.Steps[0].Item
			s += " " + it.Key.String()
			if it.Carrier != "" {
				s += ">" + it.Carrier
			}
			for a, v := range it.Attrs.All() {
				s += fmt.Sprintf(" %s=%s", a, v)
			}
		}
		out = append(out, s)
	}
	return out
}

func TestLower(t *testing.T) {
	tests := []struct {
		name string
		svc  *tracking.Service
		w    *world
		want []string
	}{
		{"create with everything", trackingMore,
			newWorld().Declare("tracking.a", "sto/10001", "title=Red,customer_phone=+1,archived=true,status=delivered,track_updates=false,lang=en"),
			[]string{
				"create x1 sto/10001 title=Red customer_phone=+1 lang=en",
				"update x1 sto/10001 archived=true status=delivered",
				"stop_updates x1 sto/10001",
			}},
		{"create as it is born", trackingMore,
			newWorld().Declare("tracking.a", "sto/10001", "archived=false,status=original,track_updates=true"),
			[]string{"create x1 sto/10001"}},
		{"a phone takes one PUT for everything", trackingMore,
			newWorld().Declare("tracking.a", "sto/10001", "title=Blue,customer_phone=+2").Applied("tracking.a", "sto/10001", "title=Red,customer_phone=+1").There("sto/10001", "title=Red"),
			[]string{"put x1 sto/10001 title=Blue customer_phone=+2"}},
		{"a carrier change is followed by the update of the new key", trackingMore,
			newWorld().Declare("tracking.a", "yto/10001", "title=Blue").Applied("tracking.a", "sto/10001", "title=Red").There("sto/10001", "title=Red"),
			[]string{"change_carrier x1 guarded sto/10001>yto", "update x1 yto/10001 title=Blue"}},
		{"a replacement that keeps its key deletes first", trackingMore,
			newWorld().Declare("tracking.a", "sto/10001", "comment=new").Applied("tracking.a", "sto/10001", "comment=old").There("sto/10001", "comment=old"),
			[]string{"delete x1 guarded sto/10001", "create x1 sto/10001 comment=new"}},
		{"a replacement by another number creates first", trackingMore,
			newWorld().Declare("tracking.a", "sto/10002", "").Applied("tracking.a", "sto/10001", "").There("sto/10001", ""),
			[]string{"create x1 sto/10002", "delete x1 guarded sto/10001"}},
		{"moves and forgets send nothing", trackingMore,
			newWorld().Declare("tracking.b", "sto/10001", "").Applied("tracking.a", "sto/10001", "").Applied("tracking.c", "sto/10003", "").There("sto/10001", ""),
			nil},
		{"without bulk calls", trackru,
			newWorld().Declare("tracking.a", "sto/10001", "title=Blue").Applied("tracking.a", "sto/10001", "title=Red").Applied("tracking.b", "sto/10002", "").
				There("sto/10001", "title=Red").There("sto/10002", ""),
			[]string{"put x1 sto/10001 title=Blue", "delete x1 guarded sto/10002"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, requests(t, tt.w, tt.svc)); diff != "" {
				t.Errorf("batches mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLowerSizes(t *testing.T) {
	for n, want := range map[int][]string{
		0: nil, 1: {"create x1 sto/20000"}, 39: {"create x39"}, 40: {"create x40"},
		41: {"create x40", "create x1 sto/20040"}, 80: {"create x40", "create x40"}, 81: {"create x40", "create x40", "create x1 sto/20080"},
	} {
		w := newWorld()
		for i := range n {
			w.Declare(fmt.Sprintf("tracking.t%05d", i), fmt.Sprintf("sto/%d", 20000+i), "")
		}
		if diff := cmp.Diff(want, requests(t, w, trackingMore)); diff != "" {
			t.Errorf("%d creates (-want +got):\n%s", n, diff)
		}
	}
}

// The mixed apply of a shop's day: 50 titles, 3 phones, a carrier, 5 removals.
func TestEstimate(t *testing.T) {
	w := newWorld()
	for i := range 100 {
		addr, k := fmt.Sprintf("tracking.t%03d", i), fmt.Sprintf("sto/%d", 20000+i)
		was := "title=Red,customer_phone=+1"
		w.Applied(addr, k, was).There(k, "title=Red")
		switch {
		case i < 50:
			w.Declare(addr, k, "title=Blue,customer_phone=+1")
		case i < 53:
			w.Declare(addr, k, "title=Red,customer_phone=+2")
		case i == 53:
			w.Declare(addr, fmt.Sprintf("yto/%d", 20000+i), was)
		case i < 95:
			w.Declare(addr, k, was)
		}
	}
	w.There("sto/77777", "title=Hers")
	p, _ := plan.Compute(w.Input())
	want := plan.Estimate{
		Requests: []plan.EndpointCount{{"list", 3}, {"update", 1}, {"updatemore", 2}, {"put", 3}, {"delete", 1}},
		Total:    10, MaxCredits: 1,
	}
	if diff := cmp.Diff(want, plan.EstimateCost(p, trackingMore)); diff != "" {
		t.Errorf("estimate mismatch (-want +got):\n%s", diff)
	}
	if p.Unchanged != 41 || p.Unmanaged != 1 {
		t.Errorf("%d unchanged and %d unmanaged, want 41 and 1", p.Unchanged, p.Unmanaged)
	}
}

func TestCheck(t *testing.T) {
	removed := func(managed, removed int) *world {
		w := newWorld()
		for i := range managed {
			addr, k := fmt.Sprintf("tracking.t%03d", i), fmt.Sprintf("sto/%d", 20000+i)
			w.Applied(addr, k, "").There(k, "")
			if i >= removed {
				w.Declare(addr, k, "")
			}
		}
		return w
	}
	limits := plan.Limits{Safety: tracking.Safety{MaxDeletes: 10, MaxDeletePercent: 10}}
	with := func(f func(*plan.Limits)) plan.Limits {
		l := limits
		f(&l)
		return l
	}
	vanished := func(n int) *world {
		w := removed(100, 0)
		w.Remote.Items = w.Remote.Items[n:]
		return w
	}
	three := newWorld().Declare("tracking.a", "sto/10001", "").Declare("tracking.b", "sto/10002", "").Declare("tracking.c", "sto/10003", "")
	costs := func(most float64, allowed int, spent float64) func(*plan.Limits) {
		return func(l *plan.Limits) { l.MaxCredits, l.AllowCredits, l.Spent = &most, &allowed, spent }
	}
	fifth := 0.2
	all := func(n int, last string) *world {
		w := removed(n, 0)
		w.Remote.Items = nil
		for i := range w.Prior.Records {
			w.Prior.Records[i].Status = last
		}
		return w
	}
	back := func(w *world, k string) *world { return w.There(k, "") }
	blind := func(w *world) *world { w.Remote = nil; return w }
	undeclared := func(w *world) *world { w.Declared = nil; return w }
	tests := []struct {
		name   string
		w      *world
		limits plan.Limits
		facts  plan.Facts
		want   []plan.StopKind
	}{
		{"within the number", removed(20, 10), limits, plan.Facts{}, nil},
		{"within the share", removed(200, 20), limits, plan.Facts{}, nil},
		{"over both", removed(100, 11), limits, plan.Facts{}, []plan.StopKind{plan.StopDeletes}},
		{"allowed", removed(100, 11), with(func(l *plan.Limits) { l.AllowDeletes = new(11) }), plan.Facts{}, nil},
		{"allowed too few", removed(100, 11), with(func(l *plan.Limits) { l.AllowDeletes = new(10) }), plan.Facts{}, []plan.StopKind{plan.StopDeletes}},
		{"empty configuration", removed(3, 3), limits, plan.Facts{}, []plan.StopKind{plan.StopEmpty}},
		{"empty configuration, allowed", removed(3, 3), with(func(l *plan.Limits) { l.AllowDeletes = new(3) }), plan.Facts{}, nil},
		{"20 vanished", vanished(20), limits, plan.Facts{}, nil},
		{"21 vanished", vanished(21), limits, plan.Facts{}, []plan.StopKind{plan.StopMissing}},
		{"21 vanished, accepted", vanished(21), with(func(l *plan.Limits) { l.AllowMissing = new(21) }), plan.Facts{}, nil},
		{"all of two vanished", all(2, "transit"), limits, plan.Facts{}, []plan.StopKind{plan.StopMissing}},
		{"all of two vanished, accepted", all(2, "transit"), with(func(l *plan.Limits) { l.AllowMissing = new(2) }), plan.Facts{}, nil},
		{"all of one vanished", all(1, "transit"), limits, plan.Facts{}, nil},
		{"all but one vanished", back(all(3, "transit"), "sto/20002"), limits, plan.Facts{}, nil},
		{"all vanished once they were delivered", all(2, "delivered"), limits, plan.Facts{}, nil},
		{"all gone for long", all(2, tracking.Gone), limits, plan.Facts{}, nil},
		{"all vanished, and one gone for long is there", all(2, "transit").Applied("tracking.u", "sto/1", "", func(r *state.Record) { r.Status = tracking.Gone }).There("sto/1", ""), limits, plan.Facts{}, nil},
		{"all vanished, and not refreshed", blind(all(2, "transit")), limits, plan.Facts{}, nil},
		{"all vanished that were to be removed", undeclared(all(2, "transit")), with(func(l *plan.Limits) { l.AllowDeletes = new(2) }), plan.Facts{}, []plan.StopKind{plan.StopMissing}},
		{"enough credits", newWorld().Declare("tracking.a", "sto/10001", ""), limits, plan.Facts{Known: true, Credits: 1}, nil},
		{"too few credits", newWorld().Declare("tracking.a", "sto/10001", ""), limits, plan.Facts{Known: true}, []plan.StopKind{plan.StopCredits}},
		{"costs as much as is allowed", three, with(costs(3, 0, 0)), plan.Facts{}, nil},
		{"costs more", three, with(costs(2.5, 0, 0)), plan.Facts{}, []plan.StopKind{plan.StopCosts}},
		{"may cost nothing", three, with(costs(0, 0, 0)), plan.Facts{}, []plan.StopKind{plan.StopCosts}},
		{"costs more, allowed", three, with(costs(0, 3, 0)), plan.Facts{}, nil},
		{"costs more, allowed too little", three, with(costs(0, 2, 0)), plan.Facts{}, []plan.StopKind{plan.StopCosts}},
		{"costs more with its data", three, with(costs(3, 0, 0.2)), plan.Facts{}, []plan.StopKind{plan.StopCosts}},
		{"costs more with its data, allowed", three, with(costs(3, 4, 0.2)), plan.Facts{}, nil},
		{"fourteen fifths", three, with(costs(5.8, 0, 14*fifth)), plan.Facts{}, nil},
		{"nothing to do after data that was allowed", newWorld(), with(costs(0, 0, 0.2)), plan.Facts{}, nil},
		{"costs more than is allowed, and than there is", three, with(costs(0, 0, 0)), plan.Facts{Known: true}, []plan.StopKind{plan.StopCosts, plan.StopCredits}},
		{"another account", newWorld(), limits, plan.Facts{Known: true, OtherAccount: true}, []plan.StopKind{plan.StopAccount}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := plan.Compute(tt.w.Input())
			var got []plan.StopKind
			for _, s := range plan.Check(p, plan.EstimateCost(p, trackingMore), tt.limits, tt.facts) {
				got = append(got, s.Kind)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("stops mismatch (-want +got):\n%s", diff)
			}
		})
	}
	in := removed(100, 100).Input()
	in.Destroy = true
	p, _ := plan.Compute(in)
	if stops := plan.Check(p, plan.Estimate{}, limits, plan.Facts{}); stops != nil {
		t.Errorf("destroy is its own permission, but: %v", stops)
	}
}
