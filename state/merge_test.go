package state_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/state"
)

const mergedText = "its lines come from two versions: a merge"

// recordLine is one line of a state.
func recordLine(addr, number, title string) string {
	return fmt.Sprintf(`{"address":"%s","carrier":"sto","number":"%s","applied":{"title":"%s"}}`, addr, number, title)
}

// TestMergedStates distinguishes what a merge makes of two states from files that are
// damaged, or were changed by hand, in other ways.
func TestMergedStates(t *testing.T) {
	a, b, c := recordLine("tracking.a", "11111", "A"), recordLine("tracking.b", "22222", "B"), recordLine("tracking.c", "33333", "C")
	b2 := recordLine("tracking.b", "22222", "B2")
	ours, theirs := sealed(header("6", 2), a, b), sealed(header("6", 2), a, c)
	head, _, _ := strings.Cut(ours, "\n")
	other, _, _ := strings.Cut(theirs, "\n")
	file := func(lines ...string) string { return strings.Join(lines, "\n") + "\n" }
	tests := []struct {
		name, file string
		merged     bool
		want       string
	}{
		{"lines of both", file(head, a, b, c), true, "line 1: " + mergedText},
		{"both headers", file(head, other, a, b), true, mergedText},
		{"both headers, below", file(head, a, b, other, a, c), true, mergedText},
		{"both versions of one line", file(head, a, b, b2), true, mergedText},
		{"both versions of one line, and one gone", file(head, b, b2), true, mergedText},
		{"unsorted, and more", file(head, a, c, b), true, mergedText},

		{"one more line that is none", file(head, a, b, "x"), false, "line 4: there are more lines"},
		{"one file twice", ours + ours, false, "line 4: there are more lines"},
		{"the number of lines alone", strings.Replace(ours, `"count":2`, `"count":1`, 1), false, "line 3: there are more lines"},
		{"a line gone", file(head, a), false, "the file ends after 1 of 2 trackings: it was cut short"},
		{"sealed again, one address twice", sealed(header("6", 2), a, recordLine("tracking.a", "22222", "B")), false, `the address "tracking.a" stands twice`},
		{"sealed again, one too many", sealed(header("6", 1), a, b), false, "there are more lines than the 1 trackings"},
		{"one line changed", file(head, a, b2), false, "the checksum does not fit"},
		{"two lines swapped", file(head, b, a), false, "not sorted"},
		{"with marks", file("<<<<<<< HEAD", head, "=======", other, ">>>>>>> x", a, b), false, "the marks of a merge conflict"},
		{"far too much", file(append([]string{head}, parcelLines(2000)...)...), false, "there are more lines"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for how, read := range readers {
				_, err := read(tt.file)
				var broken *state.FormatError
				if !errors.As(err, &broken) || !strings.Contains(err.Error(), tt.want) {
					t.Fatalf("%s: %v\nwant %s", how, err, tt.want)
				}
				if got := strings.Contains(err.Error(), mergedText); got != tt.merged {
					t.Errorf("%s: told as a merge: %v, want %v\n%v", how, got, tt.merged, err)
				}
				if ways := strings.Contains(err.Error(), "git checkout --ours or --theirs") && strings.Contains(err.Error(), "state push --force"); tt.merged && !ways {
					t.Errorf("%s: the ways out are not told: %v", how, err)
				}
			}
		})
	}
}

var readers = map[string]func(string) (*state.State, error){
	"Read":     parse,
	"ReadAsIs": func(s string) (*state.State, error) { return state.ReadAsIs(strings.NewReader(s)) },
}

// parcelLines are n lines of a state.
func parcelLines(n int) []string {
	var lines []string
	for i := range n {
		lines = append(lines, recordLine(fmt.Sprintf("tracking.x%05d", i), fmt.Sprint(100000+i), "X"))
	}
	return lines
}

// TestNoMergeInDamage flips each bit of a state and cuts it at each byte: whatever
// that makes of it, it is not told as a merge.
func TestNoMergeInDamage(t *testing.T) {
	golden, err := os.ReadFile(filepath.Join("testdata", "everything.jsonl"))
	must(t, err)
	for _, good := range [][]byte{golden, []byte(sealed(header("5", 12), parcelLines(12)...))} {
		check := func(what string, file []byte) {
			if _, err := state.ReadAsIs(bytes.NewReader(file)); err != nil && strings.Contains(err.Error(), mergedText) {
				t.Errorf("%s: %v", what, err)
			}
		}
		for i := range good {
			check(fmt.Sprintf("cut at %d", i), good[:i])
			for bit := range 8 {
				file := bytes.Clone(good)
				file[i] ^= 1 << bit
				check(fmt.Sprintf("bit %d of byte %d", bit, i), file)
			}
		}
	}
}

// TestMergesAreTold lets two runs go on from one state, each creating something,
// and mixes their files as a merge does: every line of both sides. Either header
// may be on top.
func TestMergesAreTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := parcelLines(rapid.IntRange(0, 6).Draw(t, "base"))
		side := func(name string) []string {
			lines := slices.Clone(base)
			for i := range rapid.IntRange(1, 4).Draw(t, name) {
				addr := fmt.Sprintf("tracking.%s%d", rapid.SampledFrom([]string{"a", "x", "z"}).Draw(t, "where")+name, i)
				lines = append(lines, recordLine(addr, fmt.Sprintf("%s%06d", strings.ToUpper(name), i), "N"))
			}
			slices.Sort(lines)
			return lines
		}
		ours, theirs := side("ours"), side("theirs")
		once := rapid.Bool().Draw(t, "common lines once")
		lines := slices.Clone(ours)
		for _, l := range theirs {
			if !once || !slices.Contains(base, l) {
				lines = append(lines, l)
			}
		}
		if rapid.Bool().Draw(t, "sorted") {
			slices.Sort(lines)
		}
		head := strings.SplitN(sealed(header("6", len(ours)), ours...), "\n", 2)[0]
		file := head + "\n" + strings.Join(lines, "\n") + "\n"
		if _, err := parse(file); err == nil || !strings.Contains(err.Error(), mergedText) {
			t.Fatalf("%v\n%s", err, file)
		}
	})
}
