package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// Adopting decides about trackings found at the service only during the apply.
type Adopting struct {
	Policy  tracking.AdoptPolicy
	Mode    Mode
	Now     time.Time // see Input
	Service *tracking.Service
}

// forbids reports whether a tracking may not be adopted that differs in some fields.
func forbids(a tracking.AdoptPolicy, fields []Field) bool {
	return a == tracking.AdoptNever || a == tracking.AdoptUnchanged && overwrites(fields)
}

func overwrites(fields []Field) bool {
	return slices.ContainsFunc(fields, func(f Field) bool { return f.Overwrites() })
}

// guardAdopt refuses what the policy forbids to adopt, and counts what an adoption
// overwrites.
func (c *computer) guardAdopt(ch *Change) {
	if ch.Action != Adopt && !ch.Taken || c.held(ch) {
		return
	}
	if ch.Overwrites() {
		c.plan.Overwritten++
	}
	if c.imports[ch.Addr] == nil && forbids(c.in.Adopt, ch.Fields) {
		c.refused = append(c.refused, *ch)
	}
}

// Overwrites reports whether the change adopts a tracking and replaces a value there.
func (c *Change) Overwrites() bool { return c.Action == Adopt && overwrites(c.Fields) }

// mostRefused is how many trackings are named that may not be adopted.
const mostRefused = 10

// refuseAdoptions reports in one diagnostic everything that may not be adopted.
func (c *computer) refuseAdoptions() {
	n := len(c.refused)
	if n == 0 {
		return
	}
	slices.SortFunc(c.refused, func(a, b Change) int { return cmp.Compare(a.Addr, b.Addr) })
	var b strings.Builder
	if n == 1 {
		fmt.Fprintf(&b, "The service already has this declared tracking, and safety.adopt = %q forbids to take it over:\n", c.in.Adopt)
	} else {
		fmt.Fprintf(&b, "The service already has %d of the declared trackings, and safety.adopt = %q forbids to take them over:\n", n, c.in.Adopt)
	}
	for i := range c.refused[:min(n, mostRefused)] {
		ch := &c.refused[i]
		fmt.Fprintf(&b, "  %s:%d: %s, %s%s\n", ch.Declared.Range().Filename, ch.Declared.Range().Start.Line, ch.Addr, ch.Key, differing(ch.Fields))
	}
	if n > mostRefused {
		fmt.Fprintf(&b, "  and %d more\n", n-mostRefused)
	}
	b.WriteString("Whoever made it may manage it from elsewhere. If it is yours to manage, adopt it by an import block or by \"tmsync import\"; otherwise take the declaration away.")
	summary := "A tracking may not be adopted"
	if n > 1 {
		summary = fmt.Sprintf("%d trackings may not be adopted", n)
	}
	c.diags = append(c.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: summary, Detail: b.String(), Subject: c.refused[0].Declared.Range().Ptr(),
	})
}

// differing writes what an adoption would overwrite, the values of sensitive
// attributes masked.
func differing(fields []Field) string {
	var parts []string
	for i := range fields {
		f := &fields[i]
		switch {
		case !f.Overwrites():
		case f.Sensitive():
			parts = append(parts, f.Attr.String()+" (sensitive) -> (sensitive)")
		default:
			parts = append(parts, fmt.Sprintf("%s %s -> %s", f.Attr, short(f.From), short(f.To)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// short quotes a value for a message.
func short(v string) string { return text.Quote(text.Shorten(v, 60)) }

// Found returns the change for a tracking that was to be created and exists: what
// would have been planned, had it been seen in time. ours is the record of a request
// that made it after all, nil if somebody else has made it. Where it must be left
// alone, why is the reason, and forbidden reports whether safety.adopt is it.
func (p *Plan) Found(st *state.State, c *Change, ours *state.Record, seen *tracking.Remote) (found Change, why string, forbidden bool) {
	made := &computer{matcher: matcher{in: Input{Prior: st, Service: p.Adopting.Service, Mode: p.Adopting.Mode, Now: p.Adopting.Now}}, plan: &Plan{}}
	d := c.Declared
	diff := made.compare(d, ours, seen, made.asApplied(d, ours))
	diff.fields = slices.DeleteFunc(diff.fields, func(f Field) bool {
		if f.Force { // the next plan replaces it
			diff.ignored = diff.ignored.With(f.Attr)
		}
		return f.Force
	})
	made.archive(d, ours, seen, &diff)
	found = *c
	found.Fields, found.Record = diff.fields, made.record(d, ours, seen, diff)
	if found.Taken = !c.SameKey(); c.SameKey() {
		found.Action, found.Reason, found.Seen = Adopt, AlreadyAtRemote, seen
	}
	switch {
	case made.held(&Change{Action: Adopt, Fields: diff.fields}):
		why = fmt.Sprintf("the mode %q forbids to change it%s", p.Adopting.Mode, differing(diff.fields))
	case ours == nil && forbids(p.Adopting.Policy, diff.fields):
		why, forbidden = fmt.Sprintf("safety.adopt = %q forbids to take it over%s", p.Adopting.Policy, differing(diff.fields)), true
	}
	return found, why, forbidden
}
