package state_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/local"
)

var (
	recA = rec("tracking.a", "sto/11111", "A")
	recB = rec("tracking.b", "sto/22222", "B")
	recC = rec("tracking.c", "sto/33333", "C")
)

// TestCrash drops a run after each step of a small apply, and looks at what the
// next one knows.
func TestCrash(t *testing.T) {
	steps := []struct {
		name   string
		do     func(*testing.T, *state.Session)
		titles []string
		doubts []string
	}{
		{"open", func(*testing.T, *state.Session) {}, []string{"tracking.a sto/11111 A"}, nil},
		{
			"begin", func(t *testing.T, s *state.Session) { begin(t, s, creates(recB, recC)) },
			[]string{"tracking.a sto/11111 A"},
			[]string{"1 create tracking.b sto/22222", "1 create tracking.c sto/33333"},
		},
		{
			"settle one", func(t *testing.T, s *state.Session) { must(t, s.Settle(1, puts(recB), []int{1})) },
			[]string{"tracking.a sto/11111 A", "tracking.b sto/22222 B"},
			[]string{"1 create tracking.c sto/33333"},
		},
		{
			"commit in doubt", func(t *testing.T, s *state.Session) { must(t, s.Commit(t.Context())) },
			[]string{"tracking.a sto/11111 A", "tracking.b sto/22222 B"},
			[]string{"1 create tracking.c sto/33333"},
		},
		{
			"settle the other", func(t *testing.T, s *state.Session) { must(t, s.Settle(1, puts(recC), nil)) },
			[]string{"tracking.a sto/11111 A", "tracking.b sto/22222 B", "tracking.c sto/33333 C"}, nil,
		},
		{
			"begin a delete", func(t *testing.T, s *state.Session) {
				seq := begin(t, s, state.Intent{Op: tracking.OpDelete, Items: []state.IntentItem{{Addr: recA.Addr, Key: recA.Key}}})
				if seq != 2 {
					t.Errorf("Begin() = %d, want 2", seq)
				}
			},
			[]string{"tracking.a sto/11111 A", "tracking.b sto/22222 B", "tracking.c sto/33333 C"},
			[]string{"2 delete tracking.a sto/11111"},
		},
		{
			"settle it", func(t *testing.T, s *state.Session) {
				must(t, s.Settle(2, []state.Effect{{Addr: recA.Addr}}, nil))
			},
			[]string{"tracking.b sto/22222 B", "tracking.c sto/33333 C"}, nil,
		},
		{
			"commit", func(t *testing.T, s *state.Session) { must(t, s.Commit(t.Context())) },
			[]string{"tracking.b sto/22222 B", "tracking.c sto/33333 C"}, nil,
		},
	}
	for _, fresh := range []bool{false, true} {
		for last, step := range steps {
			t.Run(step.name, func(t *testing.T) {
				dir := t.TempDir()
				wantTitles := step.titles
				if fresh { // as before, but nothing is there, not even a state
					wantTitles = without(step.titles, "tracking.a sto/11111 A")
				} else {
					seed(t, dir, recA)
				}
				store := newMortal(dir)
				s := open(t, store, state.OpenOptions{})
				lineage, salt := s.State().Lineage, s.State().Salt
				for _, st := range steps[:last+1] {
					st.do(t, s)
				}
				diff(t, "state before the crash", wantTitles, titles(s.State()))
				store.die(t)
				s = open(t, local.New(dir, stateName), state.OpenOptions{})
				diff(t, "state", wantTitles, titles(s.State()))
				diff(t, "doubts", step.doubts, doubts(s))
				if got := s.State(); last > 0 && (got.Lineage != lineage || got.Salt != salt) {
					t.Error("the lineage or the salt has changed")
				}
				must(t, s.Close())
			})
		}
	}
}

func without(list []string, s string) []string {
	var out []string
	for _, l := range list {
		if l != s {
			out = append(out, l)
		}
	}
	return out
}

