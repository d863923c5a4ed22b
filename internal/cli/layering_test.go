package cli_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmsync/tmsync/internal/gear/golden"
)

const module = "github.com/tmsync/tmsync"

// layers are which packages of ours each package may import. Everything flows
// one way: nouns, then the three versions, then the plan, then what is done
// about it, then what people see.
var layers = map[string][]string{
	"internal/tracking":             {},
	"internal/carrier":              {"internal/text", "internal/tracking"},
	"internal/gear/budget":          {}, // for benchmarks
	"internal/text":                 {},
	"internal/text/texttest":        {}, // texts that mean ill: nobody may import it but tests
	"config/testfile":               {"internal/tracking", "internal/text", "config", "config/source", "config/internal/hcldiag", "config/internal/terraform", "config/internal/eval"},
	"config/draft":                  {"internal/tracking", "internal/carrier", "internal/text", "config/internal/files", "config/internal/funcs", "config/internal/rows"},
	"config/internal/xlsx":          {"internal/text"},
	"config/internal/xlsx/xlsxtest": {}, // workbooks for tests: nobody may import it but them
	"config/internal/rows":          {"internal/text", "config/internal/scan", "config/internal/xlsx"},
	"config/internal/hcldiag":       {"internal/text"},
	"config/internal/files":         {"internal/text"},
	"config/internal/terraform":     {},
	"config/internal/scan":          {"internal/text"},
	"config/internal/eval":          {"internal/text", "config/internal/hcldiag", "config/internal/scan"},
	"config/internal/funcs":         {"internal/text", "config/internal/hcldiag", "config/internal/files", "config/internal/scan", "config/internal/eval", "config/internal/rows"},
	"config/match":                  {"internal/text", "internal/carrier", "config/internal/rows", "config/internal/files"},
	"config/source":                 {"internal/tracking", "internal/text", "config/internal/hcldiag", "config/internal/files", "config/internal/scan"},
	"config":                        {"config/source", "internal/tracking", "internal/carrier", "internal/text", "internal/loopback", "state/shared/settings", "config/internal/rows", "config/internal/hcldiag", "config/internal/terraform", "config/internal/files", "config/internal/scan", "config/internal/eval", "config/internal/funcs"},
	"state":                         {"internal/text", "internal/tracking"},
	"state/local":                   {"state", "internal/text"},
	"state/shared":                  {"state", "internal/loopback"},
	// Engines: only the command line opens them. They ask for no variable themselves,
	// but what AWS's SDK and pgx know of AWS_* and PG* holds here as everywhere.
	"state/shared/s3store":    {"state/shared", "state/shared/settings", "internal/text"},
	"state/shared/pgstore":    {"state/shared", "state/shared/settings"},
	"state/shared/httpstore":  {"state/shared", "state/shared/settings", "internal/text"},
	"state/shared/settings":   {},
	"state/shared/sharedtest": {"internal/tracking", "internal/gear/exhaustive", "state", "state/shared", "state/statetest"}, // for tests: nobody may import it but them
	"state/shared/storetest":  {"state/shared", "internal/gear/exhaustive"},                                                  // far ends for tests: nobody may import it but them
	"state/statetest":         {"internal/tracking", "state", "state/local"},                                                 // a disk for tests: nobody may import it but them
	"plan":                    {"internal/text", "internal/tracking", "state"},
	"plan/planfile":           {"internal/tracking", "state", "plan"},
	"plan/plantest":           {"internal/tracking", "plan", "state"}, // worlds for tests: nobody may import it but them
	"apply":                   {"internal/text", "internal/tracking", "plan", "state"},
	"internal/engine":         {"internal/tracking", "internal/text", "config", "state", "plan", "plan/planfile", "apply", "internal/trackingmore", "internal/sandbox"},
	"internal/pace":           {},
	"internal/loopback":       {},
	"internal/trackingmore":   {"internal/text", "internal/tracking", "internal/pace", "internal/loopback"},
	"internal/gear/answer":    {}, // answers for tests
	"internal/sandbox":        {"internal/loopback"},
	"internal/render":         {"internal/text", "internal/tracking", "plan", "apply", "state"},
	"internal/render/report":  {"internal/text", "internal/tracking", "plan", "apply", "internal/render"},
	// What commands share knows no command, and a family of commands no other family.
	"internal/cli/app":      {"internal/text", "internal/tracking", "internal/carrier", "internal/trackingmore", "config", "state", "state/local", "state/shared", "state/shared/s3store", "state/shared/pgstore", "state/shared/httpstore", "plan", "plan/planfile", "apply", "internal/engine", "internal/render", "internal/render/report"},
	"internal/cli/statecmd": {"internal/text", "internal/tracking", "state", "state/shared", "internal/engine", "internal/render", "internal/cli/app"},
	"internal/cli/transfer": {"internal/text", "internal/tracking", "internal/trackingmore", "config", "config/source", "state", "plan", "apply", "internal/engine", "internal/render", "internal/cli/app"},
	"internal/cli/inspect":  {"internal/text", "internal/tracking", "config", "state", "plan", "internal/engine", "internal/render", "internal/cli/app"},
	"internal/cli/ask":      {"internal/text", "internal/tracking", "internal/carrier", "config/match", "internal/trackingmore", "internal/engine", "internal/render", "internal/cli/app"},
	"internal/cli/testcmd":  {"internal/text", "internal/tracking", "config", "config/source", "config/testfile", "state", "plan", "internal/sandbox", "internal/engine", "internal/render", "internal/cli/app"},
	"internal/cli/schema":   {"internal/text", "internal/tracking", "config", "state", "plan", "internal/render", "internal/render/report", "internal/cli/app"},
	"internal/cli": {
		"internal/text", "internal/tracking", "internal/carrier", "config", "config/draft", "config/source", "state", "plan", "plan/planfile", "apply", "internal/sandbox", "internal/engine", "internal/render", "internal/cli/app",
		"internal/cli/statecmd", "internal/cli/transfer", "internal/cli/inspect", "internal/cli/ask", "internal/cli/testcmd", "internal/cli/schema",
	},
	"internal/gear/bench":      {},               // a program of its own, which runs the built one
	"internal/gear/picture":    {"internal/cli"}, // a program of its own, which draws a plan
	"internal/gear/golden":     {},               // what a test has made against a file: nobody may import it but tests
	"internal/gear/exhaustive": {},               // how much of a large test runs: nobody may import it but tests
	".":                        {"internal/cli"},
}

