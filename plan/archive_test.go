package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

const month = 30 * 24 * time.Hour

func after(d time.Duration) func(*tracking.Lifecycle) {
	return func(l *tracking.Lifecycle) { l.ArchiveAfter = d }
}

// ours is a tracking that is declared with archive_after, and applied.
func ours(declared, applied string, lifecycle ...func(*tracking.Lifecycle)) *world {
	return newWorld().Declare("tracking.a", "sto/10001", declared, append(lifecycle, after(month))...).Applied("tracking.a", "sto/10001", applied)
}

func TestArchiveAfter(t *testing.T) {
	due := []string{"archive tracking.a sto/10001 archive_after archived:false>true"}
	ignoring := func(l *tracking.Lifecycle) { l.IgnoreChanges = tracking.AttrSetOf(tracking.Archived) }
	tests := []struct {
		name string
		w    *world
		want []string
	}{
		{"long ago", ours("", "").There("sto/10001", "", "delivered").Ago(month + time.Second), due},
		{"just so long ago", ours("", "").There("sto/10001", "", "delivered").Ago(month), nil},
		{"lately", ours("", "").There("sto/10001", "", "delivered").Ago(time.Hour), nil},
		{"in the future", ours("", "").There("sto/10001", "", "delivered").Ago(-month), nil},
		{"nobody knows when", ours("", "").There("sto/10001", "", "delivered"), nil},
		{"not delivered", ours("", "").There("sto/10001", "", "transit").Ago(2 * month), nil},
		{"expired", ours("", "").There("sto/10001", "", "expired").Ago(2 * month), nil},
		{"archived already", ours("", "").There("sto/10001", "archived=true", "delivered").Ago(2 * month), nil},
		{"archived in no known way", ours("", "").There("sto/10001", "archived=tracking", "delivered").Ago(2 * month), nil},
		{"explicitly not", ours("archived=false", "archived=false").There("sto/10001", "", "delivered").Ago(2 * month), nil},
		{"explicitly so", ours("archived=true", "").There("sto/10001", "", "transit").Ago(time.Hour),
			[]string{"update tracking.a sto/10001 config_changed archived:false>true"}},
		{"ignored", ours("", "", ignoring).There("sto/10001", "", "delivered").Ago(2 * month), nil},
		{"taken out of the archive", ours("", "archived=true").There("sto/10001", "", "delivered").Ago(2 * month),
			[]string{"archive tracking.a sto/10001 remote_drifted archived:false>true(drift)"}},
		{"taken out of the archive, and on its way again", ours("", "archived=true").There("sto/10001", "", "transit").Ago(2 * month), nil},
		{"with other differences", ours("title=New,track_updates=false", "title=Old").There("sto/10001", "title=Old", "delivered").Ago(2 * month),
			[]string{"archive tracking.a sto/10001 archive_after title:Old>New archived:false>true track_updates:true>false"}},
		{"will be delivered", ours("status=delivered", "").There("sto/10001", "", "transit").Ago(2 * month),
			[]string{"archive tracking.a sto/10001 archive_after archived:false>true status:transit>delivered"}},
		{"will be an exception", ours("status=exception", "").There("sto/10001", "", "delivered").Ago(2 * month),
			[]string{"update tracking.a sto/10001 config_changed status:delivered>exception"}},
		{"is replaced", ours("comment=new", "comment=old").There("sto/10001", "comment=old", "delivered").Ago(2 * month),
			[]string{"replace tracking.a sto/10001 create_only_changed comment:old>new(force)"}},
		{"is adopted", newWorld().Declare("tracking.a", "sto/10001", "", after(month)).There("sto/10001", "", "delivered").Ago(2 * month),
			[]string{"adopt tracking.a sto/10001 already_at_remote archived:false>true"}},
		{"changes its carrier", newWorld().Declare("tracking.a", "yto/10001", "", after(month)).Applied("tracking.a", "sto/10001", "").There("sto/10001", "", "delivered").Ago(2 * month),
			[]string{"change_carrier tracking.a yto/10001 carrier_changed was sto/10001"}},
		{"moves", newWorld().Declare("tracking.b", "sto/10001", "", after(month)).Applied("tracking.a", "sto/10001", "").There("sto/10001", "", "delivered").Ago(2 * month),
			[]string{"archive tracking.b sto/10001 archive_after from tracking.a archived:false>true"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, diags := plan.Compute(tt.w.Input())
			if len(diags) > 0 {
				t.Error(diags)
			}
			checkLines(t, p, tt.want...)
		})
	}
}

