package report_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/internal/render/report"
	"github.com/tmsync/tmsync/internal/text/texttest"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/plan/plantest"
	"github.com/tmsync/tmsync/state"
)

func htmlReport(t testing.TB, r *report.Run) string {
	t.Helper()
	var b strings.Builder
	if err := report.HTML(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var (
	styleElement  = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
	scriptElement = regexp.MustCompile(`(?s)<script>(.*?)</script>`)
	dataElement   = regexp.MustCompile(`(?s)<script type="application/json" id="data">(.*?)</script>`)
	ownAddress    = regexp.MustCompile(`<a href="https://git\.example/shop/all/blob/[0-9a-f]{40}/[A-Za-z0-9/._%-]+\?plain=1(#L[0-9]+)?">`)
	emptyCell     = regexp.MustCompile(`<t[dh][^>]*>\s*</t[dh]>`)
	policy        = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="(.*?)">`)
)

// The golden files have the page without its style and its script, which are files
// of their own.
func TestHTMLReport(t *testing.T) {
	for name, r := range runs() {
		text := htmlReport(t, r)
		checkHTML(t, text)
		if text != htmlReport(t, r) {
			t.Errorf("%s: the same run makes another page", name)
		}
		for _, secret := range []string{"ann@example.org", "hush", "Bob"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: %q is in the page", name, secret)
			}
		}
		if name == "many" {
			continue // it is a megabyte
		}
		if h2 := regexp.MustCompile(`<h2[^>]*>[^<]*:</h2>`).FindString(text); h2 != "" {
			t.Errorf("%s: one heading has a colon, and no other: %s", name, h2)
		}
		text = policy.ReplaceAllString(text, "POLICY")
		text = styleElement.ReplaceAllString(text, "STYLE")
		text = scriptElement.ReplaceAllString(text, "SCRIPT")
		golden.Check(t, "testdata/"+name+".html", text)
	}
}

// checkHTML looks at a page as text: it allows its own style and script by their
// hashes and nothing else, and its data are JSON that cannot end its element.
func checkHTML(t testing.TB, text string) {
	t.Helper()
	hash := func(element *regexp.Regexp) string {
		m := element.FindAllStringSubmatch(text, -1)
		if len(m) != 1 {
			return ""
		}
		sum := sha256.Sum256([]byte(m[0][1]))
		return base64.StdEncoding.EncodeToString(sum[:])
	}
	script := hash(scriptElement)
	if script == "" && strings.Contains(text, `id="changes-title"`) {
		t.Fatal("the page has not one script")
	}
	got := strings.NewReplacer("&#43;", "+", "&#39;", "'").Replace(policy.FindStringSubmatch(text)[1])
	want := "default-src 'none'; style-src 'sha256-" + hash(styleElement) + "'; script-src 'sha256-" + script + "'; base-uri 'none'; form-action 'none'"
	if script != "" && got != want {
		t.Fatalf("the policy (-want +got):\n%s", cmp.Diff(want, got))
	}
	if m := dataElement.FindStringSubmatch(text); m != nil {
		checkData(t, m[1])
	}
	page := styleElement.ReplaceAllString(scriptElement.ReplaceAllString(text, ""), "")
	page = ownAddress.ReplaceAllString(page, "<a>")
	if m := regexp.MustCompile(`(?i)\son[a-z]+=|\ssrc=|href=|url\(|style=|<(img|iframe|object|link|base|form)\b`).FindString(regexp.MustCompile(`>[^<]*`).ReplaceAllString(page, ">")); m != "" {
		t.Fatalf("the page has %q", m)
	}
}

// checkData looks at the data: they cannot end their element, and their texts are
// fit to be shown as they are.
func checkData(t testing.TB, text string) {
	t.Helper()
	if strings.ContainsAny(text, "<>&") {
		t.Fatalf("the data have markup: %.300s", text)
	}
	for dec := json.NewDecoder(strings.NewReader(text)); ; {
		token, err := dec.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatalf("the data: %v in %.300s", err, text)
		}
		if s, ok := token.(string); ok && strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) }) {
			t.Fatalf("%q has what is not visible", s)
		}
	}
}

// All words can be read: their colours differ from what is behind them at a ratio
// of 4.5 at least (WCAG 2.2, 1.4.3).
func TestHTMLContrast(t *testing.T) {
	style := styleElement.FindStringSubmatch(htmlReport(t, aRun(nil)))[1]
	var themes []map[string]string
	for _, root := range regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(style, 2) {
		colors := map[string]string{}
		for _, m := range regexp.MustCompile(`--(\w+): #(\w{6})`).FindAllStringSubmatch(root[1], -1) {
			colors[m[1]] = m[2]
		}
		themes = append(themes, colors)
	}
	if len(themes) != 2 || len(themes[0]) != 16 || len(themes[1]) != 16 {
		t.Fatalf("the colours are %v", themes)
	}
	for _, colors := range themes {
		for name, color := range colors {
			for _, behind := range []string{"back", "card"} {
				a, b := luminance(t, color), luminance(t, colors[behind])
				ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05)
				if name != "back" && name != "card" && name != "line" && ratio < 4.5 {
					t.Errorf("%s on %s: %.2f", name, behind, ratio)
				}
			}
		}
	}
}

