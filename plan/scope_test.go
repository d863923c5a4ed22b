package plan_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

func patterns(t interface{ Fatal(...any) }, texts ...string) []tracking.Pattern {
	var out []tracking.Pattern
	for _, s := range texts {
		p, err := tracking.ParsePattern(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

func TestSelection(t *testing.T) {
	all := []string{
		"create tracking.a sto/10001 not_tracked",
		"update tracking.b sto/10002 config_changed title:Old>New",
		"change_carrier tracking.c zto/10003 carrier_changed was sto/10003",
		"update tracking.d sto/10004 config_changed from tracking.d_old title:Old>New",
		"delete tracking.e sto/10005 removed_from_config",
		"move tracking.f sto/10007 address_changed from tracking.g",
		"delete tracking.f (deposed sto/10006) sto/10006 removed_from_config",
	}
	a, b, c, d, e, moved, deposed := all[0], all[1], all[2], all[3], all[4], all[5], all[6]
	tests := []struct {
		targets, excludes []string
		want              []string
		relocated         []string // what is not selected and makes room
	}{
		{nil, nil, all, []string{"tracking.f > tracking.f (deposed sto/10006)"}},
		{[]string{"tracking.a"}, nil, []string{a}, []string{"tracking.d_old > tracking.d", "tracking.f > tracking.f (deposed sto/10006)", "tracking.g > tracking.f"}},
		{[]string{"sto/10003"}, nil, []string{c}, []string{"tracking.d_old > tracking.d", "tracking.f > tracking.f (deposed sto/10006)", "tracking.g > tracking.f"}},
		{[]string{"tracking.d_old", "tracking.b"}, nil, []string{b, d}, []string{"tracking.f > tracking.f (deposed sto/10006)", "tracking.g > tracking.f"}},
		{[]string{"tracking.f"}, nil, []string{moved, deposed}, []string{"tracking.d_old > tracking.d", "tracking.f > tracking.f (deposed sto/10006)"}},
		{nil, []string{"sto/1000?"}, nil, []string{"tracking.d_old > tracking.d", "tracking.f > tracking.f (deposed sto/10006)", "tracking.g > tracking.f"}},
		{nil, []string{"tracking.d", "tracking.f"}, []string{a, b, c, e}, []string{"tracking.d_old > tracking.d", "tracking.f > tracking.f (deposed sto/10006)", "tracking.g > tracking.f"}},
		{[]string{"tracking.*"}, []string{"*/10001", "zto/*"}, []string{b, d, e, moved, deposed}, []string{"tracking.f > tracking.f (deposed sto/10006)"}},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.targets, tt.excludes), func(t *testing.T) {
			in := mixed().Input()
			in.Select = plan.Selection{Targets: patterns(t, tt.targets...), Excludes: patterns(t, tt.excludes...)}
			p, diags := plan.Compute(in)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			checkLines(t, p, tt.want...)
			var relocated []string
			for _, r := range p.Relocated {
				relocated = append(relocated, fmt.Sprintf("%s > %s", r.From, r.Record.Addr))
			}
			if diff := cmp.Diff(tt.relocated, relocated); diff != "" {
				t.Errorf("relocated (-want +got):\n%s", diff)
			}
			if got := len(p.Changes) + p.NotSelected; got != 7 {
				t.Errorf("%d changes and passed over, want 7", got)
			}
		})
	}
}

// What is not selected may be unknown: it is not asked for, and that it does not
// show up means nothing.
func TestUnselectedIsNotMissed(t *testing.T) {
	in := mixed().Input()
	in.Select.Targets = patterns(t, "tracking.b")
	scope := plan.Prepare(in).Scope()
	want := plan.Scope{Managed: []tracking.Key{key("sto/10002")}, Declared: []tracking.Key{key("sto/10002")}}
	if diff := cmp.Diff(want, scope, cmpopts.IgnoreUnexported(plan.Scope{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("scope (-want +got):\n%s", diff)
	}
	if !scope.Selects("tracking.b") || scope.Selects("tracking.a") {
		t.Error("the scope is tracking.b alone")
	}
	in.Remote = &tracking.Listing{Items: in.Remote.Items[:1]}
	p, _ := plan.Compute(in)
	checkLines(t, p, "update tracking.b sto/10002 config_changed title:Old>New")
	if p.Vanished != 0 {
		t.Errorf("%d count as vanished, want 0", p.Vanished)
	}
}

func TestUnmatched(t *testing.T) {
	in := mixed().Input()
	in.Select = plan.Selection{Targets: patterns(t, "tracking.b", "tracking.x"), Excludes: patterns(t, "zto/10003", "dhl/*")}
	in.Replace = patterns(t, "tracking.b[\"x\"]")
	var got []string
	for _, p := range plan.Prepare(in).Scope().Unmatched {
		got = append(got, p.String())
	}
	if diff := cmp.Diff([]string{"tracking.x", "dhl/*", `tracking.b["x"]`}, got); diff != "" {
		t.Errorf("unmatched (-want +got):\n%s", diff)
	}
}

// Doing one part and then the other comes to the same as doing all at once; and
// no part contains what was not selected.
func TestSelectionIsAPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		whole, _ := plan.Compute(w.Input())
		some := rapid.SliceOfN(rapid.SampledFrom([]string{"sto/*", "zto/*", "*1", "*/10002", "tracking.a*", "tracking.*b*"}), 1, 2).Draw(t, "targets")
		in := w.Input()
		in.Select.Targets = patterns(t, some...)
		part, _ := plan.Compute(in)
		in = w.Input()
		in.Select.Excludes = patterns(t, some...)
		rest, _ := plan.Compute(in)
		got := slices.Sorted(slices.Values(slices.Concat(lines(part), lines(rest))))
		want := slices.Sorted(slices.Values(lines(whole)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("the parts of %v differ from the whole (-whole +parts):\n%s", some, diff)
		}
	})
}

func TestReplace(t *testing.T) {
	w := newWorld().
		Declare("tracking.a", "sto/10001", "title=Red").Applied("tracking.a", "sto/10001", "title=Red").There("sto/10001", "title=Red").
		Declare("tracking.b", "zto/10002", "").Applied("tracking.b", "sto/10002", "").There("sto/10002", "").
		Declare("tracking.c", "sto/10003", "")
	in := w.Input()
	in.Replace = patterns(t, "tracking.*")
	p, _ := plan.Compute(in)
	checkLines(t, p,
		"replace tracking.a sto/10001 requested",
		"replace tracking.b zto/10002 carrier_changed was sto/10002",
		"create tracking.c sto/10003 not_tracked")
}

func TestMoved(t *testing.T) {
	w := newWorld().
		// A new number and a new name at once: only the moved block says that the one
		// takes the other's place.
		Declare("tracking.b", "sto/10002", "").Applied("tracking.a", "sto/10001", "").There("sto/10001", "").
		Declare(`tracking.n["x"]`, "sto/10004", "").Applied(`tracking.m["x"]`, "sto/10003", "").There("sto/10003", "").
		Declare(`tracking.q["k"]`, "sto/10006", "").Applied("tracking.o", "sto/10005", "").There("sto/10005", "")
	in := w.Input()
	in.Moves = []tracking.Moved{
		{From: "tracking.a", To: "tracking.between"}, {From: "tracking.between", To: "tracking.b"},
		{From: "tracking.m", To: "tracking.n"}, {From: "tracking.o", To: `tracking.q["k"]`},
	}
	p, _ := plan.Compute(in)
	checkLines(t, p,
		"replace tracking.b sto/10002 number_changed was sto/10001",
		`replace tracking.n["x"] sto/10004 number_changed was sto/10003`,
		`replace tracking.q["k"] sto/10006 number_changed was sto/10005`)

	// Without them, they have nothing to do with each other.
	in.Moves = nil
	p, _ = plan.Compute(in)
	if p.Count(plan.Create) != 3 || p.Count(plan.Delete) != 3 {
		t.Errorf("without moved blocks: %v", lines(p))
	}

	// Where something is already, nothing moves to.
	w = newWorld().
		Declare("tracking.b", "sto/10009", "").
		Applied("tracking.a", "sto/10001", "").There("sto/10001", "").
		Applied("tracking.b", "sto/10002", "").There("sto/10002", "")
	in = w.Input()
	in.Moves = []tracking.Moved{{From: "tracking.a", To: "tracking.b"}}
	p, _ = plan.Compute(in)
	checkLines(t, p,
		"delete tracking.a sto/10001 removed_from_config",
		"replace tracking.b sto/10009 number_changed was sto/10002")
}

func TestRemoved(t *testing.T) {
	archived := func(r *state.Record) { r.OnRemove = tracking.RemoveArchive }
	kept := func(r *state.Record) { r.PreventDestroy = true }
	w := newWorld().
		Applied("tracking.a", "sto/10001", "", kept).There("sto/10001", "").
		Applied(`tracking.b["x"]`, "sto/10002", "", archived).There("sto/10002", "").
		Applied(`tracking.b["y"]`, "sto/10003", "").There("sto/10003", "").
		Applied("tracking.c", "sto/10004", "").There("sto/10004", "")
	in := w.Input()
	in.Removals = []tracking.Removed{
		{From: "tracking.a", OnRemove: tracking.RemoveForget}, {From: `tracking.b["x"]`}, {From: "tracking.b", OnRemove: tracking.RemoveForget},
	}
	p, diags := plan.Compute(in)
	if diags.HasErrors() {
		t.Error(diags)
	}
	checkLines(t, p,
		"forget tracking.a sto/10001 removed_block",
		`delete tracking.b["x"] sto/10002 removed_block`,
		`forget tracking.b["y"] sto/10003 removed_block`,
		"delete tracking.c sto/10004 removed_from_config")
}

func TestImport(t *testing.T) {
	w := newWorld().
		Declare("tracking.a", "sto/10001", "title=Red").There("sto/10001", "title=Blue").
		Declare("tracking.b", "sto/10002", "").
		Declare("tracking.c", "sto/10003", "").Applied("tracking.c", "sto/10003", "").There("sto/10003", "")
	in := w.Input()
	for _, d := range w.Declared {
		in.Imports = append(in.Imports, tracking.Import{To: d.Addr, Key: d.Key})
	}
	p, diags := plan.Compute(in)
	checkLines(t, p, "adopt tracking.a sto/10001 import title:Blue>Red")
	if len(diags) != 1 || diags[0].Summary != "Cannot import a tracking that is not there" {
		t.Errorf("diagnostics: %v", diags)
	}
}

func TestRefreshOnly(t *testing.T) {
	ignoring := func(l *tracking.Lifecycle) { l.IgnoreChanges = tracking.AttrSetOf(tracking.Title) }
	left := func(r *state.Record) { r.LeftAsIs = tracking.AttrSetOf(tracking.Comment) }
	delivered := func(r *state.Record) { r.Status = "delivered" }
	w := newWorld().
		Declare("tracking.a", "sto/10001", "title=Red").
		Applied("tracking.a", "sto/10001", "title=Red,customer_name=Ann").There("sto/10001", "title=Blue,customer_name=Bob").
		Declare("tracking.b", "sto/10002", "", ignoring).Applied("tracking.b", "sto/10002", "title=Red").There("sto/10002", "title=Blue").
		Applied("tracking.c", "sto/10003", "comment=x", left).There("sto/10003", "comment=y").
		Applied("tracking.d", "sto/10004", "status=original,track_updates=true").There("sto/10004", "track_updates=false", "delivered").
		Declare("tracking.e", "sto/10005", "").Applied("tracking.e", "sto/10005", "", delivered).
		Applied("tracking.f", "sto/10006", "").
		Applied("tracking.g", "sto/10007", "status=exception,track_updates=false").There("sto/10007", "")
	in := w.Input()
	in.RefreshOnly = true
	p, _ := plan.Compute(in)
	red := w.Prior.Records[0].Applied.Value(tracking.CustomerName)
	checkLines(t, p,
		"refresh tracking.a sto/10001 remote_drifted title:Red>Blue(drift) customer_name:"+red+">Bob(drift)",
		"forget tracking.e sto/10005 gone_remotely",
		"forget tracking.f sto/10006 gone_remotely",
		"refresh tracking.g sto/10007 remote_drifted status:exception>transit(drift) track_updates:false>true(drift)")
	if b := slices.Collect(plan.Lower(p, trackingMore)); len(b) != 0 {
		t.Errorf("a refresh sends %d batches, want none", len(b))
	}
	next := p.Changes[0].Record.Applied
	if next.Value(tracking.Title) != "Blue" || next.Value(tracking.CustomerName) != w.Prior.Fingerprint("10001", tracking.CustomerName, "Bob") {
		t.Errorf("the state would have %v", next)
	}
	if rec := p.Changes[1].Record; rec == nil || rec.Status != tracking.Gone {
		t.Error("what was delivered is not known as gone, and would be created again")
	}
	if p.Changes[2].Record != nil || p.Changes[3].Record.Applied.Has(tracking.Status) {
		t.Error("what has vanished, and a live status, are not to be kept")
	}
}

// Noting what the service has done leaves the configuration's wishes to the next
// plan, and is done only once.
func TestRefreshOnlyTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		in := w.Input()
		in.RefreshOnly = true
		p, _ := plan.Compute(in)
		records := map[tracking.Addr]*state.Record{}
		for i := range w.Prior.Records {
			records[w.Prior.Records[i].Addr] = &w.Prior.Records[i]
		}
		for i := range p.Changes {
			records[p.Changes[i].Addr] = p.Changes[i].Record
		}
		var next []state.Record
		for _, r := range w.Prior.Records {
			if rec := records[r.Addr]; rec != nil {
				next = append(next, *rec)
			}
		}
		in.Prior = &state.State{Salt: w.Prior.Salt, KeyID: w.Prior.KeyID, Records: next}
		if again, _ := plan.Compute(in); !again.Empty() {
			t.Fatalf("the second time there is still something to note: %v", lines(again))
		}
	})
}

