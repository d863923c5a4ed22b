package plan

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// declared decides about one declaration, after the decision table. same is what
// asApplied says.
func (c *computer) declared(d *tracking.Declared, rec *state.Record, same tracking.AttrSet) {
	seen, there := c.seen(d.Key, rec)
	switch {
	case rec == nil && there:
		c.adopt(d, nil, seen)
	case rec == nil && c.imports[d.Addr] != nil:
		c.notThere(d)
	case rec == nil:
		c.create(d, nil, NotTracked)
	case rec.Key != d.Key:
		c.rekeyed(d, rec, seen, there, same)
	case there:
		c.inPlace(d, rec, seen, same)
	default:
		c.vanished(d, rec)
	}
}

// create plans a new tracking. old is the record of one that has vanished.
func (c *computer) create(d *tracking.Declared, old *state.Record, why Reason) {
	c.add(Change{
		Addr: d.Addr, From: movedFrom(d, old), Action: Create, Reason: why,
		Key: d.Key, Fields: allFields(d), Declared: d, Record: c.record(d, nil, nil, comparison{}),
	})
}

// adopt plans to adopt the tracking that exists under the declared key. old is the
// record of the key that the declaration had before, if it had one.
func (c *computer) adopt(d *tracking.Declared, old *state.Record, seen *tracking.Remote) {
	diff := c.adoption(d, seen)
	why := AlreadyAtRemote
	if c.imports[d.Addr] != nil {
		why = Imported
	}
	ch := Change{
		Addr: d.Addr, From: movedFrom(d, old), Action: Adopt, Reason: why,
		Key: d.Key, Fields: diff.fields, Declared: d, Record: c.record(d, nil, seen, diff), Seen: seen,
	}
	c.guardAdopt(&ch)
	c.add(ch)
}

// adoption compares a declaration with what it adopts, and records what stays
// different.
func (c *computer) adoption(d *tracking.Declared, seen *tracking.Remote) comparison {
	c.unrecorded[d.Key] = true
	diff := c.compare(d, nil, seen, 0)
	if diff.left != 0 {
		c.plan.LeftAsIs++
	}
	c.archive(d, nil, seen, &diff)
	return diff
}

// inPlace compares a tracking that is where it should be.
func (c *computer) inPlace(d *tracking.Declared, rec *state.Record, seen *tracking.Remote, same tracking.AttrSet) {
	diff := c.compare(d, rec, seen, same)
	requested := c.requested(d, rec)
	archives := !diff.replace && !requested && c.archive(d, rec, seen, &diff)
	next := c.record(d, rec, seen, diff)
	if !diff.replace && !requested {
		c.tell(d, rec, seen, diff.kept)
	}
	ch := Change{
		Addr: d.Addr, From: movedFrom(d, rec), Key: d.Key,
		Fields: diff.fields, Declared: d, Record: next, Prior: rec, Seen: seen,
	}
	switch {
	case diff.replace || requested:
		ch.Action, ch.Reason, ch.Record = Replace, CreateOnlyChanged, c.record(d, nil, nil, comparison{})
		if requested {
			ch.Reason = Requested
		}
		c.guardDestroy(&ch, d.Lifecycle.PreventDestroy, true)
	case archives:
		ch.Action, ch.Reason = Archive, ArchiveDue
		if reasonOf(diff.fields) == RemoteDrifted {
			ch.Reason = RemoteDrifted
		}
	case len(diff.fields) > 0:
		ch.Action, ch.Reason = Update, reasonOf(diff.fields)
	case ch.From != "":
		ch.Action, ch.Reason = Move, AddressChanged
	default:
		if c.in.Remote == nil || c.covers(d.Key) {
			c.plan.Unchanged++
		}
		if !next.Equal(rec) {
			c.plan.Refreshed = append(c.plan.Refreshed, *next)
		}
		c.spare = next
		return
	}
	c.add(ch)
}

