package statetest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// Record returns a record in its shortest form; key is "carrier/number".
func Record(addr tracking.Addr, key, title string) *state.Record {
	carrier, number, _ := strings.Cut(key, "/")
	return &state.Record{
		Addr: addr, Key: tracking.Key{Carrier: carrier, Number: number},
		Applied: tracking.AttrsOf(map[tracking.Attr]string{tracking.Title: title}),
	}
}

// Creates returns an intent to create trackings.
func Creates(recs ...*state.Record) state.Intent {
	in := state.Intent{Op: tracking.OpCreate}
	for _, r := range recs {
		in.Items = append(in.Items, state.IntentItem{Addr: r.Addr, Key: r.Key, Attrs: r.Applied, Record: r})
	}
	return in
}

// Puts returns the effects of remembering records.
func Puts(recs ...*state.Record) []state.Effect {
	var effects []state.Effect
	for _, r := range recs {
		effects = append(effects, state.Effect{Addr: r.Addr, Record: r})
	}
	return effects
}

// OpenSession opens a state, or ends the test.
func OpenSession(t testing.TB, store state.Store, opts state.OpenOptions) *state.Session {
	t.Helper()
	s, err := state.Open(t.Context(), store, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Begin begins a request, or ends the test.
func Begin(t testing.TB, s *state.Session, in state.Intent) uint64 {
	t.Helper()
	seq, err := s.Begin(in)
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

// Titles returns the records of a state, one "address key title" each.
func Titles(s *state.State) []string {
	var out []string
	for _, r := range s.Records {
		out = append(out, fmt.Sprintf("%s %s %s", r.Addr, r.Key, r.Applied.Value(tracking.Title)))
	}
	return out
}

// Doubts returns what is in doubt, one "seq op address key" for each item.
func Doubts(s *state.Session) []string {
	var out []string
	for _, in := range s.InDoubt() {
		for _, it := range in.Items {
			out = append(out, fmt.Sprintf("%d %s %s %s", in.Seq, in.Op, it.Addr, it.Key))
		}
	}
	return out
}

// Header returns the header of a state file without its end.
func Header(serial string, count int) string {
	return fmt.Sprintf(`{"format":"tmsync-state","version":1,"lineage":"l1","serial":%s,"tool":"t","endpoint":"e","account":"a","salt":"s","key_id":"salt","count":%d`, serial, count)
}

// Sealed returns a state file of a header without its end and of lines. Its
// checksum is right, so that any fault in the lines is the only one.
func Sealed(header string, lines ...string) string {
	body := ""
	for _, l := range lines {
		body += l + "\n"
	}
	sum := sha256.Sum256([]byte(header + body))
	return header + `,"checksum":"sha256:` + hex.EncodeToString(sum[:]) + "\"}\n" + body
}
