package shared

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tmsync/tmsync/state"
)

// Lock takes the lock. A holder that shows no sign of life for as long as its lock
// lives, and a little longer, by this machine's own clock, is dead, and the lock is
// taken over. One that does is waited for up to timeout.
func (s *Store) Lock(ctx context.Context, info state.Info, timeout time.Duration) (func() error, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mine := &lockInfo{
		ID: info.ID, Operation: info.Operation, Who: info.Who, Host: info.Host, PID: info.PID,
		Since: info.Since.UTC(), Tool: info.Tool, TTL: s.times.ttl.Milliseconds(),
	}
	w := watch{store: s, timeout: timeout, start: s.monotonic()}
	for {
		if err := s.read(ctx); err != nil {
			return nil, err
		}
		holder := s.head.holder()
		if holder == nil || w.dead(s.version, holder) {
			err := s.acquire(ctx, mine, holder)
			var locked *ServiceLockedError
			switch {
			case err == nil:
				return s.hold(ctx)
			case errors.Is(err, errQuicker):
				continue
			case !errors.As(err, &locked):
				return nil, err
			}
			holder = readService(locked)
			if w.dead(s.version+" "+locked.ID, holder) {
				if err := s.unlockService(ctx, locked.ID); err != nil {
					return nil, err
				}
				continue
			}
		}
		if err := w.wait(ctx, holder); err != nil {
			return nil, err
		}
	}
}

// watch is what a waiter knows of the lock that it waits for. It compares versions,
// and times of its own clock.
type watch struct {
	store   *Store
	timeout time.Duration
	start   time.Duration // when it began to wait
	seen    string        // what it looks at, which changes with each sign of life
	since   time.Duration // when it saw that first
	last    time.Duration // its last look
	ttl     time.Duration
	alive   bool // it has seen a sign of life
	looks   int
}

// dead reports whether nothing has changed for as long as the lock lives. It counts
// anew after a change, and when it has not looked for some time.
func (w *watch) dead(seen string, holder *lockInfo) bool {
	now := w.store.monotonic()
	if seen != w.seen || now-w.last > w.store.times.gap {
		w.alive = w.alive || w.seen != "" && seen != w.seen
		w.seen, w.since = seen, now
	}
	w.last, w.ttl = now, holder.ttl()
	return now-w.since >= w.ttl+w.store.times.slack
}

// wait waits until it is time for another look. The error is a *LockedError when the
// holder lives, and has been waited for long enough.
func (w *watch) wait(ctx context.Context, holder *lockInfo) error {
	s, now := w.store, w.store.monotonic()
	if w.alive && now-w.start >= w.timeout {
		return &state.LockedError{State: s.Name(), Holder: holder.info()}
	}
	until, proof := w.start+w.timeout, w.since+w.ttl+s.times.slack
	forSign := !w.alive && until < proof
	if forSign {
		until = proof
	}
	s.opts.Waiting(Wait{Holder: *holder.info(), Since: now - w.start, Most: until - now, ForSign: forSign})
	pause := min(s.times.firstPoll*time.Duration(2+w.looks)/2, s.times.lastPoll)
	if w.looks++; w.alive {
		pause = min(pause, max(w.start+w.timeout-now, s.times.firstPoll/20))
	}
	if err := sleep(ctx, pause); err != nil {
		return fmt.Errorf("waiting for the lock of %s: %w", s.Name(), err)
	}
	return nil
}

// errQuicker is returned when somebody else was quicker.
var errQuicker = errors.New("somebody else was quicker")

// acquire takes the lock, from the very head that was read. Mu is held.
func (s *Store) acquire(ctx context.Context, mine, before *lockInfo) error {
	if s.version == "" {
		if err := s.examine(ctx); err != nil {
			return err
		}
	}
	if err := s.lockService(ctx, mine, before); err != nil {
		return err
	}
	sent := s.head.LastRequest
	s.head.Lock, s.head.Released = mine, false
	s.head.Epoch++
	s.own, s.lost, s.part, s.planned, s.folded = mine, nil, 0, false, false
	if err := s.swap(ctx); err != nil {
		s.own, s.lost, s.known = nil, nil, false
		var fenced *state.FencedError
		switch {
		case errors.As(err, &fenced) && fenced.Cause == nil:
			err = errQuicker
		case fenced != nil:
			err = fmt.Errorf("taking the lock of %s: %w", s.Name(), fenced.Cause)
		}
		return errors.Join(err, s.unlockService(ctx, mine.ID))
	}
	s.free = time.Time{}
	if now := s.now(); sent != nil && now.Sub(*sent) < largeGap {
		s.free = now
	}
	return nil
}

