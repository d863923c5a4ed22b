package app

import (
	"strings"
	"time"

	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// ProgressOf returns what a log and a stream of events hear when so much is done at
// these times.
func ProgressOf(at []time.Duration, done []int, total int) (log, events string) {
	var text, stream strings.Builder
	now := time.Unix(0, 0).UTC()
	a := &App{Env: Env{Stderr: &text, Now: func() time.Time { return now }}}
	a.Recorder = &Recorder{app: a, opts: &ReportOptions{}, stream: render.NewStream(&stream, a.Now, "0.1.0")}
	p, start := NewProgress(a, "Applying"), now
	for i := range at {
		now = start.Add(at[i])
		p.Event(done[i], total)
	}
	p.Clear()
	return text.String(), stream.String()
}

// PauseOf returns what a terminal or a log, and a stream of events, hear of a pause
// when 40 of 200 are done.
func PauseOf(width int, long, watched time.Duration) (text, events string) {
	var out, stream strings.Builder
	a := &App{Env: Env{Stderr: &out, StderrWidth: width, Now: time.Now}}
	a.Recorder = &Recorder{app: a, opts: &ReportOptions{}, stream: render.NewStream(&stream, a.Now, "0.1.0")}
	p := NewProgress(a, "Applying")
	p.done, p.total = 40, 200
	a.observer()(trackingmore.Event{Kind: trackingmore.EventWait, Until: time.Now().Add(long)})
	time.Sleep(watched)
	a.observer()(trackingmore.Event{Kind: trackingmore.EventAnswer})
	return out.String(), stream.String()
}
