package plan_test

import (
	"testing"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// TestLowerActions: every action sends what its row of the table says. An action that
// Lower forgets would be reported as done, and nothing would have been sent.
func TestLowerActions(t *testing.T) {
	declared := &tracking.Declared{Addr: "tracking.a", Key: key("sto/10001"), Attrs: attrs("title=Red")}
	fields := []plan.Field{{Attr: tracking.Title, To: "Red"}}
	for _, a := range plan.Actions {
		for _, with := range [][]plan.Field{nil, fields} {
			p := &plan.Plan{Changes: []plan.Change{{
				Addr: declared.Addr, Action: a, Key: declared.Key, OldKey: key("dhl/10001"), Declared: declared, Fields: with,
			}}}
			steps := 0
			for b := range plan.Lower(p, trackingMore) {
				steps += len(b.Steps)
			}
			want := false
			switch a.Spec().Sends {
			case tracking.SendsAlways:
				want = true
			case tracking.SendsFields:
				want = len(with) > 0
			case tracking.SendsNothing:
			}
			if want != (steps > 0) {
				t.Errorf("%s of %d attributes takes %d steps; its row of the table says otherwise", a, len(with), steps)
			}
		}
	}
}
