package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// narrow is the input of a plan that reads only what is changed, and how it reads.
func narrow(in plan.Input, doubtful ...tracking.Key) (plan.Input, plan.Scope) {
	scope := plan.Prepare(in).Changed(doubtful)
	only := &tracking.Listing{Only: scope.Only}
	for _, item := range in.Remote.Items {
		if scope.Only.Has(item.Key) {
			only.Items = append(only.Items, item)
		}
	}
	in.Remote = only
	return in, scope
}

// What is asked for is what a plan could change, whatever the service has; the rest is
// counted, and left alone even where it has drifted or vanished.
func TestChanged(t *testing.T) {
	delivered := func(r *state.Record) { r.Status = "delivered" }
	gone := func(r *state.Record) { r.Status = tracking.Gone }
	w := newWorld().
		Declare("tracking.archived", "sto/10001", "", archiveAfter).Applied("tracking.archived", "sto/10001", "archived=true", delivered).
		Declare("tracking.carrier", "zto/10002", "").Applied("tracking.carrier", "sto/10002", "").There("sto/10002", "").
		Declare("tracking.changed", "sto/10003", "title=New").Applied("tracking.changed", "sto/10003", "title=Old").There("sto/10003", "title=Old").
		Declare("tracking.delivered", "sto/10004", "", archiveAfter).Applied("tracking.delivered", "sto/10004", "", delivered).There("sto/10004", "", "delivered").
		Declare("tracking.drifted", "sto/10005", "title=Ours").Applied("tracking.drifted", "sto/10005", "title=Ours").There("sto/10005", "title=Hers").
		Declare("tracking.gone", "sto/10006", "").Applied("tracking.gone", "sto/10006", "", gone).
		Declare("tracking.new", "sto/10007", "").There("sto/10007", "").
		Declare("tracking.renamed", "sto/10008", "title=Ours").Applied("tracking.named", "sto/10008", "title=Ours").There("sto/10008", "title=Ours").
		Declare("tracking.secret", "sto/10009", "customer_name=Ann").Applied("tracking.secret", "sto/10009", "customer_name=Ann").There("sto/10009", "customer_name=Bea").
		Declare("tracking.vanished", "sto/10010", "").Applied("tracking.vanished", "sto/10010", "").
		Applied("tracking.without", "sto/10011", "").There("sto/10011", "")
	slices.SortFunc(w.Prior.Records, func(a, b state.Record) int { return strings.Compare(string(a.Addr), string(b.Addr)) })
	in, scope := narrow(w.Input(), key("sto/10012"))
	want := tracking.Numbers{"10002": true, "10003": true, "10004": true, "10007": true, "10011": true, "10012": true}
	if diff := cmp.Diff(want, scope.Only); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	p, diags := plan.Compute(in)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	checkLines(t, p,
		"change_carrier tracking.carrier zto/10002 carrier_changed was sto/10002",
		"update tracking.changed sto/10003 config_changed title:Old>New",
		"adopt tracking.new sto/10007 already_at_remote",
		"move tracking.renamed sto/10008 address_changed from tracking.named",
		"delete tracking.without sto/10011 removed_from_config")
	got := plan.Counts{Read: p.Read, Unread: p.Unread, Unchanged: p.Unchanged, Gone: p.Gone, Vanished: p.Vanished}
	if diff := cmp.Diff(plan.Counts{Read: 5, Unread: 6, Unchanged: 1, Gone: 1}, got); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func archiveAfter(l *tracking.Lifecycle) { l.ArchiveAfter = 1 }

// For what it has read a plan is that of a full refresh; nothing is sent about the rest.
func TestChangedLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		for i := range w.Prior.Records { // most worlds have too little in common
			rec := &w.Prior.Records[i]
			d := slices.IndexFunc(w.Declared, func(d tracking.Declared) bool { return d.Key == rec.Key })
			if d >= 0 && rapid.Bool().Draw(t, "is as applied") {
				rec.Applied = w.Prior.Seal(rec.Key.Number, w.Declared[d].Attrs, 0)
			}
		}
		full := w.Input()
		full.Mode = rapid.SampledFrom([]plan.Mode{plan.ModeSync, plan.ModeUpsert, plan.ModeCreate}).Draw(t, "mode")
		if rapid.Bool().Draw(t, "replaces") {
			full.Replace = patterns(t, "tracking.a")
		}
		doubtful := rapid.SliceOfN(rapid.SampledFrom([]tracking.Key{key("a/10001"), key("a/10003")}), 0, 1).Draw(t, "in doubt")
		in, scope := narrow(full, doubtful...)
		p, _ := plan.Compute(full)
		q, _ := plan.Compute(in)

		read := func(c plan.Change) bool { return scope.Only.Has(c.Key) }
		part := func(p *plan.Plan, read func(plan.Change) bool) (out []plan.Change) {
			for _, c := range p.Changes {
				if read(c) {
					out = append(out, c)
				}
			}
			return out
		}
		if diff := cmp.Diff(part(p, read), part(q, read), ignoreState, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("what was read is planned otherwise (-full +changed):\n%s", diff)
		}
		for _, c := range q.Changes {
			if !read(c) && c.Action.Spec().Sends != tracking.SendsNothing {
				t.Fatalf("%s of %s, which was not read", c.Action, c.Key)
			}
		}
		for _, c := range p.Changes {
			switch c.Reason {
			case plan.RemoteDrifted, plan.GoneRemotely, plan.ArchiveDue, plan.AddressChanged:
			default:
				drifted := len(c.Fields) > 0 && !slices.ContainsFunc(c.Fields, func(f plan.Field) bool { return !f.Drift })
				if !read(c) && !drifted {
					t.Fatalf("%s of %s (%s) was not looked at", c.Action, c.Key, c.Reason)
				}
			}
		}
		missing := 0
		for _, r := range w.Prior.Records {
			_, there := find(w.Remote.Items, r.Key)
			if scope.Only.Has(r.Key) && r.Status != tracking.Gone && !there {
				missing++
			}
			if scope.Only.Has(r.Key) && r.Status != tracking.Gone && !slices.Contains(scope.Managed, r.Key) {
				t.Fatalf("%s is not made sure of", r.Key)
			}
		}
		if q.Vanished > missing {
			t.Fatalf("%d have vanished of %d that were read", q.Vanished, missing)
		}
		asked := tracking.Numbers{}
		for _, k := range slices.Concat(scope.Managed, scope.Declared, doubtful) {
			asked.Add(k)
		}
		if diff := cmp.Diff(scope.Only, asked); diff != "" {
			t.Fatalf("numbers (-counted as read +asked for):\n%s", diff)
		}
		matched := len(w.Prior.Records) + len(w.Declared) - q.Read - q.Unread
		if matched < 0 || matched > min(len(w.Prior.Records), len(w.Declared)) {
			t.Fatalf("%d read and %d not, of %d declarations and %d records", q.Read, q.Unread, len(w.Declared), len(w.Prior.Records))
		}
	})
}

