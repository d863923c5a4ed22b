package plan

import (
	"slices"

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
		next.Key, next.Deposed, next.Status = prior.Key, c.deposed(prior), prior.Status
	}
	if seen != nil {
		next.Status = seen.Status
	}
	if prior == nil && seen == nil {
		return next
	}
	differs := tracking.Set(0)
	for _, f := range diff.fields {
		differs = differs.With(f.Attr)
	}
	for a, v := range d.Attrs.All() {
		if !differs.Has(a) && !d.Lifecycle.IgnoreChanges.Has(a) {
			next.Applied.Put(a, c.stored(d.Key.Number, a, v))
		} else if prior != nil && prior.Applied.Has(a) {
			next.Applied.Put(a, prior.Applied.Value(a))
		}
	}
	return next
}

func movedFrom(d *tracking.Declared, rec *state.Record) tracking.Addr {
	if rec == nil || rec.Addr == d.Addr {
		return ""
	}
	return rec.Addr
}

// fresh is the record of a tracking of which nothing is proven yet. What is left
// to delete of its predecessors stays with it.
func (c *computer) fresh(d *tracking.Declared, old *state.Record, deposed ...tracking.Key) *state.Record {
	rec := c.record(d, nil, nil, comparison{})
	rec.Deposed = c.deposed(old, deposed...)
	return rec
}

// deposed lists the old keys that still have to be deleted: not those that are
// declared again, and not those that are gone.
func (c *computer) deposed(rec *state.Record, more ...tracking.Key) []tracking.Key {
	if rec != nil {
		more = append(slices.Clone(rec.Deposed), more...)
	}
	return slices.DeleteFunc(more, func(key tracking.Key) bool {
		return c.isDeclared(key) || c.in.Remote != nil && !has(c.remote, key)
	})
}

func (c *computer) isDeclared(key tracking.Key) bool {
	return slices.ContainsFunc(c.in.Declared, func(d tracking.Declared) bool { return d.Key == key })
}

func has[K comparable, V any](m map[K]V, k K) bool {
	_, ok := m[k]
	return ok
}
