package state_test

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/local"
)

// line wraps an object as a line of a journal.
func line(object string) string {
	return fmt.Sprintf("%08x %08x %s\n", crc32.Checksum([]byte(object), crc32.MakeTable(crc32.Castagnoli)), len(object), object)
}

// journalOf returns the first line of a journal of version 1, which every version
// of tmsync reads.
func journalOf(lineage string, base uint64) string { return journalOfVersion(1, lineage, base) }

func journalOfVersion(version int, lineage string, base uint64) string {
	return line(fmt.Sprintf(`{"format":"tmsync-journal","version":%d,"lineage":%q,"base_serial":%d,"tool":"t","endpoint":"e","account":"a","salt":"s","key_id":"salt"}`, version, lineage, base))
}

// A state of serial 5 and lineage l1, and entries that go with it.
var (
	stateFile5 = sealed(header("5", 1), `{"address":"tracking.a","carrier":"sto","number":"11111","applied":{"title":"A"}}`)
	intentB    = line(`{"intent":1,"begun":"2026-11-01T10:00:00Z","op":"create","items":[{"address":"tracking.b","carrier":"sto","number":"22222","attrs":{"title":"B"},` +
		`"record":{"address":"tracking.b","carrier":"sto","number":"22222","applied":{"title":"B"}}}]}`)
	settleB = line(`{"settle":1,"effects":[{"address":"tracking.b","record":{"address":"tracking.b","carrier":"sto","number":"22222","applied":{"title":"B"}}}]}`)
	// doneB is settleB in version 2.
	doneB = line(`{"settle":1,"done":[0]}`)
	// dropHalf is a settlement's first line of two.
	dropHalf = line(`{"settle":0,"effects":[{"address":"tracking.a"}],"more":true}`)
	dropA    = line(`{"settle":0,"effects":[{"address":"tracking.a"}]}`)
)

func openMemory(t testing.TB, file, journal string) (*state.Session, *memory, error) {
	t.Helper()
	m := &memory{}
	if file != "" {
		m.data = []byte(file)
	}
	if journal != "" {
		m.journal = []byte(journal)
	}
	s, err := state.Open(t.Context(), m, state.OpenOptions{})
	return s, m, err
}

func TestJournalGolden(t *testing.T) {
	m := &memory{data: []byte(stateFile5)}
	now := time.Date(2026, 11, 1, 10, 0, 0, 0, time.FixedZone("", 3600))
	s := open(t, m, state.OpenOptions{Tool: "tmsync/0.1.0", Now: func() time.Time { return now }})
	full := *everything().Find(`tracking.full["a \"b\" \\"]`)
	full.Kept, full.Awaited = tracking.Attrs{}, tracking.Attrs{} // which older journals could not say
	must(t, s.Settle(0, puts(&full), nil))
	in := creates(recB, recC)
	in.Items[1].Record, in.Items[1].Carrier = nil, "dhl"
	in.Op = tracking.OpChangeCarrier
	begin(t, s, in)
	must(t, s.Settle(1, append(puts(recB), state.Effect{Addr: "tracking.a"}), []int{1}))
	begin(t, s, creates(recA))
	must(t, s.Settle(2, nil, nil))
	golden.Check(t, "testdata/journal.jsonl", m.journal)
}

// TestJournalVersions reads what TestJournalGolden has written and the same in
// older versions: they say the same.
func TestJournalVersions(t *testing.T) {
	old, _, err := openMemory(t, stateFile5, string(readFile(t, "testdata/journal_v1.jsonl")))
	must(t, err)
	older, _, err := openMemory(t, stateFile5, string(readFile(t, "testdata/journal_v2.jsonl")))
	must(t, err)
	diff(t, "states of the old ones", old.State(), older.State())
	diff(t, "doubts of the old ones", old.InDoubt(), older.InDoubt())
	now, _, err := openMemory(t, stateFile5, string(readFile(t, "testdata/journal.jsonl")))
	must(t, err)
	diff(t, "state", old.State(), now.State())
	diff(t, "doubts", old.InDoubt(), now.InDoubt())
	diff(t, "doubts", []string{"1 change_carrier tracking.c sto/33333"}, doubts(now))
	if now.State().Find("tracking.b") == nil || now.State().Find("tracking.a") != nil {
		t.Errorf("the state is %q", titles(now.State()))
	}
}

