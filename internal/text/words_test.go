package text

import (
	"errors"
	"testing"
)

// TestSentence begins with what may be the name of a file, and with a word.
func TestSentence(t *testing.T) {
	for in, want := range map[string]string{
		"reading orders.csv: permission denied": "Reading orders.csv: permission denied.",
		"orders.csv: permission denied":         "orders.csv: permission denied.",
		"prod: permission denied":               "prod: permission denied.",
		"the file is empty!":                    "The file is empty!",
	} {
		if got := Sentence(errors.New(in)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
