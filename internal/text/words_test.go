package text_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/tmsync/tmsync/internal/text"
)

// TestSentence begins with what may be the name of a file, and with a word.
func TestSentence(t *testing.T) {
	for in, want := range map[string]string{
		"reading orders.csv: permission denied": "Reading orders.csv: permission denied.",
		"orders.csv: permission denied":         "orders.csv: permission denied.",
		"prod: permission denied":               "prod: permission denied.",
		"the file is empty!":                    "The file is empty!",
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
