package trackingmore

import (
	"fmt"
	"maps"
	"net/http"

	"github.com/tmsync/tmsync/internal/tracking"
)

// codes are what the codes of a service mean. One that is not in it means nothing
// that is known.
type codes map[int]meaning

// meaning is what a code means.
type meaning struct {
	verdict tracking.Verdict // what it proves about what was sent, "" for nothing
	about   tracking.About   // what it finds fault with
	ofOne   bool             // the fault is one tracking's, and another may succeed
	tooSoon bool             // the same has been told too short a time ago
	advice  string           // what it means, and what to do about it
}

// The codes that something depends on (API.md §3).
const (
	codeOK      = 200
	codeMissing = 4017
	codeEmpty   = 4031 // an empty list (API.md §5.17)

	codeUndetected = 4032 // detect: whose a number is cannot be told
)

// codesHTTP are codes that are the statuses of HTTP (API.md §3).
func codesHTTP() codes {
	return codes{
		200: {verdict: tracking.Done},
		201: {verdict: tracking.Done}, // created; or a number that had been there before
		400: {advice: "the service does not understand the request"},
		401: {verdict: tracking.Stopped, advice: "the service refuses this API key: check that it is complete and belongs to this provider"},
		402: {verdict: tracking.Stopped, advice: "the account must be paid or renewed before it can do this"},
		403: {verdict: tracking.Stopped, advice: "the account is not allowed to do this: check its plan at the service"},
		404: {advice: "there is nothing at this address: is this the right endpoint?"},
		405: {advice: "this address does not take such requests: is this the right endpoint?"},
		409: {advice: "something else is changing the same tracking: try again later"},
		410: {advice: "the service is no longer at this address: is this the right endpoint?"},
		429: {verdict: tracking.Unsent, advice: "too many requests: other programs that use this account share its rate; try again in some minutes, or lower requests_per_second"},
		500: {advice: "the service has failed: try again later"},
		502: {advice: "the service cannot be reached behind its gateway: try again later"},
		503: {advice: "the service is not available: try again later"},
		504: {advice: "the service does not answer its gateway: try again later"},
	}
}

// and returns the codes with others, which come first.
func (cs codes) and(others codes) codes {
	maps.Copy(cs, others)
	return cs
}

// codesV2 are the codes of TrackingMore v2 and Trackru v1 (API.md §3).
func codesV2() codes {
	const refused, stopped, noCredit = tracking.Refused, tracking.Stopped, tracking.NoCredit
	return codesHTTP().and(codes{
		202:  {tooSoon: true, advice: "the service says that a limit is exceeded; what it has done is not certain"},
		4001: {verdict: stopped, advice: "the service does not know this API key: check that it is complete and belongs to this provider"},
		4002: {verdict: stopped, advice: "this API key has been deleted: make a new one at the service"},
		4012: {verdict: refused, ofOne: true, advice: "the service misses a parameter or does not understand one"},
		4013: {verdict: refused, ofOne: true, about: tracking.AboutNumber, advice: "the tracking number is missing"},
		4014: {verdict: refused, ofOne: true, about: tracking.AboutNumber, advice: "the service does not accept this tracking number"},
		4015: {verdict: refused, ofOne: true, about: tracking.AboutCarrier, advice: "the service does not know this carrier code"},
		4016: {verdict: tracking.Exists, ofOne: true, advice: "the tracking is there already"},
		4017: {verdict: tracking.Missing, ofOne: true, advice: "the tracking is not there"},
		4018: {verdict: stopped, advice: "the account must have this activated first: ask the service"},
		4019: {verdict: noCredit, advice: "the account's balance is used up: top it up at the service"},
		4020: {verdict: refused, advice: "too many trackings in one request: lower batch_size"},
		4021: {verdict: noCredit, advice: "the account's quota is used up or its trial is over: extend the plan at the service"},
		4031: {ofOne: true, advice: "the tracking is not there"},
		4032: {verdict: refused, ofOne: true, about: tracking.AboutCarrier, advice: "the service cannot tell the carrier from the number: give its carrier code"},
		4033: {verdict: refused, ofOne: true, about: tracking.AboutStatus, advice: "the service does not accept this status"},
	})
}

// said returns a code, the service's words and the advice as one clause; "" for
// success.
func (cs codes) said(code int, message string) string {
	if cs.succeeded(code) {
		return ""
	}
	text := fmt.Sprintf("code %d", code)
	if message != "" {
		text += fmt.Sprintf(" %q", message)
	}
	if advice := cs[code].advice; advice != "" {
		text += ": " + advice
	}
	return text
}

// succeeded reports whether a code means success (API.md §1).
func (cs codes) succeeded(code int) bool { return cs[code].verdict == tracking.Done }

// verdict returns what a code proves about an item. The code was given for the
// item, or for the whole request. A code that makes no sense for the operation
// proves nothing.
func (cs codes) verdict(op tracking.Op, code int) tracking.Verdict {
	v := cs[code].verdict
	switch {
	case v == "",
		v == tracking.Exists && op != tracking.OpCreate && op != tracking.OpChangeCarrier,
		v == tracking.Missing && op == tracking.OpCreate:
		return tracking.InDoubt
	}
	return v
}

// codeOf returns the one code that counts. Errors come as meta.code under HTTP
// 200, and perhaps as a real HTTP status (API.md §5.18):
//
//	status       body readable             unreadable
//	429          429                       429
//	2xx          meta.code                 0: no answer at all
//	5xx          the status                the status
//	other        meta.code unless success  the status
func (cs codes) codeOf(status int, m meta, err error) int {
	switch {
	case status == http.StatusTooManyRequests || status >= 500:
		return status
	case status < 300 && err != nil:
		return 0
	case status < 300 || err == nil && !cs.succeeded(m.code):
		return m.code
	default:
		return status
	}
}

// passing reports whether a code may well be gone when asked again.
func passing(code int) bool { return code >= 500 && code < 600 }
