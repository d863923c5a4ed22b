package apply_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

func archiveAfter(days int) func(*tracking.Lifecycle) {
	return func(l *tracking.Lifecycle) { l.ArchiveAfter = time.Duration(days) * 24 * time.Hour }
}

// delivered lets a parcel have arrived long ago.
func delivered(row *sandbox.Row) { row.Status, row.EventAt = "delivered", longAgo }

// archived is which parcels are.
func (s *shop) archived() (keys []string) {
	for _, r := range s.srv.Rows() {
		if r.Archived {
			keys = append(keys, r.Key().String())
		}
	}
	return keys
}

// What was delivered long ago is archived with everything else, once, and stays so
// and ours, whatever comes; each apply ends in an empty plan.
func TestArchiveAfter(t *testing.T) {
	for name, tt := range map[string]struct {
		dialect *trackingmore.Dialect
		writes  string
	}{"TrackingMore": {trackingmore.TrackingMore(), "1 updatemore"}, "Trackru": {trackingmore.Trackru(), "3 put"}} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, sandbox.Options{})
			s.dialect = tt.dialect
			declare := func(title string, lifecycle func(*tracking.Lifecycle)) {
				for _, addr := range []string{"1", "2", "3"} {
					s.declare("tracking.t"+addr, "sto/1000"+addr, "title="+title, lifecycle)
				}
			}
			declare("Old", archiveAfter(30))
			s.mustApply()
			s.edit("sto/10001", delivered)
			s.edit("sto/10002", delivered)
			s.writes()
			declare("New", archiveAfter(30))
			s.mustApply()
			if diff := cmp.Diff(tt.writes, s.writes()); diff != "" {
				t.Errorf("writes (-want +got):\n%s", diff)
			}
			want := []string{"sto/10001", "sto/10002"}
			check := func(when string) {
				t.Helper()
				s.mustApply()
				if diff := cmp.Diff(want, s.archived()); diff != "" {
					t.Errorf("archived %s (-want +got):\n%s", when, diff)
				}
			}
			check("again")
			s.edit("sto/10001", func(r *sandbox.Row) { r.Status = "expired" })
			check("when the status has moved")
			s.edit("sto/10002", func(r *sandbox.Row) { r.Archived = false })
			check("when somebody has taken one out")
			declare("New", archiveAfter(0))
			check("without the rule")
			if w := s.writes(); w == "" {
				t.Error("nothing was archived again")
			}
			s.edit("sto/10002", func(r *sandbox.Row) { r.Archived = false })
			want = want[:1]
			check("without the rule, when somebody has taken one out")
			if w := s.writes(); w != "" {
				t.Errorf("without the rule, %s was sent", w)
			}
		})
	}
}

// A tracking that moves to another address while it is archived keeps its record
// when the archiving fails.
func TestArchiveAfterFails(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.declare("tracking.a", "sto/10001", "", archiveAfter(30))
	s.mustApply()
	s.edit("sto/10001", delivered)
	s.declared = nil
	s.declare("tracking.b", "sto/10001", "", archiveAfter(30))
	for _, call := range []string{"updatemore", "put"} {
		s.fault(call + ":item=sto/10001=4015")
	}
	if diff := cmp.Diff([]string{"refused tracking.b"}, statuses(s.apply())); diff != "" {
		t.Fatalf("statuses (-want +got):\n%s", diff)
	}
	session := s.open()
	rec := session.State().Find("tracking.b")
	session.Close()
	if rec == nil || rec.Key != key("sto/10001") || rec.Applied.Has(tracking.Archived) || rec.Status != "delivered" {
		t.Errorf("the record is %+v", rec)
	}
	s.srv.ClearFaults()
	rep := s.apply()
	if got := rep.Count(apply.Done); got != 1 {
		t.Errorf("%d changes are done, want 1: %v", got, statuses(rep))
	}
	s.mustBeEmpty()
}
