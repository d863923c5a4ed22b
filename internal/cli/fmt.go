package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/config/source"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
)

func fmtCommand() app.Command {
	return app.Command{
		Name: "fmt", Args: "[FILE|DIR|-]...", Complete: app.CompleteFile, Summary: "Rewrite configuration files in the standard form",
		Examples: `
# rewrite the files of this directory and below
tmsync fmt --recursive

# in CI: exit code 3 when files differ
tmsync fmt --check --diff`,
		Help: `
Formats *.hcl and *.tmvars in the directory, or the files and directories
named, and lists what changed. "-" formats standard input to standard output.
With --diff, customers' data is shown as "*". Symbolic links are not followed.

Exit codes: 0, 1 for an error, and with --check 3 when files differ.`,
		Setup: func(a *app.App, set *pflag.FlagSet) func(context.Context, []string) error {
			f := formatter{app: a}
			set.BoolVar(&f.check, "check", false, "change nothing; exit 3 when files differ")
			set.BoolVar(&f.diff, "diff", false, "show what changes")
			set.BoolVar(&f.recursive, "recursive", false, "descend into subdirectories")
			set.BoolVar(&f.list, "list", true, "list the files that differ")
			set.BoolVar(&f.write, "write", true, "write the files")
			f.ci.Flag(set)
			return func(_ context.Context, args []string) error {
				return a.Annotated(f.ci, func() error { return f.run(args) })
			}
		},
	}
}

type formatter struct {
	app                                 *app.App
	ci                                  app.CIFlag
	check, diff, recursive, list, write bool
	differs                             bool
	errs                                []error
}

func (f *formatter) run(args []string) error {
	if len(args) == 0 {
		args = []string{"."}
	}
	for _, arg := range args {
		switch info, err := os.Stat(f.app.InDir(arg)); {
		case arg == "-":
			f.stdin()
		case err != nil:
			f.fail("No such file or directory", fmt.Sprintf("%q cannot be found.", arg))
		case f.linked(f.app.InDir(arg)):
			f.fail("A symbolic link", fmt.Sprintf("%s is a symbolic link, or lies behind one. Name what it stands for.", text.Inert(f.app.Shown(arg))))
		case info.IsDir():
			f.directory(arg)
		default:
			f.file(arg)
		}
	}
	switch {
	case len(f.errs) > 0:
		return errors.Join(f.errs...)
	case f.check && f.differs:
		return app.Exit(app.Unformed)
	}
	return nil
}

func (f *formatter) fail(summary, detail string) {
	f.errs = append(f.errs, app.Fail(summary, detail))
}

// linked reports whether a symbolic link leads to a file. Links on the way to the
// configuration's directory, or to another one that was named, do not count.
func (f *formatter) linked(path string) bool {
	path, top := filepath.Clean(path), filepath.Dir(filepath.Clean(path))
	if below, err := filepath.Rel(f.app.Dir, path); err == nil && filepath.IsLocal(below) {
		top = filepath.Clean(f.app.Dir)
	}
	for ; path != top; path = filepath.Dir(path) {
		if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return true
		}
	}
	return false
}

func (f *formatter) stdin() {
	src, err := io.ReadAll(io.LimitReader(f.app.Stdin, source.MaxSize+1))
	if err != nil {
		f.fail("Standard input could not be read", text.Sentence(err))
		return
	}
	out, ok := f.format(app.StandardInput, src)
	if !ok || f.check {
		return
	}
	if f.app.StdoutWidth > 0 { // somebody looks at it: no program reads it
		out = []byte(text.InertLines(string(out)))
	}
	app.Exact(f.app.Stdout).Write(out)
}

func (f *formatter) directory(dir string) {
	root, err := filepath.EvalSymlinks(f.app.InDir(dir))
	if err != nil {
		f.fail("The directory could not be read", text.Sentence(app.WithoutPath(err)))
		return
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch name := d.Name(); {
		case d.IsDir() && path != root && (!f.recursive || strings.HasPrefix(name, ".")):
			return filepath.SkipDir
		case d.Type()&fs.ModeSymlink != 0:
			return nil
		case !d.IsDir() && !strings.HasPrefix(name, ".") && slices.Contains([]string{".hcl", ".tmvars"}, filepath.Ext(name)):
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			f.file(filepath.Join(dir, rel))
		}
		return nil
	})
	if err != nil {
		f.fail("The directory could not be read", text.Sentence(err))
	}
}

func (f *formatter) file(name string) {
	path, shown := f.app.InDir(name), f.app.Shown(name)
	src, err := source.Read(path)
	if err != nil {
		f.fail("The file could not be read", fmt.Sprintf("%s: %s.", text.Inert(shown), err))
		return
	}
	out, ok := f.format(shown, src)
	if !ok || bytes.Equal(src, out) {
		return
	}
	if f.list {
		fmt.Fprintln(f.app.Stdout, text.Inert(shown))
	}
	if f.write && !f.check {
		if err := rewrite(path, out); err != nil {
			f.fail("The file could not be written", text.Sentence(err))
		}
	}
}

// format returns the standard form of some source, and notes whether it differs.
func (f *formatter) format(name string, src []byte) ([]byte, bool) {
	if diags, files := source.CheckSyntax(name, src); diags.HasErrors() {
		f.errs = append(f.errs, app.Invalid(app.Failure, diags, files))
		return nil, false
	}
	out := hclwrite.Format(src)
	if !bytes.Equal(src, out) {
		f.differs = true
		if f.check {
			f.app.Annotate(hcl.Diagnostics{unformed(name, src, out)}, nil)
		}
		if f.diff {
			io.WriteString(app.Exact(f.app.Stdout), difference(name, src, out))
		}
	}
	return out, true
}

// unformed returns the error of a file that is not in its standard form. It stands
// at the first line that differs.
func unformed(name string, src, out []byte) *hcl.Diagnostic {
	at := hcl.InitialPos
	want := bytes.SplitAfter(out, []byte("\n"))
	for i, line := range bytes.SplitAfter(src, []byte("\n")) {
		if at.Line = i + 1; i >= len(want) || !bytes.Equal(line, want[i]) {
			break
		}
	}
	return &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Not in the standard form", Subject: &hcl.Range{Filename: name, Start: at, End: at},
		Detail: "Here the file begins to differ from what tmsync fmt makes of it. Run tmsync fmt.",
	}
}

// difference shows what changes in a file, line by line.
func difference(name string, src, out []byte) string {
	name = text.Inert(name)
	s := string(diff.Diff("old/"+name, source.Mask(name, src), "new/"+name, source.Mask(name, out)))
	return text.InertLines(strings.ReplaceAll(s, "\r\n", "\n"))
}

// rewrite returns a file other contents, and leaves its mode.
func rewrite(path string, data []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return app.ReplaceFile(path, info.Mode().Perm(), func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}
