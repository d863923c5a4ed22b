//go:build unix

package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmsync/tmsync/internal/gear/golden"
)

// The tours in the examples are sessions of a shell, in one copy of the example
// after the other: "$ " begins a command, "> " goes on with it, and what follows is
// what it shows.
func TestTours(t *testing.T) {
	t.Parallel()
	tours, err := filepath.Glob(filepath.Join("..", "..", "examples", "*", "TOUR.md"))
	if err != nil || len(tours) == 0 {
		t.Fatal("there are no tours", err)
	}
	for _, tour := range tours {
		example := filepath.Base(filepath.Dir(tour))
		t.Run(example, func(t *testing.T) {
			text, err := os.ReadFile(tour)
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(newSession(t).root, "examples", example)
			got := regexp.MustCompile("(?s)```console\n(.*?)```").ReplaceAllStringFunc(string(text), func(block string) string {
				return "```console\n" + walk(t, dir, block) + "```"
			})
			if golden.Update() {
				if err := os.WriteFile(tour, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(string(text), got); diff != "" {
				t.Errorf("the tour shows something else (-shown +got):\n%s", diff)
			}
		})
	}
}

// changing is what differs from run to run: the names of backups.
var changing = regexp.MustCompile(`\.\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ(-\d+)?\.backup`)

// walk runs the commands of a block, and gives them with what they show.
func walk(t *testing.T, dir, block string) string {
	t.Helper()
	var out strings.Builder
	lines := strings.Split(block, "\n")
	for i := 0; i < len(lines); i++ {
		command, ok := strings.CutPrefix(lines[i], "$ ")
		if !ok {
			continue
		}
		out.WriteString(lines[i] + "\n")
		for ; i+1 < len(lines) && strings.HasPrefix(lines[i+1], ">"); i++ {
			out.WriteString(lines[i+1] + "\n")
			command += "\n" + strings.TrimPrefix(strings.TrimPrefix(lines[i+1], ">"), " ")
		}
		cmd := exec.Command("sh", "-c", command)
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + filepath.Dir(built(t)) + ":" + os.Getenv("PATH"), "HOME=/", "LC_ALL=C"}
		shown, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", command, err, shown)
		}
		out.Write(changing.ReplaceAll(shown, []byte(".2026-09-21T13-33-20Z.backup")))
	}
	return out.String()
}
