package main

import (
	"encoding/xml"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "draw the picture anew")

// The picture in README.md is what a plan shows today.
func TestPicture(t *testing.T) {
	path := filepath.Join("..", "..", "..", ".github", "plan.svg")
	got, err := draw(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf(".github/plan.svg (-want +got):\n%s", diff)
	}
	var svg struct {
		Texts []string `xml:"g>text"`
	}
	if err := xml.Unmarshal(got, &svg); err != nil || !strings.Contains(strings.Join(svg.Texts, "\n"), "1 carrier change") {
		t.Errorf("%v: %q", err, svg.Texts)
	}
	for _, escape := range []string{"\x1b", `\u001b`} {
		if strings.Contains(string(got), escape) {
			t.Error("the picture has escape sequences in it")
		}
	}
}
