package render_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/plan/plantest"
	"github.com/tmsync/tmsync/state"
)

func key(number string) tracking.Key { return tracking.Key{Carrier: "sto", Number: number} }

func TestPlan(t *testing.T) {
	cost := plan.Cost{
		Estimate: plan.Estimate{
			Requests: []plan.EndpointCount{{Name: "batch", Count: 30}, {Name: "updatemore", Count: 31}, {Name: "update", Count: 2}},
			Total:    4063, MinCredits: 1200, MaxCredits: 1202,
		},
		Rate: 1, Facts: plan.Facts{Known: true, Credits: 9999},
	}
	for name, tt := range map[string]struct {
		p *plan.Plan
		s render.Style
	}{
		"everything.txt":       {plantest.Everything(), render.Style{}},
		"everything.color.txt": {plantest.Everything(), render.Style{Color: true}},
		"everything.clear.txt": {plantest.Everything(), render.Style{Sensitive: true}},
		"nothing.txt":          {&plan.Plan{Counts: plan.Counts{Declared: 5, Unchanged: 5, Unmanaged: 41, Full: true}}, render.Style{}},
		"nothing.gone.txt":     {&plan.Plan{Counts: plan.Counts{Declared: 2, Unchanged: 1, Gone: 1}}, render.Style{}},
		"nothing.destroy.txt":  {&plan.Plan{Counts: plan.Counts{Declared: 5, Destroy: true}}, render.Style{}},
		"nothing.declared.txt": {&plan.Plan{}, render.Style{}},
	} {
		var b strings.Builder
		if err := render.Plan(&b, tt.p, cost, tt.s); err != nil {
			t.Fatal(err)
		}
		golden.Check(t, "testdata/"+name, b.String())
		if !tt.s.Color && strings.ContainsAny(b.String(), "\x1b\r\a\u202e") {
			t.Errorf("%s: text from outside reaches the terminal as it is", name)
		}
		if clear := strings.Contains(b.String(), "ann@example.org"); clear != tt.s.Sensitive && !tt.p.Empty() {
			t.Errorf("%s: customers' data in clear: %v, want %v", name, clear, tt.s.Sensitive)
		}
	}
}

func TestReport(t *testing.T) {
	p := &plan.Plan{Changes: []plan.Change{
		{Action: plan.Create}, {Action: plan.Create}, {Action: plan.Update}, {Action: plan.Delete},
	}}
	for want, r := range map[string]*apply.Report{
		"Apply complete! 2 created, 1 updated, 1 deleted.\n":                                                                        {Plan: p, Results: results("done", "done", "done", "done")},
		"Applied in part: 1 created, 1 failed, 1 held back, 1 in doubt. What was done is recorded; run apply again for the rest.\n": {Plan: p, Results: results("done", "failed", "in_doubt", "held")},
		"Nothing was applied: 4 not sent.\n":                                                                                        {Plan: p, Results: results("unsent", "unsent", "unsent", "unsent")},
		"Applied in part: 2 created, 1 refused, 1 held back. Fix the 1 above, then apply.\n":                                        {Plan: p, Results: results("done", "done", "refused", "held")},
		"Nothing was applied: 4 refused. Fix the 4 above, then apply.\n":                                                            {Plan: p, Results: results("refused", "refused", "refused", "refused")},
		"Interrupted: 2 created, 1 refused, 1 not sent. Run apply again for the rest.\n":                                            {Plan: p, Interrupted: true, Results: results("done", "done", "refused", "unsent")},
		"Interrupted: 4 not sent. Run apply again for the rest.\n":                                                                  {Plan: p, Interrupted: true, Results: results("unsent", "unsent", "unsent", "unsent")},
	} {
		var b strings.Builder
		if err := render.Report(&b, r, render.Style{}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Errorf("report (-want +got):\n%s", diff)
		}
	}
}

func results(statuses ...apply.Status) []apply.Result {
	var out []apply.Result
	for _, s := range statuses {
		out = append(out, apply.Result{Status: s})
	}
	return out
}

func TestState(t *testing.T) {
	st := state.New("test", nil)
	st.Records = []state.Record{
		{Addr: "tracking.a", Key: key("10001"), Status: "transit",
			Applied: st.Seal("10001", tracking.AttrsOf(map[tracking.Attr]string{tracking.Title: "Red\x1b[0m", tracking.CustomerName: "Ann"}), 0)},
		{Addr: "tracking.b", Key: key("10002")},
	}
	var b strings.Builder
	if err := render.State(&b, st, render.Style{Sensitive: true}); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/state.txt", b.String())
}

