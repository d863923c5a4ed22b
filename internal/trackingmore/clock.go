package trackingmore

import (
	"net/http"
	"sync"
	"time"
)

// dateOf returns an answer's time by the service's clock, zero for none. A time
// before there was HTTP, or long after us, is none either.
func dateOf(resp *http.Response) time.Time {
	t, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil || t.Year() < firstDate || t.Year() > lastDate {
		return time.Time{}
	}
	return t
}

// The years in which a clock is believed to be.
const (
	firstDate = 1991
	lastDate  = 2200
)

// clock is how far the service's clock is from ours, as its answers tell.
type clock struct {
	mu    sync.Mutex
	known bool
	ahead time.Duration // the service's before ours
}

// compare records what an answer shows of the service's clock. Its date was right
// at some time between sending and now, and has no fraction of a second: what that
// leaves open is taken for the best. So is what answers do not agree on.
func (c *clock) compare(date, sent, now time.Time) {
	if date.IsZero() {
		return
	}
	least, most := date.Sub(now), date.Add(time.Second).Sub(sent)
	ahead := max(least, 0) + min(most, 0)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known || ahead.Abs() < c.ahead.Abs() {
		c.known, c.ahead = true, ahead
	}
}

// Skew returns by how much at least the service's clock is ahead; negative when it
// is behind, 0 when they agree or nothing is known.
func (c *Client) Skew() time.Duration {
	c.clock.mu.Lock()
	defer c.clock.mu.Unlock()
	return c.clock.ahead
}
