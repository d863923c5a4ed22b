package render

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// Stream writes what a run does as events, a JSON object a line. The names are
// Terraform's where the meaning is the same. The types of events are
//
//	version           tmsync, ui: the version of this format
//	state             state: the name of the one that is shared with other machines
//	refresh_complete  trackings, requests: how many were listed
//	planned_change    change: one of the plan
//	resource_drift    change: what the service has done (refresh-only and drift);
//	                  since: when that was first seen, known: the baseline has it
//	kept_value        kept: a value that the service keeps in another form
//	output_changes    output_changes: the outputs whose values change, by name
//	change_summary    operation, changes, counts, cost; selected: what the patterns
//	                  among the options stood for
//	apply_progress    done, total
//	service_pause     until: nothing is sent before, as the service has asked
//	apply_complete    address, key, action: a change is done
//	apply_errored     address, key, action, status: it is not; a diagnostic has the reason
//	outputs           outputs, by name
//	diagnostic        diagnostic
//
// A nil Stream writes nothing. The first error of writing is kept; after it
// nothing more is written.
type Stream struct {
	out io.Writer
	now func() time.Time
	mu  sync.Mutex
	err error
}

// StreamVersion is the version of the events. The number before the point changes
// when something is taken away or means something else.
const StreamVersion = "1.0"

// Event is one line of a Stream. Its type determines which of the last fields it has.
type Event struct {
	Level     string    `json:"@level"` // info, warn or error
	Message   string    `json:"@message"`
	Module    string    `json:"@module"`
	Timestamp time.Time `json:"@timestamp"`
	Type      string    `json:"type"`

	Version    string                    `json:"tmsync,omitempty"`
	UI         string                    `json:"ui,omitempty"`
	State      string                    `json:"state,omitempty"`
	Trackings  *int                      `json:"trackings,omitempty"`
	Requests   *int                      `json:"requests,omitempty"`
	Change     *ResourceChange           `json:"change,omitempty"`
	Kept       *KeptValue                `json:"kept,omitempty"`
	Since      *time.Time                `json:"since,omitempty"`
	Known      bool                      `json:"known,omitempty"`
	Operation  string                    `json:"operation,omitempty"`
	Changes    *SummaryChanges           `json:"changes,omitempty"`
	Selected   []plan.Selected           `json:"selected,omitempty"`
	Counts     *plan.Counts              `json:"counts,omitempty"`
	Cost       *CostDocument             `json:"cost,omitempty"`
	Done       *int                      `json:"done,omitempty"`
	Total      *int                      `json:"total,omitempty"`
	Until      *time.Time                `json:"until,omitempty"`
	Address    tracking.Addr             `json:"address,omitempty"`
	Key        string                    `json:"key,omitempty"`
	Action     plan.Action               `json:"action,omitempty"`
	Status     apply.Status              `json:"status,omitempty"`
	Outputs    map[string]OutputDocument `json:"outputs,omitempty"`
	Diagnostic *DiagnosticDocument       `json:"diagnostic,omitempty"`

	OutputChanges map[string]OutputChange `json:"output_changes,omitempty"`
}

// SummaryChanges counts changes as Terraform does, and by action. A replacement is
// an add and a remove. Of an apply only what is done counts.
type SummaryChanges struct {
	Add     int                 `json:"add"`
	Change  int                 `json:"change"`
	Import  int                 `json:"import"`
	Remove  int                 `json:"remove"`
	Actions map[plan.Action]int `json:"actions"`
}

// NewStream writes events to out and begins with the version.
func NewStream(out io.Writer, now func() time.Time, version string) *Stream {
	s := &Stream{out: out, now: now}
	s.write("info", "version", "tmsync "+version, Event{Version: version, UI: StreamVersion})
	return s
}

// Err is the first error of writing.
func (s *Stream) Err() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func (s *Stream) write(level, kind, message string, e Event) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		e.Level, e.Type, e.Message, e.Module, e.Timestamp = level, kind, message, "tmsync.ui", s.now().UTC()
		s.err = text.WriteJSON(s.out, e)
	}
}

// State writes which shared state the run is about.
func (s *Stream) State(name string) {
	s.write("info", "state", "The state is "+name, Event{State: name})
}

// Refreshed writes how much was listed.
func (s *Stream) Refreshed(trackings, requests int) {
	s.write("info", "refresh_complete", fmt.Sprintf("Listed %s in %s", text.Plural(trackings, "tracking"), text.Plural(requests, "request")),
		Event{Trackings: &trackings, Requests: &requests})
}

