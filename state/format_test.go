package state_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/internal/gear/exhaustive"
	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// everything is a state that uses every field of the format.
func everything() *state.State {
	s := &state.State{
		Lineage: "jx5qyq2o", Serial: 7, Tool: "tmsync/0.1.0", Endpoint: "https://api.example.org/v2",
		Salt: "OG7RZ3WUAYAEVPTJ", KeyID: state.KeyIDSalt,
	}
	s.Account = s.AccountFingerprint("ann@example.org 2020-01-01")
	s.Records = []state.Record{
		{Addr: "tracking.adopted", Key: tracking.Key{Carrier: "sto", Number: "40296"}, Status: "transit", Origin: state.Adopted},
		{Addr: "tracking.adopted_to_delete", Key: tracking.Key{Carrier: "sto", Number: "40297"}, OnRemove: tracking.RemoveDelete, Origin: state.Adopted},
		{Addr: "tracking.bare", Key: tracking.Key{Carrier: "sto", Number: "40293"}},
		{
			Addr: `tracking.full["a \"b\" \\"]`, Key: tracking.Key{Carrier: "Correios-Cabo-Verde", Number: "AB-12_3"},
			Applied: s.Seal("AB-12_3", tracking.AttrsOf(map[tracking.Attr]string{
				tracking.Title: "Äpfel \u2028\t\"x\" \\ \x01\x1f\x7f\r\n", tracking.OrderID: "", tracking.Archived: "true",
				tracking.CustomerName: "Ann", tracking.CustomerEmail: "", tracking.TrackUpdates: "false", tracking.Status: "delivered",
			}), 0),
			LeftAsIs: tracking.AttrSetOf(tracking.Comment, tracking.Lang), PreventDestroy: true, OnRemove: tracking.RemoveArchive,
			Status: "transit",
			Kept: s.Seal("AB-12_3", tracking.AttrsOf(map[tracking.Attr]string{
				tracking.Title: "Äpfel", tracking.CustomerName: "Ann", tracking.Archived: "false", tracking.Status: "pending",
			}), 0),
			Awaited: tracking.AttrsOf(map[tracking.Attr]string{tracking.OrderID: "A-1", tracking.Comment: ""}),
		},
		{Addr: "tracking.imported", Key: tracking.Key{Carrier: "sto", Number: "40298"}, Origin: state.Imported},
		{Addr: "tracking.kept", Key: tracking.Key{Carrier: "sto", Number: "40294"}, PreventDestroy: true},
		{Addr: `trackings.orders["7"]`, Key: tracking.Key{Carrier: "sto", Number: "40295"}, OnRemove: tracking.RemoveForget, Status: "pending"},
	}
	return s
}

func TestRoundTrip(t *testing.T) {
	want := everything()
	file := write(t, want)
	golden.Check(t, "testdata/everything.jsonl", file)
	got, err := state.Read(bytes.NewReader(file), nil)
	must(t, err)
	diff(t, "state", want, got)
	diff(t, "second writing", string(file), string(write(t, got)))
	for _, secret := range []string{"Ann", "ann@example.org"} {
		if bytes.Contains(file, []byte(secret)) {
			t.Errorf("the file has %q in clear", secret)
		}
	}
}

// TestStateVersions reads what version 1 of the format had: all of it counts as
// created, and it is written as version 1 again.
func TestStateVersions(t *testing.T) {
	file := readFile(t, "testdata/everything_v1.jsonl")
	got, err := state.Read(bytes.NewReader(file), nil)
	must(t, err)
	want := everything()
	want.Records = slices.DeleteFunc(want.Records, func(r state.Record) bool { return r.Origin != state.Created })
	for i := range want.Records {
		want.Records[i].Kept, want.Records[i].Awaited = tracking.Attrs{}, tracking.Attrs{}
	}
	diff(t, "state", want, got)
	diff(t, "second writing", string(file), string(write(t, got)))
}

