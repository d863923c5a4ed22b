package tracking

import (
	"fmt"
	"slices"
	"strings"
)

// Service is one service: where it is, what it can do, and what it can do with each
// attribute. Whoever wants to know whether something can be done asks here, and
// never for a service's name.
type Service struct {
	Provider string  // its name in the configuration
	Version  int     // its API's, as api_version in the configuration
	Name     string  // as people know it
	Endpoint string  // base URL
	KeyEnv   string  // the environment variable that holds the API key
	Rate     float64 // requests a second that are sent where nothing else is said

	// Calls are the writes; an operation that it lacks is not offered.
	Calls   map[Op]Call
	List    Call // reading; Max is how many numbers one request may name
	Page    int  // how many trackings one page of the list holds
	Account Call // asking for the account; no Name where the service cannot tell
	// Queries are the questions that it answers, and what one of them costs.
	Queries map[Query]Price

	OnCreate AttrSet // what a create can carry
	Update   AttrSet // what a change of many trackings can carry
	Put      AttrSet // what a change of one tracking can carry
	Listed   AttrSet // what the list reports, so that drift in it is visible
	Free     bool    // nothing costs credits
	// KnownNeeds means that it is known what its carriers insist on (package carrier).
	KnownNeeds bool
	// Whole means that a change of one tracking may lose what it leaves out. Whether it
	// does is not known, so it carries every attribute that is managed.
	Whole bool
	// MayStay means that a change of the carrier may not happen. It is tried once for a
	// carrier, and then the tracking is replaced.
	MayStay bool
	// MayKeep means that "" may not empty an attribute. It is tried once, in a request
	// of its own, and what the service shows then holds.
	MayKeep bool
}

// Offers reports whether the service has a call for an operation.
func (s *Service) Offers(op Op) bool { return s.Calls[op].Max > 0 }

// Answers reports whether the service answers a question at all.
func (s *Service) Answers(q Query) bool {
	_, ok := s.Queries[q]
	return ok
}

// CreateOnly reports whether a change of the attribute replaces the tracking.
func (s *Service) CreateOnly(a Attr) bool {
	return s.OnCreate.Has(a) && !s.Update.Has(a) && !s.Put.Has(a)
}

// Knows reports whether the service has such an attribute at all.
func (s *Service) Knows(a Attr) bool { return (s.OnCreate | s.Update | s.Put | s.Listed).Has(a) }

// Elsewhere names the services that have what this one lacks: "api_version = 2 and Trackru". It is
// one of each provider.
func (s *Service) Elsewhere(has func(*Service) bool) string {
	var names []string
	seen := map[string]bool{}
	for _, o := range Services {
		switch {
		case o == s || seen[o.Provider] || !has(o):
			continue
		case o.Provider == s.Provider:
			names = append(names, fmt.Sprintf("api_version = %d", o.Version))
		default:
			names = append(names, o.Name)
		}
		seen[o.Provider] = true
	}
	return strings.Join(names, " and ")
}

// Limited returns the service with at most batch trackings a write.
func (s *Service) Limited(batch int) *Service {
	limited := *s
	limited.Calls = make(map[Op]Call, len(s.Calls))
	for op, c := range s.Calls {
		c.Max = min(c.Max, batch)
		limited.Calls[op] = c
	}
	return &limited
}

// Services are all services. Of a provider's, the first is used where nothing else is
// said. They must not be changed.
var Services = []*Service{TrackingMore, TrackingMoreV4, Trackru}

// Providers returns the names of the providers.
func Providers() []string {
	var names []string
	for _, s := range Services {
		if !slices.Contains(names, s.Provider) {
			names = append(names, s.Provider)
		}
	}
	return names
}

// Versions returns the versions of a provider's services.
func Versions(provider string) []int {
	var all []int
	for _, s := range Services {
		if s.Provider == provider {
			all = append(all, s.Version)
		}
	}
	return all
}

// ServiceOf returns a provider's service, nil if there is none. Version 0 is its first.
func ServiceOf(provider string, version int) *Service {
	for _, s := range Services {
		if s.Provider == provider && (version == 0 || s.Version == version) {
			return s
		}
	}
	return nil
}

