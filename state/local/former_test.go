package local_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/local"
	"github.com/tmsync/tmsync/state/statetest"
)

// interrupted leaves a state with a record and a request in doubt.
func interrupted(t *testing.T, dir, name string) {
	t.Helper()
	s := open(t, local.New(dir, name), state.OpenOptions{})
	must(t, s.Settle(0, puts(recA), nil))
	must(t, s.Commit(t.Context()))
	begin(t, s, creates(recB))
	must(t, s.Close())
}

var inDoubtB = []string{"1 create tracking.b sto/22222"}

// TestTwoStates holds that two states in one directory have nothing to do with
// each other, also while both are open.
func TestTwoStates(t *testing.T) {
	dir := t.TempDir()
	interrupted(t, dir, "a.jsonl")
	before := string(readFile(t, dir+"/.tmsync/a.jsonl/journal.jsonl"))
	a := open(t, local.New(dir, "a.jsonl"), state.OpenOptions{})
	b := open(t, local.New(dir, "b.jsonl"), state.OpenOptions{})
	diff(t, "b", []string(nil), append(doubts(b), titles(b.State())...))
	begin(t, b, creates(recC))
	must(t, b.Settle(1, puts(recC), nil))
	must(t, b.Commit(t.Context()))
	must(t, b.Close())
	diff(t, "a's journal", before, string(readFile(t, dir+"/.tmsync/a.jsonl/journal.jsonl")))
	diff(t, "a", inDoubtB, doubts(a))
	must(t, a.Settle(1, puts(recB), nil))
	must(t, a.Commit(t.Context()))
	diff(t, "a", []string{"tracking.a sto/11111 A", "tracking.b sto/22222 B"}, titles(a.State()))
	must(t, a.Close())
}

// TestOneStateByTwoPaths holds that a state is one, however it is named.
func TestOneStateByTwoPaths(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "states")
	must(t, os.Mkdir(dir, 0o700))
	must(t, os.Mkdir(filepath.Join(root, "elsewhere"), 0o700))
	must(t, os.Symlink(dir, filepath.Join(root, "link")))
	interrupted(t, dir, "a.jsonl")
	for _, at := range [][2]string{
		{root, "states/a.jsonl"}, {root, "link/a.jsonl"}, {filepath.Join(root, "link"), "a.jsonl"}, {dir, "./a.jsonl"},
		{filepath.Join(root, "elsewhere"), "../states/a.jsonl"}, {root, filepath.Join(dir, "a.jsonl")},
	} {
		s := open(t, local.New(at[0], at[1]), state.OpenOptions{})
		diff(t, at[1], inDoubtB, doubts(s))
		_, err := state.Open(t.Context(), local.New(dir, "a.jsonl"), state.OpenOptions{})
		if locked := new(state.LockedError); !errors.As(err, &locked) {
			t.Errorf("%v: Open() = %v, want a LockedError", at, err)
		}
		must(t, s.Close())
	}
}

// formerly brings what a state has into the places where earlier versions had it.
func formerly(t *testing.T, dir, name string) {
	t.Helper()
	notes := filepath.Join(dir, ".tmsync", name)
	for _, file := range []string{"journal.jsonl", "lock"} {
		must(t, os.Rename(filepath.Join(notes, file), filepath.Join(dir, ".tmsync", file)))
	}
	seen := strings.TrimSpace(string(readFile(t, filepath.Join(notes, "seen.json"))))
	writeFile(t, filepath.Join(dir, ".tmsync", "seen.json"), []byte(`{"`+name+`":`+seen+`}`))
	must(t, os.RemoveAll(notes))
}

// TestFormerJournal holds that a journal where earlier versions kept it belongs to
// the state whose lineage it carries.
func TestFormerJournal(t *testing.T) {
	dir := t.TempDir()
	interrupted(t, dir, "a.jsonl")
	formerly(t, dir, "a.jsonl")
	was := string(readFile(t, dir+"/.tmsync/journal.jsonl"))

	for _, name := range []string{"b.jsonl", stateName, "b.jsonl"} {
		s := open(t, local.New(dir, name), state.OpenOptions{})
		diff(t, "in doubt for "+name, []string(nil), doubts(s))
		must(t, s.Settle(begin(t, s, creates(recC)), puts(recC), nil))
		must(t, s.Commit(t.Context()))
		must(t, s.Close())
		diff(t, "the journal", was, string(readFile(t, dir+"/.tmsync/journal.jsonl")))
	}

	store := local.New(dir, "a.jsonl")
	diff(t, "seen", uint64(1), store.Seen().Serial)
	s := open(t, store, state.OpenOptions{ReadOnly: true})
	diff(t, "in doubt, for a plan", inDoubtB, doubts(s))
	must(t, s.Close())
	diff(t, "the journal", was, string(readFile(t, dir+"/.tmsync/journal.jsonl")))

	old, held, err := local.OS{}.TryLock(dir + "/.tmsync/lock")
	if !held || err != nil {
		t.Fatal(held, err)
	}
	_, err = state.Open(t.Context(), local.New(dir, "a.jsonl"), state.OpenOptions{})
	if locked := new(state.LockedError); !errors.As(err, &locked) {
		t.Errorf("while an earlier version runs: Open() = %v, want a LockedError", err)
	}
	must(t, old.Unlock())

	s = open(t, local.New(dir, "a.jsonl"), state.OpenOptions{})
	diff(t, "in doubt", inDoubtB, doubts(s))
	must(t, s.Close())
	diff(t, "the journal", was, string(readFile(t, dir+"/.tmsync/a.jsonl/journal.jsonl")))
	if _, err := os.Lstat(dir + "/.tmsync/journal.jsonl"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the former journal: %v", err)
	}
	s = open(t, local.New(dir, "a.jsonl"), state.OpenOptions{})
	diff(t, "in doubt", inDoubtB, doubts(s))
	must(t, s.Close())
}

