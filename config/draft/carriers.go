package draft

import (
	"maps"
	"slices"

	"github.com/tmsync/tmsync/internal/carrier"
)

// carriers are the names of carriers in the rows that have a number.
type carriers struct {
	column  *column
	names   *carrier.Names
	codes   bool // all of them are codes
	seen    map[string]*named
	unnamed int  // rows with a number and no name
	many    bool // too many names to be those of carriers
}

// maxNames is how many carriers a file may name.
const maxNames = 300

// named is one of the names.
type named struct {
	rows  int
	found carrier.Found // of the first row that does not settle it; else of the last
}

// findCarriers chooses the column of carriers; nil if there is none.
func (t *table) findCarriers() *carriers {
	for _, c := range t.find(carrierRole) {
		if c.filled > 0 && c.lists == 0 {
			return &carriers{column: c, names: carrier.NewNames(nil, nil), codes: true, seen: map[string]*named{}}
		}
	}
	return nil
}

// note takes the name of a row with its numbers.
func (c *carriers) note(name string, numbers []string) {
	if name == "" {
		c.unnamed++
		return
	}
	n := c.seen[name]
	if n == nil && len(c.seen) == maxNames {
		c.many = true
		return
	}
	if n == nil {
		if _, isCode := carrier.Known(name); !isCode {
			c.codes = false
		}
		n = &named{}
		c.seen[name] = n
	}
	n.rows++
	for _, number := range numbers {
		if n.rows == 1 || n.found.Code != "" {
			n.found = c.names.Find(name, number)
		}
	}
}

// undecided lists the names that stand for no carrier for certain.
func (c *carriers) undecided() (names []string) {
	for _, name := range slices.Sorted(maps.Keys(c.seen)) {
		if c.seen[name].found.Code == "" {
			names = append(names, name)
		}
	}
	return names
}
