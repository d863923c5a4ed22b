package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/render/report"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/text/texttest"
	"github.com/tmsync/tmsync/plan"
)

// found makes a diagnostic; one of line 0 has no place.
func found(severity, summary, detail string, line int) render.DiagnosticDocument {
	d := render.DiagnosticDocument{Severity: severity, Summary: summary, Detail: detail}
	if line > 0 {
		d.Range = &render.RangeDocument{Filename: "main.hcl", Start: render.PosDocument{Line: line}, End: render.PosDocument{Line: line + 1}}
	}
	return d
}

func inShop(file string) string { return "shop/" + file }

func TestAnnotations(t *testing.T) {
	var out bytes.Buffer
	if err := report.Annotations(&out, []render.DiagnosticDocument{
		found("error", "Invalid country", "There is no \"XY\".\nDid you mean \"XK\"?", 3),
		found("warning", "Too few credits", "", 0),
	}, inShop); err != nil {
		t.Fatal(err)
	}
	want := `::error file=shop/main.hcl,line=3,endLine=4,title=Invalid country::There is no "XY".%0ADid you mean "XK"?
::warning title=Too few credits::Too few credits
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("Annotations() (-want +got):\n%s", diff)
	}
}

// Of many, ten errors and ten warnings are shown, whatever their order, and the
// others are counted.
func TestAnnotationsAreBounded(t *testing.T) {
	var diags []render.DiagnosticDocument
	for i := range 1500 {
		diags = append(diags, found("warning", "W", "w", i+1))
	}
	for i := range 12 {
		diags = append(diags, found("error", "E", "e", i+1))
	}
	var out bytes.Buffer
	if err := report.Annotations(&out, diags, inShop); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if e, w := strings.Count(text, "::error "), strings.Count(text, "::warning "); e != 10 || w != 10 {
		t.Errorf("%d errors and %d warnings are shown, want 10 of each", e, w)
	}
	if want := "::notice title=More errors and warnings::1,492 more; the log has all of them.\n"; !strings.HasSuffix(text, want) {
		t.Errorf("it ends with %q, want %q", text[len(text)-100:], want)
	}
}

// Whatever a diagnostic says, it stays one command, and one finding that JSON
// readers see as it is.
func TestAttacksOnRunners(t *testing.T) {
	for name, attack := range texttest.Attacks(t) {
		d := found("error", attack, attack, 1)
		d.Range.Filename = attack
		same := func(s string) string { return s }
		var out bytes.Buffer
		if err := report.Annotations(&out, []render.DiagnosticDocument{d}, same); err != nil {
			t.Fatal(err)
		}
		if line := out.String(); strings.Count(line, "\n") != 1 || !strings.HasPrefix(line, "::error ") {
			t.Errorf("%s: not one command: %q", name, line)
		}
		out.Reset()
		if err := report.CodeQuality(&out, []render.DiagnosticDocument{d}, same); err != nil {
			t.Fatal(err)
		}
		texttest.Check(t, "json", out.String())
		var back []map[string]any
		if err := json.Unmarshal(out.Bytes(), &back); err != nil || len(back) != 1 {
			t.Fatalf("%s: %v\n%s", name, err, &out)
		}
		if got := back[0]["check_name"]; got != text.Inert(attack) {
			t.Errorf("%s: check_name is %q, want %q", name, got, text.Inert(attack))
		}
	}
}

func TestCodeQuality(t *testing.T) {
	diags := []render.DiagnosticDocument{
		found("error", "Invalid country", "There is no\n\"XY\".", 3),
		found("error", "Invalid country", "There is no\n\"XY\".", 9),
		found("error", "Too few credits", "This has no place.", 0),
		found("warning", "Unknown carrier", "Is it \"sto\"?", 4),
	}
	text := findings(t, diags)
	want := `[{"description":"Invalid country: There is no \"XY\".","check_name":"Invalid country","fingerprint":"F1","severity":"critical","location":{"path":"shop/main.hcl","lines":{"begin":3}}},` +
		`{"description":"Invalid country: There is no \"XY\".","check_name":"Invalid country","fingerprint":"F2","severity":"critical","location":{"path":"shop/main.hcl","lines":{"begin":9}}},` +
		`{"description":"Unknown carrier: Is it \"sto\"?","check_name":"Unknown carrier","fingerprint":"F3","severity":"minor","location":{"path":"shop/main.hcl","lines":{"begin":4}}}]` + "\n"
	prints := fingerprint.FindAllString(text, -1)
	for i, p := range prints {
		text = strings.Replace(text, p, fmt.Sprintf("F%d", i+1), 1)
	}
	if diff := cmp.Diff(want, text); diff != "" {
		t.Errorf("CodeQuality() (-want +got):\n%s", diff)
	}
	if got := findings(t, nil); got != "[]\n" {
		t.Errorf("nothing found is %q, want an empty array", got)
	}

	for i := range diags {
		if diags[i].Range != nil {
			diags[i].Range.Start.Line += 7
		}
	}
	if diff := cmp.Diff(prints, fingerprint.FindAllString(findings(t, diags), -1)); diff != "" {
		t.Errorf("the fingerprints change with the lines (-before +after):\n%s", diff)
	}
	var many []render.DiagnosticDocument
	for range 3000 {
		many = append(many, diags[0])
	}
	prints = fingerprint.FindAllString(findings(t, many), -1)
	different := map[string]bool{}
	for _, p := range prints {
		different[p] = true
	}
	if len(prints) != 1000 || len(different) != 1000 {
		t.Errorf("%d findings with %d fingerprints, want 1000 of both", len(prints), len(different))
	}
}

var fingerprint = regexp.MustCompile("[0-9a-f]{64}")

func findings(t *testing.T, diags []render.DiagnosticDocument) string {
	t.Helper()
	var out bytes.Buffer
	if err := report.CodeQuality(&out, diags, inShop); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestOutcome(t *testing.T) {
	p := &plan.Plan{}
	for action, n := range map[plan.Action]int{plan.Create: 3, plan.ChangeCarrier: 2, plan.Delete: 1} {
		for range n {
			p.Changes = append(p.Changes, plan.Change{Action: action})
		}
	}
	full := plan.Cost{Estimate: plan.Estimate{Total: 5, MinCredits: 3, MaxCredits: 4}}
	free := full
	free.Free = true
	for _, tt := range []struct {
		name string
		run  report.Run
		want string
	}{
		{"changes", report.Run{ExitCode: 2, Plan: p, Cost: full},
			"CREATE=3 UPDATE=0 CARRIER=2 REPLACE=0 ARCHIVE=0 DELETE=1 ADOPT=0 MOVE=0 FORGET=0 REFRESH=0 CREDITS=4 REQUESTS=5 EXITCODE=2 CHANGES=true"},
		{"without credits", report.Run{Plan: p, Cost: free},
			"CREATE=3 UPDATE=0 CARRIER=2 REPLACE=0 ARCHIVE=0 DELETE=1 ADOPT=0 MOVE=0 FORGET=0 REFRESH=0 CREDITS=0 REQUESTS=5 EXITCODE=0 CHANGES=true"},
		{"no plan", report.Run{ExitCode: 1}, "EXITCODE=1"}, // of what failed nothing is told
	} {
		t.Run(tt.name, func(t *testing.T) {
			var env, outputs bytes.Buffer
			if err := report.Dotenv(&env, &tt.run); err != nil {
				t.Fatal(err)
			}
			got := strings.Join(strings.Fields(strings.ReplaceAll(env.String(), "TMSYNC_", "")), " ")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Dotenv() (-want +got):\n%s", diff)
			}
			if n := strings.Count(env.String(), "\n"); n > 20 {
				t.Errorf("%d variables; GitLab takes 20", n)
			}
			if err := report.WorkflowOutputs(&outputs, &tt.run); err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(strings.ToLower(tt.want), " ", "\n") + "\n"
			got = emptied.ReplaceAllString(heredoc.ReplaceAllString(outputs.String(), "$1=$2"), "")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("WorkflowOutputs() (-want +got):\n%s", diff)
			}
		})
	}
}

// emptied is an output without a value, over what an earlier run in the same step wrote.
var emptied = regexp.MustCompile(`(?m)^\w+=\n`)

// heredoc is one output as WorkflowOutput writes it.
var heredoc = regexp.MustCompile(`(?m)^(\w+)<<end-\w+\n(.*)\nend-\w+$`)
