package sandbox_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/sandbox"
)

// live asks for a parcel live, and gives the code of the answer.
func live(t *testing.T, s *sandbox.Server, number string) int {
	t.Helper()
	return code(t, s, "POST", "/v2/trackings/realtime", fmt.Sprintf(`{"tracking_number":%q,"carrier_code":"sto"}`, number))
}

// TestLiveRate: realtime has a rate of its own, below that of the account, and
// exceeding it closes the account for the penalty.
func TestLiveRate(t *testing.T) {
	for _, tt := range []struct {
		rate, liveRate float64
		want           []int // of three parcels in one second
	}{
		{0, 0, []int{200, 200, 200}}, // no limit at all
		{5, 0, []int{200, 429, 429}},
		{5, 3, []int{200, 200, 200}},
		{1, 3, []int{200, 429, 429}}, // the account's own
	} {
		now := newClock()
		s := newServer(t, sandbox.Options{Now: now.now, Rate: tt.rate, LiveRate: tt.liveRate})
		var got []int
		for i := range 3 {
			got = append(got, live(t, s, fmt.Sprintf("4029342990%d", i)))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("rates %v and %v: codes (-want +got):\n%s", tt.rate, tt.liveRate, diff)
		}
		shut := got[1] == 429
		now.advance(119 * time.Second)
		if other := code(t, s, "GET", "/v2/trackings/getuserinfo", ""); (other == 429) != shut {
			t.Errorf("rates %v and %v: another call in the penalty has code %d", tt.rate, tt.liveRate, other)
		}
		now.advance(time.Second)
		if again := live(t, s, "40293429909"); again != 200 {
			t.Errorf("rates %v and %v: code %d after the penalty", tt.rate, tt.liveRate, again)
		}
	}
	if _, err := sandbox.New(sandbox.Options{LiveRate: -1}); err == nil {
		t.Error("a negative rate is accepted")
	}
}

// TestLiveInterval: a parcel is told of once in two hours. What was refused, or
// was not understood, does not count, and other parcels are none of its business.
func TestLiveInterval(t *testing.T) {
	now := newClock()
	s := newServer(t, sandbox.Options{Now: now.now, Faults: parseFaults(t, "realtime:1:code=500")})
	got := []int{live(t, s, "40001"), live(t, s, "40001"), live(t, s, "40002"), live(t, s, "40001")}
	now.advance(2*time.Hour - time.Nanosecond)
	got = append(got, live(t, s, "40001"))
	now.advance(time.Nanosecond)
	got = append(got, live(t, s, "40001"), live(t, s, "40001"))
	if diff := cmp.Diff([]int{500, 200, 200, 202, 202, 200, 202}, got); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}

	s = newServer(t, sandbox.Options{Now: now.now, LiveEvery: -1})
	if first, second := live(t, s, "40001"), live(t, s, "40001"); first != 200 || second != 200 {
		t.Errorf("without the rule: codes %d and %d", first, second)
	}
}
