package main

import (
	"encoding/xml"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/gear/golden"
)

// The picture in README.md is what a plan shows today.
func TestPicture(t *testing.T) {
	path := filepath.Join("..", "..", "..", ".github", "plan.svg")
	got, err := draw(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, path, got)
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
