package shared

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tmsync/tmsync/state"
)

// times are those of a lock, as they are for one that lives for leastTTL. All of them
// are by a machine's own clock.
type times struct {
	ttl       time.Duration
	slack     time.Duration // what a waiter adds to it
	margin    time.Duration // what a holder leaves of it
	renewal   time.Duration // age of the proof at which the holder writes again
	firstPoll time.Duration // of a lock that is held
	lastPoll  time.Duration
	gap       time.Duration // between two looks, after which a waiter starts again
}

func timesOf(ttl time.Duration) times {
	part := min(ttl, leastTTL) / 90
	return times{ttl, 5 * part, 10 * part, 20 * part, 2 * part, 5 * part, 10 * part}
}

// turn is a mutex that is waited for as for a channel.
type turn chan struct{}

func (t turn) Lock()   { t <- struct{}{} }
func (t turn) Unlock() { <-t }

const (
	leastTTL = 90 * time.Second // of a lock
	largeGap = 10 * time.Second // by which two machines' clocks may differ

	headTime  = 10 * time.Second // for one call about the head
	blobTime  = 20 * time.Second // for a blob, besides a second for each slowRate
	slowRate  = 128 << 10        // bytes a second
	readFor   = 25 * time.Second // until a read that finds no store is given up
	writeFor  = 50 * time.Second // until a write is
	firstWait = 100 * time.Millisecond
	lastWait  = 2 * time.Second
)

// link is a way to a store, with patience and two clocks.
type link struct {
	engine    Engine
	now       func() time.Time
	monotonic func() time.Duration
}

// Name is what users call the state.
func (s *link) Name() string { return s.engine.Name() }

// moment is a time by two clocks. The monotonic one may stop while a machine sleeps;
// the other one may be set.
type moment struct {
	mono time.Duration
	wall time.Time
}

func (s *link) moment() moment { return moment{s.monotonic(), s.now().Round(0)} }

// age is how long ago a moment was, by the clock that says more.
func (s *link) age(m moment) time.Duration {
	now := s.moment()
	return max(now.mono-m.mono, now.wall.Sub(m.wall))
}

// permanent reports whether a second try would change nothing.
func permanent(err error) bool {
	return errors.As(err, new(*PermanentError)) || errors.Is(err, ErrNoBlob) || errors.Is(err, ErrConflict)
}

// call asks the engine once, within a time of its own.
func call(ctx context.Context, most time.Duration, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, most, fmt.Errorf("no answer within %v", most))
	defer cancel()
	err := ask(ctx)
	if err != nil && ctx.Err() != nil && !errors.Is(err, ErrConflict) {
		if cause := context.Cause(ctx); !errors.Is(err, cause) {
			err = fmt.Errorf("%w (%w)", cause, err)
		}
	}
	return err
}

// retry asks until there is an answer, or for is over. This is the one loop for all
// engines; none of them retries by itself.
func (s *link) retry(ctx context.Context, most, giveUp time.Duration, ask func(context.Context) error) error {
	start := s.monotonic()
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		left := giveUp - (s.monotonic() - start)
		err := call(ctx, min(most, max(left, time.Second)), ask)
		if err == nil || permanent(err) {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if s.monotonic()-start+wait >= giveUp {
			return fmt.Errorf("the store of %s does not answer; it was asked for %v: %w", s.Name(), giveUp, err)
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// fetch reads the head from the store; nil and "" when there is none.
func (s *link) fetch(ctx context.Context) (*head, string, error) {
	var data []byte
	var version string
	err := s.retry(ctx, headTime, readFor, func(ctx context.Context) (err error) {
		data, version, err = s.engine.Head(ctx)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("reading the state %s: %w", s.Name(), err)
	}
	if version == "" {
		return nil, "", nil
	}
	h, err := decode(data)
	return h, version, s.broken(err)
}

// broken returns what to do about a head that cannot be read.
func (s *link) broken(err error) error {
	if err == nil {
		return nil
	}
	help := "put the last good version of the head back from the store's own versions or a backup; what it names are blobs beside it, which never change"
	if errors.Is(err, state.ErrNewer) {
		help = "use that version, or a later one"
	}
	return &state.FormatError{File: s.Name(), Offset: -1, Problem: "its head is damaged: " + err.Error(), Help: help}
}
