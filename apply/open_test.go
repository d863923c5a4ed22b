package apply_test

import (
	"fmt"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tmsync/tmsync/internal/gear/exhaustive"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"github.com/tmsync/tmsync/plan"
)

// everyAnswer calls a function with every combination of answers to what v4's
// documentation leaves open and an apply depends on.
func everyAnswer(do func(answers map[string]string)) {
	questions := []struct {
		name    string
		answers []string
	}{
		{"clear", []string{"kept", "wiped", "refused"}},
		{"omitted", []string{"kept", "wiped"}},
		{"put", []string{"stored", "sent"}},
		{"carrier", []string{"changed", "ignored", "refused"}},
		{"carrier-id", []string{"new", "kept"}},
		{"destination", []string{"as-given", "filled"}},
		{"order-number", []string{"tracking-number", "empty"}},
	}
	given := map[string]string{}
	var choose func(i int)
	choose = func(i int) {
		if i == len(questions) {
			do(maps.Clone(given))
			return
		}
		for _, a := range questions[i].answers {
			given[questions[i].name] = a
			choose(i + 1)
		}
	}
	choose(0)
}

// others are answers to more questions, which go with those in turns: all combinations
// would be too many, and these do not depend on each other.
var others = []map[string]string{
	{},
	{"null": "wiped"}, {"null": "refused"},
	{"order-id": "order_id"}, {"order-zone": "account"},
	{"dead-id": "4102"}, {"dead-id": "404"},
	{"lag": "2"},
}

// everyFew is which combinations are tried.
var everyFew = exhaustive.Or(1, 23)

// Whatever the service does with what its documentation leaves open: after two applies
// the plan is empty, nothing is written a third time, and what was not to change has
// not. A carrier that stays is an announced replacement in between.
func TestOpenQuestions(t *testing.T) {
	n := 0
	everyAnswer(func(answers map[string]string) {
		if n++; n%everyFew != 0 {
			return
		}
		maps.Copy(answers, others[n/everyFew%len(others)])
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			srv, err := sandbox.New(sandbox.Options{V4: answers})
			if err != nil {
				t.Fatal(err)
			}
			s := &shop{t: t, dir: dir, srv: srv, dialect: trackingmore.TrackingMoreV4(), refresh: true, lag: -1}
			if answers["lag"] != "" {
				s.lag = trackingmore.DefaultLag
			}
			defer func() {
				if t.Failed() {
					t.Logf("with the answers %v", answers)
				}
			}()
			s.declare("tracking.a", "sto/10001", "title=Red,order_id=A-1,destination_code=DE,comment=by hand,customer_phone=+491,tracking_ship_date=20261001,order_create_time=2026-08-27 16:51,lang=en,archived=true")
			s.declare("tracking.b", "sto/10002", "title=Blue,order_id=,destination_code=,comment=stays,lang=de")
			s.settles()

			s.remove("tracking.a")
			s.declare("tracking.a", "sto/10001", "title=,order_id=,destination_code=,comment=changed,customer_phone=,tracking_ship_date=20261002,order_create_time=2026-08-28 16:51,lang=,archived=false")
			s.settles()
			title := "Red"
			if answers["clear"] == "wiped" {
				title = ""
			}
			s.shows("sto/10001", title+", changed, false")

			s.remove("tracking.b")
			s.declare("tracking.b", "sto/10002", "title=Green,order_id=,destination_code=,comment=stays,lang=de")
			s.settles()
			s.shows("sto/10002", "Green, stays, false")

			s.remove("tracking.b")
			s.declare("tracking.b", "zto/10002", "title=Green,order_id=,destination_code=,comment=stays,lang=de")
			if s.apply(); answers["carrier"] != "changed" {
				p := s.planned()
				if len(p.Changes) != 1 || p.Changes[0].Action != plan.Replace || p.Changes[0].Note == "" {
					t.Fatalf("the carrier has not changed, and the plan is%s", describe(p))
				}
			}
			s.settles()
			s.shows("zto/10002", "Green, stays, false")
		})
	})
}

// TestCarrierWhileReadsLag changes a carrier where the list shows it two seconds later.
// The old answer is none: the tracking has moved, and is known to have.
func TestCarrierWhileReadsLag(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		srv, err := sandbox.New(sandbox.Options{V4: map[string]string{"lag": "2", "carrier-id": "new"}})
		if err != nil {
			t.Fatal(err)
		}
		s := &shop{t: t, dir: dir, srv: srv, dialect: trackingmore.TrackingMoreV4(), refresh: true, lag: trackingmore.DefaultLag}
		s.declare("tracking.a", "sto/10001", "title=Red")
		s.settles()
		s.remove("tracking.a")
		s.declare("tracking.a", "zto/10001", "title=Red")
		if rep := s.apply(); !rep.Complete() {
			t.Errorf("a carrier changes while reads lag: %+v", rep.Results)
		}
		s.settles()
		s.shows("zto/10001", "Red, , false")
	})
}

// settles applies twice. After that there is nothing to do, and it stays so. Each run
// knows when the one before it wrote.
func (s *shop) settles() {
	s.t.Helper()
	for range 2 {
		s.apply()
		s.last = time.Now()
	}
	for range 2 {
		s.mustBeEmpty()
		if rep := s.apply(); !rep.Complete() {
			s.t.Fatalf("an apply of nothing: %+v", rep.Results)
		}
	}
}

// shows compares what the service has of a tracking, as title, comment and whether it
// is archived.
func (s *shop) shows(k, want string) {
	s.t.Helper()
	r := s.row(k)
	if got := fmt.Sprintf("%s, %s, %t", r.Title, r.Comment, r.Archived); got != want {
		s.t.Fatalf("the service has %s as %s, want %s", k, got, want)
	}
}
