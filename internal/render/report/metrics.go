package report

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/plan"
)

// RunRecord is a run in the log of runs.
type RunRecord struct {
	Time      time.Time            `json:"time"`
	Command   string               `json:"command"`
	ExitCode  int                  `json:"exit_code"`
	Version   string               `json:"tmsync_version"`
	State     string               `json:"state,omitempty"` // the file's name as it was given
	Seconds   float64              `json:"seconds"`
	Planned   map[plan.Action]int  `json:"planned,omitempty"`
	Results   map[apply.Status]int `json:"results,omitempty"`
	Counts    *plan.Counts         `json:"counts,omitempty"`
	Requests  map[string]int       `json:"requests,omitempty"` // by endpoint
	Throttled int                  `json:"throttled"`          // answers of 429
	Credits   *int                 `json:"credits,omitempty"`  // of the account before the run, where it was asked
	Errors    int                  `json:"errors"`
	Warnings  int                  `json:"warnings"`
}

// NewRunRecord returns the record of a run in the log.
func NewRunRecord(r *Run) RunRecord {
	rec := RunRecord{
		Time: r.Started.UTC(), Command: r.Command, State: r.State, ExitCode: r.ExitCode, Version: r.Version, Seconds: r.Seconds,
		Requests: r.Requests, Throttled: r.Throttled,
	}
	for _, d := range r.Diagnostics {
		if d.Severity == "error" {
			rec.Errors++
		} else {
			rec.Warnings++
		}
	}
	if p := r.verdict(); p != nil {
		rec.Planned, rec.Counts = map[plan.Action]int{}, &p.Counts
		for i := range p.Changes {
			rec.Planned[p.Changes[i].Action]++
		}
	}
	if r.Cost.Facts.Known {
		rec.Credits = &r.Cost.Facts.Credits
	}
	if r.Report != nil && (len(r.Report.Results) > 0 || r.verdict() != nil) {
		rec.Results = map[apply.Status]int{}
		for i := range r.Report.Results {
			rec.Results[r.Report.Results[i].Status]++
		}
	}
	return rec
}

// Metrics writes a run in Prometheus' text format, for a textfile collector.
func Metrics(out io.Writer, r *Run) error {
	w, rec := bufio.NewWriter(out), NewRunRecord(r)
	base := fmt.Sprintf(`command=%s,name=%s`, label(r.Command), label(r.called()))
	family := func(name, help string) {
		fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name)
	}
	single := func(name, help string, v float64) {
		family(name, help)
		fmt.Fprintf(w, "%s{%s} %g\n", name, base, v)
	}
	single("tmsync_run_timestamp_seconds", "When the last run started, in Unix time.", float64(rec.Time.UnixMilli())/1000)
	single("tmsync_run_duration_seconds", "How long it took.", rec.Seconds)
	single("tmsync_run_exit_code", "How it ended.", float64(rec.ExitCode))
	single("tmsync_run_errors", "Errors that it reported.", float64(rec.Errors))
	single("tmsync_run_warnings", "Warnings that it reported.", float64(rec.Warnings))
	single("tmsync_run_throttled", "Answers that told it to wait (429).", float64(rec.Throttled))
	family("tmsync_run_requests", "Requests that it sent.")
	for _, name := range slices.Sorted(maps.Keys(rec.Requests)) {
		fmt.Fprintf(w, "tmsync_run_requests{%s,endpoint=%s} %d\n", base, label(name), rec.Requests[name])
	}
	if rec.Counts != nil {
		planMetrics(w, family, base, rec)
	}
	if rec.Credits != nil {
		single("tmsync_credits", "Credits of the account before the run.", float64(*rec.Credits))
	}
	if rec.Results != nil {
		family("tmsync_results", "Changes of the apply by how they ended.")
		for _, st := range slices.Sorted(maps.Keys(rec.Results)) {
			fmt.Fprintf(w, "tmsync_results{%s,status=%s} %d\n", base, label(string(st)), rec.Results[st])
		}
	}
	return w.Flush()
}

func planMetrics(w *bufio.Writer, family func(name, help string), base string, rec RunRecord) {
	family("tmsync_changes", "Changes of the plan.")
	for _, a := range plan.Actions {
		fmt.Fprintf(w, "tmsync_changes{%s,action=%s} %d\n", base, label(string(a)), rec.Planned[a])
	}
	family("tmsync_trackings", "Trackings, by how they stand.")
	c := rec.Counts
	for _, v := range []struct {
		kind string
		n    int
	}{{"declared", c.Declared}, {"managed", c.Managed}, {"unchanged", c.Unchanged}, {"gone", c.Gone}, {"vanished", c.Vanished}, {"not_selected", c.NotSelected}} {
		fmt.Fprintf(w, "tmsync_trackings{%s,kind=%s} %d\n", base, label(v.kind), v.n)
	}
	if c.Unread > 0 {
		fmt.Fprintf(w, "tmsync_trackings{%s,kind=%s} %d\n", base, label("unread"), c.Unread)
	}
	if c.Full {
		fmt.Fprintf(w, "tmsync_trackings{%s,kind=%s} %d\n", base, label("unmanaged"), c.Unmanaged)
	}
	if c.Rows.Read > 0 {
		rows := &c.Rows
		family("tmsync_rows", "Rows of the files that were read, and what became of them or of the parcels in them.")
		for _, v := range []struct {
			kind string
			n    int
		}{{"read", rows.Read}, {"declared", rows.Declared}, {"duplicate", rows.Duplicates}, {"left_out", rows.LeftOut}} {
			fmt.Fprintf(w, "tmsync_rows{%s,kind=%s} %d\n", base, label(v.kind), v.n)
		}
	}
}

// label writes the value of a label.
func label(v string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text.Inert(v)) + `"`
}
