//go:build unix

package cli_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/gear/exhaustive"
	"github.com/tmsync/tmsync/internal/sandbox"
)

const (
	stateFile   = "tmsync.state.jsonl"
	journalFile = ".tmsync/tmsync.state.jsonl/journal.jsonl"
	lockFile    = ".tmsync/tmsync.state.jsonl/lock"
)

const fortyParcels = `
provider "trackingmore" {
  requests_per_second = 0
}

tracking "parcel" {
  for_each        = { for i in range(40) : "k${i}" => "N${100000 + i}" }
  carrier_code    = "sto"
  tracking_number = each.value
  title           = "Parcel ${each.key}"
}
`

// counted is a sandbox that counts what it is asked.
type counted struct {
	*sandbox.Server
	url   string
	asked atomic.Int32
}

func newCounted(t *testing.T) *counted {
	t.Helper()
	srv, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := &counted{Server: srv}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.asked.Add(1)
		srv.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	c.url = web.URL + "/v2"
	return c
}

// applied returns a directory in which forty parcels were created, and the state.
func (c *counted) applied(t *testing.T) (dir string, state []byte) {
	t.Helper()
	dir = directoryWith(t, fortyParcels)
	if got := runChild(t, dir, c.url, traced, "apply", "--auto-approve"); got.code != 0 {
		t.Fatalf("the first apply ended with %d\n%s", got.code, got.out)
	}
	return dir, contents(t, filepath.Join(dir, stateFile))
}

