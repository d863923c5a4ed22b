package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/carrier"
	"github.com/tmsync/tmsync/internal/tracking"
)

// maxUnknown is how many carrier codes are told of one by one.
const maxUnknown = 10

// linter finds carriers and numbers that are likely to be mistakes.
type linter struct {
	list    []tracking.Carrier // the service's own; nil: it is not at hand
	listed  map[string]bool    // its codes
	names   *carrier.Names     // of it; nil: nobody has asked
	known   map[string]bool    // carrier codes that have been looked at, and whether there may be such
	unknown int                // codes that there are not
	kinds   *hcldiag.Kinds
}

// newLinter goes by the service's own list, nil if it is not at hand.
func newLinter(listed []tracking.Carrier, kinds *hcldiag.Kinds) *linter {
	n := &linter{known: map[string]bool{}, kinds: kinds, list: listed}
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

// look warns of a tracking's carrier code and number. A code that the service's own
// list does not have is an error.
func (m *blueprint) look(d *tracking.Declared) {
	n := m.x.linter
	if (m.lint || n.listed != nil) && !n.knows(d.Key.Carrier) {
		m.misnamed(d)
	}
	if m.lint {
		if reason := carrier.Doubt(d.Key); reason != "" {
			m.doubt(d, reason)
		}
	}
	m.checkNeeds(d)
}

// checkNeeds complains of what the carrier of a tracking insists on and the tracking
// lacks: once for each carrier and attribute.
func (m *blueprint) checkNeeds(d *tracking.Declared) {
	if !m.x.provider.Service.KnownNeeds {
		return
	}
	for _, need := range carrier.Needs(d.Key.Carrier) {
		strict := m.strict && need.Sure
		if d.Attrs.Value(need.Attr) != "" || !m.lint && !strict {
			continue
		}
		kinds, kind := m.x.linter.kinds, fmt.Sprintf("needs %s %s %t", d.Key.Carrier, need.Attr, strict)
		var problem *hcl.Diagnostic
		if !kinds.Has(kind) {
			problem = m.x.lacks(d, need)
			if strict {
				problem.Severity = hcl.DiagError
			}
		}
		kinds.Add(kind, problem, placeOf(d), "")
	}
}

// lacks is what to say of a tracking without what its carrier needs.
func (x *expander) lacks(d *tracking.Declared, need carrier.Need) *hcl.Diagnostic {
	detail := fmt.Sprintf("The service tells nothing of a parcel of %s without %s", d.Key.Carrier, need.Attr)
	if !need.Sure {
		detail = fmt.Sprintf("Parcels of %s often need %s, as services of the same kind say", d.Key.Carrier, need.Attr)
	}
	detail += fmt.Sprintf(", and %s does not have it.\n\n", d.Addr)
	if x.provider.Service.CreateOnly(need.Attr) {
		detail += "Only a create sets it, and costs a credit: set it before that. "
	}
	problem := hcldiag.Warning("Carrier needs more", detail+"Where it is not needed after all, set lint = false in the lifecycle block.")
	problem.Subject = d.CarrierRange().Ptr()
	return problem
}

// knows reports whether a carrier may have this code.
func (n *linter) knows(code string) bool {
	known, asked := n.known[code]
	if asked {
		return known
	}
	if n.listed != nil {
		known = n.listed[code]
	} else {
		_, known = carrier.Known(code)
	}
	n.known[code] = known
	if !known {
		n.unknown++
	}
	return known
}

// misnamed complains of a carrier code that is not known: once for each code, and of
// very many once for all that come after the first.
func (m *blueprint) misnamed(d *tracking.Declared) {
	n, code := m.x.linter, d.Key.Carrier
	kind, value := "code "+code, ""
	if n.unknown > maxUnknown && !n.kinds.Has(kind) {
		kind, value = "codes", code
	}
	var problem *hcl.Diagnostic
	if !n.kinds.Has(kind) {
		problem = n.unknownCarrier(code)
		problem.Detail += m.setAt(carrierField)
		problem.Subject = d.CarrierRange().Ptr()
	}
	n.kinds.Add(kind, problem, placeOf(d), value)
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

// doubt warns of a number: once for each block that has many, and once for all others.
func (m *blueprint) doubt(d *tracking.Declared, reason string) {
	kinds, kind := m.x.linter.kinds, "number"
	if d.Addr != d.Addr.Block() {
		kind += string(d.Addr.Block())
	}
	var w *hcl.Diagnostic
	if !kinds.Has(kind) {
		w = hcldiag.Warning("Doubtful tracking number", fmt.Sprintf("The number of %s looks wrong. %s\n\nIf it is right, set lint = false in the lifecycle block.%s", d.Addr, reason, m.setAt(numberField)))
		w.Subject = d.NumberRange().Ptr()
	}
	kinds.Add(kind, w, placeOf(d), d.Key.Number)
}

// setAt returns where a block sets a field, if its rows are in files. Anything else's place
// is told already.
func (m *blueprint) setAt(f field) string {
	if m.rowFile == nil {
		return ""
	}
	for _, in := range m.inputs {
		if in.field == f {
			return fmt.Sprintf(" %s is set at %s.", f, hcldiag.Place(in.rng))
		}
	}
	return ""
}

// placeOf is where a mistake in a tracking is: its address, where many are written in one
// place.
func placeOf(d *tracking.Declared) hcldiag.At {
	if d.Row.Line == 0 && d.Addr != d.Addr.Block() {
		return hcldiag.At{Place: string(d.Addr)}
	}
	rng := d.NumberRange()
	return hcldiag.At{File: rng.Filename, Place: strconv.Itoa(rng.Start.Line)}
}

// checkKeys reports keys that are declared twice, which is an error. Numbers of one
// carrier that differ in nothing but case are probably one: it warns of them.
func checkKeys(s *Scope) {
	declared := s.declared
	first := make(map[tracking.Key]int32, len(declared)) // by number in capitals
	other := map[tracking.Key]int32{}                    // written in another way than the first
	errs, warnings := s.kinds("Trackings"), s.kinds("Trackings")
	for i := range declared {
		d := &declared[i]
		folded := tracking.Key{Carrier: d.Key.Carrier, Number: strings.ToUpper(d.Key.Number)}
		j, taken := first[folded]
		if !taken {
			first[folded] = int32(i)
			continue
		}
		if declared[j].Key == d.Key {
			errs.Add(kindOf(d), duplicateKey(d, &declared[j]), placeOf(d), "")
			continue
		}
		if k, taken := other[d.Key]; taken {
			errs.Add(kindOf(d), duplicateKey(d, &declared[k]), placeOf(d), "")
			continue
		}
		other[d.Key] = int32(i)
		rng := d.NumberRange()
		warnings.Add(kindOf(d), &hcl.Diagnostic{
			Severity: hcl.DiagWarning,
			Summary:  "Tracking numbers differ only in case",
			Detail:   fmt.Sprintf("%s declares %s, and %s, at %s, declares %s. The service may take both for one tracking.", d.Addr, d.Key, declared[j].Addr, hcldiag.Place(declared[j].NumberRange()), declared[j].Key),
			Subject:  &rng,
		}, placeOf(d), "")
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
