package trackingmore_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// lastEvent lists a tracking with a lastUpdateTime, as JSON, and gives what is made
// of it, in unix seconds.
func lastEvent(t testing.TB, value string) int64 {
	t.Helper()
	got, err := read(t, fmt.Sprintf(`{"meta":{"code":200},"data":{"total":"1","items":[{"tracking_number":"11111","carrier_code":"sto","lastUpdateTime":%s}]}}`, value))
	if err != nil || len(got) != 1 {
		t.Fatalf("%s: %v %v", value, got, err)
	}
	return got[0].LastEvent
}

func TestLastEvent(t *testing.T) {
	at := func(text string) int64 {
		when, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return when.Unix()
	}
	for value, want := range map[string]int64{
		`"2026-08-27 16:51:07"`: at("2026-08-27T16:51:07-12:00"),
		`"2026-08-27 16:51"`:    at("2026-08-27T16:51:59-12:00"),
		`"2024-02-29 00:00:00"`: at("2024-02-29T00:00:00-12:00"),
		`"2010-01-01 00:00"`:    at("2010-01-01T00:00:59-12:00"),

		`null`: 0, `""`: 0, `[]`: 0, `{}`: 0, `true`: 0, `1787828400`: 0, `"1787828400"`: 0,
		`"2026-08-27"`: 0, `"2026/08/27 16:51"`: 0, `"2026-8-27 16:51:7"`: 0, `"27.08.2026 16:51"`: 0,
		`"2026-08-27T16:51:07"`: 0, `"2026-08-27 16:51:07Z"`: 0, `"2026-08-27 16:51:07.5"`: 0, `" 2026-08-27 16:51"`: 0, `"2026-08-27 4:51 PM"`: 0,
		`"2026-02-30 16:51"`: 0, `"2026-08-27 24:00"`: 0, `"2026-13-01 00:00:00"`: 0,
		`"0000-00-00 00:00:00"`: 0, `"0001-01-01 00:00"`: 0, `"1970-01-01 00:00:00"`: 0, `"2009-12-31 23:59"`: 0,
	} {
		if got := lastEvent(t, value); got != want {
			t.Errorf("%s is %s, want %s", value, time.Unix(got, 0).UTC(), time.Unix(want, 0).UTC())
		}
	}
}

// Whatever zone the service meant, an event is never taken to be older than it is,
// and by hardly more than a day to be younger.
func TestLastEventIsNeverEarly(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		when := time.Unix(rapid.Int64Range(1262390400, 4000000000).Draw(r, "when"), 0)
		quarters := rapid.IntRange(-12*4, 14*4).Draw(r, "quarters of an hour east of UTC")
		layout := rapid.SampledFrom([]string{"2006-01-02 15:04:05", "2006-01-02 15:04"}).Draw(r, "layout")
		text := when.In(time.FixedZone("", quarters*15*60)).Format(layout)
		got := time.Unix(lastEvent(t, fmt.Sprintf("%q", text)), 0)
		if got.Before(when) || got.After(when.Add(26*time.Hour+time.Minute)) {
			r.Errorf("%s, at %d quarters, is taken for %s", text, quarters, got.UTC())
		}
	})
}
