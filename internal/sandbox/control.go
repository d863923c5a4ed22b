package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Requests returns how many requests were accepted, by the call's short name: every
// one with a valid key and an existing path, whether it failed, was refused, or was
// over the rate.
func (s *Server) Requests() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.requests)
}

// ResetRequests sets the counts to nothing.
func (s *Server) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.requests)
}

// Rows returns the trackings of the account, ordered by key.
func (s *Server) Rows() []Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows []Row
	for _, rec := range s.rows.order {
		if !rec.Deleted {
			rows = append(rows, rec.Row)
		}
	}
	slices.SortFunc(rows, func(a, b Row) int { return strings.Compare(a.Key().String(), b.Key().String()) })
	return rows
}

// Row returns one tracking of the account.
func (s *Server) Row(k Key) (Row, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rec := s.rows.live(k)
	if rec == nil {
		return Row{}, false
	}
	return rec.Row, true
}

// Identified returns the key of the tracking that has an id in v4. A deleted one has
// the id that it had.
func (s *Server) Identified(id string) (Key, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rec := s.rows.identified(id)
	if rec == nil {
		return Key{}, false
	}
	return rec.Key(), true
}

// Put creates or replaces trackings, as if by hand in the service's own pages:
// nothing is charged, and no rate or fault applies. All of a row is taken as given,
// but for Created, which is kept, or set, when it is zero; Updated, which becomes
// now when there is a row to replace; EventAt, which becomes now when there is a
// status and no event; and Creates and ID, which nobody can change. Nothing is done when
// one of the rows is invalid.
func (s *Server) Put(rows ...Row) error {
	for i := range rows {
		if code := rows[i].Key().check(); code != codeOK {
			return fmt.Errorf("putting %s: %s", rows[i].Key(), metaFor(code).Message)
		}
		for _, status := range []string{rows[i].Status, rows[i].Original} {
			if status != "" && !isStatus(status) {
				return fmt.Errorf("putting %s: %q is no status", rows[i].Key(), status)
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, row := range rows {
		row.Creates, row.ID = 0, ""
		if known := s.rows.find(row.Key()); known != nil {
			row.Creates, row.ID = known.Creates, known.ID
			if !known.Deleted {
				row.Updated = s.now()
			}
		}
		if row.EventAt.IsZero() && row.natural() != statusPending {
			row.EventAt = s.now()
		}
		s.rows.set(row)
	}
	return s.save()
}

// Remove deletes a tracking behind everybody's back. That it is not there is fine.
func (s *Server) Remove(k Key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if rec := s.rows.live(k); rec != nil {
		s.rows.remove(rec)
	}
	return s.save()
}

// SetStatus sets the status, one of Statuses, that the carrier reports: from now on
// reads show it, and a history that leads to it, unless a PUT holds another status.
func (s *Server) SetStatus(k Key, status string) error {
	if !isStatus(status) {
		return fmt.Errorf("setting the status of %s: %q is no status", k, status)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	rec := s.rows.live(k)
	if rec == nil {
		return fmt.Errorf("setting the status of %s: %s", k, metaFor(codeMissing).Message)
	}
	s.rows.change(rec, func(rec *record) {
		rec.moveTo(status, s.now())
		rec.Updated = s.now()
	})
	return s.save()
}

// Credits returns what is left of the quota, in whole credits.
func (s *Server) Credits() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int(s.units / unitsPerCredit)
}

// SetCredits sets the quota.
func (s *Server) SetCredits(credits int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.units = int64(max(credits, 0)) * unitsPerCredit
	return s.save()
}

// Creations returns how often post or batch really created each key; more than once
// is right only where it was deleted in between.
func (s *Server) Creations() map[Key]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := make(map[Key]int)
	for _, rec := range s.rows.order {
		if rec.Creates > 0 {
			counts[rec.Key()] = rec.Creates
		}
	}
	return counts
}
