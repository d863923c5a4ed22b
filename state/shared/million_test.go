package shared_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/tmsync/tmsync/internal/gear/exhaustive"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/sharedtest"
	"github.com/tmsync/tmsync/state/statetest"
)

// TestMillion journals, commits and reads a million trackings within bounds of memory,
// those of the store in memory included.
func TestMillion(t *testing.T) {
	exhaustive.Only(t) // it takes 20 s
	const n, batch, most = 1_000_000, 40, 2200 << 20
	m := sharedtest.NewMemory()
	s := newClient(m, "Ann", shared.Options{}).open(t)
	for i := 0; i < n; i += batch {
		var effects []state.Effect
		for j := i; j < i+batch; j++ {
			addr := tracking.Addr(fmt.Sprintf("tracking.parcel[\"A-%d\"]", j))
			effects = append(effects, state.Effect{Addr: addr, Record: &state.Record{
				Addr: addr, Key: tracking.Key{Carrier: "sto", Number: fmt.Sprint(4029342990000 + j)},
				Applied: tracking.AttrsOf(map[tracking.Attr]string{
					tracking.Title: fmt.Sprint("Order ", j), attr(t, "comment"): fmt.Sprint("comment ", j), attr(t, "order_id"): fmt.Sprint(j),
				}),
			}})
		}
		statetest.Must(t, s.Settle(0, effects, nil))
	}
	parts := len(m.BlobNames())
	statetest.Must(t, s.Commit(t.Context()))
	statetest.Must(t, s.Close())
	s = newClient(m, "Bea", shared.Options{}).open(t)
	if got := len(s.State().Records); got != n {
		t.Errorf("%d trackings came back", got)
	}
	statetest.Must(t, s.Close())
	var used runtime.MemStats
	runtime.ReadMemStats(&used)
	if t.Logf("%d parts, %d MB", parts, used.Sys>>20); used.Sys > most {
		t.Errorf("it took %d bytes of memory, and may take %d", used.Sys, most)
	}
}
