package text_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/text/texttest"
)

// sinks writes a text to each sink as the rest of the program does.
func sinks(t testing.TB, s string) map[string]string {
	t.Helper()
	doc, err := text.JSON(map[string]string{"title": s})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: text.LogAttr})).Error("answer", "call", s, "err", errors.New(s))
	_, line, _ := strings.Cut(log.String(), " ") // without the time
	return map[string]string{
		"terminal": text.Inert(s),
		"value":    text.Quote(s),
		"lines":    text.InertLines(s),
		"log":      line,
		"json":     string(doc),
		"markdown": text.Markdown(s),
		"fence":    text.Fence("text", s),
		"workflow": text.WorkflowCommand("error", [][2]string{{"file", s}, {"line", "3"}}, s),
		"output":   randomly.ReplaceAllString(text.WorkflowOutput("title", s), "end-RANDOM"),
	}
}

var randomly = regexp.MustCompile("end-[A-Z2-7]{26}")

// The attacks, as they reach each sink.
func TestAttacks(t *testing.T) {
	all := texttest.Attacks(t)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "== %s ==\n", name)
		out := sinks(t, all[name])
		for _, sink := range slices.Sorted(maps.Keys(out)) {
			fmt.Fprintf(&b, "%s:\n%s\n", sink, strings.TrimSuffix(out[sink], "\n"))
		}
		b.WriteString("\n")
		checkSinks(t, all[name])
	}
	golden.Check(t, "testdata/attacks.txt", b.String())
}

// FuzzEncoders writes a text to every sink. What comes out has only what the sink
// may have, and says what went in to whoever reads it by the sink's own rules.
func FuzzEncoders(f *testing.F) {
	for _, s := range texttest.Attacks(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkSinks(t, s) })
}

func checkSinks(t *testing.T, s string) {
	t.Helper()
	out := sinks(t, s)
	for name, words := range out {
		texttest.Check(t, name, words)
	}
	said := string([]rune(s)) // each byte that is no character is one U+FFFD
	shown := text.InertLines(said)
	one := text.Inert(said)

	value, err := strconv.Unquote(out["value"])
	check(t, "value", said, value, err)

	var doc struct{ Title string }
	err = json.Unmarshal([]byte(out["json"]), &doc)
	check(t, "json", said, doc.Title, err)

	check(t, "log", one, logged(t, out["log"], "call"), nil)
	check(t, "log", one, logged(t, out["log"], "err"), nil)

	check(t, "markdown", one, unmarked(t, out["markdown"]), nil)
	check(t, "fence", withBreak(strings.ReplaceAll("\n"+shown, "\n/", "\n /")[1:]), unfenced(t, out["fence"]), nil)

	properties, message := workflowCommand(t, out["workflow"])
	check(t, "workflow", shown, message, nil)
	want := map[string]string{"file": one, "line": "3"}
	if s == "" {
		delete(want, "file")
	}
	if diff := cmp.Diff(want, properties); diff != "" {
		t.Errorf("workflow %q (-want +got):\n%s", out["workflow"], diff)
	}
	if diff := cmp.Diff(map[string]string{"title": shown}, workflowFile(t, out["output"])); diff != "" {
		t.Errorf("output %q (-want +got):\n%s", out["output"], diff)
	}
}

func check(t *testing.T, sink, want, got string, err error) {
	t.Helper()
	if err != nil || got != want {
		t.Errorf("%s says %q, want %q, error %v", sink, got, want, err)
	}
}

func withBreak(s string) string {
	if s != "" && !strings.HasSuffix(s, "\n") {
		s += "\n"
	}
	return s
}

// logged reads a value of a log line.
func logged(t *testing.T, line, key string) string {
	t.Helper()
	if strings.Count(line, "\n") != 1 {
		t.Fatalf("log: %q is not one line", line)
	}
	rest := line
	for {
		name, more, ok := strings.Cut(strings.TrimLeft(rest, " "), "=")
		if !ok {
			t.Fatalf("log: %q has no %s", line, key)
		}
		value, _, _ := strings.Cut(strings.TrimSuffix(more, "\n"), " ")
		text, err := value, error(nil)
		if strings.HasPrefix(more, `"`) {
			if value, err = strconv.QuotedPrefix(more); err == nil {
				text, err = strconv.Unquote(value)
			}
		}
		if rest = more[len(value):]; err != nil || name == key {
			check(t, "log", text, text, err)
			return text
		}
	}
}

