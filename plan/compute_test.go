package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// One case for every line of the decision table, and for what lies between them.
func TestCompute(t *testing.T) {
	ignoreCreateOnly := func(l *tracking.Lifecycle) { l.CreateOnly = tracking.CreateOnlyIgnore }
	onMissing := func(m tracking.OnMissing) func(*tracking.Lifecycle) {
		return func(l *tracking.Lifecycle) { l.OnMissing = m }
	}
	onRemove := func(o tracking.OnRemove) func(*state.Record) {
		return func(r *state.Record) { r.OnRemove = o }
	}
	seen := func(status string) func(*state.Record) {
		return func(r *state.Record) { r.Status = status }
	}
	left := func(r *state.Record) { r.LeftAsIs = tracking.AttrSetOf(tracking.Comment, tracking.Lang) }

	tests := []struct {
		name string
		w    *world
		want []string
	}{
		{"create", newWorld().Declare("tracking.a", "sto/10001", "title=Red"),
			[]string{"create tracking.a sto/10001 not_tracked title:>Red"}},
		{"adopt, equal", newWorld().Declare("tracking.a", "sto/10001", "title=Red").There("sto/10001", "title=Red"),
			[]string{"adopt tracking.a sto/10001 already_at_remote"}},
		{"adopt and update", newWorld().Declare("tracking.a", "sto/10001", "title=Red,logistics_channel=4PX").There("sto/10001", "title=Blue"),
			[]string{"adopt tracking.a sto/10001 already_at_remote title:Blue>Red logistics_channel:?>4PX"}},
		{"adopt leaves create-only", newWorld().Declare("tracking.a", "sto/10001", "comment=x,lang=en").There("sto/10001", "comment=y"),
			[]string{"adopt tracking.a sto/10001 already_at_remote"}},
		{"what was left stays left",
			newWorld().Declare("tracking.a", "sto/10001", "comment=x,lang=en").Applied("tracking.a", "sto/10001", "comment=x,lang=en", left).There("sto/10001", "comment=y"),
			nil},
		{"what was left is replaced when declared anew",
			newWorld().Declare("tracking.a", "sto/10001", "comment=z,lang=en").Applied("tracking.a", "sto/10001", "comment=x,lang=en", left).There("sto/10001", "comment=y"),
			[]string{"replace tracking.a sto/10001 create_only_changed comment:y>z(force)"}},
		{"what was left may be declared as it is",
			newWorld().Declare("tracking.a", "sto/10001", "comment=y,lang=en").Applied("tracking.a", "sto/10001", "comment=x,lang=en", left).There("sto/10001", "comment=y"),
			nil},

		{"gone, recreated", newWorld().Declare("tracking.a", "sto/10001", "").Applied("tracking.a", "sto/10001", ""),
			[]string{"create tracking.a sto/10001 gone_remotely"}},
		{"gone after delivery", newWorld().Declare("tracking.a", "sto/10001", "").Applied("tracking.a", "sto/10001", "", seen("delivered")),
			[]string{"forget tracking.a sto/10001 gone_remotely"}},
		{"gone after expiry", newWorld().Declare("tracking.a", "sto/10001", "").Applied("tracking.a", "sto/10001", "", seen("expired")),
			[]string{"forget tracking.a sto/10001 gone_remotely"}},
		{"gone and left alone", newWorld().Declare("tracking.a", "sto/10001", "").Applied("tracking.a", "sto/10001", "", seen(tracking.Gone)), nil},
		{"gone, on_missing forget", newWorld().Declare("tracking.a", "sto/10001", "", onMissing("forget")).Applied("tracking.a", "sto/10001", ""),
			[]string{"forget tracking.a sto/10001 gone_remotely"}},
		{"gone, on_missing recreate", newWorld().Declare("tracking.a", "sto/10001", "", onMissing("recreate")).Applied("tracking.a", "sto/10001", "", seen("delivered")),
			[]string{"create tracking.a sto/10001 gone_remotely"}},

		{"same", newWorld().Declare("tracking.a", "sto/10001", "title=Red").Applied("tracking.a", "sto/10001", "title=Red").There("sto/10001", "title=Red", "delivered"), nil},
		{"configuration changed", newWorld().Declare("tracking.a", "sto/10001", "title=Blue").Applied("tracking.a", "sto/10001", "title=Red").There("sto/10001", "title=Red"),
			[]string{"update tracking.a sto/10001 config_changed title:Red>Blue"}},
		{"drift", newWorld().Declare("tracking.a", "sto/10001", "title=Red").Applied("tracking.a", "sto/10001", "title=Red").There("sto/10001", "title=Hers"),
			[]string{"update tracking.a sto/10001 remote_drifted title:Hers>Red(drift)"}},
		{"both", newWorld().Declare("tracking.a", "sto/10001", "title=Red,order_id=2").Applied("tracking.a", "sto/10001", "title=Red,order_id=1").There("sto/10001", "title=Hers,order_id=1"),
			[]string{"update tracking.a sto/10001 config_changed title:Hers>Red(drift) order_id:1>2"}},
		{"managed and empty", newWorld().Declare("tracking.a", "sto/10001", "title=").Applied("tracking.a", "sto/10001", "title=Red").There("sto/10001", "title=Red"),
			[]string{"update tracking.a sto/10001 config_changed title:Red>"}},
		{"unmanaged attribute", newWorld().Declare("tracking.a", "sto/10001", "").Applied("tracking.a", "sto/10001", "title=Red").There("sto/10001", "title=Hers"), nil},
		{"write-only, as applied", newWorld().Declare("tracking.a", "sto/10001", "customer_phone=+1,destination_code=DE").Applied("tracking.a", "sto/10001", "customer_phone=+1,destination_code=DE").There("sto/10001", ""), nil},
		{"write-only, changed", newWorld().Declare("tracking.a", "sto/10001", "customer_phone=+2,destination_code=DE").Applied("tracking.a", "sto/10001", "customer_phone=+1,destination_code=CN").There("sto/10001", ""),
			[]string{"update tracking.a sto/10001 config_changed destination_code:CN>DE customer_phone:?>+2"}},
		{"status word", newWorld().Declare("tracking.a", "sto/10001", "status=delivered").Applied("tracking.a", "sto/10001", "").There("sto/10001", "", "delivered"), nil},
		{"status override", newWorld().Declare("tracking.a", "sto/10001", "status=exception").Applied("tracking.a", "sto/10001", "status=exception").There("sto/10001", "", "transit"),
			[]string{"update tracking.a sto/10001 remote_drifted status:transit>exception(drift)"}},
		{"status original is state only", newWorld().Declare("tracking.a", "sto/10001", "status=original").Applied("tracking.a", "sto/10001", "status=original").There("sto/10001", "", "exception"), nil},
		{"status original ends an override", newWorld().Declare("tracking.a", "sto/10001", "status=original").Applied("tracking.a", "sto/10001", "status=delivered").There("sto/10001", "", "delivered"),
			[]string{"update tracking.a sto/10001 config_changed status:delivered>original"}},
		{"stop updates", newWorld().Declare("tracking.a", "sto/10001", "track_updates=false").Applied("tracking.a", "sto/10001", "").There("sto/10001", ""),
			[]string{"update tracking.a sto/10001 config_changed track_updates:true>false"}},
		{"updates stopped by the service", newWorld().Declare("tracking.a", "sto/10001", "track_updates=true").Applied("tracking.a", "sto/10001", "track_updates=true").There("sto/10001", "track_updates=false"), nil},
		{"updates back on", newWorld().Declare("tracking.a", "sto/10001", "track_updates=true").Applied("tracking.a", "sto/10001", "track_updates=false").There("sto/10001", "track_updates=false"),
			[]string{"replace tracking.a sto/10001 create_only_changed track_updates:false>true(force)"}},

		{"moved", newWorld().Declare("tracking.b", "sto/10001", "").Applied("tracking.a", "sto/10001", "").There("sto/10001", ""),
			[]string{"move tracking.b sto/10001 address_changed from tracking.a"}},
		{"swapped addresses", newWorld().Declare("tracking.a", "sto/10002", "").Declare("tracking.b", "sto/10001", "").
			Applied("tracking.a", "sto/10001", "").Applied("tracking.b", "sto/10002", "").There("sto/10001", "").There("sto/10002", ""),
			[]string{"move tracking.a sto/10002 address_changed from tracking.b", "move tracking.b sto/10001 address_changed from tracking.a"}},
		{"carrier", newWorld().Declare("tracking.a", "yto/10001", "title=Red").Applied("tracking.a", "sto/10001", "title=Red").There("sto/10001", "title=Red"),
			[]string{"change_carrier tracking.a yto/10001 carrier_changed was sto/10001"}},
		{"carrier and title", newWorld().Declare("tracking.a", "yto/10001", "title=Blue").Applied("tracking.a", "sto/10001", "title=Red").There("sto/10001", "title=Red"),
			[]string{"change_carrier tracking.a yto/10001 carrier_changed was sto/10001 title:Red>Blue"}},
		{"carrier and address", newWorld().Declare("tracking.b", "yto/10001", "").Applied("tracking.a", "sto/10001", "").There("sto/10001", ""),
			[]string{"change_carrier tracking.b yto/10001 carrier_changed was sto/10001 from tracking.a"}},
		{"carrier and address, two candidates", newWorld().Declare("tracking.x", "c/10001", "").
			Applied("tracking.a", "a/10001", "").Applied("tracking.b", "b/10001", "").There("a/10001", "").There("b/10001", ""),
			[]string{
				"delete tracking.a a/10001 removed_from_config", "delete tracking.b b/10001 removed_from_config",
				"create tracking.x c/10001 not_tracked",
			}},
		{"carrier chain settles by key", newWorld().Declare("tracking.a", "b/10001", "").Declare("tracking.b", "c/10001", "").
			Applied("tracking.a", "a/10001", "").Applied("tracking.b", "b/10001", "").There("a/10001", "").There("b/10001", ""),
			[]string{"move tracking.a b/10001 address_changed from tracking.b", "change_carrier tracking.b c/10001 carrier_changed was a/10001 from tracking.a"}},
		{"carrier changed by somebody else", newWorld().Declare("tracking.a", "yto/10001", "title=Red").Applied("tracking.a", "sto/10001", "title=Red").There("yto/10001", "title=Red"),
			[]string{"adopt tracking.a yto/10001 already_at_remote"}},
		{"carrier, target taken", newWorld().Declare("tracking.a", "yto/10001", "").Applied("tracking.a", "sto/10001", "").There("sto/10001", "").There("yto/10001", ""),
			[]string{"replace tracking.a yto/10001 carrier_changed was sto/10001"}},
		{"number", newWorld().Declare("tracking.a", "sto/10002", "title=Red").Applied("tracking.a", "sto/10001", "title=Red").There("sto/10001", "title=Red"),
			[]string{"replace tracking.a sto/10002 number_changed was sto/10001 title:>Red"}},
		{"number, new one taken", newWorld().Declare("tracking.a", "sto/10002", "title=Red").Applied("tracking.a", "sto/10001", "title=Red").There("sto/10001", "title=Red").There("sto/10002", "title=Hers"),
			[]string{"replace tracking.a sto/10002 number_changed was sto/10001 title:Hers>Red"}},
		{"address taken over", newWorld().Declare("tracking.a", "sto/10002", "").
			Applied("tracking.a", "sto/10001", "").Applied("tracking.b", "sto/10002", "").There("sto/10001", "").There("sto/10002", ""),
			[]string{"move tracking.a sto/10002 address_changed from tracking.b", "delete tracking.a (deposed sto/10001) sto/10001 removed_from_config"}},
		{"address taken over, old one gone", newWorld().Declare("tracking.a", "sto/10002", "").
			Applied("tracking.a", "sto/10001", "").Applied("tracking.b", "sto/10002", "").There("sto/10002", ""),
			[]string{"move tracking.a sto/10002 address_changed from tracking.b", "forget tracking.a (deposed sto/10001) sto/10001 gone_remotely"}},
		{"leftover of a replacement", newWorld().Declare("tracking.a", "sto/10002", "").
			Applied("tracking.a", "sto/10002", "").Applied("tracking.a (deposed sto/10001)", "sto/10001", "").There("sto/10001", "").There("sto/10002", ""),
			[]string{"delete tracking.a (deposed sto/10001) sto/10001 removed_from_config"}},
		{"leftover that is declared again", newWorld().Declare("tracking.a", "sto/10001", "").
			Applied("tracking.a", "sto/10002", "").Applied("tracking.a (deposed sto/10001)", "sto/10001", "").There("sto/10001", "").There("sto/10002", ""),
			[]string{"move tracking.a sto/10001 address_changed from tracking.a (deposed sto/10001)", "delete tracking.a (deposed sto/10002) sto/10002 removed_from_config"}},
		{"create-only", newWorld().Declare("tracking.a", "sto/10001", "comment=new,title=Blue").Applied("tracking.a", "sto/10001", "comment=old,title=Red").There("sto/10001", "comment=old,title=Red"),
			[]string{"replace tracking.a sto/10001 create_only_changed title:Red>Blue comment:old>new(force)"}},
		{"create-only, ignored", newWorld().Declare("tracking.a", "sto/10001", "comment=new", ignoreCreateOnly).Applied("tracking.a", "sto/10001", "comment=old").There("sto/10001", "comment=old"), nil},

		{"removed", newWorld().Applied("tracking.a", "sto/10001", "").There("sto/10001", ""),
			[]string{"delete tracking.a sto/10001 removed_from_config"}},
		{"removed, archive", newWorld().Applied("tracking.a", "sto/10001", "", onRemove("archive")).There("sto/10001", ""),
			[]string{"archive tracking.a sto/10001 removed_from_config archived:false>true"}},
		{"removed, archived already", newWorld().Applied("tracking.a", "sto/10001", "", onRemove("archive")).There("sto/10001", "archived=true"),
			[]string{"forget tracking.a sto/10001 removed_from_config"}},
		{"removed, forget", newWorld().Applied("tracking.a", "sto/10001", "", onRemove("forget")).There("sto/10001", ""),
			[]string{"forget tracking.a sto/10001 removed_from_config"}},
		{"removed and gone", newWorld().Applied("tracking.a", "sto/10001", ""),
			[]string{"forget tracking.a sto/10001 gone_remotely"}},
		{"not ours", newWorld().There("sto/10001", "title=Hers"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, diags := plan.Compute(tt.w.Input())
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			checkLines(t, p, tt.want...)
		})
	}
}

