//go:build unix

package cli_test

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/tmsync/tmsync/internal/cli"
)

// written is one way to have a file written, whose name NAME stands for.
type written struct {
	args    []string
	environ map[string]string
	begins  string // what is written begins so
}

// everyWritten are the ways to have a file written that exists already.
var everyWritten = map[string]written{
	"--out":               {args: []string{"plan", "--out=NAME"}, begins: `{"format":"tmsync-plan"`},
	"--md-out":            {args: []string{"plan", "--md-out=NAME"}, begins: "<!-- tmsync:"},
	"--html-out":          {args: []string{"plan", "--html-out=NAME"}, begins: "<!DOCTYPE html>"},
	"--metrics-file":      {args: []string{"plan", "--metrics-file=NAME"}, begins: "# HELP tmsync_"},
	"--json-out":          {args: []string{"plan", "--json-out=NAME"}, begins: `{"`},
	"--junit":             {args: []string{"test", "--junit=NAME"}, begins: "<?xml "},
	"--baseline":          {args: []string{"drift", "--update-baseline", "--baseline=NAME"}, begins: "{\n"},
	"TMSYNC_CODE_QUALITY": {args: []string{"plan", "--ci=gitlab"}, environ: map[string]string{"TMSYNC_CODE_QUALITY": "NAME"}, begins: "["},
	"GITHUB_STEP_SUMMARY": {args: []string{"plan", "--ci=github"}, environ: map[string]string{"GITHUB_STEP_SUMMARY": "NAME"}, begins: "<!-- tmsync:"},
}

// run has the file written in a directory, under a name.
func (w written) run(dir, name string) (out, errs string, code cli.ExitCode) {
	args, environ := make([]string, len(w.args)), maps.Clone(w.environ)
	for i, arg := range w.args {
		args[i] = strings.ReplaceAll(arg, "NAME", name)
	}
	for key := range environ {
		if environ[key] = name; !filepath.IsAbs(name) {
			environ[key] = filepath.Join(dir, name)
		}
	}
	var stdout, stderr bytes.Buffer
	code = run(dir, environ, 0, &stdout, &stderr, args)
	return stdout.String(), stderr.String(), code
}

// aLamp makes a directory with a configuration, and with a state of it.
func aLamp(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(`
provider "trackingmore" {
  endpoint = "sandbox"
}

tracking "lamp" {
  carrier_code    = "sto"
  tracking_number = "402934299065"
}
`), 0o600))
	var out bytes.Buffer
	if code := run(dir, nil, 0, &out, &out, []string{"apply", "--auto-approve"}); code != 0 {
		t.Fatalf("apply ended with %d\n%s", code, &out)
	}
	return dir
}

// What is no regular file is written to, and is there afterwards.
func TestWriteInto(t *testing.T) {
	t.Parallel()
	for name, w := range everyWritten {
		if name == "--baseline" {
			continue // it is read first, which takes a file
		}
		t.Run(name, func(t *testing.T) {
			dir := aLamp(t)
			pipe := filepath.Join(dir, "pipe")
			must(t, syscall.Mkfifo(pipe, 0o600))
			read := make(chan string, 1)
			go func() {
				text, err := os.ReadFile(pipe)
				if err != nil {
					t.Error(err)
				}
				read <- string(text)
			}()
			out, errs, code := w.run(dir, "pipe")
			if code != 0 {
				t.Fatalf("ended with %d\n%s%s", code, out, errs)
			}
			if text := <-read; !strings.HasPrefix(text, w.begins) {
				t.Errorf("into the pipe was written %.200q, want %q at its begin", text, w.begins)
			}
			if info, err := os.Lstat(pipe); err != nil || info.Mode().Type() != fs.ModeNamedPipe {
				t.Errorf("the pipe is %v afterwards (%v)", info, err)
			}

			out, errs, code = w.run(dir, "/dev/stdout")
			if code != 0 || !strings.Contains(out, w.begins) {
				t.Errorf("ended with %d, and %q is not in the output:\n%.2000s%s", code, w.begins, out, errs)
			}

			// As root, a device could be replaced. This one is nobody else's.
			null := filepath.Join(dir, "null")
			if runtime.GOOS != "linux" || syscall.Mknod(null, syscall.S_IFCHR|0o666, 1<<8|3) != nil {
				t.Skip("no device can be made")
			}
			if f, err := os.OpenFile(null, os.O_WRONLY, 0); err != nil {
				t.Skip("no device can be opened here")
			} else {
				must(t, f.Close())
			}
			if out, errs, code = w.run(dir, "null"); code != 0 {
				t.Errorf("ended with %d\n%s%s", code, out, errs)
			}
			if info, err := os.Lstat(null); err != nil || info.Mode().Type() != fs.ModeDevice|fs.ModeCharDevice {
				t.Errorf("the device is %v afterwards (%v)", info, err)
			}
		})
	}
}

