package plan

import (
	"encoding/json"
	"slices"

	"github.com/tmsync/tmsync/internal/tracking"
)

// Difference is how a new plan differs from a saved one.
type Difference struct {
	Addr tracking.Addr
	// Action is what would be done now; for what is no longer to be done, what was
	// to be done.
	Action Action
	Kind   DifferenceKind
}

// DifferenceKind says in which way.
type DifferenceKind string

// The kinds.
const (
	NotApproved DifferenceKind = "not_approved" // it is not in the saved plan
	Changed     DifferenceKind = "changed"      // it is there, with other values
	NotNeeded   DifferenceKind = "not_needed"   // it was in the saved plan only
)

// Compare sets a new plan against the approved one. Without differences the new
// one may be carried out. Once the saved plan has been begun, changes that are
// done are no difference, and neither are those of which a part is left:
//
//	approved               left of it
//	---------------------  --------------------------------------------
//	create                 update, what create cannot carry
//	replace                the create, the delete of the old one, and as above
//	change carrier, adopt  update, of the same attributes to the same values
//	update                 the same, of fewer attributes
//	archive                the same or an update, of fewer attributes; forget
//	delete                 the same, while it looks as it did; forget
//
// The configuration is known to be the same, so that what a create or an update
// writes is what it says.
func (f *File) Compare(key SealKey, now *Plan, begun bool) []Difference {
	open := make(map[string]int, len(f.changes)) // by the whole of a change
	byKey := make(map[string][]int, len(f.changes))
	for i := range f.changes {
		c := &f.changes[i]
		open[c.text()] = i
		byKey[c.Key] = append(byKey[c.Key], i)
		if c.OldKey != "" && c.OldKey != c.Key {
			byKey[c.OldKey] = append(byKey[c.OldKey], i)
		}
	}
	found := make([]bool, len(f.changes))
	var diffs []Difference
	for i := range now.Changes {
		c := key.change(&now.Changes[i])
		if at, ok := open[c.text()]; ok {
			found[at] = true
			continue
		}
		kind := NotApproved
		for _, at := range byKey[c.Key] {
			found[at], kind = true, Changed
			if begun && c.leftOf(&f.changes[at]) {
				kind = ""
				break
			}
		}
		if kind != "" {
			diffs = append(diffs, Difference{c.Addr, c.Action, kind})
		}
	}
	for i := range f.changes {
		if !found[i] && !begun {
			diffs = append(diffs, Difference{f.changes[i].Addr, f.changes[i].Action, NotNeeded})
		}
	}
	return diffs
}

// text is a change without its place: the configuration is known to be the same,
// and its directory may be named in another way.
func (c *savedChange) text() string {
	bare := *c
	bare.File, bare.Line = "", 0
	b, _ := json.Marshal(bare) // of texts and booleans
	return string(b)
}

// leftOf says whether a change is what an interruption has left of another one.
func (c *savedChange) leftOf(whole *savedChange) bool {
	if c.Key != whole.Key {
		return whole.Action == Replace && c.Key == whole.OldKey && (c.Action == Delete || c.Action == Forget)
	}
	switch whole.Action {
	case Create:
		return c.Action == Create || c.Action == Update
	case Replace:
		return c.Action == Replace || c.Action == Create || c.Action == Update
	case Archive:
		return c.Action == Forget || (c.Action == Archive || c.Action == Update) && c.within(whole)
	case Delete:
		return c.Action == Forget || c.Action == Delete && c.Seen == whole.Seen
	}
	return whole.Action.Spec().Sends != tracking.SendsNothing && (c.Action == whole.Action || c.Action == Update) && c.OldKey == "" && c.within(whole)
}

// within says whether everything that is written is written by another change,
// too, over the same values.
func (c *savedChange) within(whole *savedChange) bool {
	return !slices.ContainsFunc(c.Fields, func(f savedField) bool {
		return !slices.ContainsFunc(whole.Fields, func(w savedField) bool {
			f.Drift = w.Drift // what is applied by now explains it otherwise
			return w == f
		})
	})
}
