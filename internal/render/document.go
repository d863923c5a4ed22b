package render

import (
	"fmt"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// FormatVersion is the version of the JSON documents. The number before the point
// changes when something is taken away or means something else; readers should
// ignore what they do not know. Where the meaning is the same, the names are
// Terraform's.
const FormatVersion = "1.0"

// PlanDocument is a plan in JSON. What is unchanged is counted, not listed.
type PlanDocument struct {
	FormatVersion   string           `json:"format_version"`
	Version         string           `json:"tmsync_version"`
	Timestamp       time.Time        `json:"timestamp"` // when the plan was made
	Applyable       bool             `json:"applyable"` // there is something to do
	Complete        bool             `json:"complete"`  // nothing was left out by --target or --exclude
	ResourceChanges []ResourceChange `json:"resource_changes"`
	// ResourceDrift is in place of changes in a refresh-only plan: what the service
	// has done.
	ResourceDrift []ResourceChange `json:"resource_drift,omitempty"`
	// OutputChanges are the outputs whose values change, by name.
	OutputChanges map[string]OutputChange `json:"output_changes,omitempty"`
	// Selected is what the patterns among the options stood for.
	Selected []plan.Selected `json:"selected,omitempty"`
	// Kept is what the service keeps in another form than it was sent.
	Kept   []KeptValue  `json:"kept,omitempty"`
	Counts plan.Counts  `json:"counts"`
	Cost   CostDocument `json:"cost"`
}

// CostDocument is what a plan costs.
type CostDocument struct {
	plan.Estimate
	Seconds float64 `json:"seconds"`           // at the provider's rate
	Credits *int    `json:"credits,omitempty"` // what the account has, where it was asked
	// Data is what data blocks have cost already, besides the plan.
	Data *plan.DataCost `json:"data,omitempty"`
}

// ResourceChange is one tracking of a plan. before and after have the carrier, the
// number, and the attributes that differ; those that are sensitive are null, and
// named in before_sensitive and after_sensitive.
type ResourceChange struct {
	Address         tracking.Addr `json:"address"`
	PreviousAddress tracking.Addr `json:"previous_address,omitempty"`
	Mode            string        `json:"mode"` // managed
	Type            string        `json:"type"` // tracking or trackings
	Name            string        `json:"name"`
	Index           string        `json:"index,omitempty"`
	Key             string        `json:"key"`
	Action          plan.Action   `json:"action"`
	Change          ChangeValues  `json:"change"`
	ActionReason    plan.Reason   `json:"action_reason"`
	Source          *Source       `json:"source,omitempty"`
}

// ChangeValues are the values of a change, before and after.
type ChangeValues struct {
	Actions         []string        `json:"actions"`
	Before          map[string]any  `json:"before"`
	After           map[string]any  `json:"after"`
	BeforeUnknown   map[string]bool `json:"before_unknown,omitempty"` // what the service does not tell
	BeforeSensitive map[string]bool `json:"before_sensitive"`
	AfterSensitive  map[string]bool `json:"after_sensitive"`
	ReplacePaths    [][]string      `json:"replace_paths,omitempty"`
	Importing       *Importing      `json:"importing,omitempty"`
}

// Importing is the tracking of the service that is adopted.
type Importing struct {
	ID string `json:"id"`
}

// Source is where something is declared.
type Source struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

// String returns the place as people write it: main.hcl:3.
func (s Source) String() string { return fmt.Sprintf("%s:%d", s.File, s.Line) }

// NewPlanDocument returns the document of a plan.
func NewPlanDocument(p *plan.Plan, cost plan.Cost, version string, at time.Time) *PlanDocument {
	doc := &PlanDocument{
		FormatVersion: FormatVersion, Version: version, Timestamp: at.UTC(), Applyable: !p.Empty(), Complete: p.NotSelected == 0,
		ResourceChanges: []ResourceChange{}, OutputChanges: newOutputChanges(p), Selected: p.Selected, Counts: p.Counts, Cost: NewCostDocument(cost),
	}
	for i := range p.Kept {
		doc.Kept = append(doc.Kept, newKeptValue(&p.Kept[i]))
	}
	for i := range p.Changes {
		c := NewResourceChange(&p.Changes[i])
		if p.RefreshOnly {
			doc.ResourceDrift = append(doc.ResourceDrift, c)
		} else {
			doc.ResourceChanges = append(doc.ResourceChanges, c)
		}
	}
	return doc
}

// NewCostDocument returns the document of a cost.
func NewCostDocument(cost plan.Cost) CostDocument {
	doc := CostDocument{Estimate: cost.Estimate, Seconds: cost.Estimate.Seconds(cost.Rate), Data: cost.Data}
	if cost.Facts.Known {
		doc.Credits = &cost.Facts.Credits
	}
	if doc.Requests == nil {
		doc.Requests = []plan.EndpointCount{}
	}
	return doc
}

// NewResourceChange returns the document of one change.
func NewResourceChange(c *plan.Change) ResourceChange {
	r := ResourceChange{
		Address: c.Addr, PreviousAddress: c.From, Mode: "managed", Key: c.Key.String(), Action: c.Action, ActionReason: c.Reason,
		Change: ChangeValues{Actions: c.Action.Spec().Words, BeforeSensitive: map[string]bool{}, AfterSensitive: map[string]bool{}},
	}
	r.Type, r.Name, r.Index = c.Addr.Split()
	v := &r.Change
	switch {
	case c.Action == plan.Replace && !c.SameKey():
		v.Actions = []string{"create", "delete"}
	case c.Action == plan.Adopt:
		v.Importing = &Importing{c.Key.String()}
		if len(c.Fields) > 0 {
			v.Actions = []string{"update"}
		}
	}
	if c.Action != plan.Create {
		old := c.Key
		if !c.OldKey.IsZero() {
			old = c.OldKey
		}
		v.Before = identity(old)
	}
	if c.Action != plan.Delete && (c.Action != plan.Forget || c.Record != nil) {
		v.After = identity(c.Key)
	}
	for i := range c.Fields {
		v.add(&c.Fields[i])
	}
	if at := declaredAt(c); at.File != "" {
		r.Source = &at
	}
	return r
}

func identity(k tracking.Key) map[string]any {
	return map[string]any{"carrier_code": k.Carrier, "tracking_number": k.Number}
}

func (v *ChangeValues) add(f *plan.Field) {
	name := f.Attr.String()
	if v.Before != nil {
		v.Before[name] = nil
		switch {
		case f.Sensitive():
			v.BeforeSensitive[name] = true
		case f.Known:
			v.Before[name] = typed(f.Attr, f.From)
		default:
			if v.BeforeUnknown == nil {
				v.BeforeUnknown = map[string]bool{}
			}
			v.BeforeUnknown[name] = true
		}
	}
	if v.After != nil {
		v.After[name] = nil
		if f.Sensitive() {
			v.AfterSensitive[name] = true
		} else {
			v.After[name] = typed(f.Attr, f.To)
		}
	}
	if f.Force {
		v.ReplacePaths = append(v.ReplacePaths, []string{name})
	}
}

// typed returns a value the type that it has in the configuration.
func typed(a tracking.Attr, v string) any {
	if a.Spec().Kind == tracking.KindBool && (v == "true" || v == "false") {
		return v == "true"
	}
	return v
}

// StateDocument is a state in JSON.
type StateDocument struct {
	FormatVersion string      `json:"format_version"`
	Version       string      `json:"tmsync_version"`  // what wrote the state
	State         string      `json:"state,omitempty"` // its name where it is shared with other machines
	Lineage       string      `json:"lineage"`
	Serial        uint64      `json:"serial"`
	Values        StateValues `json:"values"`
}

// StateValues are the managed trackings, and the outputs as they were last applied.
type StateValues struct {
	Outputs    map[string]OutputDocument `json:"outputs,omitempty"`
	RootModule Module                    `json:"root_module"`
}

// Module is a list of trackings.
type Module struct {
	Resources []Resource `json:"resources"`
}

// Resource is one tracking of a state. Its values are what was last applied; those
// that are sensitive are null.
type Resource struct {
	Address         tracking.Addr   `json:"address"`
	Mode            string          `json:"mode"`
	Type            string          `json:"type"`
	Name            string          `json:"name"`
	Index           string          `json:"index,omitempty"`
	Key             string          `json:"key"`
	Values          map[string]any  `json:"values"`
	SensitiveValues map[string]bool `json:"sensitive_values"`
	// KeptValues are the forms in which the service keeps values, where they are
	// other ones; null where they are sensitive.
	KeptValues     map[string]any `json:"kept_values,omitempty"`
	LiveStatus     string         `json:"live_status,omitempty"` // as last seen
	PreventDestroy bool           `json:"prevent_destroy,omitempty"`
	OnRemove       string         `json:"on_remove,omitempty"`
	Origin         string         `json:"origin,omitempty"` // imported or adopted; else it was created
}

// NewStateDocument returns the document of a state.
func NewStateDocument(st *state.State) *StateDocument {
	doc := &StateDocument{FormatVersion: FormatVersion, Version: st.Tool, Lineage: st.Lineage, Serial: st.Serial}
	for i := range st.Outputs {
		o := &st.Outputs[i]
		if doc.Values.Outputs == nil {
			doc.Values.Outputs = map[string]OutputDocument{}
		}
		doc.Values.Outputs[o.Name] = OutputDocument{Sensitive: o.Sensitive, Type: rawOrNil(o.Type), Value: rawOrNil(o.Value)}
	}
	doc.Values.RootModule.Resources = make([]Resource, len(st.Records))
	for i := range st.Records {
		rec := &st.Records[i]
		r := Resource{
			Address: rec.Addr, Mode: "managed", Key: rec.Key.String(), Values: identity(rec.Key), SensitiveValues: map[string]bool{},
			LiveStatus: rec.Status, PreventDestroy: rec.PreventDestroy,
			OnRemove: string(rec.OnRemove), Origin: string(rec.Origin),
		}
		r.Type, r.Name, r.Index = rec.Addr.Split()
		for a, v := range rec.Applied.All() {
			if a.Spec().Sensitive || state.Sealed(v) {
				r.Values[a.String()], r.SensitiveValues[a.String()] = nil, true
			} else {
				r.Values[a.String()] = typed(a, v)
			}
			if form, ok := keptForm(rec, a); ok {
				if r.KeptValues == nil {
					r.KeptValues = map[string]any{}
				}
				if r.KeptValues[a.String()] = nil; !r.SensitiveValues[a.String()] {
					r.KeptValues[a.String()] = typed(a, form)
				}
			}
		}
		doc.Values.RootModule.Resources[i] = r
	}
	return doc
}