// Links are not followed, dangling ones and directories neither, and a state is
// never replaced by something else.
func TestWriteRefused(t *testing.T) {
	for name, w := range everyWritten {
		t.Run(name, func(t *testing.T) {
			dir, elsewhere := aLamp(t), t.TempDir()
			must(t, os.WriteFile(filepath.Join(elsewhere, "keys"), []byte("mine\n"), 0o600))
			must(t, os.Symlink(filepath.Join(elsewhere, "keys"), filepath.Join(dir, "link")))
			must(t, os.Symlink(filepath.Join(elsewhere, "new"), filepath.Join(dir, "dangling")))
			must(t, os.Symlink(elsewhere, filepath.Join(dir, "reports")))
			must(t, os.Mkdir(filepath.Join(dir, "directory"), 0o700))
			state, err := os.ReadFile(filepath.Join(dir, "tmsync.state.jsonl"))
			must(t, err)
			must(t, os.WriteFile(filepath.Join(dir, "copy"), state, 0o600))
			for place, want := range map[string]string{
				"link": "symbolic link", "dangling": "symbolic link", "reports/new": "symbolic link",
				"directory": "is a directory", "copy": "a state",
			} {
				if name == "GITHUB_STEP_SUMMARY" && place == "reports/new" {
					continue // the runner says where, and the checkout has no part in it
				}
				out, errs, code := w.run(dir, place)
				if code != cli.Failure || !strings.Contains(strings.Join(strings.Fields(errs), " "), want) {
					t.Errorf("%s: ended with %d, want 1 and %q\n%s%s", place, code, want, out, errs)
				}
			}
			entries, err := os.ReadDir(elsewhere)
			must(t, err)
			text, err := os.ReadFile(filepath.Join(elsewhere, "keys"))
			must(t, err)
			if len(entries) != 1 || string(text) != "mine\n" {
				t.Errorf("elsewhere there is %v, and the file says %q", entries, text)
			}
			if text, err := os.ReadFile(filepath.Join(dir, "copy")); err != nil || !bytes.Equal(text, state) {
				t.Errorf("the copy of the state is %q (%v)", text, err)
			}
			for _, link := range []string{"link", "dangling", "reports"} {
				if info, err := os.Lstat(filepath.Join(dir, link)); err != nil || info.Mode().Type() != fs.ModeSymlink {
					t.Errorf("%s is %v afterwards (%v)", link, info, err)
				}
			}
		})
	}
}

// A pipe that nobody reads is an error, and no reason to wait for ever.
func TestPipeWithoutReader(t *testing.T) {
	t.Parallel()
	dir := aLamp(t)
	must(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	if out, errs, code := everyWritten["--md-out"].run(dir, "pipe"); code != cli.Failure || !strings.Contains(errs, "nobody reads from it") {
		t.Errorf("ended with %d\n%s%s", code, out, errs)
	}
}

// What tmsync keeps in .tmsync goes through no link either, and init follows none.
func TestOwnFilesFollowNoLinks(t *testing.T) {
	t.Parallel()
	dir, elsewhere := aLamp(t), t.TempDir()
	var out bytes.Buffer
	must(t, os.Rename(filepath.Join(dir, ".tmsync", "sandbox.jsonl"), filepath.Join(elsewhere, "sandbox.jsonl")))
	must(t, os.Symlink(filepath.Join(elsewhere, "sandbox.jsonl"), filepath.Join(dir, ".tmsync", "sandbox.jsonl")))
	if code := run(dir, nil, 0, &out, &out, []string{"plan"}); code != cli.Failure || !strings.Contains(out.String(), "links are not followed") {
		t.Errorf("ended with %d\n%s", code, &out)
	}
	must(t, os.RemoveAll(filepath.Join(dir, ".tmsync")))
	must(t, os.Symlink(elsewhere, filepath.Join(dir, ".tmsync")))
	for _, args := range [][]string{{"plan", "--lock=false"}, {"drift", "--lock=false"}, {"carriers", "--refresh"}} {
		out.Reset()
		run(dir, nil, 0, &out, &out, args)
	}
	entries, err := os.ReadDir(elsewhere)
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("elsewhere there is %v\n%s", entries, &out)
	}

	out.Reset()
	must(t, os.WriteFile(filepath.Join(elsewhere, "netrc"), []byte("password\n"), 0o600))
	must(t, os.Symlink(filepath.Join(elsewhere, "netrc"), filepath.Join(dir, ".gitignore")))
	if code := run(dir, nil, 0, &out, &out, []string{"init"}); code != cli.Failure {
		t.Errorf("init ended with %d\n%s", code, &out)
	}
	if text, err := os.ReadFile(filepath.Join(elsewhere, "netrc")); err != nil || string(text) != "password\n" {
		t.Errorf("the file that .gitignore is a link to says %q (%v)", text, err)
	}
}
