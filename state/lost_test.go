package state_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/local"
)

// TestTakenAway takes what a run rests on away while it goes on. The run notices
// before its next request, writes what it knows, and the next one goes on from
// there.
func TestTakenAway(t *testing.T) {
	recD := rec("tracking.d", "sto/44444", "D")
	remove := func(names ...string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			for _, name := range names {
				must(t, os.RemoveAll(filepath.Join(dir, name)))
			}
		}
	}
	notes := filepath.Join(".tmsync", stateName)
	tests := []struct {
		name  string
		take  func(*testing.T, string)
		cause string
	}{
		{"state", remove(stateName), "the state tmsync.state.jsonl: it was removed"},
		{"state and backup", remove(stateName, stateName+".backup"), "the state tmsync.state.jsonl: it was removed"},
		{"journal", remove(filepath.Join(notes, "journal.jsonl")), "the journal .tmsync/tmsync.state.jsonl/journal.jsonl: it was removed"},
		{"lock", remove(filepath.Join(notes, "lock")), "the lock .tmsync/tmsync.state.jsonl/lock: it was removed"},
		{"notes", remove(notes), "the lock .tmsync/tmsync.state.jsonl/lock: it was removed"},
		{"all notes", remove(".tmsync"), "the lock .tmsync/tmsync.state.jsonl/lock: it was removed"},
		{"all but the directory", remove(".tmsync", stateName, stateName+".backup"), "the lock .tmsync/tmsync.state.jsonl/lock: it was removed"},
	}
	for _, tt := range tests {
		for _, when := range []string{"request", "settlement", "commit"} {
			t.Run(tt.name+" before a "+when, func(t *testing.T) {
				dir := t.TempDir()
				seed(t, dir, recA)
				s := open(t, local.New(dir, stateName), state.OpenOptions{})
				must(t, s.Settle(begin(t, s, creates(recB)), puts(recB), nil))
				begin(t, s, creates(recC))
				last := begin(t, s, creates(recD))
				if when != "settlement" {
					must(t, s.Settle(last, puts(recD), nil))
				}
				tt.take(t, dir)
				var err error
				switch when {
				case "request":
					_, err = s.Begin(creates(rec("tracking.e", "sto/55555", "E")))
				case "settlement":
					if err = s.Settle(last, puts(recD), nil); err == nil { // on to the next request
						_, err = s.Begin(creates(rec("tracking.e", "sto/55555", "E")))
					}
				case "commit":
					err = s.Commit(t.Context())
				}
				if lost := new(state.LostError); !errors.As(err, &lost) {
					t.Fatalf("error %v, want a LostError", err)
				}
				if when != "settlement" && !strings.Contains(err.Error(), tt.cause) {
					t.Errorf("error %q, want %q", err, tt.cause)
				}
				if !strings.HasSuffix(err.Error(), "nothing more was sent. All that this run knows is in tmsync.state.jsonl and .tmsync/tmsync.state.jsonl/journal.jsonl: run tmsync apply again") {
					t.Errorf("error %q does not say where what is known is", err)
				}
				if _, err := s.Begin(creates(rec("tracking.e", "sto/55555", "E"))); err == nil {
					t.Error("and then it goes on")
				}
				must(t, s.Close())
				s = open(t, local.New(dir, stateName), state.OpenOptions{})
				diff(t, "state", []string{"tracking.a sto/11111 A", "tracking.b sto/22222 B", "tracking.d sto/44444 D"}, titles(s.State()))
				diff(t, "in doubt", []string{"2 create tracking.c sto/33333"}, doubts(s))
				must(t, s.Close())
			})
		}
	}
}

