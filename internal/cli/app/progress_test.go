package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/cli/app"
)

// In a log there is a line every ten seconds, with how fast it goes and how long
// it still takes; a stream of events hears of it once a second at most.
func TestProgress(t *testing.T) {
	var at []time.Duration
	var done []int
	for i := range 250 { // 25 seconds of ten results a second
		at, done = append(at, time.Duration(i)*100*time.Millisecond), append(done, 10*i)
	}
	log, events := app.ProgressOf(at, done, 6000)
	want := "Applying: 1,000 of 6,000, 100/s, 50s left\nApplying: 2,000 of 6,000, 100/s, 40s left\n"
	if diff := cmp.Diff(want, log); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if n := strings.Count(events, "apply_progress"); n != 24 {
		t.Errorf("%d events, want one a second", n)
	}
	log, _ = app.ProgressOf([]time.Duration{time.Second, 11 * time.Second}, []int{1, 22}, -1)
	if want := "Applying: 22, 2/s\n"; log != want {
		t.Errorf("of an unknown total: %q, want %q", log, want)
	}
	log, _ = app.ProgressOf([]time.Duration{time.Second, 11 * time.Second}, []int{1, 90_000}, -1)
	if want := "Applying: 90,000, 8,181/s\n"; log != want {
		t.Errorf("thousands: %q, want %q", log, want)
	}
	if log, _ := app.ProgressOf([]time.Duration{time.Second}, []int{5}, 5); log != "" {
		t.Errorf("what is done in a second is no news: %q", log)
	}
}
