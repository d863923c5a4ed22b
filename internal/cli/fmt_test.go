package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tmsync/tmsync/internal/cli"
)

// in runs tmsync in a directory.
func in(dir string, args ...string) (stdout, stderr string, code cli.ExitCode) {
	var out, errs bytes.Buffer
	code = run(dir, map[string]string{}, 0, &out, &errs, args)
	return out.String(), errs.String(), code
}

// What is wrong with a file's syntax, fmt says in the words of validate. It ends
// with an error, whatever the file is, and leaves the file as it is.
func TestFmtBrokenFiles(t *testing.T) {
	for what, text := range map[string]string{
		"nested":            "a = " + strings.Repeat("[", 200_000) + strings.Repeat("]", 200_000) + "\n",
		"nested blocks":     strings.Repeat("a {\n", 200_000),
		"chained":           "a = 1" + strings.Repeat(" + 1", 200_000) + "\n",
		"encoding":          "tracking \"a\" {\n  customer_name = \"Ms Qnamemark\xfc\"\n}\n",
		"quote missing":     "tracking \"a\" {\n  customer_name = \"Ms Qnamemark\n}\n",
		"stray word":        "tracking \"a\" {\n  customer_email = \"qmailmark@example.org\" \"qmailmark\"\n}\n",
		"unclosed":          "tracking \"a\" {\n  customer_phone = \"+4915550qphonemark\"\n",
		"bracket too many":  "tracking \"a\" {\n}\n}\n",
		"key":               "provider \"trackingmore\" {\n  api_key = \"0c4nary0-qkeymark\n}\n",
		"zero byte":         "tracking \"a\" {\n  # \x00\n}\n",
		"control character": "tracking \"a\" {\n  title = \"\x1b]0;x\a\" \"\u202e\"\n}\n",
	} {
		t.Run(what, func(t *testing.T) {
			dir := directoryWith(t, text)
			_, want, _ := in(dir, "validate")
			out, got, code := in(dir, "fmt", "--diff")
			if code != cli.Failure || out != "" {
				t.Errorf("ended with %d, and wrote %q", code, out)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-validate +fmt:\n%s", diff)
			}
			if found := leaks([]byte(got)); len(found) > 0 {
				t.Errorf("it tells %q:\n%s", found, got)
			}
			inert(t, got)
			if now, err := os.ReadFile(filepath.Join(dir, "main.hcl")); err != nil || string(now) != text {
				t.Errorf("the file has changed: %v", err)
			}
		})
	}
}

// Of a variable file, or of what may be one, an error shows the place alone: which
// of the values are secret is not said there.
func TestFmtBrokenVariables(t *testing.T) {
	for what, text := range map[string]string{
		"unclosed": "name = \"" + canaryVariable + "\nnext = 1\n",
		"encoding": "name = \"" + canaryVariable + "\xfc\"\n",
		"twice":    "name = \"" + canaryVariable + "\" 2\n",
		"zero":     "name = \"" + canaryVariable + "\" # \x00\n",
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			must(t, os.WriteFile(filepath.Join(dir, "tmsync.tmvars"), []byte(text), 0o600))
			_, errs, code := in(dir, "fmt")
			if found := leaks([]byte(errs)); code != cli.Failure || len(found) > 0 || !strings.Contains(errs, "on tmsync.tmvars line 1") {
				t.Errorf("ended with %d, and tells %q:\n%s", code, found, errs)
			}
		})
	}
}

// A diff has what changes, and nothing that a terminal obeys or that is a
// customer's.
func TestFmtDiff(t *testing.T) {
	dir := directoryWith(t, `provider "trackingmore" {
api_key="`+canaryKey+`"
}
variable "name" {
default="`+canaryVariable+`"
sensitive=true
}
tracking "a" {
title="`+"\x1b]0;x\a\u202e"+` Red"
customer_name="Ms Qnamemark"   # ::error::
customer_email=lower("QMAILMARK@example.org")
}
`)
	must(t, os.WriteFile(filepath.Join(dir, "tmsync.tmvars"), []byte("name   = \""+canaryVariable+"\"\nmore = [ 4711 ]\n"), 0o600))
	out, errs, code := in(dir, "fmt", "--diff", "--write=false")
	if code != cli.OK || errs != "" {
		t.Errorf("ended with %d:\n%s", code, errs)
	}
	if found := leaks([]byte(out)); len(found) > 0 || strings.Contains(out, "4711") {
		t.Errorf("it tells %q:\n%s", found, out)
	}
	inert(t, out)
	for _, want := range []string{"--- old/main.hcl\n", `+  customer_name  = "************"`, "Red", `\u001b`, `+  customer_email = lower("`, "+name = \"*", "+more = [****]"} {
		if !strings.Contains(out, want) {
			t.Errorf("it lacks %q:\n%s", want, out)
		}
	}
}

