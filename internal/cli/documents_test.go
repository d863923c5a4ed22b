//go:build unix

package cli_test

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-shellwords"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/gear/golden"
)

// top is the top of the repository.
var top = filepath.Join("..", "..")

// documents returns every document of the repository, by its path from the top.
func documents(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name == ".git" || name == "testdata" || name == ".tmsync" {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(top, path)
		found[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil || len(found) < 10 {
		t.Fatal("documents are missing", err)
	}
	return found
}

// block is one code block of a document.
type block struct {
	title, text string
}

// blocks returns the code blocks of a document in one language.
func blocks(text, language string) []block {
	var all []block
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"(?: title=\"([^\"\n]+)\")?\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		all = append(all, block{m[1], m[2]})
	}
	return all
}

// Every console block is a session of a shell that gives what it shows, one after the
// other in a copy of the examples. Tours are run in their own example.
func TestDocumentsConsole(t *testing.T) {
	t.Parallel()
	for name, text := range documents(t) {
		if len(blocks(text, "console")) == 0 || filepath.Base(name) == "TOUR.md" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := newSession(t).root
			got := regexp.MustCompile("(?s)```console\n(.*?)```").ReplaceAllStringFunc(text, func(block string) string {
				return "```console\n" + walk(t, dir, block) + "```"
			})
			if golden.Update() {
				if err := os.WriteFile(filepath.Join(top, name), []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(text, got); diff != "" {
				t.Errorf("%s shows something else (-shown +got):\n%s", name, diff)
			}
		})
	}
}

// orders are the files that the configurations in the documents read.
var orders = map[string]string{
	"orders.csv":   "order_id,carrier,number\n1,sto,402934299065\n",
	"orders-1.csv": "order_id,carrier,number\n2,sto,402934299066\n",
	"numbers.csv":  "order;carrier;number\n1;sto;402934299067\n1;sto;402934299068\n",
	"shop.csv":     "Name,Fulfillment Status,Tracking Company,Tracking Numbers\n#1001,fulfilled,STO,\"402934299065, 402934299066\"\n#1002,,,\n#1003,fulfilled,STO,402934299066\n",
}

// surroundings is what a block with a title is a part of.
var surroundings = map[string]struct {
	hcl   string
	args  []string
	store bool // its state is elsewhere: it is only validated
}{
	"backend.hcl": {store: true, hcl: `
provider "trackingmore" {
  endpoint = "sandbox"
}

tracking "parcel" {
  carrier_code    = "sto"
  tracking_number = "402934299065"
}
`},
	"import.hcl": {hcl: `
provider "trackingmore" {
  endpoint = "sandbox"
}

tracking "parcel" {
  for_each        = { A-1 = "402934299065" }
  carrier_code    = "sto"
  tracking_number = each.value
}
`},
	"paid.hcl": {hcl: `
provider "trackingmore" {
  endpoint = "sandbox"
}

locals {
  orders = [{ order_id = "1", country = "IT", postcode = "98055" }]
}
`, args: []string{"--allow-paid-data"}},
	"tests/orders.test.hcl": {hcl: `
provider "trackingmore" {
  endpoint = "sandbox"
}

variable "shop" {}

tracking "lamp" {
  carrier_code    = "yto"
  tracking_number = "402934299066"
  title           = "A lamp of ${var.shop}"
}
`},
}

// Every block of configuration is a whole one, or with what its title stands for: it
// is valid and formatted, applies, and plans empty. A test file passes.
func TestDocumentsLanguage(t *testing.T) {
	t.Parallel()
	count := 0
	for name, text := range documents(t) {
		for _, b := range blocks(text, "hcl") {
			count++
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				write := func(name, text string) {
					path := filepath.Join(dir, name)
					if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
						t.Fatal(err)
					}
				}
				var out strings.Builder
				end := func(args ...string) {
					if code := run(dir, map[string]string{}, 0, &out, &out, args); code != cli.OK {
						t.Errorf("%v ends with %d\n%s\n%s", args, code, b.text, &out)
					}
				}
				for name, text := range orders {
					write(name, text)
				}
				around, known := surroundings[b.title]
				switch {
				case b.title == "":
					write("main.hcl", b.text)
				case known:
					write("around.hcl", strings.TrimLeft(around.hcl, "\n"))
					if b.title == "import.hcl" { // somebody else has created it
						end("apply", "--auto-approve", "--state=other.jsonl")
					}
					write(b.title, b.text)
				default:
					t.Fatalf("nothing is known of %q", b.title)
				}
				end("fmt", "--check", "--diff", "--recursive")
				if strings.HasPrefix(b.title, "tests/") {
					end("test")
					return
				}
				end("validate")
				if around.store {
					return
				}
				end(append([]string{"apply", "--auto-approve"}, around.args...)...)
				end(append([]string{"plan", "--detailed-exitcode"}, around.args...)...)
			})
		}
	}
	if count < 6 {
		t.Errorf("the documents have %d blocks of configuration only", count)
	}
}

