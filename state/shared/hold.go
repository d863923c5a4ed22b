package shared

import (
	"context"
	"time"
)

// held reports whether the lock is this run's for as long as a request takes: nobody
// may have taken it over before that ends. Mu is held.
func (s *Store) held() bool { return s.age(s.proof) < s.times.ttl-s.opts.RequestTimeout-s.times.margin }

// Hold makes sure that the run may send one request, with its timeout.
func (s *Store) Hold(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost != nil {
		return s.lost
	}
	for s.own != nil && !s.held() {
		// A request under way is finished, whatever interrupts the run, and so is this.
		if err := s.swap(context.WithoutCancel(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// renew keeps the lock alive until it is given back or lost.
func (s *Store) renew(stop <-chan struct{}) {
	timer := time.NewTimer(s.times.renewal)
	defer timer.Stop()
	for {
		select {
		case <-stop:
			return
		case <-timer.C:
		}
		next, ok := s.beat()
		if !ok {
			return
		}
		timer.Reset(next)
	}
}

// beat writes the head if it is time to, and returns when to look again.
func (s *Store) beat() (next time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost != nil {
		return 0, false
	}
	if s.age(s.proof) >= s.times.renewal && s.swap(context.Background()) != nil {
		return 0, false
	}
	return max(s.times.renewal-s.age(s.proof), s.times.renewal/20), true
}
