package sandbox

import "time"

// limiter is the account's rate (§4): a schedule of one request every interval, on
// which as many as a whole second allows may come at once. Who comes too early is
// shut out for the penalty, whatever else comes (§3, 429). Requests that are
// refused during the penalty do not prolong it.
type limiter struct {
	interval time.Duration // 0 means no limit
	early    time.Duration // how far ahead of the schedule a request may be
	penalty  time.Duration

	next      time.Time // when the schedule expects the next request
	shutUntil time.Time
}

func newLimiter(rate float64, penalty time.Duration) limiter {
	if rate == 0 {
		return limiter{}
	}
	interval := time.Duration(float64(time.Second) / rate)
	burst := max(int64(rate), 1)
	// A twentieth of the interval forgives the jitter of the way here.
	early := time.Duration(burst-1)*interval + interval/20
	return limiter{interval: interval, early: early, penalty: penalty}
}

// take reports whether a request that comes now is within the rate.
func (l *limiter) take(now time.Time) bool {
	if l.interval == 0 {
		return true
	}
	if now.Before(l.shutUntil) {
		return false
	}
	if l.next.Before(now) {
		l.next = now
	}
	if l.next.Sub(now) > l.early {
		l.shut(now)
		return false
	}
	l.next = l.next.Add(l.interval)
	return true
}

// shut refuses everything for the penalty.
func (l *limiter) shut(now time.Time) {
	l.shutUntil = now.Add(l.penalty)
	l.next = time.Time{}
}

// inRate reports whether a request is within the account's rate. Realtime has a
// rate of its own besides (§2.9). Both have the same penalty.
func (s *Server) inRate(c *call) bool {
	now := s.opts.Now()
	if c.dialect.isV4() {
		return s.inRateV4(c, now)
	}
	if !s.limit.take(now) {
		return false
	}
	if c.name == realtimeName && !s.live.take(now) {
		s.limit.shut(now)
		return false
	}
	return true
}

// inRateV4 is inRate of v4. Creating one tracking has a rate of its own there, and
// all other calls have one together (§9).
func (s *Server) inRateV4(c *call, now time.Time) bool {
	l := &s.limitV4
	if c.name == createName {
		l = &s.createV4
	}
	if now.Before(l.shutUntil) {
		return false
	}
	if l.take(now) {
		return true
	}
	s.limitV4.shut(now)
	s.createV4.shut(now)
	return false
}

// tooSoon reports whether a parcel was asked for live too short a time ago (§2.9).
// If not, this request is recorded. Like the rates, this is forgotten when the
// server ends.
func (s *Server) tooSoon(k Key) bool {
	now := s.opts.Now()
	if last, ok := s.asked[k]; ok && now.Before(last.Add(s.opts.LiveEvery)) {
		return true
	}
	s.asked[k] = now
	return false
}