// Every link between documents leads to a file, and to a heading of it.
func TestDocumentsLinks(t *testing.T) {
	t.Parallel()
	all := documents(t)
	anchors := map[string][]string{}
	for name, text := range all {
		for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
			anchor := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
			anchors[name] = append(anchors[name], strings.ReplaceAll(anchor, " ", "-"))
		}
	}
	for name, text := range all {
		for _, m := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(text, -1) {
			to, err := url.Parse(m[1])
			if err != nil || to.Scheme != "" {
				continue
			}
			path := name
			if to.Path != "" {
				path = filepath.ToSlash(filepath.Join(filepath.Dir(name), to.Path))
				if _, err := os.Stat(filepath.Join(top, path)); err != nil {
					t.Errorf("%s: %s: %v", name, m[1], err)
					continue
				}
			}
			if to.Fragment != "" && !slices.Contains(anchors[path], to.Fragment) {
				t.Errorf("%s: %s: there is no such heading", name, m[1])
			}
		}
	}
}

// Every command line in the documents that is not run is one that parses, and README.md
// is short enough to be read.
func TestDocumentsCommands(t *testing.T) {
	t.Parallel()
	count := 0
	for name, text := range documents(t) {
		lines := regexp.MustCompile(`(?m)^    .*$`).FindAllString(text, -1)
		for _, b := range blocks(text, "sh") {
			lines = append(lines, strings.Split(b.text, "\n")...)
		}
		for _, line := range lines {
			m := regexp.MustCompile(`^ *(?:tmsync|go run \.) ([a-z-][^#<>|\n]*)`).FindStringSubmatch(line)
			if m == nil {
				continue
			}
			words, err := shellwords.Parse(m[1])
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(words[0], "--chdir") { // of the top
				words = words[1:]
			}
			count++
			if help(t, append(words, "--help")...); t.Failed() {
				t.Fatalf("%s has %q", name, line)
			}
		}
		if n := strings.Count(text, "\n"); name == "README.md" && n > 150 {
			t.Errorf("README.md has %d lines", n)
		}
	}
	if count < 20 {
		t.Errorf("%d command lines were found only", count)
	}
}

