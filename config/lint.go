package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
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
	list    []tracking.Carrier // the service's own; nil: it is not at hand
	listed  map[string]bool    // its codes
	names   *carrier.Names     // of it; nil: nobody has asked
	seen    map[string]bool    // carrier codes that have been looked at
	unknown int                // of these
	blocks  int                // that doubtful numbers are shown of
	rest    int                // doubtful numbers of other blocks
	lacks   map[lack]*lacking

	doubted, misnamed *hcl.Range // the last doubtful number and unknown code that are shown
}

// newLinter goes by the service's own list, nil if it is not at hand.
func newLinter(listed []tracking.Carrier) *linter {
	n := &linter{seen: map[string]bool{}, lacks: map[lack]*lacking{}, list: listed}
	if listed != nil {
		n.listed = make(map[string]bool, len(listed))
		for _, c := range listed {
			n.listed[c.Code] = true
		}
	}
	return n
}

// lint returns how much is said of likely mistakes in a block.
func (x *expander) lint(own lifecycleArgs) linting {
	lint := lintOn
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
	if m.lint {
		if reason := carrier.Doubt(d.Key); reason != "" {
			m.doubt(d, reason)
		}
	}
	m.checkNeeds(d)
}

// lack is an attribute that a carrier insists on, and trackings do not have.
type lack struct {
	code   string
	need   carrier.Need
	strict bool
}

// lacking counts these trackings.
type lacking struct {
	n     int
	first tracking.Addr
	at    hcl.Range
}

// checkNeeds counts what the carrier of a tracking insists on and the tracking lacks.
func (m *blueprint) checkNeeds(d *tracking.Declared) {
	if !m.x.provider.Service.KnownNeeds {
		return
	}
	for _, need := range carrier.Needs(d.Key.Carrier) {
		if d.Attrs.Value(need.Attr) != "" {
			continue
		}
		key := lack{d.Key.Carrier, need, m.strict && need.Sure}
		if !m.lint && !key.strict {
			continue
		}
		l := m.x.linter.lacks[key]
		if l == nil {
			l = &lacking{first: d.Addr, at: d.CarrierRange()}
			m.x.linter.lacks[key] = l
		}
		l.n++
	}
}

// closeNeeds reports what is lacking, once for each carrier and attribute.
func (x *expander) closeNeeds() {
	keys := slices.SortedFunc(maps.Keys(x.linter.lacks), func(a, b lack) int {
		return cmp.Or(strings.Compare(a.code, b.code), cmp.Compare(a.need.Attr, b.need.Attr), strings.Compare(strconv.FormatBool(a.strict), strconv.FormatBool(b.strict)))
	})
	for _, key := range keys {
		l := x.linter.lacks[key]
		detail := fmt.Sprintf("The service tells nothing of a parcel of %s without %s", key.code, key.need.Attr)
		if !key.need.Sure {
			detail = fmt.Sprintf("Parcels of %s often need %s, as services of the same kind say", key.code, key.need.Attr)
		}
		detail += fmt.Sprintf(", and %s not have it. The first one is %s.\n\n", does(l.n), l.first)
		if x.provider.Service.CreateOnly(key.need.Attr) {
			detail += "Only a create sets it, and costs a credit: set it before that. "
		}
		detail += "Where it is not needed after all, set lint = false in the lifecycle block."
		d := hcldiag.Warning("Carrier needs more", detail)
		if key.strict {
			d.Severity = hcl.DiagError
		}
		d.Subject = &l.at
		x.report(d)
	}
}

func does(n int) string {
	if n == 1 {
		return "1 tracking does"
	}
	return text.Plural(n, "tracking") + " do"
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
	if n.names == nil {
		n.names = carrier.NewNames(nil, n.list)
	}
	if n.listed != nil {
		return hcldiag.Error(nil, summary, fmt.Sprintf("The service has no carrier %q.%s\n\nIts list was kept by \"tmsync carriers --refresh\". If the carrier is a new one, run that again.",
			code, n.names.DidYouMean(code)))
	}
	return hcldiag.Warning(summary, fmt.Sprintf("%q is not among the carriers that tmsync knows of.%s\n\nThe service may have it all the same: \"tmsync carriers --refresh\" fetches its whole list. To hear no more of it, set lint = false in the lifecycle block.",
		code, n.names.DidYouMean(code)))
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
	x.closeNeeds()
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
	errs, warnings := s.kinds("Trackings"), s.kinds("Trackings")
	place := func(d *tracking.Declared) hcldiag.At {
		rng := d.NumberRange()
		return hcldiag.At{File: rng.Filename, Place: strconv.Itoa(rng.Start.Line)}
	}
	for i := range declared {
		d := &declared[i]
		folded := tracking.Key{Carrier: d.Key.Carrier, Number: strings.ToUpper(d.Key.Number)}
		j, taken := first[folded]
		if !taken {
			first[folded] = int32(i)
			continue
		}
		if declared[j].Key == d.Key {
			errs.Add(kindOf(d), duplicateKey(d, &declared[j]), place(d), "")
			continue
		}
		if k, taken := other[d.Key]; taken {
			errs.Add(kindOf(d), duplicateKey(d, &declared[k]), place(d), "")
			continue
		}
		other[d.Key] = int32(i)
		rng := d.NumberRange()
		warnings.Add(kindOf(d), &hcl.Diagnostic{
			Severity: hcl.DiagWarning,
			Summary:  "Tracking numbers differ only in case",
			Detail:   fmt.Sprintf("%s declares %s, and %s, at %s, declares %s. The service may take both for one tracking.", d.Addr, d.Key, declared[j].Addr, hcldiag.Place(declared[j].NumberRange()), declared[j].Key),
			Subject:  &rng,
		}, place(d), "")
	}
	errs.Close()
	warnings.Close()
}

// kindOf is the block that a mistake in a tracking belongs to. Blocks that are written
// one by one are told one by one.
func kindOf(d *tracking.Declared) string { return string(d.Addr.Block()) }

func duplicateKey(d, other *tracking.Declared) *hcl.Diagnostic {
	rng := d.NumberRange()
	return hcldiag.Error(&rng, "Duplicate tracking", fmt.Sprintf("%s and %s both declare %s; the other one is at %s. A carrier and number can be declared once.", d.Addr, other.Addr, d.Key, hcldiag.Place(other.NumberRange())))
}