func TestIgnoreChanges(t *testing.T) {
	w := newWorld().Declare("tracking.a", "sto/10001", "title=Red,order_id=1", func(l *tracking.Lifecycle) {
		l.IgnoreChanges = tracking.AttrSetOf(tracking.Title)
	}).Applied("tracking.a", "sto/10001", "title=Red,order_id=1").There("sto/10001", "title=Hers,order_id=2")
	p, _ := plan.Compute(w.Input())
	checkLines(t, p, "update tracking.a sto/10001 remote_drifted order_id:2>1(drift)")
}

// A record always keeps an address, whatever becomes of its change.
func TestRelocated(t *testing.T) {
	shift := func() *world {
		return newWorld().Declare("tracking.a", "sto/10002", "").
			Applied("tracking.a", "sto/10001", "", func(r *state.Record) { r.OnRemove = tracking.RemoveArchive }).Applied("tracking.b", "sto/10002", "").
			There("sto/10001", "").There("sto/10002", "")
	}
	replaced := newWorld().Declare("tracking.a", "sto/10002", "").
		Applied("tracking.a", "sto/10001", "", func(r *state.Record) { r.OnRemove = tracking.RemoveArchive }).There("sto/10001", "")
	crossed := newWorld().Declare("tracking.a", "sto/10002", "").Declare("tracking.b", "sto/10001", "comment=new").
		Applied("tracking.a", "sto/10001", "comment=old").Applied("tracking.b", "sto/10002", "").
		There("sto/10001", "comment=old").There("sto/10002", "")
	for name, tt := range map[string]struct {
		w    *world
		mode plan.Mode
		want string // address and on_remove of the old one
	}{
		"crossed, held":    {crossed, plan.ModeUpsert, "tracking.a>tracking.b "},
		"taken over":       {shift(), plan.ModeSync, "tracking.a>tracking.a (deposed sto/10001) archive"},
		"taken over, held": {shift(), plan.ModeUpsert, "tracking.a>tracking.a (deposed sto/10001) archive"},
		"replaced":         {replaced, plan.ModeSync, "tracking.a>tracking.a (deposed sto/10001) delete"},
		"replaced, held":   {replaced, plan.ModeUpsert, ""},
	} {
		in := tt.w.Input()
		in.Mode = tt.mode
		p, _ := plan.Compute(in)
		got := ""
		for _, m := range p.Relocated {
			got += fmt.Sprintf("%s>%s %s", m.From, m.Record.Addr, m.Record.OnRemove)
		}
		if got != tt.want {
			t.Errorf("%s: relocated %q, want %q", name, got, tt.want)
		}
	}
}

