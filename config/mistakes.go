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
		m.l.diags = append(m.l.diags, d)
	}
}

// close says how many there were beyond those that are shown.
func (m *mistakes) close() {
	if more := m.n - maxMistakes; more > 0 {
		m.l.diags = append(m.l.diags, &hcl.Diagnostic{
			Severity: m.last,
			Summary:  "More of this kind",
			Detail:   fmt.Sprintf("There are %d more mistakes like these in %s. The first %d are shown.", more, m.what, maxMistakes),
			Subject:  m.place,
		})
	}
}