// TestSettlementIsShort holds what a settlement keeps of effects that the intent
// has announced, in and out of order, and of others; and that it all comes back.
func TestSettlementIsShort(t *testing.T) {
	other := rec("tracking.c", "sto/33333", "other")
	again := *recB
	tests := []struct {
		name    string
		effects []state.Effect
		open    []int
		kept    string
		titles  []string
	}{
		{"all", puts(recB, recC, recD), nil, `{"settle":1,"done":[0,1,2]}`,
			[]string{"tracking.b sto/22222 B", "tracking.c sto/33333 C", "tracking.d sto/44444 D"}},
		{"another copy of it", puts(&again, recD), []int{1}, `{"settle":1,"open":[1],"done":[0,2]}`,
			[]string{"tracking.b sto/22222 B", "tracking.d sto/44444 D"}},
		{"another record", puts(recB, other), nil, `{"settle":1,"effects":[{"address":"tracking.c","record":{"address":"tracking.c","carrier":"sto","number":"33333","applied":{"title":"other"}}}],"done":[0]}`,
			[]string{"tracking.b sto/22222 B", "tracking.c sto/33333 other"}},
		{"still open", puts(recB), []int{0}, `{"settle":1,"effects":[{"address":"tracking.b","record":{"address":"tracking.b","carrier":"sto","number":"22222","applied":{"title":"B"}}}],"open":[0]}`,
			[]string{"tracking.b sto/22222 B"}},
		{"in another order", puts(recC, recB), nil, `{"settle":1,"effects":[{"address":"tracking.b","record":{"address":"tracking.b","carrier":"sto","number":"22222","applied":{"title":"B"}}}],"done":[1]}`,
			[]string{"tracking.b sto/22222 B", "tracking.c sto/33333 C"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := &memory{}
			s := open(t, m, state.OpenOptions{})
			begin(t, s, creates(recB, recC, recD))
			before := len(m.journal)
			must(t, s.Settle(1, tt.effects, tt.open))
			diff(t, "settlement", line(tt.kept), string(m.journal[before:]))
			again := open(t, m, state.OpenOptions{})
			diff(t, "state", tt.titles, titles(again.State()))
			diff(t, "state", s.State(), again.State())
			diff(t, "doubts", s.InDoubt(), again.InDoubt())
		})
	}
}

func TestJournalAgainstState(t *testing.T) {
	tests := []struct {
		name, file, journal string
		titles, doubts      []string
		err                 string
	}{
		{name: "none", file: stateFile5, titles: []string{"tracking.a sto/11111 A"}},
		{
			name: "same serial", file: stateFile5, journal: journalOf("l1", 5) + dropA + intentB + settleB,
			titles: []string{"tracking.b sto/22222 B"},
		},
		{
			name: "half a settlement", file: stateFile5, journal: journalOf("l1", 5) + intentB + dropHalf,
			titles: []string{"tracking.a sto/11111 A"}, doubts: []string{"1 create tracking.b sto/22222"},
		},
		{
			name: "two halves of a settlement", file: stateFile5,
			journal: journalOf("l1", 5) + dropHalf + line(`{"settle":0,"effects":[{"address":"tracking.b","record":{"address":"tracking.b","carrier":"sto","number":"22222","applied":{}}}]}`),
			titles:  []string{"tracking.b sto/22222 "},
		},
		{
			name: "done", file: stateFile5, journal: journalOfVersion(2, "l1", 5) + intentB + doneB,
			titles: []string{"tracking.a sto/11111 A", "tracking.b sto/22222 B"},
		},
		{
			name: "older serial: done and folded already", file: stateFile5, journal: journalOfVersion(2, "l1", 4) + intentB + doneB,
			titles: []string{"tracking.a sto/11111 A"},
		},
		{
			name: "older serial: folded already", file: stateFile5, journal: journalOf("l1", 4) + dropA + intentB + settleB,
			titles: []string{"tracking.a sto/11111 A"},
		},
		{
			name: "older serial: still in doubt", file: stateFile5, journal: journalOf("l1", 4) + dropA + intentB,
			titles: []string{"tracking.a sto/11111 A"}, doubts: []string{"1 create tracking.b sto/22222"},
		},
		{
			name: "newer serial", file: stateFile5, journal: journalOf("l1", 6) + intentB,
			err: "it continues serial 6 of the state, and memory is serial 5: an older version was put back",
		},
		{
			name: "another lineage", file: stateFile5, journal: journalOf("l2", 5) + intentB,
			err: `it belongs to another state (lineage "l2") than memory (lineage "l1")`,
		},
		{
			name: "no state yet", journal: journalOf("l2", 0) + intentB + settleB,
			titles: []string{"tracking.b sto/22222 B"},
		},
		{
			name: "state gone", journal: journalOf("l1", 5) + intentB,
			err: "it continues serial 5 of the state, and memory is gone; put memory back, from version control or a copy",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, m, err := openMemory(t, tt.file, tt.journal)
			if tt.err != "" {
				var broken *state.FormatError
				if !errors.As(err, &broken) || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("Open() = %v, want %q", err, tt.err)
				}
				return
			}
			must(t, err)
			diff(t, "state", tt.titles, titles(s.State()))
			diff(t, "doubts", tt.doubts, doubts(s))
			diff(t, "journal after opening", tt.journal, string(m.journal))
			// Whatever was there, going on from it loses nothing.
			begin(t, s, creates(recC))
			s = open(t, m, state.OpenOptions{})
			diff(t, "state", tt.titles, titles(s.State()))
			doubts := doubts(s)
			diff(t, "doubts", tt.doubts, doubts[:len(doubts)-1])
			last := s.InDoubt()[len(doubts)-1]
			if last.Items[0].Addr != "tracking.c" {
				t.Errorf("the new request is for %s", last.Items[0].Addr)
			}
			must(t, s.Settle(last.Seq, puts(recC), nil))
			s = open(t, m, state.OpenOptions{})
			diff(t, "state", append(tt.titles, "tracking.c sto/33333 C"), titles(s.State()))
		})
	}
}

