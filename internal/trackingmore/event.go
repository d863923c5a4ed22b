package trackingmore

import "time"

// EventKind is what an Event is about.
type EventKind string

// The kinds of events.
const (
	EventWait    EventKind = "wait"    // the gate is shut until Until: the rate, or a 429 before
	EventAnswer  EventKind = "answer"  // a request has ended, in Took, with Code or Err
	EventRetry   EventKind = "retry"   // the request will be sent again at Until
	EventPage    EventKind = "page"    // Items of Total trackings have been listed so far
	EventDropped EventKind = "dropped" // Items trackings of a page had no usable carrier and number
)

// Event is a step of progress, for logs and progress bars. It never holds a key, a
// body, or anything of a tracking.
type Event struct {
	Kind    EventKind
	Call    string        // the call's short name
	Attempt int           // from 1
	Took    time.Duration // EventAnswer: from sending to the answer's end
	Code    int           // EventAnswer: meta.code or HTTP status, 0 where there was none
	Until   time.Time     // EventWait, EventRetry
	Items   int           // EventPage, EventDropped
	Total   int           // EventPage; -1 where the service does not say
	Err     error         // EventAnswer, EventRetry
}
