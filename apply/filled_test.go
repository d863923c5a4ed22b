package apply_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"github.com/tmsync/tmsync/state"
)

// TestFilledIn: what a service puts in by itself where nothing was given is no drift, and
// does not make a tracking somebody else's; a value of ours that is taken away is sent.
func TestFilledIn(t *testing.T) {
	s := newShop(t, sandbox.Options{V4: map[string]string{"order-number": "tracking-number", "destination": "filled", "clear": "wiped"}})
	s.dialect = trackingmore.TrackingMoreV4()
	s.declare("tracking.a", "sto/20001", "order_id=,destination_code=,title=A")
	s.declare("tracking.b", "sto/20002", "order_id=20002,title=B")
	s.declare("tracking.c", "sto/20003", "order_id=C-1,destination_code=DE")
	s.fault("batch:1:truncate") // what became of it is read back
	s.mustApply()
	s.createdOnce(3)
	session := s.open()
	for _, r := range session.State().Records {
		if r.Origin != state.Created {
			t.Errorf("%s is %s", r.Addr, r.Origin)
		}
	}
	if err := session.Close(); err != nil {
		t.Error(err)
	}
	s.writes()
	s.declare("tracking.b", "sto/20002", "order_id=,title=B")
	s.declare("tracking.c", "sto/20003", "order_id=,destination_code=")
	s.mustApply()
	if diff := cmp.Diff("2 put", s.writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	if row := s.row("sto/20003"); row.OrderID != "" || row.DestinationCode != "" {
		t.Errorf("%+v", row)
	}
}
