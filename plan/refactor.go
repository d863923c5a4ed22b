package plan

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// refactors are the blocks that speak of addresses, by the address.
type refactors struct {
	moves    map[tracking.Addr]tracking.Addr
	removals map[tracking.Addr]*tracking.Removed
	imports  map[tracking.Addr]*tracking.Import
}

func indexRefactors(in *Input) refactors {
	r := refactors{
		moves:    make(map[tracking.Addr]tracking.Addr, len(in.Moves)),
		removals: make(map[tracking.Addr]*tracking.Removed, len(in.Removals)),
		imports:  make(map[tracking.Addr]*tracking.Import, len(in.Imports)),
	}
	for i := range in.Moves {
		r.moves[in.Moves[i].From] = in.Moves[i].To
	}
	for i := range in.Removals {
		r.removals[in.Removals[i].From] = &in.Removals[i]
	}
	for i := range in.Imports {
		r.imports[in.Imports[i].To] = &in.Imports[i]
	}
	return r
}

// movedTo returns the address that the moved blocks give one of the state. They may
// form a chain. A move to where the state has something already does not happen.
func (c *matcher) movedTo(addr tracking.Addr) tracking.Addr {
	to := addr
	for range c.moves {
		next, ok := c.moves[to]
		if !ok {
			block := to.Block()
			if next, ok = c.moves[block]; !ok || next != next.Block() {
				break
			}
			next += to[len(block):]
		}
		to = next
	}
	if to != addr && c.in.Prior.Find(to) != nil {
		return addr
	}
	return to
}

// notThere refuses to create what an import block says is there.
func (c *computer) notThere(d *tracking.Declared) {
	im := c.imports[d.Addr]
	why := "The service does not have it. Fix the id, or remove the import block to have it created."
	if c.in.Remote == nil {
		why = "Without a refresh it is not known whether the service has it: leave --refresh=false out."
	}
	c.diags = append(c.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Cannot import a tracking that is not there",
		Detail:  fmt.Sprintf("%s is to be imported as %s. %s", im.Key, d.Addr, why),
		Subject: im.Range.Ptr(),
	})
}

// requested reports whether the replacement of a tracking was asked for.
func (c *computer) requested(d *tracking.Declared, rec *state.Record) bool {
	if len(c.replaces) == 0 {
		return false
	}
	addrs, keys := c.names(d, rec)
	return anyOf(c.replaces, addrs, keys)
}

// removal returns the removed block that speaks of a record, nil if there is none.
func (c *computer) removal(rec *state.Record) *tracking.Removed {
	for _, addr := range []tracking.Addr{rec.Addr, c.movedTo(rec.Addr)} {
		if r := c.removals[addr]; r != nil {
			return r
		}
		if r := c.removals[addr.Block()]; r != nil {
			return r
		}
	}
	return nil
}

// observed records, in a refresh-only plan, what the service has changed since the
// apply. d is its declaration, if it still has one.
func (c *computer) observed(d *tracking.Declared, rec *state.Record) {
	seen, there := c.seen(rec.Key, rec)
	if !there {
		c.lost(d, rec)
		return
	}
	if seen == nil { // nothing was refreshed
		c.plan.Unchanged++
		return
	}
	next := *rec
	next.Applied, next.Status = rec.Applied.Clone(), seen.Status
	next.Kept, next.Awaited = rec.Kept.Clone(), rec.Awaited.Clone()
	var fields []Field
	var kept tracking.AttrSet
	for a, applied := range rec.Applied.All() {
		now, known := reported(a, seen)
		if !known || rec.LeftAsIs.Has(a) || d != nil && d.Lifecycle.IgnoreChanges.Has(a) {
			continue
		}
		next.Awaited.Drop(a)
		if c.asService(rec, a, applied, now) {
			next.Kept.Drop(a)
			continue
		}
		if c.keeps(rec, a, applied, now) {
			kept = kept.With(a)
			next.Kept.Put(a, c.sealedLike(rec, a, applied, now))
			continue
		}
		f := Field{Attr: a, From: applied, Known: true, To: now, Drift: true, Secret: !a.Spec().Sensitive && state.Sealed(applied)}
		next.Applied.Put(a, c.sealedLike(rec, a, applied, now))
		next.Kept.Put(a, next.Applied.Value(a)) // it came after a value that was sent
		if a == tracking.Status {
			next.Applied.Drop(a) // a live status is nobody's wish
		}
		fields = append(fields, f)
	}
	c.tell(d, rec, seen, kept)
	switch {
	case len(fields) > 0:
		c.plan.Changes = append(c.plan.Changes, Change{
			Addr: rec.Addr, Action: Refresh, Reason: RemoteDrifted, Key: rec.Key, Fields: fields,
			Declared: d, Prior: rec, Record: &next, Seen: seen,
		})
	default:
		c.plan.Unchanged++
		if !next.Equal(rec) {
			c.plan.Refreshed = append(c.plan.Refreshed, next)
		}
	}
}

// asService reports whether the reported value is the applied one or derived from
// it.
func (c *computer) asService(rec *state.Record, a tracking.Attr, applied, now string) bool {
	switch {
	case a == tracking.Status && applied == tracking.StatusOriginal:
		return true
	case a == tracking.TrackUpdates && applied == "true":
		return true // it stops when a parcel has arrived
	}
	return c.in.Prior.Same(rec.Key.Number, a, applied, now)
}

// sealedLike returns an observed value sealed as the applied one is.
func (c *computer) sealedLike(rec *state.Record, a tracking.Attr, applied, now string) string {
	if a.Spec().Sensitive || state.Sealed(applied) {
		return c.in.Prior.Fingerprint(rec.Key.Number, a, now)
	}
	return now
}

// lost records, in a refresh-only plan, that a tracking has vanished. What is not
// to be created again stays known as gone.
func (c *computer) lost(d *tracking.Declared, rec *state.Record) {
	if rec.Status == tracking.Gone {
		c.plan.Gone++
		return
	}
	c.vanish(rec)
	ch := Change{Addr: rec.Addr, Action: Forget, Reason: GoneRemotely, Key: rec.Key, Declared: d, Prior: rec}
	if d != nil && !recreates(d, rec) {
		gone := *rec
		gone.Status = tracking.Gone
		ch.Record = &gone
	}
	c.plan.Changes = append(c.plan.Changes, ch)
}
