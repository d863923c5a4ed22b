package state

// RolledBack describes a state older than the one last seen in this place: somebody
// has put a copy back, or has removed it.
type RolledBack struct {
	From uint64 // the serial that was seen
	To   uint64 // the serial now; 0 when the state is gone
}

// RolledBack returns how the state was rolled back, nil if it was not. Going on
// from an older state is safe: what it does not know is adopted where it is
// declared, and left alone where it is not. From the next Commit on it is the
// newest.
func (s *Session) RolledBack() *RolledBack { return s.rolledBack }

func (s *Session) compareSeen() {
	seen, now := s.store.Seen(), Mark{Lineage: s.state.Lineage, Serial: s.onDisk, Sum: s.version}
	if s.ahead != nil && (seen.Lineage != now.Lineage || seen.Serial < s.ahead.base) {
		seen = Mark{Lineage: now.Lineage, Serial: s.ahead.base}
	}
	switch {
	case seen.Serial == now.Serial && (seen.Lineage == now.Lineage || now.Serial == 0): // a new one has no lineage to go by
		s.mark = seen
		s.edited = seen.Sum != "" && seen.Sum != s.version
	case seen.Serial > 0 && now.Serial == 0, seen.Lineage == now.Lineage && seen.Serial > now.Serial:
		s.rolledBack = &RolledBack{From: seen.Serial, To: now.Serial}
	case now.Serial > 0 && !s.opts.ReadOnly:
		s.store.SetSeen(now)
	}
}

// Plan returns the saved plan begun on this state or that led to it. applied
// reports whether nothing of it is left. The id is "" for none; the next Commit
// without BeginPlan forgets it.
func (s *Session) Plan() (id string, applied bool) { return s.mark.Plan, s.mark.Applied }

// BeginPlan records that a saved plan is being applied. If that is interrupted, it
// can be applied again for the rest. EndPlan records that nothing is left.
func (s *Session) BeginPlan(id string) { s.setPlan(id, false) }

// EndPlan ends what BeginPlan began; it comes after Commit.
func (s *Session) EndPlan() { s.setPlan(s.mark.Plan, true) }

func (s *Session) setPlan(id string, applied bool) {
	s.mark, s.planning = Mark{s.state.Lineage, s.state.Serial, s.version, id, applied}, true
	s.store.SetSeen(s.mark)
}
