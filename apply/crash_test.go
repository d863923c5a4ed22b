package apply_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/statetest"
)

var errCrash = errors.New("crash")

type service = apply.Service

// mortal is a service whose user dies: at the write numbered at, before it
// leaves or after its answer has come.
type mortal struct {
	service
	at     int
	before bool
}

func (m *mortal) Send(ctx context.Context, op tracking.Op, items []tracking.Item) []tracking.Outcome {
	m.at--
	if m.at == 0 && m.before {
		panic(errCrash)
	}
	out := m.service.Send(ctx, op, items)
	if m.at == 0 {
		panic(errCrash)
	}
	return out
}

// crash plans and applies and dies on the way. It reports whether it did.
func (s *shop) crash(at int, before bool) (died bool) {
	session, client := s.open(), s.client()
	defer session.Close()
	p, l := s.plan(session, client)
	defer func() {
		if r := recover(); r != nil && r != errCrash {
			panic(r)
		} else if r != nil {
			died = true
		}
	}()
	apply.Run(context.Background(), apply.Input{
		Plan: p, Session: session, Service: &mortal{client, at, before}, Listing: l,
	})
	return false
}

// output is the value of an output in the state, "" without one.
func (s *shop) output(name string) string {
	session := s.open()
	defer session.Close()
	for _, o := range session.State().Outputs {
		if o.Name == name {
			return o.Value
		}
	}
	return ""
}

// someOfEverything declares changes that take every kind of request.
func someOfEverything(s *shop) {
	s.declareMany(0, 4, "title=Red,customer_phone=+1,destination_code=DE,comment=a")
	s.declareMany(10, 12, "title=Red")
	s.mustApply()
	s.declare("tracking.t0000", "yto/20000", "title=Blue,customer_phone=+1,destination_code=DE,comment=a") // carrier, then update
	s.declare("tracking.t0001", "sto/20001", "title=Red,customer_phone=+2,destination_code=FR,comment=a")  // put
	s.declare("tracking.t0002", "sto/20002", "title=Red,customer_phone=+1,destination_code=DE,comment=b")  // replaced under its key
	s.declare("tracking.t0003", "sto/20003", "title=Red,customer_phone=+1,destination_code=FR,comment=a,track_updates=false")
	s.declare("tracking.t0004", "sto/20004", "title=New,archived=true") // created, then updated
	s.declare("tracking.t0010", "sto/20020", "title=Red")               // replaced by another number
	s.remove("tracking.t0011")
}

// A run that dies at any write, before it leaves or after it has acted, is made
// good by the next one: nothing is lost, and nothing is created twice.
func TestCrashAtAnyWrite(t *testing.T) {
	for _, before := range []bool{true, false} {
		died := true
		for at := 1; died; at++ {
			s := newShop(t, sandbox.Options{})
			s.outputs = []state.Output{{Name: "n", Type: `"number"`, Value: "1"}}
			someOfEverything(s)
			s.outputs = []state.Output{{Name: "n", Type: `"number"`, Value: "2"}}
			if died = s.crash(at, before); !died && at < 8 {
				t.Fatalf("the apply has only %d writes", at-1)
			}
			if n := s.output("n"); died != (n == "1") {
				t.Errorf("crash at %d, before %v: the output is %s", at, before, n)
			}
			s.mustApply()
			if n := len(s.srv.Rows()); n != 6 {
				t.Errorf("crash at %d, before %v: the service has %d trackings, want 6", at, before, n)
			}
			for k, times := range s.srv.Creations() {
				if times > 1 && k.Number != "20002" {
					t.Errorf("crash at %d, before %v: %v was created %d times", at, before, k, times)
				}
			}
			for k, want := range map[string]string{
				"yto/20000": "Blue DE +1", "sto/20001": "Red FR +2", "sto/20002": "Red DE +1", "sto/20003": "Red FR +1", "sto/20004": "New  ", "sto/20020": "Red  ",
			} {
				row := s.row(k)
				if got := fmt.Sprintf("%s %s %s", row.Title, row.DestinationCode, row.CustomerPhone); got != want {
					t.Errorf("crash at %d, before %v: %s is %q, want %q", at, before, k, got, want)
				}
			}
		}
	}
}