// TestDeposedStaysDecided has a row whose key another parcel takes: what the block says
// of the one that goes is remembered, should the apply be interrupted.
func TestDeposedStaysDecided(t *testing.T) {
	in := newWorld().Declare(`trackings.shop["1"]`, "sto/10002", "").
		Applied(`trackings.shop["1"]`, "sto/10001", "").Applied(`trackings.shop["2"]`, "sto/10002", "").
		There("sto/10001", "").There("sto/10002", "").Input()
	in.Many = map[tracking.Addr]*tracking.Lifecycle{"trackings.shop": {OnRemove: tracking.RemoveArchive}}
	p, _ := plan.Compute(in)
	var got []string
	for _, m := range p.Relocated {
		got = append(got, fmt.Sprintf("%s %s", m.Record.Addr, m.Record.OnRemove))
	}
	want := []string{`trackings.shop["1"] (deposed sto/10001) archive`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("relocated (-want +got):\n%s", diff)
	}
}

// prevent_destroy holds for the declaration; a mode that deletes nothing has
// nothing to prevent.
func TestPreventDestroyIsTheBlocks(t *testing.T) {
	remembered := func(r *state.Record) { r.PreventDestroy = true }
	lifted := newWorld().Declare("tracking.a", "sto/10002", "").Applied("tracking.a", "sto/10001", "", remembered).There("sto/10001", "")
	if _, diags := plan.Compute(lifted.Input()); diags.HasErrors() {
		t.Errorf("the block no longer prevents it, but: %v", diags)
	}
	held := newWorld().Applied("tracking.a", "sto/10001", "", remembered).There("sto/10001", "").Input()
	held.Mode = plan.ModeUpsert
	if _, diags := plan.Compute(held); diags.HasErrors() {
		t.Errorf("the mode holds it back, but: %v", diags)
	}
	taken := newWorld().Declare("tracking.a", "sto/10002", "", func(l *tracking.Lifecycle) { l.PreventDestroy = true }).
		Applied("tracking.a", "sto/10001", "").There("sto/10001", "").There("sto/10002", "")
	if _, diags := plan.Compute(taken.Input()); !diags.HasErrors() {
		t.Error("a replacement by a number that is there already is not prevented")
	}
}

