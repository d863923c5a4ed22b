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

// Everything says whether nothing is left out.
func (s *Selection) Everything() bool { return len(s.Targets) == 0 && len(s.Excludes) == 0 }

// Selects says whether a tracking is selected by any of its names: addresses and
// keys, now and before.
func (s *Selection) Selects(addrs []tracking.Addr, keys []tracking.Key) bool {
	matches := func(p tracking.Pattern) bool {
		return slices.ContainsFunc(addrs, p.MatchAddr) || slices.ContainsFunc(keys, p.MatchKey)
	}
	return (len(s.Targets) == 0 || slices.ContainsFunc(s.Targets, matches)) && !slices.ContainsFunc(s.Excludes, matches)
}

// Scope is what a plan is about, before the service is asked.
type Scope struct {
	// Managed are the keys that the state expects at the service, Declared those
	// of the configuration: what a refresh has to ask for.
	Managed, Declared []tracking.Key
	// Unmatched are patterns that select nothing.
	Unmatched []tracking.Pattern

	selected map[tracking.Addr]bool // declared addresses; nil: all
}

// Selects says whether a declared address is a part of the plan.
func (s *Scope) Selects(addr tracking.Addr) bool { return s.selected == nil || s.selected[addr] }

// ScopeOf finds out what a plan with these inputs is about. It needs no Remote.
func ScopeOf(in Input) Scope {
	c := newComputer(in)
	taken := c.match()
	var scope Scope
	if !in.Select.Everything() {
		scope.selected = map[tracking.Addr]bool{}
	}
	for i := range in.Declared {
		d := &in.Declared[i]
		if !c.selects(d, c.records[i]) {
			continue
		}
		if !in.RefreshOnly && !in.Destroy {
			scope.Declared = append(scope.Declared, d.Key)
		}
		if scope.selected != nil {
			scope.selected[d.Addr] = true
		}
		scope.manage(c.records[i])
	}
	for i := range in.Prior.Records {
		if rec := &in.Prior.Records[i]; !taken[i] && c.selects(nil, rec) {
			scope.manage(rec)
		}
	}
	scope.Unmatched = c.unmatched()
	return scope
}

func (s *Scope) manage(rec *state.Record) {
	if rec != nil && rec.Status != tracking.Gone {
		s.Managed = append(s.Managed, rec.Key)
	}
}

// selects says whether a declaration and its record, either of which may be
// missing, are selected.
func (c *computer) selects(d *tracking.Declared, rec *state.Record) bool {
	if c.in.Select.Everything() {
		return true
	}
	addrs, keys := c.names(d, rec)
	return c.in.Select.Selects(addrs, keys)
}

// names are all the names of a tracking.
func (c *computer) names(d *tracking.Declared, rec *state.Record) (addrs []tracking.Addr, keys []tracking.Key) {
	if d != nil {
		addrs, keys = append(addrs, d.Addr), append(keys, d.Key)
	}
	if rec != nil {
		addrs, keys = append(addrs, rec.Addr, c.movedTo(rec.Addr)), append(keys, rec.Key)
	}
	return addrs, keys
}

// unmatched gives the patterns that no tracking has the name of: mistakes, after
// which nothing should happen.
func (c *computer) unmatched() []tracking.Pattern {
	var open []tracking.Pattern
	for _, list := range [][]tracking.Pattern{c.in.Select.Targets, c.in.Select.Excludes, c.in.Replace} {
		open = append(open, list...)
	}
	drop := func(d *tracking.Declared, rec *state.Record) {
		if len(open) == 0 {
			return
		}
		addrs, keys := c.names(d, rec)
		open = slices.DeleteFunc(open, func(p tracking.Pattern) bool {
			return slices.ContainsFunc(addrs, p.MatchAddr) || slices.ContainsFunc(keys, p.MatchKey)
		})
	}
	for i := range c.in.Declared {
		drop(&c.in.Declared[i], c.records[i])
	}
	for i := range c.in.Prior.Records {
		drop(nil, &c.in.Prior.Records[i])
	}
	return open
}

// passOver leaves a tracking alone that is not selected. Its record makes room
// where another one takes its address.
func (c *computer) passOver(d *tracking.Declared, rec *state.Record) {
	c.plan.Passed++
	switch {
	case rec == nil:
	case d == nil:
		c.depose(rec)
	case rec.Addr != d.Addr:
		moved := *rec
		moved.Addr = d.Addr
		c.plan.Relocated = append(c.plan.Relocated, Relocation{rec.Addr, moved})
	}
}
