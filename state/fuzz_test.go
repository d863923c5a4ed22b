package state_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/state"
)

// maxSeed bounds what the fuzzers begin with, in bytes: from much larger files
// they get nowhere.
const maxSeed = 4 << 10

// FuzzReadState holds that any bytes are a state or a FormatError, and that a
// state that was read can be written and read again.
func FuzzReadState(f *testing.F) {
	f.Add(readFile(f, "testdata/everything.jsonl"))
	f.Add([]byte(stateFile5))
	f.Add([]byte(sealed(header("1", 0))))
	for _, bad := range badStates() {
		if len(bad.file) <= maxSeed {
			f.Add([]byte(bad.file))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		data = mended(data)
		s, err := state.Read(bytes.NewReader(data), nil)
		var broken *state.FormatError
		if err != nil {
			if !errors.As(err, &broken) || len(err.Error()) > 1000 {
				t.Errorf("Read() = %v", err)
			}
			return
		}
		s.KeyChanged = false // which is settled by writing
		got, err := state.Read(bytes.NewReader(write(t, s)), nil)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if d := cmp.Diff(s, got, plain); d != "" {
			t.Errorf("state mismatch (-first +second):\n%s", d)
		}
	})
}

// mended puts the right checksum into a state file, since most changes of one
// would be found by nothing else.
func mended(data []byte) []byte {
	i, end := bytes.LastIndex(data, []byte(`,"checksum":`)), bytes.IndexByte(data, '\n')
	if i < 0 || i > end {
		return data
	}
	head, body := data[:i:i], data[end+1:]
	sum := sha256.Sum256(append(bytes.Clone(head), body...))
	return append(append(head, `,"checksum":"sha256:`+hex.EncodeToString(sum[:])+"\"}\n"...), body...)
}

// FuzzReadJournal holds that any bytes beside a state are a journal or an error,
// and that a run that starts from them knows as much after a crash.
func FuzzReadJournal(f *testing.F) {
	f.Add(readFile(f, "testdata/journal.jsonl"), true)
	f.Add(readFile(f, "testdata/journal_v1.jsonl"), true)
	f.Add(readFile(f, "testdata/journal_v2.jsonl"), true)
	f.Add([]byte(journalOfVersion(2, "l1", 5)+intentB+doneB), true)
	f.Add([]byte(journalOf("l1", 5)+intentB+settleB), true)
	f.Add([]byte(journalOf("l1", 4)+dropA+intentB), true)
	f.Add([]byte(journalOf("l2", 0)+intentB+settleB[:30]), false)
	f.Add([]byte(journalOf("l1", 5)+dropHalf+settleB), true)
	for _, bad := range badJournals() {
		if len(bad.file) <= maxSeed {
			f.Add([]byte(bad.file), true)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, withState bool) {
		m := &memory{journal: reframed(data)}
		if withState {
			m.data = []byte(stateFile5)
		}
		s, err := state.Open(t.Context(), m, state.OpenOptions{})
		var broken *state.FormatError
		if err != nil {
			if !errors.As(err, &broken) || len(err.Error()) > 1000 {
				t.Errorf("Open() = %v", err)
			}
			return
		}
		records, intents := titles(s.State()), s.InDoubt()
		seq, err := s.Begin(creates(rec("tracking.new", "fuzz/77777", "")))
		if err != nil {
			return // the fuzzer has taken the address or the key
		}
		s = open(t, m, state.OpenOptions{})
		diff(t, "records", records, titles(s.State()))
		if again := s.InDoubt(); again[len(again)-1].Seq != seq {
			t.Errorf("the new request is not the last one")
		} else {
			diff(t, "intents", intents, again[:len(again)-1])
		}
	})
}

// reframed puts the right checksum and length before the object of most lines
// that have room for them; the others are tried as they are.
func reframed(data []byte) []byte {
	var out []byte
	for l := range bytes.Lines(data) {
		if object, whole := bytes.CutSuffix(l, []byte("\n")); whole && len(object) > 18 && crc32.ChecksumIEEE(object)%8 != 0 {
			l = []byte(line(string(object[18:])))
		}
		out = append(out, l...)
	}
	return out
}