func find(items []tracking.Remote, k tracking.Key) (tracking.Remote, bool) {
	for _, r := range items {
		if r.Key == k {
			return r, true
		}
	}
	return tracking.Remote{}, false
}

// Where much is missing of what was read, a part is not enough to judge by.
func TestNeedsAll(t *testing.T) {
	for _, tt := range []struct {
		changed, vanished, others int
		want                      bool
	}{
		{changed: 3, others: 10},
		{changed: 3, vanished: 1, others: 10},
		{changed: 3, vanished: 2, others: 10},
		{changed: 2, vanished: 2, others: 10, want: true},
		{changed: 2, vanished: 2},
		{changed: 30, vanished: 20, others: 1000},
		{changed: 30, vanished: 21, others: 1000, want: true},
		{changed: 30, vanished: 21},
		{changed: 440, vanished: 22, others: 1000},
		{changed: 440, vanished: 23, others: 1000, want: true},
	} {
		w := newWorld()
		for i := range tt.changed + tt.others {
			addr, k, title := fmt.Sprintf("tracking.t%04d", i), fmt.Sprintf("sto/%d", 10_000+i), "title=Old"
			if i < tt.changed {
				title = "title=New"
			}
			w.Declare(addr, k, title).Applied(addr, k, "title=Old")
			if i >= tt.vanished {
				w.There(k, "title=Old")
			}
		}
		in, _ := narrow(w.Input())
		p, _ := plan.Compute(in)
		if p.NeedsAll() != tt.want || p.Vanished != tt.vanished || p.Read != tt.changed {
			t.Errorf("%+v: needs all: %t; %d vanished of %d", tt, p.NeedsAll(), p.Vanished, p.Read)
		}
	}
}
