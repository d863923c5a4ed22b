package planfile

import (
	"encoding/json"
	"slices"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// Difference is how a new plan differs from a saved one.
type Difference struct {
	Addr tracking.Addr
	// Action is what would be done now; for what is no longer to be done, what was
	// to be done.
	Action plan.Action
	Kind   DifferenceKind
}

// DifferenceKind is the way in which a change differs.
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
func (f *File) Compare(key Key, now *plan.Plan, begun bool) []Difference {
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
func (c *change) text() string {
	bare := *c
	bare.File, bare.Line = "", 0
	b, _ := json.Marshal(bare) // of texts and booleans
	return string(b)
}

// leftOf reports whether a change is what an interruption has left of another one.
func (c *change) leftOf(whole *change) bool {
	if c.Key != whole.Key {
		return whole.Action == plan.Replace && c.Key == whole.OldKey && (c.Action == plan.Delete || c.Action == plan.Forget)
	}
	switch whole.Action {
	case plan.Create:
		return c.Action == plan.Create || c.Action == plan.Update
	case plan.Replace:
		return c.Action == plan.Replace || c.Action == plan.Create || c.Action == plan.Update
	case plan.Archive:
		return c.Action == plan.Forget || (c.Action == plan.Archive || c.Action == plan.Update) && c.within(whole)
	case plan.Delete:
		return c.Action == plan.Forget || c.Action == plan.Delete && c.Seen == whole.Seen
	}
	return whole.Action.Spec().Sends != tracking.SendsNothing && (c.Action == whole.Action || c.Action == plan.Update) && c.OldKey == "" && c.within(whole)
}

// within reports whether another change writes all that this one writes, over equal
// values.
func (c *change) within(whole *change) bool {
	return !slices.ContainsFunc(c.Fields, func(f field) bool {
		return !slices.ContainsFunc(whole.Fields, func(w field) bool {
			f.Drift = w.Drift // what is applied by now explains it otherwise
			return w == f
		})
	})
}
