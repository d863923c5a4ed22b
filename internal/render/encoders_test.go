package render_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/render"
)

// attacks are titles that mean ill, by their names. A file a kind: those for
// terminals, for CI systems, for Markdown and HTML, and for spreadsheets.
func attacks(t testing.TB) map[string]string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", "attacks.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]string
	if err := json.Unmarshal(src, &all); err != nil {
		t.Fatal(err)
	}
	all["invalid UTF-8"] = "a\xff\xc0\xafb\xed\xa0\x80" // which JSON cannot hold
	return all
}

// sinks writes a text to each sink as the rest of the program does.
func sinks(t testing.TB, s string) map[string]string {
	t.Helper()
	doc, err := render.JSON(map[string]string{"title": s})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: render.LogAttr})).Error("answer", "call", s, "err", errors.New(s))
	_, line, _ := strings.Cut(log.String(), " ") // without the time
	var diags bytes.Buffer
	at := &hcl.Range{Filename: s, Start: hcl.Pos{Line: 1, Column: 1}, End: hcl.Pos{Line: 1, Column: len(s) + 1, Byte: len(s)}}
	if err := render.Diagnostics(&diags, hcl.Diagnostics{
		{Severity: hcl.DiagError, Summary: s, Detail: "The service says: " + s, Subject: at},
	}, map[string]*hcl.File{s: {Bytes: []byte(s), Nav: named(s)}}, render.Style{}); err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"terminal":   render.Inert(s),
		"value":      render.Quote(s),
		"lines":      render.InertLines(s),
		"diagnostic": diags.String(),
		"log":        line,
		"json":       string(doc),
		"csv":        render.CSV("1", s),
		"markdown":   render.Markdown(s),
		"fence":      render.Fence("text", s),
		"html":       render.HTML(s),
		"attribute":  render.HTMLAttr(s),
		"workflow":   render.WorkflowCommand("error", []render.Property{{"file", s}, {"line", "3"}}, s),
		"output":     randomly.ReplaceAllString(render.WorkflowOutput("title", s), "end-RANDOM"),
	}
}

var randomly = regexp.MustCompile("end-[A-Z2-7]{26}")

// named is the navigation of a file all of which is one block.
type named string

func (n named) ContextString(int) string { return string(n) }

// The attacks, as they reach each sink.
func TestAttacks(t *testing.T) {
	all := attacks(t)
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
	golden(t, "attacks.txt", b.String())
}

// FuzzEncoders writes a text to every sink. What comes out has only what the sink
// may have, and says what went in to whoever reads it by the sink's own rules.
func FuzzEncoders(f *testing.F) {
	for _, s := range attacks(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkSinks(t, s) })
}

func checkSinks(t *testing.T, s string) {
	t.Helper()
	out := sinks(t, s)
	for name, text := range out {
		checkAlphabet(t, name, text)
	}
	said := string([]rune(s)) // each byte that is no character is one U+FFFD
	shown := render.InertLines(said)
	one := render.Inert(said)

	value, err := strconv.Unquote(out["value"])
	check(t, "value", said, value, err)

	var doc struct{ Title string }
	err = json.Unmarshal([]byte(out["json"]), &doc)
	check(t, "json", said, doc.Title, err)

	check(t, "log", one, logged(t, out["log"], "call"), nil)
	check(t, "log", one, logged(t, out["log"], "err"), nil)

	records, err := csv.NewReader(strings.NewReader(out["csv"])).ReadAll()
	if err != nil || len(records) != 1 || len(records[0]) != 2 {
		t.Fatalf("csv: %q is %q, %v", out["csv"], records, err)
	}
	check(t, "csv", shown, strings.TrimPrefix(records[0][1], "'"), nil)
	if cell := strings.TrimSpace(records[0][1]); cell != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(cell)[0]) {
		t.Errorf("csv: %q is a formula", cell)
	}

	check(t, "markdown", one, unmarked(t, out["markdown"]), nil)
	check(t, "fence", withBreak(shown), unfenced(t, out["fence"]), nil)

	check(t, "html", shown, html.UnescapeString(out["html"]), nil)
	var element struct {
		Attr string `xml:"title,attr"`
		Text string `xml:",chardata"`
	}
	err = xml.Unmarshal([]byte("<p title="+out["attribute"]+">"+out["html"]+"</p>"), &element)
	check(t, "html as XML", shown, element.Text, err)
	check(t, "attribute", one, element.Attr, nil)

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

// checkAlphabet looks for what no sink may hold, in words of its own.
func checkAlphabet(t *testing.T, sink, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Fatalf("%s: %q is not valid UTF-8", sink, text)
	}
	lines := map[string]bool{"lines": true, "diagnostic": true, "csv": true, "fence": true, "html": true, "output": true}[sink]
	for i, r := range text {
		switch {
		case r == '\n' && (lines || i == len(text)-1), r == '\t' && (lines || sink == "workflow"):
		case r < ' ', r >= 0x7f && r < 0xa0, // C0, DEL, C1
			r == 0xad, r == 0x34f, r == 0x61c, r >= 0x115f && r <= 0x1160, r == 0x180e, // invisible
			r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, // zero width, bidi
			r == 0x3164, r >= 0xfe00 && r <= 0xfe0f, r == 0xfeff, r >= 0xfff0 && r <= 0xfffb, r == 0xfffd,
			r >= 0xe0000, // tags, private use
			r >= 0xd800 && r <= 0xf8ff, unicode.Is(unicode.Cf, r):
			t.Fatalf("%s: %q has %U", sink, text, r)
		}
	}
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if strings.Contains(line, "##[") || strings.Contains(line, "##vso[") {
			t.Fatalf("%s: %q is a command", sink, line)
		}
		if strings.HasPrefix(strings.TrimSpace(line), "::") && sink != "workflow" {
			t.Fatalf("%s: %q is a command", sink, line)
		}
	}
	forbidden := map[string]string{"json": "<>&", "html": "<>\"'", "attribute": "<>'"}[sink]
	if strings.ContainsAny(text, forbidden) {
		t.Fatalf("%s: %q has one of %s", sink, text, forbidden)
	}
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
	a, b := render.WorkflowOutput("a=b<<c\nd", "v"), render.WorkflowOutput("a=b<<c\nd", "v")
	if a == b || !strings.HasPrefix(a, "a_b__c_d<<end-") {
		t.Errorf("%q and %q", a, b)
	}
}

// A log line of times and numbers is left as it is.
func TestLogAttr(t *testing.T) {
	for _, v := range []any{3, time.Second, true, "plain", 1.5} {
		if got := render.LogAttr(nil, slog.Any("a", v)); !got.Value.Equal(slog.AnyValue(v)) {
			t.Errorf("%v became %v", v, got.Value)
		}
	}
	if got := render.LogAttr(nil, slog.Any("a", named2("##[x]"))); got.Value.String() != `#\u0023[x]` {
		t.Errorf("a Stringer became %v", got.Value)
	}
}

type named2 string

func (n named2) String() string { return string(n) }

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
		if got := render.CSV(cells...); got != want {
			t.Errorf("%q became %q, want %q", cells, got, want)
		}
	}
}