// TestTornTail leaves of the last line of a journal what a crash may leave: a
// beginning, zeros for its end, zeros in its midst. What stood before it holds,
// and the run goes on.
func TestTornTail(t *testing.T) {
	_, m, err := openMemory(t, stateFile5, journalOf("l1", 5)+intentB+settleB)
	must(t, err)
	whole := m.journal
	before := len(whole) - len(settleB)
	zeros := make([]byte, len(whole)+4096)
	try := func(what string, journal []byte) {
		t.Helper()
		s, m, err := openMemory(t, stateFile5, string(journal))
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		wantDoubts := []string{"1 create tracking.b sto/22222"}
		diff(t, what+", state", []string{"tracking.a sto/11111 A"}, titles(s.State()))
		diff(t, what+", doubts", wantDoubts, doubts(s))
		begin(t, s, creates(recC))
		s = open(t, m, state.OpenOptions{})
		diff(t, what+", then gone on", append(wantDoubts, "2 create tracking.c sto/33333"), doubts(s))
	}
	first := bytes.Clone(whole)
	first[before] = 0
	try("a block that ends with the line's first byte", first)
	for n := before; n < len(whole); n++ {
		try(fmt.Sprintf("cut at %d", n), whole[:n])
		try(fmt.Sprintf("zeros from %d", n), append(bytes.Clone(whole[:n]), zeros[n:len(whole)]...))
		try(fmt.Sprintf("zeros from %d, and more", n), append(bytes.Clone(whole[:n]), zeros[n:]...))
		hole := bytes.Clone(whole)
		copy(hole[n:], zeros[:min(16, len(hole)-n)])
		try(fmt.Sprintf("a hole at %d", n), hole)
	}
}

// TestJournalFlipped changes every bit of every line, the last one too: nothing is
// guessed, and the place is named.
func TestJournalFlipped(t *testing.T) {
	lines := []string{journalOf("l1", 5), intentB, settleB}
	journal := []byte(strings.Join(lines, ""))
	start := 0
	for _, l := range lines {
		want := fmt.Sprintf("memory journal, byte %d: the line is damaged", start)
		for i := start; i < start+len(l); i++ {
			for bit := range 8 {
				journal[i] ^= 1 << bit
				if _, _, err := openMemory(t, stateFile5, string(journal)); err == nil || !strings.Contains(err.Error(), want) {
					t.Fatalf("bit %d of byte %d changed: %v, want %q", bit, i, err, want)
				}
				journal[i] ^= 1 << bit
			}
		}
		start += len(l)
	}
}

