package apply_test

import (
	"fmt"
	"testing"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"github.com/tmsync/tmsync/state"
)

// What turns out to be there when it is created is adopted and brought to what is
// declared in the same run: one alone, many at once, where there is no bulk update,
// and in a replacement.
func TestExistsIsBroughtToWhatIsDeclared(t *testing.T) {
	one := func(s *shop) { s.declare("tracking.a", "sto/10001", "title=Red,customer_phone=+1,archived=true") }
	many := func(s *shop) { s.declareMany(0, 45, "title=Red,customer_name=Ann") }
	for name, tt := range map[string]struct {
		dialect func() *trackingmore.Dialect
		declare func(*shop)
		between []string
		adopted int
	}{
		"one": {trackingmore.TrackingMore, one, []string{"sto/10001"}, 1}, "one, Trackru": {trackingmore.Trackru, one, []string{"sto/10001"}, 1},
		"many": {trackingmore.TrackingMore, many, []string{"sto/20000", "sto/20007", "sto/20044"}, 3}, "many, Trackru": {trackingmore.Trackru, many, []string{"sto/20000", "sto/20007", "sto/20044"}, 3},
		"a replacement's": {trackingmore.TrackingMore, func(s *shop) {
			s.declare("tracking.a", "sto/10009", "title=Red")
			s.mustApply()
			s.declare("tracking.a", "sto/10001", "title=Red,logistics_channel=x")
		}, []string{"sto/10001"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, sandbox.Options{})
			s.dialect = tt.dialect()
			tt.declare(s)
			rep := s.apply(func() {
				for i, k := range tt.between {
					s.makeTheirs(k, fmt.Sprint("Theirs ", i))
				}
			})
			if !rep.Complete() {
				t.Fatalf("not complete: %v", rep.Diagnostics())
			}
			adopted := 0
			for i := range rep.Results {
				if rep.Results[i].Adopted {
					adopted++
				}
			}
			if adopted != tt.adopted {
				t.Errorf("%d are adopted, want %d", adopted, tt.adopted)
			}
			for _, k := range tt.between {
				if row := s.row(k); row.Title != "Red" {
					t.Errorf("%s has the title %q", k, row.Title)
				}
			}
			s.mustBeEmpty()
			session := s.open()
			defer session.Close()
			for _, k := range tt.between {
				if rec := session.State().ByKey(key(k)); rec == nil || rec.Origin != state.Adopted {
					t.Errorf("%s is recorded as %+v", k, rec)
				}
			}
		})
	}
}

// What safety.adopt forbids is left alone, and told.
func TestExistsMayNotBeAdopted(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.declare("tracking.a", "sto/10001", "title=Red")
	session, client := s.open(), s.client()
	defer session.Close()
	p, l := s.plan(session, client)
	p.Adopting.Policy = "never"
	s.makeTheirs("sto/10001", "Theirs")
	rep := apply.Run(t.Context(), apply.Input{Plan: p, Session: session, Service: client, Listing: l})
	if !rep.ForbiddenOnly() || rep.RefusedOnly() {
		t.Errorf("forbidden only: %v, refused only: %v", rep.ForbiddenOnly(), rep.RefusedOnly())
	}
	if rep.Complete() || rep.Count(apply.Skipped) != 1 || s.row("sto/10001").Title != "Theirs" || session.State().ByKey(tracking.Key(key("sto/10001"))) != nil {
		t.Errorf("results %+v", rep.Results)
	}
}
