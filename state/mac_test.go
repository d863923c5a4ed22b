package state_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/local"
)

var withKey = state.OpenOptions{StateKey: []byte("the key")}

// signed leaves a state that is signed, and a journal with a request in doubt.
func signed(t *testing.T, dir string) {
	t.Helper()
	s := open(t, local.New(dir, stateName), withKey)
	r := *recA
	r.Applied = recA.Applied.Clone()
	r.Applied.Put(tracking.CustomerName, s.State().Fingerprint(r.Key.Number, tracking.CustomerName, "Ann"))
	must(t, s.Settle(0, puts(&r), nil))
	must(t, s.Commit(t.Context()))
	must(t, s.Settle(begin(t, s, creates(recB)), puts(recB), nil))
	begin(t, s, creates(recC))
	must(t, s.Close())
}

// forged returns a state file with one line more and a checksum that fits.
func forged(t *testing.T, file []byte) []byte {
	t.Helper()
	header, lines, _ := strings.Cut(string(file), "\n")
	head, rest, _ := strings.Cut(header, `,"checksum":`)
	text := sealed(strings.Replace(head, `"count":1`, `"count":2`, 1), strings.TrimSuffix(lines, "\n"),
		`{"address":"tracking.z","carrier":"sto","number":"77777","applied":{}}`)
	if _, mac, found := strings.Cut(rest, `,"mac":`); found {
		text = strings.Replace(text, "\"}\n", `","mac":`+mac+"\n", 1)
	}
	return []byte(text)
}

// TestSigned holds that with a key a state is believed only if that key has
// signed it, and that a push that is forced signs it.
func TestSigned(t *testing.T) {
	tests := []struct {
		name string
		edit func(t *testing.T, dir string)
		opts state.OpenOptions
		want string // of the error; "" for none
	}{
		{"as it is", nil, withKey, ""},
		{"forged", func(t *testing.T, dir string) {
			path := filepath.Join(dir, stateName)
			writeFile(t, path, forged(t, readFile(t, path)))
		}, withKey, "tmsync.state.jsonl: its MAC does not fit it: it was edited since tmsync wrote it, by somebody who does not know the key; a line that a pull request has put into it would have a tracking deleted that is not yours"},
		{"without its MAC", func(t *testing.T, dir string) {
			path := filepath.Join(dir, stateName)
			header, lines, _ := strings.Cut(string(readFile(t, path)), "\n")
			head, _, _ := strings.Cut(header, `,"mac":`)
			writeFile(t, path, []byte(head+"}\n"+lines))
		}, withKey, "it has no MAC, and TMSYNC_STATE_KEY is set"},
		{"with another key", nil, state.OpenOptions{StateKey: []byte("another")}, "its MAC was made with another TMSYNC_STATE_KEY"},
		{"edited by a command that has no key", nil, state.OpenOptions{AsIs: true}, "it is signed with a TMSYNC_STATE_KEY, which is not set"},
		{"shown without the key", nil, state.OpenOptions{AsIs: true, ReadOnly: true}, ""},
		{"planned without the key", nil, state.OpenOptions{ReadOnly: true}, ""},
		{"journal without MACs", func(t *testing.T, dir string) {
			var lines []byte
			for l := range bytes.Lines(readFile(t, journalPath(dir))) {
				lines = append(lines, line(string(l[18+44:len(l)-1]))...)
			}
			writeFile(t, journalPath(dir), lines)
		}, withKey, "journal.jsonl: its lines do not have the MACs that this TMSYNC_STATE_KEY gives them"},
		{"journal with a line changed", func(t *testing.T, dir string) {
			var lines []byte
			for l := range bytes.Lines(readFile(t, journalPath(dir))) {
				lines = append(lines, line(strings.Replace(string(l[18:len(l)-1]), "22222", "77777", -1))...)
			}
			writeFile(t, journalPath(dir), lines)
		}, withKey, "journal.jsonl: its lines do not have the MACs"},
		{"journal with a line left out", func(t *testing.T, dir string) {
			lines := bytes.SplitAfter(readFile(t, journalPath(dir)), []byte("\n"))
			writeFile(t, journalPath(dir), bytes.Join(append(lines[:1:1], lines[3:]...), nil))
		}, withKey, "journal.jsonl: its lines do not have the MACs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			signed(t, dir)
			if tt.edit != nil {
				tt.edit(t, dir)
			}
			store := local.New(dir, stateName)
			s, err := state.Open(t.Context(), store, tt.opts)
			if tt.want == "" {
				must(t, err)
				must(t, s.Close())
				return
			}
			if unsigned := new(state.UnsignedError); !errors.As(err, &unsigned) || !strings.Contains(err.Error(), tt.want) ||
				!strings.Contains(err.Error(), ": tmsync state push --force --state=tmsync.state.jsonl tmsync.state.jsonl") {
				t.Fatalf("Open() = %v, want %q", err, tt.want)
			}
			if !tt.opts.AsIs { // what the message says
				opts := tt.opts
				opts.AsIs, opts.Mend = true, true
				s = open(t, store, opts)
				next, err := state.ReadAsIs(bytes.NewReader(readFile(t, filepath.Join(dir, stateName))))
				must(t, err)
				if s.Objection(next) == nil {
					t.Error("there is no objection")
				}
				must(t, s.Replace(t.Context(), next))
				must(t, s.Close())
				s = open(t, store, tt.opts)
				if s.State().KeyChanged {
					t.Error("the key is told as changed")
				}
				if tt.name != "journal with a line left out" {
					diff(t, "in doubt", []string{"2 create tracking.c sto/33333"}, doubts(s))
				}
				must(t, s.Commit(t.Context()))
				must(t, s.Close())
			}
		})
	}
}

