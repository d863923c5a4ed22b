package plan_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// TestManyTrackings plans so many trackings that they are compared on several
// processors, and wants the same plan as on one.
func TestManyTrackings(t *testing.T) {
	const n = 10_000
	w := newWorld()
	for i := range n {
		addr, key, applied := fmt.Sprintf("tracking.p%05d", i), fmt.Sprintf("sto/%05d", 10_000+i), "title=Red,customer_name=Ann"
		switch {
		case i%7 == 3: // new
		case i%7 == 4: // another number
			w.Applied(addr, fmt.Sprintf("sto/%05d", 60_000+i), applied)
		case i%7 == 5:
			w.Applied(addr, key, "title=Blue")
		default:
			w.Applied(addr, key, applied)
		}
		w.Declare(addr, key, applied)
	}
	in := w.Input()
	in.Remote = nil
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	want, _ := plan.Compute(in)
	if c := want.Counts; c.Unchanged != n-len(want.Changes) || want.Count(tracking.Create) != n/7+1 || want.Count(tracking.Update) != n/7 {
		t.Fatalf("of %d, %d changes: %+v", n, len(want.Changes), c)
	}
	runtime.GOMAXPROCS(4)
	got, _ := plan.Compute(in)
	if diff := cmp.Diff(lines(want), lines(got)); diff != "" {
		t.Errorf("on several processors (-one +several):\n%s", diff)
	}
}
