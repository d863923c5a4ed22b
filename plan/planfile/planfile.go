// Package planfile keeps a plan in a file: what was approved can be looked at,
// carried out later, and compared with what a plan would be by then.
package planfile

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// The format, version 1: lines of one JSON object each.
//
//	header   what the plan was made from, with which options, and its counts
//	change   one line for each, sorted as in the plan
//	seal     a MAC over all lines before it
//
// The key of the MACs is derived from the API key, which whoever makes a plan and
// whoever applies it have anyway (Key). Sensitive values are not in the file:
// in their place stands a MAC, by which a new plan's can be compared. Version 1 is
// released: it is never changed, only followed by another. Version 2 is that, with
// the answers to data blocks in the header. Version 3 is either of them, and names
// its state, what the patterns of its options selected, and the limits of an apply.
// Version 4 is any of them, with the outputs that change in the header.
const (
	format        = "tmsync-plan"
	firstVersion  = 1
	dataVersion   = 2
	stateVersion  = 3
	outputVersion = 4
)

// Begins reports whether text is how a saved plan begins.
func Begins(text []byte) bool { return bytes.HasPrefix(text, []byte(`{"format":"`+format+`"`)) }

// Header is what a saved plan was made from.
type Header struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	ID      string    `json:"id"` // of this plan, random
	Tool    string    `json:"tool"`
	Created time.Time `json:"created"`
	// The state that it was made from.
	Lineage string `json:"lineage"`
	Serial  uint64 `json:"serial"`
	// Config is a MAC over the hash of the configuration. Provider and Endpoint are
	// where the plan is to be applied.
	Config   string      `json:"config"`
	Provider string      `json:"provider"`
	Endpoint string      `json:"endpoint"`
	Options  Options     `json:"options"`
	Counts   plan.Counts `json:"counts"`
	// Selected is what the patterns of the options stood for.
	Selected []plan.Selected `json:"selected,omitempty"`
	// What it costs, as a plan.Cost: its members may change no place in the file.
	Estimate plan.Estimate `json:"estimate"`
	Facts    plan.Facts    `json:"account"`
	Rate     float64       `json:"rate"` // requests a second, 0 without a limit
	Free     bool          `json:"free"` // the service has no credits to tell of
	Changes  int           `json:"changes"`
	// What data blocks were told, and what that has cost; with answers, the file is of
	// version 2.
	Data    *plan.DataCost `json:"data,omitempty"`
	Answers []Answer       `json:"answers,omitempty"`
	// Outputs are those that change. They follow from the configuration, the answers and
	// the state, none of which may be another one, and stand here to be looked at.
	Outputs []Output `json:"outputs,omitempty"`
}

// Cost returns what the plan costs.
func (h *Header) Cost() plan.Cost {
	return plan.Cost{Estimate: h.Estimate, Facts: h.Facts, Rate: h.Rate, Free: h.Free, Data: h.Data}
}

// SetCost sets what the plan costs.
func (h *Header) SetCost(c plan.Cost) {
	h.Estimate, h.Facts, h.Rate, h.Free, h.Data = c.Estimate, c.Facts, c.Rate, c.Free, c.Data
}

// Options are the options that a plan was made with: applying it makes it again.
type Options struct {
	Destroy      bool     `json:"destroy,omitempty"`
	RefreshOnly  bool     `json:"refresh_only,omitempty"`
	Refresh      string   `json:"refresh,omitempty"`
	Mode         string   `json:"mode,omitempty"`
	Targets      []string `json:"targets,omitempty"`
	Excludes     []string `json:"excludes,omitempty"`
	Replace      []string `json:"replace,omitempty"`
	AllowDeletes *int     `json:"allow_deletes,omitempty"`
	AllowMissing *int     `json:"allow_missing,omitempty"`
	AllowCredits int      `json:"allow_credits,omitempty"`
	// State is the file of the state, relative to the configuration's directory;
	// a plan of an earlier version does not name it.
	State string `json:"state,omitempty"`
	// Shared is the name of the state where other machines reach it, too.
	Shared string `json:"shared_state,omitempty"`
	// MaxRequests and MaxDuration limit an apply; one that is given then goes before.
	MaxRequests *int   `json:"max_requests,omitempty"`
	MaxDuration string `json:"max_duration,omitempty"`
	// Vars are --var and --var-file of variables that are not sensitive.
	Vars []Var `json:"vars,omitempty"`
}

// Var is one --var or one --var-file: one of the two is set.
type Var struct {
	Assign string `json:"var,omitempty"`
	File   string `json:"var_file,omitempty"`
}

// Answer is the answer to a question of a data block. Applying the plan does not
// pay for it again. It does not hold the question: that may be a customer's.
type Answer struct {
	Question string          `json:"question"` // a MAC of it
	Answer   json.RawMessage `json:"answer"`   // null where the service knows nothing
}

// Output is how an output changes: from nothing, or to nothing, where one is absent.
type Output struct {
	Name   string       `json:"name"`
	Before *OutputValue `json:"before,omitempty"`
	After  *OutputValue `json:"after,omitempty"`
}

// OutputValue is the value of an output, without what is sensitive or long.
type OutputValue struct {
	Sensitive bool            `json:"sensitive,omitempty"`
	Type      json.RawMessage `json:"type,omitempty"`
	Value     json.RawMessage `json:"value,omitempty"`
}

// change is a change in the file.
type change struct {
	Addr    tracking.Addr `json:"address"`
	From    tracking.Addr `json:"from,omitempty"`
	Action  plan.Action   `json:"action"`
	Reason  plan.Reason   `json:"reason"`
	Key     string        `json:"key"`
	OldKey  string        `json:"old_key,omitempty"`
	OldAddr tracking.Addr `json:"old_address,omitempty"`
	Taken   bool          `json:"taken,omitempty"`
	Fields  []field       `json:"fields,omitempty"`
	// Seen is a MAC over the service's values that would be lost or moved.
	Seen string `json:"seen,omitempty"`
	File string `json:"file,omitempty"` // where it is declared
	Line int    `json:"line,omitempty"`
}

// field is an attribute of a change. Of a sensitive one, FromMAC and ToMAC
// stand for the values.
type field struct {
	Name    string `json:"name"`
	From    string `json:"from,omitempty"`
	FromMAC string `json:"from_mac,omitempty"`
	To      string `json:"to,omitempty"`
	ToMAC   string `json:"to_mac,omitempty"`
	Known   bool   `json:"known,omitempty"`
	Drift   bool   `json:"drift,omitempty"`
	Force   bool   `json:"force,omitempty"`
	Secret  bool   `json:"secret,omitempty"`
}

type seal struct {
	MAC string `json:"mac"`
}
