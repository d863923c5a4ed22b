package report_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/gear/exhaustive"
	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/render/report"
	"github.com/tmsync/tmsync/internal/text/texttest"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/plan/plantest"
	"github.com/tmsync/tmsync/state"
)

// aRun is a run of plan that came to a plan.
func aRun(p *plan.Plan) *report.Run {
	return &report.Run{
		Command: "plan", Name: "shop/de", Version: "0.1.0", Started: time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC), Seconds: 12.4, ExitCode: 2,
		Plan: p,
		Cost: plan.Cost{
			Estimate: plan.Estimate{
				Requests: []plan.EndpointCount{{Name: "batch", Count: 30}, {Name: "updatemore", Count: 31}, {Name: "update", Count: 2}, {Name: "list", Count: 4}},
				Total:    67, MinCredits: 1200, MaxCredits: 1202,
			},
			Rate: 1, Facts: plan.Facts{Known: true, Credits: 9999},
		},
		Requests: map[string]int{"list": 5, "userinfo": 1}, Waited: map[string]float64{"list": 2.06, "userinfo": 0.0000516}, Throttled: 1,
	}
}

// manyChanges is a plan of n changes, of which no two say quite the same, and of
// 1,204 that do.
func manyChanges(n int) *plan.Plan {
	p := &plan.Plan{Counts: plan.Counts{Managed: n, Declared: n, Unchanged: 12}}
	for i := range n {
		c := plan.Change{Addr: tracking.NewAddr("trackings", "orders").Index(fmt.Sprintf("A-%05d", i)), Key: key(fmt.Sprintf("4029%07d", i)), Declared: declared(i + 2)}
		switch {
		case i < 1204:
			c.Action, c.Reason = plan.Update, plan.ConfigChanged
			c.Fields = []plan.Field{{Attr: tracking.Archived, From: "false", Known: true, To: "true"}}
		case i%50 == 0:
			c.Action, c.Reason, c.Declared = plan.Delete, plan.RemovedFromConfig, nil
		case i%7 == 0:
			c.Action, c.Reason = plan.Update, plan.RemoteDrifted
			c.Fields = []plan.Field{{Attr: tracking.Title, From: fmt.Sprintf("Coat %d", i), Known: true, To: fmt.Sprintf("Coat, red, %d", i)}}
		default:
			c.Action, c.Reason = plan.Create, plan.NotTracked
			c.Fields = []plan.Field{
				{Attr: tracking.Title, To: fmt.Sprintf("Order %d", i)}, {Attr: tracking.OrderID, To: fmt.Sprintf("A-%05d", i)}, {Attr: tracking.CustomerEmail, To: "ann@example.org"},
			}
		}
		p.Changes = append(p.Changes, c)
	}
	return p
}

// failures is an apply that went wrong in every way.
func failures() *report.Run {
	p := plantest.Everything()
	for i := range 14 {
		p.Changes = append(p.Changes, plan.Change{Addr: tracking.Addr(fmt.Sprintf("tracking.y%02d", i)), Action: plan.Delete, Reason: plan.RemovedFromConfig, Key: key(fmt.Sprintf("2%04d", i))})
	}
	rep := &apply.Report{Plan: p, Err: errors.New("writing the state: no space left"), Results: []apply.Result{
		{Status: apply.Failed, About: tracking.AboutCarrier, Message: "the service does not know the carrier <b>sto</b> (4015)"},
		{Status: apply.Done, Adopted: true}, {Status: apply.Partial, Message: "the account ran out of credits"},
		{Status: apply.InDoubt, Message: "the answer was lost"}, {Status: apply.Skipped, Message: "somebody changed it since the plan"},
		{Status: apply.Unsent, Message: "the run was interrupted"}, {Status: apply.Failed, Message: "::error::@octocat #1"}, {Status: apply.Done}, {Status: apply.Done},
		{Status: apply.Done}, {Status: apply.Done}, {Status: apply.Done},
	}}
	for range 14 {
		rep.Results = append(rep.Results, apply.Result{Status: apply.Held, Message: "other changes failed"})
	}
	r := aRun(p)
	r.Command, r.ExitCode, r.Report = "apply", 6, rep
	r.Requests = map[string]int{"batch": 1, "list": 7, "delete": 1}
	for _, d := range rep.Diagnostics() {
		r.Diagnostics = append(r.Diagnostics, render.NewDiagnosticDocument(d, nil))
	}
	return r
}