// Plan writes the changes of a plan, and their counts unless it has failed.
func (s *Stream) Plan(operation string, p *plan.Plan, cost plan.Cost) {
	if s == nil {
		return
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		kind, r := "planned_change", NewResourceChange(c)
		if p.RefreshOnly {
			kind = "resource_drift"
		}
		s.write("info", kind, string(c.Addr)+": "+c.Action.Spec().Will, Event{Change: &r})
	}
	for i := range p.Kept {
		k := newKeptValue(&p.Kept[i])
		s.write("info", "kept_value", fmt.Sprintf("%s: %s", k.Address, keptText(&p.Kept[i], Style{})), Event{Kept: &k})
	}
	if len(p.Outputs) > 0 {
		s.write("info", "output_changes", outputCount(p), Event{OutputChanges: newOutputChanges(p)})
	}
	if p.Failed {
		return // what it comes to is not known; diagnostics say why
	}
	counts := map[plan.Action]int{}
	for _, a := range plan.Actions {
		if n := p.Count(a); n > 0 {
			counts[a] = n
		}
	}
	doc := NewCostDocument(cost)
	s.write("info", "change_summary", "Plan: "+Summary(p), Event{Operation: operation, Changes: summaryChanges(counts), Selected: p.Selected, Counts: &p.Counts, Cost: &doc})
}

// Drift writes what has changed of one tracking, and since when, if known.
func (s *Stream) Drift(c *plan.Change, since time.Time, known bool) {
	r, header := NewResourceChange(c), c.Action.Spec().Will
	if c.Action == plan.Forget {
		header = vanishedHeader
	}
	s.write("warn", "resource_drift", string(c.Addr)+": "+header, Event{Change: &r, Since: &since, Known: known})
}

func summaryChanges(counts map[plan.Action]int) *SummaryChanges {
	sum := &SummaryChanges{Import: counts[plan.Adopt], Actions: counts}
	for a, n := range counts {
		spec := a.Spec()
		for _, word := range spec.Words {
			switch {
			case word == "create":
				sum.Add += n
			case word == "update" && spec.Sends != tracking.SendsNothing:
				sum.Change += n
			case word == "delete":
				sum.Remove += n
			}
		}
	}
	return sum
}

// Progress writes how many changes of an apply have a result.
func (s *Stream) Progress(done, total int) {
	s.write("info", "apply_progress", fmt.Sprintf("%s of %s", text.Count(done), text.Count(total)), Event{Done: &done, Total: &total})
}

// Pause writes that the service wants nothing sent before a time.
func (s *Stream) Pause(until time.Time) {
	until = until.UTC()
	s.write("info", "service_pause", "The service asks for a pause until "+until.Format(time.TimeOnly)+" UTC", Event{Until: &until})
}

// Report writes the results of an apply, and the counts of what is done.
func (s *Stream) Report(operation string, r *apply.Report, cost plan.Cost) {
	if s == nil {
		return
	}
	counts := map[plan.Action]int{}
	for i := range r.Results {
		c, status := &r.Plan.Changes[i], r.Results[i].Status
		e := Event{Address: c.Addr, Key: c.Key.String(), Action: c.Action, Status: status}
		if status == apply.Done {
			counts[c.Action]++
			s.write("info", "apply_complete", string(c.Addr)+": "+c.Action.Spec().Done, e)
		} else {
			s.write("error", "apply_errored", string(c.Addr)+": "+string(status), e)
		}
	}
	if len(r.Results) == 0 && r.Err != nil {
		return // a diagnostic has the reason
	}
	doc := NewCostDocument(cost)
	s.write("info", "change_summary", fmt.Sprintf("%s of %s", text.Count(r.Count(apply.Done)), text.Plural(len(r.Results), "change")),
		Event{Operation: operation, Changes: summaryChanges(counts), Counts: &r.Plan.Counts, Cost: &doc})
}

// Outputs writes the outputs.
func (s *Stream) Outputs(outputs map[string]OutputDocument) {
	s.write("info", "outputs", "Outputs: "+text.Count(len(outputs)), Event{Outputs: outputs})
}

// Diagnostics writes errors and warnings.
func (s *Stream) Diagnostics(diags hcl.Diagnostics, files map[string]*hcl.File) {
	if s == nil {
		return
	}
	for _, d := range diags {
		doc := NewDiagnosticDocument(d, files)
		level := doc.Severity
		if level == "warning" {
			level = "warn"
		}
		s.write(level, "diagnostic", doc.Summary, Event{Diagnostic: &doc})
	}
}
