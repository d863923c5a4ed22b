package sandbox_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/internal/sandbox"
)

// account is everything that a restart must not change.
type account struct {
	Rows      []sandbox.Row
	Creations map[sandbox.Key]int
	Credits   int
}

func accountOf(s *sandbox.Server) account {
	return account{s.Rows(), s.Creations(), s.Credits()}
}

// TestRestart: an account outlives its process: rows, deleted ones, forced
// statuses, credits, and the order of the list.
func TestRestart(t *testing.T) {
	now := newClock()
	dir := filepath.Join(t.TempDir(), "data")
	opts := sandbox.Options{Now: now.now, Credits: 5, Path: filepath.Join(dir, "sandbox.jsonl")}
	s := newServer(t, opts)
	code(t, s, "POST", "/v2/trackings/batch", batchOf("sto", "40001", "40002", "40003"))
	code(t, s, "PUT", "/v2/trackings/sto/40001", `{"status":7,"archived":"true","customer_phone":"1"}`)
	code(t, s, "DELETE", "/v2/trackings/sto/40002", "")
	code(t, s, "POST", "/v2/trackings/notupdate", `[{"tracking_number":"40003","carrier_code":"sto"}]`)
	now.advance(time.Hour)
	want, wantList := accountOf(s), list(t, s, "")

	opts.Credits = 1000 // forgotten: the file knows better
	s = newServer(t, opts)
	if diff := cmp.Diff(want, accountOf(s)); diff != "" {
		t.Errorf("account after a restart (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantList, list(t, s, "")); diff != "" {
		t.Errorf("list after a restart (-want +got):\n%s", diff)
	}
	code(t, s, "POST", "/v2/trackings/batch", batchOf("sto", "40002", "40004"))
	if got := s.Credits(); got != 1 {
		t.Errorf("%d credits, want 1: 40002 was paid for before the restart", got)
	}
	if got := code(t, s, "PUT", "/v2/trackings/sto/40001", `{"status":8}`); got != 200 {
		t.Errorf("code %d", got)
	}
	if row, _ := s.Row(sandbox.Key{Carrier: "sto", Number: "40001"}); row.Status != "pending" {
		t.Errorf("the status below the forced one is %q, want pending", row.Status)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, opts.Path: 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, %v; want %v", path, info.Mode().Perm(), err, want)
		}
	}
}

// TestTornLine: whatever is cut off the end of the file, the rest loads, and what
// is written afterwards stands on a line of its own.
func TestTornLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sandbox.jsonl")
	s := newServer(t, sandbox.Options{Path: path})
	code(t, s, "POST", "/v2/trackings/batch", batchOf("sto", "40001"))
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	code(t, s, "POST", "/v2/trackings/batch", batchOf("sto", "40002", "40003"))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := len(first); cut <= len(whole); cut++ {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		want := 1 + bytes.Count(whole[len(first):cut], []byte(`{"row"`))
		if i := bytes.LastIndexByte(whole[:cut], '\n'); strings.Contains(string(whole[i+1:cut]), `{"row"`) {
			want-- // the line about it is torn
		}
		torn := newServer(t, sandbox.Options{Path: path})
		if got := len(torn.Rows()); got != want {
			t.Fatalf("cut at %d: %d rows, want %d", cut, got, want)
		}
		code(t, torn, "POST", "/v2/trackings/batch", batchOf("sto", "40009"))
		if got := len(newServer(t, sandbox.Options{Path: path}).Rows()); got != want+1 {
			t.Fatalf("cut at %d: %d rows after one more, want %d", cut, got, want+1)
		}
	}
}

// TestBadFile: damage that is not a torn end is an error that says where, and the
// file stays as it is.
func TestBadFile(t *testing.T) {
	const head = `{"format":"tmsync sandbox 1"}` + "\n"
	for text, want := range map[string]string{
		"hello\n":                 "line 1: invalid character",
		`{"row":{}}` + "\n":       "line 1: this is not a file of the sandbox",
		head + "{\n{}\n":          "line 2: unexpected end of JSON input",
		head + `{"row":1}` + "\n": "line 2: json: cannot unmarshal number",
	} {
		path := filepath.Join(t.TempDir(), "sandbox.jsonl")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := sandbox.New(sandbox.Options{Path: path})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "delete the file") {
			t.Errorf("New with %q: error %v, want one that says %q", text, err, want)
		}
		if kept, err := os.ReadFile(path); err != nil || string(kept) != text {
			t.Errorf("the file was changed to %q, %v", kept, err)
		}
	}
}

