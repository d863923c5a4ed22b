package tracking_test

import (
	"testing"

	"github.com/tmsync/tmsync/internal/tracking"
)

// TestActionSpecs: no row of the table lacks anything.
func TestActionSpecs(t *testing.T) {
	ranks := map[int]tracking.Action{}
	for i := range tracking.ActionSpecs {
		s := &tracking.ActionSpecs[i]
		if s.Action.Spec() != s {
			t.Errorf("%s has two rows", s.Action)
		}
		if s.Rank < 1 || s.Rank > len(tracking.ActionSpecs) || ranks[s.Rank] != "" {
			t.Errorf("%s has the rank %d, which is %q's or none", s.Action, s.Rank, ranks[s.Rank])
		}
		ranks[s.Rank] = s.Action
		for what, word := range map[string]string{"Legend": s.Legend, "Will": s.Will, "Count": s.Count, "Would": s.Would, "Done": s.Done} {
			if word == "" {
				t.Errorf("%s has no %s", s.Action, what)
			}
		}
		if len(s.Words) == 0 {
			t.Errorf("%s has no words of Terraform's", s.Action)
		}
		if s.Sends == tracking.SendsNothing && (s.Loses || s.Charge != tracking.Free) {
			t.Errorf("%s sends nothing, and yet loses or costs something", s.Action)
		}
	}
}
