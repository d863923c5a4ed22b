package render

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// A plan is shown to people, whatever its size. Its changes come by action, in
// order of rank (tracking.ActionSpecs): those that lose something first.
//
// Of each action:
//
//  1. what says the same of more than FoldAbove trackings is one entry
//  2. the others are shown one by one, as long as the action's share of the lines
//     lasts
//  3. what is left is counted by the attributes that it sets
//
// What is lost is named, a line each, up to MostNamed.
const (
	FoldAbove  = 10  // so many trackings of one and the same change are shown each
	FirstFew   = 3   // how many trackings a folded entry names
	MostNamed  = 200 // of what is deleted or replaced
	mostShapes = 5   // entries of the third kind, of one action
	MostLines  = 450 // of all entries together
)

// actionOrder is the order in which actions are shown.
var actionOrder = tracking.ActionsByRank()

// Entry is changes of one action that are shown together.
type Entry struct {
	Action plan.Action
	// Same means that all changes read the same, but for the tracking; else they have
	// only the names of the attributes in common.
	Same    bool
	Changes []*plan.Change // at least one, in the order of the plan
	// Named is how many of the trackings are to be named.
	Named int
}

// Folded reports whether the entry stands for several changes.
func (e *Entry) Folded() bool { return !e.Same || len(e.Changes) > 1 }

// Entries returns the changes of a plan in the order in which they are shown. With
// a limit they are folded into about so many lines of text; without one each stands
// alone.
func Entries(p *plan.Plan, limit int) []Entry {
	byAction := map[plan.Action][]*plan.Change{}
	for i := range p.Changes {
		c := &p.Changes[i]
		byAction[c.Action] = append(byAction[c.Action], c)
	}
	var entries []Entry
	left := len(byAction) // actions that share the lines that are left
	names := MostNamed
	for _, a := range actionOrder {
		changes := byAction[a]
		switch {
		case len(changes) == 0:
		case limit <= 0:
			for i := range changes {
				entries = append(entries, Entry{a, true, changes[i : i+1], 1})
			}
		default:
			folded := foldAction(a, changes, limit/left, &names)
			for i := range folded {
				limit -= folded[i].height()
			}
			limit = max(limit, 1)
			left--
			entries = append(entries, folded...)
		}
	}
	return entries
}

// Counts counts the changes of a plan by action and attributes.
func Counts(p *plan.Plan) []Entry {
	byAction := map[plan.Action][]*plan.Change{}
	for i := range p.Changes {
		c := &p.Changes[i]
		byAction[c.Action] = append(byAction[c.Action], c)
	}
	var entries []Entry
	for _, a := range actionOrder {
		for _, e := range shapes(a, byAction[a]) {
			e.Named = 0
			entries = append(entries, e)
		}
	}
	return entries
}

// foldAction folds the changes of one action into some lines. names is how many
// of those that lose something may still be named.
func foldAction(a plan.Action, changes []*plan.Change, lines int, names *int) []Entry {
	var entries []Entry
	many := map[*plan.Change]bool{}
	for _, g := range Grouped(changes, sameness) {
		if len(g) <= FoldAbove {
			continue
		}
		e := Entry{a, true, g, FirstFew}
		if g[0].Destroys() {
			e.Named = max(FirstFew, min(len(g), *names))
		}
		if e.height() > lines && len(entries) > 0 {
			continue // so many different ones are counted below
		}
		lines -= e.height()
		if g[0].Destroys() {
			*names -= e.Named
		}
		entries = append(entries, e)
		for _, c := range g {
			many[c] = true
		}
	}
	single := slices.DeleteFunc(slices.Clone(changes), func(c *plan.Change) bool { return many[c] })
	height := 0
	for i := range single {
		height += (&Entry{a, true, single[i : i+1], 1}).height()
	}
	shown := len(single)
	if height > lines { // those that are shown are samples
		shown = min(FirstFew, shown)
		lines -= mostShapes * shapeHeight
	}
	for ; shown > 0; shown-- {
		e := Entry{a, true, single[:1], 1}
		if lines -= e.height(); lines < 0 {
			break
		}
		entries, single = append(entries, e), single[1:]
	}
	return append(entries, shapes(a, single)...)
}

// shapes counts changes by the attributes that they set; the rarest are one entry.
func shapes(a plan.Action, changes []*plan.Change) []Entry {
	var entries []Entry
	all := Grouped(changes, shape)
	slices.SortStableFunc(all, func(x, y []*plan.Change) int { return len(y) - len(x) })
	for i, g := range all {
		if i == mostShapes-1 && len(all) > mostShapes {
			g = slices.Concat(all[i:]...)
		}
		entries = append(entries, Entry{a, false, g, min(FirstFew, len(g))})
		if len(entries) == mostShapes {
			break
		}
	}
	return entries
}

// Grouped groups elements by name, each group at the place of its first.
func Grouped[T any, K comparable](all []T, name func(T) K) [][]T {
	index := map[K]int{}
	var groups [][]T
	for _, one := range all {
		n := name(one)
		i, ok := index[n]
		if !ok {
			i = len(groups)
			index[n] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], one)
	}
	return groups
}

// sameness is the text of a change, but for the tracking.
func sameness(c *plan.Change) string {
	var b strings.Builder
	part := func(s string) { b.WriteString(strconv.Quote(s)) }
	part(string(c.Reason))
	part(c.Note)
	part(strconv.FormatBool(c.Taken))
	if c.Action == plan.Move || c.From != "" {
		part(string(c.From.Block()))
		part(string(c.Addr.Block()))
	}
	if c.Action == plan.ChangeCarrier {
		part(c.OldKey.Carrier)
		part(c.Key.Carrier)
	}
	for i := range c.Fields {
		f := &c.Fields[i]
		part(f.Attr.String())
		part(strconv.FormatBool(f.Force))
		if !f.Sensitive() {
			part(strconv.FormatBool(f.Known) + f.From)
			part(f.To)
		}
	}
	return b.String()
}

// shape is the attributes that a change sets.
func shape(c *plan.Change) string {
	var set tracking.AttrSet
	for i := range c.Fields {
		set = set.With(c.Fields[i].Attr)
	}
	return set.String()
}

// shapeHeight is how many lines an entry of the third kind takes.
const shapeHeight = 4

// height is how many lines an entry takes.
func (e *Entry) height() int {
	switch {
	case !e.Same:
		return shapeHeight
	case e.Named > FirstFew:
		return 4 + e.Named + len(e.Changes[0].Fields)
	}
	return 4 + len(e.Changes[0].Fields)
}
