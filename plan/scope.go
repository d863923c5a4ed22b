package plan

import (
	"slices"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// Selection narrows a plan to some trackings. What is not selected is neither
// looked at nor changed; only its address follows its declaration, because two
// trackings cannot share one.
type Selection struct {
	Targets  []tracking.Pattern // none: everything
	Excludes []tracking.Pattern
}

// Everything reports whether nothing is left out.
func (s *Selection) Everything() bool { return len(s.Targets) == 0 && len(s.Excludes) == 0 }

// Selected is how many trackings a pattern that is no single name selects.
type Selected struct {
	Option  string `json:"option"` // target, exclude or replace
	Pattern string `json:"pattern"`
	Count   int    `json:"count"`
}

// selectors are the patterns of a plan, and what they stand for.
type selectors struct {
	targets, excludes, replaces []tracking.Selector
}

// resolve finds out what the patterns stand for. Known is what the configuration
// and the state have a name for, and what their refactorings speak of.
func (c *matcher) resolve() {
	s := &c.in.Select
	if s.Everything() && len(c.in.Replace) == 0 {
		return
	}
	all := tracking.Resolve(slices.Concat(s.Targets, s.Excludes, c.in.Replace), c.known)
	c.targets, all = all[:len(s.Targets)], all[len(s.Targets):]
	c.excludes, c.replaces = all[:len(s.Excludes)], all[len(s.Excludes):]
}

// known yields all names that exist.
func (c *matcher) known(yield func(tracking.Addr, tracking.Key) bool) {
	for i := range c.in.Declared {
		if d := &c.in.Declared[i]; !yield(d.Addr, d.Key) {
			return
		}
	}
	for i := range c.in.Prior.Records {
		if r := &c.in.Prior.Records[i]; !yield(r.Addr, r.Key) || !yield(c.movedTo(r.Addr), r.Key) {
			return
		}
	}
	for _, m := range c.in.Moves {
		if !yield(m.From, tracking.Key{}) || !yield(m.To, tracking.Key{}) {
			return
		}
	}
	for _, r := range c.in.Removals {
		if !yield(r.From, tracking.Key{}) {
			return
		}
	}
	for i := range c.in.Imports {
		if im := &c.in.Imports[i]; !yield(im.To, im.Key) {
			return
		}
	}
}

// anyOf reports whether any selector stands for a tracking with these names.
func anyOf(list []tracking.Selector, addrs []tracking.Addr, keys []tracking.Key) bool {
	return slices.ContainsFunc(list, func(s tracking.Selector) bool { return oneOf(s, addrs, keys) })
}

func oneOf(s tracking.Selector, addrs []tracking.Addr, keys []tracking.Key) bool {
	return slices.ContainsFunc(addrs, s.MatchAddr) || slices.ContainsFunc(keys, s.MatchKey)
}

// Scope is what a plan is about, before the service is asked.
type Scope struct {
	// Managed are the keys on record, and Declared those of the configuration: what a
	// refresh has to ask for.
	Managed, Declared []tracking.Key
	// Only are the numbers of those keys where some are left out; see Changed.
	Only tracking.Numbers
	// Awaited means that values are awaited, so that the list must not lag.
	Awaited bool
	// Unmatched are patterns that select nothing.
	Unmatched []tracking.Pattern

	selected map[tracking.Addr]bool // declared addresses; nil: all
}

// Selects reports whether a declared address is a part of the plan.
func (s *Scope) Selects(addr tracking.Addr) bool { return s.selected == nil || s.selected[addr] }

// Scope returns what the plan is about.
func (m *Comparison) Scope() Scope { return m.scope(nil) }

// scope returns what the plan is about. Of the keys it has those that are among only.
func (m *Comparison) scope(only tracking.Numbers) Scope {
	c, in := &m.matched, &m.matched.in
	scope := Scope{Only: only}
	if !in.Select.Everything() {
		scope.selected = map[tracking.Addr]bool{}
	}
	if only == nil {
		scope.Managed = make([]tracking.Key, 0, len(in.Prior.Records))
		scope.Declared = make([]tracking.Key, 0, len(in.Declared))
	}
	for i := range in.Declared {
		d := &in.Declared[i]
		if !c.selects(d, c.records[i]) {
			continue
		}
		if !in.RefreshOnly && !in.Destroy && only.Has(d.Key) {
			scope.Declared = append(scope.Declared, d.Key)
		}
		if scope.selected != nil {
			scope.selected[d.Addr] = true
		}
		scope.manage(c.records[i])
	}
	for i := range in.Prior.Records {
		if rec := &in.Prior.Records[i]; !c.taken[i] && c.selects(nil, rec) {
			scope.manage(rec)
		}
	}
	_, scope.Unmatched = c.selected()
	return scope
}

func (s *Scope) manage(rec *state.Record) {
	switch {
	case rec == nil || !s.Only.Has(rec.Key):
	case rec.Status != tracking.Gone:
		s.Managed = append(s.Managed, rec.Key)
		s.Awaited = s.Awaited || rec.Awaited.Len() > 0
	case s.Only != nil: // what counts as read is looked for
		s.Declared = append(s.Declared, rec.Key)
	}
}

// selects reports whether a declaration or its record is selected.
func (c *matcher) selects(d *tracking.Declared, rec *state.Record) bool {
	if c.in.Select.Everything() {
		return true
	}
	addrs, keys := c.names(d, rec)
	return (len(c.targets) == 0 || anyOf(c.targets, addrs, keys)) && !anyOf(c.excludes, addrs, keys)
}

// names are all the names of a tracking.
func (c *matcher) names(d *tracking.Declared, rec *state.Record) (addrs []tracking.Addr, keys []tracking.Key) {
	if d != nil {
		addrs, keys = append(addrs, d.Addr), append(keys, d.Key)
	}
	if rec != nil {
		addrs, keys = append(addrs, rec.Addr, c.movedTo(rec.Addr)), append(keys, rec.Key)
	}
	return addrs, keys
}

// selected counts what each pattern stands for. Those that select nothing are
// unmatched: mistakes, after which nothing should happen.
func (c *matcher) selected() (counted []Selected, unmatched []tracking.Pattern) {
	all := slices.Concat(c.targets, c.excludes, c.replaces)
	if len(all) == 0 {
		return nil, nil
	}
	counts := make([]int, len(all))
	count := func(d *tracking.Declared, rec *state.Record) {
		addrs, keys := c.names(d, rec)
		for i, s := range all {
			if oneOf(s, addrs, keys) {
				counts[i]++
			}
		}
	}
	for i := range c.in.Declared {
		count(&c.in.Declared[i], c.records[i])
	}
	for i := range c.in.Prior.Records {
		if !c.taken[i] {
			count(nil, &c.in.Prior.Records[i])
		}
	}
	for i, s := range all {
		option := "target"
		switch {
		case i >= len(c.targets)+len(c.excludes):
			option = "replace"
		case i >= len(c.targets):
			option = "exclude"
		}
		switch {
		case counts[i] == 0:
			unmatched = append(unmatched, s.Pattern)
		case !s.Exact():
			counted = append(counted, Selected{option, s.String(), counts[i]})
		}
	}
	return counted, unmatched
}
