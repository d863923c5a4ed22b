package report_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/render/report"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/plan/plantest"
)

func theRun() *report.Run {
	return &report.Run{
		Command: "apply", Name: "a \"shop\"\nat \\ sea\x1b[31m", Version: "0.1.0", Started: time.Date(2026, 9, 1, 12, 0, 0, 5e8, time.UTC), Seconds: 12.5, ExitCode: 6,
		Diagnostics: []render.DiagnosticDocument{{Severity: "error"}, {Severity: "warning"}, {Severity: "warning"}},
		Plan:        plantest.Everything(), Cost: plan.Cost{Facts: plan.Facts{Known: true, Credits: 77}},
		Report:   &apply.Report{Plan: plantest.Everything(), Results: results("done", "done", "failed", "held", "done", "done", "done", "done", "done")},
		Requests: map[string]int{"list": 3, "batch": 1}, Throttled: 2,
	}
}

// The official parser reads the metrics, and finds in them what happened.
func TestMetrics(t *testing.T) {
	var b strings.Builder
	if err := report.Metrics(&b, theRun()); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/metrics.prom", b.String())
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for name, f := range families {
		for _, m := range f.Metric {
			label := ""
			for _, l := range m.Label {
				switch l.GetName() {
				case "command", "name":
				default:
					label = " " + l.GetValue()
				}
			}
			got[name+label] = m.GetGauge().GetValue()
		}
	}
	for name, want := range map[string]float64{
		"tmsync_run_timestamp_seconds": 1788264000.5, "tmsync_run_duration_seconds": 12.5, "tmsync_run_exit_code": 6,
		"tmsync_run_errors": 1, "tmsync_run_warnings": 2, "tmsync_run_throttled": 2, "tmsync_run_requests list": 3,
		"tmsync_changes create": 1, "tmsync_changes refresh": 0, "tmsync_trackings unmanaged": 41, "tmsync_credits": 77,
		"tmsync_results done": 7, "tmsync_results failed": 1,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s is %v, %v, want %v", name, v, ok, want)
		}
	}
	b.Reset()
	if err := report.Metrics(&b, &report.Run{Command: "plan", ExitCode: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := parser.TextToMetricFamilies(strings.NewReader(b.String())); err != nil {
		t.Errorf("of a run without a plan: %v\n%s", err, &b)
	}
}

func TestRunRecord(t *testing.T) {
	doc, err := json.MarshalIndent(report.NewRunRecord(theRun()), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/run.json", string(doc)+"\n")
	want := report.RunRecord{Command: "plan", ExitCode: 1, Errors: 1}
	got := report.NewRunRecord(&report.Run{Command: "plan", ExitCode: 1, Diagnostics: []render.DiagnosticDocument{{Severity: "error"}}})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a run that failed (-want +got):\n%s", diff)
	}
}
