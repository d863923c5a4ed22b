package engine

import (
	"errors"
	"fmt"
	"runtime/metrics"
	"sync/atomic"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
)

// What reading and evaluating a configuration may take. An evaluation cannot be
// interrupted, so it is watched. A step is a file, a row, an element or an
// expression; an honest one takes a fraction of a second of the processor. How long
// it takes on a busy machine is another matter.
const (
	longestWork  = 8 * time.Second // of the processors: one step, and all beyond the following
	workPerStep  = 50 * time.Microsecond
	workPerByte  = time.Microsecond // that is parsed
	longestStep  = 2 * time.Minute  // waiting included
	largestStep  = 192 << 20        // bytes of memory that it leaves, beyond what was held before
	largestHeap  = 320 << 20        // the same, with garbage: beyond one and a half of it
	watchedEvery = 20 * time.Millisecond
)

// ErrAbandoned is the cause of a problem that leaves an evaluation running: nothing
// more must be begun in this process.
var ErrAbandoned = errors.New("an evaluation was abandoned")

// watched runs do in a goroutine of its own. One that takes too much cannot be
// interrupted. It is abandoned: nothing that do may do has locked, written or sent
// anything, and the process is about to exit. While paused, time does not count.
func watched[T any](version string, progress *config.Progress, paused *atomic.Bool, do func() T) (result T, err error) {
	done, crashed := make(chan T, 1), make(chan error, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				crashed <- Crashed(v, version)
			}
		}()
		done <- do()
	}()
	tick := time.NewTicker(watchedEvery)
	defer tick.Stop()
	w := newWatchdog(look(time.Now(), progress))
	for {
		select {
		case result := <-done:
			return result, nil
		case err := <-crashed:
			return result, err
		case now := <-tick.C:
			seen := look(now, progress)
			if paused != nil && paused.Load() {
				w.last = seen
			} else if problem := w.look(seen); problem != "" {
				return result, tooMuch(problem, progress.Place())
			}
		}
	}
}

// tooMuch is the error of what the watchdog has found.
func tooMuch(problem string, place *hcl.Range) error {
	return &Problem{Code: Failure, Err: ErrAbandoned, Diagnostics: hcl.Diagnostics{{
		Severity: hcl.DiagError, Summary: "The configuration takes too much", Subject: place,
		Detail: problem + " Nothing was changed. Make what stands here smaller; large data belongs into a CSV file, which a trackings block reads.",
	}}}
}

// glance is what the watchdog sees at one time.
type glance struct {
	at    time.Time
	work  time.Duration // of the processors, for this process
	steps uint64        // that have been begun
	size  uint64        // bytes that have been parsed
	// Bytes after the last garbage collection, and bytes in use now, garbage included.
	// What a step takes is what a collection after its begin leaves, beyond what was
	// held at its begin: what earlier steps have taken may be seen to live only then.
	left, held uint64
}

// look returns what the process has used by now.
func look(now time.Time, progress *config.Progress) glance {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(samples)
	g := glance{at: now, work: processorTime(), steps: progress.Steps(), size: progress.Size()}
	if samples[0].Value.Kind() == metrics.KindUint64 && samples[1].Value.Kind() == metrics.KindUint64 {
		g.left, g.held = samples[0].Value.Uint64(), samples[1].Value.Uint64()
	}
	return g
}

// watchdog compares usage with that at the start and at the last step.
type watchdog struct{ first, last glance }

func newWatchdog(begin glance) watchdog { return watchdog{first: begin, last: begin} }

// allowed is how long the processors may have worked since the beginning.
func (w *watchdog) allowed(now glance) time.Duration {
	return longestWork + time.Duration(now.steps-w.first.steps)*workPerStep + time.Duration(now.size-w.first.size)*workPerByte
}

// look returns in a sentence which bound is exceeded, "" for none.
func (w *watchdog) look(now glance) string {
	const what = "One expression, row or part of a file "
	switch {
	case now.work-w.first.work > w.allowed(now):
		return fmt.Sprintf("Reading it has taken %v of the processors, more than so many rows, elements and expressions should.", (now.work - w.first.work).Round(time.Second))
	case now.steps != w.last.steps:
		w.last = now
	case now.work-w.last.work > longestWork:
		return fmt.Sprintf("%shas been worked at for %v.", what, longestWork)
	case now.at.Sub(w.last.at) > longestStep:
		return fmt.Sprintf("%shas taken %v.", what, longestStep)
	case now.left > w.last.held+largestStep, now.held > w.last.held+w.last.held/2+largestHeap:
		return fmt.Sprintf("%stakes more than %d MiB of memory.", what, largestStep>>20)
	}
	return ""
}
