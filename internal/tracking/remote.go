package tracking

// Remote is one tracking as the service reports it (API.md §2.6).
type Remote struct {
	Key Key
	// Ref is the service's own id of the tracking, "" where none matters. It names the tracking in requests, and never decides which one it is:
	// that does Key.
	Ref string
	// Attrs are the listed attributes (Service.Listed), in canonical form; null, "" and a
	// missing key are all "".
	Attrs Attrs
	// Status is the live status: pending, notfound, transit, pickup, delivered,
	// undelivered, exception, expired. It moves by itself.
	Status string
	// LastEvent is when the parcel's last event was, in unix seconds; 0 where that
	// is not known. The list tells it without a time zone: it is the latest instant
	// that can be meant.
	LastEvent int64
	// Filled are listed attributes whose value the service may have put in by itself:
	// it shows the same where none was given.
	Filled AttrSet
}

// Live statuses that mean that a parcel's life is over: a tracking last seen so
// that vanishes was put away by the service, and is not created again.
const (
	LiveDelivered = "delivered"
	LiveExpired   = "expired"
)

// Gone replaces the live status of a declared tracking that vanished from the
// service. It is kept while the tracking is left alone (OnMissing).
const Gone = "gone"

// Listing is what one refresh has learned.
type Listing struct {
	Items []Remote
	// Full means that Items is the whole account, by the service's total. Otherwise
	// only the keys that were asked for are known, and what is not ours cannot be
	// counted.
	Full bool
	// Only are the numbers that were asked for where others of ours were not. What the
	// listing has of those, or lacks, means nothing.
	Only Numbers
	// Requests is how many requests it took.
	Requests int
}

// Whole is a listing of all that the account has. Whoever needs that asks for this
// type: a Listing may lack what it was not asked for.
type Whole struct{ Listing }

// Account is the service's view of the account behind the API key
// (API.md §2.11).
type Account struct {
	// Credits is how many more trackings the account may create.
	Credits int
	// Identity is stable for one account and differs between accounts. It
	// is personal data: only a hash of it may be stored.
	Identity string
}

// Find returns what a listing has of a key, nil if it has nothing.
func (l *Listing) Find(key Key) *Remote {
	for i := range l.Items {
		if l.Items[i].Key == key {
			return &l.Items[i]
		}
	}
	return nil
}
