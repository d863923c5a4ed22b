package apply_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"github.com/tmsync/tmsync/state"
)

// ids lists what the state has for ids of the service, by address.
func (s *shop) ids() map[string]string {
	session := s.open()
	defer session.Close()
	ids := map[string]string{}
	for _, r := range session.State().Records {
		ids[string(r.Addr)] = r.Ref
	}
	return ids
}

// setIDs gives all records of the state ids.
func (s *shop) setIDs(id func(i int) string) {
	name := filepath.Join(s.dir, "tmsync.state.jsonl")
	text, err := os.ReadFile(name)
	if err != nil {
		s.t.Fatal(err)
	}
	st, err := state.Read(bytes.NewReader(text), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := range st.Records {
		st.Records[i].Ref = id(i)
	}
	var b bytes.Buffer
	if err := st.Write(&b); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// TestIDsOfTheState: a service that wants its ids gets those that the state has, those
// of the first list where it has none, and those that it finds by number where they are
// dead, with a refresh or without; and each apply ends in an empty plan.
func TestIDsOfTheState(t *testing.T) {
	for name, ids := range map[string]func(s *shop){
		"its own":   func(*shop) {},
		"none":      func(s *shop) { s.setIDs(func(int) string { return "" }) },
		"dead ones": func(s *shop) { s.setIDs(func(i int) string { return fmt.Sprintf("%032x", i) }) },
		"of each other's": func(s *shop) {
			own := s.ids()
			s.setIDs(func(i int) string { return own[fmt.Sprintf("tracking.t%04d", (i+1)%4)] })
		},
	} {
		for _, refresh := range []bool{true, false} {
			if name == "of each other's" && !refresh {
				continue // nobody swaps them, and the answers show it too late
			}
			t.Run(fmt.Sprint(name, ", refresh ", refresh), func(t *testing.T) {
				s := newShop(t, sandbox.Options{})
				s.declareMany(0, 4, "title=Red")
				s.mustApply() // by v2
				if got := s.ids()["tracking.t0000"]; got != "" {
					t.Errorf("v2 has the id %q", got)
				}
				s.dialect = trackingmore.TrackingMoreV4()
				s.mustBeEmpty()
				s.mustApply()
				own := s.ids()
				for addr, id := range own {
					if len(id) != 32 {
						t.Errorf("the id of %s is %q", addr, id)
					}
				}
				ids(s)
				s.writes()
				s.refresh = refresh
				s.declareMany(0, 2, "title=Green")
				s.declare("tracking.t0002", "dhl/20002", "title=Red")
				s.remove("tracking.t0003")
				if rep := s.apply(); !rep.Complete() {
					t.Fatalf("%v %+v", rep.Err, rep.Results)
				}
				s.refresh = true
				s.mustBeEmpty()
				want := "1 delete-one, 3 put"
				if name == "dead ones" && !refresh { // but the guard has looked at what is deleted or moved
					want = "1 delete-one, 5 put"
				}
				if diff := cmp.Diff(want, s.writes()); diff != "" {
					t.Errorf("writes (-want +got):\n%s", diff)
				}
				now := s.ids()
				if now["tracking.t0000"] != own["tracking.t0000"] || now["tracking.t0002"] == own["tracking.t0002"] || len(now) != 3 {
					t.Errorf("ids were %v, are %v", own, now)
				}
				s.dialect = trackingmore.TrackingMore() // and back
				s.mustBeEmpty()
				s.declareMany(0, 2, "title=Blue")
				s.mustApply()
			})
		}
	}
}

// TestForeignRowsAreLeft: ids of a list decide nothing: what has another number under the
// id that is on record is left alone.
func TestForeignRowsAreLeft(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.dialect = trackingmore.TrackingMoreV4()
	s.declare("tracking.a", "sto/20001", "title=Red")
	s.mustApply()
	s.makeTheirs("sto/30001", "Theirs")
	s.makeTheirs("sto/30002", "Theirs, too")
	s.declare("tracking.b", "sto/20002", "title=Red")
	s.mustApply()
	own := s.ids()
	s.setIDs(func(i int) string { return own[fmt.Sprintf("tracking.%c", 'b'-i)] })
	s.remove("tracking.a")
	s.mustApply()
	if row := s.row("sto/20002"); row.Title != "Red" {
		t.Errorf("the one that stays is %+v", row)
	}
	for _, k := range []string{"sto/30001", "sto/30002"} {
		s.row(k)
	}
}
