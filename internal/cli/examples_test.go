package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/gear/golden"
)

// session runs commands in a copy of an example.
type session struct {
	t    *testing.T
	root string // holds examples/
}

func newSession(t *testing.T) *session {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(filepath.Join(root, "examples"), os.DirFS(filepath.Join("..", "..", "examples"))); err != nil {
		t.Fatal(err)
	}
	// What somebody has tried by hand is not part of the example.
	for _, pattern := range []string{"*/.tmsync", "*/tmsync.state.jsonl*"} {
		left, _ := filepath.Glob(filepath.Join(root, "examples", pattern))
		for _, path := range left {
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
		}
	}
	return &session{t, root}
}

func (s *session) run(want cli.ExitCode, args ...string) string {
	s.t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(s.root, map[string]string{}, 0, &stdout, &stderr, args); code != want {
		s.t.Fatalf("tmsync %s ended with %d, want %d\n%s%s", strings.Join(args, " "), code, want, &stdout, &stderr)
	}
	return stdout.String()
}

// Every example plans as its golden file says, applies, and plans empty.
func TestExamples(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob(filepath.Join("..", "..", "examples", "*", "main.hcl"))
	if err != nil || len(dirs) == 0 {
		t.Fatal("there are no examples", err)
	}
	for _, main := range dirs {
		name := filepath.Base(filepath.Dir(main))
		t.Run(name, func(t *testing.T) {
			s := newSession(t)
			chdir := "--chdir=examples/" + name
			s.run(cli.OK, chdir, "validate")
			s.run(cli.OK, chdir, "fmt", "--check")
			golden.Check(t, filepath.Join("testdata", "examples", name+".plan"), s.run(cli.OK, chdir, "plan"))
			s.run(cli.OK, chdir, "apply", "--auto-approve")
			s.run(cli.OK, chdir, "plan", "--detailed-exitcode")
			s.run(cli.OK, chdir, "show")
		})
	}
}

// The walk-through of several-carriers: the coat changes hands, and the clock
// cannot be destroyed.
func TestSeveralCarriers(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	chdir := "--chdir=examples/several-carriers"
	s.run(cli.OK, chdir, "apply", "--auto-approve")
	golden.Check(t, filepath.Join("testdata", "examples", "several-carriers.handover"), s.run(cli.OK, chdir, "plan", "--var", "coat_carrier=zto"))
	s.run(cli.OK, chdir, "apply", "--auto-approve", "--var", "coat_carrier=zto")
	s.run(cli.OK, chdir, "plan", "--detailed-exitcode", "--var", "coat_carrier=zto")

	file := filepath.Join(s.root, "examples", "several-carriers", "main.hcl")
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	src, _, _ = bytes.Cut(src, []byte("# An heirloom"))
	if err := os.WriteFile(file, src, 0o644); err != nil {
		t.Fatal(err)
	}
	s.run(cli.Unsafe, chdir, "apply", "--auto-approve", "--var", "coat_carrier=zto")
}
