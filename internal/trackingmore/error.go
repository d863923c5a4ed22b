package trackingmore

import (
	"errors"
	"fmt"
	"strings"
)

// ErrInconclusive is returned when an answer proves nothing about what it lacks.
// The errors of List and Lookup wrap it.
var ErrInconclusive = errors.New("the answer proves nothing")

// Error is a request that did not end well. Its text never holds the API key.
type Error struct {
	Method string // "POST"
	Call   string // the call's short name: "batch"
	Status int    // HTTP status, 0 where no answer came
	Code   int    // meta.code, or the HTTP status; 0 where no readable answer came
	// Message is what the service said, cut short.
	Message string
	// Unsent means that the service certainly has not acted on the request.
	Unsent bool

	codes codes // of the service
	err   error // why there is no answer with a code; may be nil
	tries int   // how often such a request may be sent in all; see exchange
}

// Error returns which call failed, how, and what to do.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: ", e.Method, e.Call)
	switch {
	case e.err != nil && e.Unsent:
		fmt.Fprintf(&b, "not sent: %v", e.err)
	case e.err != nil && e.Status == 0:
		fmt.Fprintf(&b, "no answer: %v", e.err)
	case e.err != nil:
		fmt.Fprintf(&b, "HTTP status %d: %v", e.Status, e.err)
	default:
		b.WriteString(e.codes.said(e.Code, e.Message))
	}
	return b.String()
}

// TooSoon reports whether the service has told the same too short a time ago.
func (e *Error) TooSoon() bool { return e.codes[e.Code].tooSoon }

// OfOne reports whether the fault is the named tracking's, and another may succeed.
func (e *Error) OfOne() bool { return e.codes[e.Code].ofOne }

// Unwrap returns the cause, where the request had no answer with a code.
func (e *Error) Unwrap() error { return e.err }

// failed returns the error for a request, from its answer or the lack of one.
func failed(r *request, a *answer, err error) *Error {
	if err != nil {
		if text := err.Error(); r.quote(text) != text {
			err = errors.New(r.quote(text))
		}
	}
	e := &Error{Method: r.method, Call: r.call, codes: r.codes, err: err}
	if a != nil {
		e.Status, e.Code, e.Message = a.status, a.code, a.message
	}
	return e
}