// TestOnRemoveIsShort holds that a file says nothing of an on_remove that happens
// without it.
func TestOnRemoveIsShort(t *testing.T) {
	for _, tt := range []struct {
		origin state.Origin
		silent tracking.OnRemove
	}{{state.Created, tracking.RemoveDelete}, {state.Imported, tracking.RemoveDelete}, {state.Adopted, tracking.RemoveForget}} {
		plain, said := rec("tracking.a", "sto/40293", "A"), rec("tracking.a", "sto/40293", "A")
		plain.Origin, said.Origin, said.OnRemove = tt.origin, tt.origin, tt.silent
		s := everything()
		s.Records = []state.Record{*plain}
		want := write(t, s)
		s.Records = []state.Record{*said}
		diff(t, string(tt.origin), string(want), string(write(t, s)))
		if !plain.Equal(said) || plain.Removal(plain.OnRemove) != tt.silent {
			t.Errorf("%q: Equal or Removal is wrong", tt.origin)
		}
	}
}

// TestEveryWriting holds that whatever can be written can be read, and that
// what is read is written as the same bytes.
func TestEveryWriting(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.RuneFrom([]rune("a\"\\/\n\x00\x1fé\u2028😀<")), 0, 8, -1))
	rapid.Check(t, func(t *rapid.T) {
		s := state.New("tmsync/test", nil)
		s.Serial = rapid.Uint64Range(1, 1<<53).Draw(t, "serial")
		s.Endpoint = text.Draw(t, "endpoint")
		addrs := rapid.SliceOfNDistinct(text.Filter(func(a string) bool { return a != "" }), 0, 6, rapid.ID[string]).Draw(t, "addrs")
		changes := memory{}
		session, err := state.Open(t.Context(), &changes, state.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for i, addr := range addrs {
			r := rec(tracking.Addr(addr), fmt.Sprintf("c%d/%s", i, text.Draw(t, "number")+"x"), text.Draw(t, "title"))
			r.Applied.Put(tracking.CustomerName, s.Fingerprint(r.Key.Number, tracking.CustomerName, text.Draw(t, "name")))
			r.LeftAsIs = tracking.AttrSet(rapid.Uint32Range(0, uint32(tracking.EveryAttr)).Draw(t, "left"))
			r.Status = text.Draw(t, "status")
			if rapid.Bool().Draw(t, "is kept") {
				r.Kept.Put(tracking.Title, text.Draw(t, "kept"))
				r.Awaited.Put(tracking.CustomerName, s.Fingerprint(r.Key.Number, tracking.CustomerName, text.Draw(t, "awaited")))
			}
			r.Stays = rapid.SampledFrom([]string{"", "zto"}).Draw(t, "stays")
			r.Ref = rapid.SampledFrom([]string{"", "9a3f", "\"\n"}).Draw(t, "id")
			r.Origin = rapid.SampledFrom([]state.Origin{state.Created, state.Imported, state.Adopted}).Draw(t, "origin")
			r.OnRemove = rapid.SampledFrom([]tracking.OnRemove{"", "delete", "archive", "forget"}).Draw(t, "on_remove")
			if err := session.Settle(0, puts(r), nil); err != nil {
				t.Fatal(err)
			}
		}
		s.Records = session.State().Records
		var file bytes.Buffer
		if err := s.Write(&file); err != nil {
			t.Fatal(err)
		}
		got, err := state.Read(bytes.NewReader(file.Bytes()), nil)
		if err != nil {
			t.Fatalf("reading what was written: %v\n%s", err, file.Bytes())
		}
		var again bytes.Buffer
		if err := got.Write(&again); err != nil || !bytes.Equal(file.Bytes(), again.Bytes()) {
			t.Fatalf("written again (%v):\n%s\nwas\n%s", err, again.Bytes(), file.Bytes())
		}
	})
}

// badFile is a file that must be refused, with what is said about it.
type badFile struct{ name, file, want string }

// goodState is what the bad ones were once.
var goodState = sealed(header("5", 1), `{"address":"tracking.a","carrier":"sto","number":"40293","applied":{}}`)

