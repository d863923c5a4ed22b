package tracking

// Op is one kind of write that a service offers.
type Op string

// The operations, in the order in which an apply sends them.
const (
	OpChangeCarrier Op = "change_carrier" // one tracking moves to another carrier
	OpCreate        Op = "create"
	OpUpdate        Op = "update"       // many trackings; not the phone
	OpPut           Op = "put"          // one tracking, every attribute that can change
	OpStopUpdates   Op = "stop_updates" // many trackings; cannot be taken back
	OpDelete        Op = "delete"
)

// Call describes how a service carries out an operation.
type Call struct {
	Name string // the endpoint's short name, as the cost footer shows it: "updatemore"
	One  string // that of the endpoint for one tracking alone: "put"; "" for the same
	Max  int    // how many trackings one request takes
}

// ListName is the short name of the endpoint that lists trackings, at every service. It is
// the only one that an apply reads from.
const ListName = "list"

// For is the short name of the endpoint for n trackings.
func (c Call) For(n int) string {
	if n == 1 && c.One != "" {
		return c.One
	}
	return c.Name
}

// Item is one tracking in a write.
type Item struct {
	Key   Key
	Ref   string // the service's own id, "" where it is not known; see Remote
	Attrs Attrs  // what to write, in canonical form
	// Secret are more attributes, besides the sensitive ones, not to be repeated to
	// anybody.
	Secret AttrSet
	// Carrier is the carrier to change to (OpChangeCarrier).
	Carrier string
}

// Sensitive reports whether an attribute's value must not be shown, logged or stored.
func (it *Item) Sensitive(a Attr) bool { return a.Spec().Sensitive || it.Secret.Has(a) }

// Verdict is what is proven about one item of a write.
type Verdict string

// The verdicts. Only the answer's own words about the item prove anything: not
// counters, and not the code of the whole answer (API.md §5.15).
const (
	Done     Verdict = "done"      // applied
	Exists   Verdict = "exists"    // create, or the target of a carrier change: the key is taken (4016)
	Missing  Verdict = "missing"   // the key is not there (4017)
	Refused  Verdict = "refused"   // not applied, because of what the item says: sent again as it is, it comes to the same
	NoCredit Verdict = "no_credit" // not applied, the account is out of credits (4019, 4021)
	Stopped  Verdict = "stopped"   // not applied, and nothing else will be: key, permission, payment (401, 402, 403, 4001, 4002, 4018)
	Unsent   Verdict = "unsent"    // never reached the service
	InDoubt  Verdict = "in_doubt"  // sent, and nothing is proven: read it back
)

// About is the part of an item that the service finds fault with: one of these, or
// an attribute's name.
type About string

// The parts.
const (
	AboutItem    About = "" // it cannot be told
	AboutNumber  About = "number"
	AboutCarrier About = "carrier"
	AboutStatus  About = "status"
)

// Attr returns the attribute, if it is one that is at fault.
func (a About) Attr() (Attr, bool) { return ParseAttr(string(a)) }

// Final reports whether the service has refused the item for good. Such an item has
// to be mended; to send it again is of no use.
func (o *Outcome) Final() bool { return o.Verdict == Refused }

// Outcome is what one write did to one of its items.
type Outcome struct {
	Verdict Verdict
	// Code is what the service has answered, 0 if it has not. It is for the record:
	// what it means is known to the client alone, and is in the other fields.
	Code    int
	Message string // the service's words, or ours where there was no answer
	// Accepted means that the answer said yes without naming the item in doubt.
	Accepted bool
	// About is what a refusal is about.
	About About
	// Whole means that the service refused the whole request and named no item. The
	// fault may lie with another item.
	Whole bool
	// Shown is the attributes that the answer shows differently, in canonical form. It
	// is no proof: only the list is.
	Shown Attrs
	// Ref is the service's own id of the tracking, where the answer has shown it.
	Ref string
	// Key is set when the service chose another carrier than asked (API.md §5.12).
	Key Key
}