// TestIntentComesBack holds that the next run learns everything about a request
// that was sent.
func TestIntentComesBack(t *testing.T) {
	dir := t.TempDir()
	store := newMortal(dir)
	now := time.Date(2026, 11, 1, 10, 0, 0, 123, time.UTC)
	s := open(t, store, state.OpenOptions{Now: func() time.Time { return now }})
	attrs := s.State().Seal("11111", tracking.AttrsOf(map[tracking.Attr]string{
		tracking.Title: "A", tracking.CustomerPhone: "+49 30 1234567", tracking.CustomerEmail: "",
	}), 0)
	done := rec("tracking.a", "dhl/11111", "A")
	done.Applied, done.PreventDestroy, done.OnRemove = attrs, true, tracking.RemoveForget
	want := state.Intent{Op: tracking.OpChangeCarrier, Items: []state.IntentItem{
		{Addr: "tracking.a", Key: recA.Key, Carrier: "dhl", Attrs: attrs, Record: done},
		{Addr: "tracking.b", Key: recB.Key},
	}}
	begin(t, s, want)
	store.die(t)

	want.Seq, want.Begun = 1, now
	s = open(t, local.New(dir, stateName), state.OpenOptions{})
	defer s.Close()
	diff(t, "intent", []state.Intent{want}, s.InDoubt())
	if journal := string(readFile(t, journalPath(dir))); strings.Contains(journal, "1234567") {
		t.Errorf("the journal has a telephone number in clear:\n%s", journal)
	}
}

func TestRefusals(t *testing.T) {
	clear := rec("tracking.x", "sto/99999", "X")
	clear.Applied.Put(tracking.CustomerName, "Ann")
	huge := rec("tracking.x", "sto/99999", strings.Repeat("x", 1<<20))
	escaped := rec("tracking.x", "sto/99999", strings.Repeat("\x01", 1<<20/len(`\u0001`)))
	tests := []struct {
		name string
		do   func(*state.Session) error
		want string
	}{
		{"no items", beginning(state.Intent{Op: tracking.OpCreate}), "the request has no items"},
		{"unknown operation", beginning(state.Intent{Op: "burn", Items: creates(recC).Items}), `unknown operation "burn"`},
		{"key twice", beginning(creates(recC, rec("tracking.x", "sto/33333", ""))), "the request has sto/33333 twice"},
		{"no address", beginning(creates(rec("", "sto/99999", ""))), "the address is empty"},
		{"no number", beginning(creates(rec("tracking.x", "sto/", ""))), "the carrier or the number is empty"},
		{"clear value", beginning(creates(clear)), "customer_name is not a fingerprint"},
		{"too large", beginning(creates(huge)), "its record has 10486"},
		{"too large once it is escaped", beginning(creates(escaped)), "its record has 10486"},
		{"key of another", beginning(creates(rec("tracking.x", "sto/11111", ""))), "tracking.a and tracking.x would both have the key sto/11111"},
		{"record of another", func(s *state.Session) error {
			return s.Settle(0, []state.Effect{{Addr: "tracking.x", Record: recC}}, nil)
		}, "its record is that of tracking.c"},
		{"settled key of another", settling(0, puts(rec("tracking.x", "sto/11111", "")), nil), "would both have the key"},
		{"settled key twice", settling(0, puts(recC, rec("tracking.x", "sto/33333", "")), nil), "tracking.c and tracking.x would both have the key"},
		{"two outcomes", settling(0, puts(recC, recC), nil), "tracking.c has two outcomes"},
		{"unknown request", settling(7, nil, nil), "there is no open request 7"},
		{"open without a request", settling(0, nil, []int{0}), "leave nothing in doubt"},
		{"open beyond the end", settling(1, nil, []int{1}), "item 1 cannot stay open"},
		{"open below zero", settling(1, nil, []int{-1}), "item -1 cannot stay open"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			seed(t, dir, recA)
			s := open(t, local.New(dir, stateName), state.OpenOptions{})
			defer s.Close()
			begin(t, s, creates(recB))
			journal := readFile(t, journalPath(dir))
			if err := tt.do(s); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			} else if strings.Contains(err.Error(), "Ann") {
				t.Errorf("error %q tells a name", err)
			}
			diff(t, "journal", string(journal), string(readFile(t, journalPath(dir))))
			must(t, s.Settle(1, puts(recB), nil)) // and the session goes on
		})
	}
}

