package app

import (
	"fmt"
	"sync"
	"time"

	"github.com/tmsync/tmsync/internal/text"
)

// longWait is from when on a wait is told: shorter ones are those of the rate.
const longWait = 5 * time.Second

// pause is what people are told while the service wants nothing sent. On a terminal it
// counts down, in a log it is a line every ten seconds.
type pause struct {
	app   *App
	until time.Time
	done  string // how far the run has come, "" where that is not known

	stop chan struct{}
	over sync.WaitGroup
}

// newPause begins to tell of a pause. Whoever begins it ends it.
func newPause(a *App, until time.Time, done string) *pause {
	p := &pause{app: a, until: until, done: done, stop: make(chan struct{})}
	every := logEvery
	if a.StderrWidth > 0 {
		every = time.Second
	}
	p.tell()
	p.over.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.tell()
			case <-p.stop:
				return
			}
		}
	})
	return p
}

// end ends the pause, and removes its line.
func (p *pause) end() {
	if p == nil {
		return
	}
	close(p.stop)
	p.over.Wait()
	if p.app.StderrWidth > 0 {
		fmt.Fprint(p.app.Stderr, clearLine)
	}
}

func (p *pause) tell() {
	left := time.Until(p.until)
	if left <= 0 {
		return
	}
	if p.app.StderrWidth > 0 {
		fmt.Fprint(p.app.Stderr, clearLine+text.Shorten(pauseLine(left, p.done), p.app.StderrWidth-1))
		return
	}
	fmt.Fprintln(p.app.Stderr, pauseLine(left, p.done))
}

// pauseLine is the line about a pause of which so much is left.
func pauseLine(left time.Duration, done string) string {
	seconds := int(left.Round(time.Second) / time.Second)
	s := fmt.Sprintf("The service asks for a pause: %d:%02d left", seconds/60, seconds%60)
	if done != "" {
		s += "; " + done + " done"
	}
	return s
}

// clearLine goes to the beginning of a terminal's line, and removes what is in it.
const clearLine = "\r\x1b[K"