// rekeyed decides about a declaration whose carrier or number is not the one on
// record.
func (c *computer) rekeyed(d *tracking.Declared, rec *state.Record, seen *tracking.Remote, there bool, same tracking.AttrSet) {
	old, oldThere := c.seen(rec.Key, rec)
	if !oldThere {
		if there { // somebody made the change already
			c.adopt(d, rec, seen)
		} else {
			c.vanished(d, rec)
		}
		return
	}
	sameNumber := rec.Key.Number == d.Key.Number
	ch := Change{
		Addr: d.Addr, From: movedFrom(d, rec), Key: d.Key, OldKey: rec.Key,
		Declared: d, Prior: rec, Seen: old, Taken: there,
	}
	diff := c.compare(d, rec, old, same)
	if sameNumber && !there && !diff.replace && !c.requested(d, rec) && c.in.Service.Offers(tracking.OpChangeCarrier) && rec.Stays != d.Key.Carrier {
		ch.Action, ch.Reason, ch.Fields = ChangeCarrier, CarrierChanged, diff.fields
		ch.Record = c.record(d, rec, old, diff)
		c.tell(d, rec, old, diff.kept)
		c.add(ch)
		return
	}
	ch.Action, ch.Reason = Replace, NumberChanged
	if sameNumber {
		ch.Reason = CarrierChanged
	}
	if rec.Stays == d.Key.Carrier {
		ch.Note = "the service has not changed the carrier when asked to"
	}
	if rec.Removal(d.Lifecycle.OnRemove) != tracking.RemoveDelete && rec.Origin == state.Adopted {
		c.leave(d, rec, seen, ch.Reason)
		return
	}
	if there {
		diff = c.adoption(d, seen)
		ch.Fields, ch.Record = diff.fields, c.record(d, nil, seen, diff)
	} else {
		ch.Fields, ch.Record = allFields(d), c.record(d, nil, nil, comparison{})
	}
	if !c.held(&ch) {
		// Whatever interrupts the replacement, the old one is to be deleted.
		old := *rec
		old.Addr, old.PreventDestroy, old.OnRemove = d.Addr.Deposed(rec.Key), false, tracking.RemoveDelete
		c.plan.Relocated = append(c.plan.Relocated, Relocation{rec.Addr, old})
		ch.From, ch.OldAddr = "", old.Addr
	}
	c.guardAdopt(&ch)
	c.guardDestroy(&ch, d.Lifecycle.PreventDestroy, true)
	c.add(ch)
}

// leave decides about a declaration whose key is no longer its adopted record's.
// That one is not deleted for it: it is removed like any other adopted one, and the
// new key is like any other new one.
func (c *computer) leave(d *tracking.Declared, rec *state.Record, seen *tracking.Remote, why Reason) {
	c.removed(rec, d.Lifecycle)
	if _, there := c.seen(d.Key, rec); there {
		c.adopt(d, nil, seen)
	} else {
		c.create(d, nil, why)
	}
}

// vanished decides about a declared tracking that the service no longer has.
// One that reached the end of its life was put away by the service itself, and
// creating it again would only cost a credit.
func (c *computer) vanished(d *tracking.Declared, rec *state.Record) {
	wasGone := rec.Status == tracking.Gone
	if !wasGone {
		c.vanish(rec)
	}
	if recreates(d, rec) || rec.Key != d.Key {
		c.create(d, rec, GoneRemotely)
		return
	}
	next := c.record(d, nil, nil, comparison{})
	next.Key, next.Origin = rec.Key, rec.Origin
	next.Applied, next.LeftAsIs, next.Status = rec.Applied, rec.LeftAsIs, tracking.Gone
	next.Kept, next.Awaited = rec.Kept, rec.Awaited
	if wasGone && next.Addr == rec.Addr {
		c.plan.Gone++
		if !next.Equal(rec) {
			c.plan.Refreshed = append(c.plan.Refreshed, *next)
		}
		return
	}
	c.add(Change{
		Addr: d.Addr, From: movedFrom(d, rec), Action: Forget, Reason: GoneRemotely,
		Key: d.Key, Declared: d, Record: next,
	})
}

// vanish counts a tracking that was expected at the service and is not there.
func (c *computer) vanish(rec *state.Record) {
	c.plan.Vanished++
	if !ended(rec) {
		c.early++
	}
}

// ended reports whether a tracking was last seen at the end of its life. The service
// removes such trackings in the course of time.
func ended(rec *state.Record) bool {
	return rec.Status == tracking.LiveDelivered || rec.Status == tracking.LiveExpired
}