func beginning(in state.Intent) func(*state.Session) error {
	return func(s *state.Session) error { _, err := s.Begin(in); return err }
}

func settling(seq uint64, effects []state.Effect, open []int) func(*state.Session) error {
	return func(s *state.Session) error { return s.Settle(seq, effects, open) }
}

// TestKeysMove holds that keys may go from one address to another, within one
// settlement and in several.
func TestKeysMove(t *testing.T) {
	s := open(t, &memory{}, state.OpenOptions{})
	must(t, s.Settle(0, puts(recA, recB), nil))
	must(t, s.Settle(0, puts(rec("tracking.a", "sto/22222", "A"), rec("tracking.b", "sto/11111", "B")), nil))
	must(t, s.Settle(0, append(puts(rec("tracking.c", "sto/22222", "A")), state.Effect{Addr: "tracking.a"}), nil))
	must(t, s.Settle(0, puts(rec("tracking.b", "sto/44444", "B")), nil))
	must(t, s.Settle(0, puts(rec("tracking.d", "sto/11111", "D")), nil))
	diff(t, "state", []string{"tracking.b sto/44444 B", "tracking.c sto/22222 A", "tracking.d sto/11111 D"}, titles(s.State()))
	must(t, s.Commit(t.Context()))
	if err := s.Settle(0, puts(rec("tracking.e", "sto/44444", "E")), nil); err == nil {
		t.Error("a key that is taken can be taken again after a commit")
	}
}

func TestSerial(t *testing.T) {
	dir := t.TempDir()
	s := open(t, local.New(dir, stateName), state.OpenOptions{Tool: "tmsync/1"})
	defer s.Close()
	want := uint64(0)
	commit := func(what string, changed bool) {
		t.Helper()
		if changed {
			want++
		}
		must(t, s.Commit(t.Context()))
		if got := s.State().Serial; got != want {
			t.Errorf("%s: serial %d, want %d", what, got, want)
		}
	}
	commit("nothing", false)
	if _, err := os.Stat(dir + "/" + stateName); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a state was written for nothing: %v", err)
	}
	must(t, s.Settle(0, puts(recA), nil))
	commit("a record", true)
	must(t, s.Settle(0, puts(rec("tracking.a", "sto/11111", "A")), nil))
	must(t, s.Settle(0, []state.Effect{{Addr: "tracking.none"}}, nil))
	commit("the same record, and one dropped that was not there", false)
	seq := begin(t, s, creates(recB))
	commit("something in doubt", false)
	must(t, s.Settle(seq, nil, nil))
	commit("a request that did nothing", false)
	if _, err := os.Stat(journalPath(dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the journal is still there: %v", err)
	}
	account := s.State().AccountFingerprint("x")
	s.SetAccount("https://api.example.org", account)
	commit("the account", true)
	s.SetAccount("https://api.example.org", account)
	commit("the same account", false)
	if got := s.State(); got.Account != account || got.Tool != "tmsync/1" || len(got.Records) != 1 {
		t.Errorf("the state is %+v", got.Records)
	}
}

// TestStateStays holds that a state once handed out does not change under the
// planner's hands.
func TestStateStays(t *testing.T) {
	s := open(t, &memory{}, state.OpenOptions{})
	must(t, s.Settle(0, puts(recB), nil))
	before := s.State()
	must(t, s.Settle(0, puts(recA, rec("tracking.b", "sto/22222", "B2"), recC), nil))
	must(t, s.Commit(t.Context()))
	diff(t, "old state", []string{"tracking.b sto/22222 B"}, titles(before))
	diff(t, "new state", []string{"tracking.a sto/11111 A", "tracking.b sto/22222 B2", "tracking.c sto/33333 C"}, titles(s.State()))
}