// What nobody has looked at is not archived, nor what no clock judges; upsert
// allows it, create does not.
func TestArchiveAfterInputs(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*plan.Input)
		want   int
	}{
		"as it is":       {func(*plan.Input) {}, 1},
		"no refresh":     {func(in *plan.Input) { in.Remote = nil }, 0},
		"no clock":       {func(in *plan.Input) { in.Now = time.Time{} }, 0},
		"upsert":         {func(in *plan.Input) { in.Mode = plan.ModeUpsert }, 1},
		"create":         {func(in *plan.Input) { in.Mode = plan.ModeCreate }, 0},
		"only refreshed": {func(in *plan.Input) { in.RefreshOnly = true }, 0},
	} {
		in := ours("", "").There("sto/10001", "", "delivered").Ago(2 * month).Input()
		tt.change(&in)
		p, _ := plan.Compute(in)
		if got := p.Count(plan.Archive); got != tt.want || len(p.Changes) != got {
			t.Errorf("%s: %d are archived, want %d; changes are %v", name, got, tt.want, lines(p))
		}
	}
}

// Archiving costs no request of its own beside other updates, and a PUT where there
// is nothing else.
func TestArchiveAfterRequests(t *testing.T) {
	w := newWorld().
		Declare("tracking.a", "sto/10001", "", after(month)).Declare("tracking.b", "sto/10002", "title=New").
		Applied("tracking.a", "sto/10001", "").Applied("tracking.b", "sto/10002", "title=Old").
		There("sto/10001", "", "delivered").Ago(2*month).There("sto/10002", "title=Old")
	in := w.Input()
	for svc, want := range map[*tracking.Service]plan.EndpointCount{trackingMore: {Name: "updatemore", Count: 1}, trackru: {Name: "put", Count: 2}} {
		in.Service = svc
		p, _ := plan.Compute(in)
		e := plan.EstimateCost(p, svc)
		if diff := cmp.Diff([]plan.EndpointCount{want}, e.Requests); diff != "" || e.MaxCredits != 0 {
			t.Errorf("%s: costs %d credits and (-want +got):\n%s", svc.Name, e.MaxCredits, diff)
		}
	}
}

// That we have archived it is remembered for as long as the rule is there.
func TestArchiveAfterIsRemembered(t *testing.T) {
	for name, tt := range map[string]struct {
		w    *world
		want string
	}{
		"as it was":        {ours("", "archived=true").There("sto/10001", "archived=true", "delivered").Ago(2 * month), "true"},
		"its status moves": {ours("", "archived=true").There("sto/10001", "archived=true", "expired"), "true"},
		"no rule":          {newWorld().Declare("tracking.a", "sto/10001", "").Applied("tracking.a", "sto/10001", "archived=true").There("sto/10001", "archived=true", "delivered"), ""},
		"observed":         {ours("", "archived=false").There("sto/10001", "", "transit"), ""},
	} {
		p, _ := plan.Compute(tt.w.Input())
		if !p.Empty() {
			t.Errorf("%s: changes are %v", name, lines(p))
			continue
		}
		rec := tt.w.Prior.Records[0]
		for _, r := range p.Refreshed {
			rec = r
		}
		if got := rec.Applied.Value(tracking.Archived); got != tt.want {
			t.Errorf("%s: %q is remembered, want %q", name, got, tt.want)
		}
	}
	w := ours("", "archived=true").There("sto/10001", "", "delivered")
	in := w.Input()
	in.RefreshOnly = true
	p, _ := plan.Compute(in)
	checkLines(t, p, "refresh tracking.a sto/10001 remote_drifted archived:true>false(drift)")
}

// What has expired at the service and then vanished is gone, and stays so.
func TestExpiredIsNotCreatedAgain(t *testing.T) {
	w := newWorld().Declare("tracking.a", "sto/10001", "title=Red").
		Applied("tracking.a", "sto/10001", "title=Red", func(r *state.Record) { r.Status = "transit" }).There("sto/10001", "title=Red", "expired")
	for _, want := range [][]string{nil, {"forget tracking.a sto/10001 gone_remotely"}, nil} {
		p, _ := plan.Compute(w.Input())
		checkLines(t, p, want...)
		for _, r := range p.Refreshed {
			w.Prior.Records[0] = r
		}
		for _, c := range p.Changes {
			w.Prior.Records[0] = *c.Record
		}
		w.Remote.Items = nil
	}
	if got := w.Prior.Records[0].Status; got != tracking.Gone {
		t.Errorf("its status is %q", got)
	}
}