// recreates reports whether a vanished tracking is to be created again.
func recreates(d *tracking.Declared, rec *state.Record) bool {
	switch d.Lifecycle.OnMissing {
	case tracking.MissingRecreate:
		return true
	case tracking.MissingDefault:
		return rec.Status != tracking.Gone && !ended(rec)
	}
	return false
}

// removed decides about a record that nothing declares any more. Where everything is
// to be destroyed, it may be a declared one: own is its lifecycle then. Else the
// lifecycle is what its block says now, or, where that is gone, said last.
func (c *computer) removed(rec *state.Record, own *tracking.Lifecycle) {
	onRemove, prevent := rec.OnRemove, rec.PreventDestroy
	lifecycle := own
	if own == nil {
		lifecycle = c.blockOf(rec)
	}
	if lifecycle != nil {
		onRemove, prevent = lifecycle.OnRemove, lifecycle.PreventDestroy
	}
	seen, there := c.seen(rec.Key, rec)
	ch := Change{Addr: rec.Addr, Key: rec.Key, Reason: RemovedFromConfig, Prior: rec, Seen: seen}
	if r := c.removal(rec); r != nil && own == nil {
		ch.Reason, onRemove = RemovedByBlock, r.OnRemove
	}
	if c.in.Destroy {
		ch.Reason = Destroyed
	}
	if onRemove == tracking.RemoveDefault && rec.Origin == state.Adopted {
		ch.Reason = WasAdopted
	}
	onRemove = rec.Removal(onRemove)
	switch {
	case !there:
		if rec.Status != tracking.Gone {
			c.vanish(rec)
		}
		ch.Action, ch.Reason = Forget, GoneRemotely
	case onRemove == tracking.RemoveForget,
		onRemove == tracking.RemoveArchive && seen != nil && seen.Attrs.Value(tracking.Archived) == "true":
		ch.Action = Forget
	case onRemove == tracking.RemoveArchive:
		ch.Action = Archive
		ch.Fields = []Field{{Attr: tracking.Archived, From: "false", Known: seen != nil, To: "true"}}
	default:
		ch.Action = Delete
		c.guardDestroy(&ch, prevent, lifecycle != nil)
	}
	switch {
	case ch.Action != Forget:
		ch.Record = c.depose(rec, onRemove, prevent)
		ch.Addr = ch.Record.Addr
	case !c.in.Destroy && c.isDeclared(rec.Addr):
		ch.Addr = rec.Addr.Deposed(rec.Key) // two changes of one address would be hard to tell apart
	}
	c.add(ch)
}

// guardDestroy refuses what prevent_destroy forbids. written means that a block says
// so, and not the state alone.
func (c *computer) guardDestroy(ch *Change, prevent, written bool) {
	if !prevent || c.held(ch) {
		return
	}
	what, way := "replace", "To keep it, declare it as it was."
	letGo := "declare it with prevent_destroy = false, apply, and then make this change."
	if written {
		letGo = "set prevent_destroy = false in its block."
	}
	switch {
	case c.in.Destroy:
		what, way = "destroy", "A destroy spares nothing."
	case ch.Action == Delete:
		what = "delete"
	}
	diag := &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  "Tracking cannot be destroyed",
		Detail: fmt.Sprintf("%s has lifecycle.prevent_destroy set, but the plan would %s it. %s "+
			"To let it go, %s", ch.Addr, what, way, letGo),
	}
	if ch.Declared != nil {
		diag.Subject = ch.Declared.Range().Ptr()
	}
	c.diags = append(c.diags, diag)
}

// foreseen reports whether a record tells what a plan does about its declaration. Drift
// aside, that is nothing that needs a request.
func (c *computer) foreseen(d *tracking.Declared, rec *state.Record, same tracking.AttrSet) bool {
	switch {
	case rec == nil || rec.Key != d.Key, c.requested(d, rec):
		return false
	case rec.Status == tracking.Gone && recreates(d, rec):
		return false
	case mayArchive(d) && rec.Status == tracking.LiveDelivered && rec.Applied.Value(tracking.Archived) != "true":
		return false
	}
	return len(c.compare(d, rec, nil, same).fields) == 0
}