// Outputs are those of an apply that is complete: one that stops on the way leaves them
// as they were, and the next one plans them again.
func TestOutputsOfPartialApply(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	someOfEverything(s)
	s.outputs = []state.Output{{Name: "n", Type: `"number"`, Value: "1"}}
	writes := 0
	s.enough = func() string {
		if writes++; writes > 2 {
			return "it is enough"
		}
		return ""
	}
	if rep := s.apply(); rep.Complete() || rep.Count(apply.Partial) == 0 {
		t.Fatalf("it is not done in part: %v", statuses(rep))
	}
	if n := s.output("n"); n != "" {
		t.Errorf("the output is %s", n)
	}
	s.enough = nil
	s.mustApply()
	if n := s.output("n"); n != "1" {
		t.Errorf("the output is %q afterwards", n)
	}
}

// As TestCrashAtAnyWrite, but after the crash the user wants everything gone: what the dead
// run created is ours and goes, and what somebody else made stays.
func TestCrashAndDestroy(t *testing.T) {
	for _, before := range []bool{true, false} {
		s := newShop(t, sandbox.Options{})
		s.declareMany(0, 3, "title=Red,customer_name=Ann,customer_phone=+1")
		if !s.crash(1, before) {
			t.Fatal("the apply did not die")
		}
		if before {
			s.makeTheirs("sto/20001", "Hers")
		}
		s.declared = nil
		s.mustApply()
		want := 0
		if before {
			want = 1
		}
		if n := len(s.srv.Rows()); n != want {
			t.Errorf("crash before %v: the service has %d trackings, want %d", before, n, want)
		}
	}
}

// An update of what the list does not show was under way when the run died, and
// the user takes the change back: it has to be sent, since nobody knows what the
// service has.
func TestCrashAndTakeBack(t *testing.T) {
	for _, before := range []bool{true, false} {
		s := newShop(t, sandbox.Options{})
		s.declareMany(0, 2, "destination_code=DE,customer_phone=+1")
		s.mustApply()
		s.declareMany(0, 1, "destination_code=FR,customer_phone=+1")
		s.declareMany(1, 2, "destination_code=DE,customer_phone=+2")
		at := 1
		if !before {
			at = 2
		}
		if !s.crash(at, before) {
			t.Fatal("the apply did not die")
		}
		s.declareMany(0, 2, "destination_code=DE,customer_phone=+1")
		s.mustApply()
		for _, k := range []string{"sto/20000", "sto/20001"} {
			if row := s.row(k); row.DestinationCode != "DE" || row.CustomerPhone != "+1" {
				t.Errorf("crash before %v: the service has %+v", before, row)
			}
		}
	}
}

// A delete, or a carrier change, was under way when the run died. The next plan
// does not speak of what is done.
func TestCrashWhileDeleting(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.declareMany(0, 3, "title=Red")
	s.mustApply()
	s.declare("tracking.t0000", "yto/20000", "title=Red")
	if !s.crash(1, false) {
		t.Fatal("the apply did not die")
	}
	s.mustBeEmpty()
	s.remove("tracking.t0001")
	if !s.crash(1, false) {
		t.Fatal("the apply did not die")
	}
	s.mustBeEmpty()
}

// A create is held up on its way, for so long that another run has made use of
// its address. When it arrives it is still ours, and goes with its declaration.
func TestLateArrival(t *testing.T) {
	for _, tt := range []struct{ declared, finally string }{{"", ""}, {"sto/10005", "sto/10005"}, {"sto/10005", ""}} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(sandbox.Options{}, &script{}, nil)
			p := w.process("tmsync", statetest.NewDisk(), apply.Run)
			p.declare("tracking.a", "sto/10001", "title=Red")
			p.dies = true
			if rep, _ := p.apply(); rep != nil {
				t.Fatal("the run was not killed")
			}
			p.dies = false
			p.remove("tracking.a")
			if tt.declared != "" {
				p.declare("tracking.a", tt.declared, "title=Red")
			}
			if _, err := p.apply(); err != nil {
				t.Fatal(err)
			}
			w.as("tmsync", func() { p.makeTheirs("sto/10001", "Red") })
			if tt.finally == "" {
				p.remove("tracking.a")
			}
			w.settle(p)
			if len(w.wrong) > 0 {
				t.Errorf("%+v: %q", tt, w.wrong)
			}
		})
	}
}
