package apply

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// Status is how a change ended.
type Status string

// The statuses.
const (
	Done    Status = "done"
	Partial Status = "partial"  // begun, and stopped for the reason in the message
	Failed  Status = "failed"   // not done, or in part; the message has the reason
	Refused Status = "refused"  // the service refuses it for good: it has to be mended
	Held    Status = "held"     // not attempted, because of what happened before
	Skipped Status = "skipped"  // not attempted, because somebody changed it since the plan
	InDoubt Status = "in_doubt" // sent, and not proven; the next run reads it back
	Unsent  Status = "unsent"   // not attempted: interrupted, or the run had to stop
)

// Statuses are all of them, in the order in which reports show them.
var Statuses = []Status{Partial, Refused, Failed, Held, Skipped, InDoubt, Unsent, Done}

// Words returns how a status reads behind a number: "3 in doubt".
func (s Status) Words() string { return statusSpecs[s].words }

// statusSpecs has the words of each status. The summary is that of a diagnostic that
// changes share; each that failed has its own.
var statusSpecs = map[Status]struct{ words, summary string }{
	Partial: {"done in part", "Changes were done in part"},
	Refused: {"refused", ""},
	Failed:  {"failed", ""},
	Held:    {"held back", "Changes were held back"},
	Skipped: {"skipped", "Changes were skipped"},
	InDoubt: {"in doubt", "Changes are in doubt"},
	Unsent:  {"not sent", "Changes were not sent"},
	Done:    {"done", ""},
}

// Result is how one change ended.
type Result struct {
	Status  Status
	Message string // why it is not done
	Adopted bool   // it was to be created, and was there already
	// Forbidden means that it was there already, and that safety.adopt forbids to take
	// it over.
	Forbidden bool
	About     tracking.About // what the service finds fault with

	heldBack bool // what is left of a Partial one was held back
}

// Report is the result of an apply. Results[i] belongs to Plan.Changes[i].
type Report struct {
	Plan        *plan.Plan
	Results     []Result
	NoCredit    bool  // the account ran out of credits
	Interrupted bool  // the run was cancelled before it was through
	Limited     bool  // the caller's limits ended it
	Err         error // the state could not be written
	Shown       []Shown

	finished int
}

// Complete reports whether every change is done.
func (r *Report) Complete() bool {
	return r.Err == nil && r.Count(Done) == len(r.Results)
}

// RefusedOnly reports whether every open change is one that the service has refused:
// to run again is of no use until they are mended. What is held back because of them
// counts as theirs.
func (r *Report) RefusedOnly() bool {
	return r.needsMending() && !r.forbidden() && r.Count(Refused) > 0
}

// ForbiddenOnly reports whether safety.adopt forbids what is open. Some of it the service
// may have refused.
func (r *Report) ForbiddenOnly() bool { return r.needsMending() && r.forbidden() }

func (r *Report) forbidden() bool {
	return slices.ContainsFunc(r.Results, func(res Result) bool { return res.Forbidden })
}

// needsMending reports whether no open change is one that another run might do.
func (r *Report) needsMending() bool {
	if r.Err != nil || r.NoCredit || r.Interrupted || r.Limited {
		return false
	}
	return !slices.ContainsFunc(r.Results, func(res Result) bool {
		switch res.Status {
		case Done, Refused, Held:
			return false
		case Partial:
			return !res.heldBack
		case Skipped:
			return !res.Forbidden
		default:
			return true
		}
	})
}

// Count counts the changes that ended in a status.
func (r *Report) Count(s Status) int {
	n := 0
	for i := range r.Results {
		if r.Results[i].Status == s {
			n++
		}
	}
	return n
}

// Diagnostics returns a diagnostic for every change that is not done. Changes that
// share one cause share one diagnostic.
func (r *Report) Diagnostics() hcl.Diagnostics {
	var diags hcl.Diagnostics
	type cause struct {
		status  Status
		message string
	}
	shared := map[cause]*hcl.Diagnostic{}
	count := map[*hcl.Diagnostic]int{}
	for i := range r.Results {
		res, c := &r.Results[i], &r.Plan.Changes[i]
		if res.Status == Done {
			continue
		}
		if res.Status == Failed || res.Status == Refused || res.Forbidden {
			diags = append(diags, failure(c, res))
			continue
		}
		k := cause{res.Status, res.Message}
		if shared[k] == nil {
			shared[k] = &hcl.Diagnostic{Severity: hcl.DiagError, Summary: statusSpecs[res.Status].summary}
			diags = append(diags, shared[k])
		}
		count[shared[k]]++
	}
	for k, d := range shared {
		d.Detail = fmt.Sprintf("%s: %s.", text.Plural(count[d], "change"), strings.TrimSuffix(k.message, "."))
	}
	adopted := 0
	for i := range r.Results {
		if r.Results[i].Adopted {
			adopted++
		}
	}
	if adopted > 0 {
		diags = append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagWarning, Summary: "Trackings were at the service already",
			Detail: fmt.Sprintf("%s adopted instead of created, since somebody has created it after the plan was made. What differs from the files is updated, "+
				"in requests that the plan did not count.", text.Plural(adopted, "tracking")),
		})
	}
	if d := r.shownOtherwise(); d != nil {
		diags = append(diags, d)
	}
	var lost *state.LostError
	var fenced *state.FencedError
	switch {
	case errors.As(r.Err, &fenced):
		diags = append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "The lock was lost", Detail: text.Sentence(fenced),
		})
	case errors.As(r.Err, &lost):
		diags = append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "The state was taken away", Detail: lost.Error() + ".",
		})
	case r.Err != nil:
		diags = append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagError,
			Summary:  "The state could not be written",
			Detail:   text.Sentence(r.Err) + " Nothing more was sent. Fix the cause and run apply again: the journal has the requests that were under way.",
		})
	}
	return diags
}

func failure(c *plan.Change, res *Result) *hcl.Diagnostic {
	d := &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  "A change could not be made",
		Detail:   fmt.Sprintf("%s (%s) could not be %s: %s.", c.Addr, c.Key, c.Action.Spec().CouldNotBe(), strings.TrimSuffix(res.Message, ".")),
	}
	switch {
	case res.Forbidden:
		d.Summary = "A tracking may not be adopted"
		d.Detail += " If it is yours to manage, adopt it by an import block; otherwise take the declaration away."
	case res.Status == Refused:
		d.Summary = "The service refused a tracking"
	}
	if c.Declared != nil {
		d.Subject = c.Declared.RangeOf(res.About).Ptr()
	}
	return d
}