// Names of files and directories are shown, not obeyed; what is formatted is a
// regular file, wherever it is.
func TestFmtNames(t *testing.T) {
	name := "a\x1b[2J[\n::error::\u202e.hcl"
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("a=1\n"), 0o600); err != nil {
		t.Skip("the system does not take such names:", err)
	}
	for _, args := range [][]string{{"fmt", "--check", "--diff"}, {"fmt", "--check", "--diff", dir}, {"fmt", "--check", name}} {
		out, errs, code := in(dir, args...)
		if code != cli.Unformed || strings.Count(out, `\u001b[2J`) == 0 {
			t.Errorf("%q ended with %d:\n%s%s", args, code, out, errs)
		}
		inert(t, out+errs)
	}
	must(t, os.WriteFile(filepath.Join(dir, name), []byte("a=\"\n"), 0o600))
	must(t, os.Mkdir(filepath.Join(dir, "b.hcl\x1b\n::error::"), 0o700))
	for _, args := range [][]string{
		{"fmt"}, {"fmt", "no\x1b\n::error::"}, {"fmt", os.DevNull},
		{"plan", "--no\x1b\n::error::"}, {"plan", "x\x1b\n::error::"}, {"\x1b\n::error::"}, {"--no\x1b\n::error::"}, {"--chdir=\x1b\n::error::", "plan"},
		{"plan", "--mode=\x1b\n::error::"}, {"plan", "--var=\x1b\n::error::=1"},
		{"sandbox", "--fault=\x1b\n::error::"}, {"sandbox", "--listen=\x1b\n::error::"}, {"sandbox", "--listen=127.0.0.1:\x1b\n::error::"},
		{"sandbox", "--data=\x1b\n::error::/x/\x00"}, {"show", "--state=\x1b\n::error::/x\x00"},
	} {
		out, errs, code := in(dir, args...)
		if code != cli.Failure {
			t.Errorf("%q ended with %d:\n%s%s", args, code, out, errs)
		}
		inert(t, out+errs)
	}
}

// A directory is formatted without those below it, unless --recursive asks for them.
func TestFmtDirectories(t *testing.T) {
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, "a", "b"), 0o700))
	for _, name := range []string{"a/x.hcl", "a/.y.hcl", "a/z.txt", "a/b/x.tmvars"} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte("a=1\n"), 0o600))
	}
	x, y := filepath.Join("a", "x.hcl"), filepath.Join("a", "b", "x.tmvars")
	for _, tt := range []struct{ args, want []string }{
		{[]string{"fmt"}, nil},
		{[]string{"fmt", "a"}, []string{x}},
		{[]string{"fmt", "./a/"}, []string{x}},
		{[]string{"fmt", filepath.Join(dir, "a")}, []string{filepath.Join(dir, x)}},
		{[]string{"--chdir=a", "fmt"}, []string{x}},
		{[]string{"fmt", "--recursive"}, []string{y, x}},
	} {
		out, errs, code := in(dir, append(tt.args, "--write=false")...)
		if diff := cmp.Diff(tt.want, strings.Fields(out), cmpopts.EquateEmpty()); diff != "" || code != cli.OK {
			t.Errorf("%q ended with %d (-want +got):\n%s%s", tt.args, code, diff, errs)
		}
	}
}

