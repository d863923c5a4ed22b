package apply_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/gear/exhaustive"
)

var mutantsFlag = flag.String("mutants", exhaustive.Or("held", ""),
	"TestMutants: run those whose name begins so; all is all, held those that a test of their own finds out")

// simulations are the tests that are to find mutants out.
const simulations = "^(TestEveryFault|TestSchedules|TestLateArrival)$"

// mutant is the protocol with one rule broken.
type mutant struct {
	name     string
	file     string // below the module's root
	old, new string
	// redundant is why the simulation lets it live: another rule does the same, or
	// none asks for it. heldBy is the test that finds it out then: a directory, a name.
	redundant, heldBy string
}

// TestMutants breaks the protocol in one place after the other, and wants the
// simulation to find it out each time, or the test that the table names. A rule that
// can be broken without anybody noticing is either not tested, or not needed.
func TestMutants(t *testing.T) {
	if *mutantsFlag == "" {
		exhaustive.Only(t) // it takes some minutes; or give -mutants all
	}
	root := moduleRoot(t)
	for _, m := range mutants {
		if !m.chosen() {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			if killed, out := m.run(t, root); !killed {
				t.Errorf("nobody has noticed:\n%s", out)
			}
		})
	}
}

func (m *mutant) chosen() bool {
	switch *mutantsFlag {
	case "all":
		return true
	case "held":
		return m.heldBy != ""
	}
	return strings.HasPrefix(m.name, *mutantsFlag)
}

// source returns the mutant's file, with the rule broken.
func (m *mutant) source(t *testing.T, root string) []byte {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(root, m.file))
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(source, []byte(m.old)); n != 1 {
		t.Fatalf("%s has the text to change %d times", m.file, n)
	}
	return bytes.Replace(source, []byte(m.old), []byte(m.new), 1)
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// run runs on the mutant, in a build of its own, what is to find it out: the core of
// the simulation, and the whole if that does not, or the test that holds the rule.
func (m *mutant) run(t *testing.T, root string) (killed bool, out string) {
	t.Helper()
	mutated := filepath.Join(t.TempDir(), filepath.Base(m.file))
	if err := os.WriteFile(mutated, m.source(t, root), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, m.file): mutated}})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		t.Fatal(err)
	}
	runs := [][]string{{"./apply", "-run", simulations, "-enough", "1"}, {"./apply", "-run", simulations, "-enough", "1", "-schedules", "6000", "-tags", "exhaustive"}}
	if directory, name, held := strings.Cut(m.heldBy, " "); held {
		runs = [][]string{{"./" + directory, "-run", "^" + name + "$"}}
	}
	for _, args := range runs {
		cmd := exec.CommandContext(t.Context(), "go", slices.Concat([]string{"test", "-overlay", overlay, "-vet=off", "-failfast"}, args)...)
		cmd.Dir = root
		answer, err := cmd.CombinedOutput()
		if err != nil && !bytes.Contains(answer, []byte("--- FAIL")) {
			t.Fatalf("the mutant does not run: %v\n%s", err, answer)
		}
		if out = string(answer); err != nil {
			return true, out
		}
	}
	return false, out
}
