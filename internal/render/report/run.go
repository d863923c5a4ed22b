// Package report writes a run as a file: Markdown for a pull request, a page of HTML,
// metrics, and what the runners of CI systems read. Nothing sensitive is in any of
// them.
package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/plan"
)

// Run is one run of a command, for its reports.
type Run struct {
	Command string // plan, apply, destroy, drift
	// Name is what the configuration calls itself, "" for nothing. Directory tells it
	// from all others of its repository, whose top is ".".
	Name, Directory string
	State           string // its name as shown to the user, "" when the run did not get to it
	Shared          bool   // the state is in a store that other machines reach
	Version         string // of tmsync
	Started         time.Time
	Seconds         float64 // that it took
	ExitCode        int
	// Diagnostics are the errors and warnings of the run, with places where they
	// have one. What is sensitive in their snippets is overwritten.
	Diagnostics []render.DiagnosticDocument
	Host        *Host      // that shows the files, for links to them
	Plan        *plan.Plan // nil: the run came to no plan
	Cost        plan.Cost
	Report      *apply.Report // of an apply, else nil
	// Requests are what was sent, by endpoint, reading included; Throttled how
	// many of the answers were 429.
	Requests  map[string]int
	Throttled int
	// Waited is how long the answers of each endpoint took, together, in seconds.
	Waited map[string]float64
}

// called returns the configuration's name, or else its directory.
func (r *Run) called() string { return cmp.Or(r.Name, r.Directory) }

// Failed reports whether the run has met an error. What it does not have is then
// not known.
func (r *Run) Failed() bool {
	return r.ExitCode != 0 && r.ExitCode != exitChanges || slices.ContainsFunc(r.Diagnostics, func(d render.DiagnosticDocument) bool { return d.Severity == "error" })
}

// exitChanges is the exit code of a run that was asked whether there are changes.
const exitChanges = 2

// verdict is the plan, if what it comes to may be told; else nil. After an error
// nobody is told that nothing is to be done.
func (r *Run) verdict() *plan.Plan {
	if r.Plan == nil || r.Plan.Failed || r.Plan.Empty() && r.Failed() {
		return nil
	}
	return r.Plan
}
