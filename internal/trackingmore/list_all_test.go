package trackingmore_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// late answers a page with nothing until so many requests have come.
func late(page, until int) func(a *account) {
	return func(a *account) {
		a.hide = func(q query) bool { return q.page == page && len(a.requests) <= until }
	}
}

// TestListAll has lists that end early, or never: what is returned is everything
// or an error.
func TestListAll(t *testing.T) {
	all, two := numbered(0, 250), numbered(0, 2)
	says := func(total string) func(int) string { return func(int) string { return total } }
	tests := []struct {
		name    string
		account account
		with    func(*account)
		want    []tracking.Key
		err     string
		shape   string
	}{
		{name: "whole", account: account{keys: all, clamp: 100}, want: all, shape: "page 1, page 2, page 3"},
		{name: "page 2 of 3 is empty", account: account{keys: all, clamp: 100}, with: late(2, 1000), err: "there are 250 trackings, and shows 100",
			shape: "page 1, page 2, page 1, page 2, page 1, page 2"},
		{name: "page 2 of 3 is empty once", account: account{keys: all, clamp: 100}, with: late(2, 2), want: all, shape: "page 1, page 2, page 1, page 2, page 3"},
		{name: "the last page is empty once", account: account{keys: all, clamp: 100}, with: late(3, 3), want: all,
			shape: "page 1, page 2, page 3, page 1, page 2, page 3"},
		{name: "56, two of them, and nothing", account: account{keys: two, total: says(`"56"`)}, err: "there are 56 trackings, and shows 2",
			shape: "page 1, page 2, page 1, page 2, page 1, page 2"},
		{name: "56, two of them, and a page without any", account: account{keys: two, bare: true, total: says(`"56"`)}, err: "there are 56 trackings, and shows 2",
			shape: "page 1, page 2, page 1, page 2, page 1, page 2"},
		{name: "one, and two of them", account: account{keys: two, total: says("1")}, err: "there are 1 trackings, and shows 2", shape: "page 1, page 1, page 1"},
		{name: "another total on each page", account: account{keys: all, clamp: 100, total: func(n int) string { return strconv.Itoa(250 + n%2) }}, err: "changed each",
			shape: strings.TrimSuffix(strings.Repeat("page 1, page 2, page 3, page 4, ", 3), ", ")},
		{name: "no total", account: account{keys: all, clamp: 100, total: says("null")}, want: all,
			shape: "page 1, page 2, page 3, page 4, page 1, page 2, page 3, page 4"},
		{name: "no total, and not always the same", account: account{keys: all, clamp: 100, total: says("null")}, with: late(3, 4), want: all,
			shape: "page 1, page 2, page 3, page 1, page 2, page 3, page 4, page 1, page 2, page 3, page 4"},
		{name: "nothing", account: account{counted: `{"pending":0}`}, shape: "page 1, page 1, count"},
		{name: "nothing, and the service does not count", shape: "page 1, page 1, count"},
		{name: "nothing, but not by the count", account: account{counted: `{"pending":3}`}, err: "counts 3", shape: "page 1, page 1, count"},
		{name: "nothing once", account: account{keys: two}, with: late(1, 1), want: two, shape: "page 1, page 1"},
		{name: "the total grows for ever", account: account{keys: numbered(0, 20000), clamp: 100, total: func(n int) string { return strconv.Itoa(100*n + 200) }}, err: "does not end"},
		{name: "no total, and no end", account: account{keys: numbered(0, 6000), clamp: 1, total: says("null")}, err: "does not end"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.with != nil {
				tt.with(&tt.account)
			}
			l, err := newClient(t, &tt.account).ListAll(background(), trackingmore.ListOptions{})
			switch {
			case tt.err != "":
				if !errors.Is(err, trackingmore.ErrInconclusive) || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want %q", err, tt.err)
				}
			case err != nil:
				t.Fatal(err)
			default:
				if diff := cmp.Diff(append([]tracking.Key{}, tt.want...), keysOf(&l.Listing)); diff != "" || !l.Full {
					t.Errorf("full %v, keys (-want +got):\n%s", l.Full, diff)
				}
			}
			if got := tt.account.shape(); got != tt.shape && tt.shape != "" {
				t.Errorf("asked %s, want %s", got, tt.shape)
			}
			if n := len(tt.account.requests); n > 5010 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// TestListEndsEarly has a list that does not show what it says there is, for those
// who want to know of some keys: they are asked for by number, or it is read again,
// whichever takes fewer requests.
func TestListEndsEarly(t *testing.T) {
	all, absent := numbered(0, 250), numbered(5000, 300)
	tests := []struct {
		name  string
		until int // page 2 is empty for so many requests
		o     trackingmore.ListOptions
		want  []tracking.Key
		shape string
	}{
		{"a known one", 1000, trackingmore.ListOptions{Known: all[240:241]}, slices.Concat(all[:100], all[240:241]), "page 1, 1 numbers"},
		{"in full", 1000, trackingmore.ListOptions{Mode: trackingmore.ModeFull, Known: all[240:241]}, slices.Concat(all[:100], all[240:241]), "page 1, page 2, 2 numbers"},
		{"a declared one", 1000, trackingmore.ListOptions{Mode: trackingmore.ModeFull, Declared: all[240:241]}, slices.Concat(all[:100], all[240:241]), "page 1, page 2, 2 numbers"},
		{"many that are new", 2, trackingmore.ListOptions{Mode: trackingmore.ModeFull, Declared: slices.Concat(all, absent)}, all, "page 1, page 2, page 1, page 2, page 3"},
		{"many that are not shown", 1000, trackingmore.ListOptions{Mode: trackingmore.ModeFull, Declared: all}, all,
			"page 1, page 2, page 1, page 2, page 1, page 2, 40 numbers, 40 numbers, 40 numbers, 34 numbers"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := &account{keys: all, clamp: 100}
			late(2, tt.until)(a)
			l, err := newClient(t, a).List(background(), tt.o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, keysOf(l)); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
			if a.shape() != tt.shape {
				t.Errorf("asked %s, want %s", a.shape(), tt.shape)
			}
		})
	}
}

// TestClockBehind has a clock that is not the service's. What was just created is
// listed all the same, the pages are pinned by the service's clock, and the skew is
// known. What an answer says may be nonsense.
func TestClockBehind(t *testing.T) {
	const second = time.Second
	fixed := func(text string) func(time.Time) string { return func(time.Time) string { return text } }
	off := func(by time.Duration) func(time.Time) string {
		return func(now time.Time) string { return now.Add(by).UTC().Format(time.RFC1123) }
	}
	tests := []struct {
		name string
		date func(now time.Time) string
		by   time.Duration // the service's clock before ours
		skew time.Duration
		pins string
	}{
		{name: "in time", pins: "none, 1, 1"},
		{name: "5 s behind", by: 5 * second, skew: 5 * second, pins: "none, 6, 6"},
		{name: "5 s ahead", by: -5 * second, skew: -4 * second, pins: "none, -4, -4"},
		{name: "an hour behind", by: time.Hour, skew: time.Hour, pins: "none, 3601, 3601"},
		{name: "no date", date: fixed(""), by: 5 * second, pins: "none, none, none"},
		{name: "no time", date: fixed("soon"), by: 5 * second, pins: "none, none, none"},
		{name: "1970", date: fixed("Thu, 01 Jan 1970 00:00:00 GMT"), by: 5 * second, pins: "none, none, none"},
		{name: "9999", date: fixed("Fri, 31 Dec 9999 23:59:59 GMT"), by: 5 * second, pins: "none, none, none"},
		{name: "too early by a day", date: off(-24 * time.Hour), by: 5 * second, skew: -24*time.Hour + second, pins: "none, -86399, -86399, none, none, none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				service := func() time.Time { return time.Now().Add(tt.by) }
				all := numbered(0, 250)
				a := &account{keys: all, clamp: 100, created: map[tracking.Key]time.Time{all[0]: service(), all[1]: service().Add(-2 * second)}}
				a.date = func(int) string {
					if tt.date != nil {
						return strings.Replace(tt.date(time.Now()), "UTC", "GMT", 1)
					}
					return service().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
				}
				c := newClient(t, a)
				l, err := c.List(background(), trackingmore.ListOptions{Mode: trackingmore.ModeFull, Declared: numbered(0, 500)})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(all, keysOf(l)); diff != "" || !l.Full {
					t.Errorf("full %v, keys (-want +got):\n%s", l.Full, diff)
				}
				var pins []string
				for _, q := range a.requests {
					pin := "none"
					if at, err := strconv.ParseInt(q.pin, 10, 64); err == nil {
						pin = fmt.Sprint(at - start.Unix())
					}
					pins = append(pins, pin)
				}
				want := tt.pins
				if got := strings.Join(pins, ", "); got != want {
					t.Errorf("pinned to %s, want %s", got, want)
				}
				if got := c.Skew(); got != tt.skew {
					t.Errorf("skew %v, want %v", got, tt.skew)
				}
			})
		})
	}
}
