package draft

import (
	"maps"
	"slices"
	"strings"

	"github.com/tmsync/tmsync/internal/carrier"
)

// carriers are the names of carriers in a file, by what is known of them.
type carriers struct {
	column    *column
	codes     bool              // all of them are codes
	settled   map[string]string // codes, by name in small letters
	undecided []string          // as they are written
	unnamed   int               // rows with a number and no carrier
}

// findCarriers chooses the column of carriers; nil if there is none.
func (t *table) findCarriers() *column {
	for _, c := range t.find(carrierRole) {
		if c.filled > 0 && c.lists == 0 {
			return c
		}
	}
	return nil
}

// settle finds the codes of the names that rows with a number have.
func settle(c *column, named map[string]int) *carriers {
	all := &carriers{column: c, codes: true, settled: map[string]string{}}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if _, isCode := carrier.Known(name); isCode {
			continue
		}
		if name == "" {
			all.unnamed = named[name]
			continue
		}
		all.codes = false
		if code := codeOf(name); code != "" {
			all.settled[strings.ToLower(name)] = code
		} else {
			all.undecided = append(all.undecided, name)
		}
	}
	return all
}

// codeOf returns the only code that has a name, as code or for people; "" if there is none.
func codeOf(name string) string {
	wanted := plain(name)
	var found []string
	for _, c := range carrier.All() {
		if plain(c.Code) == wanted || plain(c.Name) == wanted {
			found = append(found, c.Code)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return ""
}