// The limits of v2 and v1 (API.md §4). Only create and numbers= are documented to take
// 40; the other calls for many are held to the same.
const (
	many     = 40
	pageSize = 2000
)

// TrackingMore is TrackingMore v2 (API.md §2).
var TrackingMore = &Service{
	Provider: "trackingmore", Version: 2, Name: "TrackingMore",
	Endpoint: "https://api.trackingmore.com/v2", KeyEnv: "TRACKINGMORE_API_KEY", Rate: 1,
	Calls: map[Op]Call{
		OpChangeCarrier: {Name: "update", Max: 1},
		OpCreate:        {Name: "batch", One: "post", Max: many},
		OpUpdate:        {Name: "updatemore", One: "put", Max: many},
		OpPut:           {Name: "put", Max: 1},
		OpStopUpdates:   {Name: "notupdate", Max: many},
		OpDelete:        {Name: "delete", One: "delete-one", Max: many},
	},
	List: Call{Name: "list", Max: many}, Page: pageSize, Account: Call{Name: "getuserinfo", Max: 1},
	Queries: map[Query]Price{
		QueryCarriers:    {},
		QueryDetect:      {0.2, 0.2}, // API.md §4
		QueryStatusCount: {},
		QueryLive:        {},
		QueryRemoteArea:  {0.2, 0.2}, // API.md §4
		QueryTransitTime: {},
		QueryAirWaybill:  {20, 50}, // API.md §2.16, §4
	},
	OnCreate: createdV2, Update: changedV2, Put: changedV2.With(CustomerPhone), Listed: listedV2,
	KnownNeeds: true,
}

// TrackingMoreV4 is TrackingMore v4 (API.md §9). What it knows nothing of is the
// override of the status and the end of updating.
var TrackingMoreV4 = &Service{
	Provider: "trackingmore", Version: 4, Name: "TrackingMore v4",
	Endpoint: "https://api.trackingmore.com/v4", KeyEnv: "TRACKINGMORE_API_KEY", Rate: 10,
	Calls: map[Op]Call{
		OpChangeCarrier: {Name: "update", Max: 1},
		OpCreate:        {Name: "batch", One: "create", Max: many},
		OpPut:           {Name: "update", Max: 1},
		OpDelete:        {Name: "delete", Max: 1},
	},
	List: Call{Name: "list", Max: many}, Page: 200,
	Queries:  map[Query]Price{QueryCarriers: {}, QueryDetect: {}},
	OnCreate: createdV2, Put: createdV2.With(Archived), Listed: createdV2.With(Archived).Without(Lang),
	KnownNeeds: true, Whole: true, MayKeep: true, MayStay: true,
}

// Trackru is Trackru v1, which has few of the calls (API.md §6).
var Trackru = &Service{
	Provider: "trackru", Version: 1, Name: "Trackru",
	Endpoint: "https://api.trackru.ru/v1", KeyEnv: "TRACKRU_API_KEY", Rate: 1,
	Calls: map[Op]Call{
		OpCreate: {Name: "batch", One: "post", Max: many},
		OpPut:    {Name: "put", Max: 1},
		OpDelete: {Name: "delete-one", Max: 1},
	},
	List: Call{Name: "list", Max: many}, Page: pageSize,
	Queries:  map[Query]Price{QueryLive: {}},
	OnCreate: createdV2, Put: changedV2.With(CustomerPhone), Listed: listedV2,
	Free: true,
}

// What v2 and v1 can do with attributes. It follows API.md §2.1, §2.3, §2.6, §2.7 and
// the asymmetries of §5.
var (
	createdV2 = AttrSetOf(Title, OrderID, CustomerName, CustomerEmail, LogisticsChannel, DestinationCode, CustomerPhone,
		Comment, OrderCreateTime, Lang, ShipDate, DestinationCountry, PostalCode, AccountNumber)
	changedV2 = AttrSetOf(Title, OrderID, CustomerName, CustomerEmail, LogisticsChannel, DestinationCode, Archived, Status)
	listedV2  = AttrSetOf(Title, OrderID, CustomerName, CustomerEmail, Archived, TrackUpdates, Comment, OrderCreateTime)
)
