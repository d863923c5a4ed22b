package plan_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// form is what a service makes of a value, the same of the same at any time, and
// nothing else of what it has made itself.
type form func(a tracking.Attr, v string) string

// drawForm draws one: some values go to others, which stay as they are.
func drawForm(t *rapid.T, listed []tracking.Attr) form {
	made := map[tracking.Attr]map[string]string{}
	for _, a := range listed {
		of := map[string]string{}
		for _, v := range formValues {
			of[v] = rapid.SampledFrom(formValues).Draw(t, "form of "+v)
		}
		for _, w := range formValues { // what comes out stays
			for _, v := range formValues {
				if of[v] == w {
					of[w] = w
				}
			}
		}
		made[a] = of
	}
	return func(a tracking.Attr, v string) string {
		if of := made[a]; of != nil {
			if w, ok := of[v]; ok {
				return w
			}
		}
		return v
	}
}

var formValues = []string{"", "Red", "red", "Red & blue", "Red &amp; blue", "R"}

// keeper is an account at a service that makes something of values, and the state
// that one tmsync has of it.
type keeper struct {
	*world
	t     *rapid.T
	keeps form
}

// apply carries out the plan as an apply without faults does, and says how many
// changes that were.
func (k *keeper) apply() int {
	p, diags := plan.Compute(k.Input())
	if diags.HasErrors() {
		k.t.Fatal(diags)
	}
	records := map[tracking.Addr]state.Record{}
	for _, r := range k.Prior.Records {
		records[r.Addr] = r
	}
	for _, r := range p.Refreshed {
		records[r.Addr] = r
	}
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Record != nil {
			records[c.Addr] = *c.Record
		}
	}
	for b := range plan.Lower(p, trackingMore) {
		for _, s := range b.Steps {
			c := &p.Changes[s.Change]
			k.send(b.Op, s)
			rec := records[c.Addr]
			rec.Applied, rec.Kept, rec.Awaited = rec.Applied.Clone(), rec.Kept.Clone(), rec.Awaited.Clone()
			for a, v := range k.Prior.Seal(s.Item.Key.Number, s.Proves, 0).All() {
				if was, ok := rec.Applied.Get(a); !ok || was != v {
					rec.Kept.Drop(a)
				}
				rec.Applied.Put(a, v)
				rec.Awaited.Drop(a)
			}
			for a, v := range k.Prior.Seal(s.Item.Key.Number, s.Over.Only(s.Proves.Set()), 0).All() {
				rec.Awaited.Put(a, v)
			}
			records[c.Addr] = rec
		}
	}
	k.Prior = &state.State{Salt: k.Prior.Salt, KeyID: k.Prior.KeyID}
	for _, d := range k.Declared {
		k.Prior.Records = append(k.Prior.Records, records[d.Addr])
	}
	return len(p.Changes)
}

// send does to the account what a request does.
func (k *keeper) send(op tracking.Op, s plan.Step) {
	items := &k.Remote.Items
	at := -1
	for i := range *items {
		if (*items)[i].Key == s.Item.Key {
			at = i
		}
	}
	switch {
	case op == tracking.OpDelete:
		*items = append((*items)[:at:at], (*items)[at+1:]...)
		return
	case op == tracking.OpCreate:
		k.There(s.Item.Key.String(), "")
		at = len(*items) - 1
	}
	r := &(*items)[at]
	r.Attrs = r.Attrs.Clone()
	for a, v := range s.Item.Attrs.All() {
		if trackingMore.Listed.Has(a) {
			r.Attrs.Put(a, k.keeps(a, v))
		}
	}
	if op == tracking.OpStopUpdates {
		r.Attrs.Put(tracking.TrackUpdates, k.keeps(tracking.TrackUpdates, "false"))
	}
}

// TestKeptLaw holds for every service that makes something of values: two applies
// lead to an empty plan, also after somebody has changed something, and after the
// declaration has; and what only a create sets is never replaced for it.
func TestKeptLaw(t *testing.T) {
	listed := []tracking.Attr{tracking.Title, tracking.CustomerEmail, tracking.Comment}
	rapid.Check(t, func(t *rapid.T) {
		k := &keeper{world: newWorld(), t: t, keeps: drawForm(t, listed)}
		keep := k.keeps
		if rapid.Bool().Draw(t, "archives nothing") {
			k.keeps = func(a tracking.Attr, v string) string {
				if a == tracking.Archived {
					return "false"
				}
				return keep(a, v)
			}
		}
		declare := func() {
			as := map[tracking.Attr]string{}
			for _, a := range listed {
				if rapid.Bool().Draw(t, "manages "+a.String()) {
					as[a] = rapid.SampledFrom(formValues).Draw(t, a.String())
				}
			}
			if rapid.Bool().Draw(t, "archived") {
				as[tracking.Archived] = "true"
			}
			l := tracking.DefaultLifecycle
			k.Declared = []tracking.Declared{{Addr: "tracking.a", Key: key("sto/10001"), Attrs: tracking.AttrsOf(as), Lifecycle: &l}}
		}
		settle := func(what string) {
			k.apply()
			k.apply()
			if p, _ := plan.Compute(k.Input()); !p.Empty() {
				t.Fatalf("%s, two applies, and the plan is %s", what, strings.Join(lines(p), "\n"))
			}
			before := k.Prior.Records[0]
			if first, second := k.apply(), k.apply(); first+second > 0 {
				t.Fatalf("%s: the plan does not stay empty", what)
			}
			for a, form := range k.Prior.Records[0].Kept.All() {
				if sent := before.Applied.Value(a); form == sent {
					t.Fatalf("%s: %s is said to be kept as it was sent", what, a)
				}
			}
			for _, d := range k.Declared {
				for a, v := range d.Attrs.All() {
					if now := k.Remote.Items[0].Attrs.Value(a); now != v && now != k.keeps(a, v) && !trackingMore.CreateOnly(a) {
						t.Fatalf("%s: the service has %s %q, want %q or %q", what, a, now, v, k.keeps(a, v))
					}
				}
			}
		}
		declare()
		if rapid.Bool().Draw(t, "is there already") {
			k.There("sto/10001", "title=R")
		}
		settle("declared")
		for range 3 {
			switch a := rapid.SampledFrom(listed).Draw(t, "about"); rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				declare()
				settle("declared anew")
			case 1:
				r := &k.Remote.Items[0]
				r.Attrs = r.Attrs.Clone()
				r.Attrs.Put(a, "Somebody's")
				if k.Declared[0].Attrs.Has(a) && !k.Prior.Records[0].LeftAsIs.Has(a) {
					if p, _ := plan.Compute(k.Input()); len(p.Changes) != 1 || p.Changes[0].Reason == plan.ConfigChanged {
						t.Fatalf("%s was changed, and the plan is %s", a, strings.Join(lines(p), "\n"))
					}
				}
				settle("changed by somebody")
			case 2:
				in := k.Input()
				in.RefreshOnly = true
				p, _ := plan.Compute(in)
				if !p.Empty() {
					t.Fatalf("a refresh finds %s", strings.Join(lines(p), "\n"))
				}
			}
		}
	})
}
