package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

func came(o state.Origin) func(*state.Record) { return func(r *state.Record) { r.Origin = o } }

// What was adopted is somebody else's, perhaps: it goes only where that is written
// down.
func TestAdoptedIsForgotten(t *testing.T) {
	remembers := func(o tracking.OnRemove) func(*state.Record) { return func(r *state.Record) { r.OnRemove = o } }
	says := func(o tracking.OnRemove) func(*tracking.Lifecycle) {
		return func(l *tracking.Lifecycle) { l.OnRemove = o }
	}
	adopted := func(change ...func(*state.Record)) *world {
		return newWorld().Applied("tracking.a", "sto/10001", "title=Red", append(change, came(state.Adopted))...).There("sto/10001", "title=Red")
	}
	destroy := func(in *plan.Input) { in.Destroy = true }
	tests := []struct {
		name   string
		w      *world
		change func(*plan.Input)
		want   []string
	}{
		{"created", newWorld().Applied("tracking.a", "sto/10001", "").There("sto/10001", ""), nil, []string{"delete tracking.a sto/10001 removed_from_config"}},
		{"imported", newWorld().Applied("tracking.a", "sto/10001", "", came(state.Imported)).There("sto/10001", ""), nil, []string{"delete tracking.a sto/10001 removed_from_config"}},
		{"adopted", adopted(), nil, []string{"forget tracking.a sto/10001 adopted"}},
		{"adopted, to delete", adopted(remembers("delete")), nil, []string{"delete tracking.a sto/10001 removed_from_config"}},
		{"adopted, to archive", adopted(remembers("archive")), nil, []string{"archive tracking.a sto/10001 removed_from_config archived:false>true"}},
		{"adopted, to forget", adopted(remembers("forget")), nil, []string{"forget tracking.a sto/10001 removed_from_config"}},
		{"adopted, prevent_destroy", adopted(func(r *state.Record) { r.PreventDestroy = true }), nil, []string{"forget tracking.a sto/10001 adopted"}},
		{"adopted and gone", newWorld().Applied("tracking.a", "sto/10001", "", came(state.Adopted)), nil, []string{"forget tracking.a sto/10001 gone_remotely"}},
		{"destroyed", adopted(), destroy, []string{"forget tracking.a sto/10001 adopted"}},
		{"destroyed, declared", adopted().Declare("tracking.a", "sto/10001", "title=Red"), destroy, []string{"forget tracking.a sto/10001 adopted"}},
		{"destroyed, declared to delete", adopted().Declare("tracking.a", "sto/10001", "title=Red", says("delete")), destroy, []string{"delete tracking.a sto/10001 destroy"}},
		{"removed block", adopted(), func(in *plan.Input) { in.Removals = []tracking.Removed{{From: "tracking.a"}} }, []string{"forget tracking.a sto/10001 adopted"}},
		{"removed block that says destroy", adopted(), func(in *plan.Input) {
			in.Removals = []tracking.Removed{{From: "tracking.a", OnRemove: tracking.RemoveDelete}}
		}, []string{"delete tracking.a sto/10001 removed_block"}},
		{"mode upsert", adopted(), func(in *plan.Input) { in.Mode = plan.ModeUpsert }, []string{"forget tracking.a sto/10001 adopted"}},

		{"another number", adopted().Declare("tracking.a", "sto/10002", "title=Red"), nil,
			[]string{"create tracking.a sto/10002 number_changed title:>Red", "forget tracking.a (deposed sto/10001) sto/10001 adopted"}},
		{"another number, which is there", adopted().Declare("tracking.a", "sto/10002", "title=Red").There("sto/10002", "title=Blue"), nil,
			[]string{"adopt tracking.a sto/10002 already_at_remote title:Blue>Red", "forget tracking.a (deposed sto/10001) sto/10001 adopted"}},
		{"another number, to delete", adopted().Declare("tracking.a", "sto/10002", "title=Red", says("delete")), nil,
			[]string{"replace tracking.a sto/10002 number_changed was sto/10001 title:>Red"}},
		{"another number, to archive", adopted().Declare("tracking.a", "sto/10002", "title=Red", says("archive")), nil,
			[]string{"create tracking.a sto/10002 number_changed title:>Red", "archive tracking.a (deposed sto/10001) sto/10001 removed_from_config archived:false>true"}},
		{"another carrier", adopted().Declare("tracking.a", "yto/10001", "title=Red"), nil,
			[]string{"change_carrier tracking.a yto/10001 carrier_changed was sto/10001"}},
		{"another carrier, which is there", adopted().Declare("tracking.a", "yto/10001", "title=Red").There("yto/10001", "title=Red"), nil,
			[]string{"adopt tracking.a yto/10001 already_at_remote", "forget tracking.a (deposed sto/10001) sto/10001 adopted"}},
		{"another carrier at Trackru", adopted().Declare("tracking.a", "yto/10001", "title=Red"), func(in *plan.Input) { in.Service = trackru },
			[]string{"create tracking.a yto/10001 carrier_changed title:>Red", "forget tracking.a (deposed sto/10001) sto/10001 adopted"}},
		{"create-only", newWorld().Applied("tracking.a", "sto/10001", "comment=x", came(state.Adopted)).There("sto/10001", "comment=x").
			Declare("tracking.a", "sto/10001", "comment=y"), nil, []string{"replace tracking.a sto/10001 create_only_changed comment:x>y(force)"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := tt.w.Input()
			if tt.change != nil {
				tt.change(&in)
			}
			p, diags := plan.Compute(in)
			if diags.HasErrors() {
				t.Errorf("unexpected: %v", diags)
			}
			checkLines(t, p, tt.want...)
		})
	}
}

