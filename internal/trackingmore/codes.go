package trackingmore

import "fmt"

// The codes that something depends on (API.md §3).
const (
	codeOK      = 200
	codeCreated = 201 // created; or a number that had been there before
	codeExists  = 4016
	codeMissing = 4017
	codeEmpty   = 4031 // an empty list (API.md §5.17)

	codeOverLimit  = 202  // too many requests of one kind; or of one parcel, too soon
	codeUndetected = 4032 // detect: whose a number is cannot be told
)

// advice is what a code means, and what to do about it (API.md §3).
var advice = map[int]string{
	202:  "the service says that a limit is exceeded; what it has done is not certain",
	400:  "the service does not understand the request",
	401:  "the service refuses this API key: check that it is complete and belongs to this provider",
	402:  "the account must be paid or renewed before it can do this",
	403:  "the account is not allowed to do this: check its plan at the service",
	404:  "there is nothing at this address: is this the right endpoint?",
	405:  "this address does not take such requests: is this the right endpoint?",
	409:  "something else is changing the same tracking: try again later",
	410:  "the service is no longer at this address: is this the right endpoint?",
	429:  "too many requests: other programs that use this account share its rate; try again in some minutes, or lower requests_per_second",
	500:  "the service has failed: try again later",
	502:  "the service cannot be reached behind its gateway: try again later",
	503:  "the service is not available: try again later",
	504:  "the service does not answer its gateway: try again later",
	4001: "the service does not know this API key: check that it is complete and belongs to this provider",
	4002: "this API key has been deleted: make a new one at the service",
	4012: "the service misses a parameter or does not understand one",
	4013: "the tracking number is missing",
	4014: "the service does not accept this tracking number",
	4015: "the service does not know this carrier code",
	4016: "the tracking is there already",
	4017: "the tracking is not there",
	4018: "the account must have this activated first: ask the service",
	4019: "the account's balance is used up: top it up at the service",
	4020: "too many trackings in one request: lower batch_size",
	4021: "the account's quota is used up or its trial is over: extend the plan at the service",
	4031: "the tracking is not there",
	4032: "the service cannot tell the carrier from the number: give its carrier code",
	4033: "the service does not accept this status",
}

// said returns a code, the service's words and the advice as one clause; "" for
// success.
func said(code int, message string) string {
	if succeeded(code) {
		return ""
	}
	text := fmt.Sprintf("code %d", code)
	if message != "" {
		text += fmt.Sprintf(" %q", message)
	}
	if advice[code] != "" {
		text += ": " + advice[code]
	}
	return text
}

// succeeded reports whether a code means success (API.md §1).
func succeeded(code int) bool { return code == codeOK || code == codeCreated }

// TooSoon reports whether the service has told the same too short a time ago: code 202
// is the one for too many requests of a kind.
func (e *Error) TooSoon() bool { return e.Code == codeOverLimit }

// OfOne reports whether the fault is the named tracking's, and another may succeed.
func (e *Error) OfOne() bool {
	return e.Code >= 4012 && e.Code <= codeMissing || e.Code >= codeEmpty && e.Code <= 4033
}

// passing reports whether a code may well be gone when asked again.
func passing(code int) bool { return code >= 500 && code < 600 }
