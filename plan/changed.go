package plan

import (
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
)

// Changed returns the part of the scope that a plan has to see of the service. For the
// rest it takes the state's word, which leads to no request. To be seen is what
//
//   - is new, or has another key than the one on record
//   - declares an attribute otherwise than it was last applied, or is to be replaced
//   - is no longer declared
//   - was delivered when it was last seen, and archive_after has not archived it
//   - is gone, and would be created again
//   - is in doubt, which the caller knows
//
// A number is seen under every carrier: those that share it are seen together. A plan
// that destroys or only refreshes is about everything, and has no such part.
func (m *Comparison) Changed(doubtful []tracking.Key) Scope {
	c := computer{matcher: m.matched}
	numbers := tracking.Numbers{}
	for _, key := range doubtful {
		numbers.Add(key)
	}
	for i := range c.in.Declared {
		d, rec := &c.in.Declared[i], c.records[i]
		if !c.selects(d, rec) || c.foreseen(d, rec) {
			continue
		}
		numbers.Add(d.Key)
		if rec != nil {
			numbers.Add(rec.Key)
		}
	}
	for i := range c.in.Prior.Records {
		if rec := &c.in.Prior.Records[i]; !c.taken[i] && c.selects(nil, rec) {
			numbers.Add(rec.Key)
		}
	}
	return m.scope(numbers)
}

// foreseen reports whether the record of a declaration tells what a plan would do about
// it, short of drift: nothing that needs a request.
func (c *computer) foreseen(d *tracking.Declared, rec *state.Record) bool {
	switch {
	case rec == nil || rec.Key != d.Key, c.requested(d, rec):
		return false
	case rec.Status == tracking.Gone && recreates(d, rec):
		return false
	case mayArchive(d) && rec.Status == tracking.LiveDelivered && rec.Applied.Value(tracking.Archived) != "true":
		return false
	}
	return len(c.compare(d, rec, nil).fields) == 0
}

// covers reports whether the service was asked for a key.
func (c *computer) covers(key tracking.Key) bool {
	return c.in.Remote != nil && c.in.Remote.Only.Has(key)
}

// countRead counts a tracking as read or not, where not all were asked for.
func (c *computer) countRead(key tracking.Key) {
	switch {
	case c.in.Remote == nil || c.in.Remote.Only == nil:
	case c.covers(key):
		c.plan.Read++
	default:
		c.plan.Unread++
	}
}
