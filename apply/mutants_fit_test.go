package apply_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMutantsFit holds the table of mutants against the code: the text that each
// changes is there once, what comes of it compiles, and the test that holds it, where
// the simulation does not, is there. Whether they find it out is TestMutants' matter.
func TestMutantsFit(t *testing.T) {
	root := moduleRoot(t)
	c := newCompiler(t, root)
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			if err := c.check(filepath.Join(root, m.file), m.source(t, root)); err != nil {
				t.Errorf("it does not compile: %v", err)
			}
			if (m.redundant == "") != (m.heldBy == "") {
				t.Error("it is redundant and no test holds it, or the other way round")
			}
			if directory, name, held := strings.Cut(m.heldBy, " "); held && !c.hasTest(t, filepath.Join(root, directory), name) {
				t.Errorf("%s has no %s", directory, name)
			}
		})
	}
}

// compiler checks the types of packages that have one file replaced.
type compiler struct {
	fset     *token.FileSet
	packages map[string]*listedPackage // by directory
	exports  map[string]string         // files with export data, by import path
	importer types.Importer
}

// listedPackage is a package as "go list" describes it.
type listedPackage struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

func newCompiler(t *testing.T, root string) *compiler {
	t.Helper()
	c := &compiler{fset: token.NewFileSet(), packages: map[string]*listedPackage{}, exports: map[string]string{}}
	c.importer = importer.ForCompiler(c.fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(c.exports[path]) })
	args := []string{"list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles"}
	for _, m := range mutants {
		args = append(args, "./"+filepath.ToSlash(filepath.Dir(m.file)))
	}
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir, cmd.Stderr = root, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(out); ; {
		var p listedPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		c.packages[p.Dir], c.exports[p.ImportPath] = &p, p.Export
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

// hasTest reports whether a directory has a test of a name.
func (c *compiler) hasTest(t *testing.T, directory, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(directory, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		f, err := parser.ParseFile(c.fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == name && fn.Recv == nil {
				return true
			}
		}
	}
	return false
}

// check returns the first error that the compiler would find in the package of a
// file if the file were the given source.
func (c *compiler) check(path string, source []byte) error {
	p := c.packages[filepath.Dir(path)]
	var files []*ast.File
	for _, name := range p.GoFiles {
		var src any
		if name == filepath.Base(path) {
			src = source
		}
		f, err := parser.ParseFile(c.fset, filepath.Join(p.Dir, name), src, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	_, err := (&types.Config{Importer: c.importer}).Check(p.ImportPath, c.fset, files, nil)
	return err
}
