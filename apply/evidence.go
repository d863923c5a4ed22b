package apply

import (
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// editable leaves out what the service changes by itself.
func editable(attrs tracking.Attrs) tracking.Attrs {
	return attrs.Only(tracking.EveryAttr.Without(tracking.TrackUpdates))
}

// asCreated says whether a tracking is as a create would have made it: what was
// sent is there, and what was not is empty. Anything else somebody else has made.
func asCreated(st *state.State, now *tracking.Remote, sent tracking.Attrs) bool {
	for a, v := range now.Attrs.All() {
		if a.Spec().OnCreate && v != "" && sent.Value(a) == "" {
			return false
		}
	}
	return matches(st, now, sent)
}

// matches says whether what the service reports agrees with attributes in the
// form in which the state keeps them, as far as the list reports them.
func matches(st *state.State, now *tracking.Remote, stored tracking.Attrs) bool {
	for a, want := range stored.All() {
		have, ok := now.Attrs.Get(a)
		if !ok {
			continue
		}
		if a.Spec().Sensitive {
			have = st.Fingerprint(now.Key.Number, a, have)
		}
		if have != want {
			return false
		}
	}
	return true
}

// verifiable says whether the list reports every one of some attributes.
func verifiable(set tracking.Set) bool {
	return set&^listed == 0
}

var listed = tracking.SelectAttrs(func(s *tracking.Spec) bool { return s.Listed })

// took says whether the service reports what was sent, as far as it reports it.
func took(st *state.State, now *tracking.Remote, stored tracking.Attrs) bool {
	if s, ok := stored.Get(tracking.Status); ok && s != tracking.StatusOriginal && s != now.Status {
		return false
	}
	return matches(st, now, stored)
}
