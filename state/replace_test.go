package state_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/local"
	"github.com/tmsync/tmsync/state/statetest"
)

// another is a state with one record, D.
func another(lineage string, serial uint64) *state.State {
	return &state.State{Lineage: lineage, Serial: serial, Salt: "s2", KeyID: "0123456789abcdef", Records: []state.Record{*recD}}
}

func TestObjection(t *testing.T) {
	same := func(s *state.Session) *state.State {
		now := s.Folded()
		return &state.State{Lineage: now.Lineage, Serial: now.Serial, Tool: "other", Salt: now.Salt, KeyID: now.KeyID, Endpoint: now.Endpoint, Account: now.Account, Records: now.Records}
	}
	lineage := func(serial uint64) func(s *state.Session) *state.State {
		return func(s *state.Session) *state.State { return another(s.State().Lineage, serial) }
	}
	settle := func(s *state.Session) error { return s.Settle(0, puts(recB), nil) }
	tests := []struct {
		name string
		file string
		do   func(*state.Session) error
		next func(*state.Session) *state.State
		want string // "" is no objection
	}{
		{"nothing is there", "", nil, func(*state.Session) *state.State { return another("x", 1) }, ""},
		{"a journal is there", "", settle, func(*state.Session) *state.State { return another("x", 1) }, "different lineages"},
		{"newer", stateFile5, nil, lineage(6), ""},
		{"older", stateFile5, nil, lineage(4), "the file is older: it is serial 4"},
		{"of the same serial", stateFile5, nil, lineage(5), "both are serial 5, and they differ"},
		{"the same", stateFile5, nil, same, ""},
		{"the same, pulled with the journal", stateFile5, settle, same, ""},
		{"of another lineage", stateFile5, nil, func(*state.Session) *state.State { return another("x", 9) }, "different lineages"},
		{"in doubt", stateFile5, beginning(creates(recB)), lineage(6), "what became of 1 of an earlier run's requests is not known"},
		{"damaged", "x\n", nil, lineage(6), "line 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if tt.file != "" {
				must(t, os.WriteFile(filepath.Join(dir, stateName), []byte(tt.file), 0o600))
			}
			if tt.do != nil {
				s := open(t, local.New(dir, stateName), state.OpenOptions{})
				must(t, tt.do(s))
				must(t, s.Close())
			}
			s := open(t, local.New(dir, stateName), state.OpenOptions{Mend: true, AsIs: true})
			err := s.Objection(tt.next(s))
			if got := fmt.Sprint(err); (err == nil) != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("Objection() = %v, want %q", err, tt.want)
			}
			must(t, s.Close())
		})
	}
}

// TestReplace puts another state in the place of one with everything open, of a
// damaged one, and of one whose journal is damaged.
func TestReplace(t *testing.T) {
	for _, damage := range []string{"", stateName, ".tmsync/tmsync.state.jsonl/journal.jsonl"} {
		t.Run("damaged "+damage, func(t *testing.T) {
			dir := t.TempDir()
			seed(t, dir, recA)
			store := local.New(dir, stateName)
			s := open(t, store, state.OpenOptions{})
			begin(t, s, creates(recB, recC))
			must(t, s.Settle(1, puts(recB), []int{1}))
			must(t, s.Close())
			if damage != "" {
				must(t, os.WriteFile(filepath.Join(dir, damage), []byte("damage\nand more\n"), 0o600))
			}
			s = open(t, store, state.OpenOptions{Mend: true, AsIs: true, Tool: "t"})
			if (s.Damage() != nil) != (damage != "") {
				t.Errorf("Damage() = %v", s.Damage())
			}
			if err := s.Settle(0, puts(recA), nil); damage != "" && err == nil {
				t.Error("a damaged state takes outcomes")
			}
			must(t, s.Replace(t.Context(), another("l2", 7)))
			must(t, s.Close())

			s = open(t, store, state.OpenOptions{AsIs: true})
			diff(t, "the state", []string{"tracking.d sto/44444 D"}, titles(s.State()))
			diff(t, "in doubt", []string(nil), doubts(s))
			if st := s.State(); st.Serial != 8 || st.Lineage != "l2" || st.KeyID != "0123456789abcdef" || st.Tool != "t" || s.RolledBack() != nil {
				t.Errorf("serial %d, lineage %s, key %s, tool %s, %v", st.Serial, st.Lineage, st.KeyID, st.Tool, s.RolledBack())
			}
			must(t, s.Settle(0, puts(recA), nil))
			must(t, s.Commit(t.Context()))
			must(t, s.Close())
		})
	}
}

