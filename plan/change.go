package plan

import (
	"slices"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// Action is what a change does. What is known of each is in tracking.ActionSpecs.
type Action = tracking.Action

// The actions.
const (
	Create        = tracking.Create
	Adopt         = tracking.Adopt
	Update        = tracking.Update
	ChangeCarrier = tracking.ChangeCarrier
	Replace       = tracking.Replace
	Archive       = tracking.Archive
	Delete        = tracking.Delete
	Forget        = tracking.Forget
	Refresh       = tracking.Refresh
	Move          = tracking.Move
)

// Actions lists all actions in the order in which summaries count them.
var Actions = tracking.Actions()

// Reason explains a change. It is for people; nothing is decided by it.
type Reason string

// The reasons.
const (
	NotTracked        Reason = "not_tracked"
	AlreadyAtRemote   Reason = "already_at_remote"
	GoneRemotely      Reason = "gone_remotely"
	ConfigChanged     Reason = "config_changed"
	RemoteDrifted     Reason = "remote_drifted"
	CarrierChanged    Reason = "carrier_changed"
	NumberChanged     Reason = "number_changed"
	CreateOnlyChanged Reason = "create_only_changed"
	RemovedFromConfig Reason = "removed_from_config"
	AddressChanged    Reason = "address_changed"
	Destroyed         Reason = "destroy"
	Requested         Reason = "requested" // by --replace
	Imported          Reason = "import"    // by an import block
	RemovedByBlock    Reason = "removed_block"
	WasAdopted        Reason = "adopted"       // not ours to delete, unless on_remove is set
	ArchiveDue        Reason = "archive_after" // delivered long enough ago
)

// Change is what a person approves: one tracking, one action.
type Change struct {
	Addr   tracking.Addr
	From   tracking.Addr // the address it had, when that changes
	Action Action
	Reason Reason
	Note   string       // for people, in place of the reason's words; "" for those
	Key    tracking.Key // afterwards; for what goes away, the key that goes
	OldKey tracking.Key // before, where the key changes
	// OldAddr is where the tracking that a replacement deletes last is kept
	// until then (Plan.Relocated).
	OldAddr tracking.Addr
	// Taken means that a replacement's new key exists already and is adopted.
	Taken  bool
	Fields []Field // what differs, in table order; all of it for a create

	// Declared is the declaration behind the change, nil for what was removed.
	Declared *tracking.Declared
	// Prior is the record as it was, nil where the tracking had none.
	Prior *state.Record
	// Record is what the state can say of the tracking before anything is sent:
	// the prior record with its new address, lifecycle and last seen status.
	// Each request that succeeds adds what it proves. nil: nothing is kept, or an
	// apply has created it.
	Record *state.Record
	// Seen is the tracking as the plan saw it, nil if absent. What is deleted must
	// still look so.
	Seen *tracking.Remote
}

// Field is one attribute of a change.
type Field struct {
	Attr  tracking.Attr
	Known bool // whether From is known; what the list does not carry may not be
	Drift bool // somebody else changed it; else the configuration did
	Again bool // From was shown after a value had been sent; see kept.go
	Force bool // it is why the tracking has to be replaced
	// Secret means that the values come from something sensitive, whatever the
	// attribute is.
	Secret   bool
	From, To string
}

// Overwrites reports whether the change replaces a value that the service shows.
func (f *Field) Overwrites() bool { return f.Known && f.From != "" && f.From != f.To }

// Sensitive reports whether the values must not be shown, logged or stored in
// clear.
func (f *Field) Sensitive() bool { return f.Secret || f.Attr.Spec().Sensitive }

// Plan is the whole difference.
type Plan struct {
	// Changes is sorted by address.
	Changes []Change
	// Outputs are what changes of the configuration's outputs, by name.
	Outputs []OutputChange
	// Refreshed are records that change without a request and without being
	// worth a line: lifecycle arguments, last seen status, observed values.
	Refreshed []state.Record
	// Kept are the values that the service keeps in another form, by address; nothing
	// is done about it.
	Kept []Kept
	// Relocated are records that move out of the way of others before anything else. So
	// each tracking has a record at all times.
	Relocated []Relocation
	// Selected are the patterns among the options that may stand for several.
	Selected []Selected
	// Failed means that some declarations could not be planned: there are changes left
	// out, and what the counts say is not true of the whole.
	Failed   bool
	Adopting Adopting
	// AllVanished means that everything on record is missing at the service. That is
	// two or more trackings that had not come to the end of their lives.
	AllVanished bool
	// Shrunk are the trackings blocks with deletes for rows that have gone, by address.
	Shrunk []Shrunk
	Counts
}

// Shrunk is a trackings block whose rows have become fewer.
type Shrunk struct {
	Block   tracking.Addr
	Deletes int
}

// Counts are the trackings that a plan does not list.
type Counts struct {
	Managed     int `json:"managed"`  // in the prior state
	Declared    int `json:"declared"` // in the configuration
	Unchanged   int `json:"unchanged"`
	Gone        int `json:"gone"`           // declared, vanished, and left alone (on_missing)
	NotSelected int `json:"passed"`         // not selected
	HeldBack    int `json:"held"`           // kept back by the mode (upsert, create)
	Kept        int `json:"kept,omitempty"` // trackings with values that the service keeps in another form
	LeftAsIs    int `json:"left"`           // adopted with create-only attributes left as they are
	// Overwritten counts the changes that adopt and overwrite a visible value.
	Overwritten int  `json:"overwritten,omitempty"`
	Vanished    int  `json:"vanished"`  // in the state, expected at the service, and not there
	Unmanaged   int  `json:"unmanaged"` // at the service and not ours
	Full        bool `json:"full"`      // whether Unmanaged was counted
	// Read and Unread count what was asked for and what was not. Both are 0 where
	// everything was; what is unread is no part of Unchanged.
	Read   int `json:"read,omitempty"`
	Unread int `json:"unread,omitempty"`

	// Rows are those of the files that trackings blocks read; none are counted where
	// the declarations do not matter.
	Rows tracking.RowCounts `json:"rows,omitzero"`

	Destroy     bool `json:"destroy"`
	RefreshOnly bool `json:"refresh_only"`
}

// Relocation is a record that gives its address up.
type Relocation struct {
	From   tracking.Addr
	Record state.Record // with its new address
}

// Empty reports whether there is nothing to do: no tracking changes, and no output.
func (p *Plan) Empty() bool { return !p.HasChanges() && len(p.Outputs) == 0 }

// HasChanges reports whether there is something to do with a tracking.
func (p *Plan) HasChanges() bool { return len(p.Changes) > 0 }

// Count counts the changes with an action.
func (p *Plan) Count(a Action) int {
	n := 0
	for i := range p.Changes {
		if p.Changes[i].Action == a {
			n++
		}
	}
	return n
}

// Deletes counts what would be lost at the service: deletes and replacements.
func (p *Plan) Deletes() int {
	n := 0
	for i := range p.Changes {
		if p.Changes[i].Destroys() {
			n++
		}
	}
	return n
}

// Creates reports whether anything would be created.
func (p *Plan) Creates() bool {
	return slices.ContainsFunc(p.Changes, func(c Change) bool { return c.Action.Spec().Charge == tracking.ChargesOne })
}

// LetsGo reports whether the tracking is archived and forgotten instead of deleted.
func (c *Change) LetsGo() bool { return c.Action == Archive && c.Declared == nil }

// Destroys reports whether the change removes something from the service.
func (c *Change) Destroys() bool { return c.Action.Spec().Loses }

// SameKey reports whether a replacement deletes and creates one and the same key.
func (c *Change) SameKey() bool { return c.OldKey.IsZero() || c.OldKey == c.Key }
