package state_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/state"
)

// withOutputs is everything, with an output of each form.
func withOutputs() *state.State {
	s := everything()
	seal := func(name string, sensitive bool, typ, value string) {
		s.Outputs = append(s.Outputs, s.SealOutput(name, sensitive, []byte(typ), []byte(value)))
	}
	seal("carriers", false, `["map","number"]`, `{"sto":2,"ups":1}`)
	seal("count", false, `"number"`, `3`)
	seal("long", false, `"string"`, `"`+strings.Repeat("x", 4<<10)+`"`)
	seal("mail", true, `"string"`, `"ann@example.org"`)
	s.Outputs = append(s.Outputs, state.Output{Name: "unknown", Sensitive: true})
	return s
}

// TestOutputs: outputs have a version of the format of their own, which is written only
// where there are some. What is sensitive or long is not there in clear.
func TestOutputs(t *testing.T) {
	want := withOutputs()
	file := write(t, want)
	golden.Check(t, "testdata/everything_v4.jsonl", file)
	got, err := state.Read(bytes.NewReader(file), nil)
	must(t, err)
	diff(t, "state", want, got)
	diff(t, "second writing", string(file), string(write(t, got)))
	if bytes.Contains(file, []byte("ann@")) || bytes.Contains(file, []byte("xxx")) {
		t.Errorf("it has a value in clear that it must not have:\n%s", file)
	}
	if want.Equal(everything()) {
		t.Error("a state without its outputs is equal")
	}
	got.Outputs = nil
	diff(t, "without outputs", string(readFile(t, "testdata/everything.jsonl")), string(write(t, got)))

	// Equal values of two outputs do not show.
	o := func(name, value string) string {
		return want.SealOutput(name, true, []byte(`"string"`), []byte(value)).Sum
	}
	if o("a", `"x"`) == o("b", `"x"`) || o("a", `"x"`) == o("a", `"y"`) {
		t.Error("the fingerprints do not tell the values apart")
	}
}

// TestOutputsOfAnotherKey: a fingerprint of another key says nothing any more. Whatever
// is in clear stays, and so does all of a state that is only handed on.
func TestOutputsOfAnotherKey(t *testing.T) {
	file := write(t, withOutputs())
	got, err := state.Read(bytes.NewReader(file), []byte("another"))
	must(t, err)
	want := withOutputs().Outputs
	want[2].Sum, want[3].Sum = "", ""
	diff(t, "outputs", want, got.Outputs)
	must(t, got.Write(&bytes.Buffer{}))
	asIs, err := state.ReadAsIs(bytes.NewReader(file))
	must(t, err)
	diff(t, "as it is", withOutputs().Outputs, asIs.Outputs)
}

// TestOutputsDamaged: a file with outputs that was cut, changed or mixed is never read.
func TestOutputsDamaged(t *testing.T) {
	file := write(t, withOutputs())
	for n := range file {
		if _, err := state.Read(bytes.NewReader(file[:n]), nil); err == nil {
			t.Errorf("the first %d of %d bytes are read as a state", n, len(file))
		}
		flipped := bytes.Clone(file)
		flipped[n] ^= 1
		if _, err := state.Read(bytes.NewReader(flipped), nil); err == nil {
			t.Errorf("byte %d may be another one", n)
		}
	}

	const a = `{"output":"a","type":"number","value":1}`
	const b = `{"output":"b","type":"number","value":2}`
	parcel := recordLine("tracking.a", "11111", "A")
	head := func(version, outputs string) string {
		return strings.Replace(header("6", 1), `"version":1`, `"version":`+version, 1) + outputs
	}
	one := func(line string) string { return sealed(head("4", `,"outputs":1`), line, parcel) }
	if _, err := parse(one(a)); err != nil {
		t.Fatalf("the good file: %v", err)
	}
	first, _, _ := strings.Cut(one(a), "\n")
	for _, tt := range []badFile{
		{"in version 3", sealed(head("3", `,"outputs":1`), a, parcel), `line 1: unknown field "outputs"`},
		{"not announced", sealed(head("4", ""), a, parcel), "line 2: there are more outputs than the 0"},
		{"one lacking", sealed(head("4", `,"outputs":2`), a, parcel), "the file has 1 of 2 outputs"},
		{"behind trackings", sealed(head("4", `,"outputs":1`), parcel, a), "line 3: an output stands behind trackings"},
		{"not sorted", sealed(head("4", `,"outputs":2`), b, a, parcel), "line 3: the outputs are not sorted"},
		{"twice", sealed(head("4", `,"outputs":2`), a, a, parcel), "line 3: the outputs are not sorted by name, or one stands twice"},
		{"white space", one(`{"output":"a","type":"number","value": 1}`), "a JSON value without white space"},
		{"white space inside", one(`{"output":"a","type":"number","value":[1, 2]}`), "a JSON value without white space"},
		{"no JSON", one(`{"output":"a","type":"number","value":nil}`), "a JSON value is expected"},
		{"half of it", one(`{"output":"a","type":"number","value":[1}`), "a JSON value is expected"},
		{"no type", one(`{"output":"a","value":1}`), "a type and a value, or a fingerprint"},
		{"both", one(`{"output":"a","type":"number","value":1,"sum":"hmac:AAAAAAAAAAAAAAAAAAAAAA"}`), "a type and a value, or a fingerprint"},
		{"clear", one(`{"output":"a","sensitive":true,"type":"string","value":"ann@example.org"}`), "must not stand here in clear"},
		{"no fingerprint", one(`{"output":"a","sensitive":true,"sum":"ann@example.org"}`), "the fingerprint of an output is none"},
		{"no name", one(`{"output":"","type":"number","value":1}`), "the name of an output has 1 to 1024 bytes"},
		{"too long", one(`{"output":"a","type":"string","value":"` + strings.Repeat("x", 5000) + `"}`), "may take 4096 bytes"},
		{"nested", one(`{"output":"a","type":"string","value":` + strings.Repeat("[", 100_000) + `}`), "a JSON value is expected"},
		{"lines of both", strings.Join([]string{first, a, b, parcel, ""}, "\n"), mergedText},
		{"one changed", strings.Join([]string{first, b, parcel, ""}, "\n"), "the checksum does not fit"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := parse(tt.file)
			var broken *state.FormatError
			if !errors.As(err, &broken) || s != nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "example.org") {
				t.Errorf("got %v, %v, want %s", s, err, tt.want)
			}
		})
	}
}

// TestSetOutputs: outputs are kept by a commit, and by nothing before it.
func TestSetOutputs(t *testing.T) {
	m := &memory{data: []byte(stateFile5)}
	s := open(t, m, state.OpenOptions{})
	begin(t, s, creates(recB))
	s.SetOutputs(withOutputs().Outputs)
	must(t, s.Settle(1, puts(recB), nil))
	diff(t, "outputs", withOutputs().Outputs, s.State().Outputs)
	killed := open(t, &memory{data: m.data, journal: m.journal}, state.OpenOptions{})
	diff(t, "outputs of a run that was killed", []state.Output(nil), killed.State().Outputs)
	diff(t, "its records", s.State().Records, killed.State().Records)

	must(t, s.Commit(t.Context()))
	again := open(t, m, state.OpenOptions{})
	diff(t, "state", s.State(), again.State())
	before := string(m.data)
	again.SetOutputs(withOutputs().Outputs)
	must(t, again.Commit(t.Context()))
	diff(t, "written again without need", before, string(m.data))
}
