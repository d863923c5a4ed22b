//go:build unix

package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/gear/exhaustive"
)

// The bad inputs are what no user should be able to harm anything with: bombs,
// odd files, wrong types. Each is given to the program as a process of its own.
// Groups of them stand in files of their own: badinput_config_test.go has the
// configuration, paths and CSV files, badinput_state_test.go the state, and
// badinput_service_test.go the answers of the service.

// badInput is one of them.
type badInput struct {
	name  string                                       // begins with the number of the case: "H07 nested brackets"
	args  []string                                     // validate if there are none
	files map[string]string                            // beside a provider
	make  func(t *testing.T, dir string)               // what does not fit into files; may be nil
	while func(t *testing.T, dir string) (stop func()) // what goes on meanwhile; may be nil
	code  cli.ExitCode
	want  []string // in the output, whatever its white space
	not   []string // not in the output
	heavy bool     // takes seconds: for exhaustive runs only
}

// readBadInputs reads the cases that are written out, one in each archive: a
// comment that begins with the name and goes on with lines "args: plan",
// "exit: 1", "want: in the output", "not: in the output", then the files.
func readBadInputs(t *testing.T, pattern string) []badInput {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
	}
	var all []badInput
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name, rest, _ := strings.Cut(string(archive.Comment), "\n")
		in := badInput{name: name, files: map[string]string{}}
		for line := range strings.Lines(rest) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			switch key {
			case "args":
				in.args = strings.Fields(value)
			case "exit":
				code, err := strconv.Atoi(value)
				if err != nil {
					t.Fatal(err)
				}
				in.code = cli.ExitCode(code)
			case "want":
				in.want = append(in.want, value)
			case "not":
				in.not = append(in.not, value)
			case "":
			default:
				t.Fatalf("%s: there is no %q", path, key)
			}
		}
		for _, f := range archive.Files {
			in.files[f.Name] = string(f.Data)
		}
		all = append(all, in)
	}
	return all
}

// run returns the input to the program and checks what comes of it. Whatever it is,
// the program ends in time and within its memory, in its own words; and as long
// as it ends with an error, it has asked the service nothing and changed no file.
func (in badInput) run(t *testing.T, far *counted) {
	if in.heavy {
		exhaustive.Only(t)
	}
	dir := t.TempDir()
	if in.files["provider.hcl"] == "" {
		put(t, dir, "provider.hcl", []byte("provider \"trackingmore\" {\n}\n"))
	}
	for name, text := range in.files {
		put(t, dir, name, []byte(text))
	}
	if in.make != nil {
		in.make(t, dir)
	}
	args := in.args
	if args == nil {
		args = []string{"validate"}
	}
	before, asked := listing(t, dir), far.asked.Load()
	stop := func() {}
	if in.while != nil {
		stop = in.while(t, dir)
	}
	got := runChild(t, dir, far.url, nil, args...)
	stop()
	got.check(t, in.name)
	out := strings.Join(strings.Fields(got.out), " ")
	if got.code != int(in.code) {
		t.Errorf("ended with %d, want %d\n%.3000s", got.code, in.code, got.out)
	}
	for _, want := range in.want {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %q\n%.3000s", want, got.out)
		}
	}
	for _, not := range in.not {
		if strings.Contains(out, not) {
			t.Errorf("the output has %q\n%.3000s", not, got.out)
		}
	}
	if in.code == cli.OK {
		return
	}
	if n := far.asked.Load() - asked; n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	if after := listing(t, dir); !slices.Equal(before, after) {
		t.Errorf("there was %q, and is %q", before, after)
	}
}

// listing describes all that is in a directory, without reading it.
func listing(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	if err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text := fmt.Sprintf("%s %v", path, info.Mode())
		if info.Mode().IsRegular() {
			text += fmt.Sprintf(" %d %v", info.Size(), info.ModTime())
		}
		all = append(all, text)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}
