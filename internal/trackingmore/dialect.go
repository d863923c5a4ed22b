package trackingmore

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
)

// Dialect is one service as the client speaks to it. Whatever differs between
// services is in one of its tables; the client's code asks these, and never for
// a name.
type Dialect struct {
	about    *tracking.Service
	header   string // which carries the API key
	limits   limits
	rate     float64 // requests a second that the service takes; 0 is for the caller to say
	own      ownRate
	calls    map[tracking.Op]call
	list     list
	keyed    bool   // there is a path for each carrier and number; see Get
	account  string // path, "" where the service cannot tell
	queries  map[tracking.Query]query
	codes    codes
	words    words
	attrs    wireAttrs
	corrects member // what a create carries so that the carrier stays as it was sent

	fields fieldIndex // of the members of a listed tracking, by words and attrs
}

// limits are how many trackings the service takes, or hands out, at once.
type limits struct {
	batch   int // in one write
	numbers int // asked for by number
	page    int // on a page of the list
}

// ownRate is the rate of a call that has one besides that of all requests.
type ownRate struct {
	call string
	rate float64
}

// call is how a dialect carries out one operation.
type call struct {
	name   string
	max    int
	encode func(d *Dialect, items []tracking.Item) (*request, error)
	judge  judge
	one    *call // what carries it out for one tracking alone, nil for the same call
	byRef  bool  // it names the tracking by the service's id; see refs.go
}

// taking returns the call for so many trackings. One alone goes to its own path:
// those answers are documented and prove more, so that it need not be read back.
func (c call) taking(n int) call {
	if n == 1 && c.one != nil {
		return *c.one
	}
	return c
}

// list is how the account's trackings are asked for, and how the answer looks.
type list struct {
	path                       string
	numbers, until, size, page string                 // names of the query's parameters
	time                       func(time.Time) string // writes the value of until
	none                       []int                  // codes that mean that there is nothing
	archived                   string                 // the query for archived ones, where others may lack them; else ""
	bare                       bool                   // the data are the trackings alone, and nothing says how many there are
	vague                      bool                   // none may mean that one of several numbers is not there
}

// words are the names of members in answers.
type words struct {
	ref, number, carrier     string // of a tracking; no ref where the service's ids do not matter
	code, message            string // of what became of it
	done, failed             string // lists of trackings
	status, lastEvent        string // in the list
	eventTime                func(string) int64
	carrierCode, carrierName string // of a carrier
}

// wireAttr is how a service calls an attribute, "" where it has no place.
type wireAttr struct {
	create string                                // in a create
	change string                                // in a change
	listed string                                // in the list
	write  func(string) (json.RawMessage, error) // nil: as text
	read   func(string) (string, bool)           // false: it means nothing that is known; nil: as it is
	filled func(tracking.Key, string) bool       // the service may have put the value in by itself; nil: never
}

// wireAttrs is a dialect's table of attributes.
type wireAttrs [len(tracking.Specs)]wireAttr

// The short names of the reading calls.
const (
	callList    = tracking.ListName
	callAccount = "getuserinfo"
)

// ready completes a dialect.
func (d Dialect) ready() *Dialect {
	d.fields = indexFields(&d)
	return &d
}

// listed is the set of the attributes that the list reports.
func (t *wireAttrs) listed() tracking.AttrSet {
	var s tracking.AttrSet
	for a := range tracking.AllAttrs() {
		if t[a].listed != "" {
			s = s.With(a)
		}
	}
	return s
}

// DialectOf returns how a service is spoken to, nil if that is not known.
func DialectOf(s *tracking.Service) *Dialect {
	for _, d := range []*Dialect{TrackingMore(), TrackingMoreV4(), Trackru()} {
		if d.about == s {
			return d
		}
	}
	return nil
}

// Service describes the service that is spoken to.
func (d *Dialect) Service() *tracking.Service { return d.about }

// bulk returns a call that takes an array of trackings at its name's path.
func bulk(name string, most int, encode func(*Dialect, tracking.Item) (object, error), one *call) call {
	return call{name: name, max: most, judge: judgeBulk, one: one, encode: func(d *Dialect, items []tracking.Item) (*request, error) {
		body := []byte{'['}
		for i, item := range items {
			o, err := encode(d, item)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				body = append(body, ',')
			}
			body = o.append(body)
		}
		return write(http.MethodPost, "/trackings/"+name, append(body, ']')), nil
	}}
}

// single is a call that takes one tracking.
func single(name string, encode func(*Dialect, tracking.Item) (*request, error), judge judge) call {
	return call{name: name, max: 1, judge: judge, encode: func(d *Dialect, items []tracking.Item) (*request, error) {
		return encode(d, items[0])
	}}
}