// TestOrigin holds how a tracking counts as having come, before and after.
func TestOrigin(t *testing.T) {
	imports := []tracking.Import{{To: "tracking.a", Key: key("sto/10001")}}
	tests := []struct {
		name    string
		w       *world
		imports []tracking.Import
		want    state.Origin
	}{
		{"created", newWorld(), nil, state.Created},
		{"found", newWorld().There("sto/10001", ""), nil, state.Adopted},
		{"found and overwritten", newWorld().There("sto/10001", "title=Blue"), nil, state.Adopted},
		{"imported", newWorld().There("sto/10001", "title=Blue"), imports, state.Imported},
		{"stays created", newWorld().Applied("tracking.a", "sto/10001", "title=Blue").There("sto/10001", "title=Blue"), nil, state.Created},
		{"stays adopted", newWorld().Applied("tracking.a", "sto/10001", "title=Blue", came(state.Adopted)).There("sto/10001", "title=Blue"), nil, state.Adopted},
		{"stays imported", newWorld().Applied("tracking.a", "sto/10001", "title=Blue", came(state.Imported)).There("sto/10001", "title=Blue"), nil, state.Imported},
		{"adopted, then imported", newWorld().Applied("tracking.a", "sto/10001", "title=Blue", came(state.Adopted)).There("sto/10001", "title=Blue"), imports, state.Imported},
		{"another carrier of an adopted one", newWorld().Applied("tracking.a", "yto/10001", "title=Red", came(state.Adopted)).There("yto/10001", "title=Red"), nil, state.Adopted},
		{"another number of an adopted one", newWorld().Applied("tracking.a", "sto/10002", "title=Red", came(state.Adopted)).There("sto/10002", "title=Red"), nil, state.Created},
		{"adopted, vanished and created again", newWorld().Applied("tracking.a", "sto/10001", "", came(state.Adopted)), nil, state.Created},
		{"created, gone, and made again by somebody", newWorld().Applied("tracking.a", "sto/10001", "title=Blue", func(r *state.Record) { r.Status = tracking.Gone }).
			There("sto/10001", "title=Blue"), nil, state.Adopted},
	}
	for _, tt := range tests {
		in := tt.w.Declare("tracking.a", "sto/10001", "title=Red").Input()
		in.Imports = tt.imports
		p, _ := plan.Compute(in)
		for _, c := range p.Changes {
			if c.Addr == "tracking.a" && c.Record.Origin != tt.want {
				t.Errorf("%s: %q, want %q", tt.name, c.Record.Origin, tt.want)
			}
		}
	}
}

// TestAdoptPolicy holds what safety.adopt lets through, and what is said of the rest.
func TestAdoptPolicy(t *testing.T) {
	same := newWorld().Declare("tracking.a", "sto/10001", "title=Red").There("sto/10001", "title=Red")
	fills := newWorld().Declare("tracking.a", "sto/10001", "title=Red,customer_phone=+1").There("sto/10001", "")
	differs := newWorld().Declare("tracking.a", "sto/10001", "title=Red,customer_name=Bob,order_id=7").There("sto/10001", "title=Blue,customer_name=Ann")
	taken := newWorld().Declare("tracking.a", "sto/10002", "title=Red").Applied("tracking.a", "sto/10001", "").
		There("sto/10001", "").There("sto/10002", "title=Blue")
	const always, unchanged, never = tracking.AdoptAlways, tracking.AdoptUnchanged, tracking.AdoptNever
	tests := []struct {
		name   string
		w      *world
		policy tracking.AdoptPolicy
		refers string // to what is refused; "" for nothing
	}{
		{"always", differs, always, ""},
		{"unchanged, same", same, unchanged, ""},
		{"unchanged, fills what is empty and what is not shown", fills, unchanged, ""},
		{"unchanged, differs", differs, unchanged, `  :0: tracking.a, sto/10001: title "Blue" -> "Red", customer_name (sensitive) -> (sensitive)` + "\n"},
		{"unchanged, number changed to one that differs", taken, unchanged, `  :0: tracking.a, sto/10002: title "Blue" -> "Red"` + "\n"},
		{"never, same", same, never, "  :0: tracking.a, sto/10001\n"},
		{"never, differs", differs, never, `title "Blue" -> "Red"`},
	}
	for _, tt := range tests {
		in := tt.w.Input()
		in.Adopt = tt.policy
		_, diags := plan.Compute(in)
		switch {
		case diags.HasErrors() != (tt.refers != ""):
			t.Errorf("%s: %v", tt.name, diags)
		case tt.refers != "" && !strings.Contains(diags[0].Detail, tt.refers):
			t.Errorf("%s: %s", tt.name, diags[0].Detail)
		}
		in.Imports = []tracking.Import{{To: "tracking.a", Key: in.Declared[0].Key}}
		if _, diags := plan.Compute(in); diags.HasErrors() {
			t.Errorf("%s, with an import block: %v", tt.name, diags)
		}
	}
}

// One mistake in many rows is one message.
func TestAdoptPolicyOfMany(t *testing.T) {
	w := newWorld()
	for _, n := range []string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"} {
		w.Declare("tracking.t"+n, "sto/100"+n, "title=Red").There("sto/100"+n, "title=Blue")
	}
	in := w.Input()
	in.Adopt = tracking.AdoptNever
	p, diags := plan.Compute(in)
	if len(diags) != 1 || diags[0].Summary != "12 trackings may not be adopted" || strings.Count(diags[0].Detail, "->") != 10 ||
		!strings.Contains(diags[0].Detail, "and 2 more") {
		t.Errorf("got %v", diags)
	}
	if diff := cmp.Diff(12, p.Overwritten); diff != "" {
		t.Errorf("overwritten (-want +got):\n%s", diff)
	}
}
