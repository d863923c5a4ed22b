package state_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/state"
)

// TestIDs: the ids of a service need a version of the format of their own, which is
// written only where there are some.
func TestIDs(t *testing.T) {
	want := everything()
	want.Records[0].Ref, want.Records[3].Ref, want.Records[3].Stays = "009e9a8a6450cb5ce4b53ac75674fe78", "9a3f", "zto"
	file := write(t, want)
	golden.Check(t, "testdata/everything_v3.jsonl", file)
	got, err := state.Read(bytes.NewReader(file), nil)
	must(t, err)
	diff(t, "state", want, got)
	if want.Records[0].Equal(&everything().Records[0]) {
		t.Error("two records with other ids are equal")
	}
	got.Records[0].Ref, got.Records[3].Ref, got.Records[3].Stays = "", "", ""
	diff(t, "without ids", string(readFile(t, "testdata/everything.jsonl")), string(write(t, got)))
}

// TestJournalOfIDs: a journal goes on in its newest version from the first id on, and
// keeps all that it had.
func TestJournalOfIDs(t *testing.T) {
	m := &memory{data: []byte(stateFile5)}
	s := open(t, m, state.OpenOptions{})
	version := func(want string) {
		t.Helper()
		if first, _, _ := strings.Cut(string(m.journal), "\n"); !strings.Contains(first, `"version":`+want+`,`) {
			t.Errorf("the journal begins with %s, want version %s", first, want)
		}
		again := open(t, m, state.OpenOptions{})
		diff(t, "state", s.State(), again.State())
		diff(t, "doubts", s.InDoubt(), again.InDoubt())
	}
	begin(t, s, creates(recB, recC))
	version("3")
	known := *recB
	known.Ref = "9a3f"
	must(t, s.Settle(1, puts(&known), []int{1}))
	version("4")
	if got := s.State().Find("tracking.b").Ref; got != "9a3f" {
		t.Errorf("the id is %q", got)
	}
	begin(t, s, creates(recD))
	version("4")
	other := *recC
	other.Ref = "77c0"
	must(t, s.Settle(1, puts(&other), nil))
	version("4")
}