// TestCompaction: a log that has grown far beyond its rows is rewritten at the next
// start, and says the same.
func TestCompaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sandbox.jsonl")
	s := newServer(t, sandbox.Options{Path: path})
	for range 600 {
		code(t, s, "POST", "/v2/trackings/batch", batchOf("sto", "40001", "40002"))
		code(t, s, "POST", "/v2/trackings/delete", batchOf("sto", "40001"))
	}
	want := accountOf(s)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, accountOf(newServer(t, sandbox.Options{Path: path}))); diff != "" {
		t.Errorf("account after compaction (-want +got):\n%s", diff)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n, m := bytes.Count(before, []byte("\n")), bytes.Count(after, []byte("\n")); n < 1000 || m != 4 {
		t.Errorf("%d lines before, %d after; want more than 1000, and 4", n, m)
	}
	if names, err := filepath.Glob(path + "*"); err != nil || len(names) != 1 {
		t.Errorf("files left over: %v, %v", names, err)
	}
}

// TestUnwritable: when an effect cannot be kept the request does not succeed.
func TestUnwritable(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{Path: filepath.Join(t.TempDir(), "sandbox.jsonl"), Now: newClock().now})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil { // the next write fails
		t.Fatal(err)
	}
	if got := code(t, s, "POST", "/v2/trackings/batch", batchOf("sto", "40001")); got != 500 {
		t.Errorf("code %d, want 500", got)
	}
	if _, err := sandbox.New(sandbox.Options{Path: t.TempDir()}); err == nil {
		t.Error("a directory is accepted as a file")
	}
}

// TestLaws sends random requests and holds against a small model what was stored;
// then restarts, and holds the account against what it was.
func TestLaws(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		path := filepath.Join(dir, "sandbox.jsonl")
		if err := os.RemoveAll(path); err != nil {
			rt.Fatal(err)
		}
		now := newClock()
		opts := sandbox.Options{Now: now.now, Path: path, Credits: rapid.IntRange(1, 6).Draw(rt, "credits")}
		s, err := sandbox.New(opts)
		if err != nil {
			rt.Fatal(err)
		}
		live, paid := map[string]string{}, map[string]bool{} // title by key; keys that were ever created
		credits := opts.Credits
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			carrier := rapid.SampledFrom([]string{"sto", "zto"}).Draw(rt, "carrier")
			number := rapid.SampledFrom([]string{"40001", "40002", "40003"}).Draw(rt, "number")
			key, title := carrier+"/"+number, rapid.StringMatching(`[a-z]{1,3}`).Draw(rt, "title")
			item := `{"tracking_number":"` + number + `","carrier_code":"` + carrier + `","title":"` + title + `","auto_correct":1}`
			_, isLive := live[key]
			switch rapid.SampledFrom([]string{"create", "delete", "edit", "wait"}).Draw(rt, "do") {
			case "create":
				code(t, s, "POST", "/v2/trackings/batch", "["+item+"]")
				if !isLive && (paid[key] || credits > 0) {
					if live[key] = title; !paid[key] {
						paid[key] = true
						credits--
					}
				}
			case "delete":
				code(t, s, "POST", "/v2/trackings/delete", "["+item+"]")
				delete(live, key)
			case "edit":
				code(t, s, "POST", "/v2/trackings/updatemore", "["+item+"]")
				if isLive {
					live[key] = title
				}
			case "wait":
				now.advance(time.Hour)
			}
		}
		got := map[string]string{}
		for _, row := range s.Rows() {
			got[row.Key().String()] = row.Title
		}
		if diff := cmp.Diff(live, got); diff != "" || s.Credits() != credits {
			rt.Fatalf("%d credits, want %d; rows (-want +got):\n%s", s.Credits(), credits, diff)
		}
		want, wantList := accountOf(s), list(t, s, "")
		if err := s.Close(); err != nil {
			rt.Fatal(err)
		}
		if s, err = sandbox.New(opts); err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, accountOf(s)); diff != "" {
			rt.Fatalf("account after a restart (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(wantList, list(t, s, "")); diff != "" {
			rt.Fatalf("list after a restart (-want +got):\n%s", diff)
		}
		if err := s.Close(); err != nil {
			rt.Fatal(err)
		}
	})
}
