package report_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/tracking"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func key(number string) tracking.Key { return tracking.Key{Carrier: "sto", Number: number} }

func declared(line int) *tracking.Declared {
	return &tracking.Declared{Source: tracking.SourceAt("main.hcl", line)}
}

func results(statuses ...apply.Status) []apply.Result {
	var out []apply.Result
	for _, s := range statuses {
		out = append(out, apply.Result{Status: s})
	}
	return out
}
