package trackingmore

import (
	"net/http"

	"github.com/tmsync/tmsync/internal/tracking"
)

// Dialect is one service: where it is, which header carries the API key, and
// the table of its calls, each with the codecs of its request and its answer.
type Dialect struct {
	name     string
	endpoint string
	header   string
	calls    map[tracking.Op]call
	list     string // path; both dialects read in the same way
	account  string // path, "" where the service cannot tell
	queries  map[tracking.Query]query
}

// call is how a dialect carries out one operation.
type call struct {
	name   string
	max    int
	encode func(items []tracking.Item) (*request, error)
	judge  judge
	one    *call // what carries it out for one tracking alone, nil for the same call
}

// taking returns the call for so many trackings. One alone goes to its own path:
// those answers are documented and prove more, so that it need not be read back.
func (c call) taking(n int) call {
	if n == 1 && c.one != nil {
		return *c.one
	}
	return c
}

// The limits of the service (API.md §4). Only create and numbers= are documented
// to take 40; the other bulk calls are held to the same.
const (
	bulkMax    = 40
	numbersMax = 40
	pageMax    = 2000
)

// The short names of the reading calls.
const (
	callList    = "list"
	callAccount = "getuserinfo"
)

// TrackingMore is TrackingMore v2 (API.md §2).
func TrackingMore() *Dialect {
	return &Dialect{
		name:     "TrackingMore",
		endpoint: "https://api.trackingmore.com/v2",
		header:   "Trackingmore-Api-Key",
		calls: map[tracking.Op]call{
			tracking.OpChangeCarrier: single("update", encodeCarrier, judgeMoved),
			tracking.OpCreate:        bulk("batch", createObject, postOne()),
			tracking.OpUpdate:        bulk("updatemore", updateObject, putOne()),
			tracking.OpPut:           *putOne(),
			tracking.OpStopUpdates:   bulk("notupdate", keyObject, nil),
			tracking.OpDelete:        bulk("delete", keyObject, deleteOne()),
		},
		list:    "/trackings/get",
		account: "/trackings/getuserinfo",
		queries: queriesMore(),
	}
}

// Trackru is Trackru v1, which has few of the calls (API.md §6).
func Trackru() *Dialect {
	return &Dialect{
		name:     "Trackru",
		endpoint: "https://api.trackru.ru/v1",
		header:   "Api-Key",
		calls: map[tracking.Op]call{
			tracking.OpCreate: bulk("batch", createObject, postOne()),
			tracking.OpPut:    *putOne(),
			tracking.OpDelete: *deleteOne(),
		},
		list:    "/trackings/get",
		queries: queriesRu(),
	}
}

// Service describes what the dialect offers, with at most batch trackings a
// write; 0 is as many as the service takes.
func (d *Dialect) Service(batch int) *tracking.Service {
	s := &tracking.Service{
		Name:  d.name,
		Calls: map[tracking.Op]tracking.Call{},
		List:  tracking.Call{Name: callList, Max: numbersMax},
		Page:  pageMax,
	}
	for op, c := range d.calls {
		s.Calls[op] = tracking.Call{Name: c.name, Max: min(c.max, orDefault(batch, bulkMax))}
		if c.one != nil {
			s.Calls[op] = tracking.Call{Name: c.name, One: c.one.name, Max: s.Calls[op].Max}
		}
	}
	if d.account != "" {
		s.Account = tracking.Call{Name: callAccount, Max: 1}
	}
	return s
}

// bulk returns a call that takes an array of trackings at its name's path.
func bulk(name string, encode func(tracking.Item) (object, error), one *call) call {
	return call{name, bulkMax, func(items []tracking.Item) (*request, error) {
		body := []byte{'['}
		for i, item := range items {
			o, err := encode(item)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				body = append(body, ',')
			}
			body = o.append(body)
		}
		return write(http.MethodPost, "/trackings/"+name, append(body, ']')), nil
	}, judgeBulk, one}
}

// single is a call that takes one tracking.
func single(name string, encode func(tracking.Item) (*request, error), judge judge) call {
	return call{name, 1, func(items []tracking.Item) (*request, error) { return encode(items[0]) }, judge, nil}
}

// postOne creates one tracking, and answers with it (API.md §2.1).
func postOne() *call {
	c := single("post", encodePost, judgeBulk)
	return &c
}

// putOne changes one tracking (API.md §2.3).
func putOne() *call {
	c := single("put", encodePut, judgeAlone)
	return &c
}

// deleteOne deletes one tracking (API.md §2.4).
func deleteOne() *call {
	c := single("delete-one", encodeDelete, judgeAlone)
	return &c
}
