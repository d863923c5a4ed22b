package apply_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(800) // simulations make much garbage and keep little
	debug.SetMemoryLimit(2 << 30)
	goleak.VerifyTestMain(m)
}

// A shop's day: a hundred orders, then some of everything in one apply.
func TestRequests(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.declareMany(0, 100, "title=Red,customer_phone=+1")
	s.mustApply()
	if diff := cmp.Diff("3 batch", s.writes()); diff != "" {
		t.Errorf("writes of the creates (-want +got):\n%s", diff)
	}
	s.declareMany(0, 50, "title=Blue,customer_phone=+1")
	s.declareMany(50, 53, "title=Red,customer_phone=+2")
	s.declare("tracking.t0053", "yto/20053", "title=Red,customer_phone=+1")
	for i := 95; i < 100; i++ {
		s.remove(fmt.Sprintf("tracking.t%04d", i))
	}
	s.mustApply()
	if diff := cmp.Diff("1 delete, 1 update, 2 updatemore, 3 put", s.writes()); diff != "" {
		t.Errorf("writes of the changes (-want +got):\n%s", diff)
	}
	if got := len(s.srv.Rows()); got != 95 {
		t.Errorf("the service has %d trackings, want 95", got)
	}
	s.createdOnce(100)
}

func TestTrackru(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.dialect = trackingmore.Trackru()
	s.declareMany(0, 5, "title=Red,archived=true")
	s.mustApply()
	if diff := cmp.Diff("1 batch, 5 put", s.writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	s.declare("tracking.t0000", "yto/20000", "title=Red")
	s.remove("tracking.t0001")
	s.mustApply()
	if diff := cmp.Diff("1 post, 2 delete-one", s.writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

// Everything that can be declared is applied, reads back, and stays.
func TestEveryAttribute(t *testing.T) {
	all := "title=Red,order_id=1,customer_name=Ann,customer_email=ann@example.org,logistics_channel=4PX,destination_code=DE," +
		"customer_phone=+1555,archived=true,status=delivered,track_updates=false,comment=mine,order_create_time=2026-08-27 16:51," +
		"lang=en,tracking_ship_date=20261001,tracking_destination_country=Germany,tracking_postal_code=10115,tracking_account_number=77"
	s := newShop(t, sandbox.Options{})
	for a := range tracking.AllAttrs() {
		if !strings.Contains(","+all, ","+a.String()+"=") {
			t.Errorf("%s is missing here", a)
		}
	}
	s.declare("tracking.a", "sto/10001", all)
	s.mustApply()
	row := s.row("sto/10001")
	if row.CustomerPhone != "+1555" || !row.Archived || row.Status != "delivered" || !row.Stopped || row.OrderCreateTime != "2026-08-27 16:51" {
		t.Errorf("the service has %+v", row)
	}
	s.declare("tracking.a", "sto/10001", "title=,order_id=,customer_name=,customer_email=,customer_phone=,archived=false,status=original")
	s.mustApply()
	row = s.row("sto/10001")
	if row.Title+row.OrderID+row.CustomerName+row.CustomerEmail+row.CustomerPhone != "" || row.Archived || row.Status != "pending" {
		t.Errorf("the service has %+v", row)
	}
	s.declare("tracking.a", "sto/10001", "comment=other,track_updates=true")
	s.mustApply()
	if row = s.row("sto/10001"); row.Comment != "other" || row.Stopped {
		t.Errorf("the service has %+v", row)
	}
}

func TestLifecycles(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.declare("tracking.archive", "sto/10001", "", func(l *tracking.Lifecycle) { l.OnRemove = tracking.RemoveArchive })
	s.declare("tracking.forget", "sto/10002", "", func(l *tracking.Lifecycle) { l.OnRemove = tracking.RemoveForget })
	s.declare("tracking.delete", "sto/10003", "")
	s.declare("tracking.renumber", "sto/10004", "title=Red")
	s.declare("tracking.gone", "sto/10005", "")
	s.mustApply()
	s.declared = nil
	s.declare("tracking.renumber", "sto/10014", "title=Red")
	s.declare("tracking.gone", "sto/10005", "", func(l *tracking.Lifecycle) { l.OnMissing = tracking.MissingForget })
	if err := s.srv.Remove(sandbox.Key{Carrier: "sto", Number: "10005"}); err != nil {
		t.Fatal(err)
	}
	s.mustApply()
	var got []string
	for _, r := range s.srv.Rows() {
		got = append(got, fmt.Sprintf("%s/%s %s %v", r.Carrier, r.Number, r.Title, r.Archived))
	}
	want := []string{"sto/10001  true", "sto/10002  false", "sto/10014 Red false"}
	if diff := cmp.Diff(want, got, sortStrings); diff != "" {
		t.Errorf("what the service has (-want +got):\n%s", diff)
	}
}

// One bad item of forty fails alone.
func TestOneBadItem(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.declareMany(0, 40, "title=Red")
	s.fault("batch:item=sto/20017=4015")
	rep := s.apply()
	if diff := cmp.Diff([]string{"refused tracking.t0017"}, statuses(rep)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if got := rep.Results[17].About; got != tracking.AboutCarrier {
		t.Errorf("it is about %q, want its carrier", got)
	}
	s.srv.ClearFaults()
	s.mustApply()
	s.createdOnce(40)
}

// A refusal that names nobody is traced to the one at fault.
func TestWholeBatchRefused(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.declareMany(0, 4, "title=Red")
	s.fault("batch:1:code=4015")
	s.fault("post:item=sto/20002=4015")
	rep := s.apply()
	if diff := cmp.Diff([]string{"refused tracking.t0002"}, statuses(rep)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if got := s.writes(); got != "1 batch, 4 post" {
		t.Errorf("writes are %s, want one for all and one for each", got)
	}
	s.srv.ClearFaults()
	s.mustApply()
}

// Whatever happens to a request and its answer, nothing is doubled and nothing
// is lost, in this run or the next.
func TestAnswersLost(t *testing.T) {
	kinds := []string{"500", "500-applied", "drop", "drop-applied", "500-half", "html", "html-applied", "truncate", "empty-applied", "202", "202-applied", "hang-applied", "429"}
	for _, endpoint := range []string{"batch", "post", "updatemore", "put", "update", "delete", "delete-one", "notupdate"} {
		created, removed := 5, 2
		switch endpoint {
		case "post":
			created = 1
		case "delete-one":
			removed = 1
		}
		for _, kind := range kinds {
			if kind == "429" && endpoint != "batch" {
				continue // the client's own test covers the pause
			}
			t.Run(endpoint+" "+kind, func(t *testing.T) {
				t.Parallel() // disks are slow
				if kind == "429" {
					t.Skip("pauses for real time; see the client's tests")
				}
				s := newShop(t, sandbox.Options{})
				s.declareMany(0, 10, "title=Red,customer_phone=+1,logistics_channel=a")
				s.mustApply()
				s.declareMany(10, 10+created, "title=Red,customer_name=Ann")
				s.declareMany(0, 2, "title=Blue,customer_phone=+1,logistics_channel=b")
				s.declareMany(2, 4, "title=Blue,customer_phone=+2,logistics_channel=a")
				s.declare("tracking.t0004", "yto/20004", "title=Red,customer_phone=+1,logistics_channel=a")
				s.declareMany(5, 6, "title=Red,customer_phone=+1,logistics_channel=a,track_updates=false")
				for i := range removed {
					s.remove(fmt.Sprintf("tracking.t%04d", 8+i))
				}
				s.fault(endpoint + ":1:" + kind)
				if rep := s.apply(); !rep.Complete() {
					t.Fatalf("the apply is not complete: %v %v", rep.Err, statuses(rep))
				}
				s.srv.ClearFaults()
				if rep := s.apply(); !rep.Complete() {
					t.Fatalf("the second apply is not complete: %v", statuses(rep))
				}
				s.mustBeEmpty()
				s.createdOnce(10 + created)
				if n := len(s.srv.Rows()); n != 10+created-removed {
					t.Errorf("the service has %d trackings, want %d", n, 10+created-removed)
				}
				if row := s.row("sto/20000"); row.Title != "Blue" || row.LogisticsChannel != "b" {
					t.Errorf("the service has %+v", row)
				}
			})
		}
	}
}

// A change that the list does not show is sent again when its answer is lost:
// reading back proves nothing about it.
func TestUnverifiableUpdate(t *testing.T) {
	for _, kind := range []string{"drop", "drop-applied"} {
		s := newShop(t, sandbox.Options{})
		s.declareMany(0, 2, "title=Red,destination_code=DE")
		s.mustApply()
		s.declareMany(0, 2, "title=Red,destination_code=FR")
		s.writes()
		s.fault("updatemore:" + kind)
		s.mustApply()
		if row := s.row("sto/20001"); row.DestinationCode != "FR" {
			t.Errorf("%s: the service has %+v", kind, row)
		}
		if got := s.writes(); got != "2 updatemore" {
			t.Errorf("%s: writes are %s", kind, got)
		}
	}
}

// A create whose answer was lost, and a key that somebody else made meanwhile:
// what is there is not what was sent, so it is adopted, and nothing is claimed.
func TestLostAndTaken(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.declareMany(0, 2, "title=Red,destination_code=DE")
	s.fault("batch:1:drop")
	rep := s.apply(func() { s.makeTheirs("sto/20001", "Hers") })
	if !rep.Complete() || rep.Results[0].Adopted || !rep.Results[1].Adopted {
		t.Fatalf("results are %+v", rep.Results)
	}
	s.mustApply()
	if row := s.row("sto/20001"); row.Title != "Red" || row.DestinationCode != "DE" {
		t.Errorf("the service has %+v", row)
	}
}

// updatemore may answer with errors, with an inner meta, or with nothing.
func TestUpdateShapes(t *testing.T) {
	for _, shape := range []string{"errors", "meta", "empty"} {
		t.Run(shape, func(t *testing.T) {
			s := newShop(t, sandbox.Options{V2: map[string]string{"update": shape}})
			s.declareMany(0, 3, "title=Red,destination_code=DE")
			s.mustApply()
			s.declareMany(0, 3, "title=Blue,destination_code=FR")
			s.mustApply()
			if row := s.row("sto/20001"); row.Title != "Blue" || row.DestinationCode != "FR" {
				t.Errorf("the service has %+v", row)
			}
			if got := s.writes(); got != "1 batch, 1 updatemore" {
				t.Errorf("writes are %s", got)
			}
		})
	}
}

// What somebody edits between the plan and the delete is left alone.
func TestGuard(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.declareMany(0, 4, "title=Red")
	s.mustApply()
	s.declared = nil
	s.declareMany(0, 1, "title=Red")
	s.declare("tracking.t0000", "yto/20000", "title=Red")
	rep := s.apply(func() {
		s.edit("sto/20000", func(r *sandbox.Row) { r.Title = "Hers" })
		s.edit("sto/20001", func(r *sandbox.Row) { r.Title = "Hers" })
		s.edit("sto/20002", func(r *sandbox.Row) { r.Status = "delivered" })
		if err := s.srv.Remove(sandbox.Key{Carrier: "sto", Number: "20003"}); err != nil {
			t.Fatal(err)
		}
	})
	if diff := cmp.Diff([]string{"skipped tracking.t0000", "skipped tracking.t0001", "skipped tracking.t0003"}, statuses(rep)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if n := len(s.srv.Rows()); n != 2 {
		t.Errorf("the service has %d trackings, want the 2 that were skipped", n)
	}
	if row := s.row("sto/20001"); row.Title != "Hers" {
		t.Errorf("her edit is lost: %+v", row)
	}
	s.mustApply()
}

// Reads that lag hide what somebody has just edited, so what does not show up is
// not deleted either.
func TestGuardOfWhatIsHidden(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.declareMany(0, 2, "title=Red")
	s.mustApply()
	s.declared = nil
	s.declareMany(0, 1, "title=Red")
	hide := &hiding{RoundTripper: s.srv.Transport()}
	s.transport = hide
	rep := s.apply(func() {
		s.edit("sto/20001", func(r *sandbox.Row) { r.Title = "Hers" })
		hide.number = "20001"
	})
	if diff := cmp.Diff([]string{"skipped tracking.t0001"}, statuses(rep)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	hide.number = ""
	if row := s.row("sto/20001"); row.Title != "Hers" {
		t.Errorf("her edit is lost: %+v", row)
	}
	s.mustApply()
}

// hiding is the way to a service whose reads lag: it asks for another number in
// the place of one.
type hiding struct {
	http.RoundTripper
	number string
}

func (h *hiding) RoundTrip(r *http.Request) (*http.Response, error) {
	if h.number != "" && strings.Contains(r.URL.RawQuery, h.number) {
		r = r.Clone(r.Context())
		r.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, h.number, "99999")
	}
	return h.RoundTripper.RoundTrip(r)
}

// A carrier that somebody else has given the number to meanwhile is left alone.
func TestGuardOfCarrier(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.declareMany(0, 1, "title=Red")
	s.mustApply()
	s.declare("tracking.t0000", "yto/20000", "title=Red")
	rep := s.apply(func() { s.makeTheirs("yto/20000", "Hers") })
	if diff := cmp.Diff([]string{"skipped tracking.t0000"}, statuses(rep)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if got := s.writes(); got != "1 post" {
		t.Errorf("writes are %s", got)
	}
}

func TestDeletesAreHeldBack(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.declareMany(0, 2, "title=Red")
	s.mustApply()
	s.remove("tracking.t0000")
	s.declareMany(2, 3, "title=Red")
	s.fault("post:item=sto/20002=4014")
	rep := s.apply()
	if diff := cmp.Diff([]string{"held tracking.t0000", "refused tracking.t0002"}, statuses(rep)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	s.srv.ClearFaults()
	s.mustApply()
}

// What cannot be proven stays in doubt, and nothing is claimed of what was sent,
// not even if the journal is lost: taking the change back has to send it.
func TestInDoubt(t *testing.T) {
	for want, faults := range map[string][]string{
		"1 post, 2 put": {"put:drop-applied", "list:2+:code=4021"},
		"1 post, 4 put": {"put:*:drop"},
	} {
		t.Run(faults[0], func(t *testing.T) {
			s := newShop(t, sandbox.Options{})
			s.declareMany(0, 1, "destination_code=DE")
			s.mustApply()
			s.declareMany(0, 1, "destination_code=FR")
			for _, f := range faults {
				s.fault(f)
			}
			rep := s.apply()
			if diff := cmp.Diff([]string{"in_doubt tracking.t0000"}, statuses(rep)); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
			if err := os.RemoveAll(filepath.Join(s.dir, ".tmsync")); err != nil {
				t.Fatal(err)
			}
			s.srv.ClearFaults()
			s.declareMany(0, 1, "destination_code=DE")
			s.mustApply()
			if row := s.row("sto/20000"); row.DestinationCode != "DE" {
				t.Errorf("the service has %+v", row)
			}
			if got := s.writes(); got != want {
				t.Errorf("writes are %s, want %s: the last one takes the change back", got, want)
			}
		})
	}
}

func TestGuardWithoutRefresh(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.declareMany(0, 3, "title=Red,customer_email=ann@example.org")
	s.mustApply()
	s.declareMany(2, 3, "title=Red,customer_email=ann@example.org")
	s.remove("tracking.t0000")
	s.remove("tracking.t0001")
	s.refresh = false
	s.edit("sto/20001", func(r *sandbox.Row) { r.CustomerEmail = "bob@example.org" })
	rep := s.apply()
	if diff := cmp.Diff([]string{"skipped tracking.t0001"}, statuses(rep)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestCreditsRunOut(t *testing.T) {
	s := newShop(t, sandbox.Options{Credits: 50})
	s.declareMany(0, 100, "title=Red")
	rep := s.apply()
	if !rep.NoCredit || rep.Count(apply.Done) != 50 || rep.Count(apply.Failed) != 30 || rep.Count(apply.Held) != 20 {
		t.Errorf("no credit %v, %d done, %d failed, %d held", rep.NoCredit, rep.Count(apply.Done), rep.Count(apply.Failed), rep.Count(apply.Held))
	}
	if got := s.writes(); got != "2 batch" {
		t.Errorf("writes are %s, want none after the credits ran out", got)
	}
	if err := s.srv.SetCredits(100); err != nil {
		t.Fatal(err)
	}
	s.mustApply()
	s.createdOnce(100)
}

// What the service refuses for good is told apart from what another run may do; what
// is held back because of it counts as its.
func TestRefusedForGood(t *testing.T) {
	tests := []struct {
		name   string
		faults []string
		limit  bool
		want   []string // statuses of what is not done
		only   bool
	}{
		{"a carrier", []string{"batch:item=sto/20001=4015"}, false, []string{"refused tracking.t0001", "held tracking.old"}, true},
		{"a number", []string{"batch:item=sto/20001=4014", "batch:item=sto/20002=4014"}, false, []string{"refused tracking.t0001", "refused tracking.t0002", "held tracking.old"}, true},
		{"one refused, one gone", []string{"batch:item=sto/20001=4015", "put:item=sto/30001=4017"}, false,
			[]string{"refused tracking.t0001", "failed tracking.there", "held tracking.old"}, false},
		{"one refused, the answer to the other lost", []string{"batch:item=sto/20001=4015", "put:*:drop"}, false,
			[]string{"refused tracking.t0001", "in_doubt tracking.there", "held tracking.old"}, false},
		{"one refused, then a limit", []string{"batch:item=sto/20001=4015"}, true, []string{"refused tracking.t0001", "unsent tracking.there", "unsent tracking.old"}, false},
		{"the key", []string{"batch:code=4001"}, false, nil, false},
		{"the credits", []string{"batch:item=sto/20001=4019"}, false, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newShop(t, sandbox.Options{})
			s.declare("tracking.there", "sto/30001", "title=Red")
			s.declare("tracking.old", "sto/30002", "")
			s.mustApply()
			s.declare("tracking.there", "sto/30001", "title=Blue")
			s.remove("tracking.old")
			s.declareMany(0, 5, "title=Red")
			for _, f := range tt.faults {
				s.fault(f)
			}
			if tt.limit {
				before := s.srv.Requests()["batch"]
				s.enough = func() string {
					if s.srv.Requests()["batch"] > before {
						return "that is enough"
					}
					return ""
				}
			}
			rep := s.apply()
			if rep.RefusedOnly() != tt.only || rep.Complete() {
				t.Errorf("refused for good and nothing else: %v, want %v", rep.RefusedOnly(), tt.only)
			}
			if got := slices.Sorted(slices.Values(statuses(rep))); tt.want != nil && !slices.Equal(got, slices.Sorted(slices.Values(tt.want))) {
				t.Errorf("not done are %q, want %q", got, tt.want)
			}
			s.srv.ClearFaults()
			s.enough = nil
			s.mustApply()
		})
	}
}

// Interrupted after the first batch: the rest is not sent, and the next run
// does it.
func TestInterrupted(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.declareMany(0, 100, "title=Red")
	ctx, cancel := context.WithCancel(context.Background())
	s.progress = func(done, _ int) {
		if done == 40 {
			cancel()
		}
	}
	rep := s.applyContext(ctx)
	if !rep.Interrupted || rep.Count(apply.Done) != 40 || rep.Count(apply.Unsent) != 60 {
		t.Errorf("interrupted %v, %d done, %d unsent", rep.Interrupted, rep.Count(apply.Done), rep.Count(apply.Unsent))
	}
	s.progress = nil
	s.mustApply()
	s.createdOnce(100)
	if got := s.writes(); got != "3 batch" {
		t.Errorf("writes are %s", got)
	}
}

// A key that somebody created since the plan is adopted, not fought over.
func TestCreatedMeanwhile(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.declareMany(0, 3, "title=Red,comment=mine,lang=en,destination_code=DE")
	rep := s.apply(func() { s.makeTheirs("sto/20001", "Hers") })
	if !rep.Complete() || !rep.Results[1].Adopted {
		t.Fatalf("results are %+v", rep.Results)
	}
	s.mustApply()
	if row := s.row("sto/20001"); row.Title != "Red" || row.Comment != "" {
		t.Errorf("the service has %+v", row)
	}
}

// A dead key stops everything, and nothing is claimed.
func TestStopped(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.declareMany(0, 50, "title=Red")
	s.fault("batch:1:code=4001")
	rep := s.apply()
	if rep.Count(apply.Failed) != 40 || rep.Count(apply.Unsent) != 10 {
		t.Errorf("%d failed, %d unsent", rep.Count(apply.Failed), rep.Count(apply.Unsent))
	}
	s.srv.ClearFaults()
	s.mustApply()
	s.createdOnce(50)
}
