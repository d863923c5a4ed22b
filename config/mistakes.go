package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
)

// mistakes collects what may go wrong once for each of many rows or elements:
// the first ones are shown, the others counted.
type mistakes struct {
	l     *loader
	place *hcl.Range
	what  string // where they are, in words
	n     int
	last  hcl.DiagnosticSeverity
}

func (l *loader) newMistakes(place *hcl.Range, what string) *mistakes {
	return &mistakes{l: l, place: place, what: what}
}

func (m *mistakes) add(d *hcl.Diagnostic) {
	m.last = d.Severity
	if m.n++; m.n <= maxMistakes {
		m.l.report(d)
	}
}

// full says that there are too many to look for more.
func (m *mistakes) full() bool { return m.n >= maxCounted }

// close says how many there were beyond those that are shown.
func (m *mistakes) close() {
	if more := m.n - maxMistakes; more > 0 {
		rest := ""
		if m.full() {
			rest = " What comes after them was not looked at."
		}
		m.l.report(&hcl.Diagnostic{
			Severity: m.last,
			Summary:  "More of this kind",
			Detail:   fmt.Sprintf("There are %d more mistakes like these in %s. The first %d are shown.%s", more, m.what, maxMistakes, rest),
			Subject:  m.place,
		})
	}
}