// TestFormerJournalOfNoState holds that a first run's journal, which names no
// state, is given to none.
func TestFormerJournalOfNoState(t *testing.T) {
	dir := t.TempDir()
	s := open(t, local.New(dir, stateName), state.OpenOptions{})
	begin(t, s, creates(recB))
	must(t, s.Close())
	own, former := dir+"/.tmsync/"+stateName+"/journal.jsonl", dir+"/.tmsync/journal.jsonl"
	must(t, os.Rename(own, former))
	_, err := state.Open(t.Context(), local.New(dir, stateName), state.OpenOptions{})
	const want = ".tmsync/journal.jsonl: an earlier version of tmsync has left it, and it does not say which state it belongs to; " +
		"if an interrupted run of tmsync.state.jsonl has left it, move it to .tmsync/tmsync.state.jsonl/journal.jsonl; " +
		"if it is another state's, move it to .tmsync/NAME/journal.jsonl, NAME being that state's file name"
	if err == nil || err.Error() != want {
		t.Errorf("Open() = %v, want %s", err, want)
	}
	must(t, os.Rename(former, own))
	s = open(t, local.New(dir, stateName), state.OpenOptions{})
	diff(t, "in doubt", inDoubtB, doubts(s))
	must(t, s.Close())
}

// TestFormerJournalCrash takes the power away at each operation of taking a
// journal over: nothing that it has in doubt is forgotten.
func TestFormerJournalCrash(t *testing.T) {
	dir := t.TempDir()
	interrupted(t, dir, stateName)
	formerly(t, dir, stateName)
	taken := false
	for n := 0; !taken; n++ {
		for _, keep := range []statetest.Keep{statetest.Nothing, statetest.Everything} {
			d := statetest.NewDisk()
			for _, name := range []string{stateName, ".tmsync/journal.jsonl", ".tmsync/seen.json", ".tmsync/lock"} {
				d.WriteFile(statetest.Root+"/"+name, readFile(t, filepath.Join(dir, name)))
			}
			p := d.Process()
			p.Hook = statetest.At(n, statetest.Fault{Kill: true})
			taken = !p.Run(func() { must(t, open(t, p.Store(stateName), state.OpenOptions{}).Close()) })
			s := open(t, d.PowerLoss(keep).Process().Store(stateName), state.OpenOptions{})
			diff(t, "in doubt", inDoubtB, doubts(s))
			must(t, s.Close())
		}
	}
}

// TestJournalLeftBehind holds that a journal is missed where the state was given
// another name, and left to its state where that is there.
func TestJournalLeftBehind(t *testing.T) {
	dir := t.TempDir()
	interrupted(t, dir, "a.jsonl")
	must(t, os.Rename(dir+"/a.jsonl", dir+"/b.jsonl"))
	_, err := state.Open(t.Context(), local.New(dir, "b.jsonl"), state.OpenOptions{})
	const want = `.tmsync/a.jsonl/journal.jsonl: it belongs to the state in b.jsonl, which had the name "a.jsonl" when a run was interrupted; ` +
		"give the state its name back, or let the journal follow it: move it to .tmsync/b.jsonl/journal.jsonl"
	if err == nil || err.Error() != want {
		t.Errorf("Open() = %v, want %s", err, want)
	}
	must(t, os.Rename(dir+"/.tmsync/a.jsonl/journal.jsonl", dir+"/.tmsync/b.jsonl/journal.jsonl"))
	s := open(t, local.New(dir, "b.jsonl"), state.OpenOptions{})
	diff(t, "in doubt", inDoubtB, doubts(s))
	must(t, s.Close())

	writeFile(t, dir+"/c.jsonl", readFile(t, dir+"/b.jsonl"))
	s = open(t, local.New(dir, "c.jsonl"), state.OpenOptions{})
	diff(t, "a copy", []string(nil), doubts(s))
	must(t, s.Close())
}

// TestStateExchanged holds that a journal is neither folded into another state
// that was put in the place of its own, nor lost.
func TestStateExchanged(t *testing.T) {
	dir := t.TempDir()
	interrupted(t, dir, "a.jsonl")
	seed(t, dir, recC)
	a, other := readFile(t, dir+"/a.jsonl"), readFile(t, dir+"/"+stateName)
	writeFile(t, dir+"/a.jsonl", other)
	for _, opts := range []state.OpenOptions{{}, {ReadOnly: true}} {
		_, err := state.Open(t.Context(), local.New(dir, "a.jsonl"), opts)
		if err == nil || !strings.Contains(err.Error(), "it belongs to another state") || !strings.Contains(err.Error(), "another file was put in its place since a run was interrupted") {
			t.Errorf("Open() = %v", err)
		}
	}
	writeFile(t, dir+"/a.jsonl", a)
	s := open(t, local.New(dir, "a.jsonl"), state.OpenOptions{})
	diff(t, "in doubt", inDoubtB, doubts(s))
	must(t, s.Close())
}

// TestReservedNames holds that no state takes the name of a note of all.
func TestReservedNames(t *testing.T) {
	for _, name := range []string{"runs.jsonl", "lock", "sub/journal.jsonl"} {
		_, err := state.Open(t.Context(), local.New(t.TempDir(), name), state.OpenOptions{ReadOnly: true})
		if err == nil || !strings.Contains(err.Error(), "give it another name") {
			t.Errorf("%s: Open() = %v", name, err)
		}
	}
}
