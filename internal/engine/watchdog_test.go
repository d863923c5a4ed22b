package engine

import (
	"strings"
	"testing"
	"time"
)

// TestWatchdog shows the watchdog how reading gets on.
func TestWatchdog(t *testing.T) {
	const mib = 1 << 20
	var w watchdog
	start := time.Now()
	for _, tt := range []struct {
		at, work time.Duration
		steps    uint64
		size     uint64 // bytes that were parsed
		left     uint64 // by the last collection
		held     uint64 // more than that
		want     string
	}{
		{0, 0, 1, 0, 100 * mib, 0, ""},
		{60 * time.Second, 4 * time.Second, 1, 0, 280 * mib, 0, ""},
		{60 * time.Second, 4 * time.Second, 2, 0, 900 * mib, 0, ""}, // it has got on
		{100 * time.Second, 8 * time.Second, 2, 4 << 20, 1080 * mib, 0, ""},
		{100 * time.Second, 8 * time.Second, 2, 4 << 20, 1300 * mib, 0, "more than 192 MiB"},
		{100 * time.Second, 8 * time.Second, 3, 4 << 20, 1300 * mib, 300 * mib, ""},
		{100 * time.Second, 8 * time.Second, 3, 4 << 20, 1700 * mib, 0, ""}, // what was held already has turned out to live
		{100 * time.Second, 8 * time.Second, 3, 4 << 20, 2100 * mib, 0, "more than 192 MiB"},
		{101 * time.Second, 17 * time.Second, 3, 40 << 20, 1300 * mib, 0, "worked at for 8s"},
		{101 * time.Second, 17 * time.Second, 4, 40 << 20, 1300 * mib, 0, ""},
		{102 * time.Second, 54 * time.Second, 5, 40 << 20, 1300 * mib, 0, "has taken 54s of the processors"},
		{102 * time.Second, 54 * time.Second, 200_005, 40 << 20, 1300 * mib, 0, ""},
		{223 * time.Second, 55 * time.Second, 200_005, 40 << 20, 1300 * mib, 0, "has taken 2m0s"},
	} {
		if got := w.look(glance{at: start.Add(tt.at), work: tt.work, steps: tt.steps, size: tt.size, left: tt.left, held: tt.left + tt.held}); tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("after %v at step %d with %d MiB: %q, want %q", tt.at, tt.steps, tt.left/mib, got, tt.want)
		}
	}
}