// TestLayering holds the table against the imports, and the house rules that go
// with it: only main ends the process or knows the environment, nothing has an
// init, only main and cli print, and nothing is larger than a reader can hold.
func TestLayering(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	seen := map[string]bool{}
	files := map[string][]*ast.File{} // of each package
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "testdata" || d.Name() == "examples") {
			return filepath.SkipDir
		}
		if filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(rel)
		seen[pkg] = true
		f, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files[pkg] = append(files[pkg], f)
		if n := fset.File(f.FileStart).LineCount(); n > mostLines {
			t.Errorf("%s has %d lines, and may have %d: cut it by subject", file, n, mostLines)
		}
		checkFile(t, f, file, pkg)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	checkSizes(t, files)
	for pkg, allowed := range layers {
		if !seen[pkg] {
			t.Errorf("the table names %s, which is not there", pkg)
		}
		for _, name := range allowed {
			if !slices.ContainsFunc(files[pkg], func(f *ast.File) bool { return slices.Contains(imports(f), name) }) {
				t.Errorf("%s may import %s, and does not: take it out of the table", pkg, name)
			}
		}
	}
	checkTopLevel(t, root)
}

// TestLayeringDocument holds the table in ARCHITECTURE.md to the one above: a row for
// each package, and in its last column what the package may import. -update rewrites
// that column.
func TestLayeringDocument(t *testing.T) {
	document := filepath.Join(top, ".github", "ARCHITECTURE.md")
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	got := regexp.MustCompile("(?m)^\\| `([^`|]+)` \\| ([^|]*) \\| ([^|]*) \\|$").ReplaceAllStringFunc(string(text), func(row string) string {
		cells := strings.SplitN(strings.Trim(row, "| "), " | ", 3)
		pkg := strings.Trim(cells[0], "`")
		if pkg == "main.go" {
			pkg = "."
		}
		allowed, ok := layers[pkg]
		if !ok || seen[pkg] {
			t.Errorf("ARCHITECTURE.md has a row of %s, which is no package, or another row's", pkg)
		}
		seen[pkg] = true
		return fmt.Sprintf("| %s | %s | %s |", cells[0], cells[1], shortNames(allowed))
	})
	for pkg := range layers {
		if !seen[pkg] {
			t.Errorf("the table in ARCHITECTURE.md has no row of %s", pkg)
		}
	}
	if golden.Update() {
		if err := os.WriteFile(document, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(string(text), got); diff != "" {
		t.Errorf("-document +layers:\n%s", diff)
	}
}

// shortNames lists packages for a reader: by their last names, which no two share.
func shortNames(pkgs []string) string {
	var names []string
	for _, pkg := range pkgs {
		names = append(names, path.Base(pkg))
	}
	slices.Sort(names)
	if len(names) == 0 {
		return "–"
	}
	return strings.Join(names, ", ")
}

// imports lists the packages of ours that a file imports.
func imports(f *ast.File) (all []string) {
	for _, imp := range f.Imports {
		name, _ := strconv.Unquote(imp.Path.Value)
		if ours, ok := strings.CutPrefix(name, module+"/"); ok {
			all = append(all, ours)
		}
	}
	return all
}

// What a reader can hold: lines in a file, files in a directory, and files over
// which the methods of one type are spread. Tests are not counted.
const (
	mostLines   = 400
	mostFiles   = 36
	mostSpread  = 8
	everywhere  = 1000
	packageName = "" // in larger: the number of a package's files
)

// larger are the packages and types that may be larger, and by how much. An entry
// that is not needed any more has to go.
var larger = map[string]map[string]int{
	"internal/sandbox":      {"Server": everywhere}, // a handler: a file is a subject
	"internal/trackingmore": {"Client": everywhere}, // a file is a call
}

// checkSizes holds packages and types to what a reader can hold.
func checkSizes(t *testing.T, files map[string][]*ast.File) {
	t.Helper()
	for pkg, all := range files {
		counts := map[string]int{packageName: len(all)}
		for _, f := range all {
			in := map[string]bool{}
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil {
					in[receiver(fn.Recv.List[0].Type)] = true
				}
			}
			for name := range in {
				counts[name]++
			}
		}
		for name, n := range counts {
			limit, what := mostSpread, "files with methods of "+name
			if name == packageName {
				limit, what = mostFiles, "files"
			}
			most, listed := larger[pkg][name]
			switch {
			case listed && n <= limit:
				t.Errorf("%s has %d %s: it needs no entry in larger any more", pkg, n, what)
			case n > max(limit, most):
				t.Errorf("%s has %d %s, and may have %d", pkg, n, what, max(limit, most))
			}
		}
	}
}

// receiver is the name of the type of a receiver.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return "?"
}