func badStates() []badFile {
	const a = `{"address":"tracking.a","carrier":"sto","number":"40293","applied":{}}`
	const b = `{"address":"tracking.b","carrier":"sto","number":"40294","applied":{}}`
	one := func(line string) string { return sealed(header("5", 1), line) }
	good := goodState
	sum := strings.Index(good, "sha256:") + len("sha256:")
	long := `{"address":"` + strings.Repeat("a", 1<<20)
	return []badFile{
		{"empty", "", `line 1: the file is empty`},
		{"header cut", good[:40], `line 1: the line has no end: the file was cut short`},
		{"header only", sealed(header("5", 1)), `line 1: the file ends after 0 of 1 trackings: it was cut short`},
		{"last line cut", good[:len(good)-9], `line 2: the line has no end`},
		{"one line lacking", sealed(header("5", 2), a), `line 2: the file ends after 1 of 2 trackings`},
		{"one line too many", sealed(header("5", 1), a, b), `line 3: there are more lines than the 1 trackings`},
		{"trailing text", good + "x\n", `line 3: there are more lines`},
		{"two files", good + good, `line 3: there are more lines`},
		{"empty line", sealed(header("5", 2), a, ""), `line 3: ends where "{" is expected`},
		{"text after a record", one(a + " "), `line 2: column 71: the end of the line is expected`},
		{"white space", one(strings.Replace(a, ":", ": ", 1)), `line 2: column 12: a string is expected`},
		{"null", "null\n", `line 1: column 1: "{" is expected`},
		{"array", "[]\n", `line 1: column 1: "{" is expected`},
		{"no fields", "{}\n", `line 1: the field "format" is missing`},
		{"not a state", `{"format":"other","version":1}` + "\n", `the format is "other" instead of "tmsync-state"`},
		{"terraform's", `{"version":4,"terraform_version":"1.11.4"}` + "\n", `line 1: the field "format" is missing`},
		{"origin in version 1", one(strings.Replace(a, `{}`, `{},"origin":"adopted"`, 1)), `line 2: unknown field "origin"`},
		{"id in version 2", sealed(strings.Replace(header("5", 1), `"version":1`, `"version":2`, 1), strings.Replace(a, `{}`, `{},"id":"9a3f"`, 1)), `line 2: unknown field "id"`},
		{"unknown origin", sealed(strings.Replace(header("5", 1), `"version":1`, `"version":2`, 1), strings.Replace(a, `{}`, `{},"origin":"found"`, 1)), `line 2: origin is neither imported nor adopted`},
		{"newer", `{"format":"tmsync-state","version":5,"wonder":1}` + "\n", `line 1: written by a newer version of tmsync; use that version`},
		{"older", `{"format":"tmsync-state","version":0}` + "\n", `line 1: version 0 does not exist`},
		{"unknown field", one(strings.Replace(a, `,"applied"`, `,"id":"1","applied"`, 1)), `line 2: unknown field "id"`},
		{"unknown header field", sealed(header("5", 0) + `,"x":1`), `line 1: unknown field "x"`},
		{"doubled field", one(strings.Replace(a, `,"number"`, `,"carrier":"sto","number"`, 1)), `line 2: the field "carrier" stands twice or in the wrong place`},
		{"other case", sealed(strings.Replace(header("5", 0), `,"tool"`, `,"SERIAL":3,"tool"`, 1)), `line 1: the field "serial" is written "SERIAL"`},
		{"wrong order", one(`{"carrier":"sto","address":"tracking.a","number":"40293","applied":{}}`), `line 2: the field "address" stands twice or in the wrong place`},
		{"field missing", one(`{"address":"tracking.a","carrier":"sto","applied":{}}`), `line 2: the field "number" is missing`},
		{"wrong type", one(strings.Replace(a, `"sto"`, `7`, 1)), `line 2: column 35: a string is expected`},
		{"null value", one(strings.Replace(a, `{}`, `null`, 1)), `line 2: column 68: "{" is expected`},
		{"serial negative", sealed(header("-1", 0)), `column 62: a whole number is expected`},
		{"serial zero", sealed(header("0", 0)), `the serial is missing`},
		{"serial huge", sealed(header("18446744073709551616", 0)), `column 62: the number is too large`},
		{"serial exponent", sealed(header("1e400", 0)), `column 63: "," or "}" is expected`},
		{"serial with zero", sealed(header("05", 0)), `a whole number is expected`},
		{"lineage empty", sealed(strings.Replace(header("5", 0), "l1", "", 1)), `the lineage, the salt or the serial is missing`},
		{"count huge", sealed(header("5", 9007199254740992), a), `the file ends after 1 of 9007199254740992`},
		{"checksum", strings.Replace(good, "40293", "40299", 1), `line 1: the checksum does not fit the file`},
		{"header changed", strings.Replace(good, `"serial":5`, `"serial":6`, 1), `line 1: the checksum does not fit the file`},
		{"same address", sealed(header("5", 2), a, strings.Replace(a, "40293", "40294", 1)), `line 3: the address "tracking.a" stands twice`},
		{"same key", sealed(header("5", 2), a, strings.Replace(b, "40294", "40293", 1)), `line 3: the tracking sto/40293 stands in line 2 already`},
		{"unsorted", sealed(header("5", 2), b, a), `line 3: the lines are not sorted by address`},
		{"address empty", one(strings.Replace(a, "tracking.a", "", 1)), `line 2: the address is empty`},
		{"number empty", one(strings.Replace(a, "40293", "", 1)), `line 2: the carrier or the number is empty`},
		{"carrier with slash", one(strings.Replace(a, `"sto"`, `"s/o"`, 1)), `line 2: the carrier has a "/"`},
		{"unknown attribute", one(strings.Replace(a, `{}`, `{"titel":"x"}`, 1)), `line 2: unknown field "titel"`},
		{"clear e-mail", one(strings.Replace(a, `{}`, `{"customer_email":"ann@example.org"}`, 1)), `line 2: customer_email is not a fingerprint`},
		{"on_remove", one(strings.TrimSuffix(a, "}") + `,"lifecycle":{"on_remove":"burn"}}`), `line 2: on_remove is neither`},
		{"prevent_destroy", one(strings.TrimSuffix(a, "}") + `,"lifecycle":{"prevent_destroy":false}}`), `line 2: column 102: true is expected`},
		{"left unknown", one(strings.TrimSuffix(a, "}") + `,"left":["x"]}`), `line 2: unknown attribute "x"`},
		{"left twice", one(strings.TrimSuffix(a, "}") + `,"left":["comment","comment"]}`), `line 2: the attribute "comment" stands twice`},
		{"escape", one(strings.Replace(a, "40293", `4\/3`, 1)), `a known escape is expected`},
		{"surrogate", one(strings.Replace(a, "40293", `\ud800`, 1)), `a known escape is expected`},
		{"control character", one(strings.Replace(a, "40293", "4\x1b3", 1)), `an escaped control character is expected`},
		{"string open", one(`{"address":"tracking.a`), `line 2: ends where '"' is expected`},
		{"not UTF-8", one(strings.Replace(a, "40293", "4\xff3", 1)), `line 2: not valid UTF-8`},
		{"long line", header("5", 1) + long, `line 1: the line is longer than 1048576 bytes`},
		{"long field", one(strings.Replace(a, `"applied"`, `"`+strings.Repeat("x", 99)+`"`, 1)), `unknown field "` + strings.Repeat("x", 40) + `…"`},
		{"conflict", "<<<<<<< HEAD\n" + good + "=======\n" + good + ">>>>>>> theirs\n", `line 1: git has left the marks of a merge conflict`},
		{"conflict below", sealed(header("5", 1), "=======", a), `line 2: git has left the marks`},
		{"CR LF", strings.ReplaceAll(good, "\n", "\r\n"), `line 1: the line ends in CR LF`},
		{"byte order mark", "\xef\xbb\xbf" + good, `line 1: the file begins with a byte order mark`},
		{"conflict as diff3 shows it", sealed(header("5", 1), "||||||| base", a), `line 2: git has left the marks`},
		{"NUL", one(strings.Replace(a, "40293", "4\x003", 1)), `line 2: column 52: an escaped control character is expected`},
		{"NULs at the end", good + strings.Repeat("\x00", 512), `line 3: the line has no end`},
		{"nested below", one(strings.Replace(a, `{}`, strings.Repeat(`{"title":`, 10_001), 1)), `line 2: column 77: a string is expected`},
		{"number beyond all", one(strings.Replace(a, `{}`, `{"title":1e400}`, 1)), `line 2: column 77: a string is expected`},
		{"null record", one("null"), `line 2: column 1: "{" is expected`},
		{"lineage missing", sealed(strings.Replace(header("5", 0), `"lineage":"l1",`, "", 1)), `line 1: the field "lineage" is missing`},
		{"checksum in capitals", good[:sum] + strings.ToUpper(good[sum:sum+64]) + good[sum+64:], `line 1: the checksum does not fit`},
		{"nested", strings.Repeat("[", 100000) + "\n", `line 1: column 1: "{" is expected`},
	}
}

