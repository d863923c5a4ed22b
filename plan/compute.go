package plan

import (
	"cmp"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// Mode limits what a plan may do.
type Mode = tracking.Mode

// The modes.
const (
	ModeSync   = tracking.ModeSync
	ModeUpsert = tracking.ModeUpsert
	ModeCreate = tracking.ModeCreate
)

// Input is all that a plan depends on.
type Input struct {
	Declared []tracking.Declared
	// Many are the lifecycles of the blocks that declare any number of trackings, even
	// none.
	Many map[tracking.Addr]*tracking.Lifecycle
	// Rows counts the rows that were read, RowBlocks are the blocks that read them.
	Rows      tracking.RowCounts
	RowBlocks []tracking.Addr
	Prior     *state.State // not nil; a new project has an empty one
	// Remote is what the refresh found; nil plans from the state alone.
	Remote  *tracking.Listing
	Service *tracking.Service
	Mode    Mode
	// Destroy plans the removal of everything that the state holds.
	Destroy bool
	// RefreshOnly plans what the service has done, into the state; nothing is
	// sent.
	RefreshOnly bool
	Select      Selection
	// Replace selects trackings to delete and create again.
	Replace  []tracking.Pattern
	Moves    []tracking.Moved
	Removals []tracking.Removed
	Imports  []tracking.Import
	// Now is what archive_after counts from: when the plan was made, for a saved one
	// that is made again, too, so that nothing comes due in between. While it is
	// zero, nothing is due.
	Now time.Time
	// Adopt is when an existing tracking may be adopted.
	Adopt tracking.AdoptPolicy
}

// Comparison is the declarations, matched with the records. It is what a plan is
// about before the service is asked, and plans once it has been.
type Comparison struct {
	matched matcher
}

// Prepare matches. Of the inputs it does without Remote.
func Prepare(in Input) *Comparison {
	c := &Comparison{matched: matcher{in: in, refactors: indexRefactors(&in)}}
	c.matched.resolve()
	c.matched.match()
	return c
}

// Compute prepares, and plans with Remote at once.
func Compute(in Input) (*Plan, hcl.Diagnostics) { return Prepare(in).Plan(in.Prior, in.Remote) }

// Plan computes the plan from what a refresh has found; nil plans from the state alone.
// prior is the state by now: if something was settled in it since, it is matched again.
// The diagnostics point at declarations that cannot be carried out; there is a plan
// even so, to be shown.
func (m *Comparison) Plan(prior *state.State, remote *tracking.Listing) (*Plan, hcl.Diagnostics) {
	if prior != m.matched.in.Prior {
		in := m.matched.in
		in.Prior = prior
		m = Prepare(in)
	}
	c := computer{matcher: m.matched} // a copy: there may be several plans
	c.start(remote)
	in := &c.in
	for i := range in.Declared {
		d, rec := &in.Declared[i], c.records[i]
		switch {
		case !c.selects(d, rec):
			c.passOver(d, rec)
		case in.RefreshOnly && rec != nil:
			c.observed(d, rec)
		case in.Destroy && rec != nil:
			c.removed(rec, d.Lifecycle)
		case !in.RefreshOnly && !in.Destroy:
			c.countRead(d.Key)
			c.declared(d, rec, c.same[i])
		}
	}
	for i := range in.Prior.Records {
		rec := &in.Prior.Records[i]
		switch {
		case c.taken[i]:
		case !c.selects(nil, rec):
			c.passOver(nil, rec)
		case in.RefreshOnly:
			c.observed(nil, rec)
		default:
			c.countRead(rec.Key)
			c.removed(rec, nil)
		}
	}
	c.plan.Selected, _ = c.selected()
	c.countUnmanaged()
	c.plan.AllVanished = c.early > 1 && !c.anyThere()
	c.refuseAdoptions()
	c.sort()
	c.findShrunk()
	c.plan.Failed = c.diags.HasErrors()
	return c.plan, c.diags
}

// start begins a plan with what a refresh has found.
func (c *computer) start(remote *tracking.Listing) {
	c.in.Remote, c.remote = remote, nil
	if remote != nil {
		c.remote = make(map[tracking.Key]int32, len(remote.Items))
		for i := range remote.Items {
			c.remote[remote.Items[i].Key] = int32(i)
		}
	}
	c.unrecorded = map[tracking.Key]bool{}
	c.plan = &Plan{Changes: make([]Change, 0, c.fresh()), Counts: Counts{
		Managed: len(c.in.Prior.Records), Declared: len(c.in.Declared),
		Destroy: c.in.Destroy, RefreshOnly: c.in.RefreshOnly,
	}, Adopting: Adopting{c.in.Adopt, c.in.Mode, c.in.Now, c.in.Service}}
}

// computer has the indexes of one computation.
type computer struct {
	matcher
	plan    *Plan
	diags   hcl.Diagnostics
	refused []Change // adoptions that the policy forbids
	early   int      // how many have vanished before the end of their lives

	remote     map[tracking.Key]int32                // into in.Remote.Items
	unrecorded map[tracking.Key]bool                 // declared keys that the service has and the state has not
	addrs      map[tracking.Addr]*tracking.Lifecycle // of what is declared; made when first needed
	scratch    []string                              // of applied
	spare      *state.Record                         // of record: one that nobody has kept
}

// add files a change, or holds it back where the mode forbids it.
func (c *computer) add(ch Change) {
	if c.held(&ch) {
		c.plan.HeldBack++
		if ch.From != "" && ch.Prior != nil { // the new address needs no permission
			moved := *ch.Prior
			moved.Addr = ch.Addr
			c.plan.Relocated = append(c.plan.Relocated, Relocation{ch.From, moved})
		}
	} else {
		c.plan.Changes = append(c.plan.Changes, ch)
	}
}

// held reports whether the mode forbids a change. ModeCreate adopts what differs in
// nothing.
func (c *computer) held(ch *Change) bool {
	sends := ch.Action.Spec().Sends
	switch {
	case c.in.Destroy || c.in.RefreshOnly || ch.Action == Create || sends == tracking.SendsNothing:
		return false
	case c.in.Mode == ModeUpsert:
		return ch.Destroys() || ch.LetsGo()
	case c.in.Mode == ModeCreate:
		return sends == tracking.SendsAlways || len(ch.Fields) > 0
	}
	return false
}

func (c *computer) countUnmanaged() {
	if c.in.Remote == nil || !c.in.Remote.Full {
		return
	}
	c.plan.Full = true
	managed := len(c.unrecorded)
	for i := range c.in.Prior.Records {
		if _, there := c.remote[c.in.Prior.Records[i].Key]; there {
			managed++
		}
	}
	c.plan.Unmanaged = len(c.remote) - managed
}

// anyThere reports whether anything that the state knows is at the service. What was
// not asked for says nothing about that.
func (c *computer) anyThere() bool {
	for i := range c.in.Prior.Records {
		rec := &c.in.Prior.Records[i]
		if _, there := c.seen(rec.Key, rec); there && (c.in.Remote == nil || c.covers(rec.Key)) {
			return true
		}
	}
	return len(c.unrecorded) > 0
}

// findShrunk finds the blocks whose files have lost rows. The changes are sorted.
func (c *computer) findShrunk() {
	if !c.in.Destroy && !c.in.RefreshOnly {
		c.plan.Rows = c.in.Rows
	}
	if len(c.in.RowBlocks) == 0 {
		return
	}
	for i := range c.plan.Changes {
		ch := &c.plan.Changes[i]
		block := ch.Addr.Block()
		if ch.Action != Delete || ch.Reason != RemovedFromConfig || !slices.Contains(c.in.RowBlocks, block) {
			continue
		}
		if n := len(c.plan.Shrunk); n == 0 || c.plan.Shrunk[n-1].Block != block {
			c.plan.Shrunk = append(c.plan.Shrunk, Shrunk{Block: block})
		}
		c.plan.Shrunk[len(c.plan.Shrunk)-1].Deletes++
	}
}

func (c *computer) sort() {
	byAddr := func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Addr, b.Addr), cmp.Compare(a.Action, b.Action), a.Key.Compare(b.Key))
	}
	slices.SortFunc(c.plan.Changes, byAddr)
	slices.SortFunc(c.plan.Refreshed, func(a, b state.Record) int { return cmp.Compare(a.Addr, b.Addr) })
	slices.SortFunc(c.plan.Kept, func(a, b Kept) int { return cmp.Or(cmp.Compare(a.Addr, b.Addr), cmp.Compare(a.Attr, b.Attr)) })
	slices.SortFunc(c.plan.Relocated, func(a, b Relocation) int { return cmp.Compare(a.From, b.From) })
	sortDiagnostics(c.diags)
}

