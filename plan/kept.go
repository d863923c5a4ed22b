package plan

import (
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// A service may keep a value in another form than it was sent: shortened, escaped,
// in lower case, without its tags. To call that drift would send it again at every
// apply. So the state knows two things of an attribute besides what was applied:
//
//	kept     the form in which the service keeps it
//	awaited  what the service showed when the value was sent although it was on
//	         record already, or what the answer showed of it
//
// For what the list reports, with V declared and anything but V shown:
//
//	applied  on record               shown       verdict             on record afterwards
//	-------  ----------------------  ----------  ------------------  --------------------
//	not V    anything                any         update              (V applied)
//	not V    kept W, by a refresh    W           update              V applied, awaited W
//	V        nothing                 W           drift: update       awaited W
//	V        awaited W               W           kept, and said      kept W
//	V        awaited W               X           drift: update       awaited X
//	V        kept W                  W           kept                kept W
//	V        kept W                  X           drift: update       kept W, awaited X
//
// and of an attribute that only a create sets:
//
//	V        nothing                 W, like V   kept, and said      kept W
//	V        nothing, or kept X      W           drift: replacement  awaited W
//	V        awaited                 any         kept, and said      kept what is shown
//
// Where "" may not empty an attribute (Service.MayKeep), the W that it was sent over is
// awaited at once. So it is sent once, and kept if the next list shows W still.
//
// With V shown there is no difference, and both are dropped; so they are when
// another value is sent. Hence a service that always makes W of V is sent V twice,
// and a tracking is replaced for it once, if W is nothing like V at all. What
// somebody changes once is restored; who sets the same value again after that cannot
// be told from such a service.
//
// A list that lags shows what was there before V was sent, which is what is
// awaited. So while anything is, the list is read once it has had the time to catch
// up (Scope.Awaited). If it lags more than that, the next one shows V.

// Kept is a value that the service keeps in another form than it was sent.
type Kept struct {
	Addr tracking.Addr
	Key  tracking.Key
	Attr tracking.Attr
	// Secret means that the values come from something sensitive, whatever the
	// attribute is.
	Secret     bool
	New        bool // this plan has found it out
	Sent, Form string
}

// Sensitive reports whether the values must not be shown, logged or stored in
// clear.
func (k *Kept) Sensitive() bool { return k.Secret || k.Attr.Spec().Sensitive }

// keeps reports whether the shown value is the service's form of the applied one. Where
// only its fingerprint is at hand, it is like nothing.
func (c *computer) keeps(rec *state.Record, a tracking.Attr, sent, now string) bool {
	if rec == nil {
		return false
	}
	if c.in.Service.CreateOnly(a) && (rec.Awaited.Has(a) || !rec.Kept.Has(a) && a.Alike(sent, now)) {
		return true
	}
	return c.noted(rec, rec.Kept, a, now) || c.noted(rec, rec.Awaited, a, now)
}

// noted reports whether some forms of a record have the one that the service shows.
func (c *computer) noted(rec *state.Record, forms tracking.Attrs, a tracking.Attr, now string) bool {
	form, ok := forms.Get(a)
	return ok && c.in.Prior.Same(rec.Key.Number, a, form, now)
}

// keep carries what is known of forms from one record to the next.
func (c *computer) keep(next, prior *state.Record, d *tracking.Declared, seen *tracking.Remote, diff *comparison) {
	noted := prior.Kept.Set() | prior.Awaited.Set() | diff.kept
	if noted == 0 {
		return
	}
	differs := diff.differs(d)
	for a := range (noted & (d.Attrs.Set() | next.Applied.Set())).All() {
		now, known := reported(a, seen)
		switch {
		case diff.kept.Has(a):
			next.Kept.Put(a, c.stored(d, a, now))
		case !known || differs.Has(a):
			hold(&next.Kept, prior.Kept, a)
			hold(&next.Awaited, prior.Awaited, a)
		}
	}
}

// hold copies a value, if there is one.
func hold(to *tracking.Attrs, from tracking.Attrs, a tracking.Attr) {
	if v, ok := from.Get(a); ok {
		to.Put(a, v)
	}
}

// tell lists the values of a tracking that the service keeps in another form.
// d is its declaration, if it has one.
func (c *computer) tell(d *tracking.Declared, rec *state.Record, seen *tracking.Remote, kept tracking.AttrSet) {
	if kept == 0 {
		return
	}
	c.plan.Counts.Kept++
	for a := range kept.All() {
		form, _ := reported(a, seen)
		k := Kept{Addr: rec.Addr, Key: seen.Key, Attr: a, Form: form, New: !c.noted(rec, rec.Kept, a, form)}
		applied := rec.Applied.Value(a)
		k.Secret = !a.Spec().Sensitive && state.Sealed(applied)
		if k.Sent = applied; d != nil {
			k.Addr = d.Addr
			k.Secret = k.Secret || d.Secret.Has(a)
			if v, ok := d.Attrs.Get(a); ok {
				k.Sent = v
			}
		}
		c.plan.Kept = append(c.plan.Kept, k)
	}
}