// Another key of the fingerprints is no reason to replace anything.
func TestChangedStateKey(t *testing.T) {
	w := newWorld().Declare("tracking.a", "sto/10001", "tracking_postal_code=10115,customer_phone=+1").
		Applied("tracking.a", "sto/10001", "").There("sto/10001", "")
	w.Prior.KeyChanged = true
	p, _ := plan.Compute(w.Input())
	checkLines(t, p, "update tracking.a sto/10001 config_changed customer_phone:?>+1")
}

// What create_only = "ignore" leaves alone is not claimed to be applied.
func TestIgnoredIsNotApplied(t *testing.T) {
	w := newWorld().Declare("tracking.a", "sto/10001", "lang=de,title=Blue", func(l *tracking.Lifecycle) { l.CreateOnly = tracking.CreateOnlyIgnore }).
		Applied("tracking.a", "sto/10001", "lang=en,title=Red").There("sto/10001", "title=Red")
	p, _ := plan.Compute(w.Input())
	checkLines(t, p, "update tracking.a sto/10001 config_changed title:Red>Blue")
	if got := p.Changes[0].Record.Applied.Value(tracking.Lang); got != "en" {
		t.Errorf("the record claims lang %q", got)
	}
}

func TestCarrierChangeWithoutACallIsAReplacement(t *testing.T) {
	w := newWorld().Declare("tracking.a", "yto/10001", "title=Red").Applied("tracking.a", "sto/10001", "title=Red").There("sto/10001", "title=Red")
	in := w.Input()
	in.Service = trackru
	p, _ := plan.Compute(in)
	checkLines(t, p, "replace tracking.a yto/10001 carrier_changed was sto/10001 title:>Red")
	if p.Deletes() != 1 {
		t.Errorf("a replacement counts as %d deletes, want 1", p.Deletes())
	}
}

