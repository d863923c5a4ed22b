package text_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/text"
)

// TestSentence begins with what may be the name of a file, and with a word.
func TestSentence(t *testing.T) {
	for in, want := range map[string]string{
		"reading orders.csv: permission denied": "Reading orders.csv: permission denied.",
		"orders.csv: permission denied":         "orders.csv: permission denied.",
		"prod: permission denied":               "prod: permission denied.",
		"the file is empty!":                    "The file is empty!",
		"one\ntwo":                              "One; two.",
		"über\x1b[2J":                           "Über\\u001b[2J.",
		"":                                      ".",
	} {
		if got := text.Sentence(errors.New(in)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	codes := slices.Values([]string{"china-ems", "ukraine-ems", "dhl"})
	if got := text.Nearest("ems", codes); got != "china-ems" {
		t.Errorf("got %q", got)
	}
	if got := text.Nearest("dhx", codes); got != "dhl" {
		t.Errorf("got %q", got)
	}
}

// TestWrap: lines take as many columns as there are, also of wide letters.
func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		in          string
		first, rest int
		want        []string
	}{
		{"", 10, 10, nil},
		{"one two three", 7, 7, []string{"one two", "three"}},
		{"one two three", 8, 3, []string{"one two", "three"}},
		{"a  b", 9, 9, []string{"a  b"}},
		{"中文 中文", 8, 8, []string{"中文", "中文"}},
	} {
		if diff := cmp.Diff(tt.want, text.Wrap(tt.in, tt.first, tt.rest)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.in, diff)
		}
	}
}

// TestShorten cuts between characters.
func TestShorten(t *testing.T) {
	for most, want := range map[int]string{0: "…", 1: "…", 2: "é…", 3: "é…", 4: "éé"} {
		if got := text.Shorten("éé", most); got != want {
			t.Errorf("%d: got %q, want %q", most, got, want)
		}
	}
}