// What the documents cite is there: files, packages and tests.
func TestDocumentsCite(t *testing.T) {
	t.Parallel()
	sources := map[string]bool{}
	tests := ""
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(top, path)
			sources[filepath.ToSlash(name)] = true
			if strings.HasSuffix(path, "_test.go") {
				text, _ := os.ReadFile(path)
				tests += string(text)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range documents(t) {
		for _, m := range regexp.MustCompile("`((?:[a-z_]+/)*[a-z_0-9]+\\.(?:go|txtar))\\b").FindAllStringSubmatch(text, -1) {
			found := false
			for source := range sources { // a bare name is that of the package, or of a script
				found = found || source == m[1] || !strings.Contains(m[1], "/") && (strings.HasSuffix(source, "/script/"+m[1]) || strings.HasSuffix(source, "/"+m[1]))
			}
			if !found {
				t.Errorf("%s cites %s, which is not there", name, m[1])
			}
		}
		for _, m := range regexp.MustCompile(`\./((?:[a-z]+/)*[a-z]+)`).FindAllStringSubmatch(strings.ReplaceAll(text, "../", ""), -1) {
			if strings.Contains(text, "go test ./"+m[1]) || strings.Contains(text, "go run ./"+m[1]) {
				if _, err := os.Stat(filepath.Join(top, m[1])); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		for _, m := range regexp.MustCompile("`((?:config|plan|apply|state|internal)/[a-z/]+)`").FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(top, m[1])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, m := range regexp.MustCompile(`\bTest[A-Z][A-Za-z]+`).FindAllString(text, -1) {
			if !strings.Contains(tests, "func "+m) {
				t.Errorf("%s names %s, and there is no such test", name, m)
			}
		}
	}
}

// wrongWords are words and phrases that the project has a better one for, in text
// without capitals.
var wrongWords = regexp.MustCompile(`\bfolders?\b|\basking nobody|terraform's sake|\b(?:says?|tells?|told|knows) whether\b|` +
	`\b(?:do|does) no harm\b|of no harm|\bmore of this kind|nothing has this name|what it is told|\bmend (?:the|what)\b`)

// inWrongWords is what stands in each of them: searching for it first is much faster.
var inWrongWords = []string{"folder", "asking nobody", "terraform's sake", " whether", " harm", "more of this kind", "nothing has this name", "what it is told", "mend "}

// A word has one meaning, and a directory is called so, everywhere.
func TestWords(t *testing.T) {
	t.Parallel()
	check := func(name, text string) {
		for line := range strings.Lines(strings.ToLower(text)) {
			if !slices.ContainsFunc(inWrongWords, func(s string) bool { return strings.Contains(line, s) }) {
				continue
			}
			for _, m := range wrongWords.FindAllString(line, -1) {
				t.Errorf("%s has %q", name, m)
			}
		}
	}
	for name, text := range documents(t) {
		check(name, text)
	}
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".go" && filepath.Base(path) != "documents_test.go" {
			text, _ := os.ReadFile(path)
			check(path, string(text))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The table of dependencies in CONTRIBUTING.md has every module that go.mod requires for
// tmsync itself, and every tool, and no other. Within a row a name goes on from the
// first one: "aws/aws-sdk-go-v2, config".
func TestDependencies(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile(filepath.Join(top, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	short := strings.NewReplacer("github.com/", "", "golang.org/", "").Replace
	required, tools := map[string]bool{}, regexp.MustCompile(`(?s)\ntool \((.*?)\n\)`).FindString(string(mod))
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+) v\S+( // indirect)?$`).FindAllStringSubmatch(string(mod), -1) {
		if m[2] == "" || strings.Contains(tools, m[1]+"/") {
			required[short(m[1])] = false
		}
	}
	if len(required) < 10 {
		t.Fatalf("only %d modules were found in go.mod", len(required))
	}
	_, table, _ := strings.Cut(documents(t)[".github/CONTRIBUTING.md"], "| module | for |\n|---|---|\n")
	for row := range strings.Lines(table) {
		names, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " | ")
		base, _, _ := strings.Cut(names, ", ")
		for name := range strings.SplitSeq(names, ", ") {
			known := false
			for module := range required {
				plain := regexp.MustCompile(`/v[0-9]+$`).ReplaceAllString(module, "")
				if is := short(name); is == module || is == plain || short(base)+"/"+is == module {
					required[module], known = true, true
				}
			}
			if !known {
				t.Errorf("CONTRIBUTING.md names %s, which go.mod does not require", name)
			}
		}
	}
	for module, named := range required {
		if !named {
			t.Errorf("the table in CONTRIBUTING.md has no row of %s", module)
		}
	}
}
