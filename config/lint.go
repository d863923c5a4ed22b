package config

import (
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/carrier"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// The bounds of warnings about carriers and numbers that are likely to be mistakes:
// there may be as many as there are trackings.
const (
	maxDoubts      = 3  // numbers shown of one block
	maxDoubtBlocks = 15 // blocks that any are shown of
	maxUnknown     = 20 // carrier codes shown
)

// linter finds carriers and numbers that are likely to be mistakes.
type linter struct {
	listed  map[string]bool // the service's own list; nil: it is not at hand
	seen    map[string]bool // carrier codes that have been looked at
	unknown int             // of these
	blocks  int             // that doubtful numbers are shown of
	rest    int             // doubtful numbers of other blocks

	doubted, misnamed *hcl.Range // the last doubtful number and unknown code that are shown
}

// newLinter needs to know the provider, since the list is that of one service.
func newLinter(p Provider, listed func(Provider) []tracking.Carrier) *linter {
	n := &linter{seen: map[string]bool{}}
	if listed == nil {
		return n
	}
	if all := listed(p); all != nil {
		n.listed = make(map[string]bool, len(all))
		for _, c := range all {
			n.listed[c.Code] = true
		}
	}
	return n
}

// lint reports whether a block has warnings of likely mistakes switched on.
func (x *expander) lint(own lifecycleArgs) bool {
	lint := true
	set(&lint, x.defaults.lifecycle.lint)
	set(&lint, own.lint)
	return lint
}

// look warns of a tracking's carrier code, once for each code, and its number. A
// code that the service's own list does not have is an error.
func (m *blueprint) look(d *tracking.Declared) {
	n, code := m.x.linter, d.Key.Carrier
	if (m.lint || n.listed != nil) && !n.seen[code] {
		n.seen[code] = true
		if !n.knows(code) {
			if n.unknown++; n.unknown <= maxUnknown {
				problem := n.unknownCarrier(code)
				problem.Subject = d.CarrierRange().Ptr()
				m.x.report(problem)
				n.misnamed = problem.Subject
			}
		}
	}
	if !m.lint {
		return
	}
	if reason := carrier.Doubt(d.Key); reason != "" {
		m.doubt(d, reason)
	}
}

// knows reports whether a carrier may have this code.
func (n *linter) knows(code string) bool {
	if n.listed != nil {
		return n.listed[code]
	}
	_, ok := carrier.Known(code)
	return ok
}

// unknownCarrier is what to say of a code that is not known, without a place.
func (n *linter) unknownCarrier(code string) *hcl.Diagnostic {
	const summary = "Unknown carrier code"
	if n.listed != nil {
		return hcldiag.Error(nil, summary, fmt.Sprintf("The service has no carrier %q.%s\n\nIts list was kept by \"tmsync carriers --refresh\". If the carrier is a new one, run that again.",
			code, text.DidYouMean(code, maps.Keys(n.listed))))
	}
	return hcldiag.Warning(summary, fmt.Sprintf("%q is not among the carriers that tmsync knows of.%s\n\nThe service may have it all the same: \"tmsync carriers --refresh\" fetches its whole list. To hear no more of it, set lint = false in the lifecycle block.",
		code, text.DidYouMean(code, carrier.Codes())))
}

// doubt warns of a number: of the first ones of a block.
func (m *blueprint) doubt(d *tracking.Declared, reason string) {
	n := m.x.linter
	if m.doubts == 0 {
		n.blocks++
	}
	m.doubts++
	switch {
	case n.blocks > maxDoubtBlocks:
		n.rest++
	case m.doubts <= maxDoubts:
		w := hcldiag.Warning("Doubtful tracking number", fmt.Sprintf("The number of %s looks wrong. %s\n\nIf it is right, set lint = false in the lifecycle block.", d.Addr, reason))
		w.Subject = d.NumberRange().Ptr()
		m.x.report(w)
		m.x.linter.doubted = w.Subject
	}
}

// closeDoubts counts the doubtful numbers of a block that are not shown.
func (m *blueprint) closeDoubts() {
	if more := m.doubts - maxDoubts; more > 0 && m.x.linter.blocks <= maxDoubtBlocks {
		w := hcldiag.MoreLikeThese(hcl.DiagWarning, more, fmt.Sprintf("There are %d more doubtful tracking numbers in %s. The first %d are shown.", more, m.addr, maxDoubts), m.x.linter.doubted)
		w.Subject = m.subject()
		m.x.report(w)
	}
}

// closeLint counts what is not shown of all blocks together.
func (x *expander) closeLint() {
	if x.linter.rest > 0 {
		x.report(hcldiag.MoreLikeThese(hcl.DiagWarning, x.linter.rest, fmt.Sprintf("There are %d more doubtful tracking numbers in other blocks.", x.linter.rest), x.linter.doubted))
	}
	if more := x.linter.unknown - maxUnknown; more > 0 {
		w := hcldiag.MoreLikeThese(hcl.DiagWarning, more, fmt.Sprintf("There are %d more carrier codes that are unknown. The first %d are shown.", more, maxUnknown), x.linter.misnamed)
		if x.linter.listed != nil {
			w.Severity = hcl.DiagError
		}
		x.report(w)
	}
}

// checkKeys reports keys that are declared twice, which is an error. Numbers of one
// carrier that differ in nothing but case are probably one: it warns of them.
func checkKeys(s *Scope) {
	declared := s.declared
	first := make(map[tracking.Key]int32, len(declared)) // by number in capitals
	other := map[tracking.Key]int32{}                    // written in another way than the first
	errs := s.repeated(nil, "the configuration")
	warnings := s.repeated(nil, "the configuration")
	for i := range declared {
		d := &declared[i]
		folded := tracking.Key{Carrier: d.Key.Carrier, Number: strings.ToUpper(d.Key.Number)}
		j, taken := first[folded]
		if !taken {
			first[folded] = int32(i)
			continue
		}
		if declared[j].Key == d.Key {
			errs.Add(duplicateKey(d, &declared[j]))
			continue
		}
		if k, taken := other[d.Key]; taken {
			errs.Add(duplicateKey(d, &declared[k]))
			continue
		}
		other[d.Key] = int32(i)
		rng := d.NumberRange()
		warnings.Add(&hcl.Diagnostic{
			Severity: hcl.DiagWarning,
			Summary:  "Tracking numbers differ only in case",
			Detail:   fmt.Sprintf("%s declares %s, and %s, at %s, declares %s. The service may take both for one tracking.", d.Addr, d.Key, declared[j].Addr, hcldiag.Place(declared[j].NumberRange()), declared[j].Key),
			Subject:  &rng,
		})
	}
	errs.Close()
	warnings.Close()
}

func duplicateKey(d, other *tracking.Declared) *hcl.Diagnostic {
	rng := d.NumberRange()
	return hcldiag.Error(&rng, "Duplicate tracking", fmt.Sprintf("%s and %s both declare %s; the other one is at %s. A carrier and number can be declared once.", d.Addr, other.Addr, d.Key, hcldiag.Place(other.NumberRange())))
}