func checkFile(t *testing.T, f *ast.File, file, pkg string) {
	t.Helper()
	allowed, ok := layers[pkg]
	if !ok {
		t.Errorf("%s is not in the table", pkg)
	}
	for _, name := range imports(f) {
		if !slices.Contains(allowed, name) {
			t.Errorf("%s: %s must not import %s", file, pkg, name)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Name.Name == "init" && n.Recv == nil {
				t.Errorf("%s has an init", file)
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && !slices.Contains(programs, pkg) && slices.Contains(forbidden, x.Name+"."+n.Sel.Name) {
				t.Errorf("%s: %s.%s is for main alone", file, x.Name, n.Sel.Name)
			}
		}
		return true
	})
}

// programs know their environment. So do two packages for tests: by it storetest is
// told where the real stores are, and a process of sharedtest what it is to do.
var programs = []string{".", "internal/gear/bench", "internal/gear/picture", "state/shared/storetest", "state/shared/sharedtest"}

var forbidden = []string{
	"os.Exit", "os.Getenv", "os.LookupEnv", "os.Environ", "os.Stdout", "os.Stderr", "os.Stdin", "os.Args",
	"fmt.Print", "fmt.Println", "fmt.Printf", "log.Print", "log.Println", "log.Printf", "log.Fatal", "log.Fatalf",
}

// checkTopLevel holds the visible top level to what it is meant to be.
func checkTopLevel(t *testing.T, root string) {
	t.Helper()
	want := []string{"README.md", "apply", "config", "examples", "go.mod", "go.sum", "internal", "main.go", "plan", "state"}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && e.Name() != "tmsync" { // a built binary is ignored by git
			got = append(got, e.Name())
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the top level has %q, want %q", got, want)
	}
}
