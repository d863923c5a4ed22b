package plan

import "github.com/tmsync/tmsync/internal/tracking"

// Changed returns the part of the scope that a plan has to see. For the rest it takes
// the state's word, which leads to no request. To be seen is what
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
		if !c.selects(d, rec) || c.foreseen(d, rec, c.same[i]) {
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
