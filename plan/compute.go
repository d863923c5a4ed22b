package plan

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// Mode limits what a plan may do.
type Mode string

// The modes.
const (
	ModeSync   Mode = "sync"   // everything
	ModeUpsert Mode = "upsert" // never remove anything from the service
	ModeCreate Mode = "create" // only create and adopt
)

// Input is all that a plan depends on.
type Input struct {
	Declared []tracking.Declared
	Prior    *state.State // not nil; a new project has an empty one
	// Remote is what the refresh found; nil plans from the state alone.
	Remote  *tracking.Listing
	Service *tracking.Service
	Mode    Mode
	// Destroy plans the removal of everything that the state holds.
	Destroy bool
}

// Compute makes the plan. The diagnostics point at declarations that cannot be
// carried out; there is a plan even so, to be shown.
func Compute(in Input) (*Plan, hcl.Diagnostics) {
	c := &computer{in: in, plan: &Plan{
		Managed:  len(in.Prior.Records),
		Declared: len(in.Declared),
		Destroy:  in.Destroy,
	}}
	c.index()
	taken := c.match()
	for i := range in.Declared {
		if !in.Destroy {
			c.declared(&in.Declared[i], c.records[i])
		}
	}
	for i := range in.Prior.Records {
		if !taken[i] {
			c.removed(&in.Prior.Records[i], nil)
		}
		c.leftovers(&in.Prior.Records[i])
	}
	if in.Destroy {
		for i := range in.Declared {
			if rec := c.records[i]; rec != nil {
				c.removed(rec, in.Declared[i].Lifecycle)
			}
		}
	}
	c.countUnmanaged()
	c.sort()
	return c.plan, c.diags
}

// computer holds the indexes that one computation needs.
type computer struct {
	in    Input
	plan  *Plan
	diags hcl.Diagnostics

	remote  map[tracking.Key]int32 // into in.Remote.Items
	byKey   map[tracking.Key]int32 // into in.Prior.Records
	records []*state.Record        // the record of each declaration, or nil
	ours    map[tracking.Key]bool  // declared keys that the service has and the state has not
}

func (c *computer) index() {
	if c.in.Remote != nil {
		c.remote = make(map[tracking.Key]int32, len(c.in.Remote.Items))
		for i := range c.in.Remote.Items {
			c.remote[c.in.Remote.Items[i].Key] = int32(i)
		}
	}
	c.byKey = make(map[tracking.Key]int32, len(c.in.Prior.Records))
	for i := range c.in.Prior.Records {
		c.byKey[c.in.Prior.Records[i].Key] = int32(i)
	}
	c.ours = map[tracking.Key]bool{}
}

// match finds the record of each declaration: by key, by address, by number.
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
			byAddr[c.in.Prior.Records[r].Addr] = int32(r)
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

// seen gives what the service has under a key. Without a refresh, what the
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

// add files a change, or holds it back where the mode forbids it.
func (c *computer) add(ch Change) {
	held := false
	switch c.in.Mode {
	case ModeUpsert:
		held = ch.Action == Delete || ch.Action == Replace || ch.Action == Archive
	case ModeCreate:
		held = ch.Action != Create && ch.Action != Adopt && ch.Action != Move && ch.Action != Forget
	}
	if held && !c.in.Destroy {
		c.plan.Held = append(c.plan.Held, ch)
		return
	}
	c.plan.Changes = append(c.plan.Changes, ch)
}

func (c *computer) countUnmanaged() {
	if c.in.Remote == nil || !c.in.Remote.Full {
		return
	}
	c.plan.Full = true
	managed := len(c.ours)
	for key := range c.byKey {
		if _, there := c.remote[key]; there {
			managed++
		}
	}
	for i := range c.in.Prior.Records {
		for _, key := range c.in.Prior.Records[i].Deposed {
			if _, there := c.remote[key]; there {
				managed++
			}
		}
	}
	c.plan.Unmanaged = len(c.remote) - managed
}

func (c *computer) sort() {
	byAddr := func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Addr, b.Addr), cmp.Compare(a.Action, b.Action), a.Key.Compare(b.Key))
	}
	slices.SortFunc(c.plan.Changes, byAddr)
	slices.SortFunc(c.plan.Held, byAddr)
	slices.SortFunc(c.plan.Refreshed, func(a, b state.Record) int { return cmp.Compare(a.Addr, b.Addr) })
	slices.Sort(c.plan.Left)
	sortDiagnostics(c.diags)
}

func sortDiagnostics(diags hcl.Diagnostics) {
	slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Summary, b.Summary), cmp.Compare(a.Detail, b.Detail))
	})
}