// luminance is how light a colour is, from 0 to 1.
func luminance(t *testing.T, color string) float64 {
	t.Helper()
	rgb, err := strconv.ParseUint(color, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	part := func(shift uint) float64 {
		c := float64(rgb>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}

// FuzzHTMLReport brings one text to every place of a page.
func FuzzHTMLReport(f *testing.F) {
	for _, s := range texttest.Attacks(f) {
		f.Add(s)
	}
	tags := func(text string) int { return strings.Count(text, "<") - 2*strings.Count(text, `<a href="`) }
	plain := tags(htmlReport(f, saturated("plain")))
	f.Fuzz(func(t *testing.T, s string) {
		text := htmlReport(t, saturated(s))
		checkHTML(t, text)
		texttest.Check(t, "lines", text)
		if n := tags(text); s != "" && n != plain {
			t.Errorf("%d tags and texts, want %d as with any other text", n, plain)
		}
	})
}

// browsing is what to do with a page; see testdata/browser.cjs.
type browsing struct {
	File   string `json:"file"`
	Text   string `json:"text"`
	Attr   string `json:"attr"`
	Action string `json:"action"`
	Result string `json:"result"`
}

// browsed is what the page then shows.
type browsed struct {
	Title, Count, Page         string
	Rows                       int
	First, FirstUp, FirstDown  string // the first row: as it is, sorted by tracking up and down
	Link                       string // the first one among the changes
	Sorted                     string // the direction, for who cannot see it
	Text, Attr, Action, Result string // the count after each filter
	Next                       string // the page after "Next" by keyboard
	Owned                      string // what attacks set
	Problems, Requests         []string
	Wide                       []string // what is wider than a screen of 400 pixels
	Broken                     []string // numbers that such a screen breaks
	Empty                      []string // cells of tables
}

// A browser shows the pages, runs nothing of their texts and asks for nothing.
func TestHTMLReportInBrowser(t *testing.T) {
	chromium := browser(t)
	all := runs()
	all["huge"] = aRun(manyChanges(100_000))
	all["attacked"] = saturated(`</script><script>window.owned="script"</script><img src=x onerror='window.owned="img"'><!--`)
	tests := map[string]struct {
		do   browsing
		want browsed
	}{
		"everything": {browsing{Text: "TRACKING.C", Attr: "title", Action: "delete"}, browsed{
			Title: "tmsync plan: shop/de", Count: "12 of 12 changes", Rows: 12, Link: "main.hcl:18 https://git.example/shop/all/blob/0123456789abcdef0123456789abcdef01234567/parcels/main.hcl?plain=1#L18",
			First: "sto/10007", FirstUp: "sto/10001", FirstDown: "sto/10004 → zto/10004", Sorted: "descending",
			Text: "1 of 12 changes", Attr: "5 of 12 changes", Action: "1 of 12 changes",
		}},
		"huge": {browsing{Text: "40290099998", Attr: "archived", Action: "delete"}, browsed{
			Title: "tmsync plan: shop/de", Count: "100,000 of 100,000 changes; 1 to 500 are listed", Page: "Page 1 of 200", Rows: 500,
			First: "sto/40290001250", FirstUp: "sto/40290000000", FirstDown: "sto/40290099999", Sorted: "descending",
			Text: "1 of 100,000 changes", Attr: "1,204 of 100,000 changes; 1 to 500 are listed", Action: "1,975 of 100,000 changes; 1 to 500 are listed", Next: "Page 2 of 200",
		}},
		"failures": {browsing{Text: "carrier <b>STO", Attr: "title", Action: "delete", Result: "failed"}, browsed{
			Title: "tmsync apply: shop/de", Count: "26 of 26 changes", Rows: 26,
			First: "sto/10011", FirstUp: "sto/10001", FirstDown: "sto/10004 → zto/10004", Sorted: "descending",
			Text: "1 of 26 changes", Attr: "5 of 26 changes", Action: "15 of 26 changes", Result: "2 of 26 changes",
		}},
		"empty":  {browsing{}, browsed{Title: "tmsync plan: shop/de"}},
		"broken": {browsing{}, browsed{Title: "tmsync plan: shop/de"}},
		"attacked": {browsing{Text: "window.owned"}, browsed{
			Title: "tmsync apply: " + all["attacked"].Name, Count: "10 of 10 changes", Rows: 10, Text: "10 of 10 changes", Sorted: "descending",
		}},
	}
	dir := t.TempDir()
	tasks := map[string]browsing{}
	for name, tt := range tests {
		tt.do.File = filepath.Join(dir, name+".html")
		if err := os.WriteFile(tt.do.File, []byte(htmlReport(t, all[name])), 0o600); err != nil {
			t.Fatal(err)
		}
		tasks[name] = tt.do
	}
	got := browse(t, chromium, tasks)
	for name, tt := range tests {
		if name == "attacked" { // its trackings are the attack
			tt.want.First, tt.want.FirstUp, tt.want.FirstDown = got[name].First, got[name].FirstUp, got[name].FirstDown
			if _, address, _ := strings.Cut(got[name].Link, " https://git.example/shop/all/blob/"); !strings.ContainsAny(address, "<>\"'") {
				tt.want.Link = got[name].Link
			}
		}
		if diff := cmp.Diff(tt.want, got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// browse runs the browser's script.
func browse(t *testing.T, chromium string, tasks map[string]browsing) map[string]browsed {
	t.Helper()
	doc, err := json.Marshal(tasks)
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", filepath.Join("testdata", "browser.cjs"), chromium, string(doc))
	cmd.Stderr, cmd.WaitDelay = &stderr, time.Second
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	var got map[string]browsed
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return got
}

// browser finds what it takes to open a page: node with playwright-core (by
// NODE_PATH), and a Chromium, TMSYNC_CHROMIUM or the one in the path.
func browser(t *testing.T) string {
	t.Helper()
	path := os.Getenv("TMSYNC_CHROMIUM")
	if path == "" {
		path, _ = exec.LookPath("chromium")
	}
	if path == "" {
		t.Skip("no page is opened: there is no chromium, and TMSYNC_CHROMIUM names none")
	}
	if err := exec.Command("node", "-e", `require("playwright-core")`).Run(); err != nil {
		t.Skip("no page is opened: there is no node with playwright-core, which NODE_PATH may name")
	}
	return path
}

// TestActionsHaveColours: every action has a colour on the page.
func TestActionsHaveColours(t *testing.T) {
	css, err := os.ReadFile("page.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range plan.Actions {
		for _, rule := range []string{"\n." + string(a) + " {", " --" + string(a) + ": "} {
			if !strings.Contains(string(css), rule) {
				t.Errorf("page.css has nothing for %q", rule)
			}
		}
	}
}

// A table has no column that says nothing in any row, and no cell that does.
func TestHTMLColumns(t *testing.T) {
	untimed, moves := aRun(plantest.Everything()), aRun(&plan.Plan{Changes: []plan.Change{{Addr: "tracking.a", From: "tracking.b", Action: plan.Move, Key: key("10001")}}})
	untimed.Cost.Rate, untimed.Waited = 0, nil
	for _, tt := range []struct {
		name        string
		run         *report.Run
		has, hasNot []string
	}{
		{"everything", aRun(plantest.Everything()), []string{">Takes about<", ">Answers took<", ">What changes<"}, nil},
		{"no rate and no times", untimed, []string{">To apply<", ">Sent in this run<"}, []string{">Takes about<", ">Answers took<"}},
		{"addresses only", moves, []string{">Address<"}, []string{">What changes<"}},
	} {
		page := htmlReport(t, tt.run)
		for _, s := range tt.has {
			if !strings.Contains(page, s) {
				t.Errorf("%s: the page has no %q", tt.name, s)
			}
		}
		for _, s := range append(tt.hasNot, emptyCell.FindAllString(page, 1)...) {
			if strings.Contains(page, s) {
				t.Errorf("%s: the page has %q", tt.name, s)
			}
		}
		if before, _, _ := strings.Cut(page, `id="requests-title"`); !strings.Contains(before, `id="changes-title"`) {
			t.Errorf("%s: the requests come before the changes", tt.name)
		}
	}
}

// Outputs have the colours of their symbols, and a long line goes on behind its own
// beginning. Where nothing else was applied, there are no results.
func TestHTMLOutputs(t *testing.T) {
	value := `{"a":"` + strings.Repeat("x", 40) + `","b":["one"]}`
	p := &plan.Plan{Outputs: []plan.OutputChange{
		{After: &state.Output{Name: "new", Type: `["object",{"a":"string","b":["tuple",["string"]]}]`, Value: value}},
		{Before: &state.Output{Name: "old", Type: `"number"`, Value: "1"}},
	}}
	text := htmlReport(t, &report.Run{Command: "apply", Plan: p, Report: &apply.Report{Plan: p}})
	checkHTML(t, text)
	for _, want := range []string{
		"<span class=\"depth0\">  <b class=\"create\">&#43;</b> new = {\n</span>",
		"<span class=\"depth1\">      <b class=\"create\">&#43;</b> a = &#34;xxx",
		"<span class=\"depth2\">          <b class=\"create\">&#43;</b> &#34;one&#34;,\n</span>",
		"<span class=\"depth0\">  <b class=\"delete\">-</b> old = 1 -&gt; null\n</span>",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page has no %q:\n%s", want, text[strings.Index(text, "<main>"):])
		}
	}
	if strings.Contains(text, "Results") {
		t.Error("it counts results, and there are none")
	}
}