func TestReadRefuses(t *testing.T) {
	if _, err := parse(goodState); err != nil {
		t.Fatalf("the good file: %v", err)
	}
	for _, tt := range badStates() {
		t.Run(tt.name, func(t *testing.T) {
			s, err := parse(tt.file)
			var broken *state.FormatError
			if !errors.As(err, &broken) || s != nil {
				t.Fatalf("Read() = %v, %v, want a FormatError", s, err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is\n%s\nwant it to have\n%s", err, tt.want)
			}
			if broken.Help == "" || strings.Contains(err.Error(), "example.org") {
				t.Errorf("help %q, error %q: one lacks, or the other tells a value", broken.Help, err)
			}
		})
	}
}

// TestReadTruncated cuts a file at every byte, TestReadFlipped changes its every
// bit: neither is ever read.
func TestReadTruncated(t *testing.T) {
	file := write(t, everything())
	for n := range file {
		if _, err := state.Read(bytes.NewReader(file[:n]), nil); err == nil {
			t.Errorf("the first %d of %d bytes are read as a state", n, len(file))
		}
	}
}

func TestReadFlipped(t *testing.T) {
	s := everything()
	for len(write(t, s)) < 4<<10 {
		i := len(s.Records)
		s.Records = append(s.Records, *rec(tracking.Addr(fmt.Sprintf("trackings.orders[%q]", fmt.Sprint(8000+i))), fmt.Sprintf("sto/9%04d", i), "Order"))
	}
	file := write(t, s)
	for i := range file {
		for n := range exhaustive.Or(8, 1) {
			bit := (i + n) % 8
			file[i] ^= 1 << bit
			if _, err := state.Read(bytes.NewReader(file), nil); err == nil {
				t.Errorf("bit %d of byte %d may be wrong", bit, i)
			}
			file[i] ^= 1 << bit
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*state.State)
		want   string
	}{
		{"clear phone", func(s *state.State) { s.Records[0].Applied.Put(tracking.CustomerPhone, "+49 30 1") }, "customer_phone is not a fingerprint"},
		{"not UTF-8", func(s *state.State) { s.Records[0].Applied.Put(tracking.Title, "\xff") }, "title is not valid UTF-8"},
		{"header not UTF-8", func(s *state.State) { s.Tool = "\xff" }, "the header is not valid UTF-8"},
		{"unsorted", func(s *state.State) { s.Records[0], s.Records[1] = s.Records[1], s.Records[0] }, "not sorted"},
		{"same key", func(s *state.State) { s.Records[0].Key = s.Records[2].Key }, "have the same key, sto/40293"},
		{"no serial", func(s *state.State) { s.Serial = 0 }, "the serial is missing"},
		{"long line", func(s *state.State) { s.Records[0].Status = strings.Repeat("x", 1<<20) }, "takes more than 1048576 bytes"},
		{"long header", func(s *state.State) { s.Tool = strings.Repeat("x", 1<<20) }, "the header"},
		{"kept in clear", func(s *state.State) { s.Records[0].Kept.Put(tracking.CustomerName, "Ann") }, "customer_name is not a fingerprint, and must not be kept in clear"},
		{"awaited in clear", func(s *state.State) { s.Records[0].Awaited.Put(tracking.CustomerName, "Ann") }, "customer_name is not a fingerprint, and must not be kept in clear"},
		{"left", func(s *state.State) { s.Records[0].LeftAsIs = 1 << 31 }, "left has attributes that do not exist"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := everything()
			tt.change(s)
			var b bytes.Buffer
			err := s.Write(&b)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Write() = %v, want %q", err, tt.want)
			}
			if b.Len() > 0 {
				t.Errorf("%d bytes were written all the same", b.Len())
			}
		})
	}
}

