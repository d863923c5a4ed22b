package plan

import (
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// record is what the state can say of a declared tracking before anything is
// sent: what is declared, as far as it is proven. prior is nil for what is new.
func (c *computer) record(d *tracking.Declared, prior *state.Record, seen *tracking.Remote, diff comparison) *state.Record {
	next := &state.Record{
		Addr: d.Addr, Key: d.Key, Left: diff.left,
		PreventDestroy: d.Lifecycle.PreventDestroy, OnRemove: d.Lifecycle.OnRemove,
	}
	if prior != nil {
		next.Key, next.Status = prior.Key, prior.Status
	}
	if seen != nil {
		next.Status = seen.Status
	}
	if prior == nil && seen == nil {
		return next
	}
	differs := diff.ignored
	for _, f := range diff.fields {
		differs = differs.With(f.Attr)
	}
	for a, v := range d.Attrs.All() {
		if !differs.Has(a) && !d.Lifecycle.IgnoreChanges.Has(a) {
			next.Applied.Put(a, c.stored(d, a, v))
		} else if prior != nil && prior.Applied.Has(a) {
			next.Applied.Put(a, prior.Applied.Value(a))
		}
	}
	if prior != nil && mayArchive(d) && prior.Applied.Value(tracking.Archived) == "true" {
		next.Applied.Put(tracking.Archived, "true")
	}
	return next
}

func movedFrom(d *tracking.Declared, rec *state.Record) tracking.Addr {
	if rec == nil || rec.Addr == d.Addr {
		return ""
	}
	return rec.Addr
}

// depose moves a record out of the way of another tracking that takes its
// address, if one does. What becomes of it then is a change like any other.
func (c *computer) depose(rec *state.Record) *state.Record {
	if c.in.Destroy || !c.isDeclared(rec.Addr) {
		return rec
	}
	moved := *rec
	moved.Addr = rec.Addr.Deposed(rec.Key)
	c.plan.Relocated = append(c.plan.Relocated, Relocation{rec.Addr, moved})
	return &moved
}

func (c *computer) isDeclared(addr tracking.Addr) bool {
	if c.addrs == nil {
		c.addrs = make(map[tracking.Addr]bool, len(c.in.Declared))
		for i := range c.in.Declared {
			c.addrs[c.in.Declared[i].Addr] = true
		}
	}
	return c.addrs[addr]
}
