package trackingmore

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCitations holds the sections that comments cite against those that API.md
// has. A "§" in this project's Go code always means API.md.
func TestCitations(t *testing.T) {
	sections := sectionsOf(t, "API.md")
	cited := regexp.MustCompile(`§([0-9]+(?:\.[0-9]+)?)`)
	found := 0
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range cited.FindAllStringSubmatch(string(text), -1) {
			found++
			if !sections[m[1]] {
				t.Errorf("%s cites §%s, which API.md does not have", path, m[1])
			}
		}
		return nil
	})
	if err != nil || found < 100 {
		t.Errorf("walking the code: %v; %d citations found", err, found)
	}
}

// sectionsOf returns the numbers of a document's headings, and those of numbered
// points: "5.3" is the third point of section 5.
func sectionsOf(t *testing.T, path string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	heading := regexp.MustCompile(`^#+ ([0-9]+(?:\.[0-9]+)?)[. ]`)
	point := regexp.MustCompile(`^([0-9]+)\. `)
	sections, last := map[string]bool{}, ""
	for line := range strings.Lines(string(text)) {
		if m := heading.FindStringSubmatch(line); m != nil {
			last = m[1]
			sections[last] = true
		} else if m := point.FindStringSubmatch(line); m != nil {
			sections[last+"."+m[1]] = true
		}
	}
	return sections
}
