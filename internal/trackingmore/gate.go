package trackingmore

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/tmsync/tmsync/internal/pace"
)

// slack is what the interval between two requests is stretched by. Requests that
// leave exactly a second apart may arrive closer than that, and meet a 429.
const slack = 1.02

// gate lets requests out one at a time and at the service's rate. While a 429 keeps
// it closed, it lets out none. It does so together with the gates of other
// processes that use the same account.
type gate struct {
	turn        chan struct{} // full while a request is under way
	interval    time.Duration
	ownInterval time.Duration // between two requests that have a rate of their own besides
	pause       time.Duration // what a 429 usually closes the gate for
	shared      *pace.File    // what other processes know; nil: there are none

	mu       sync.Mutex
	held     *pace.Turn // of the request under way, until it is written
	known    pace.Record
	quickest map[string]time.Duration // from writing a request to the first of its answer, by call
}

// newGate returns a gate for so many requests a second, 0 for any number. Own is how
// many of those that have a rate of their own, 0 for as many. Only where there is a
// limit it is shared.
func newGate(rate, own float64, pause time.Duration, shared *pace.File) *gate {
	g := &gate{turn: make(chan struct{}, 1), pause: pause, quickest: map[string]time.Duration{}}
	if rate > 0 {
		g.interval, g.ownInterval, g.shared = intervalOf(rate), intervalOf(min(rate, orDefault(own, rate))), shared
	}
	return g
}

func intervalOf(rate float64) time.Duration {
	return time.Duration(math.Ceil(slack / rate * float64(time.Second)))
}

// enter waits for the turn and for the gate to open. Whoever has entered must
// leave; an error, which is the context's, means that nobody has.
func (g *gate) enter(ctx context.Context, own bool, waiting func(until time.Time)) error {
	select {
	case g.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := g.wait(ctx, own, waiting); err != nil {
		g.leave()
		return err
	}
	return nil
}

func (g *gate) leave() {
	g.endTurn()
	<-g.turn
}

// wait waits for the gate to open, and leaves with the account's turn. It is for
// the one whose turn it is in this process.
func (g *gate) wait(ctx context.Context, own bool, waiting func(until time.Time)) error {
	g.endTurn() // of a request that net/http sends again by itself
	for {
		turn := g.shared.Take(ctx)
		until := g.opens(own, turn.Record())
		if !time.Now().Before(until) {
			g.mu.Lock()
			g.held = turn
			g.mu.Unlock()
			return ctx.Err()
		}
		turn.End()
		waiting(until)
		if err := sleepUntil(ctx, until); err != nil {
			return err
		}
	}
}

// opens returns when the next request may leave, as far as all processes know.
func (g *gate) opens(own bool, shared pace.Record) time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.learn(shared)
	until := g.known.Closed
	if t := g.known.Last; !t.IsZero() {
		until = later(until, t.Add(g.interval))
	}
	if t := g.known.Live; own && !t.IsZero() {
		until = later(until, t.Add(g.ownInterval))
	}
	return until
}

// learn merges what other processes know. A request of the future, or a gate that
// is closed for longer than any 429 closes it, is one of a clock that was wrong,
// and nobody waits for it.
func (g *gate) learn(shared pace.Record) {
	now := time.Now()
	// By the clock that nobody sets, so that what is waited for stays as far away
	// as it is now.
	steady := func(t time.Time) time.Time { return now.Add(t.Sub(now)) }
	if t := shared.Last; !t.IsZero() && !t.After(now) {
		g.known.Last = later(g.known.Last, steady(t))
	}
	if t := shared.Live; !t.IsZero() && !t.After(now) {
		g.known.Live = later(g.known.Live, steady(t))
	}
	if t := shared.Closed; t.After(now) && t.Sub(now) <= max(g.pause, maxPause) {
		g.known.Closed = later(g.known.Closed, steady(t))
	}
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// leaving records that a request is leaving now.
func (g *gate) leaving(own bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.known.Last = time.Now()
	if own {
		g.known.Live = g.known.Last
	}
	g.held.Write(g.known)
}

// wrote records that a request has left, so that others may send.
func (g *gate) wrote(own bool) {
	g.leaving(own)
	g.endTurn()
}

func (g *gate) endTurn() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held.End()
	g.held = nil
}

// answered records that the answer to the last request begins to come in. What it
// took longer than the quickest of its kind may be the time that the request was on
// its way, after which it arrived close to the next one: the interval counts from
// then, up to a quarter of it. A 429 costs two minutes, this next to nothing.
func (g *gate) answered(ctx context.Context, call string) {
	g.mu.Lock()
	took := time.Since(g.known.Last)
	quickest, known := g.quickest[call]
	if !known || took < quickest {
		g.quickest[call] = took
	}
	late := min(max(took-quickest, 0), g.interval/4)
	g.known.Last = g.known.Last.Add(late)
	g.mu.Unlock()
	if late > 0 {
		g.tell(ctx)
	}
}

// shut closes the gate from now on, for every process.
func (g *gate) shut(ctx context.Context, pause time.Duration) {
	g.mu.Lock()
	g.known.Closed = time.Now().Add(pause)
	g.mu.Unlock()
	g.tell(ctx)
}

// tell writes what this process knows for the others.
func (g *gate) tell(ctx context.Context) {
	g.endTurn() // of a transport that does not tell when it has written
	turn := g.shared.Take(ctx)
	defer turn.End()
	shared := turn.Record()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.learn(shared)
	turn.Write(g.known)
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

// Bounds of what is waited for. A run ends where a Retry-After header asks for more.
const (
	minPause = time.Second
	maxPause = 10 * time.Minute
	// mostAsked is what counts as for ever.
	mostAsked = 365 * 24 * time.Hour
)

// pauseFor returns the pause of a Retry-After header, seconds or a date: it is then
// that it says it is. One that is missing or makes no sense returns the usual
// pause.
func pauseFor(retryAfter string, then time.Time, usual time.Duration) time.Duration {
	pause := usual
	if seconds, err := strconv.ParseUint(retryAfter, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		pause = time.Duration(min(seconds, uint64(mostAsked/time.Second))) * time.Second
	} else if at, err := http.ParseTime(retryAfter); err == nil {
		if then.IsZero() {
			then = time.Now()
		}
		pause = at.Sub(then)
	} else {
		return usual
	}
	return min(max(pause, minPause), mostAsked)
}
