package plan_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/plan/plantest"
)

// What a test says often, in a word.
type world = plantest.World

var (
	newWorld     = plantest.New
	drawWorld    = plantest.Draw
	mixed        = plantest.Mixed
	key          = plantest.Key
	attrs        = plantest.Attrs
	trackingMore = plantest.TrackingMore
	trackru      = plantest.Trackru
	clock        = plantest.Clock
)

// lines writes a plan as short texts, one a change.
func lines(p *plan.Plan) []string {
	var out []string
	for _, c := range p.Changes {
		s := fmt.Sprintf("%s %s %s %s", c.Action, c.Addr, c.Key, c.Reason)
		if !c.OldKey.IsZero() && c.OldKey != c.Key {
			s += " was " + c.OldKey.String()
		}
		if c.From != "" {
			s += " from " + string(c.From)
		}
		for _, f := range c.Fields {
			from := f.From
			if !f.Known {
				from = "?"
			}
			s += fmt.Sprintf(" %s:%s>%s", f.Attr, from, f.To)
			if f.Drift {
				s += "(drift)"
			}
			if f.Force {
				s += "(force)"
			}
		}
		out = append(out, s)
	}
	return out
}

func checkLines(t *testing.T, p *plan.Plan, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, lines(p)); diff != "" {
		t.Errorf("plan mismatch (-want +got):\n%s", diff)
	}
}