func badJournals() []badFile {
	first, second := journalOf("l1", 5), journalOfVersion(2, "l1", 5)
	return []badFile{
		{"header torn", first[:30], "byte 0: the first line is empty or damaged"},
		{"only an end", "\n", "byte 0: the line is damaged"},
		{"garbage", first + intentB + "garbage\n", "the line is damaged"},
		{"garbage behind a torn line", first + intentB[:40] + "\x00\x00\n" + "x", "the line is damaged"},
		{"NUL", first + intentB + line("{\"settle\":0}\x00"), "the end of the line is expected"},
		{"line feed gone", first + intentB[:len(intentB)-1] + settleB, "the line is damaged"},
		{"newer", line(`{"format":"tmsync-journal","version":5,"x":1}`) + intentB, "written by a newer version of tmsync; use that version"},
		{"a state", line(header("5", 0) + "}"), `the format is "tmsync-state"`},
		{"no lineage", journalOf("", 5), "the lineage or the salt is missing"},
		{"unknown entry", first + line(`{"frob":1}`), `unknown field "frob"; its checksum fits, so that another version of tmsync has written it; use that one (t) or a later one.`},
		{"mixed entry", first + line(`{"settle":1,"open":[0],"x":1}`), `unknown field "x"`},
		{"intent with an end", first + line(strings.TrimSuffix(intentB[18:], "}\n")+`,"settle":1}`), `the field "settle" does not belong here`},
		{"settlement with items", first + line(`{"op":"create","settle":1}`), `the field "op" does not belong here`},
		{"unknown operation", first + line(strings.Replace(intentB[18:len(intentB)-1], "create", "burn", 1)), `unknown operation "burn"`},
		{"bad time", first + line(strings.Replace(intentB[18:len(intentB)-1], "2026", "year", 1)), "the time is not one"},
		{"clear name", first + line(strings.Replace(intentB[18:len(intentB)-1], `"title":"B"`, `"customer_name":"Ann"`, 1)), "customer_name is not a fingerprint"},
		{"intent again", first + intentB + intentB, "intent 1 comes after intent 1"},
		{"settled without a request", first + settleB, "there is no open request 1"},
		{"settled twice", first + intentB + settleB + settleB, "there is no open request 1"},
		{"open beyond the end", first + intentB + line(`{"settle":1,"open":[1]}`), "item 1 cannot stay open"},
		{"open huge", first + intentB + line(`{"settle":1,"open":[9007199254740992]}`), "cannot stay open"},
		{"version 0", journalOfVersion(0, "l1", 5), "version 0 does not exist"},
		{"done in version 1", first + intentB + doneB, `unknown field "done"`},
		{"done without a request", second + doneB, "there is no open request 1"},
		{"done of no request", second + intentB + line(`{"settle":0,"done":[0]}`), "effects without a request"},
		{"done beyond the end", second + intentB + line(`{"settle":1,"done":[1]}`), "item 1 cannot be done"},
		{"done twice", second + intentB + line(`{"settle":1,"done":[0,0]}`), "item 0 cannot be done"},
		{"done and open", second + intentB + line(`{"settle":1,"open":[0],"done":[0]}`), "item 0 cannot be done"},
		{"done and another outcome", second + intentB + line(`{"settle":1,"effects":[{"address":"tracking.b"}],"done":[0]}`), "tracking.b has two outcomes"},
		{"half with what is done", second + intentB + line(`{"settle":1,"more":true,"done":[0]}`), "only the last line of a settlement says what is done"},
		{"trailing text", first + line(`{"settle":0} `), "the end of the line is expected"},
		{"half a settlement, then another entry", first + dropHalf + intentB, "the settlement before it has no end"},
		{"halves of two settlements", first + intentB + dropHalf + settleB, "the settlement before it has no end"},
		{"half with what stays open", first + intentB + line(`{"settle":1,"open":[0],"more":true}`) + settleB, "only the last line of a settlement says what stays open"},
		{"no half", first + line(`{"settle":0,"more":false}`), "true is expected"},
		{"two outcomes in two halves", first + dropHalf + dropA, "tracking.a has two outcomes"},
		{"two outcomes", first + line(`{"settle":0,"effects":[{"address":"tracking.a"},{"address":"tracking.a"}]}`), "tracking.a has two outcomes"},
		{"long", first + line(`{"settle":0,"x":"`+strings.Repeat("x", 1<<26)+`"}`), "the line is longer than 67108864 bytes"},
	}
}

func TestJournalRefuses(t *testing.T) {
	for _, tt := range badJournals() {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := openMemory(t, stateFile5, tt.file)
			var broken *state.FormatError
			if !errors.As(err, &broken) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Open() = %v, want %q", err, tt.want)
			}
		})
	}
	m := &memory{journal: []byte{}}
	if _, err := state.Open(t.Context(), m, state.OpenOptions{}); err == nil {
		t.Error("an empty journal is taken for none")
	}
}

// TestCommitBeforeRestart puts back the journal as it was before a commit: the
// crash between replacing the state and starting the journal anew.
func TestCommitBeforeRestart(t *testing.T) {
	dir := t.TempDir()
	seed(t, dir, recA)
	s := open(t, local.New(dir, stateName), state.OpenOptions{})
	begin(t, s, creates(recB, recC))
	must(t, s.Settle(1, append(puts(recB), state.Effect{Addr: "tracking.a"}), []int{1}))
	journal := readFile(t, journalPath(dir))
	must(t, s.Commit(t.Context()))
	must(t, s.Close())
	writeFile(t, journalPath(dir), journal)

	s = open(t, local.New(dir, stateName), state.OpenOptions{})
	diff(t, "state", []string{"tracking.b sto/22222 B"}, titles(s.State()))
	diff(t, "doubts", []string{"1 create tracking.c sto/33333"}, doubts(s))
	must(t, s.Settle(1, puts(recC), nil))
	must(t, s.Commit(t.Context()))
	if got := s.State().Serial; got != 3 {
		t.Errorf("serial %d, want 3", got)
	}
	must(t, s.Close())
	if _, err := os.Stat(journalPath(dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the journal is still there: %v", err)
	}
}
