package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// interruptions is how often an apply is interrupted where that is measured.
const interruptions = 2

// minInterrupted is how many creates take long enough to be interrupted.
const minInterrupted = 100 * batchSize

// create applies to a service that has nothing yet. The apply is interrupted so
// many times, after equal shares of the work, and goes on; times add up.
func (s *site) create(ctx context.Context, p *place, interruptions int) (sum usage, err error) {
	dir := p.directories[fresh]
	for _, name := range []string{"tmsync.state.jsonl", "tmsync.state.jsonl.backup", ".tmsync"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return sum, fmt.Errorf("removing a state: %w", err)
		}
	}
	srv, err := startService(ctx, s.tmsync, 0, unlimited)
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, srv.stop()) }()
	before, err := srv.busy()
	if err != nil {
		return sum, err
	}
	for part := range interruptions + 1 {
		var u usage
		if part < interruptions {
			u, err = s.applyUntil(ctx, dir, srv, p.n*(part+1)/(interruptions+1)/batchSize)
		} else {
			u, _, err = run(ctx, dir, srv.env(), s.tmsync, applyArgs...)
		}
		if err != nil {
			return sum, err
		}
		sum.wall, sum.cpu, sum.peak = sum.wall+u.wall, sum.cpu+u.cpu, max(sum.peak, u.peak)
	}
	after, err := srv.busy()
	sum.server = after - before
	return sum, err
}

// pollEvery is how often a service is asked how far it is.
const pollEvery = 20 * time.Millisecond

// applyUntil applies, and interrupts that once so many requests have come. It
// must not be through by then.
func (s *site) applyUntil(ctx context.Context, dir string, srv *service, requests int) (usage, error) {
	part, interrupt := context.WithCancel(ctx)
	defer interrupt()
	polled := make(chan error, 1)
	go func() {
		defer interrupt()
		polled <- srv.await(part, requests)
	}()
	u, _, err := run(part, dir, srv.env(), s.tmsync, applyArgs...)
	interrupt()
	switch waited := <-polled; {
	case waited != nil && !errors.Is(waited, context.Canceled):
		return u, waited
	case err == nil:
		return u, fmt.Errorf("an apply was through before it was interrupted; %d requests are too few", requests)
	case ctx.Err() != nil:
		return u, ctx.Err()
	case waited != nil: // it failed by itself
		return u, err
	}
	return u, nil
}

// await waits until so many requests have come.
func (s *service) await(ctx context.Context, requests int) error {
	for {
		n, err := s.requests(ctx)
		if err != nil || n >= requests {
			return err
		}
		if err := pause(ctx, pollEvery); err != nil {
			return err
		}
	}
}
