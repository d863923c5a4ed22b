package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// trackingMore and trackru are services with and without bulk updates, a carrier
// call and an account.
var (
	trackingMore = &tracking.Service{
		Name: "TrackingMore", Page: 2000,
		List: tracking.Call{Name: "list", Max: 40}, Account: tracking.Call{Name: "getuserinfo", Max: 1},
		Calls: map[tracking.Op]tracking.Call{
			tracking.OpCreate: {Name: "batch", Max: 40}, tracking.OpUpdate: {Name: "updatemore", Max: 40},
			tracking.OpPut: {Name: "put", Max: 1}, tracking.OpStopUpdates: {Name: "notupdate", Max: 40},
			tracking.OpChangeCarrier: {Name: "update", Max: 1}, tracking.OpDelete: {Name: "delete", Max: 40},
		},
	}
	trackru = &tracking.Service{
		Name: "Trackru", Page: 2000, List: tracking.Call{Name: "list", Max: 40},
		Calls: map[tracking.Op]tracking.Call{
			tracking.OpCreate: {Name: "batch", Max: 40}, tracking.OpPut: {Name: "put", Max: 1},
			tracking.OpDelete: {Name: "delete-one", Max: 1},
		},
	}
)

func key(s string) tracking.Key {
	carrier, number, _ := strings.Cut(s, "/")
	return tracking.Key{Carrier: carrier, Number: number}
}

// attrs reads "title=Red,archived=true".
func attrs(s string) tracking.Attrs {
	var as tracking.Attrs
	for _, pair := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' }) {
		name, value, _ := strings.Cut(pair, "=")
		a, ok := tracking.ParseAttr(name)
		if !ok {
			panic("no attribute " + name)
		}
		as.Put(a, value)
	}
	return as
}

// world builds the three versions from short texts.
type world struct {
	declared []tracking.Declared
	prior    *state.State
	remote   *tracking.Listing
}

func newWorld() *world {
	return &world{prior: state.New("test", nil), remote: &tracking.Listing{Full: true}}
}

func (w *world) declare(addr, k, as string, lifecycle ...func(*tracking.Lifecycle)) *world {
	l := tracking.DefaultLifecycle
	for _, f := range lifecycle {
		f(&l)
	}
	w.declared = append(w.declared, tracking.Declared{
		Addr: tracking.Addr(addr), Key: key(k), Attrs: attrs(as), Lifecycle: &l,
	})
	return w
}

// applied adds a record; records have to be added in the order of their addresses.
func (w *world) applied(addr, k, as string, change ...func(*state.Record)) *world {
	rec := state.Record{
		Addr: tracking.Addr(addr), Key: key(k), Status: "transit",
		Applied: w.prior.Seal(key(k).Number, attrs(as), 0),
	}
	for _, f := range change {
		f(&rec)
	}
	w.prior.Records = append(w.prior.Records, rec)
	return w
}

// there adds what the list reports; attributes that are not named are empty.
func (w *world) there(k, as string, status ...string) *world {
	r := tracking.Remote{Key: key(k), Attrs: attrs(as), Status: "transit"}
	for a := range tracking.SelectAttrs(func(s *tracking.Spec) bool { return s.Listed }).All() {
		if !r.Attrs.Has(a) {
			r.Attrs.Put(a, map[tracking.Attr]string{tracking.Archived: "false", tracking.TrackUpdates: "true"}[a])
		}
	}
	if len(status) > 0 {
		r.Status = status[0]
	}
	w.remote.Items = append(w.remote.Items, r)
	return w
}

// clock is when plans are made.
var clock = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// ago says when the last event was of the tracking that there has added.
func (w *world) ago(d time.Duration) *world {
	w.remote.Items[len(w.remote.Items)-1].LastEvent = clock.Add(-d).Unix()
	return w
}

func (w *world) input() plan.Input {
	return plan.Input{
		Declared: w.declared, Prior: w.prior, Remote: w.remote, Service: trackingMore, Mode: plan.ModeSync, Now: clock,
	}
}

// lines writes a plan as short texts, one a change.
func lines(p *plan.Plan) []string {
	var out []string
	for _, c := range p.Changes {
		s := fmt.Sprintf("%s %s %s %s", c.Action, c.Addr, c.Key, c.Reason)
		if !c.OldKey.IsZero() && c.OldKey != c.Key {
			s += " was " + c.OldKey.String()
		}
		if c.From != "" {
			s += " from " + string(c.From)
		}
		for _, f := range c.Fields {
			from := f.From
			if !f.Known {
				from = "?"
			}
			s += fmt.Sprintf(" %s:%s>%s", f.Attr, from, f.To)
			if f.Drift {
				s += "(drift)"
			}
			if f.Force {
				s += "(force)"
			}
		}
		out = append(out, s)
	}
	return out
}

func checkLines(t *testing.T, p *plan.Plan, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, lines(p)); diff != "" {
		t.Errorf("plan mismatch (-want +got):\n%s", diff)
	}
}
