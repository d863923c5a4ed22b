package plan

import (
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// record is what the state can say of a declared tracking before anything is
// sent: what is declared, as far as it is proven. prior is nil for what is new.
func (c *computer) record(d *tracking.Declared, prior *state.Record, seen *tracking.Remote, diff comparison) *state.Record {
	next := c.spare
	if c.spare = nil; next == nil {
		next = new(state.Record)
	}
	*next = state.Record{
		Addr: d.Addr, Key: d.Key, LeftAsIs: diff.left,
		PreventDestroy: d.Lifecycle.PreventDestroy, OnRemove: d.Lifecycle.OnRemove,
	}
	if prior != nil {
		next.Key, next.Ref, next.Status = prior.Key, prior.Ref, prior.Status
		if prior.Stays == d.Key.Carrier && prior.Key != d.Key {
			next.Stays = prior.Stays
		}
	}
	next.Origin = c.origin(d, prior, seen)
	if seen != nil {
		next.Status = seen.Status
		if seen.Ref != "" {
			next.Ref = seen.Ref
		}
	}
	if prior == nil && seen == nil {
		return next
	}
	next.Applied = c.applied(d, prior, diff)
	if prior != nil {
		c.keep(next, prior, d, seen, &diff)
	}
	return next
}

// origin is how a declared tracking came, or is about to come. What was gone and is
// there again somebody else has made; an import block makes it ours.
func (c *computer) origin(d *tracking.Declared, prior *state.Record, seen *tracking.Remote) state.Origin {
	switch {
	case prior == nil && seen == nil:
		return state.Created
	case prior != nil && (prior.Status != tracking.Gone || seen == nil) && prior.Origin != state.Adopted:
		return prior.Origin
	case c.imports[d.Addr] != nil:
		return state.Imported
	}
	return state.Adopted
}

// applied are the values that are proven: the declared ones but for those that
// differ, of which what was there before is kept. Where nothing is new they are
// those of the prior record, which shares them.
func (c *computer) applied(d *tracking.Declared, prior *state.Record, diff comparison) tracking.Attrs {
	was := tracking.Attrs{}
	if prior != nil {
		was = prior.Applied
	}
	differs := diff.differs(d)
	set, values := tracking.AttrSet(0), c.scratch[:0]
	for a, v := range d.Attrs.All() {
		before, had := was.Get(a)
		switch {
		case differs.Has(a) && !had:
			continue
		case differs.Has(a), diff.known.Has(a) && state.Sealed(before) == d.Sensitive(a):
			v = before
		default:
			v = c.stored(d, a, v)
		}
		set, values = set.With(a), append(values, v)
	}
	c.scratch = values
	next := tracking.PackAttrs(set, values)
	if mayArchive(d) && was.Value(tracking.Archived) == "true" {
		next = next.Clone()
		next.Put(tracking.Archived, "true")
	}
	if next.Equal(was) {
		return was
	}
	return next.Clone()
}

func movedFrom(d *tracking.Declared, rec *state.Record) tracking.Addr {
	if rec == nil || rec.Addr == d.Addr {
		return ""
	}
	return rec.Addr
}

// depose moves a record to another address if another tracking takes its own. What
// becomes of it then is a change like any other: if that is interrupted, it is still
// decided by the onRemove and prevent that counted for it here.
func (c *computer) depose(rec *state.Record, onRemove tracking.OnRemove, prevent bool) *state.Record {
	if c.in.Destroy || !c.isDeclared(rec.Addr) {
		return rec
	}
	moved := *rec
	moved.Addr, moved.PreventDestroy, moved.OnRemove = rec.Addr.Deposed(rec.Key), prevent, onRemove
	c.plan.Relocated = append(c.plan.Relocated, Relocation{rec.Addr, moved})
	return &moved
}

func (c *computer) isDeclared(addr tracking.Addr) bool { return c.declaredAt(addr) != nil }

// declaredAt returns the lifecycle of the declaration with an address, nil if there
// is none.
func (c *computer) declaredAt(addr tracking.Addr) *tracking.Lifecycle {
	if c.addrs == nil {
		c.addrs = make(map[tracking.Addr]*tracking.Lifecycle, len(c.in.Declared))
		for i := range c.in.Declared {
			c.addrs[c.in.Declared[i].Addr] = c.in.Declared[i].Lifecycle
		}
	}
	return c.addrs[addr]
}

// blockOf returns what a record's block has as its lifecycle now. It is nil if that
// block is gone, or is another tracking's by now; and for what was deposed, which an
// earlier plan has decided about.
func (c *computer) blockOf(rec *state.Record) *tracking.Lifecycle {
	if rec.Addr.IsDeposed() {
		return nil
	}
	addr := c.movedTo(rec.Addr)
	block := addr.Block()
	if many := c.in.Many[block]; many != nil {
		return many
	}
	if addr == block {
		return nil
	}
	return c.declaredAt(block)
}
