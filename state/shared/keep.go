package shared

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tmsync/tmsync/state"
)

// garbageAge is the age at which a blob that nothing names is deleted. It is by the
// store's time. Until then a reader, or a writer that is about to name it, may
// need it.
const garbageAge = 7 * 24 * time.Hour

// collect deletes blobs that nothing names. What it cannot delete stays for the next
// time.
func (s *Store) collect(ctx context.Context) {
	s.mu.Lock()
	named := s.head.names()
	held := s.own != nil && s.lost == nil
	s.mu.Unlock()
	if !held {
		return
	}
	var blobs []BlobInfo
	var now time.Time
	err := call(ctx, headTime, func(ctx context.Context) (err error) {
		blobs, now, err = s.engine.Blobs(ctx)
		return err
	})
	if err != nil {
		return
	}
	for _, b := range blobs {
		if !ours(b.Name) || slices.Contains(named, b.Name) || now.Sub(b.Stored) < garbageAge {
			continue
		}
		if err := call(ctx, headTime, func(ctx context.Context) error { return s.engine.DeleteBlob(ctx, b.Name) }); err != nil {
			return
		}
	}
}

// ours reports whether a name is one that a blob of this package has.
func ours(name string) bool {
	return strings.HasSuffix(name, ".gz") && (strings.HasPrefix(name, "state-") || strings.HasPrefix(name, "journal-"))
}

// Keep has nothing to copy: the state as it is becomes a previous one, whatever
// replaces it. It returns its name.
func (s *Store) Keep(ctx context.Context, _ time.Time) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.current(ctx); err != nil || s.head.State == nil {
		return nil, err
	}
	return []string{s.shown(*s.head.State)}, nil
}

func (s *Store) shown(ref stateRef) string { return s.Name() + " as " + ref.Blob }

// Backup opens the previous state, nil if there is none, and returns its name.
func (s *Store) Backup(ctx context.Context) (io.ReadCloser, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.current(ctx); err != nil {
		return nil, "The state before in " + s.Name(), err
	}
	if len(s.head.Previous) == 0 {
		return nil, "The state before in " + s.Name(), nil
	}
	ref := s.head.Previous[0]
	r, err := s.openState(ctx, ref)
	if errors.Is(err, ErrNoBlob) {
		err = s.damaged(ref, "it is not there")
	}
	if err != nil {
		return nil, s.shown(ref), err
	}
	return r, s.shown(ref), nil
}

// Previous is a state before the present one.
type Previous struct {
	Name    string
	Serial  uint64
	Lineage string
	At      time.Time // when it was written, by the writer's clock
}

// Previous lists the states before the present one, the newest first.
func (s *Store) Previous(ctx context.Context) ([]Previous, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.current(ctx); err != nil {
		return nil, err
	}
	var all []Previous
	for _, r := range s.head.Previous {
		p := Previous{Name: r.Blob, Serial: r.Serial, Lineage: r.Lineage}
		if r.At != nil {
			p.At = *r.At
		}
		all = append(all, p)
	}
	return all, nil
}

// OpenPrevious opens a state by its serial: one that Previous lists, or the present
// one, without what its journal says.
func (s *Store) OpenPrevious(ctx context.Context, serial uint64) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.current(ctx); err != nil {
		return nil, err
	}
	if now := s.head.State; now != nil && now.Serial == serial {
		return s.openState(ctx, *now)
	}
	i := slices.IndexFunc(s.head.Previous, func(r stateRef) bool { return r.Serial == serial })
	if i < 0 {
		return nil, fmt.Errorf("%s has no previous state of serial %d", s.Name(), serial)
	}
	return s.openState(ctx, s.head.Previous[i])
}

// Status is what a look at everything in the store has found.
type Status struct {
	HeadBytes int      // 0 when there is no head
	Blobs     int      // that the head names
	Missing   []string // those of them that are not there
	Garbage   int      // blobs that nothing names, which are deleted after a week
	Unfenced  bool     // the service's own locks are all that keeps two runs apart
}

// Verify checks the head, all blobs, and whether the store keeps conditions. The error
// is of the store, of the head, or a *ProbeError.
func (s *Store) Verify(ctx context.Context) (*Status, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.read(ctx); err != nil {
		return nil, err
	}
	st := &Status{}
	if s.version != "" {
		data, err := s.head.encode(s.most)
		if err != nil {
			return nil, err
		}
		st.HeadBytes = len(data)
	}
	blobs, err := s.listed(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing the blobs of %s: %w", s.Name(), err)
	}
	named := s.head.names()
	if !s.engine.Limits().Parts && len(named) > 1 {
		named = named[:1] // of earlier states such a service keeps what it likes
	}
	for _, name := range named {
		if st.Blobs++; !slices.Contains(blobs, name) {
			st.Missing = append(st.Missing, name)
		}
	}
	st.Garbage = len(blobs) - (st.Blobs - len(st.Missing))
	fenced, err := s.probe(ctx)
	st.Unfenced = !fenced
	return st, err
}

// listed returns the names of the blobs that are there. A service without parts lists
// none: it is asked for the state.
func (s *Store) listed(ctx context.Context) (names []string, err error) {
	if !s.engine.Limits().Parts {
		if s.head.State == nil {
			return nil, nil
		}
		r, err := s.openState(ctx, *s.head.State)
		switch {
		case errors.Is(err, ErrNoBlob):
			return nil, nil
		case err != nil:
			return nil, err
		}
		return []string{s.head.State.Blob}, r.Close()
	}
	err = s.retry(ctx, headTime, readFor, func(ctx context.Context) error {
		blobs, _, err := s.engine.Blobs(ctx)
		names = nil
		for _, b := range blobs {
			names = append(names, b.Name)
		}
		return err
	})
	return names, err
}

// Seen returns the state that was last seen from here. The saved plan in it was begun
// from wherever. A head that was put back cannot notice that itself: a
// note on this machine does.
func (s *Store) Seen() state.Mark {
	note := s.notes.readSeen()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.known {
		return note
	}
	var now state.Mark
	if ref := s.head.State; ref != nil {
		now = state.Mark{Lineage: ref.Lineage, Serial: ref.Serial, Sum: state.Version(ref.Hash)}
	}
	if note.Lineage == now.Lineage && note.Serial > now.Serial || now.Serial == 0 && note.Serial > 0 {
		return note
	}
	if note.Lineage == now.Lineage && note.Serial == now.Serial && note.Sum != "" {
		now.Sum = note.Sum
	}
	if p := s.head.Plan; p != nil && p.Serial == now.Serial && (p.Lineage == now.Lineage || now.Serial == 0) {
		now.Lineage, now.Plan, now.Applied = p.Lineage, p.ID, p.Applied
	}
	return now
}

// SetSeen notes a state here, and its plan in the head. That is written with what
// comes next: the announcement of the plan's first request, and the end of the lock
// after the last.
func (s *Store) SetSeen(m state.Mark) {
	s.mu.Lock()
	if m.Plan == "" {
		s.head.Plan, s.planned = nil, false
	} else {
		s.head.Plan, s.planned = &planRef{m.Plan, m.Lineage, m.Serial, m.Applied}, true
	}
	s.mu.Unlock()
	m.Plan, m.Applied = "", false
	s.notes.writeSeen(m)
}
