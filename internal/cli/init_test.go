package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/cli"
)

// A directory's name is neither a pattern nor a command to init, which leaves a
// configuration alone.
func TestInitNames(t *testing.T) {
	parent := t.TempDir()
	name := "a[b\x1b[2J\n::error::"
	dir := filepath.Join(parent, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Skip("the system does not take such names:", err)
	}
	must(t, os.Mkdir(filepath.Join(dir, "directory.hcl"), 0o700)) // no configuration
	var first []byte
	for n, want := range []string{"Wrote", "Ready: 1 declared"} {
		out, errs, code := in(parent, "--chdir="+name, "init")
		if code != cli.OK || !strings.HasPrefix(out, want) {
			t.Errorf("ended with %d, want %q first:\n%s%s", code, want, out, errs)
		}
		inert(t, out+errs)
		text, err := os.ReadFile(filepath.Join(dir, "main.hcl"))
		must(t, err)
		if text = append(text, "# mine\n"...); n == 0 {
			first = text
			must(t, os.WriteFile(filepath.Join(dir, "main.hcl"), text, 0o600))
		} else if !bytes.HasPrefix(text, first) {
			t.Errorf("init has replaced a file:\n%s", text)
		}
	}
}