// broken is a run that came to no plan.
func broken() *report.Run {
	src := []byte("tracking \"a\" {\n  titel = \"x\"\n}\n")
	rng := hcl.Range{Filename: "main.hcl", Start: hcl.Pos{Line: 2, Column: 3, Byte: 17}, End: hcl.Pos{Line: 2, Column: 8, Byte: 22}}
	r := aRun(nil)
	r.ExitCode, r.Cost, r.Requests, r.Throttled = 1, plan.Cost{}, nil, 0
	r.Diagnostics = []render.DiagnosticDocument{
		{Severity: "warning", Summary: "Careful", Detail: "@octocat said ```so```.\n\n```\n</details>"},
		render.NewDiagnosticDocument(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Unsupported argument", Detail: "Did you mean \"title\"?", Subject: &rng}, map[string]*hcl.File{"main.hcl": {Bytes: src}}),
	}
	return r
}

// stopped is a plan of many deletes with the warning that an apply would not
// carry it out.
func stopped() *report.Run {
	p := &plan.Plan{Counts: plan.Counts{Managed: 400, HeldBack: 2, LeftAsIs: 1}}
	for i := range 230 {
		p.Changes = append(p.Changes, plan.Change{Addr: tracking.NewAddr("trackings", "orders").Index(fmt.Sprintf("A-%d", i)), Action: plan.Delete, Reason: plan.RemovedFromConfig, Key: key(fmt.Sprintf("4029%07d", i))})
	}
	r := aRun(p)
	r.Diagnostics = []render.DiagnosticDocument{{Severity: "warning", Summary: "Too many deletes", Detail: "The plan deletes 230 of 400. --allow-deletes=230 lets it pass."}}
	return r
}

// aHost shows the files of a repository that has the configuration in parcels/.
func aHost() *report.Host {
	return report.NewHost("https://git.example/shop/all/blob/0123456789abcdef0123456789abcdef01234567", func(file string) (string, bool) {
		return "parcels/" + file, file != "outside.csv"
	})
}

// runs are runs of every kind, by their names; of some the files are shown somewhere.
func runs() map[string]*report.Run {
	everything, many, broken := aRun(plantest.Everything()), aRun(manyChanges(5000)), broken()
	everything.Host, many.Host, broken.Host = aHost(), aHost(), aHost()
	empty := aRun(&plan.Plan{Counts: plan.Counts{Declared: 5, Unchanged: 5}})
	empty.ExitCode, empty.Cost.Estimate = 0, plan.Estimate{}
	drift := aRun(&plan.Plan{Counts: plan.Counts{Managed: 2, RefreshOnly: true, Unchanged: 1}, Changes: []plan.Change{
		{Addr: "tracking.a", Action: plan.Refresh, Reason: plan.RemoteDrifted, Key: key("10001"), Fields: []plan.Field{
			{Attr: tracking.Title, From: "Ours", Known: true, To: "Hers", Drift: true},
			{Attr: tracking.OrderID, From: "hmac:x", Known: true, To: "hush", Drift: true, Secret: true},
		}},
	}})
	drift.Command, drift.Cost.Estimate = "drift", plan.Estimate{}
	return map[string]*report.Run{
		"everything": everything, "many": many, "empty": empty, "failures": failures(), "broken": broken, "stopped": stopped(), "drift": drift,
	}
}

