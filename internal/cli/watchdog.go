package cli

import (
	"fmt"
	"runtime/metrics"
	"sync/atomic"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
)

// What one step of reading a configuration may take. All that a configuration
// can ask for is counted and bounded where it is evaluated; this is for what was
// forgotten there. Honest steps take a fraction of a second of the processor, and
// as long as it pleases on a machine on which much else goes on.
const (
	longestWork  = 8 * time.Second
	longestStep  = 2 * time.Minute // of doing nothing, too
	largestStep  = 320 << 20       // bytes of memory beyond what there was before it
	watchedEvery = 20 * time.Millisecond
)

// loaded is what reading a configuration gives.
type loaded struct {
	cfg   *config.Config
	diags hcl.Diagnostics
	code  ExitCode // another one than OK: reading has failed, and that is reported
}

// loadWatched reads the configuration. What does not get on, and cannot be
// stopped, is left behind: nothing has been locked, written or sent by then, and
// the process is about to end.
func (a *app) loadWatched(o config.Options) loaded {
	progress := &config.Progress{}
	o.Progress = progress
	var asking atomic.Bool // a person takes as long as it pleases
	if ask := o.Ask; ask != nil {
		o.Ask = func(q config.Question) (string, bool) {
			asking.Store(true)
			defer asking.Store(false)
			return ask(q)
		}
	}
	done := make(chan loaded, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				done <- loaded{code: a.crashed(v)}
			}
		}()
		cfg, diags := config.Load(a.dir, o)
		done <- loaded{cfg: cfg, diags: diags}
	}()
	tick := time.NewTicker(watchedEvery)
	defer tick.Stop()
	w := watchdog{last: look(time.Now(), 0)}
	for {
		select {
		case l := <-done:
			return l
		case now := <-tick.C:
			seen := look(now, progress.Steps())
			if asking.Load() {
				w.last = seen
			} else if problem := w.look(seen); problem != "" {
				return loaded{code: a.tooMuch(problem, progress.Place())}
			}
		}
	}
}

// tooMuch reports what the watchdog has found.
func (a *app) tooMuch(problem string, place *hcl.Range) ExitCode {
	a.report(hcl.Diagnostics{{
		Severity: hcl.DiagError, Summary: "The configuration takes too much", Subject: place,
		Detail: problem + " Nothing was changed. Make what stands here smaller; large data belongs into a CSV file, which a trackings block reads.",
	}}, nil)
	return Failure
}

// glance is what the watchdog sees at one time.
type glance struct {
	at    time.Time
	work  time.Duration // of the processors, for this process
	steps uint64        // that have been begun
	// Bytes that the last garbage collection has left, and bytes that are held now,
	// garbage among them. What a step takes is what a collection after its begin
	// leaves, beyond what was held at its begin: what earlier steps have taken may
	// be seen to live only then.
	left, held uint64
}

// look glances at the process.
func look(now time.Time, steps uint64) glance {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(samples)
	g := glance{at: now, work: processorTime(), steps: steps}
	if samples[0].Value.Kind() == metrics.KindUint64 && samples[1].Value.Kind() == metrics.KindUint64 {
		g.left, g.held = samples[0].Value.Uint64(), samples[1].Value.Uint64()
	}
	return g
}

// watchdog knows how it was when reading last got on.
type watchdog struct{ last glance }

// look says in a sentence what is wrong, if anything is.
func (w *watchdog) look(now glance) string {
	const what = "One expression, row or part of a file "
	switch {
	case now.steps != w.last.steps:
		w.last = now
	case now.work-w.last.work > longestWork:
		return fmt.Sprintf("%shas been worked at for %v.", what, longestWork)
	case now.at.Sub(w.last.at) > longestStep:
		return fmt.Sprintf("%shas taken %v.", what, longestStep)
	case now.left > w.last.held+largestStep:
		return fmt.Sprintf("%stakes more than %d MiB of memory.", what, largestStep>>20)
	}
	return ""
}