// hold begins to renew the lock, and returns what gives it back. After a lock that
// was broken it waits until a request of its holder has ended.
func (s *Store) hold(ctx context.Context) (func() error, error) {
	s.stop, s.stopped = make(chan struct{}), make(chan struct{})
	go func(stop <-chan struct{}, stopped chan<- struct{}) {
		defer close(stopped)
		s.renew(stop)
	}(s.stop, s.stopped)
	if s.head.Unfenced {
		s.opts.Unfenced()
	}
	if s.head.ForcedAt != nil {
		s.mu.Unlock()
		err := sleep(ctx, s.opts.RequestTimeout)
		s.mu.Lock()
		if err != nil {
			s.mu.Unlock()
			err = errors.Join(err, s.unlock())
			s.mu.Lock()
			return nil, err
		}
		s.head.ForcedAt = nil
	}
	return s.unlock, nil
}

// unlock releases the lock, once. One that is lost is not there to give back.
func (s *Store) unlock() error {
	if s.stop == nil {
		return nil
	}
	close(s.stop)
	<-s.stopped
	s.stop = nil
	s.mu.Lock()
	defer s.mu.Unlock()
	mine := s.own
	if s.lost == nil {
		s.head.Released = true
		_ = s.swap(context.Background()) // which leaves its error in lost
	}
	err := s.lost
	s.own, s.known = nil, false
	var fenced *state.FencedError
	if errors.As(err, &fenced) {
		return nil // it is told by what has found it out
	}
	return errors.Join(err, s.unlockService(context.Background(), mine.ID))
}

// examine tries whether the store keeps conditions, before a head is created in it.
// Mu is held.
func (s *Store) examine(ctx context.Context) error {
	fenced, err := s.probe(ctx)
	s.head.Unfenced = !fenced
	return err
}

// Holder returns who holds the lock, nil for nobody.
func (s *Store) Holder(ctx context.Context) (*state.Info, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.read(ctx); err != nil {
		return nil, err
	}
	return s.head.holder().info(), nil
}

// BreakLock takes the lock from its holder, which finds out before its next request.
// The run that locks next waits until a request that is under way has ended.
func (s *Store) BreakLock(ctx context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if err := s.read(ctx); err != nil {
			return err
		}
		holder := s.head.holder()
		if holder == nil || holder.ID != id {
			return state.ErrOtherLock
		}
		if err := s.breakLock(ctx, holder); !errors.Is(err, errQuicker) {
			return err
		}
	}
}

// breakLock ends the hold of the head that was read. The holder may have renewed it
// in between, and is then to be looked at again.
func (s *Store) breakLock(ctx context.Context, holder *lockInfo) error {
	mine := *holder
	mine.ID = "force-unlock-of-" + holder.ID
	if err := s.lockService(ctx, &mine, holder); err != nil {
		var locked *ServiceLockedError
		if errors.As(err, &locked) {
			return state.ErrOtherLock
		}
		return err
	}
	now := s.now().UTC()
	s.head.Released, s.head.ForcedAt = true, &now
	s.head.Epoch++
	err := s.swap(ctx)
	s.lost, s.known = nil, false
	if errors.Is(err, state.ErrConflict) {
		err = errQuicker
	}
	return errors.Join(err, s.unlockService(ctx, mine.ID))
}

// ClearLock has nothing to clear: the head keeps its last holder. While somebody
// holds the lock the error is a *LockedError.
func (s *Store) ClearLock(ctx context.Context) (*state.Info, error) {
	holder, err := s.Holder(ctx)
	if err != nil {
		return nil, err
	}
	if holder != nil {
		return nil, &state.LockedError{State: s.Name(), Holder: holder}
	}
	return nil, nil
}
