package app

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/tmsync/tmsync/internal/text"
)

// Progress shows on stderr how far something has come: on a terminal one line that
// is rewritten, in a log a line now and then.
type Progress struct {
	app      *App
	what     string
	bar      *progressbar.ProgressBar // nil: no terminal
	started  time.Time
	told     time.Time // when the last line was written
	eventsAt time.Time // when the last event was
}

// How often a log and a stream of events hear of progress.
const (
	logEvery   = 10 * time.Second
	eventEvery = time.Second
)

// NewProgress begins to tell of something.
func NewProgress(a *App, what string) *Progress {
	now := a.Now()
	return &Progress{app: a, what: what, started: now, told: now, eventsAt: now}
}

// set shows how much is done; total is negative where it is not known.
func (p *Progress) set(done, total int) {
	if p.app.Recorder.silent() {
		return
	}
	if p.app.StderrWidth > 0 {
		p.draw(done, total)
		return
	}
	if now := p.app.Now(); now.Sub(p.told) >= logEvery {
		p.told = now
		fmt.Fprintln(p.app.Stderr, p.line(done, total, now.Sub(p.started)))
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

// line is what a log is told.
func (p *Progress) line(done, total int, took time.Duration) string {
	s := p.what + ": " + text.Count(done)
	if total > 0 {
		s += " of " + text.Count(total)
	}
	perSecond := float64(done) / took.Seconds()
	if perSecond >= 100 {
		s += ", " + text.Count(int(perSecond)) + "/s"
	} else {
		s += fmt.Sprintf(", %.3g/s", perSecond)
	}
	if total > done && perSecond > 0 {
		rest := time.Duration(float64(total-done) / perSecond * float64(time.Second))
		s += fmt.Sprintf(", %v left", rest.Round(time.Second))
	}
	return s
}

func (p *Progress) draw(done, total int) {
	if p.bar == nil {
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(p.app.Stderr),
			progressbar.OptionSetDescription(p.what),
			progressbar.OptionSetWidth(max(10, min(40, p.app.StderrWidth-50))),
			progressbar.OptionShowCount(),
			progressbar.OptionShowIts(),
			progressbar.OptionSetPredictTime(total > 0),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionEnableColorCodes(false),
			progressbar.OptionClearOnFinish(),
		)
	}
	if total > 0 {
		p.bar.ChangeMax(total)
	}
	_ = p.bar.Set(done) // a bar that cannot be drawn is no reason to stop
}

// Clear removes the line.
func (p *Progress) Clear() {
	if p != nil && p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}
