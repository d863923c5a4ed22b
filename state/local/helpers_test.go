package local_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/local"
	"github.com/tmsync/tmsync/state/statetest"
)

const stateName = "tmsync.state.jsonl"

// What a test says often, in a word.
var (
	rec     = statetest.Record
	creates = statetest.Creates
	puts    = statetest.Puts
	open    = statetest.OpenSession
	begin   = statetest.Begin
	titles  = statetest.Titles
	doubts  = statetest.Doubts
	header  = statetest.Header
	sealed  = statetest.Sealed

	recA = rec("tracking.a", "sto/11111", "A")
	recB = rec("tracking.b", "sto/22222", "B")
	recC = rec("tracking.c", "sto/33333", "C")
	recD = rec("tracking.d", "sto/44444", "D")

	stateFile5 = sealed(header("5", 1), `{"address":"tracking.a","carrier":"sto","number":"11111","applied":{"title":"A"}}`)
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// seed writes a state with some records and closes it.
func seed(t testing.TB, dir string, recs ...*state.Record) {
	t.Helper()
	s := open(t, local.New(dir, stateName), state.OpenOptions{Tool: "tmsync/test"})
	must(t, s.Settle(0, puts(recs...), nil))
	must(t, s.Commit(t.Context()))
	must(t, s.Close())
}

func diff(t testing.TB, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s mismatch (-want +got):\n%s", what, d)
	}
}

func journalPath(dir string) string { return filepath.Join(dir, ".tmsync", stateName, "journal.jsonl") }

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return b
}

func writeFile(t testing.TB, path string, data []byte) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	must(t, os.WriteFile(path, data, 0o600))
}
