package sandbox

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// maxLatency bounds Latency: a client waits no longer, and "hang" is a fault.
const maxLatency = 5 * time.Minute

// Latency is how long the answers take: each at least Min, and evenly spread up to
// Max.
type Latency struct{ Min, Max time.Duration }

// ParseLatency reads a Latency: a duration such as 200ms, or two as in 200ms-1s.
func ParseLatency(text string) (Latency, error) {
	low, high, isRange := strings.Cut(text, "-")
	if !isRange {
		high = low
	}
	shortest, err := time.ParseDuration(low)
	longest, err2 := time.ParseDuration(high)
	if err != nil || err2 != nil || shortest < 0 || longest < shortest || longest > maxLatency {
		return Latency{}, fmt.Errorf("latency %q is no duration up to %s, such as 200ms, and no range, such as 200ms-1s", text, maxLatency)
	}
	return Latency{shortest, longest}, nil
}

// delay waits as long as an answer takes. What was asked for has been done by then,
// so that a client that gives up does not know it.
func (s *Server) delay(r *http.Request) {
	l := s.opts.Latency
	if l.Max == 0 {
		return
	}
	timer := time.NewTimer(l.Min + rand.N(l.Max-l.Min+1))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}
