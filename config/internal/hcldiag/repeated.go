package hcldiag

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
)

// How many repeated mistakes there are.
const (
	MaxRepeated = 50     // shown of one kind
	maxCounted  = 10_000 // counted, after which the rest is not looked at
)

// Repeated collects what may go wrong once for each of many rows or elements:
// the first ones are shown, the others counted.
type Repeated struct {
	Report func(*hcl.Diagnostic) // takes those that are shown
	Place  *hcl.Range            // of the sum of the others
	What   string                // where they are, in words
	n      int
	last   hcl.DiagnosticSeverity
	at     *hcl.Range // of the last one that is shown
}

// Add counts a mistake, and shows one of the first.
func (m *Repeated) Add(d *hcl.Diagnostic) {
	if m.Shown() {
		m.Report(d)
		m.at = d.Subject
	}
	m.Count(d.Severity)
}

// Count is add for one that is not shown.
func (m *Repeated) Count(severity hcl.DiagnosticSeverity) {
	m.last = severity
	m.n++
}

// Shown reports whether the next one is going to be shown.
func (m *Repeated) Shown() bool { return m.n < MaxRepeated }

// Full reports that there are too many to look for more.
func (m *Repeated) Full() bool { return m.n >= maxCounted }

// Close reports how many there were beyond those that are shown. Then it begins
// anew.
func (m *Repeated) Close() {
	if more := m.n - MaxRepeated; more > 0 {
		rest := ""
		if m.Full() {
			rest = " What comes after them was not looked at."
		}
		d := MoreLikeThese(m.last, more, fmt.Sprintf("There are %d more mistakes like these in %s. The first %d are shown.%s", more, m.What, MaxRepeated, rest), m.at)
		d.Subject = m.Place
		m.Report(d)
	}
	m.n = 0
}
