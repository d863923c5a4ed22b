package plan

import (
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// comparison is what comparing the three versions of one tracking yields.
type comparison struct {
	fields  []Field
	replace bool             // one of the fields forces a replacement
	left    tracking.AttrSet // create-only attributes left as they are (adoption)
	ignored tracking.AttrSet // the same because of create_only = "ignore"
	known   tracking.AttrSet // attributes whose declared value is the one on record
	kept    tracking.AttrSet // attributes that the service keeps in another form
}

// differs is the set of the attributes that are not as declared, or not compared.
func (cmp *comparison) differs(d *tracking.Declared) tracking.AttrSet {
	set := cmp.ignored | d.Lifecycle.IgnoreChanges
	for _, f := range cmp.fields {
		set = set.With(f.Attr)
	}
	return set
}

// compare sets a declaration against what was last applied and what the service
// reports. rec is nil for a tracking that is being adopted, seen is nil when
// the service was not asked for it; never both. same is what asApplied says.
func (c *computer) compare(d *tracking.Declared, rec *state.Record, seen *tracking.Remote, same tracking.AttrSet) comparison {
	cmp := comparison{known: same}
	for a, want := range d.Attrs.All() {
		asApplied := same.Has(a)
		if d.Lifecycle.IgnoreChanges.Has(a) {
			if rec != nil && rec.LeftAsIs.Has(a) {
				cmp.left = cmp.left.With(a)
			}
			continue
		}
		if rec != nil && (rec.LeftAsIs.Has(a) && asApplied || c.unreadable(a, rec)) {
			cmp.left = cmp.left.With(a)
			continue
		}
		f := c.compareAttr(d, a, want, rec, seen, asApplied)
		if f == nil {
			continue
		}
		if asApplied && f.Known && c.keeps(rec, a, want, f.From) {
			cmp.kept = cmp.kept.With(a)
			continue
		}
		forces := c.in.Service.CreateOnly(a) || a == tracking.TrackUpdates && want == "true"
		switch {
		case !forces:
			cmp.fields = append(cmp.fields, *f)
		case rec == nil:
			cmp.left = cmp.left.With(a)
		case d.Lifecycle.CreateOnly == tracking.CreateOnlyReplace:
			f.Force = true
			cmp.replace = true
			cmp.fields = append(cmp.fields, *f)
		default:
			cmp.ignored = cmp.ignored.With(a)
		}
	}
	return cmp
}

// compareAttr returns the difference in one attribute, nil if there is none. The
// known value is what the list reports, else what was last applied. Two values
// are only ever compared with what was last applied, because the list cannot
// tell them from the service's own doing: status = "original", and
// track_updates = true, since the service stops by itself when a parcel has
// arrived, so that only our own "false" needs a replacement to be undone.
func (c *computer) compareAttr(d *tracking.Declared, a tracking.Attr, want string, rec *state.Record, seen *tracking.Remote, asApplied bool) *Field {
	now, known := reported(a, seen)
	same := asApplied
	switch {
	case a == tracking.Status && want == tracking.StatusOriginal:
	case a == tracking.TrackUpdates && want == "true":
		same = now != "false"
		if rec != nil {
			same = rec.Applied.Value(a) != "false"
		}
	case known:
		same = now == want || want == "" && seen.Filled.Has(a) && !c.ours(rec, a, now)
	}
	if same {
		return nil
	}
	applied, ok := appliedValue(rec, a)
	f := &Field{Attr: a, From: now, Known: known, To: want, Drift: asApplied}
	f.Again = known && (asApplied || want == "" && c.in.Service.MayKeep || rec != nil && c.noted(rec, rec.Kept, a, now))
	f.Secret = d.Secret.Has(a) || !a.Spec().Sensitive && state.Sealed(applied) // it may have been one until now
	if !known && ok && !f.Sensitive() {
		f.From, f.Known = applied, true
	}
	return f
}

// ours reports whether what the service shows was last applied. Otherwise it has put
// that in by itself.
func (c *computer) ours(rec *state.Record, a tracking.Attr, now string) bool {
	applied, ok := appliedValue(rec, a)
	return ok && applied != "" && c.in.Prior.Same(rec.Key.Number, a, applied, now)
}

// unreadable reports whether a create-only attribute was lost with the
// fingerprints' key. That is no reason to replace a tracking.
func (c *computer) unreadable(a tracking.Attr, rec *state.Record) bool {
	return c.in.Prior.KeyChanged && c.in.Service.CreateOnly(a) && a.Spec().Sensitive && !rec.Applied.Has(a)
}

// appliedValue is what is remembered of an attribute, if anything is.
func appliedValue(rec *state.Record, a tracking.Attr) (string, bool) {
	if rec == nil {
		return "", false
	}
	return rec.Applied.Get(a)
}

// reported is the service's value of an attribute, if it reports one.
func reported(a tracking.Attr, seen *tracking.Remote) (string, bool) {
	if seen == nil {
		return "", false
	}
	if a == tracking.Status {
		return seen.Status, true
	}
	return seen.Attrs.Get(a)
}

// stored is the form in which the state keeps a value.
func (c *computer) stored(d *tracking.Declared, a tracking.Attr, v string) string {
	if d.Sensitive(a) {
		return c.in.Prior.Fingerprint(d.Key.Number, a, v)
	}
	return v
}

// allFields shows everything that a create writes.
func allFields(d *tracking.Declared) []Field {
	fields := make([]Field, 0, d.Attrs.Len())
	for a, v := range d.Attrs.All() {
		if v != "" {
			fields = append(fields, Field{Attr: a, Known: true, To: v, Secret: d.Secret.Has(a)})
		}
	}
	return fields
}

// reasonOf returns who made the difference: the configuration, unless all of it is
// somebody else's doing.
func reasonOf(fields []Field) Reason {
	for _, f := range fields {
		if !f.Drift {
			return ConfigChanged
		}
	}
	return RemoteDrifted
}