// TestDirectoryTakenAway holds that what is known goes elsewhere with the whole
// directory gone, and that copying it back is enough.
func TestDirectoryTakenAway(t *testing.T) {
	root := t.TempDir()
	dir, rescue := filepath.Join(root, "shop"), filepath.Join(root, "rescue")
	must(t, os.Mkdir(dir, 0o700))
	seed(t, dir, recA)
	store := local.New(dir, stateName)
	store.Rescue = func() (string, error) { return rescue, os.Mkdir(rescue, 0o700) }
	s := open(t, store, state.OpenOptions{})
	must(t, s.Settle(begin(t, s, creates(recB)), puts(recB), nil))
	begin(t, s, creates(recC))
	must(t, os.RemoveAll(dir))
	_, err := s.Begin(creates(rec("tracking.e", "sto/55555", "E")))
	if err == nil || !strings.Contains(err.Error(), "so it is in "+rescue+" now, the state and .tmsync with the journal: copy all of that into the directory of tmsync.state.jsonl, then run tmsync apply again") {
		t.Errorf("Begin() = %v", err)
	}
	must(t, s.Close())
	must(t, os.CopyFS(dir, os.DirFS(rescue)))
	s = open(t, local.New(dir, stateName), state.OpenOptions{})
	diff(t, "state", []string{"tracking.a sto/11111 A", "tracking.b sto/22222 B"}, titles(s.State()))
	diff(t, "in doubt", []string{"2 create tracking.c sto/33333"}, doubts(s))
	must(t, s.Close())
}

// TestLockTakenByAnother has the notes removed and another run begin: that one is
// left alone, and what is known goes elsewhere.
func TestLockTakenByAnother(t *testing.T) {
	dir, rescue := t.TempDir(), t.TempDir()
	seed(t, dir, recA)
	store := local.New(dir, stateName)
	store.Rescue = func() (string, error) { return rescue, nil }
	s := open(t, store, state.OpenOptions{})
	must(t, s.Settle(begin(t, s, creates(recB)), puts(recB), nil))
	must(t, os.RemoveAll(filepath.Join(dir, ".tmsync")))
	other := open(t, local.New(dir, stateName), state.OpenOptions{})
	begin(t, other, creates(recC))
	before := string(readFile(t, journalPath(dir)))
	_, err := s.Begin(creates(rec("tracking.e", "sto/55555", "E")))
	if err == nil || !strings.Contains(err.Error(), "Another run may be at work: let it end") || !strings.Contains(err.Error(), rescue) {
		t.Errorf("Begin() = %v", err)
	}
	diff(t, "the other's journal", before, string(readFile(t, journalPath(dir))))
	must(t, errors.Join(s.Close(), other.Settle(1, puts(recC), nil), other.Commit(t.Context()), other.Close()))
	s = open(t, local.New(rescue, stateName), state.OpenOptions{})
	diff(t, "elsewhere", []string{"tracking.a sto/11111 A", "tracking.b sto/22222 B"}, titles(s.State()))
	must(t, s.Close())
}

// TestReplacedMeanwhile puts another state in the place of the one that a run has
// read: that one stays, and what the run knows is taken over on top of it.
func TestReplacedMeanwhile(t *testing.T) {
	for _, same := range []bool{true, false} {
		dir, elsewhere := t.TempDir(), t.TempDir()
		seed(t, dir, recA)
		if same {
			writeFile(t, filepath.Join(elsewhere, stateName), readFile(t, filepath.Join(dir, stateName)))
		}
		seed(t, elsewhere, rec("tracking.x", "sto/99999", "X"))
		s := open(t, local.New(dir, stateName), state.OpenOptions{})
		must(t, s.Settle(begin(t, s, creates(recB)), puts(recB), nil))
		begin(t, s, creates(recC))
		writeFile(t, filepath.Join(dir, stateName), readFile(t, filepath.Join(elsewhere, stateName)))
		_, err := s.Begin(creates(rec("tracking.e", "sto/55555", "E")))
		if lost := new(state.LostError); !errors.As(err, &lost) || !errors.Is(err, state.ErrConflict) ||
			!strings.Contains(err.Error(), "What this run has done is in the journal .tmsync/tmsync.state.jsonl/journal.jsonl") {
			t.Errorf("Begin() = %v", err)
		}
		must(t, s.Close())
		diff(t, "the other state", string(readFile(t, filepath.Join(elsewhere, stateName))), string(readFile(t, filepath.Join(dir, stateName))))
		s, err = state.Open(t.Context(), local.New(dir, stateName), state.OpenOptions{})
		if !same {
			if err == nil || !strings.Contains(err.Error(), "it belongs to another state") {
				t.Errorf("Open() = %v", err)
			}
			continue
		}
		must(t, err)
		diff(t, "state", []string{"tracking.a sto/11111 A", "tracking.b sto/22222 B", "tracking.x sto/99999 X"}, titles(s.State()))
		diff(t, "in doubt", []string{"2 create tracking.c sto/33333"}, doubts(s))
		must(t, s.Commit(t.Context()))
		must(t, s.Close())
	}
}

