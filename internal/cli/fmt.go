package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/pflag"
)

func fmtCommand() command {
	return command{
		name: "fmt", args: "[FILE|DIR|-]...", summary: "Rewrite configuration files in the standard form",
		help: `
Formats *.hcl and *.tmvars in the folder, or the files and folders named, and
lists what changed. "-" formats standard input to standard output.

Exit codes: 0, 1 for an error, and with --check 3 when files differ.`,
		setup: func(a *app, set *pflag.FlagSet) func(context.Context, []string) ExitCode {
			f := formatter{app: a}
			set.BoolVar(&f.check, "check", false, "change nothing; exit 3 when files differ")
			set.BoolVar(&f.diff, "diff", false, "show what changes")
			set.BoolVar(&f.recursive, "recursive", false, "go into folders below")
			set.BoolVar(&f.list, "list", true, "list the files that differ")
			set.BoolVar(&f.write, "write", true, "write the files")
			return func(_ context.Context, args []string) ExitCode { return f.run(args) }
		},
	}
}

type formatter struct {
	app                                 *app
	check, diff, recursive, list, write bool
	differs, failed                     bool
}

func (f *formatter) run(args []string) ExitCode {
	if len(args) == 0 {
		args = []string{"."}
	}
	for _, arg := range args {
		switch info, err := os.Stat(f.app.inDir(arg)); {
		case arg == "-":
			f.stdin()
		case err != nil:
			f.fail("No such file or folder", fmt.Sprintf("%q cannot be found.", arg))
		case info.IsDir():
			f.folder(arg)
		default:
			f.file(arg)
		}
	}
	switch {
	case f.failed:
		return Failure
	case f.check && f.differs:
		return Unformed
	}
	return OK
}

func (f *formatter) fail(summary, detail string) {
	f.app.fail(summary, detail)
	f.failed = true
}

func (f *formatter) stdin() {
	src, err := io.ReadAll(f.app.Stdin)
	if err != nil {
		f.fail("Standard input could not be read", sentence(err))
		return
	}
	if out, ok := f.format("<stdin>", src); ok && !f.check {
		f.app.Stdout.Write(out)
	}
}

func (f *formatter) folder(dir string) {
	err := filepath.WalkDir(f.app.inDir(dir), func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		switch rel, _ := filepath.Rel(f.app.dir, path); {
		case err != nil:
			return err
		case d.IsDir() && rel != filepath.Clean(dir) && (!f.recursive || strings.HasPrefix(name, ".")):
			return filepath.SkipDir
		case !d.IsDir() && !strings.HasPrefix(name, ".") && slices.Contains([]string{".hcl", ".tmvars"}, filepath.Ext(name)):
			f.file(rel)
		}
		return nil
	})
	if err != nil {
		f.fail("The folder could not be read", sentence(err))
	}
}

func (f *formatter) file(name string) {
	path := f.app.inDir(name)
	src, err := os.ReadFile(path)
	if err != nil {
		f.fail("The file could not be read", sentence(err))
		return
	}
	out, ok := f.format(name, src)
	if !ok || bytes.Equal(src, out) {
		return
	}
	if f.list {
		fmt.Fprintln(f.app.Stdout, filepath.Join(f.app.display, name))
	}
	if f.write && !f.check {
		if err := replaceFile(path, out); err != nil {
			f.fail("The file could not be written", sentence(err))
		}
	}
}

// format gives the standard form of some source, and notes whether it differs.
func (f *formatter) format(name string, src []byte) ([]byte, bool) {
	file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	if diags.HasErrors() {
		f.app.report(diags, map[string]*hcl.File{name: file})
		f.failed = true
		return nil, false
	}
	out := hclwrite.Format(src)
	if !bytes.Equal(src, out) {
		f.differs = true
		if f.diff {
			f.app.Stdout.Write(diff.Diff("old/"+name, src, "new/"+name, out))
		}
	}
	return out, true
}

// replaceFile writes a file whole or not at all, keeping its mode.
func replaceFile(path string, data []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".tmsync-fmt-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Chmod(info.Mode())
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
