package plan

import (
	"slices"
	"strings"

	"github.com/tmsync/tmsync/state"
)

// OutputChange is an output whose value is not the one that was last applied. Before is
// nil for a new one, After for one that goes.
type OutputChange struct {
	Before, After *state.Output
}

// Name returns the output's name.
func (c *OutputChange) Name() string {
	if c.After != nil {
		return c.After.Name
	}
	return c.Before.Name
}

// Action returns what becomes of the output: Create, Update or Delete.
func (c *OutputChange) Action() Action {
	switch {
	case c.Before == nil:
		return Create
	case c.After == nil:
		return Delete
	}
	return Update
}

// CompareOutputs returns what leads from some outputs to others, both sorted by name.
// Of one that becomes sensitive, the value before is a secret as well, and left out.
func CompareOutputs(before, after []state.Output) []OutputChange {
	var changes []OutputChange
	for len(before)+len(after) > 0 {
		c := OutputChange{}
		order := 0
		switch {
		case len(before) == 0:
			order = 1
		case len(after) == 0:
			order = -1
		default:
			order = strings.Compare(before[0].Name, after[0].Name)
		}
		if order <= 0 {
			c.Before, before = &before[0], before[1:]
		}
		if order >= 0 {
			c.After, after = &after[0], after[1:]
		}
		if order != 0 || *c.Before != *c.After {
			if order == 0 && c.After.Sensitive {
				c.Before = &state.Output{Name: c.Before.Name, Sensitive: true}
			}
			changes = append(changes, c)
		}
	}
	return changes
}

// ApplyOutputs returns outputs, sorted by name, with changes made.
func ApplyOutputs(outputs []state.Output, changes []OutputChange) []state.Output {
	if len(changes) == 0 {
		return outputs
	}
	changed := map[string]bool{}
	var next []state.Output
	for i := range changes {
		c := &changes[i]
		changed[c.Name()] = true
		if c.After != nil {
			next = append(next, *c.After)
		}
	}
	for _, o := range outputs {
		if !changed[o.Name] {
			next = append(next, o)
		}
	}
	slices.SortFunc(next, func(a, b state.Output) int { return strings.Compare(a.Name, b.Name) })
	return next
}