// TestTouched holds that a state that was only touched, or written again as it
// was, is no reason to stop.
func TestTouched(t *testing.T) {
	dir := t.TempDir()
	seed(t, dir, recA)
	s := open(t, local.New(dir, stateName), state.OpenOptions{})
	begin(t, s, creates(recB))
	data := readFile(t, filepath.Join(dir, stateName))
	must(t, os.Remove(filepath.Join(dir, stateName)))
	writeFile(t, filepath.Join(dir, stateName), data)
	must(t, s.Settle(begin(t, s, creates(recC)), puts(recC), nil))
	must(t, s.Commit(t.Context()))
	must(t, s.Close())
}

// TestPutBack removes the state beside a journal, and puts its backup back, as
// the message says: nothing of the journal is forgotten.
func TestPutBack(t *testing.T) {
	for _, how := range []string{"push", "copy", "push of an older one"} {
		t.Run(how, func(t *testing.T) {
			dir := t.TempDir()
			seed(t, dir, recA)
			path := filepath.Join(dir, stateName)
			oldest := readFile(t, path)
			seed(t, dir, rec("tracking.y", "sto/33333", "Y"))
			if how == "push of an older one" {
				seed(t, dir, recB)
			}
			s := open(t, local.New(dir, stateName), state.OpenOptions{})
			// What was y is c now: the older state must not remember both.
			must(t, s.Settle(0, []state.Effect{{Addr: "tracking.y"}, {Addr: recC.Addr, Record: recC}}, nil))
			begin(t, s, creates(rec("tracking.d", "sto/44444", "D")))
			must(t, s.Close())
			if how == "push of an older one" {
				writeFile(t, path, oldest)
				_, err := state.Open(t.Context(), local.New(dir, stateName), state.OpenOptions{})
				if err == nil || !strings.Contains(err.Error(), "To go on from the older one on purpose: tmsync state push --state=tmsync.state.jsonl tmsync.state.jsonl. What the journal") {
					t.Fatalf("Open() = %v", err)
				}
				writeFile(t, path+".backup", oldest)
			}
			must(t, os.Remove(path))
			_, err := state.Open(t.Context(), local.New(dir, stateName), state.OpenOptions{})
			if err == nil || !strings.Contains(err.Error(), "put the one before back: tmsync state push --state=tmsync.state.jsonl tmsync.state.jsonl.backup. The journal says what is newer.") {
				t.Fatalf("Open() = %v", err)
			}
			backup := readFile(t, path+".backup")
			if how == "copy" {
				writeFile(t, path, backup)
			} else {
				s = open(t, local.New(dir, stateName), state.OpenOptions{Mend: true, AsIs: true})
				next, err := parse(string(backup))
				must(t, err)
				must(t, s.Objection(next))
				must(t, s.Replace(t.Context(), next))
				must(t, s.Close())
			}
			s = open(t, local.New(dir, stateName), state.OpenOptions{})
			if how == "copy" {
				diff(t, "rolled back", &state.RolledBack{From: 2, To: 1}, s.RolledBack())
			}
			diff(t, "state", []string{"tracking.a sto/11111 A", "tracking.c sto/33333 C"}, titles(s.State()))
			diff(t, "in doubt", 1, len(doubts(s)))
			must(t, s.Commit(t.Context()))
			must(t, s.Close())
			got, err := parse(string(readFile(t, path)))
			must(t, err)
			if got.Serial < 3 {
				t.Errorf("serial %d is not above that of the state that is gone", got.Serial)
			}
		})
	}
}