func sortDiagnostics(diags hcl.Diagnostics) {
	slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Summary, b.Summary), cmp.Compare(a.Detail, b.Detail))
	})
}

// seen returns what the service has under a key. Where it was not asked, what the
// state knows is taken to be there, with nothing known of its attributes. rec may be the
// key's record, or nil.
func (c *computer) seen(key tracking.Key, rec *state.Record) (*tracking.Remote, bool) {
	if !c.covers(key) {
		if rec == nil || rec.Key != key {
			rec = c.in.Prior.ByKey(key)
		}
		return nil, rec != nil && rec.Status != tracking.Gone
	}
	i, ok := c.remote[key]
	if !ok {
		return nil, false
	}
	return &c.in.Remote.Items[i], true
}

// fresh counts the declarations without a record: nearly all of them change.
func (c *computer) fresh() int {
	n := 0
	for _, rec := range c.records {
		if rec == nil {
			n++
		}
	}
	return n
}

// passOver leaves a tracking unchanged that is not selected. Its record makes room
// where another one takes its address.
func (c *computer) passOver(d *tracking.Declared, rec *state.Record) {
	c.plan.NotSelected++
	switch {
	case rec == nil:
	case d == nil:
		c.depose(rec, rec.OnRemove, rec.PreventDestroy)
	case rec.Addr != d.Addr:
		moved := *rec
		moved.Addr = d.Addr
		c.plan.Relocated = append(c.plan.Relocated, Relocation{rec.Addr, moved})
	}
}

// covers reports whether the service was asked for a key.
func (c *computer) covers(key tracking.Key) bool {
	return c.in.Remote != nil && c.in.Remote.Only.Has(key)
}

// countRead counts a tracking as read or not, where not all were asked for.
func (c *computer) countRead(key tracking.Key) {
	switch {
	case c.in.Remote == nil || c.in.Remote.Only == nil:
	case c.covers(key):
		c.plan.Read++
	default:
		c.plan.Unread++
	}
}