// TestUnsignedBecomesSigned returns a key to a state of before: it is refused until
// it is pushed onto itself, and loses nothing by that.
func TestUnsignedBecomesSigned(t *testing.T) {
	dir := t.TempDir()
	before := open(t, local.New(dir, stateName), state.OpenOptions{})
	must(t, before.Settle(0, puts(recA), nil))
	must(t, before.Commit(t.Context()))
	begin(t, before, creates(recB))
	must(t, before.Close())
	store, path := local.New(dir, stateName), filepath.Join(dir, stateName)
	if !bytes.HasPrefix(readFile(t, path), []byte(`{"format":"tmsync-state","version":1,`)) {
		t.Error("a state without a key is not of version 1")
	}
	if _, err := state.Open(t.Context(), store, withKey); err == nil || !strings.Contains(err.Error(), "it has no MAC") {
		t.Fatalf("Open() = %v", err)
	}
	s := open(t, store, state.OpenOptions{StateKey: withKey.StateKey, AsIs: true, Mend: true})
	next, err := state.ReadAsIs(bytes.NewReader(readFile(t, path)))
	must(t, err)
	must(t, s.Replace(t.Context(), next))
	must(t, s.Close())
	s = open(t, store, withKey)
	diff(t, "state", []string{"tracking.a sto/11111 A"}, titles(s.State()))
	diff(t, "in doubt", []string{"1 create tracking.b sto/22222"}, doubts(s))
	must(t, s.Close())
	golden.Check(t, "testdata/signed.jsonl", normal(readFile(t, path)))
}

// normal returns a state what differs each time a fixed value.
func normal(file []byte) []byte {
	header, lines, _ := strings.Cut(string(file), "\n")
	var out []string
	for _, field := range strings.Split(header, ",") {
		name, _, _ := strings.Cut(field, ":")
		switch name {
		case `"lineage"`, `"salt"`, `"checksum"`:
			field = name + `:"…"`
		case `"mac"`:
			field = name + `:"hmac-sha256:…"}`
		}
		out = append(out, field)
	}
	return []byte(strings.Join(out, ",") + "\n" + lines)
}

// TestEdited holds that without a key an edit between two runs is told.
func TestEdited(t *testing.T) {
	dir := t.TempDir()
	seed(t, dir, recA)
	path := filepath.Join(dir, stateName)
	s := open(t, local.New(dir, stateName), state.OpenOptions{ReadOnly: true})
	diff(t, "edited", false, s.Edited())
	must(t, s.Close())
	writeFile(t, path, forged(t, readFile(t, path)))
	for range 2 {
		s = open(t, local.New(dir, stateName), state.OpenOptions{ReadOnly: true})
		diff(t, "edited", true, s.Edited())
		must(t, s.Close())
	}
	must(t, os.Remove(filepath.Join(dir, ".tmsync", stateName, "seen.json")))
	s = open(t, local.New(dir, stateName), state.OpenOptions{})
	diff(t, "edited, on a machine that does not know", false, s.Edited())
	must(t, s.Close())
}