// TestReadOnly holds that a session that only reads leaves every byte alone, and
// still settles in memory.
func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	seed(t, dir, recA)
	store := newMortal(dir)
	s := open(t, store, state.OpenOptions{})
	begin(t, s, creates(recB))
	store.die(t)
	file, journal := readFile(t, dir+"/"+stateName), readFile(t, journalPath(dir))

	s = open(t, local.New(dir, stateName), state.OpenOptions{ReadOnly: true, Operation: "plan"})
	must(t, s.Settle(1, puts(recB), nil))
	diff(t, "state", []string{"tracking.a sto/11111 A", "tracking.b sto/22222 B"}, titles(s.State()))
	if _, err := s.Begin(creates(recC)); err == nil {
		t.Error("a request can be begun")
	}
	if err := s.Commit(t.Context()); err == nil {
		t.Error("the state can be committed")
	}
	must(t, s.Close())
	diff(t, "state file", string(file), string(readFile(t, dir+"/"+stateName)))
	diff(t, "journal", string(journal), string(readFile(t, journalPath(dir))))
}

// TestKeyChange holds that a run without the state key drops what was
// fingerprinted with it, keeps everything else, and converges.
func TestKeyChange(t *testing.T) {
	store := &memory{}
	s := open(t, store, state.OpenOptions{StateKey: []byte("key")})
	named := func(s *state.Session, r *state.Record) *state.Record {
		c := *r
		c.Applied = r.Applied.Clone()
		c.Applied.Put(tracking.CustomerName, s.State().Fingerprint(r.Key.Number, tracking.CustomerName, "Ann"))
		return &c
	}
	must(t, s.Settle(0, puts(named(s, recA)), nil))
	must(t, s.Commit(t.Context()))
	must(t, s.Settle(0, puts(named(s, recB)), nil))
	begin(t, s, creates(named(s, recC)))

	for _, crash := range []bool{true, true, false} { // the journal is started anew, is added to, is committed
		s = open(t, store, state.OpenOptions{})
		if !s.State().KeyChanged {
			t.Fatal("the change of the key is not told")
		}
		for _, addr := range []tracking.Addr{"tracking.a", "tracking.b"} {
			if got := s.State().Find(addr).Applied.Set(); got != tracking.AttrSetOf(tracking.Title) {
				t.Errorf("%s still has %v", addr, got)
			}
		}
		doubt := s.InDoubt()[0].Items[0]
		if doubt.Attrs.Has(tracking.CustomerName) || doubt.Record.Applied.Has(tracking.CustomerName) {
			t.Error("what is in doubt still has the old fingerprint")
		}
		if d := s.State().Find("tracking.d"); d != nil && !d.Applied.Has(tracking.CustomerName) {
			t.Error("what was settled with the new key is dropped as well")
		}
		if crash {
			d := named(s, rec("tracking.d", "sto/44444", "D"))
			must(t, s.Settle(begin(t, s, creates(d)), puts(d), nil))
		}
	}
	must(t, s.Commit(t.Context()))
	s = open(t, store, state.OpenOptions{})
	if s.State().KeyChanged {
		t.Error("it does not converge")
	}
	diff(t, "state", []string{"tracking.a sto/11111 A", "tracking.b sto/22222 B", "tracking.d sto/44444 D"}, titles(s.State()))
	diff(t, "doubts", []string{"1 create tracking.c sto/33333"}, doubts(s))
}

// TestKeyChangeAlone holds that a change of the key is kept by a commit though
// nothing else has changed, and is told when only the journal has another one.
func TestKeyChangeAlone(t *testing.T) {
	store := &memory{}
	s := open(t, store, state.OpenOptions{StateKey: []byte("key")})
	must(t, s.Settle(0, puts(recA), nil))
	must(t, s.Commit(t.Context()))
	begin(t, s, creates(recB))
	other := state.OpenOptions{}
	s = open(t, store, other)
	must(t, s.Commit(t.Context()))
	journal := store.journal
	s = open(t, store, other)
	if s.State().KeyChanged || s.State().Serial != 2 {
		t.Errorf("KeyChanged %t at serial %d, want false at 2", s.State().KeyChanged, s.State().Serial)
	}
	store.journal = bytes.Replace(journal, []byte(`"key_id":"salt"`), []byte(`"key_id":"0000000000000000"`), 1)
	store.journal = append([]byte(line(string(bytes.Split(store.journal, []byte("\n"))[0][18:]))), bytes.SplitAfterN(store.journal, []byte("\n"), 2)[1]...)
	s = open(t, store, other)
	if !s.State().KeyChanged {
		t.Error("the other key of the journal is not told")
	}
}

