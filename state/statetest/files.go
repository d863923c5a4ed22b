package statetest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/local"
)

// StateName is the name of a state file in tests.
const StateName = "tmsync.state.jsonl"

// Plain compares states without what is built on demand.
var Plain = cmp.Options{
	cmpopts.IgnoreUnexported(state.State{}),
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b tracking.Attrs) bool { return a.Equal(b) }),
}

// Must ends the test if there is an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Diff fails the test if two values differ, and shows where.
func Diff(t testing.TB, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got, Plain); d != "" {
		t.Errorf("%s mismatch (-want +got):\n%s", what, d)
	}
}

// Seed writes a state with some records into a directory.
func Seed(t testing.TB, dir string, recs ...*state.Record) {
	t.Helper()
	s := OpenSession(t, local.New(dir, StateName), state.OpenOptions{Tool: "tmsync/test"})
	Must(t, s.Settle(0, Puts(recs...), nil))
	Must(t, s.Commit(t.Context()))
	Must(t, s.Close())
}

// JournalPath returns where the journal of a directory's state is.
func JournalPath(dir string) string {
	return filepath.Join(dir, ".tmsync", StateName, "journal.jsonl")
}

// ReadFile returns what is in a file, or ends the test.
func ReadFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	Must(t, err)
	return b
}

// WriteFile writes a file, and the directories above it, or ends the test.
func WriteFile(t testing.TB, path string, data []byte) {
	t.Helper()
	Must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	Must(t, os.WriteFile(path, data, 0o600))
}