// TestReplaceAboveSeen holds that a replaced state is newer than the one that was
// seen, which is damaged now.
func TestReplaceAboveSeen(t *testing.T) {
	dir := t.TempDir()
	store := local.New(dir, stateName)
	s := open(t, store, state.OpenOptions{})
	for _, r := range []*state.Record{recA, recB, recC} {
		must(t, s.Settle(0, puts(r), nil))
		must(t, s.Commit(t.Context()))
	}
	old := another(s.State().Lineage, 1)
	must(t, s.Close())
	must(t, os.WriteFile(filepath.Join(dir, stateName), []byte("damage\n"), 0o600))
	s = open(t, store, state.OpenOptions{Mend: true})
	must(t, s.Replace(t.Context(), old))
	if got := s.State().Serial; got != 4 {
		t.Errorf("it is serial %d, want 4", got)
	}
	must(t, s.Close())
	old.Serial = 1 << 53
	s = open(t, store, state.OpenOptions{})
	if err := s.Replace(t.Context(), old); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("Replace() = %v", err)
	}
	must(t, s.Close())
}

// TestReplaceAnywhere kills a replacement at each of its operations, and lets the
// power go there: the old state is found or the new one, and a run can go on.
func TestReplaceAnywhere(t *testing.T) {
	prepared := func() *statetest.Disk {
		d := statetest.NewDisk()
		d.WriteFile(statetest.Root+"/"+stateName, []byte(stateFile5))
		p := d.Process()
		s := open(t, p.Store(stateName), state.OpenOptions{})
		begin(t, s, creates(recB, recC))
		must(t, s.Settle(1, puts(recB), []int{1}))
		p.Kill()
		return d.PowerLoss(statetest.Everything)
	}
	replace := func(p *statetest.Process) (log logbook, err error) {
		s, err := state.Open(t.Context(), p.Store(stateName), state.OpenOptions{AsIs: true})
		if err != nil {
			return nil, err
		}
		log = append(log, known(s)) // before
		if err := s.Commit(t.Context()); err != nil {
			return nil, err
		}
		log = append(log, known(s), knowledge(fmt.Sprintf("%q, in doubt [], serial 6", titles(s.State()))))
		if err := s.Replace(t.Context(), another("l2", 3)); err != nil {
			return nil, err
		}
		return append(log, known(s)), s.Close()
	}
	wants, err := replace(prepared().Process())
	must(t, err)
	images := 0
	for n, reached := 1, true; reached; n++ {
		d := prepared()
		p := d.Process()
		hook := statetest.At(n, statetest.Fault{Kill: true})
		reached = false
		p.Hook = func(op statetest.Op) statetest.Fault {
			f := hook(op)
			reached = reached || f != statetest.Fault{}
			return f
		}
		_, err := replace(p)
		if (err != nil) != reached {
			t.Fatalf("at operation %d: %v", n, err)
		}
		p.Kill()
		for choice := range uint64(12) {
			keep := rand.New(rand.NewPCG(choice, 1)).IntN
			switch choice {
			case 0:
				keep = statetest.Nothing
			case 1:
				keep = statetest.Everything
			}
			images++
			if !among(t, fmt.Sprintf("at operation %d, choice %d", n, choice), d.PowerLoss(keep), wants) {
				return
			}
		}
		if !among(t, fmt.Sprintf("at operation %d", n), d, wants) {
			return
		}
	}
	if images < 300 {
		t.Errorf("only %d images", images)
	}
}

