package render_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/internal/gear/budget"
	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// many is a plan with some of everything, in numbers.
func many() *plan.Plan {
	p := &plan.Plan{}
	add := func(n int, c plan.Change, field func(i int) []plan.Field) {
		for i := range n {
			c.Addr = tracking.NewAddr("trackings", string(c.Action)).Index(fmt.Sprint("SO-", i))
			c.Key = key(fmt.Sprint(len(p.Changes) + 100000))
			if field != nil {
				c.Fields = field(i)
			}
			p.Changes = append(p.Changes, c)
		}
	}
	title := func(i int) []plan.Field {
		return []plan.Field{{Attr: tracking.Title, Known: true, To: fmt.Sprint("Order ", i)}, {Attr: tracking.CustomerName, To: "Ann"}}
	}
	archived := func(int) []plan.Field {
		return []plan.Field{{Attr: tracking.Archived, From: "false", Known: true, To: "true"}}
	}
	add(1200, plan.Change{Action: plan.Create, Reason: plan.NotTracked}, title)
	add(1204, plan.Change{Action: plan.Update, Reason: plan.ConfigChanged}, archived)
	add(7, plan.Change{Action: plan.Update, Reason: plan.RemoteDrifted}, archived)
	add(30, plan.Change{Action: plan.Update, Reason: plan.ConfigChanged}, title)
	add(212, plan.Change{Action: plan.Delete, Reason: plan.RemovedFromConfig}, func(int) []plan.Field { return nil })
	add(12, plan.Change{Action: plan.ChangeCarrier, Reason: plan.CarrierChanged, OldKey: tracking.Key{Carrier: "yto", Number: "1"}}, nil)
	add(40, plan.Change{Action: plan.Move, Reason: plan.AddressChanged, From: `trackings.old["x"]`}, nil)
	return p
}

func TestFolded(t *testing.T) {
	for name, s := range map[string]render.Style{"folded.txt": {}, "folded.color.txt": {Color: true, Width: 60}, "folded.summary.txt": {Summary: true}} {
		var b strings.Builder
		if err := render.Plan(&b, many(), plan.Cost{}, s); err != nil {
			t.Fatal(err)
		}
		golden.Check(t, "testdata/"+name, b.String())
		if strings.Contains(b.String(), "Ann") {
			t.Errorf("%s: customers' data in clear", name)
		}
	}
	var b strings.Builder
	if err := render.Plan(&b, many(), plan.Cost{}, render.Style{Full: true}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "  # trackings."); n != len(many().Changes) {
		t.Errorf("--full shows %d changes, want %d", n, len(many().Changes))
	}
}

// drawPlan makes a plan of any size and of any variety.
func drawPlan(t *rapid.T, most int) *plan.Plan {
	p := &plan.Plan{}
	n, variety := rapid.IntRange(0, most).Draw(t, "changes"), rapid.SampledFrom([]int{1, 3, 50, 1 << 20}).Draw(t, "variety")
	few := rapid.SliceOfN(rapid.SampledFrom(plan.Actions), 1, len(plan.Actions)).Draw(t, "actions")
	attrs := rapid.SampledFrom([]tracking.Attr{tracking.Title, tracking.OrderID, tracking.Comment, tracking.Lang, tracking.CustomerName})
	sets := make([][]tracking.Attr, rapid.IntRange(1, 40).Draw(t, "shapes"))
	for i := range sets {
		sets[i] = rapid.SliceOfNDistinct(attrs, 0, 5, rapid.ID).Draw(t, "attributes")
	}
	text := rapid.SampledFrom([]string{"x", "</details>\n```\n@all", strings.Repeat("w", 4096)}).Draw(t, "text")
	for i := range n {
		c := plan.Change{
			Addr: tracking.NewAddr("tracking", "a").Index(fmt.Sprint(i)), Key: key(fmt.Sprint(10000 + i)),
			Action: few[i%len(few)], Reason: plan.ConfigChanged,
		}
		for _, a := range sets[i%len(sets)] {
			c.Fields = append(c.Fields, plan.Field{Attr: a, Known: true, To: fmt.Sprint(text, i%variety)})
		}
		p.Changes = append(p.Changes, c)
	}
	return p
}

// However many changes there are, a plan has fewer than 500 lines, and counts
// every change once.
func TestFoldedIsShort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlan(t, 1500)
		seen := map[*plan.Change]bool{}
		for _, e := range render.Entries(p, 450) {
			for _, c := range e.Changes {
				if seen[c] || c.Action != e.Action {
					t.Fatalf("%s is shown twice, or as %s", c.Addr, e.Action)
				}
				seen[c] = true
			}
		}
		if len(seen) != len(p.Changes) {
			t.Fatalf("%d of %d changes are shown", len(seen), len(p.Changes))
		}
		var b strings.Builder
		if err := render.Plan(&b, p, plan.Cost{}, render.Style{}); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(b.String(), "\n"); n >= 500 {
			t.Fatalf("%d changes take %d lines", len(p.Changes), n)
		}
	})
}

func BenchmarkPlan(b *testing.B) {
	p := &plan.Plan{}
	for len(p.Changes) < 100_000 {
		p.Changes = append(p.Changes, many().Changes...)
	}
	budget.Run(b, len(p.Changes), budget.Use{Bytes: 400, Allocs: 7}, func() {
		if err := render.Plan(&strings.Builder{}, p, plan.Cost{}, render.Style{}); err != nil {
			b.Fatal(err)
		}
	})
}
