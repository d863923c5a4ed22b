package plan

import (
	"slices"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// archive adds the archiving that archive_after asks for, and reports whether it
// did:
//
//  1. The configuration does not set archived for it, and does not ignore it.
//  2. The service shows it as delivered, and as not archived. A status that the
//     plan writes counts instead of the one that is shown.
//  3. Its last event was longer ago than that, whatever time zone is meant.
//
// What is archived stays so: nothing looks at it any more, whatever becomes of its
// status or of archive_after. What somebody takes out of the archive goes back, as
// long as all of this holds.
func (c *computer) archive(d *tracking.Declared, rec *state.Record, seen *tracking.Remote, diff *comparison) bool {
	if !mayArchive(d) || seen == nil || seen.Attrs.Value(tracking.Archived) != "false" || statusAfter(seen, diff) != tracking.LiveDelivered {
		return false
	}
	if seen.LastEvent == 0 || !time.Unix(seen.LastEvent, 0).Before(c.in.Now.Add(-d.Lifecycle.ArchiveAfter)) {
		return false
	}
	applied, _ := appliedValue(rec, tracking.Archived)
	again := applied == "true"
	if again && c.keeps(rec, tracking.Archived, "true", "false") {
		diff.kept = diff.kept.With(tracking.Archived)
		return false
	}
	diff.fields = append(diff.fields, Field{Attr: tracking.Archived, From: "false", Known: true, To: "true", Drift: again, Again: again})
	slices.SortFunc(diff.fields, func(a, b Field) int { return int(a.Attr) - int(b.Attr) })
	return true
}

// mayArchive reports whether a declaration leaves it to archive_after whether the
// tracking is archived.
func mayArchive(d *tracking.Declared) bool {
	return d.Lifecycle.ArchiveAfter > 0 && !d.Attrs.Has(tracking.Archived) && !d.Lifecycle.IgnoreChanges.Has(tracking.Archived)
}

// statusAfter is the live status that a tracking has once the differences are
// written.
func statusAfter(seen *tracking.Remote, diff *comparison) string {
	for _, f := range diff.fields {
		if f.Attr == tracking.Status {
			return f.To
		}
	}
	return seen.Status
}
