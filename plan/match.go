package plan

import (
	"cmp"
	"slices"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// matcher is the declarations, matched with the records. It is what is known before the
// service is asked.
type matcher struct {
	in Input
	refactors
	selectors
	records []*state.Record    // the record of each declaration, or nil
	taken   []bool             // the records that belong to a declaration
	same    []tracking.AttrSet // of each declaration, the values that were last applied
}

// match finds the record of each declaration: by key, by address (after the moved
// blocks), by number. Then it compares the two.
func (c *matcher) match() {
	c.taken = make([]bool, len(c.in.Prior.Records))
	c.records = make([]*state.Record, len(c.in.Declared))
	c.same = make([]tracking.AttrSet, len(c.in.Declared))
	take := func(i int, r int) {
		c.taken[r] = true
		c.records[i] = &c.in.Prior.Records[r]
	}
	inParts(len(c.in.Declared), func(i int) {
		if r, ok := c.in.Prior.PlaceOf(c.in.Declared[i].Key); ok {
			take(i, r) // no other declaration has that key
			c.same[i] = c.asApplied(&c.in.Declared[i], c.records[i])
		}
	})
	var open []int
	for i, rec := range c.records {
		if rec == nil {
			open = append(open, i)
		}
	}
	if len(open) == 0 || len(c.in.Prior.Records) == 0 {
		return
	}
	slices.SortFunc(open, func(a, b int) int { return cmp.Compare(c.in.Declared[a].Addr, c.in.Declared[b].Addr) })
	byAddr := map[tracking.Addr]int{}
	byNumber := map[string]int{}
	for r := range c.in.Prior.Records {
		if !c.taken[r] {
			addr := c.movedTo(c.in.Prior.Records[r].Addr)
			if _, twice := byAddr[addr]; !twice {
				byAddr[addr] = r
			}
		}
	}
	for _, i := range open {
		if r, ok := byAddr[c.in.Declared[i].Addr]; ok {
			take(i, r)
		}
	}
	for r := range c.in.Prior.Records {
		if number := c.in.Prior.Records[r].Key.Number; !c.taken[r] {
			if _, twice := byNumber[number]; twice {
				byNumber[number] = -1
			} else {
				byNumber[number] = r
			}
		}
	}
	for _, i := range open {
		number := c.in.Declared[i].Key.Number
		if r, ok := byNumber[number]; ok && r >= 0 && c.records[i] == nil {
			take(i, r)
			byNumber[number] = -1
		}
	}
	for _, i := range open {
		c.same[i] = c.asApplied(&c.in.Declared[i], c.records[i])
	}
}

// asApplied is the set of the declared values that were last applied.
func (c *matcher) asApplied(d *tracking.Declared, rec *state.Record) (same tracking.AttrSet) {
	for a, want := range d.Attrs.All() {
		if applied, ok := appliedValue(rec, a); ok && c.in.Prior.Same(d.Key.Number, a, applied, want) {
			same = same.With(a)
		}
	}
	return same
}
