package render_test

import (
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// TestActionsLook: every action has a symbol.
func TestActionsLook(t *testing.T) {
	for _, a := range plan.Actions {
		p := &plan.Plan{Changes: []plan.Change{{Addr: "tracking.a", Action: a, Key: tracking.Key{Carrier: "sto", Number: "10001"}}}}
		var out strings.Builder
		if err := render.Plan(&out, p, plan.Cost{}, render.Style{}); err != nil {
			t.Fatal(err)
		}
		_, legend, _ := strings.Cut(out.String(), "symbols:\n")
		symbol, _, ok := strings.Cut(legend, " "+a.Spec().Legend+"\n")
		if !ok || strings.TrimSpace(symbol) == "" {
			t.Errorf("%s has no symbol:\n%s", a, out.String())
		}
	}
}
