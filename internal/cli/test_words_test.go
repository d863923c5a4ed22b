package cli_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/config/testfile"
	"github.com/tmsync/tmsync/plan"
)

// TestActionWords: the language of tests has the words of the plans.
func TestActionWords(t *testing.T) {
	var want []string
	for _, a := range plan.Actions {
		want = append(want, string(a))
	}
	got := slices.Sorted(slices.Values(testfile.Actions))
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
