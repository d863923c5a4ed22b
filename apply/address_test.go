package apply_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
)

// The parcels of a list move up by one address, and the first one goes: whatever
// becomes of its delete, it stays known until it is gone.
func TestAddressTakenOver(t *testing.T) {
	for _, onRemove := range []tracking.OnRemove{tracking.RemoveDelete, tracking.RemoveArchive} {
		for _, how := range []string{"at once", "killed", "refused"} {
			s := newShop(t, sandbox.Options{})
			lifecycle := func(l *tracking.Lifecycle) { l.OnRemove = onRemove }
			s.declare("tracking.a", "sto/10001", "title=One", lifecycle)
			s.declare("tracking.b", "sto/10002", "title=Two", lifecycle)
			s.mustApply()
			s.remove("tracking.b")
			s.declare("tracking.a", "sto/10002", "title=Two", lifecycle)
			switch how {
			case "killed":
				s.crash(1, true)
			case "refused":
				s.fault("delete-one:code=4012")
				s.fault("put:1:code=4012")
				s.apply()
				s.srv.ClearFaults()
			}
			s.mustApply()
			left := ""
			for _, r := range s.srv.Rows() {
				if !r.Archived {
					left += r.Number
				}
			}
			if left != "10002" {
				t.Errorf("%s, %s: the service has %s, want 10002", onRemove, how, left)
			}
		}
	}
}

// A number change to one that somebody has made already is one plan: the new one
// is adopted, and the old one is deleted.
func TestNumberTaken(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.declare("tracking.a", "sto/10001", "title=Red")
	s.mustApply()
	s.makeTheirs("sto/10002", "Hers")
	s.declare("tracking.a", "sto/10002", "title=Red")
	s.writes()
	s.mustApply()
	if got := s.writes(); got != "1 delete-one, 1 put" {
		t.Errorf("writes are %s", got)
	}
	if rows := s.srv.Rows(); len(rows) != 1 || rows[0].Title != "Red" {
		t.Errorf("the service has %+v", rows)
	}
}

// A create that was lost proves nothing about what somebody else has made under
// the same key, even if it would have set no attribute.
func TestTheirsIsNotOurs(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.declare("tracking.a", "sto/10001", "")
	if !s.crash(1, true) {
		t.Fatal("the apply did not die")
	}
	s.makeTheirs("sto/10001", "Hers")
	s.declared = nil
	s.mustApply()
	if row := s.row("sto/10001"); row.Title != "Hers" {
		t.Errorf("the service has %+v", row)
	}
}

// Updates that may have been stopped when the run died have to be started again
// by a replacement, if the user wants that.
func TestStoppedInDoubt(t *testing.T) {
	for before, want := range map[bool]string{true: "", false: "1 delete-one, 1 post"} {
		s := newShop(t, sandbox.Options{})
		s.declare("tracking.a", "sto/10001", "track_updates=true")
		s.mustApply()
		s.declare("tracking.a", "sto/10001", "track_updates=false")
		if !s.crash(1, before) {
			t.Fatal("the apply did not die")
		}
		s.declare("tracking.a", "sto/10001", "track_updates=true")
		s.writes()
		s.mustApply()
		if row := s.row("sto/10001"); row.Stopped {
			t.Errorf("the service has %+v", row)
		}
		if got := s.writes(); got != want {
			t.Errorf("died before the request left: %v; writes are %q, want %q", before, got, want)
		}
	}
}

// correcting is a service that says it stored a tracking under another carrier.
type correcting struct {
	service
	to tracking.Key
}

func (c *correcting) Send(ctx context.Context, op tracking.Op, items []tracking.Item) []tracking.Outcome {
	out := c.service.Send(ctx, op, items)
	out[0].Key = c.to
	return out
}

// A carrier that the service corrects is recorded, unless the result is ours
// already; either way the change is reported, and the run goes on.
func TestCorrectedCarrier(t *testing.T) {
	for _, ours := range []bool{true, false} {
		s := newShop(t, sandbox.Options{})
		if ours {
			s.declare("tracking.a", "yto/10001", "")
		}
		s.declare("tracking.z", "sto/10009", "")
		s.mustApply()
		s.declare("tracking.b", "sto/10001", "")
		session, client := s.open(), s.client()
		p, l := s.plan(session, client)
		rep := apply.Run(t.Context(), apply.Input{
			Plan: p, Session: session, Service: &correcting{client, key("yto/10001")}, Listing: l,
		})
		if diff := cmp.Diff([]string{"failed tracking.b"}, statuses(rep)); diff != "" || rep.Err != nil {
			t.Errorf("error %v, statuses (-want +got):\n%s", rep.Err, diff)
		}
		if rec := session.State().Find("tracking.b"); (rec != nil) == ours {
			t.Errorf("ours %v: the record is %+v", ours, rec)
		}
		if err := session.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Without a refresh, too, a replacement does not delete what somebody has edited.
func TestReplacementIsGuarded(t *testing.T) {
	for _, values := range []string{"title=Red,comment=new", "title=Red"} {
		s := newShop(t, sandbox.Options{})
		s.declare("tracking.a", "sto/10001", "title=Red,comment=old")
		s.mustApply()
		number := "sto/10001"
		if values == "title=Red" {
			number = "sto/10002"
		}
		s.declare("tracking.a", number, values)
		s.refresh = false
		s.edit("sto/10001", func(r *sandbox.Row) { r.Title = "Hers" })
		rep := s.apply()
		if diff := cmp.Diff([]string{"skipped tracking.a"}, statuses(rep)); diff != "" {
			t.Errorf("%s: statuses (-want +got):\n%s", values, diff)
		}
		if row := s.row("sto/10001"); row.Title != "Hers" {
			t.Errorf("%s: the service has %+v", values, row)
		}
	}
}

// cancelling is a service whose user interrupts the run during the first write.
type cancelling struct {
	service
	cancel context.CancelFunc
}

func (c *cancelling) Send(ctx context.Context, op tracking.Op, items []tracking.Item) []tracking.Outcome {
	c.cancel()
	return c.service.Send(context.WithoutCancel(ctx), op, items)
}

// What was begun and interrupted is not reported as not done.
func TestInterruptedHalfway(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.declareMany(0, 2, "title=Red")
	s.mustApply()
	s.declare("tracking.t0000", "yto/20000", "title=Blue")
	s.declare("tracking.t0001", "yto/20001", "title=Blue")
	ctx, cancel := context.WithCancel(t.Context())
	session, client := s.open(), s.client()
	p, l := s.plan(session, client)
	rep := apply.Run(ctx, apply.Input{Plan: p, Session: session, Service: &cancelling{client, cancel}, Listing: l})
	if err := session.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"partial tracking.t0000", "unsent tracking.t0001"}, statuses(rep)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	s.mustApply()
}