func TestStateKey(t *testing.T) {
	const addr = `tracking.full["a \"b\" \\"]`
	s := everything()
	file := write(t, s)
	if s.Find(addr).Applied.Value(tracking.CustomerName) != s.Fingerprint("AB-12_3", tracking.CustomerName, "Ann") {
		t.Error("Seal and Fingerprint do not agree")
	}
	got, err := state.Read(bytes.NewReader(file), []byte("new key"))
	must(t, err)
	if !got.KeyChanged || got.KeyID != state.KeyID([]byte("new key")) || got.Account != "" {
		t.Errorf("with another key: KeyChanged %t, KeyID %q, Account %q", got.KeyChanged, got.KeyID, got.Account)
	}
	applied := got.Find(addr).Applied
	if applied.Has(tracking.CustomerName) || applied.Has(tracking.CustomerEmail) || !applied.Has(tracking.Archived) {
		t.Errorf("with another key there are still %v", applied.Set())
	}
	if got.Fingerprint("AB-12_3", tracking.CustomerName, "Ann") == s.Fingerprint("AB-12_3", tracking.CustomerName, "Ann") {
		t.Error("the key makes no difference to a fingerprint")
	}
	again, err := state.Read(bytes.NewReader(write(t, got)), []byte("new key"))
	must(t, err)
	if again.KeyChanged {
		t.Error("a state written with a key is not its own")
	}
}