func markdown(t testing.TB, r *report.Run) string {
	t.Helper()
	var b strings.Builder
	if err := report.Markdown(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestMarkdownReport(t *testing.T) {
	for name, r := range runs() {
		text := markdown(t, r)
		golden.Check(t, "testdata/"+name+".md", text)
		checkMarkdown(t, text, "ann@example.org", "hush", "Ann", "@", "::error")
		if !strings.HasPrefix(text, "<!-- tmsync:shop/de -->\n") {
			t.Errorf("%s: no marker in %.60q", name, text)
		}
	}
}

// Of 230 deletes 200 are named, and of the rest it is said how many they are.
func TestMarkdownNamesDeletes(t *testing.T) {
	text := markdown(t, stopped())
	if n := strings.Count(text, "| <code>sto&#47;4029"); n != 200 || !strings.Contains(text, "\nAnd 30 more.\n") {
		t.Errorf("%d deletes are named, want 200 and 30 more", n)
	}
	for name, n := range map[string]int{"updates": 3000, "different updates": 10_000, "as many as there is room for": 60} {
		r := stopped()
		for i := range n {
			f := plan.Field{Attr: tracking.Title, From: "a", Known: true, To: strings.Repeat("long &&&&& ", 370)}
			if name != "updates" {
				f.To = fmt.Sprint(i, f.To)
			}
			r.Plan.Changes = append(r.Plan.Changes, plan.Change{Addr: "tracking.x", Action: plan.Update, Key: key("99999"), Fields: []plan.Field{f}})
		}
		text := markdown(t, r)
		if n := strings.Count(text, "| <code>sto&#47;4029"); n != 200 || len(text) > 60_000 {
			t.Errorf("%s: %d deletes are named beside them in %d bytes, want 200", name, n, len(text))
		}
	}
}

// A group of 20 changes is open, whatever they are, and one of 21 is closed.
func TestMarkdownGroups(t *testing.T) {
	for _, a := range plan.Actions {
		p := &plan.Plan{}
		for i := range 21 {
			p.Changes = append(p.Changes, plan.Change{Addr: "tracking.a", Action: a, Key: key(fmt.Sprint(10001 + i))})
		}
		closed := markdown(t, aRun(p))
		p.Changes = p.Changes[:20]
		open := markdown(t, aRun(p))
		if !strings.Contains(closed, "<details><summary><b>21 ") || !strings.Contains(open, "<details open><summary><b>20 ") {
			t.Errorf("%s: 20 and 21 changes are\n%s\n%s", a, open, closed)
		}
	}
}

// The marker stays one comment on its line, whatever the directory is called.
func TestMarkdownMarker(t *testing.T) {
	for name, want := range map[string]string{
		"":              "<!-- tmsync: -->\n",
		"shop/de-1_a.b": "<!-- tmsync:shop/de-1_a.b -->\n",
		"订单":            "<!-- tmsync:订单 -->\n",
		"a --> <b>\n@x": "<!-- tmsync:a%20--%3E%20%3Cb%3E%0A%40x -->\n",
		"a\u202e\xff":   "<!-- tmsync:a%E2%80%AE%FF -->\n",
		"a%20":          "<!-- tmsync:a%2520 -->\n",
	} {
		r := aRun(&plan.Plan{})
		r.Name, r.Directory = "", name
		if got := markdown(t, r); !strings.HasPrefix(got, want) {
			t.Errorf("%q: %.80q, want %q", name, got, want)
		}
	}
}

// No two configurations of a repository share a marker, and none that has a name can
// choose that of another.
func TestMarkdownMarkersDiffer(t *testing.T) {
	long := strings.Repeat("a", 300)
	seen := map[string]string{}
	for _, c := range []struct{ name, directory string }{
		{"", "."}, {"", "shop"}, {"shop", "."}, {"shop", "shop"}, {"shop", "de"}, {"de", "shop"}, {"", "shop:de"}, {"", "shop%3Ade"}, {"", "shop/de"},
		{"", "a\xff"}, {"", "a\xfe"}, {"", "a%FF"}, {"", "a\ufffd"}, {"", long}, {"", long + "b"}, {"", long + "c"}, {"", long[:100] + "~"}, {"shop", long},
	} {
		r := aRun(&plan.Plan{})
		r.Name, r.Directory = c.name, c.directory
		mark, _, _ := strings.Cut(markdown(t, r), "\n")
		if what := fmt.Sprintf("%q", c); seen[mark] != "" || len(mark) > 300 {
			t.Errorf("%s has the marker of %q: %s", what, seen[mark], mark)
		} else {
			seen[mark] = what
		}
	}
	for _, c := range []struct{ name, directory, mark, title string }{
		{"shop", ".", "<!-- tmsync:shop:. -->", "### tmsync plan: <code>shop</code>"},
		{"shop", "stores/de", "<!-- tmsync:shop:stores/de -->", "### tmsync plan: <code>shop</code> in <code>stores&#47;de</code>"},
		{"", "stores/de", "<!-- tmsync:stores/de -->", "### tmsync plan: <code>stores&#47;de</code>"},
	} {
		r := aRun(&plan.Plan{})
		r.Name, r.Directory = c.name, c.directory
		if got := markdown(t, r); !strings.HasPrefix(got, c.mark+"\n"+c.title+"\n") {
			t.Errorf("%q begins %.120q", c, got)
		}
	}
}

var (
	codeSpan  = regexp.MustCompile(`<code>([a-zA-Z0-9 ]|[^\x00-\x7f]|&#\d+;|<!-- -->)*</code>`)
	ownLink   = regexp.MustCompile(`\[(<code>[^\[\]()]*</code>)\]\(https://git\.example/shop/all/blob/[0-9a-f]{40}/[A-Za-z0-9/._%-]+\?plain=1(#L[0-9]+)?\)`)
	ownMarkup = regexp.MustCompile(`</?(details|details open|summary|b|br|sub)>|^<!-- tmsync:[^<>\s]* -->`)
)

// checkMarkdown looks at a comment in words of its own: it is not too long, what
// opens is closed, and outside of code there is nothing but the report's own words.
func checkMarkdown(t rapid.TB, text string, never ...string) {
	t.Helper()
	if len(text) > 60_000 || !utf8.ValidString(text) {
		t.Fatalf("%d bytes, valid UTF-8: %v", len(text), utf8.ValidString(text))
	}
	for _, s := range never {
		if s != "@" && strings.Contains(html.UnescapeString(text), s) && !strings.HasPrefix(s, "::") {
			t.Fatalf("%q is in the comment", s)
		}
	}
	rest := outsideFences(t, text)
	depth := 0
	for _, tag := range regexp.MustCompile(`</?details`).FindAllString(rest, -1) {
		if depth++; tag[1] == '/' {
			depth -= 2
		}
		if depth < 0 || depth > 1 {
			t.Fatalf("<details> is not balanced")
		}
	}
	if depth != 0 {
		t.Fatalf("<details> is not closed")
	}
	rest = ownLink.ReplaceAllString(rest, "$1")
	rest = ownMarkup.ReplaceAllString(codeSpan.ReplaceAllString(rest, ""), "")
	if i := strings.IndexAny(rest, "<>`@[]~\\&$\r\x1b"); i >= 0 {
		t.Fatalf("%q is outside of code", rest[max(0, i-40):min(len(rest), i+40)])
	}
	checkTables(t, text)
	if i := strings.Index("\n"+text, "\n/"); i >= 0 {
		t.Fatalf("%q is a command to GitLab, fenced or not", text[i:min(len(text), i+40)])
	}
	for _, line := range strings.Split(rest, "\n") {
		if strings.HasPrefix(line, "::") {
			t.Fatalf("%q is a command", line)
		}
	}
}

// checkTables looks at the tables of a comment: each has a head, all of its rows have
// as many cells, and no cell is empty.
func checkTables(t rapid.TB, text string) {
	t.Helper()
	lines := strings.Split(outsideFences(t, text), "\n")
	cells, row := 0, 0
	for _, line := range lines {
		inner, isRow := strings.CutPrefix(line, "| ")
		if !isRow {
			if strings.Contains(line, "|") || row == 1 || row == 2 {
				t.Fatalf("%q is no row of a table, or follows a table without rows", line)
			}
			cells, row = 0, 0
			continue
		}
		all := strings.Split(strings.TrimSuffix(inner, " |"), " | ")
		if row++; row == 1 {
			cells = len(all)
		}
		if len(all) != cells || row == 2 && strings.Trim(strings.Join(all, ""), "-") != "" {
			t.Fatalf("%q is no row of a table of %d columns", line, cells)
		}
		for _, cell := range all {
			if strings.Trim(cell, " |") == "" || cell == "<code></code>" {
				t.Fatalf("%q has an empty cell", line)
			}
		}
	}
}

// outsideFences takes fenced blocks away, as CommonMark finds their ends.
func outsideFences(t rapid.TB, text string) string {
	t.Helper()
	var rest []string
	var shut *regexp.Regexp
	for _, line := range strings.Split(text, "\n") {
		fence, isFence := strings.CutSuffix(line, "text")
		switch {
		case shut != nil && shut.MatchString(line):
			shut = nil
		case shut != nil:
		case isFence && len(fence) >= 3 && strings.Trim(fence, "`") == "":
			shut = regexp.MustCompile("^ {0,3}" + fence + "`*[ \t]*$")
		default:
			rest = append(rest, line)
		}
	}
	if shut != nil {
		t.Fatalf("a fenced block does not end: %q", text)
	}
	return strings.Join(rest, "\n")
}

// drawRun draws a run whose texts mean ill.
func drawRun(t *rapid.T, texts []string) *report.Run {
	text := rapid.Custom(func(t *rapid.T) string {
		s := rapid.SampledFrom(texts).Draw(t, "text")
		if n := rapid.IntRange(0, 3).Draw(t, "long"); n > 0 && s != "" {
			s = strings.Repeat(s, 1+(n*1300)/len(s))
		}
		return s + rapid.StringN(0, 3, 12).Draw(t, "tail")
	})
	some := func(label string) string { return text.Draw(t, label) }
	p := &plan.Plan{Counts: plan.Counts{Managed: 9, HeldBack: rapid.IntRange(0, 2).Draw(t, "held"), RefreshOnly: rapid.Bool().Draw(t, "refresh only")}}
	for range rapid.IntRange(0, 6).Draw(t, "groups") {
		c := plan.Change{
			Action: rapid.SampledFrom(plan.Actions).Draw(t, "action"), Reason: plan.RemoteDrifted, Addr: tracking.Addr(some("addr")), From: tracking.Addr(rapid.SampledFrom([]string{"", some("from")}).Draw(t, "moved")),
			Key: tracking.Key{Carrier: some("carrier"), Number: some("number")}, OldKey: rapid.SampledFrom([]tracking.Key{{}, key("1")}).Draw(t, "old key"),
			Declared: &tracking.Declared{Source: tracking.SourceAt(some("file"), 0)},
		}
		for a := range tracking.AllAttrs() {
			if rapid.IntRange(0, 4).Draw(t, "field") == 0 {
				c.Fields = append(c.Fields, plan.Field{Attr: a, From: some("before"), Known: rapid.Bool().Draw(t, "known"), To: some("after"), Force: rapid.Bool().Draw(t, "force")})
			}
		}
		differ := rapid.Bool().Draw(t, "differ")
		for i := range rapid.SampledFrom(exhaustive.Or([]int{1, 3, 12, 90}, []int{1, 1, 1, 3, 3, 3, 12, 90})).Draw(t, "times") {
			if differ && len(c.Fields) > 0 {
				c.Fields = slices.Clone(c.Fields)
				c.Fields[0].To = fmt.Sprint(i, c.Fields[0].To)
			}
			p.Changes = append(p.Changes, c)
		}
	}
	p.Outputs = outputsOf(some("output"), rapid.SampledFrom([]int{0, 1, 200}).Draw(t, "outputs"))
	r := aRun(p)
	r.Name, r.Version = some("name"), some("version")
	if rapid.Bool().Draw(t, "host") {
		r.Host = aHost()
	}
	for range rapid.IntRange(0, 40).Draw(t, "diagnostics") {
		r.Diagnostics = append(r.Diagnostics, render.DiagnosticDocument{
			Severity: rapid.SampledFrom([]string{"error", "warning"}).Draw(t, "severity"), Summary: some("summary"), Detail: some("detail"),
			Range: &render.RangeDocument{Filename: some("place")}, Snippet: &render.SnippetDocument{Code: some("code")},
		})
	}
	if rapid.Bool().Draw(t, "apply") {
		r.Report = &apply.Report{Plan: p}
		message := some("message")
		for i := range p.Changes {
			res := apply.Result{Status: rapid.SampledFrom([]apply.Status{apply.Done, apply.Failed, apply.Held}).Draw(t, "status"), Message: message}
			if i%3 == 0 {
				res.Message = fmt.Sprint(i, message)
			}
			r.Report.Results = append(r.Report.Results, res)
		}
	}
	return r
}

// Whatever the plan and its texts, a comment is short enough and means nothing but
// what it says.
func TestMarkdownBounds(t *testing.T) {
	all := texttest.Attacks(t)
	texts := []string{"A-1", "@", "\x01", "`", "<details>", "|"}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		texts = append(texts, all[name])
	}
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		if err := report.Markdown(&b, drawRun(t, texts)); err != nil {
			t.Fatal(err)
		}
		checkMarkdown(t, b.String())
	})
}

