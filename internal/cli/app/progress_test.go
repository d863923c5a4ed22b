package app_test

import (
	"strings"
	"testing"
	"testing/synctest"
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
	want := "Applying: 1,000 of 6,000 · 100/s · 50 s left\nApplying: 2,000 of 6,000 · 100/s · 40 s left\n"
	if diff := cmp.Diff(want, log); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if n := strings.Count(events, "apply_progress"); n != 24 {
		t.Errorf("%d events, want one a second", n)
	}
	log, _ = app.ProgressOf([]time.Duration{time.Second, 11 * time.Second}, []int{1, 22}, -1)
	if want := "Applying: 22 · 2/s\n"; log != want {
		t.Errorf("of an unknown total: %q, want %q", log, want)
	}
	log, _ = app.ProgressOf([]time.Duration{time.Second, 11 * time.Second}, []int{1, 90_000}, -1)
	if want := "Applying: 90,000 · 8,181/s\n"; log != want {
		t.Errorf("thousands: %q, want %q", log, want)
	}
	if log, _ := app.ProgressOf([]time.Duration{time.Second}, []int{5}, 5); log != "" {
		t.Errorf("what is done in a second is no news: %q", log)
	}
}

// A pause that the service asks for is counted down on a terminal, is a line every ten
// seconds in a log, and one event. What the rate wants is none.
func TestPause(t *testing.T) {
	for _, tt := range []struct {
		name          string
		width         int
		long, watched time.Duration
		want          string
		events        int
	}{
		{"terminal", 80, 103 * time.Second, 2500 * time.Millisecond,
			"\r\x1b[KThe service asks for a pause: 1:43 left; 40 of 200 done\r\x1b[KThe service asks for a pause: 1:42 left; 40 of 200 done\r\x1b[KThe service asks for a pause: 1:41 left; 40 of 200 done\r\x1b[K", 1},
		{"log", 0, 2 * time.Minute, 25 * time.Second,
			"The service asks for a pause: 2:00 left; 40 of 200 done\nThe service asks for a pause: 1:50 left; 40 of 200 done\nThe service asks for a pause: 1:40 left; 40 of 200 done\n", 1},
		{"over before it ends", 0, 8 * time.Second, 30 * time.Second, "The service asks for a pause: 0:08 left; 40 of 200 done\n", 1},
		{"the rate", 80, time.Second, time.Second, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, events := app.PauseOf(tt.width, tt.long, tt.watched)
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("told (-want +got):\n%s", diff)
				}
				if n := strings.Count(events, `"type":"service_pause"`); n != tt.events {
					t.Errorf("%d events, want %d: %s", n, tt.events, events)
				}
			})
		})
	}
}