func TestPreventDestroy(t *testing.T) {
	prevent := func(l *tracking.Lifecycle) { l.PreventDestroy = true }
	remembered := func(r *state.Record) { r.PreventDestroy = true }
	for name, w := range map[string]*world{
		"removed":     newWorld().Applied("tracking.a", "sto/10001", "", remembered).There("sto/10001", ""),
		"renumbered":  newWorld().Declare("tracking.a", "sto/10002", "", prevent).Applied("tracking.a", "sto/10001", "").There("sto/10001", ""),
		"create-only": newWorld().Declare("tracking.a", "sto/10001", "comment=new", prevent).Applied("tracking.a", "sto/10001", "comment=old").There("sto/10001", "comment=old"),
	} {
		_, diags := plan.Compute(w.Input())
		if len(diags) != 1 || diags[0].Summary != "Tracking cannot be destroyed" {
			t.Errorf("%s: diagnostics are %v", name, diags)
		}
	}
	archived := newWorld().Applied("tracking.a", "sto/10001", "", remembered, func(r *state.Record) { r.OnRemove = "archive" }).There("sto/10001", "")
	if _, diags := plan.Compute(archived.Input()); diags.HasErrors() {
		t.Errorf("archiving is no destruction, but: %v", diags)
	}
}

// While the block is still there, what its lifecycle says now counts, and not what it
// said when it was applied last.
func TestLifecycleOfTheBlockThatIsStillThere(t *testing.T) {
	says := func(o tracking.OnRemove, prevent bool) tracking.Lifecycle {
		return tracking.Lifecycle{OnRemove: o, PreventDestroy: prevent}
	}
	const row = `trackings.shop["A-1"]`
	moved := []tracking.Moved{{From: "trackings.shop", To: "trackings.orders"}}
	for name, tc := range map[string]struct {
		addr    string
		applied tracking.Lifecycle
		block   string // "" if it is gone
		now     tracking.Lifecycle
		moves   []tracking.Moved
		want    string // the action, or why there is none
	}{
		"delete, now forget":            {row, says("", false), "trackings.shop", says("forget", false), nil, "forget"},
		"delete, now archive":           {row, says("delete", false), "trackings.shop", says("archive", false), nil, "archive"},
		"forget, now delete":            {row, says("forget", false), "trackings.shop", says("", false), nil, "delete"},
		"forget, and the block gone":    {row, says("forget", false), "", says("", false), nil, "forget"},
		"another block":                 {row, says("forget", false), "trackings.shops", says("delete", false), nil, "forget"},
		"the block is moved":            {row, says("", false), "trackings.orders", says("forget", false), moved, "forget"},
		"for_each is new":               {"tracking.a", says("", false), "tracking.a", says("forget", false), nil, "forget"},
		"protected now":                 {row, says("", false), "trackings.shop", says("", true), nil, "To let it go, set prevent_destroy = false in its block."},
		"protected once":                {row, says("", true), "trackings.shop", says("", false), nil, "delete"},
		"protected, and the block gone": {row, says("", true), "", says("", false), nil, "To let it go, declare it with prevent_destroy = false, apply, and then make this change."},
		"deposed, to be deleted":        {row + " (deposed sto/10001)", says("", false), "trackings.shop", says("forget", true), nil, "delete"},
		"deposed, to be archived":       {row + " (deposed sto/10001)", says("archive", false), "trackings.shop", says("", false), nil, "archive"},
	} {
		for _, destroy := range []bool{false, true} {
			in := newWorld().Applied(tc.addr, "sto/10001", "", func(r *state.Record) {
				r.OnRemove, r.PreventDestroy = tc.applied.OnRemove, tc.applied.PreventDestroy
			}).There("sto/10001", "").Input()
			in.Moves, in.Destroy = tc.moves, destroy
			if tc.block != "" {
				in.Many = map[tracking.Addr]*tracking.Lifecycle{tracking.Addr(tc.block): &tc.now}
			}
			p, diags := plan.Compute(in)
			got := string(p.Changes[0].Action)
			if diags.HasErrors() {
				got = diags[0].Detail
			}
			if len(p.Changes) != 1 || !strings.HasSuffix(got, tc.want) {
				t.Errorf("%s, destroy %t: %d changes, %q, want %q", name, destroy, len(p.Changes), got, tc.want)
			}
		}
	}
}

