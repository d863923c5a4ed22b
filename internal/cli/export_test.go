package cli

import "time"

// What the tests look at from inside.

// Watchdog is what looks after the reading of a configuration.
type Watchdog = watchdog

// Look shows the watchdog something.
func Look(w *Watchdog, at time.Time, work time.Duration, memory, steps uint64) string {
	return w.look(glance{at, work, memory, steps})
}
