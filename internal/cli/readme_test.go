package cli_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-shellwords"

	"github.com/tmsync/tmsync/internal/cli"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// blocks gives the README's code blocks in one language.
func blocks(t *testing.T, language string) []string {
	t.Helper()
	var out []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(readme(t), -1) {
		out = append(out, m[1])
	}
	if len(out) == 0 {
		t.Fatalf("the README has no %s block", language)
	}
	return out
}

// Every console block is a session that gives what it shows. "| tail -n 1"
// keeps the last line.
func TestReadmeConsole(t *testing.T) {
	for _, block := range blocks(t, "console") {
		s := newSession(t)
		got := ""
		for line := range strings.Lines(block) {
			command, ok := strings.CutPrefix(line, "$ tmsync ")
			if !ok {
				continue
			}
			command, tail := strings.CutSuffix(strings.TrimSpace(command), " | tail -n 1")
			args, err := shellwords.Parse(command)
			if err != nil {
				t.Fatal(err)
			}
			out := s.run(cli.OK, args...)
			if tail {
				lines := strings.SplitAfter(strings.TrimSuffix(out, "\n"), "\n")
				out = lines[len(lines)-1] + "\n"
			}
			got += line + out
		}
		if diff := cmp.Diff(block, got); diff != "" {
			t.Errorf("the README shows something else (-shown +got):\n%s", diff)
		}
	}
}

// The configuration that explains the language is a valid one.
func TestReadmeLanguage(t *testing.T) {
	t.Parallel()
	for _, block := range blocks(t, "hcl") {
		dir := t.TempDir()
		for name, text := range map[string]string{
			"main.hcl": block, "orders.csv": "order_id,carrier,number\n1,sto,402934299065\n",
			"orders-1.csv": "order_id,carrier,number\n2,sto,402934299066\n",
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		for _, args := range [][]string{{"validate"}, {"fmt", "--check", "--diff"}, {"apply", "--auto-approve"}, {"plan", "--detailed-exitcode"}} {
			if code := run(dir, map[string]string{}, 0, &out, &out, args); code != cli.OK {
				t.Errorf("%v ends with %d\n%s", args, code, &out)
			}
		}
	}
}

// The test file that explains tests passes.
func TestReadmeTests(t *testing.T) {
	for _, block := range blocks(t, `hcl title="tests/orders.test.hcl"`) {
		dir := folderWith(t, `
provider "trackingmore" {
  endpoint = "sandbox"
}

variable "shop" {}

tracking "lamp" {
  carrier_code    = "yto"
  tracking_number = "402934299066"
  title           = "A lamp of ${var.shop}"
}
`)
		path := filepath.Join(dir, "tests", "orders.test.hcl")
		if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(block), 0o600)); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		for _, args := range [][]string{{"fmt", "--check", "--diff", "tests"}, {"test"}} {
			if code := run(dir, map[string]string{}, 0, &out, &out, args); code != cli.OK {
				t.Errorf("%v ends with %d\n%s", args, code, &out)
			}
		}
	}
}

// The README names every command, flag and environment variable there is.
func TestReadmeIsComplete(t *testing.T) {
	text := readme(t)
	var help bytes.Buffer
	run(t.TempDir(), map[string]string{}, 0, &help, &help, []string{"--help"})
	for _, m := range regexp.MustCompile(`(?m)^  (\w+(?: \w+)?)  `).FindAllStringSubmatch(help.String(), -1) {
		if !strings.Contains(text, "tmsync "+m[1]) {
			t.Errorf("the README does not name the command %q", m[1])
		}
	}
	for _, command := range []string{"plan", "apply", "destroy", "fmt"} {
		help.Reset()
		run(t.TempDir(), map[string]string{}, 0, &help, &help, []string{command, "--help"})
		for _, m := range regexp.MustCompile(`(?m)^ +(--[a-z-]+)`).FindAllStringSubmatch(help.String(), -1) {
			switch m[1] {
			case "--parallelism", "--list", "--write", "--destroy":
				continue // told by --help
			}
			if !strings.Contains(text, m[1]) {
				t.Errorf("the README does not name %s of %s", m[1], command)
			}
		}
	}
}