// The same holds where for_each has been taken out of the block.
func TestLifecycleOfABlockThatDeclaresOne(t *testing.T) {
	w := newWorld().
		Declare("tracking.a", "sto/10002", "", func(l *tracking.Lifecycle) { l.OnRemove = tracking.RemoveForget }).
		Applied("tracking.a", "sto/10002", "").Applied(`tracking.a["old"]`, "sto/10001", "").
		There("sto/10001", "").There("sto/10002", "")
	p, _ := plan.Compute(w.Input())
	checkLines(t, p, `forget tracking.a["old"] sto/10001 removed_from_config`)
}

func TestDestroy(t *testing.T) {
	w := newWorld().
		Declare("tracking.a", "sto/10001", "").
		Declare("tracking.b", "sto/10002", "", func(l *tracking.Lifecycle) { l.OnRemove = tracking.RemoveForget }).
		Declare("tracking.new", "sto/10003", "").
		Declare("tracking.theirs", "sto/10004", "").
		Applied("tracking.a", "sto/10001", "").Applied("tracking.b", "sto/10002", "").Applied("tracking.c", "sto/10005", "").
		There("sto/10001", "").There("sto/10002", "").There("sto/10004", "").There("sto/10005", "").There("sto/10009", "")
	in := w.Input()
	in.Destroy = true
	p, _ := plan.Compute(in)
	checkLines(t, p,
		"delete tracking.a sto/10001 destroy",
		"forget tracking.b sto/10002 destroy",
		"delete tracking.c sto/10005 destroy")
	if p.Unmanaged != 2 {
		t.Errorf("%d unmanaged, want 2", p.Unmanaged)
	}
}

