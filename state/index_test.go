package state_test

import (
	"testing"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// TestByKey finds every record by its key, and none by another.
func TestByKey(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 5000} {
		s := many(n)
		for i := range s.Records {
			r := &s.Records[i]
			if found := s.ByKey(r.Key); found != r {
				t.Fatalf("of %d, %s is %v", n, r.Key, found)
			}
			for _, key := range []tracking.Key{{Carrier: "dhl", Number: r.Key.Number}, {Carrier: r.Key.Carrier, Number: r.Key.Number + "0"}} {
				if found := s.ByKey(key); found != nil {
					t.Fatalf("of %d, %s is %v", n, key, found.Addr)
				}
			}
		}
	}
	if found := (&state.State{}).ByKey(tracking.Key{Carrier: "sto", Number: "1"}); found != nil {
		t.Errorf("nothing has %v", found)
	}
}