// Standard input comes out byte for byte, but where somebody looks at it.
func TestFmtStdin(t *testing.T) {
	for width, want := range map[int]string{0: "a = \"\x1b[2J\"\n\n", 80: "a = \"\\u001b[2J\"\n\n"} {
		var out, errs bytes.Buffer
		code := run(t.TempDir(), map[string]string{"ANSWER": "a=\"\x1b[2J\"\n"}, width, &out, &errs, []string{"fmt", "-"})
		if code != cli.OK || out.String() != want || errs.Len() > 0 {
			t.Errorf("width %d: ended with %d, and wrote %q, want %q\n%s", width, code, &out, want, &errs)
		}
	}
	var out, errs bytes.Buffer
	code := run(t.TempDir(), map[string]string{"ANSWER": "a = \"Ms Qvariablemark"}, 0, &out, &errs, []string{"fmt", "-"})
	if code != cli.Failure || out.Len() > 0 || !strings.Contains(errs.String(), "on <stdin> line 1") || len(leaks(errs.Bytes())) > 0 {
		t.Errorf("ended with %d, and wrote %q\n%s", code, &out, &errs)
	}
}

// What stands behind the flags may be the rest of a value that lacks its quotes.
func TestStrayArguments(t *testing.T) {
	_, errs, code := in(t.TempDir(), "plan", "--var", "name=Ms", "Qvariablemark", "Three")
	if found := leaks([]byte(errs)); code != cli.Failure || len(found) > 0 || !strings.Contains(errs, "2 arguments") {
		t.Errorf("ended with %d, and tells %q:\n%s", code, found, errs)
	}
}

// inert checks that a terminal or a CI system obeys nothing of a text, and that
// no name in it, which all have ":" after a line break, breaks a line.
func inert(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			t.Errorf("%U is in\n%q", r, text)
			return
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), ":") || strings.Contains(line, "##[") {
			t.Errorf("there is a command in\n%q", text)
		}
	}
}

// A symbolic link is not followed: neither is shown what lies at its end, nor does
// it become a copy of that.
func TestFmtLinks(t *testing.T) {
	const secret, text = "machine = \"example.org\"\npassword=\"hunter2\"\n", "locals {\n  x=1\n}\n"
	outside, dir := t.TempDir(), t.TempDir()
	for path, text := range map[string]string{
		filepath.Join(outside, "netrc"): secret, filepath.Join(outside, "sub.hcl"): secret, filepath.Join(dir, "main.hcl"): text,
	} {
		must(t, os.WriteFile(path, []byte(text), 0o600))
	}
	must(t, os.Symlink(filepath.Join(outside, "netrc"), filepath.Join(dir, "link.hcl")))
	must(t, os.Symlink(filepath.Join(outside, "netrc"), filepath.Join(dir, "link.tmvars")))
	must(t, os.Symlink(outside, filepath.Join(dir, "below")))
	for _, args := range [][]string{
		{"fmt", "--diff", "--write=false"}, {"fmt", "--recursive", "--check"}, {"fmt", "--recursive"}, {"fmt", "."},
		{"fmt", "link.hcl"}, {"fmt", "--diff", "link.hcl"}, {"fmt", filepath.Join(dir, "link.tmvars")},
		{"fmt", "below"}, {"fmt", "below/sub.hcl"}, {"fmt", "./below/../below/sub.hcl"}, {"fmt", filepath.Join(dir, "below", "sub.hcl")},
	} {
		out, errs, code := in(dir, args...)
		named := len(args) > 1 && strings.Contains(args[len(args)-1], "l")
		if named && !strings.HasPrefix(args[len(args)-1], "-") && (code != cli.Failure || !strings.Contains(errs, "symbolic link")) {
			t.Errorf("%q ended with %d:\n%s", args, code, errs)
		}
		if strings.Contains(out+errs, "hunter2") || strings.Contains(out, "link") || strings.Contains(out, "below") {
			t.Errorf("%q wrote\n%s%s", args, out, errs)
		}
	}
	for path, want := range map[string]string{
		filepath.Join(outside, "netrc"): secret, filepath.Join(outside, "sub.hcl"): secret, filepath.Join(dir, "main.hcl"): "locals {\n  x = 1\n}\n",
	} {
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v", path, got, err)
		}
	}
	for _, name := range []string{"link.hcl", "link.tmvars", "below"} {
		if info, err := os.Lstat(filepath.Join(dir, name)); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s is no link any more: %v, %v", name, info, err)
		}
	}

	// A directory that is reached by a link is formatted as any other.
	must(t, os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(text), 0o600))
	way := filepath.Join(t.TempDir(), "way")
	must(t, os.Symlink(dir, way))
	if out, errs, code := in(way, "fmt"); code != cli.OK || out != "main.hcl\n" {
		t.Errorf("ended with %d, and wrote %q, %q", code, out, errs)
	}
}
