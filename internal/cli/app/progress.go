package app

import (
	"fmt"
	"time"

	"github.com/tmsync/tmsync/internal/text"
)

// Progress shows on stderr how far something has come: on a terminal one line that
// is rewritten, in a log a line now and then.
type Progress struct {
	app      *App
	what     string
	started  time.Time
	told     time.Time // when the last line was written
	eventsAt time.Time // when the last event was

	done, total int  // see set
	drawn       bool // the terminal has a line of it
}

// How often a terminal, a log and a stream of events hear of progress.
const (
	drawEvery  = 100 * time.Millisecond
	logEvery   = 10 * time.Second
	eventEvery = time.Second
)

// NewProgress begins to tell of something.
func NewProgress(a *App, what string) *Progress {
	now := a.Now()
	a.current = &Progress{app: a, what: what, started: now, told: now, eventsAt: now}
	return a.current
}

// set shows how much is done; total is negative where it is not known.
func (p *Progress) set(done, total int) {
	if p.app.Recorder.silent() {
		return
	}
	p.done, p.total = done, total
	now := p.app.Now()
	took := now.Sub(p.started)
	switch {
	case done == 0 || took <= 0:
	case p.app.StderrWidth > 0:
		p.draw(p.line(took))
	case now.Sub(p.told) >= logEvery:
		p.told = now
		fmt.Fprintln(p.app.Stderr, p.line(took))
	}
}

// Event is set, and writes the stream of events as well.
func (p *Progress) Event(done, total int) {
	p.set(done, total)
	if now := p.app.Now(); now.Sub(p.eventsAt) >= eventEvery {
		p.eventsAt = now
		p.app.Recorder.Events().Progress(done, total)
	}
}

// text is how far it is: "40 of 200", "" for not begun.
func (p *Progress) text() string {
	switch {
	case p == nil || p.done == 0:
		return ""
	case p.total > 0:
		return text.Count(p.done) + " of " + text.Count(p.total)
	}
	return text.Count(p.done)
}

// line is what people are told: "Applying: 200 of 1,000 · 39/s · 20 s left".
func (p *Progress) line(took time.Duration) string {
	s := p.what + ": " + p.text()
	perSecond := float64(p.done) / took.Seconds()
	if perSecond >= 100 {
		s += " · " + text.Count(int(perSecond)) + "/s"
	} else {
		s += fmt.Sprintf(" · %.3g/s", perSecond)
	}
	if p.total > p.done && perSecond > 0 {
		s += " · " + text.Duration(float64(p.total-p.done)/perSecond) + " left"
	}
	return s
}

// draw replaces the terminal's line, now and then.
func (p *Progress) draw(line string) {
	if now := p.app.Now(); !p.drawn || now.Sub(p.told) >= drawEvery {
		p.told, p.drawn = now, true
		fmt.Fprint(p.app.Stderr, clearLine+text.Shorten(line, p.app.StderrWidth-1))
	}
}

// Clear ends the telling, and removes the line.
func (p *Progress) Clear() {
	if p == nil {
		return
	}
	p.app.EndPause()
	p.wipe()
	if p.app.current == p {
		p.app.current = nil
	}
}

// wipe removes the line until there is news.
func (p *Progress) wipe() {
	if p != nil && p.drawn {
		fmt.Fprint(p.app.Stderr, clearLine)
		p.drawn = false
	}
}
