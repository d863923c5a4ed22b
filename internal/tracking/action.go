package tracking

import (
	"cmp"
	"slices"
)

// Action is what a change of a plan does.
type Action string

// The actions.
const (
	Create        Action = "create"
	Update        Action = "update"
	ChangeCarrier Action = "change_carrier" // and update what differs
	Replace       Action = "replace"        // delete and create; counted as a delete
	Archive       Action = "archive"        // what archive_after says, and update what differs; or instead of a delete (on_remove), then forget
	Delete        Action = "delete"
	Adopt         Action = "adopt"   // take over what the service already has, updating what differs
	Move          Action = "move"    // a new address for the same tracking
	Forget        Action = "forget"  // drop from the state
	Refresh       Action = "refresh" // note what the service has
)

// ActionSpec describes one action. Everything that is done per action ranges over
// ActionSpecs; an action is added by adding a row there.
type ActionSpec struct {
	Action Action
	Rank   int // its place in what is shown of a plan, from 1: what loses something comes first

	Sends  Sending
	Loses  bool     // the service has a tracking less, or another one in its place
	Charge Charge   // what it costs at most
	Words  []string // Terraform's, for what it does

	// Words for people.
	Legend  string // beside its symbol: "change carrier"
	Will    string // "tracking.a will be created"
	WillAll string // the same of several trackings; "" where it does not differ
	Count   string // "12 to create"
	Counts  string // the same of several changes; "" where it does not differ
	Would   string // "An apply would create it"
	Done    string // "12 created"
	Failed  string // "tracking.a could not be created"; "" where it does not differ from Done
}

// Sending is what an action sends to the service.
type Sending uint8

// What an action sends.
const (
	SendsNothing Sending = iota // it changes the state alone
	SendsFields                 // the attributes that differ, if any do
	SendsAlways                 // a request of its own, and the attributes that differ
)

// Charge is what an action costs.
type Charge uint8

// The charges.
const (
	Free       Charge = iota
	MayCharge         // the service does not report whether it takes a credit
	ChargesOne        // a credit, unless the tracking was created once before
)

// ActionSpecs is the one table of actions, in the order in which summaries count them.
var ActionSpecs = []ActionSpec{
	{
		Action: Create, Rank: 4, Sends: SendsAlways, Charge: ChargesOne, Words: []string{"create"},
		Legend: "create", Will: "will be created", Count: "to create", Would: "create it", Done: "created",
	}, {
		Action: Update, Rank: 5, Sends: SendsFields, Words: []string{"update"},
		Legend: "update in-place", Will: "will be updated in-place", Count: "to update", Would: "update it", Done: "updated",
	}, {
		Action: ChangeCarrier, Rank: 3, Sends: SendsAlways, Charge: MayCharge, Words: []string{"update"},
		Legend: "change carrier", Will: "will change its carrier", WillAll: "will change their carriers", Count: "carrier change", Counts: "carrier changes",
		Would: "change its carrier", Done: "moved to another carrier", Failed: "moved to its new carrier",
	}, {
		Action: Replace, Rank: 2, Sends: SendsAlways, Loses: true, Charge: ChargesOne, Words: []string{"delete", "create"},
		Legend: "delete and create again", Will: "must be replaced", Count: "to replace", Would: "replace it: delete it and create it again", Done: "replaced",
	}, {
		Action: Archive, Rank: 6, Sends: SendsFields, Words: []string{"update"},
		Legend: "archive", Will: "will be archived", Count: "to archive", Would: "archive it", Done: "archived",
	}, {
		Action: Delete, Rank: 1, Sends: SendsAlways, Loses: true, Words: []string{"delete"},
		Legend: "delete", Will: "will be deleted", Count: "to delete", Would: "delete it", Done: "deleted",
	}, {
		Action: Adopt, Rank: 7, Sends: SendsFields, Words: []string{"no-op"},
		Legend: "adopt what the service already has", Will: "will be adopted", Count: "to adopt", Would: "adopt it", Done: "adopted", Failed: "updated",
	}, {
		Action: Move, Rank: 8, Words: []string{"no-op"},
		Legend: "move to another address", Will: "has moved", WillAll: "have moved", Count: "to move", Would: "move it to another address", Done: "moved to another address",
	}, {
		Action: Forget, Rank: 9, Words: []string{"forget"},
		Legend: "forget, sending nothing", Will: "will be forgotten", Count: "to forget", Would: "forget it", Done: "forgotten",
	}, {
		Action: Refresh, Rank: 10, Words: []string{"update"},
		Legend: "was changed outside tmsync", Will: "was changed outside tmsync", WillAll: "were changed outside tmsync", Count: "changed outside tmsync",
		Would: "note what the service has", Done: "noted",
	},
}

// Spec returns the action's row of the table, empty for an unknown action.
func (a Action) Spec() *ActionSpec {
	for i := range ActionSpecs {
		if ActionSpecs[i].Action == a {
			return &ActionSpecs[i]
		}
	}
	return &ActionSpec{Action: a}
}

// Actions returns the actions in table order.
func Actions() []Action {
	all := make([]Action, len(ActionSpecs))
	for i := range ActionSpecs {
		all[i] = ActionSpecs[i].Action
	}
	return all
}

// ActionsByRank returns the actions in the order in which a plan shows them.
func ActionsByRank() []Action {
	return slices.SortedStableFunc(slices.Values(Actions()), func(a, b Action) int { return cmp.Compare(a.Spec().Rank, b.Spec().Rank) })
}

// For returns the words for n trackings: "will be created".
func (s *ActionSpec) For(n int) string {
	if n != 1 && s.WillAll != "" {
		return s.WillAll
	}
	return s.Will
}

// Counted returns the words that follow the number of changes: "to create".
func (s *ActionSpec) Counted(n int) string {
	if n != 1 && s.Counts != "" {
		return s.Counts
	}
	return s.Count
}

// CouldNotBe returns the words for what has failed: "created".
func (s *ActionSpec) CouldNotBe() string {
	if s.Failed != "" {
		return s.Failed
	}
	return s.Done
}
