package state

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// bear opens a session of a state or a journal that cannot be read. It returns
// what is no such damage.
func (s *Session) bear(ctx context.Context, err error) error {
	var broken *FormatError
	if !errors.As(err, &broken) {
		return err
	}
	if s.state == nil {
		s.state = New(s.opts.Tool, s.opts.StateKey)
	}
	s.open, s.settled, s.merged = nil, 0, true
	clear(s.changed)
	r, rerr := s.journal.Read(ctx) // what Replace takes away must have been seen
	if r != nil {
		s.stage = earlier
		rerr = errors.Join(rerr, r.Close())
	}
	s.damage, s.failed = err, err
	return rerr
}

// Damage returns what is wrong with a state or journal opened with Mend; nil when
// both are whole.
func (s *Session) Damage() error { return s.damage }

// Equal reports whether two states differ in nothing but their serials.
func (s *State) Equal(o *State) bool {
	return s.Lineage == o.Lineage && s.Salt == o.Salt && s.KeyID == o.KeyID && s.Endpoint == o.Endpoint && s.Account == o.Account &&
		slices.Equal(s.Outputs, o.Outputs) && slices.EqualFunc(s.Records, o.Records, func(a, b Record) bool { return a.Equal(&b) })
}

// Objection returns why the state must not be replaced as a whole; nil when it may.
// Where nothing is remembered yet, anything may take its place.
func (s *Session) Objection(next *State) error {
	if s.unsigned != nil {
		return s.unsigned
	}
	if err := next.Authenticate(s.opts.StateKey); err != nil {
		err.(*UnsignedError).File = "the file"
		return err
	}
	if s.restores(next) {
		return nil
	}
	if s.damage != nil {
		return s.damage
	}
	now, name := s.Folded(), s.store.Name()
	switch {
	case now.Serial == 0 && s.stage == none:
		return nil
	case len(s.InDoubt()) > 0:
		return fmt.Errorf("what became of %d of an earlier run's requests is not known, and only the journal %s names them; let tmsync apply ask the service first", len(s.InDoubt()), s.journal.Name())
	case now.Lineage != next.Lineage:
		return fmt.Errorf("the two are of different lineages, %s here and %s in the file: it is the state of something else, or one that was begun anew", excerpt([]byte(now.Lineage)), excerpt([]byte(next.Lineage)))
	case next.Serial < s.state.Serial:
		return fmt.Errorf("the file is older: it is serial %d, and %s is serial %d; what was applied in between would be forgotten", next.Serial, name, s.state.Serial)
	case next.Serial == s.state.Serial && !next.Equal(now):
		return fmt.Errorf("both are serial %d, and they differ: two runs went on from the same state side by side, and what one of them applied would be forgotten", next.Serial)
	}
	return nil
}

// restores reports whether a state is nearer to the journal's than the present one.
func (s *Session) restores(next *State) bool {
	return s.ahead != nil && s.ahead.lineage == next.Lineage && next.Serial >= s.onDisk
}

// restore puts a state back, with what the journal knows beyond it.
func (s *Session) restore(ctx context.Context, next *State) error {
	s.state = next.with(next.Records)
	s.forget()
	s.damage, s.failed, s.owners, s.puttingBack = nil, nil, nil, true
	if err := s.replay(ctx); err != nil {
		return s.fail(fmt.Errorf("replacing the state: %w", err))
	}
	if seen := s.store.Seen(); seen.Lineage == next.Lineage {
		s.state.Serial = max(s.state.Serial, seen.Serial)
	}
	s.reheaded = true
	return s.Commit(ctx)
}

// signable returns a state as this session may write it. It reports whether it is
// the present one, which was not believed.
func (s *Session) signable(next *State) (signed *State, same bool, err error) {
	same = s.unsigned != nil && s.damage == nil && next.Lineage == s.state.Lineage && next.Serial == s.onDisk && next.seal.checksum == s.state.seal.checksum
	if next.Authenticate(s.opts.StateKey) != nil {
		next, err = next.keyed(s.opts.StateKey)
	}
	return next, same, err
}

// takeAsIs signs the state that is here, with its journal.
func (s *Session) takeAsIs(ctx context.Context, next *State) error {
	s.forget()
	s.state, s.owners = next, nil
	if err := s.replay(ctx); err != nil {
		return s.fail(fmt.Errorf("replacing the state: %w", err))
	}
	s.unsigned, s.reheaded = nil, true
	return s.Commit(ctx)
}

// moves reports whether a state comes to a place where there was none: it stays what
// it is, to the byte.
func (s *Session) moves(next *State) bool {
	seen := s.store.Seen()
	return s.version == "" && s.stage == none && s.damage == nil && !(seen.Lineage == next.Lineage && seen.Serial > next.Serial)
}

// Replace replaces the state by another one, one serial above both, despite any
// Objection. Where there is none yet, the other one keeps its serial. What is proven
// is committed first, so that the backup has it; what is in doubt is forgotten, and so
// is a journal that cannot be read. The next state must not be changed afterwards.
func (s *Session) Replace(ctx context.Context, next *State) error {
	if s.opts.ReadOnly {
		return errors.New("replacing the state: it was opened for reading only")
	}
	next, as, err := s.signable(next)
	if err != nil {
		return fmt.Errorf("replacing the state: %w", err)
	}
	moves := s.moves(next)
	switch {
	case as:
		return s.takeAsIs(ctx, next)
	case s.restores(next):
		return s.restore(ctx, next)
	case s.damage == nil && s.unsigned == nil: // else the backup has it as it is
		if err := s.Commit(ctx); err != nil {
			return err
		}
	}
	// A journal whose removal a power loss undoes would not fit the new state. One
	// that is replaced by an empty one stays so, and fits any.
	s.open, s.settled = nil, 0
	if s.stage != none {
		if err := s.renew(ctx, s.afresh()); err != nil {
			return fmt.Errorf("replacing the state: %w", err)
		}
	}
	serial := max(s.state.Serial, next.Serial)
	if seen := s.store.Seen(); seen.Lineage == next.Lineage {
		serial = max(serial, seen.Serial)
	}
	if !moves {
		next = next.with(next.Records)
		next.Serial, next.Tool = serial+1, s.opts.Tool
	}
	version, err := s.swap(ctx, next)
	if err != nil {
		return s.fail(fmt.Errorf("replacing the state: %w", err))
	}
	s.mark = Mark{Lineage: next.Lineage, Serial: next.Serial, Sum: version}
	s.store.SetSeen(s.mark)
	s.state, s.version, s.owners = next, version, nil
	s.damage, s.failed, s.unsigned = nil, nil, nil
	return s.restart(ctx)
}