// A name that has a * or a ? in it selects what has it, and leaves out no more: the
// parts come to the whole. So does one that only the state, or a moved block, knows.
func TestSelectionByName(t *testing.T) {
	odd, alike, star := tracking.Addr("tracking.p").Index("M?ller"), tracking.Addr("tracking.p").Index("Miller"), tracking.Addr("tracking.p").Index("*")
	w := func() *world {
		return newWorld().
			Declare(string(odd), "sto/10001", "title=New").Applied(string(odd), "sto/10001", "title=Old").There("sto/10001", "title=Old").
			Declare(string(alike), "sto/10002", "title=New").Applied(string(alike), "sto/10002", "title=Old").There("sto/10002", "title=Old").
			Applied(string(star), "sto/10003", "").There("sto/10003", "")
	}
	for _, tt := range []struct {
		pattern  string
		selected []plan.Selected
		part     int
	}{
		{string(odd), nil, 1},
		{string(star), nil, 1},
		{`tracking.p["M*ller"]`, []plan.Selected{{Option: "target", Pattern: `tracking.p["M*ller"]`, Count: 2}}, 2},
		{"tracking.p", []plan.Selected{{Option: "target", Pattern: "tracking.p", Count: 3}}, 3},
		{"sto/1000?", []plan.Selected{{Option: "target", Pattern: "sto/1000?", Count: 3}}, 3},
		{"sto/10001", nil, 1},
	} {
		for _, destroy := range []bool{false, true} {
			in := w().Input()
			in.Destroy = destroy
			whole, _ := plan.Compute(in)
			in.Select.Targets = patterns(t, tt.pattern)
			part, _ := plan.Compute(in)
			in.Select = plan.Selection{Excludes: patterns(t, tt.pattern)}
			rest, _ := plan.Compute(in)
			if diff := cmp.Diff(tt.selected, part.Selected); diff != "" || len(part.Changes) != tt.part {
				t.Errorf("%s, destroy %v: %v, want %d (-want +got):\n%s", tt.pattern, destroy, lines(part), tt.part, diff)
			}
			if got := len(part.Changes) + len(rest.Changes); got != len(whole.Changes) {
				t.Errorf("%s, destroy %v: the parts have %d changes, the whole has %d", tt.pattern, destroy, got, len(whole.Changes))
			}
		}
	}

	gone := newWorld().Declare(string(alike), "sto/10002", "").Applied(string(alike), "sto/10002", "").There("sto/10002", "")
	for name, edit := range map[string]func(*plan.Input){
		"moved":   func(in *plan.Input) { in.Moves = []tracking.Moved{{From: odd, To: "tracking.x"}} },
		"removed": func(in *plan.Input) { in.Removals = []tracking.Removed{{From: odd}} },
		"import":  func(in *plan.Input) { in.Imports = []tracking.Import{{To: odd, Key: key("zto/10009")}} },
	} {
		in := gone.Input()
		edit(&in)
		in.Destroy, in.Select.Targets = true, patterns(t, string(odd))
		if scope := plan.Prepare(in).Scope(); len(scope.Unmatched) != 1 || len(scope.Managed) != 0 {
			t.Errorf("%s: %s selects %v", name, odd, scope.Managed)
		}
	}
}

// A comparison makes the same plan each time, and matches again when the state has
// come to know more since.
func TestComparison(t *testing.T) {
	known := func() *world {
		return newWorld().Declare("tracking.a", "sto/10001", "title=Red").Declare("tracking.b", "sto/10002", "title=Blue").
			Applied("tracking.a", "sto/10001", "title=Old").There("sto/10001", "title=Old").There("sto/10002", "title=Blue")
	}
	in := known().Input()
	comparison := plan.Prepare(in)
	first, _ := comparison.Plan(in.Prior, in.Remote)
	second, _ := comparison.Plan(in.Prior, in.Remote)
	if diff := cmp.Diff(lines(first), lines(second)); diff != "" || len(first.Changes) != 2 {
		t.Errorf("the second plan differs (-first +second):\n%s", diff)
	}
	now := known().Applied("tracking.b", "sto/10002", "title=Blue").Input()
	want, _ := plan.Compute(now)
	got, _ := comparison.Plan(now.Prior, now.Remote)
	if diff := cmp.Diff(lines(want), lines(got)); diff != "" || len(got.Changes) != 1 {
		t.Errorf("with a state that knows more (-want +got):\n%s", diff)
	}
}
