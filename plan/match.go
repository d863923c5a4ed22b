package plan

import (
	"cmp"
	"slices"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

func (c *computer) index() {
	c.byKey = make(map[tracking.Key]int32, len(c.in.Prior.Records))
	for i := range c.in.Prior.Records {
		c.byKey[c.in.Prior.Records[i].Key] = int32(i)
	}
}

// match finds the record of each declaration: by key, by address (after the moved
// blocks), by number.
// It returns which records were taken.
func (c *computer) match() []bool {
	taken := make([]bool, len(c.in.Prior.Records))
	c.records = make([]*state.Record, len(c.in.Declared))
	take := func(i int, r int32) {
		taken[r] = true
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
		return taken
	}
	slices.SortFunc(open, func(a, b int) int { return cmp.Compare(c.in.Declared[a].Addr, c.in.Declared[b].Addr) })
	byAddr := map[tracking.Addr]int32{}
	byNumber := map[string]int32{}
	for r := range c.in.Prior.Records {
		if !taken[r] {
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
		if number := c.in.Prior.Records[r].Key.Number; !taken[r] {
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
	return taken
}

// seen returns what the service has under a key. Without a refresh, what the
// state knows is taken to be there, with nothing known of its attributes.
func (c *computer) seen(key tracking.Key) (*tracking.Remote, bool) {
	if c.in.Remote == nil {
		r, ok := c.byKey[key]
		return nil, ok && c.in.Prior.Records[r].Status != tracking.Gone
	}
	i, ok := c.remote[key]
	if !ok {
		return nil, false
	}
	return &c.in.Remote.Items[i], true
}

// fresh counts the declarations without a record: nearly all of them change.
func (c *computer) fresh() int {
	n := 0
	for _, rec := range c.records {
		if rec == nil {
			n++
		}
	}
	return n
}