// FuzzMarkdownReport brings one text to every place of a comment.
func FuzzMarkdownReport(f *testing.F) {
	for _, s := range texttest.Attacks(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkMarkdown(t, markdown(t, saturated(s))) })
}

// outputsOf are outputs, new ones and changed ones, that have one text in every place.
func outputsOf(s string, n int) (changes []plan.OutputChange) {
	text, _ := json.Marshal(s)
	for i := range n {
		before := &state.Output{Name: s, Type: `["map","string"]`, Value: fmt.Sprintf(`{"a":%s,%s:"b"}`, text, text)}
		changes = append(changes, plan.OutputChange{
			Before: []*state.Output{nil, before}[i%2],
			After:  &state.Output{Name: s, Type: `["map","string"]`, Value: fmt.Sprintf(`{%s:%s}`, text, text)},
		})
	}
	return changes
}

// saturated is a run that has one text in every place.
func saturated(s string) *report.Run {
	p := &plan.Plan{}
	for _, a := range plan.Actions {
		p.Changes = append(p.Changes, plan.Change{
			Addr: tracking.Addr(s), From: tracking.Addr(s), Action: a, Key: tracking.Key{Carrier: s, Number: s}, OldKey: tracking.Key{Carrier: s},
			Declared: &tracking.Declared{Source: tracking.SourceAt(s, 0)},
			Fields:   []plan.Field{{Attr: tracking.Title, From: s, Known: true, To: s + "2"}, {Attr: tracking.Archived, To: s}},
		})
	}
	p.Outputs = outputsOf(s, 3)
	r := aRun(p)
	r.Name, r.Version, r.Command, r.Host = s, s, "apply", aHost()
	r.Diagnostics = []render.DiagnosticDocument{{Severity: "error", Summary: s, Detail: s, Range: &render.RangeDocument{Filename: s}, Snippet: &render.SnippetDocument{Code: s}}}
	r.Report = &apply.Report{Plan: p}
	for range p.Changes {
		r.Report.Results = append(r.Report.Results, apply.Result{Status: apply.Failed, Message: s})
	}
	return r
}
