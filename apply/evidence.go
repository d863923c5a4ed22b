package apply

import (
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// finding is what the service's trackings prove about an item in doubt.
type finding string

const (
	applied  finding = "applied"
	absent   finding = "absent"   // not applied by now; it may still arrive
	taken    finding = "taken"    // somebody else has created it
	doubled  finding = "doubled"  // there is one under either carrier
	vanished finding = "vanished" // what was to be changed is not there
	unproven finding = "unproven" // applied or not, or in part
)

// examine returns what became of an item. It serves the run that sent it, and the
// next one if that died.
//
//	operation       what is there                        finding
//	--------------  -----------------------------------  --------
//	create          the key, as it was sent              applied
//	                the key, with other content          taken
//	                nothing                              absent
//	update, put     everything sent; the list shows all  applied
//	                nothing                              vanished
//	                anything else                        unproven
//	stop updates    the key, stopped                     applied
//	                nothing                              vanished
//	                the key, not stopped                 unproven
//	change carrier  only the new key                     applied
//	                only the old key                     absent
//	                both                                 doubled
//	                neither                              vanished
//	delete          nothing                              applied
//	                the key                              absent
//
// The item's attributes are in the form in which the state keeps them. There
// must be no doubt that what is not in there is not at the service.
func examine(st *state.State, op tracking.Op, it *state.IntentItem, there map[tracking.Key]*tracking.Remote) finding {
	now := there[it.Key]
	switch op {
	case tracking.OpCreate:
		switch {
		case now == nil:
			return absent
		case asCreated(st, now, it.Attrs):
			return applied
		}
		return taken
	case tracking.OpChangeCarrier:
		moved := there[tracking.Key{Carrier: it.Carrier, Number: it.Key.Number}]
		switch {
		case moved != nil && now != nil:
			return doubled
		case moved != nil:
			return applied
		case now != nil:
			return absent
		}
		return vanished
	case tracking.OpDelete:
		if now == nil {
			return applied
		}
		return absent
	default:
		switch {
		case now == nil:
			return vanished
		case verifiable(it.Attrs, now) && took(st, now, it.Attrs):
			return applied
		}
		return unproven
	}
}

// byKey returns an index of trackings by key.
func byKey(items []tracking.Remote) map[tracking.Key]*tracking.Remote {
	there := make(map[tracking.Key]*tracking.Remote, len(items))
	for i := range items {
		there[items[i].Key] = &items[i]
	}
	return there
}

// editable returns the attributes that the service never changes by itself.
func editable(attrs tracking.Attrs) tracking.Attrs {
	return attrs.Only(tracking.EveryAttr.Without(tracking.TrackUpdates))
}

// asCreated reports whether a tracking is as a create would have made it: what was
// sent is there, or what a service may have made of it, and what was not is empty.
// Anything else somebody else has made.
func asCreated(st *state.State, now *tracking.Remote, sent tracking.Attrs) bool {
	for a, v := range now.Attrs.All() {
		if a.Spec().Born == "" && !now.Filled.Has(a) && v != "" && sent.Value(a) == "" {
			return false
		}
	}
	for a, v := range sent.All() {
		if shown, ok := now.Attrs.Get(a); ok && !shows(st, now, a, v, shown) && !alike(a, v, shown) {
			return false
		}
	}
	return true
}

// asShown returns a record's attributes as the service would show them, where known.
func asShown(rec *state.Record) tracking.Attrs {
	shown := rec.Applied
	if rec.Kept.Len() > 0 {
		shown = shown.Clone()
		for a, form := range rec.Kept.All() {
			shown.Put(a, form)
		}
	}
	return shown
}

// matches reports whether a tracking at the service agrees with stored attributes.
// Those that the list does not report are not compared.
func matches(st *state.State, now *tracking.Remote, stored tracking.Attrs) bool {
	for a, want := range stored.All() {
		if have, ok := now.Attrs.Get(a); ok && !shows(st, now, a, want, have) {
			return false
		}
	}
	return true
}

// shows reports whether a value of the service is a stored one. Where none is stored,
// what the service has put in by itself counts as that.
func shows(st *state.State, now *tracking.Remote, a tracking.Attr, want, have string) bool {
	return st.Same(now.Key.Number, a, want, have) || want == "" && now.Filled.Has(a)
}

// verifiable reports whether the list reports every one of some attributes.
func verifiable(sent tracking.Attrs, now *tracking.Remote) bool {
	return sent.Set()&^now.Attrs.Set() == 0
}

// took reports whether the service reports what was sent, as far as it reports it.
func took(st *state.State, now *tracking.Remote, stored tracking.Attrs) bool {
	if s, ok := stored.Get(tracking.Status); ok && s != tracking.StatusOriginal && s != now.Status {
		return false
	}
	return matches(st, now, stored)
}