// unmarked reads Markdown's line of code. All that it may hold are letters,
// digits, spaces, what is not ASCII, and character references.
func unmarked(t *testing.T, text string) string {
	t.Helper()
	inner, ok := strings.CutPrefix(text, "<code>")
	inner, ok2 := strings.CutSuffix(inner, "</code>")
	inner = strings.ReplaceAll(inner, "<!-- -->", "")
	if !ok || !ok2 || !regexp.MustCompile(`^([a-zA-Z0-9 ]|[^\x00-\x7f]|&#\d+;)*$`).MatchString(inner) {
		t.Fatalf("markdown: %q", text)
	}
	// What a reader sees, a piece of text at a time: comments end one.
	for _, piece := range strings.Split(strings.TrimSuffix(text, "</code>"), "<!-- -->") {
		if strings.Contains(html.UnescapeString(piece)[min(1, len(piece)):], "@") || regexp.MustCompile(`(?i)[a-z]://|www\.`).MatchString(html.UnescapeString(piece)) {
			t.Fatalf("markdown: %q can be linked", piece)
		}
	}
	return html.UnescapeString(inner)
}

// unfenced reads a fenced block as CommonMark does: it ends at the first line of
// at least as many marks and nothing else but spaces.
func unfenced(t *testing.T, text string) string {
	t.Helper()
	lines := strings.SplitAfter(text, "\n")
	fence, ok := strings.CutSuffix(lines[0], "text\n")
	if !ok || len(fence) < 3 || strings.Trim(fence, "`") != "" {
		t.Fatalf("fence: %q does not begin with one", text)
	}
	closing := regexp.MustCompile("^ {0,3}" + fence + "`*[ \t]*\n$")
	for i, line := range lines[1:] {
		if closing.MatchString(line) {
			if rest := strings.Join(lines[i+2:], ""); rest != "" {
				t.Fatalf("fence: %q goes on after its end: %q", text, rest)
			}
			return strings.Join(lines[1:i+1], "")
		}
	}
	t.Fatalf("fence: %q does not end", text)
	return ""
}

// workflowCommand reads a command as GitHub's runner does.
func workflowCommand(t *testing.T, text string) (properties map[string]string, message string) {
	t.Helper()
	line, ok := strings.CutSuffix(text, "\n")
	info, message, ok2 := strings.Cut(strings.TrimPrefix(line, "::"), "::")
	name, list, _ := strings.Cut(info, " ")
	if !ok || !ok2 || !strings.HasPrefix(line, "::") || name != "error" || strings.ContainsAny(line, "\r\n") {
		t.Fatalf("workflow: %q", text)
	}
	properties = map[string]string{}
	for _, p := range strings.Split(list, ",") {
		name, value, _ := strings.Cut(p, "=")
		properties[name] = inOrder(value, "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
	}
	return properties, inOrder(message, "%0D", "\r", "%0A", "\n", "%25", "%")
}

func inOrder(s string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		s = strings.ReplaceAll(s, pairs[i], pairs[i+1])
	}
	return s
}

// workflowFile reads what is in GITHUB_OUTPUT as GitHub's runner does.
func workflowFile(t *testing.T, text string) map[string]string {
	t.Helper()
	outputs := map[string]string{}
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		name, end, ok := strings.Cut(line, "<<")
		if !ok || strings.Contains(name, "=") {
			t.Fatalf("output: %q", line)
		}
		if value, after, ok := strings.Cut("\n"+rest, "\n"+end+"\n"); ok {
			outputs[name], text = strings.TrimPrefix(value, "\n"), after
		} else {
			t.Fatalf("output: %q does not end", name)
		}
	}
	return outputs
}

// Outputs cannot be told in advance how they end, and a name is one word.
func TestWorkflowOutput(t *testing.T) {
	a, b := text.WorkflowOutput("a=b<<c\nd", "v"), text.WorkflowOutput("a=b<<c\nd", "v")
	if a == b || !strings.HasPrefix(a, "a_b__c_d<<end-") {
		t.Errorf("%q and %q", a, b)
	}
}

// A log line of times and numbers is left as it is.
func TestLogAttr(t *testing.T) {
	for _, v := range []any{3, time.Second, true, "plain", 1.5} {
		if got := text.LogAttr(nil, slog.Any("a", v)); !got.Value.Equal(slog.AnyValue(v)) {
			t.Errorf("%v became %v", v, got.Value)
		}
	}
	if got := text.LogAttr(nil, slog.Any("a", stringer("##[x]"))); got.Value.String() != `#\u0023[x]` {
		t.Errorf("a Stringer became %v", got.Value)
	}
}

type stringer string

func (n stringer) String() string { return string(n) }

// A record of one empty cell is not an empty line.
func TestCSV(t *testing.T) {
	for want, cells := range map[string][]string{
		"\"\"\n":                  {""},
		",\n":                     {"", ""},
		"a,'+86123,'-1,'=1\n":     {"a", "+86123", "-1", "=1"},
		"''quoted,it's\n":         {"'quoted", "it's"},
		"\"' \t=1\"\n":            {" \t=1"},
		"\"a \"\"b\"\", c; d\"\n": {`a "b", c; d`},
	} {
		if got := text.CSV(cells...); got != want {
			t.Errorf("%q became %q, want %q", cells, got, want)
		}
	}
}