// A snippet shows the line, and nothing in it that could steer a terminal.
func TestDiagnostics(t *testing.T) {
	src := "tracking \"a\" {\n  title = \"\x1b[31mred\u202e\"\n}\n"
	diags := hcl.Diagnostics{
		{Severity: hcl.DiagError, Summary: "Wrong", Detail: "It is \x1b[31mwrong.\n\nMend it.", Subject: &hcl.Range{
			Filename: "a\x1b.hcl", Start: hcl.Pos{Line: 2, Column: 3, Byte: 17}, End: hcl.Pos{Line: 2, Column: 8, Byte: 22},
		}},
		{Severity: hcl.DiagWarning, Summary: "Odd", Detail: "In a file that is not shown.", Subject: &hcl.Range{
			Filename: "orders.csv", Start: hcl.Pos{Line: 7, Column: 1}, End: hcl.Pos{Line: 7, Column: 1},
		}},
	}
	var b strings.Builder
	if err := render.Diagnostics(&b, diags, map[string]*hcl.File{"a\x1b.hcl": {Bytes: []byte(src)}}, render.Style{}); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/diagnostics.txt", b.String())
	if strings.ContainsAny(b.String(), "\x1b\u202e") {
		t.Error("text from a file reaches the terminal as it is")
	}
}

// Of a long line what is around the problem is shown, and of many lines the first.
func TestLongSnippets(t *testing.T) {
	long := strings.Repeat("ä", 500) + "HERE" + strings.Repeat("ö", 1<<20)
	src := "first = [\n" + long + "\n]\n" + strings.Repeat("more = 1\n", 20)
	at := func(line, from, to int) *hcl.Range {
		return &hcl.Range{Filename: "a.hcl", Start: hcl.Pos{Line: line, Column: 1, Byte: from}, End: hcl.Pos{Line: line, Column: 1 + to - from, Byte: to}}
	}
	here, end := strings.Index(src, "HERE"), len(src)-9
	whole := at(1, 0, len(src))
	around := func(subject string) string {
		return "   2: …" + strings.Repeat("ä", 30) + subject + strings.Repeat("ö", 68) + "…\n"
	}
	for name, tt := range map[string]struct {
		subject, context *hcl.Range
		color            bool
		want             string
	}{
		"long line":      {at(2, here, here+4), nil, false, "  on a.hcl line 2:\n" + around("HERE") + "\n"},
		"in colour":      {at(2, here, here+4), nil, true, around("\x1b[1;4mHERE\x1b[0m")},
		"in a character": {at(2, here-1, here+4), nil, false, "   2: …" + strings.Repeat("ä", 31) + "HERE" + strings.Repeat("ö", 67) + "…\n"},
		"one place":      {at(2, here, here), nil, false, around("HERE")},
		"to the end":     {at(2, here, len(src)), nil, false, "…\n   3: ]\n   4: more = 1\n"},
		"its beginning":  {at(1, 0, here), nil, false, "   1: first = [\n   2: " + strings.Repeat("ä", 100) + "…\n\n"},
		"many":           {whole, nil, false, "  10: more = 1\n      …\n\n"},
		"context":        {at(23, end, end+4), at(22, end-9, end), false, "  22: more = 1\n  23: more = 1\n\n"},
		"beyond":         {at(99, len(src)+9, len(src)+99), nil, false, "  on a.hcl line 99:\n\n"},
	} {
		var b strings.Builder
		diags := hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Wrong", Subject: tt.subject, Context: tt.context}}
		if err := render.Diagnostics(&b, diags, map[string]*hcl.File{"a.hcl": {Bytes: []byte(src)}}, render.Style{Color: tt.color}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), tt.want) || b.Len() > 1000 {
			t.Errorf("%s: got\n%s\nwant\n%s", name, b.String(), tt.want)
		}
	}
}

// A text that no declaration could have is cut.
func TestLongValue(t *testing.T) {
	p := &plan.Plan{Changes: []plan.Change{{Addr: "tracking.a", Action: plan.Update, Key: key("10001"), Fields: []plan.Field{
		{Attr: tracking.Title, From: strings.Repeat("é", 1<<20), Known: true, To: "b"},
	}}}}
	var b strings.Builder
	if err := render.Plan(&b, p, plan.Cost{}, render.Style{}); err != nil {
		t.Fatal(err)
	}
	if len(b.String()) > 6000 || !strings.Contains(b.String(), `é"… (2,097,152 bytes) -> "b"`) {
		t.Errorf("%d bytes: %.300s", b.Len(), b.String())
	}
}