// TestKeep copies the state and the journal to names that nothing replaces.
func TestKeep(t *testing.T) {
	dir := t.TempDir()
	store := local.New(dir, stateName)
	names, err := store.Keep(t.Context(), time.Unix(1700000000, 0))
	must(t, err)
	diff(t, "with no state", []string(nil), names)
	seed(t, dir, recA)
	first, err := os.ReadFile(filepath.Join(dir, stateName))
	must(t, err)
	names, err = store.Keep(t.Context(), time.Unix(1700000000, 0))
	must(t, err)
	diff(t, "without a journal", []string{stateName + ".2023-11-14T22-13-20Z.backup"}, names)
	s := open(t, store, state.OpenOptions{})
	begin(t, s, creates(recB))
	names, err = store.Keep(t.Context(), time.Unix(1700000000, 0))
	must(t, err)
	diff(t, "with a journal", []string{stateName + ".2023-11-14T22-13-20Z-2.backup", ".tmsync/tmsync.state.jsonl/journal.jsonl.2023-11-14T22-13-20Z.backup"}, names)
	must(t, s.Close())
	for _, name := range []string{stateName + ".2023-11-14T22-13-20Z.backup", stateName + ".2023-11-14T22-13-20Z-2.backup"} {
		info, err := os.Stat(filepath.Join(dir, name))
		must(t, err)
		got, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		if string(got) != string(first) || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v and\n%s", name, info.Mode(), got)
		}
	}
}

