package cli

import (
	"fmt"
	"runtime/metrics"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
)

// What one step of reading a configuration may take. All that a configuration
// can ask for is counted and bounded where it is evaluated; this is for what was
// forgotten there. Honest steps take a fraction of a second.
const (
	longestStep  = 8 * time.Second
	largestStep  = 320 << 20 // bytes of memory beyond what there was before it
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
	w := watchdog{since: time.Now(), memory: liveMemory()}
	for {
		select {
		case l := <-done:
			return l
		case now := <-tick.C:
			if problem := w.look(now, progress.Steps(), liveMemory()); problem != "" {
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

// watchdog knows where reading was when it last got on.
type watchdog struct {
	steps  uint64
	since  time.Time
	memory uint64
}

// look says in a sentence what is wrong, if anything is.
func (w *watchdog) look(now time.Time, steps, memory uint64) string {
	switch {
	case steps != w.steps:
		w.steps, w.since, w.memory = steps, now, memory
	case now.Sub(w.since) > longestStep:
		return fmt.Sprintf("One expression, row or part of a file has been worked at for %v.", longestStep)
	case memory > w.memory+largestStep:
		return fmt.Sprintf("One expression, row or part of a file takes more than %d MiB of memory.", largestStep>>20)
	}
	return ""
}

// liveMemory is what the last garbage collection has left, in bytes.
func liveMemory() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
