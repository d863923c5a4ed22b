package trackingmore

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// slack is what the interval between two requests is stretched by. Requests that
// leave exactly a second apart may arrive closer than that, and meet a 429.
const slack = 1.02

// gate lets requests out one at a time and at the service's rate, and none at
// all while a 429 keeps it closed.
type gate struct {
	turn     chan struct{} // full while a request is under way
	interval time.Duration

	mu       sync.Mutex
	last     time.Time                // when the last request was written, or later; see answered
	closed   time.Time                // nothing leaves before
	quickest map[string]time.Duration // from writing a request to the first of its answer, by call
}

// newGate makes a gate for so many requests a second, 0 for any number. It keeps
// its distance to an earlier request, unless that is one of the future.
func newGate(rate float64, last time.Time) *gate {
	g := &gate{turn: make(chan struct{}, 1), quickest: map[string]time.Duration{}}
	if !last.After(time.Now()) {
		g.last = last
	}
	if rate > 0 {
		g.interval = time.Duration(math.Ceil(slack / rate * float64(time.Second)))
	}
	return g
}

// enter waits for the turn and for the gate to open. Whoever has entered must
// leave; an error, which is the context's, means that nobody has.
func (g *gate) enter(ctx context.Context, waiting func(until time.Time)) error {
	select {
	case g.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := g.wait(ctx, waiting); err != nil {
		g.leave()
		return err
	}
	return nil
}

func (g *gate) leave() { <-g.turn }

// wait waits for the gate to open. It is for the one whose turn it is.
func (g *gate) wait(ctx context.Context, waiting func(until time.Time)) error {
	for {
		until := g.opens()
		if !time.Now().Before(until) {
			return ctx.Err()
		}
		waiting(until)
		if err := sleepUntil(ctx, until); err != nil {
			return err
		}
	}
}

func (g *gate) opens() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	paced := g.last.Add(g.interval)
	if g.last.IsZero() || paced.Before(g.closed) {
		return g.closed
	}
	return paced
}

// wrote notes that a request is leaving now.
func (g *gate) wrote() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last = time.Now()
}

// answered notes that the answer to the last request begins to come in. What it
// took longer than the quickest of its kind may be the time that the request was
// on its way, after which it arrived close to the next one: the interval counts
// from then, up to a quarter of it. A 429 costs two minutes, this next to nothing.
func (g *gate) answered(call string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	took := time.Since(g.last)
	quickest, known := g.quickest[call]
	if !known || took < quickest {
		g.quickest[call] = took
	}
	g.last = g.last.Add(min(max(took-quickest, 0), g.interval/4))
}

func (g *gate) lastWritten() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.last
}

// shut closes the gate from now on.
func (g *gate) shut(pause time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = time.Now().Add(pause)
}

func sleepUntil(ctx context.Context, t time.Time) error {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Bounds of what a Retry-After header may ask for.
const (
	minPause = time.Second
	maxPause = 10 * time.Minute
)

// pauseFor reads a Retry-After header, seconds or a date. One that is missing or
// makes no sense gives the usual pause.
func pauseFor(retryAfter string, usual time.Duration) time.Duration {
	pause := usual
	if seconds, err := strconv.ParseUint(retryAfter, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		pause = time.Duration(min(seconds, uint64(maxPause/time.Second))) * time.Second
	} else if at, err := http.ParseTime(retryAfter); err == nil {
		pause = time.Until(at)
	} else {
		return usual
	}
	return min(max(pause, minPause), maxPause)
}