// TestKeepTen keeps the last ten copies, and removes nothing else: not the state before
// the present one, no file of the user's, and not the copy that was just made, even by
// a clock that goes backwards.
func TestKeepTen(t *testing.T) {
	dir := t.TempDir()
	store := local.New(dir, stateName)
	seed(t, dir, recA)
	others := []string{stateName + ".backup", stateName + ".before-the-move.backup", stateName + ".2023.backup", "other." + stateName + ".1700000000.backup"}
	for _, name := range others {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600))
	}
	must(t, os.WriteFile(filepath.Join(dir, stateName+".1600000000.backup"), []byte("of an earlier version"), 0o600))
	copies := func() (marks []string) {
		entries, err := os.ReadDir(dir)
		must(t, err)
		for _, e := range entries {
			if mark, found := strings.CutPrefix(e.Name(), stateName+"."); found && !slices.Contains(others, e.Name()) {
				marks = append(marks, mark)
			}
		}
		return marks
	}
	for n := range 11 {
		at := time.Unix(1700000000+int64(n/2)*60, 0) // two in each second
		_, err := store.Keep(t.Context(), at)
		must(t, err)
	}
	diff(t, "after eleven", []string{
		"2023-11-14T22-13-20Z-2.backup", "2023-11-14T22-14-20Z-2.backup", "2023-11-14T22-14-20Z.backup", "2023-11-14T22-15-20Z-2.backup", "2023-11-14T22-15-20Z.backup",
		"2023-11-14T22-16-20Z-2.backup", "2023-11-14T22-16-20Z.backup", "2023-11-14T22-17-20Z-2.backup", "2023-11-14T22-17-20Z.backup", "2023-11-14T22-18-20Z.backup",
	}, copies())
	names, err := store.Keep(t.Context(), time.Unix(1500000000, 0))
	must(t, err)
	diff(t, "by a clock that went backwards", []string{stateName + ".2017-07-14T02-40-00Z.backup"}, names)
	if got := copies(); len(got) != 10 || got[0] != "2017-07-14T02-40-00Z.backup" {
		t.Errorf("kept %q", got)
	}
	for _, name := range others {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// TestKeepKilled kills a copy at each of its operations: no copy that is there is a
// part of one, and what is left is swept up.
func TestKeepKilled(t *testing.T) {
	for n, killed := 1, true; killed; n++ {
		d := statetest.NewDisk()
		d.WriteFile(statetest.Root+"/"+stateName, []byte(stateFile5))
		p := d.Process()
		p.Hook = statetest.At(n, statetest.Fault{Kill: true, Part: true})
		_, err := p.Store(stateName).Keep(t.Context(), time.Unix(1700000000, 0))
		killed = err != nil
		p.Kill()
		must(t, open(t, d.Process().Store(stateName), state.OpenOptions{}).Close())
		for name, data := range d.Files() {
			if strings.Contains(name, ".tmp-") || strings.HasSuffix(name, ".backup") && len(data) > 0 && string(data) != stateFile5 {
				t.Errorf("at operation %d, %s is left with %q", n, name, data)
			}
		}
		if !killed && n < 8 {
			t.Errorf("it has only %d operations", n-1)
		}
	}
}

// TestAsIs hands the fingerprints of a state on, whichever key made them.
func TestAsIs(t *testing.T) {
	dir, key := t.TempDir(), []byte("a key")
	store := local.New(dir, stateName)
	s := open(t, store, state.OpenOptions{StateKey: key})
	r := rec("tracking.a", "sto/11111", "A")
	r.Applied.Put(tracking.CustomerName, s.State().Fingerprint("11111", tracking.CustomerName, "Ann"))
	must(t, s.Settle(0, puts(r), nil))
	must(t, s.Close()) // the journal alone has it
	for _, commit := range []bool{false, true} {
		s = open(t, store, state.OpenOptions{AsIs: true, StateKey: key})
		must(t, s.Settle(0, puts(recB), nil))
		if commit {
			must(t, s.Commit(t.Context()))
		}
		if st := s.State(); st.KeyID != state.KeyID(key) || st.KeyChanged {
			t.Errorf("key %s, changed %v", st.KeyID, st.KeyChanged)
		}
		must(t, s.Close())
	}
	s = open(t, store, state.OpenOptions{StateKey: key})
	st := s.State()
	if got := st.Find("tracking.a").Applied.Value(tracking.CustomerName); st.KeyChanged || !st.Same("11111", tracking.CustomerName, got, "Ann") {
		t.Errorf("changed %v, and the fingerprint is %q", st.KeyChanged, got)
	}
	must(t, s.Close())
}

// TestClearLock clears the name of the last holder, and of nobody else.
func TestClearLock(t *testing.T) {
	dir := t.TempDir()
	store := local.New(dir, stateName)
	clearLock := func() (*state.Info, error) { return store.ClearLock(t.Context()) }
	if left, err := clearLock(); left != nil || err != nil {
		t.Errorf("without a lock: %v, %v", left, err)
	}
	if entries, err := os.ReadDir(dir); len(entries) > 0 || err != nil {
		t.Errorf("it has made %v, %v", entries, err)
	}
	unlock, err := store.Lock(t.Context(), state.Info{ID: "L1", Operation: "apply"}, 0)
	must(t, err)
	_, err = clearLock()
	var locked *state.LockedError
	if !errors.As(err, &locked) || locked.Holder == nil || locked.Holder.ID != "L1" {
		t.Errorf("held: %v", err)
	}
	must(t, unlock())
	left, err := clearLock()
	must(t, err)
	if left == nil || left.String() != "apply, lock id L1" {
		t.Errorf("left is %v", left)
	}
	if left, err = clearLock(); left != nil || err != nil {
		t.Errorf("cleared: %v, %v", left, err)
	}
	unlock, err = store.Lock(t.Context(), state.Info{}, 0)
	must(t, err)
	must(t, unlock())
}

// TestEqual finds each part in which two states can differ.
func TestEqual(t *testing.T) {
	a := another("l", 1)
	b := another("l", 2)
	b.Tool = "other"
	if !a.Equal(b) {
		t.Error("the serial and the tool count")
	}
	for i, change := range []func(*state.State){
		func(s *state.State) { s.Lineage = "m" },
		func(s *state.State) { s.Salt = "m" },
		func(s *state.State) { s.KeyID = "m" },
		func(s *state.State) { s.Endpoint = "m" },
		func(s *state.State) { s.Account = "m" },
		func(s *state.State) { s.Records = slices.Concat(s.Records, []state.Record{*recA}) },
		func(s *state.State) { s.Records = []state.Record{*recA} },
	} {
		b := another("l", 1)
		if change(b); a.Equal(b) {
			t.Errorf("change %d is not found", i)
		}
	}
}
