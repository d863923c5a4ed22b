package shared

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"github.com/tmsync/tmsync/state"
)

// swap writes the head in memory in the place of the version that is known. Whatever the store says, or does not say, the head is read back: Write shows whether
// it was written. After an error nothing more is. Mu is held.
func (s *Store) swap(ctx context.Context) error {
	if s.lost != nil {
		return s.lost
	}
	s.head.Write = rand.Text()
	s.head.Beat++
	if s.own != nil {
		now := s.now().UTC()
		s.head.LastRequest = &now
	}
	data, err := s.head.encode(s.most)
	if err != nil {
		s.lost = fmt.Errorf("writing the head of %s: %w", s.Name(), err)
		return s.lost
	}
	first := s.moment()
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		started := s.moment()
		written, err := s.swapOnce(ctx, data)
		switch {
		case written == surely:
			s.proof = started
			return nil
		case written == before:
			s.proof = first // by the first of the attempts, perhaps
			return nil
		case written == refused:
			s.lost = err
			return err
		case ctx.Err() != nil:
			s.lost = context.Cause(ctx)
			return s.lost
		case s.age(first)+wait >= writeFor:
			s.lost = &state.FencedError{State: s.Name(), Cause: err}
			return s.lost
		}
		if err := sleep(ctx, wait); err != nil {
			s.lost = err
			return err
		}
	}
}

// written is what is known of a write.
type written int

const (
	unknown written = iota // it may still arrive; to write it again is harmless
	surely                 // the store has said so
	before                 // the store has it, by this attempt or by an earlier one
	refused                // somebody else has replaced the head
)

func (s *Store) swapOnce(ctx context.Context, data []byte) (written, error) {
	// Who interrupts a call does not know whether it was done; swap asks between two.
	ctx = context.WithoutCancel(ctx)
	var version string
	err := call(ctx, headTime, func(ctx context.Context) (err error) {
		version, err = s.engine.SwapHead(ctx, s.version, data)
		return err
	})
	if err == nil {
		s.version = version
		return surely, nil
	}
	var now []byte
	rerr := call(ctx, headTime, func(ctx context.Context) (err error) {
		now, version, err = s.engine.Head(ctx)
		return err
	})
	if rerr != nil {
		return unknown, errors.Join(err, rerr)
	}
	if version == s.version && errors.As(err, new(*PermanentError)) {
		return refused, &state.FencedError{State: s.Name(), Cause: err}
	}
	if version == s.version {
		return unknown, err
	}
	h, derr := decode(now)
	if version != "" && derr == nil && h.Write == s.head.Write {
		s.version = version
		return before, nil
	}
	return refused, s.fenced(h, version, derr)
}

// fenced returns who has replaced the head: whoever holds the lock now, or held it
// last.
func (s *Store) fenced(now *head, version string, err error) error {
	switch {
	case version == "":
		err = errors.New("its head is gone")
	case err != nil:
		err = s.broken(err)
	}
	e := &state.FencedError{State: s.Name(), Cause: err}
	if err != nil {
		return e
	}
	if s.own == nil {
		return fmt.Errorf("the state %s: %w", s.Name(), state.ErrConflict)
	}
	if now.Lock != nil && now.Lock.ID != s.own.ID {
		e.By = now.Lock.info()
	}
	return e
}

// Swap replaces the state: its blob first, which nothing names yet, and then the head
// in one write. The one before stays, as the newest of the previous ones.
func (s *Store) Swap(ctx context.Context, old state.Version, write func(io.Writer) error) (state.Version, error) {
	s.mu.Lock()
	err := s.current(ctx)
	if err == nil {
		err = s.lost
	}
	if err == nil && s.stateVersion() != old {
		err = state.ErrConflict
	}
	s.mu.Unlock()
	if err != nil {
		return "", fmt.Errorf("replacing %s: %w", s.Name(), err)
	}
	ref, packed, err := packState(write)
	if err != nil {
		return "", err
	}
	if err := s.putBlob(ctx, ref.Blob, packed, ref.Stored); errors.Is(err, ErrConflict) {
		return "", fmt.Errorf("replacing %s: %w", s.Name(), state.ErrSerialTaken)
	} else if err != nil {
		return "", fmt.Errorf("replacing %s: %w", s.Name(), err)
	}
	if err := s.name(ctx, ref); err != nil {
		return "", fmt.Errorf("replacing %s: %w", s.Name(), err)
	}
	s.collect(ctx)
	return state.Version(ref.Hash), nil
}

// name writes a head that names a state.
func (s *Store) name(ctx context.Context, ref *stateRef) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost != nil {
		return s.lost
	}
	at := s.now().UTC()
	ref.At = &at
	if s.head.State != nil {
		s.head.Previous = append([]stateRef{*s.head.State}, s.head.Previous...)
		s.head.Previous = s.head.Previous[:min(len(s.head.Previous), maxPrevious)]
	}
	s.head.State = ref
	switch {
	case !s.planned:
		s.head.Plan = nil
	case s.head.Plan != nil:
		next := *s.head.Plan
		next.Lineage, next.Serial = ref.Lineage, ref.Serial
		s.head.Plan = &next
	}
	if err := s.swap(ctx); err != nil {
		return err
	}
	s.folded = true
	return nil
}
