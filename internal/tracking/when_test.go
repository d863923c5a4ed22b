package tracking_test

import (
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/tracking"
)

// TestTimes reads times as shops write them, and refuses those that can be meant in two
// ways.
func TestTimes(t *testing.T) {
	tests := []struct{ text, order, ship string }{ // of order_create_time and tracking_ship_date; ! is a part of the error
		{"2026-10-20", "2026-10-20 00:00", "20261020"},
		{"2026-10-20 10:37", "2026-10-20 10:37", "20261020"},
		{"2026-10-20T10:37:00Z", "2026-10-20 10:37", "20261020"},
		{"2026-10-20T23:59:59.123456+14:00", "2026-10-20 23:59", "20261020"},
		{"2026-10-20t10:37:00-08:00", "2026-10-20 10:37", "20261020"},
		{"2026-10-20 10:37:00 +0100", "2026-10-20 10:37", "20261020"},
		{"2026-10-20 10:37 +0100", "2026-10-20 10:37", "20261020"},
		{"2026-10-20 10:37:00 UTC", "2026-10-20 10:37", "20261020"},
		{"2026-10-20 10:37:00 PDT", "2026-10-20 10:37", "20261020"},
		{"2026/9/2 9:01", "2026-09-02 09:01", "20260902"},
		{"2026.09.02 9:01", "2026-09-02 09:01", "20260902"},
		{"20.10.2026", "2026-10-20 00:00", "20261020"},
		{"3.4.2026 10:37", "2026-04-03 10:37", "20260403"},
		{"20.10.26, 10:37:59", "2026-10-20 10:37", "20261020"},
		{"20-10-2026 10:37", "2026-10-20 10:37", "20261020"},
		{"20/10/2026", "2026-10-20 00:00", "20261020"},
		{"10/20/2026 1:05 PM", "2026-10-20 13:05", "20261020"},
		{"10/20/2026 12:05 am", "2026-10-20 00:05", "20261020"},
		{"03/04/2026", `!parsedate("MM/DD/YYYY", …)`, `!parsedate("MM/DD/YYYY", …)`},
		{"03-04-2026 10:37", `!parsedate("MM-DD-YYYY", …)`, `!more than one way`},
		{"10/20/26", `!parsedate("MM/DD/YY", …)`, `!parsedate("MM/DD/YY", …)`},
		{"Oct-20-26", `!parsedate("MMM-DD-YY", …)`, `!parsedate("MMM-DD-YY", …)`},
		{"20-Oct-26 10:37", `!parsedate("DD-MMM-YY", …)`, `!more than one way`},
		{"30.2.2026", "!not a time", "!not a day"}, {"2026-13-01", "!not a time", "!not a day"}, {"20/20/2026", "!not a time", "!not a day"},
		{"2026-10-20 24:00", "!not a time", "!not a day"}, {"2026-10-20 13:00 PM", "!not a time", "!not a day"}, {"2026-10/20", "!not a time", "!not a day"},
		{"46315.44", "!not a time", "!not a day"}, {"20261020", "!not a time", "20261020"}, {"yesterday", "!not a time", "!not a day"}, {"2026-10-20 10:37 xyz", "!not a time", "!not a day"},
	}
	for _, tt := range tests {
		for attr, want := range map[tracking.Attr]string{tracking.OrderCreateTime: tt.order, tracking.ShipDate: tt.ship} {
			got, err := attr.Canonical(tt.text)
			problem, fails := strings.CutPrefix(want, "!")
			switch {
			case fails && (err == nil || !strings.Contains(err.Error(), problem)):
				t.Errorf("%s of %q: got %q, %v; want an error with %q", attr, tt.text, got, err, problem)
			case !fails && (err != nil || got != want):
				t.Errorf("%s of %q: got %q, %v; want %q", attr, tt.text, got, err, want)
			}
		}
	}
}
