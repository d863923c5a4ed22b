package report_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/render/report"
	"github.com/tmsync/tmsync/plan"
)

// Whatever form a run is told in: beside an error none says that nothing is to be
// done, and one that is through says so.
func TestVerdict(t *testing.T) {
	wrong := []render.DiagnosticDocument{{Severity: "error", Summary: "Wrong"}}
	odd := []render.DiagnosticDocument{{Severity: "warning", Summary: "Odd"}}
	none := &plan.Plan{Counts: plan.Counts{Declared: 2, Unchanged: 2}}
	some := &plan.Plan{Changes: []plan.Change{{Action: plan.Create, Addr: "tracking.a"}}}
	broken := &plan.Plan{Failed: true, Changes: some.Changes}
	unwritten := &apply.Report{Plan: none, Err: errors.New("disk full")}
	tests := map[string]struct {
		run  report.Run
		told bool // what the plan comes to
	}{
		"nothing to do":                     {report.Run{Plan: none}, true},
		"nothing to do, and a warning":      {report.Run{Plan: none, Diagnostics: odd}, true},
		"nothing to do, an error":           {report.Run{Plan: none, Diagnostics: wrong, ExitCode: 1}, false},
		"nothing to do, and a bad end":      {report.Run{Plan: none, ExitCode: 6}, false},
		"nothing to do, state not written":  {report.Run{Plan: none, Report: unwritten, Diagnostics: wrong, ExitCode: 1}, false},
		"nothing done, all well":            {report.Run{Plan: none, Report: &apply.Report{Plan: none}}, true},
		"no plan":                           {report.Run{Diagnostics: wrong, ExitCode: 1}, false},
		"a plan that failed, without lines": {report.Run{Plan: &plan.Plan{Failed: true}, Diagnostics: wrong, ExitCode: 4}, false},
		"a plan that failed":                {report.Run{Plan: broken, Diagnostics: wrong, ExitCode: 4}, false},
		"changes":                           {report.Run{Plan: some, ExitCode: 2}, true},
		"changes that were stopped":         {report.Run{Plan: some, Diagnostics: wrong, ExitCode: 4}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := &tt.run
			r.Command = "apply"
			var github, gitlab, metrics, text, md, html, events strings.Builder
			var errs []error
			errs = append(errs, report.WorkflowOutputs(&github, r), report.Dotenv(&gitlab, r), report.Metrics(&metrics, r),
				report.Markdown(&md, r), report.HTML(&html, r))
			stream := render.NewStream(&events, time.Now, "test")
			if r.Plan != nil {
				errs = append(errs, render.Plan(&text, r.Plan, plan.Cost{}, render.Style{}))
				stream.Plan("plan", r.Plan, plan.Cost{})
			}
			if r.Report != nil {
				stream.Report("apply", r.Report, plan.Cost{})
			}
			if err := errors.Join(append(errs, stream.Err())...); err != nil {
				t.Fatal(err)
			}
			rec := report.NewRunRecord(r)
			for form, told := range map[string]bool{
				"GITHUB_OUTPUT": strings.Contains(github.String(), "true\n") || strings.Contains(github.String(), "false\n"),
				"tmsync.env":    strings.Contains(gitlab.String(), "TMSYNC_CHANGES="),
				"metrics":       strings.Contains(metrics.String(), "tmsync_changes") || strings.Contains(metrics.String(), "tmsync_trackings"),
				"runs.jsonl":    rec.Planned != nil || rec.Counts != nil,
			} {
				if told != tt.told {
					t.Errorf("%s tells what the plan comes to: %v, want %v", form, told, tt.told)
				}
			}
			for form, doc := range map[string]string{"Markdown": md.String(), "HTML": html.String()} {
				if says := strings.Contains(doc, "No changes."); says != (tt.told && r.Plan.Empty()) {
					t.Errorf("%s says that there are no changes: %v", form, says)
				}
				if says := strings.Contains(doc, "Failed:"); says == tt.told {
					t.Errorf("%s says that it has failed: %v", form, says)
				}
			}
			if failed := r.Plan != nil && r.Plan.Failed; failed && (strings.Contains(text.String(), "No changes.") || strings.Contains(text.String(), "Plan:") || strings.Contains(events.String(), "change_summary")) {
				t.Errorf("of a plan that has failed is told:\n%s%s", text.String(), events.String())
			}
			if r.Report == unwritten && strings.Contains(events.String(), "0 of 0 changes") {
				t.Errorf("of an apply that has failed is told:\n%s", events.String())
			}
		})
	}
}
