package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
)

// mistakes collects what may go wrong once for each of many rows or elements:
// the first ones are shown, the others counted.
type mistakes struct {
	report func(*hcl.Diagnostic)
	place  *hcl.Range
	what   string // where they are, in words
	n      int
	last   hcl.DiagnosticSeverity
	at     *hcl.Range // of the last one that is shown
}

func (l *loader) newMistakes(place *hcl.Range, what string) *mistakes {
	return &mistakes{report: func(d *hcl.Diagnostic) { l.report(d) }, place: place, what: what}
}

func (m *mistakes) add(d *hcl.Diagnostic) {
	if m.shown() {
		m.report(d)
		m.at = d.Subject
	}
	m.count(d.Severity)
}

// count is add for one that is not shown.
func (m *mistakes) count(severity hcl.DiagnosticSeverity) {
	m.last = severity
	m.n++
}

// shown says whether the next one is going to be shown.
func (m *mistakes) shown() bool { return m.n < maxMistakes }

// full says that there are too many to look for more.
func (m *mistakes) full() bool { return m.n >= maxCounted }

// close says how many there were beyond those that are shown. Then it begins anew.
func (m *mistakes) close() {
	if more := m.n - maxMistakes; more > 0 {
		rest := ""
		if m.full() {
			rest = " What comes after them was not looked at."
		}
		d := moreLikeThese(m.last, more, fmt.Sprintf("There are %d more mistakes like these in %s. The first %d are shown.%s", more, m.what, maxMistakes, rest), m.at)
		d.Subject = m.place
		m.report(d)
	}
	m.n = 0
}