// broken is a store whose writing fails.
type broken struct {
	memory
	swap, journal error
}

func (b *broken) Swap(ctx context.Context, old state.Version, write func(io.Writer) error) (state.Version, error) {
	if b.swap != nil {
		return "", b.swap
	}
	return b.memory.Swap(ctx, old, write)
}

func (b *broken) Journal() state.Journal { return brokenJournal{b.memory.Journal(), b} }

type brokenJournal struct {
	state.Journal
	b *broken
}

func (j brokenJournal) Append(ctx context.Context, data []byte) error {
	if j.b.journal != nil {
		return j.b.journal
	}
	return j.Journal.Append(ctx, data)
}

// TestFailureIsFinal holds that nothing is begun any more once writing failed.
func TestFailureIsFinal(t *testing.T) {
	full := errors.New("no space left on device")
	for _, where := range []string{"journal", "swap"} {
		t.Run(where, func(t *testing.T) {
			store := &broken{}
			s := open(t, store, state.OpenOptions{})
			begin(t, s, creates(recA))
			if where == "swap" {
				must(t, s.Settle(1, puts(recA), nil))
				store.swap = full
				if err := s.Commit(t.Context()); !errors.Is(err, full) {
					t.Errorf("Commit() = %v", err)
				}
			} else {
				store.journal = full
				if err := s.Settle(1, puts(recA), nil); !errors.Is(err, full) {
					t.Errorf("Settle() = %v", err)
				}
			}
			store.swap, store.journal = nil, nil
			if _, err := s.Begin(creates(recB)); !errors.Is(err, full) {
				t.Errorf("Begin() = %v, want the first error", err)
			}
			if err := s.Settle(0, puts(recB), nil); !errors.Is(err, full) {
				t.Errorf("Settle() = %v, want the first error", err)
			}
			if err := s.Commit(t.Context()); !errors.Is(err, full) {
				t.Errorf("Commit() = %v, want the first error", err)
			}
		})
	}
}

func TestClosed(t *testing.T) {
	s := open(t, local.New(t.TempDir(), stateName), state.OpenOptions{})
	must(t, s.Close())
	must(t, s.Close())
	if _, err := s.Begin(creates(recA)); err == nil {
		t.Error("a closed session begins a request")
	}
	if err := s.Settle(0, puts(recA), nil); err == nil {
		t.Error("a closed session settles")
	}
}

// TestConflict holds that a state that somebody else replaced is not
// overwritten, and that the outcomes stay in the journal.
func TestConflict(t *testing.T) {
	dir := t.TempDir()
	seed(t, dir, recA)
	s := open(t, local.New(dir, stateName), state.OpenOptions{})
	begin(t, s, creates(recB))
	must(t, s.Settle(1, puts(recB), nil))
	seed2 := everything()
	writeFile(t, dir+"/"+stateName, write(t, seed2))
	err := s.Commit(t.Context())
	if !errors.Is(err, state.ErrConflict) {
		t.Fatalf("Commit() = %v, want ErrConflict", err)
	}
	must(t, s.Close())
	diff(t, "state file", string(write(t, seed2)), string(readFile(t, dir+"/"+stateName)))
	if !strings.Contains(string(readFile(t, journalPath(dir))), "sto") {
		t.Error("the journal has lost the outcome")
	}
	if _, err := os.Stat(dir + "/" + stateName + ".backup"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a backup was made of it: %v", err)
	}
}