func contents(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// put writes a file in a directory.
func put(t *testing.T, dir, name string, content []byte) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, content, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// resealed puts the checksum that fits into a state: what was changed of it is
// its only fault then.
func resealed(file string) string {
	head, body, _ := strings.Cut(file, "\n")
	head, _, _ = strings.Cut(head, `,"checksum":`)
	sum := sha256.Sum256([]byte(head + body))
	return head + `,"checksum":"sha256:` + hex.EncodeToString(sum[:]) + "\"}\n" + body
}

// framed makes an object a line of a journal.
func framed(object string) string {
	return fmt.Sprintf("%08x %08x %s\n", crc32.Checksum([]byte(object), crc32.MakeTable(crc32.Castagnoli)), len(object), object)
}

// lineageOf finds the lineage of a state.
func lineageOf(state []byte) string {
	_, rest, _ := strings.Cut(string(state), `"lineage":"`)
	lineage, _, _ := strings.Cut(rest, `"`)
	return lineage
}

func journalHead(lineage string, base int) string {
	return framed(fmt.Sprintf(`{"format":"tmsync-journal","version":1,"lineage":%q,"base_serial":%d,"tool":"tmsync/9.9.9","endpoint":"e","account":"","salt":"s","key_id":"salt"}`, lineage, base))
}

const anIntent = `{"intent":1,"begun":"2026-11-01T10:00:00Z","op":"create","items":[{"address":"tracking.x","carrier":"sto","number":"99999","attrs":{}}]}`

// badState is something wrong with the files of the state.
type badState struct {
	name string
	make func(t *testing.T, dir, state string)
	want string // in the message, whatever its white space and its capitals
}

// text replaces the state.
func text(change func(state string) string) func(*testing.T, string, string) {
	return func(t *testing.T, dir, state string) { put(t, dir, stateFile, []byte(change(state))) }
}

// replaced replaces something in the state once, and makes the checksum fit.
func replaced(old, new string) func(*testing.T, string, string) {
	return func(t *testing.T, dir, state string) {
		if !strings.Contains(state, old) {
			t.Fatalf("the state has no %s", old)
		}
		put(t, dir, stateFile, []byte(resealed(strings.Replace(state, old, new, 1))))
	}
}

// journal puts a journal beside the state.
func journal(lines func(lineage string) string) func(*testing.T, string, string) {
	return func(t *testing.T, dir, state string) {
		put(t, dir, journalFile, []byte(lines(lineageOf([]byte(state)))))
	}
}

// largeJournal puts a journal beside the state that has a piece many times. It is
// never in memory whole: what this process has counts as the program's too.
func largeJournal(piece string, times int, end string) func(*testing.T, string, string) {
	return func(t *testing.T, dir, state string) {
		put(t, dir, journalFile, []byte(journalHead(lineageOf([]byte(state)), 1)))
		f, err := os.OpenFile(filepath.Join(dir, journalFile), os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		for range times {
			if _, err := f.WriteString(piece); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.WriteString(end); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// badStates are the cases 53 to 63, 65 and 68 of the bad inputs, as far as one
// can make them in a file.
func badStates() []badState {
	constant := func(file string) func(*testing.T, string, string) {
		return text(func(string) string { return file })
	}
	restore := stateFile + ".backup by copying it over " + stateFile
	cases := []badState{
		{"53 empty", constant(""), "line 1: the file is empty, which tmsync never leaves it; restore " + restore},
		{"55 trailing garbage", text(func(s string) string { return s + "x\n" }), "line 42: there are more lines than the 40 trackings"},
		{"55 two documents", text(func(s string) string { return s + s }), "line 42: there are more lines"},
		{"56 duplicate key", replaced(`"carrier":"sto"`, `"carrier":"sto","carrier":"ups"`), `line 2: the field "carrier" stands twice`},
		{"56 key in capitals", replaced(`,"tool"`, `,"SERIAL":9,"tool"`), `line 1: the field "serial" is written "SERIAL"`},
		{"57 null", constant("null\n"), `line 1: column 1: "{" is expected`},
		{"57 array", constant("[]\n"), `line 1: column 1: "{" is expected`},
		{"57 no fields", constant("{}\n"), `line 1: the field "format" is missing`},
		{"57 deep", constant(strings.Repeat("[", 10_001) + "\n"), `line 1: column 1: "{" is expected`},
		{"57 deep below", replaced(`"applied":{`, `"applied":{"title":`+strings.Repeat("[", 10_001)), "line 2: column"},
		{"57 infinite", replaced(`"serial":1,`, `"serial":1e400,`), "line 1: column"},
		{"58 value changed", text(func(s string) string { return strings.Replace(s, "Parcel k7", "Parcel k8", 1) }), "the checksum does not fit the file: it was changed by hand, or is damaged"},
		{"59 serial negative", replaced(`"serial":1,`, `"serial":-1,`), "a whole number is expected"},
		{"59 serial huge", replaced(`"serial":1,`, `"serial":18446744073709551616,`), "the number is too large"},
		{"59 serial behind the journal", journal(func(l string) string { return journalHead(l, 2) + framed(anIntent) }), "it continues serial 2 of the state, and " + stateFile + " is serial 1: an older version was put back; restore the newer one"},
		{"60 no lineage", replaced(`"lineage":`, `"lineag":`), `line 1: unknown field "lineag"`},
		{"60 another lineage", journal(func(string) string { return journalHead("other", 1) + framed(anIntent) }), `it belongs to another state (lineage "other")`},
		{"61 newer", replaced(`"version":1`, `"version":5`), "written by a newer version of tmsync; use that version, or a later one"},
		{"61 unknown field", replaced(`,"number"`, `,"weight":1,"number"`), `line 2: unknown field "weight"`},
		{"63 one key twice", replaced("N100001", "N100000"), "the tracking sto/N100000 stands in line 2 already"},
		{"63 one address twice", replaced(`k1\"]`, `k0\"]`), `the address "tracking.parcel[\"k0\"]" stands twice`},
		{"65 merge conflict", text(func(s string) string { return "<<<<<<< HEAD\n" + s + "=======\n" + s + ">>>>>>> main\n" }), "line 1: git has left the marks of a merge conflict"},
		{"65 merge conflict below", text(func(s string) string {
			return strings.Replace(s, "\n", "\n<<<<<<< HEAD\n", 1)
		}), "take one side whole (git checkout --ours or --theirs, then the file's name), or restore the backup beside it"},
		{"not UTF-8", replaced("Parcel k7", "Parcel \xff"), "not valid UTF-8"},
		{"NUL", replaced("Parcel k7", "Parcel \x00"), "an escaped control character is expected"},
		{"CR LF", text(func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }), `put the line "*.jsonl -text" into .gitattributes`},
		{"68 unknown entry", journal(func(l string) string { return journalHead(l, 1) + framed(`{"wonder":1}`) }), `unknown field "wonder"; its checksum fits, so that another version of tmsync has written it; use that one (tmsync/9.9.9)`},
		{"68 newer journal", journal(func(string) string { return framed(`{"format":"tmsync-journal","version":5}`) }), "written by a newer version of tmsync"},
		{"68 entry of 100 MB", largeJournal(strings.Repeat("x", 1<<20), 100, ""), "the line is longer than 67108864 bytes"},
		{"68 many entries, and damage", largeJournal(strings.Repeat(framed(`{"settle":0}`), 1_000), exhaustive.Or(1_000, 200), "damage\n"), "the line is damaged: its checksum does not fit"},
		{"journal flipped", journal(func(l string) string {
			return strings.Replace(journalHead(l, 1)+framed(anIntent), "99999", "99998", 1)
		}), journalFile + ", byte"},
		{"journal empty", journal(func(string) string { return "" }), "the first line is empty or damaged"},
	}
	for kib := 1; kib <= 4; kib++ {
		cases = append(cases, badState{fmt.Sprintf("54 cut at %d KiB", kib), text(func(s string) string { return s[:kib<<10] }), "the line has no end: the file was cut short"})
	}
	for i := range 8 {
		cases = append(cases, badState{fmt.Sprintf("58 bit %d of byte %d", i, 600*i), text(func(s string) string {
			b := []byte(s)
			b[600*i] ^= 1 << i
			return string(b)
		}), stateFile + ", line "})
	}
	return cases
}

// moved moves a file away and makes something else in its place.
func moved(name string, make func(path, target string) error) func(*testing.T, string, string) {
	return func(t *testing.T, dir, _ string) {
		path, target := filepath.Join(dir, name), filepath.Join(dir, "target")
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.Rename(path, target), make(path, target)); err != nil {
			t.Fatal(err)
		}
	}
}

// oddPlaces are the cases 40 of the bad inputs, and what may be in the place of
// the lock.
func oddPlaces() []badState {
	link := func(path, target string) error { return os.Symlink(target, path) }
	hard := func(path, target string) error { return os.Link(target, path) }
	directory := func(path, _ string) error { return os.Mkdir(path, 0o700) }
	pipe := func(path, _ string) error { return syscall.Mkfifo(path, 0o600) }
	return []badState{
		{"40 link", moved(stateFile, link), "opening " + stateFile + ": it is a symbolic link; put the file itself there"},
		{"40 hard link", moved(stateFile, hard), "opening " + stateFile + ": it is a hard link"},
		{"40 directory", moved(stateFile, directory), "opening " + stateFile + ": it is a directory"},
		{"40 pipe", moved(stateFile, pipe), "opening " + stateFile + ": it is a device, a pipe or a socket"},
		{"lock link", moved(lockFile, link), lockFile + ": it is a symbolic link"},
		{"lock hard link", moved(lockFile, hard), lockFile + ": it is a hard link"},
		{"lock directory", moved(lockFile, directory), lockFile + ": it is a directory"},
		{"lock pipe", moved(lockFile, pipe), lockFile + ": it is a device, a pipe or a socket"},
		{"journal link", func(t *testing.T, dir, _ string) {
			if err := os.Symlink("../"+stateFile, filepath.Join(dir, journalFile)); err != nil {
				t.Fatal(err)
			}
		}, journalFile + ": it is a symbolic link"},
	}
}

// kept describes every regular file of a directory but the lock, which says who had
// it last, the log of runs, and .tmsync/.gitignore.
func kept(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() == "lock" || d.Name() == "runs.jsonl" {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text := info.Mode().String()
		if d.Type().IsRegular() {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			sum := sha256.Sum256(b)
			text += " " + hex.EncodeToString(sum[:])
		}
		files[path] = text
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return files
}

// TestBadStates returns everything that can be wrong with the files of a state to an
// apply: it ends with an error that says where, why and what to do, it asks the
// service nothing, and it changes no file.
func TestBadStates(t *testing.T) {
	t.Parallel()
	far := newCounted(t)
	good, state := far.applied(t)
	if len(state) < 4<<10+1 {
		t.Fatalf("the state has only %d bytes", len(state))
	}
	asked := far.asked.Load()
	for _, tt := range append(badStates(), oddPlaces()...) {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(good)); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{stateFile, lockFile} { // copied for everybody to read
				if err := os.Chmod(filepath.Join(dir, name), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			tt.make(t, dir, string(state))
			before := kept(t, dir)
			got := runChild(t, dir, far.url, traced, "apply", "--auto-approve")
			got.check(t, tt.name)
			if got.code != int(cli.Failure) || !strings.Contains(strings.ToLower(strings.Join(strings.Fields(got.out), " ")), strings.ToLower(tt.want)) {
				t.Errorf("ended with %d, want %d and %q\n%.2000s", got.code, cli.Failure, tt.want, got.out)
			}
			if n := far.asked.Load(); n != asked {
				t.Errorf("%d requests were sent", n-asked)
				asked = n
			}
			after := kept(t, dir)
			for path, was := range before {
				if after[path] != was {
					t.Errorf("%s was %s, and is %s", path, was, after[path])
				}
			}
			if len(after) != len(before) {
				t.Errorf("%d files are left of %d", len(after), len(before))
			}
		})
	}
}

// TestStatePutBack puts an older state back and removes the state: both are told,
// and end with what is declared, each created once.
func TestStatePutBack(t *testing.T) {
	t.Parallel()
	far := newCounted(t)
	dir, older := far.applied(t)
	put(t, dir, "more.hcl", []byte(`tracking "new" {
  carrier_code    = "ups"
  tracking_number = "22222"
}
`))
	apply := func(want string) {
		t.Helper()
		got := runChild(t, dir, far.url, traced, "apply", "--auto-approve")
		got.check(t, "apply")
		if got.code != int(cli.OK) || !strings.Contains(strings.Join(strings.Fields(got.out), " "), want) {
			t.Errorf("ended with %d, want %d and %q\n%s", got.code, cli.OK, want, got.out)
		}
	}
	apply("1 created")
	put(t, dir, stateFile, older)
	apply("The state is older")
	if err := os.Remove(filepath.Join(dir, stateFile)); err != nil {
		t.Fatal(err)
	}
	apply("The state is gone")
	got := runChild(t, dir, far.url, traced, "plan", "--detailed-exitcode")
	if got.code != int(cli.OK) || strings.Contains(got.out, "The state is") {
		t.Errorf("the plan afterwards ended with %d\n%s", got.code, got.out)
	}
	for key, n := range far.Creations() {
		if n != 1 {
			t.Errorf("%v was created %d times", key, n)
		}
	}
	if n := len(far.Rows()); n != 41 {
		t.Errorf("the service has %d trackings, want 41", n)
	}
	if bytes.Contains(contents(t, filepath.Join(dir, stateFile)), []byte(lineageOf(older))) {
		t.Error("a state that was gone has its lineage back")
	}
}
