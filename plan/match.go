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
	byKey   map[tracking.Key]int32 // into in.Prior.Records
	records []*state.Record        // the record of each declaration, or nil
	taken   []bool                 // the records that belong to a declaration
}

func (c *matcher) index() {
	c.byKey = make(map[tracking.Key]int32, len(c.in.Prior.Records))
	for i := range c.in.Prior.Records {
		c.byKey[c.in.Prior.Records[i].Key] = int32(i)
	}
}

// match finds the record of each declaration: by key, by address (after the moved
// blocks), by number.
func (c *matcher) match() {
	c.taken = make([]bool, len(c.in.Prior.Records))
	c.records = make([]*state.Record, len(c.in.Declared))
	take := func(i int, r int32) {
		c.taken[r] = true
		c.records[i] = &c.in.Prior.Records[r]
	}
	var open []int
	for i := range c.in.Declared {
		if r, ok := c.byKey[c.in.Declared[i].Key]; ok {
			take(i, r)
		} else {
			open = append(open, i)
		}
	}
	if len(open) == 0 || len(c.in.Prior.Records) == 0 {
		return
	}
	slices.SortFunc(open, func(a, b int) int { return cmp.Compare(c.in.Declared[a].Addr, c.in.Declared[b].Addr) })
	byAddr := map[tracking.Addr]int32{}
	byNumber := map[string]int32{}
	for r := range c.in.Prior.Records {
		if !c.taken[r] {
			addr := c.movedTo(c.in.Prior.Records[r].Addr)
			if _, twice := byAddr[addr]; !twice {
				byAddr[addr] = int32(r)
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
				byNumber[number] = int32(r)
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
}
