package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/gear/golden"
)

// The last part of README.md is made from what --help says; -update makes it again.
func TestReference(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(text), "## Reference\n")
	want := strings.TrimRight(before, "\n") + "\n\n" + strings.TrimRight(reference(t), "\n") + "\n"
	if golden.Update() {
		if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("internal/cli/README.md is not what --help says (-want +got):\n%s", diff)
	}
}

// Every variable of the environment that the product reads is in README.md.
func TestReferenceEnvironment(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, pattern := range []string{"*.go", "*/*.go", "*/*/*.go", "*/*/*/*.go"} {
		sources, _ := filepath.Glob(filepath.Join(top, pattern))
		for _, source := range sources {
			if strings.HasSuffix(source, "_test.go") || strings.Contains(source, "gear") {
				continue
			}
			src, err := os.ReadFile(source)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(src, []byte(`"testing"`)) { // gear of tests: CONTRIBUTING.md has its variables
				continue
			}
			for _, m := range regexp.MustCompile(`"(TMSYNC(?:_[A-Z]+)+|[A-Z]+_API_KEY|NO_COLOR)`).FindAllSubmatch(src, -1) {
				if n++; !bytes.Contains(text, m[1]) {
					t.Errorf("%s: the documents do not name %s", source, m[1])
				}
			}
		}
	}
	if n < 8 {
		t.Errorf("%d variables were found only", n)
	}
}

// helped is the help of one command, in its parts.
type helped struct {
	usage, text, examples string
	flags                 []string // in Markdown, "`--out FILE`: save the plan"
}

func helpOf(t *testing.T, name string) helped {
	t.Helper()
	var out bytes.Buffer
	if code := run(t.TempDir(), map[string]string{}, 100_000, &out, &out, append(strings.Fields(name), "--help")); code != cli.OK {
		t.Fatalf("%s --help ended with %d\n%s", name, code, &out)
	}
	all, flags, _ := strings.Cut(out.String(), "\nFlags")
	all, h := strings.TrimPrefix(all, "Usage: "), helped{}
	h.usage, h.text, _ = strings.Cut(all, "\n")
	h.text, h.examples, _ = strings.Cut(h.text, "\nExamples:\n")
	h.examples = strings.ReplaceAll(strings.TrimSpace("  "+h.examples), "\n  ", "\n")
	for _, m := range regexp.MustCompile(`(?m)^ +(?:-., )?(--\S+(?: \S+)?) {2,}(.*)$`).FindAllStringSubmatch(flags, -1) {
		h.flags = append(h.flags, fmt.Sprintf("`%s`: %s", m[1], escaped(m[2])))
	}
	return h
}

// escaped writes text as Markdown.
func escaped(s string) string { return strings.NewReplacer("*", `\*`, "<", `\<`).Replace(s) }

// common is how many commands have a flag that is explained once for all of them.
const common = 4

// reference writes what every command is and takes.
func reference(t *testing.T) string {
	t.Helper()
	help, _, _ := strings.Cut(help(t, "--help"), "\nTopics")
	helps, shared, meanings := map[string]helped{}, map[string]int{}, map[string]int{}
	var inOrder []string
	for _, name := range commands(t) {
		h := helpOf(t, name)
		helps[name] = h
		for _, f := range h.flags {
			if shared[f]++; shared[f] == 1 {
				inOrder = append(inOrder, f)
				meanings[nameOf(f)]++
			}
		}
	}
	common := func(f string) bool { return shared[f] >= common && meanings[nameOf(f)] == 1 }
	var b strings.Builder
	b.WriteString("## Reference\n\n### Flags that many commands take\n\n")
	for _, f := range inOrder {
		if common(f) {
			b.WriteString(item(f))
		}
	}
	for line := range strings.Lines(help) {
		if group, ok := strings.CutSuffix(line, ":\n"); ok && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "Usage") {
			fmt.Fprintf(&b, "\n### %s\n", group)
		}
		m := regexp.MustCompile(`^  ([a-z-]+(?: [a-z]+)?)  `).FindStringSubmatch(line)
		if m == nil {
			continue
		}
		h := helps[m[1]]
		fmt.Fprintf(&b, "\n#### %s\n\n", strings.NewReplacer("[--chdir=DIR] ", "", " [flags]", "").Replace(h.usage))
		for paragraph := range strings.SplitSeq(strings.TrimSpace(h.text), "\n\n") {
			first, list, _ := strings.Cut(paragraph, "\n  ")
			if strings.HasPrefix(paragraph, "  ") {
				first, list = "", strings.TrimPrefix(paragraph, "  ")
			}
			if first != "" {
				b.WriteString(escaped(first) + "\n\n")
			}
			if list != "" {
				b.WriteString("    " + strings.ReplaceAll(list, "\n  ", "\n    ") + "\n\n")
			}
		}
		if h.examples != "" {
			fmt.Fprintf(&b, "```sh\n%s\n```\n\n", h.examples)
		}
		var also []string
		for _, f := range h.flags {
			switch {
			case !common(f):
				b.WriteString(item(f))
			case nameOf(f) != "--no-color": // which all of them have
				also = append(also, "`"+nameOf(f)+"`")
			}
		}
		if len(also) > 0 {
			if len(also)+1 < len(h.flags) {
				b.WriteString("\n")
			}
			b.WriteString(wrapped("Also: "+strings.Join(also, ", "), ""))
		}
	}
	return strings.ReplaceAll(b.String(), "\n\n\n", "\n\n")
}

// nameOf is the name of a flag: "--out".
func nameOf(flag string) string {
	name, _, _ := strings.Cut(strings.Trim(flag, "`"), "`")
	name, _, _ = strings.Cut(name, " ")
	return name
}

// item is one line of a list, wrapped.
func item(text string) string { return wrapped("- "+text, "  ") }

// wrapped breaks text into lines of at most 120 columns.
func wrapped(text, indent string) string {
	var lines []string
	for word := range strings.FieldsSeq(text) {
		if n := len(lines); n > 0 && len([]rune(lines[n-1]))+1+len([]rune(word)) <= 120 {
			lines[n-1] += " " + word
		} else if n > 0 {
			lines = append(lines, indent+word)
		} else {
			lines = append(lines, word)
		}
	}
	return strings.Join(slices.Clip(lines), "\n") + "\n"
}