func TestMode(t *testing.T) {
	w := func() *world {
		return newWorld().
			Declare("tracking.a", "sto/10001", "title=Blue").Declare("tracking.b", "sto/10002", "").
			Declare("tracking.c", "sto/10013", "").
			Applied("tracking.a", "sto/10001", "title=Red").Applied("tracking.c", "sto/10003", "").Applied("tracking.d", "sto/10004", "").
			There("sto/10001", "title=Red").There("sto/10003", "").There("sto/10004", "")
	}
	for mode, want := range map[plan.Mode][]string{
		plan.ModeSync: {
			"update tracking.a sto/10001 config_changed title:Red>Blue", "create tracking.b sto/10002 not_tracked",
			"replace tracking.c sto/10013 number_changed was sto/10003", "delete tracking.d sto/10004 removed_from_config"},
		plan.ModeUpsert: {"update tracking.a sto/10001 config_changed title:Red>Blue", "create tracking.b sto/10002 not_tracked"},
		plan.ModeCreate: {"create tracking.b sto/10002 not_tracked"},
	} {
		in := w().Input()
		in.Mode = mode
		p, _ := plan.Compute(in)
		t.Run(string(mode), func(t *testing.T) { checkLines(t, p, want...) })
		if got := len(p.Changes) + p.HeldBack; got != 4 {
			t.Errorf("%s: %d changes and held ones, want 4", mode, got)
		}
	}
}

// Without a refresh the state stands in for the service.
func TestWithoutRefresh(t *testing.T) {
	w := newWorld().
		Declare("tracking.a", "sto/10001", "title=Blue,customer_phone=+1").Declare("tracking.b", "sto/10002", "").
		Applied("tracking.a", "sto/10001", "title=Red,customer_phone=+1").Applied("tracking.c", "sto/10003", "")
	in := w.Input()
	in.Remote = nil
	p, _ := plan.Compute(in)
	checkLines(t, p,
		"update tracking.a sto/10001 config_changed title:Red>Blue",
		"create tracking.b sto/10002 not_tracked",
		"delete tracking.c sto/10003 removed_from_config")
	if p.Full || p.Vanished != 0 {
		t.Errorf("full %v, vanished %d; want false, 0", p.Full, p.Vanished)
	}
}

// What a plan learns without any request goes into the state without a line.
func TestRefreshedRecords(t *testing.T) {
	w := newWorld().
		Declare("tracking.a", "sto/10001", "title=Red,customer_name=Ann", func(l *tracking.Lifecycle) { l.PreventDestroy = true }).
		Declare("tracking.b", "sto/10002", "").
		Applied("tracking.a", "sto/10001", "order_id=7").Applied("tracking.b", "sto/10002", "").
		There("sto/10001", "title=Red,customer_name=Ann", "delivered").There("sto/10002", "")
	p, _ := plan.Compute(w.Input())
	checkLines(t, p)
	want := []state.Record{{
		Addr: "tracking.a", Key: key("sto/10001"), PreventDestroy: true, Status: "delivered",
		Applied: w.Prior.Seal("10001", attrs("title=Red,customer_name=Ann"), 0),
	}}
	if diff := cmp.Diff(want, p.Refreshed); diff != "" {
		t.Errorf("refreshed mismatch (-want +got):\n%s", diff)
	}
	if p.Unchanged != 2 {
		t.Errorf("%d unchanged, want 2", p.Unchanged)
	}
}
