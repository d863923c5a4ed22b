package apply

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// What a service keeps in another form than it was sent is for the plan to find out,
// from the list (plan/kept.go has the table). An apply notes what it has seen of it.

// echoed is a step's record after an answer that shows values differently; rec
// where it has not. What was there before may be an answer that lags.
func (r *run) echoed(s plan.Step, rec *state.Record, shown tracking.Attrs) *state.Record {
	if rec == nil || shown.Len() == 0 {
		return rec
	}
	next := clone(rec)
	for a, form := range shown.All() {
		if s.Proves.Has(a) {
			r.shows(s, a, form)
		}
		if seen := r.Plan.Changes[s.Change].Seen; s.Proves.Has(a) && (seen == nil || seen.Attrs.Value(a) != form) {
			r.await(next, s, a, form)
		}
	}
	return next
}

// keepsFull reports whether a service refuses to empty attributes, and nothing else. It
// is asked once, and what it shows from then on is the form in which it keeps them.
func (r *run) keepsFull(s plan.Step, o tracking.Outcome) bool {
	if !r.Service.Service().MayKeep || s.Proves.Len() == 0 || o.About == tracking.AboutNumber || o.About == tracking.AboutCarrier {
		return false
	}
	for _, v := range s.Proves.All() {
		if v != "" {
			return false
		}
	}
	return s.Op == tracking.OpPut
}

// await records what the service shows of an attribute that was sent.
func (r *run) await(rec *state.Record, s plan.Step, a tracking.Attr, form string) {
	sealed := r.st.Seal(s.Item.Key.Number, tracking.AttrsOf(map[tracking.Attr]string{a: form}), s.Item.Secret)
	rec.Awaited.Put(a, sealed.Value(a))
}

// shownAgain reports whether the service still shows what it showed before the values
// were sent: in the plan, or after an earlier attempt. It is for an update that was
// accepted without naming the tracking, and records in the item's record what is
// shown.
func (r *run) shownAgain(s plan.Step, it *state.IntentItem, now *tracking.Remote) bool {
	earlier := r.shown[s.Change]
	if r.shown == nil {
		r.shown = map[int]*tracking.Remote{}
	}
	r.shown[s.Change] = now
	var again tracking.Attrs
	for a, v := range it.Attrs.All() {
		if took(r.st, now, tracking.AttrsOf(map[tracking.Attr]string{a: v})) {
			continue
		}
		form := reported(now, a)
		if before, ok := s.Over.Get(a); (!ok || before != form) && (earlier == nil || reported(earlier, a) != form) {
			return false
		}
		again.Put(a, form)
	}
	if it.Record != nil { // nothing is kept of what is let go
		it.Record = clone(it.Record)
		for a, form := range again.All() {
			r.await(it.Record, s, a, form)
			r.shows(s, a, form)
		}
	}
	return true
}

// reported is the service's value of an attribute.
func reported(now *tracking.Remote, a tracking.Attr) string {
	if a == tracking.Status {
		return now.Status
	}
	return now.Attrs.Value(a)
}

// alike reports whether the shown value may be the service's form of the sent one. Of a
// sensitive one, of which a fingerprint is kept, it cannot tell.
func alike(a tracking.Attr, sent, shown string) bool {
	return !state.Sealed(sent) && a.Alike(sent, shown)
}

// Shown is a value that the service shows otherwise than it was sent. Whether it keeps
// it so is for the next plan to say.
type Shown struct {
	Change     int // of the plan
	Attr       tracking.Attr
	Sent, Form string
	Secret     bool // the values come from something sensitive
	Refused    bool // to clear it was refused
}

// shows notes what the service shows of an attribute that was sent.
func (r *run) shows(s plan.Step, a tracking.Attr, form string) {
	sent := s.Proves.Value(a)
	if form == sent {
		return
	}
	r.report.Shown = append(r.report.Shown, Shown{
		Change: s.Change, Attr: a, Sent: sent, Form: form, Secret: s.Item.Sensitive(a),
	})
}

// notCleared notes that the service has refused to clear a step's attributes.
func (r *run) notCleared(s plan.Step) {
	seen := r.Plan.Changes[s.Change].Seen
	for a := range s.Proves.Set().All() {
		v := Shown{Change: s.Change, Attr: a, Refused: true, Secret: s.Item.Sensitive(a)}
		if seen != nil {
			v.Form = reported(seen, a)
		}
		r.report.Shown = append(r.report.Shown, v)
	}
}

// mostShown is how many values a message names.
const mostShown = 10

// shownOtherwise returns what the service has shown otherwise than it was sent, nil if
// nothing.
func (r *Report) shownOtherwise() *hcl.Diagnostic {
	lines := ""
	slices.SortStableFunc(r.Shown, func(a, b Shown) int { return cmp.Or(a.Change-b.Change, int(a.Attr)-int(b.Attr)) })
	all := slices.CompactFunc(r.Shown, func(a, b Shown) bool { return a.Change == b.Change && a.Attr == b.Attr }) // sent again
	for i, v := range all {
		if i == mostShown {
			lines += fmt.Sprintf("  and %s more\n", text.Count(len(all)-mostShown))
			break
		}
		lines += fmt.Sprintf("  %s %s: %s\n", text.Inert(string(r.Plan.Changes[v.Change].Addr)), v.Attr, v.words())
	}
	if lines == "" {
		return nil
	}
	return &hcl.Diagnostic{
		Severity: hcl.DiagWarning, Summary: "The service shows values otherwise than they were sent",
		Detail: lines + "\nThe next plan says what it keeps so; that is not sent again until the declaration changes.",
	}
}

// words returns what was sent, and what is shown.
func (v *Shown) words() string {
	quoted := func(s string) string { return text.Quote(text.Shorten(s, 60)) }
	switch {
	case v.Refused && (v.Secret || v.Form == ""):
		return "the service refuses to clear it"
	case v.Refused:
		return fmt.Sprintf("the service refuses to clear it, so that %s stays", quoted(v.Form))
	case v.Secret:
		return "another value is shown than was sent"
	case v.Sent == "":
		return quoted(v.Form) + " is still shown, and was to be cleared"
	}
	return fmt.Sprintf("%s was sent, %s is shown", quoted(v.Sent), quoted(v.Form))
}
