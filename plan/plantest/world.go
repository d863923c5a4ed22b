// Package plantest builds the three versions that a plan is made from out of short
// texts, for tests.
package plantest

import (
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// TrackingMore and Trackru differ in bulk updates, a carrier call and an account. One
// tracking goes the way of many here, so that texts tell of one call alone.
var (
	TrackingMore = inOneWay(tracking.TrackingMore)
	Trackru      = inOneWay(tracking.Trackru)
)

func inOneWay(s *tracking.Service) *tracking.Service {
	s = s.Limited(s.List.Max)
	for op, c := range s.Calls {
		c.One = ""
		s.Calls[op] = c
	}
	return s
}

// Key reads "carrier/number".
func Key(s string) tracking.Key {
	carrier, number, _ := strings.Cut(s, "/")
	return tracking.Key{Carrier: carrier, Number: number}
}

// Attrs reads "title=Red,archived=true".
func Attrs(s string) tracking.Attrs {
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

// World builds the three versions from short texts.
type World struct {
	Declared []tracking.Declared
	Prior    *state.State
	Remote   *tracking.Listing
}

// New returns a world in which nothing is.
func New() *World {
	return &World{Prior: state.New("test", nil), Remote: &tracking.Listing{Full: true}}
}

// Declare adds a declaration.
func (w *World) Declare(addr, k, as string, lifecycle ...func(*tracking.Lifecycle)) *World {
	l := tracking.DefaultLifecycle
	for _, f := range lifecycle {
		f(&l)
	}
	w.Declared = append(w.Declared, tracking.Declared{
		Addr: tracking.Addr(addr), Key: Key(k), Attrs: Attrs(as), Lifecycle: &l,
	})
	return w
}

// Applied adds a record; records have to be added in the order of their addresses.
func (w *World) Applied(addr, k, as string, change ...func(*state.Record)) *World {
	rec := state.Record{
		Addr: tracking.Addr(addr), Key: Key(k), Status: "transit",
		Applied: w.Prior.Seal(Key(k).Number, Attrs(as), 0),
	}
	for _, f := range change {
		f(&rec)
	}
	w.Prior.Records = append(w.Prior.Records, rec)
	return w
}

// There adds what the list reports; attributes that are not named are empty.
func (w *World) There(k, as string, status ...string) *World {
	r := tracking.Remote{Key: Key(k), Attrs: Attrs(as), Status: "transit"}
	for a := range tracking.TrackingMore.Listed.All() {
		if !r.Attrs.Has(a) {
			r.Attrs.Put(a, map[tracking.Attr]string{tracking.Archived: "false", tracking.TrackUpdates: "true"}[a])
		}
	}
	if len(status) > 0 {
		r.Status = status[0]
	}
	w.Remote.Items = append(w.Remote.Items, r)
	return w
}

// Clock is when plans are made.
var Clock = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// Ago sets when the last event was of the tracking that There has added.
func (w *World) Ago(d time.Duration) *World {
	w.Remote.Items[len(w.Remote.Items)-1].LastEvent = Clock.Add(-d).Unix()
	return w
}

// Input returns what a plan is made from.
func (w *World) Input() plan.Input {
	return plan.Input{
		Declared: w.Declared, Prior: w.Prior, Remote: w.Remote, Service: TrackingMore, Mode: plan.ModeSync, Now: Clock,
	}
}

// Draw returns small worlds with every combination of declarations, records and
// remote trackings.
func Draw(t *rapid.T) *World {
	w := New()
	keys := rapid.SampledFrom([]string{"a/10001", "b/10001", "c/10001", "a/10002", "b/10002", "a/10003", "b/10003"})
	values := rapid.SampledFrom([]string{
		"", "title=Red", "title=Blue", "title=Red,customer_phone=+1", "customer_phone=+2", "comment=x", "comment=y,lang=en",
		"track_updates=false", "track_updates=true", "archived=true", "archived=false", "status=delivered", "status=original", "logistics_channel=4PX",
	})
	listed := rapid.SampledFrom([]string{"", "title=Red", "title=Blue", "comment=x", "archived=true", "track_updates=false"})
	status := rapid.SampledFrom([]string{"pending", "transit", "delivered", "expired"})
	perm := func(label string) []string {
		return rapid.Permutation([]string{"tracking.a", "tracking.b", "tracking.c", "tracking.d"}).Draw(t, label)
	}
	unique := func(label string) []string {
		return rapid.SliceOfNDistinct(keys, 0, 4, rapid.ID).Draw(t, label)
	}
	addrs := perm("declared addresses")
	for i, k := range unique("declared") {
		w.Declare(addrs[i], k, values.Draw(t, "declared values"), func(l *tracking.Lifecycle) {
			l.OnRemove = rapid.SampledFrom([]tracking.OnRemove{"", "delete", "archive", "forget"}).Draw(t, "on_remove")
			l.OnMissing = rapid.SampledFrom([]tracking.OnMissing{"", "recreate", "forget"}).Draw(t, "on_missing")
			l.CreateOnly = rapid.SampledFrom([]tracking.CreateOnly{"replace", "ignore"}).Draw(t, "create_only")
			l.ArchiveAfter = rapid.SampledFrom([]time.Duration{0, 24 * time.Hour}).Draw(t, "archive_after")
			l.IgnoreChanges = rapid.SampledFrom([]tracking.AttrSet{0, 0, 0, tracking.AttrSetOf(tracking.Archived)}).Draw(t, "ignore_changes")
		})
	}
	addrs = perm("prior addresses")
	prior := unique("prior")
	slices.Sort(addrs[:len(prior)])
	for i, k := range prior {
		w.Applied(addrs[i], k, values.Draw(t, "applied values"), func(r *state.Record) {
			r.Status = rapid.SampledFrom([]string{"", "transit", "delivered", "expired", tracking.Gone}).Draw(t, "last status")
			r.OnRemove = rapid.SampledFrom([]tracking.OnRemove{"", "delete", "archive", "forget"}).Draw(t, "remembered")
		})
	}
	for _, k := range unique("remote") {
		w.There(k, listed.Draw(t, "remote values"), status.Draw(t, "status"))
		if n := rapid.IntRange(-1, 48).Draw(t, "hours since the last event"); n > 0 {
			w.Ago(time.Duration(n) * time.Hour)
		}
	}
	return w
}

// Mixed returns a world with one of each: a create, an update, a carrier change, a
// renamed block, a removed one, and a removed one whose address was given away.
func Mixed() *World {
	return New().
		Declare("tracking.a", "sto/10001", "").
		Declare("tracking.b", "sto/10002", "title=New").Applied("tracking.b", "sto/10002", "title=Old").There("sto/10002", "title=Old").
		Declare("tracking.c", "zto/10003", "").Applied("tracking.c", "sto/10003", "").There("sto/10003", "").
		Declare("tracking.d", "sto/10004", "title=New").Applied("tracking.d_old", "sto/10004", "title=Old").There("sto/10004", "title=Old").
		Applied("tracking.e", "sto/10005", "").There("sto/10005", "").
		Applied("tracking.f", "sto/10006", "").There("sto/10006", "").
		Declare("tracking.f", "sto/10007", "").Applied("tracking.g", "sto/10007", "").There("sto/10007", "")
}