func TestFingerprint(t *testing.T) {
	s := everything()
	const want = "hmac:uolhdcuwVJBmrfTLJxKCBw"
	if got := s.Fingerprint("40293", tracking.CustomerName, "Ann"); got != want {
		t.Errorf("Fingerprint() = %q, want %q: states that are in use could not be compared any more", got, want)
	}
	if got := s.Fingerprint("40293", tracking.CustomerName, ""); got != "" {
		t.Errorf("Fingerprint of nothing is %q", got)
	}
	seen := map[string]string{}
	for _, number := range []string{"40293", "40294"} {
		for _, a := range []tracking.Attr{tracking.CustomerName, tracking.CustomerEmail} {
			for _, v := range []string{"Ann", "Bob"} {
				what := fmt.Sprint(number, a, v)
				got := s.Fingerprint(number, a, v)
				if other, found := seen[got]; found {
					t.Errorf("%s and %s have the same fingerprint", what, other)
				}
				seen[got] = what
			}
		}
	}
}

func TestFindAndByKey(t *testing.T) {
	s := everything()
	for i := range s.Records {
		r := &s.Records[i]
		if s.Find(r.Addr) != r || s.ByKey(r.Key) != r {
			t.Errorf("%s is not found by its address or its key", r.Addr)
		}
	}
	if s.Find("tracking.none") != nil || s.ByKey(tracking.Key{Carrier: "sto", Number: "none1"}) != nil {
		t.Error("what is not there is found")
	}
	if a, b := state.New("t", nil), state.New("t", nil); a.Lineage == b.Lineage || a.Salt == b.Salt || a.Lineage == "" {
		t.Error("two fresh states share a lineage or a salt")
	}
}
