package plan

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// declared decides about one declaration, after the decision table.
func (c *computer) declared(d *tracking.Declared, rec *state.Record) {
	seen, there := c.seen(d.Key)
	switch {
	case rec == nil && there:
		c.ours[d.Key] = true
		c.adopt(d, nil, seen)
	case rec == nil:
		c.create(d, nil, NotTracked)
	case rec.Key != d.Key:
		c.rekeyed(d, rec, seen, there)
	case there:
		c.inPlace(d, rec, seen)
	default:
		c.vanished(d, rec)
	}
}

// create plans a new tracking. old is the record of one that has vanished.
func (c *computer) create(d *tracking.Declared, old *state.Record, why Reason) {
	c.add(Change{
		Addr: d.Addr, From: movedFrom(d, old), Action: Create, Reason: why,
		Key: d.Key, Fields: allFields(d), Declared: d, Record: c.fresh(d, old),
	})
}

// adopt takes over what the service has under the declared key. old is the
// record of the key that the declaration had before, if it had one.
func (c *computer) adopt(d *tracking.Declared, old *state.Record, seen *tracking.Remote) {
	diff := c.compare(d, nil, seen)
	rec := c.record(d, nil, seen, diff)
	if old != nil {
		rec.Deposed = c.deposed(old, old.Key)
	}
	if diff.left != 0 {
		c.plan.Left = append(c.plan.Left, d.Addr)
	}
	c.add(Change{
		Addr: d.Addr, From: movedFrom(d, old), Action: Adopt, Reason: AlreadyAtRemote,
		Key: d.Key, Fields: diff.fields, Declared: d, Record: rec, Seen: seen,
	})
}

// inPlace compares a tracking that is where it should be.
func (c *computer) inPlace(d *tracking.Declared, rec *state.Record, seen *tracking.Remote) {
	diff := c.compare(d, rec, seen)
	next := c.record(d, rec, seen, diff)
	ch := Change{
		Addr: d.Addr, From: movedFrom(d, rec), Key: d.Key,
		Fields: diff.fields, Declared: d, Record: next, Prior: rec, Seen: seen,
	}
	switch {
	case diff.replace:
		ch.Action, ch.Reason, ch.Record = Replace, CreateOnlyChanged, c.fresh(d, rec)
		c.guardDestroy(&ch, d.Lifecycle.PreventDestroy || rec.PreventDestroy)
	case len(diff.fields) > 0:
		ch.Action, ch.Reason = Update, reasonOf(diff.fields)
	case ch.From != "":
		ch.Action, ch.Reason = Move, AddressChanged
	default:
		c.plan.Unchanged++
		if !next.Equal(rec) {
			c.plan.Refreshed = append(c.plan.Refreshed, *next)
		}
		return
	}
	c.add(ch)
}

// rekeyed decides about a declaration whose carrier or number is not the one on
// record.
func (c *computer) rekeyed(d *tracking.Declared, rec *state.Record, seen *tracking.Remote, there bool) {
	old, oldThere := c.seen(rec.Key)
	sameNumber := rec.Key.Number == d.Key.Number
	switch {
	case there && oldThere:
		c.ours[d.Key] = true
		c.adopt(d, rec, seen)
		return
	case there:
		// Somebody made the change already.
		c.ours[d.Key] = true
		c.adopt(d, nil, seen)
		return
	case !oldThere:
		c.vanished(d, rec)
		return
	}
	diff := c.compare(d, rec, old)
	ch := Change{
		Addr: d.Addr, From: movedFrom(d, rec), Key: d.Key, OldKey: rec.Key,
		Fields: diff.fields, Declared: d, Prior: rec, Seen: old,
	}
	if sameNumber && c.in.Service.Offers(tracking.OpChangeCarrier) && !diff.replace {
		ch.Action, ch.Reason = ChangeCarrier, CarrierChanged
		ch.Record = c.record(d, rec, old, diff)
		c.add(ch)
		return
	}
	ch.Action, ch.Reason = Replace, NumberChanged
	if sameNumber {
		ch.Reason = CarrierChanged
	}
	ch.Fields = allFields(d)
	ch.Record = c.fresh(d, rec, rec.Key)
	c.guardDestroy(&ch, d.Lifecycle.PreventDestroy || rec.PreventDestroy)
	c.add(ch)
}

// vanished decides about a declared tracking that the service no longer has.
// One that reached the end of its life was put away by the service itself, and
// creating it again would only cost a credit.
func (c *computer) vanished(d *tracking.Declared, rec *state.Record) {
	wasGone := rec.Status == tracking.Gone
	if !wasGone {
		c.plan.Vanished++
	}
	recreate := d.Lifecycle.OnMissing == tracking.MissingRecreate ||
		d.Lifecycle.OnMissing == tracking.MissingDefault && !wasGone &&
			rec.Status != tracking.LiveDelivered && rec.Status != tracking.LiveExpired
	if recreate || rec.Key != d.Key {
		c.create(d, rec, GoneRemotely)
		return
	}
	next := c.record(d, rec, nil, comparison{})
	next.Status = tracking.Gone
	if wasGone && next.Addr == rec.Addr {
		c.plan.Unchanged++
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

// removed decides about a record that nothing declares any more. lifecycle is
// the declaration's own where there is one (destroy); else the remembered one.
func (c *computer) removed(rec *state.Record, lifecycle *tracking.Lifecycle) {
	onRemove, prevent := rec.OnRemove, rec.PreventDestroy
	if lifecycle != nil {
		onRemove, prevent = lifecycle.OnRemove, lifecycle.PreventDestroy
	}
	seen, there := c.seen(rec.Key)
	ch := Change{Addr: rec.Addr, Key: rec.Key, Reason: RemovedFromConfig, Seen: seen}
	if c.in.Destroy {
		ch.Reason = Destroyed
	}
	switch {
	case !there:
		if rec.Status != tracking.Gone {
			c.plan.Vanished++
		}
		ch.Action, ch.Reason = Forget, GoneRemotely
	case onRemove == tracking.RemoveForget:
		ch.Action = Forget
	case onRemove == tracking.RemoveArchive && seen != nil && seen.Attrs.Value(tracking.Archived) == "true":
		ch.Action = Forget
	case onRemove == tracking.RemoveArchive:
		ch.Action = Archive
		ch.Fields = []Field{{Attr: tracking.Archived, From: "false", Known: seen != nil, To: "true"}}
		ch.Record = rec
	default:
		ch.Action = Delete
		ch.Record = rec
		c.guardDestroy(&ch, prevent)
	}
	c.add(ch)
}

// leftovers deletes the old keys of replacements whose second half is missing.
func (c *computer) leftovers(rec *state.Record) {
	for _, key := range c.deposed(rec) {
		seen, _ := c.seen(key)
		c.add(Change{
			Addr: rec.Addr, Action: Delete, Reason: Replaced, Key: key, OldKey: key,
			Record: rec, Seen: seen,
		})
	}
}

// guardDestroy refuses what prevent_destroy forbids.
func (c *computer) guardDestroy(ch *Change, prevent bool) {
	if !prevent {
		return
	}
	diag := &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  "Tracking cannot be destroyed",
		Detail: string(ch.Addr) + " has lifecycle.prevent_destroy set, but the plan would " + string(ch.Action) + " it (" + string(ch.Reason) + "). " +
			"To keep it, declare it as it was. To let it go, set prevent_destroy = false, apply, and then make this change.",
	}
	if ch.Declared != nil {
		diag.Subject = ch.Declared.Range().Ptr()
	}
	c.diags = append(c.diags, diag)
}
