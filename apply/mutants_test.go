package apply_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/gear/exhaustive"
)

var mutantsFlag = flag.String("mutants", exhaustive.Or("required", ""),
	"TestMutants: run those whose name begins so; all is all, required those that have to be found out")

// mutant is the protocol with one rule broken.
type mutant struct {
	name     string
	file     string // below the module's root
	old, new string
	// redundant is why the simulation may let it live: another rule does the
	// same. Empty, it has to be found out.
	redundant string
}

// TestMutants breaks the protocol in one place after the other, and wants the
// simulation to find it out each time. A rule that can be broken without anybody
// noticing is either not tested, or not needed.
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
			killed, out := simulate(t, root, m)
			switch {
			case killed && m.redundant != "":
				t.Logf("it is found out, although %s:\n%s", m.redundant, out)
			case !killed && m.redundant == "":
				t.Errorf("nobody has noticed:\n%s", out)
			}
		})
	}
}

func (m *mutant) chosen() bool {
	switch *mutantsFlag {
	case "all":
		return true
	case "required":
		return m.redundant == ""
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

// simulate runs the simulation on the mutant, in a build of its own.
func simulate(t *testing.T, root string, m mutant) (killed bool, out string) {
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
	cmd := exec.CommandContext(t.Context(), "go", "test", "-overlay", overlay, "-vet=off",
		"-run", "^(TestEveryFault|TestSchedules|TestLateArrival)$", "./apply", "-tags", "exhaustive", "-failfast", "-enough", "1", "-schedules", "6000")
	cmd.Dir = root
	answer, err := cmd.CombinedOutput()
	if err != nil && !bytes.Contains(answer, []byte("--- FAIL")) {
		t.Fatalf("the mutant does not run: %v\n%s", err, answer)
	}
	return err != nil, string(answer)
}
