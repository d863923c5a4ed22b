package tracking

import (
	"math"
	"strconv"
	"time"
)

// Query is one kind of question to a service outside planning. Its text is the
// short name of the call.
type Query string

// The questions (API.md §2.9, §2.12, §2.14 to §2.17).
const (
	QueryCarriers    Query = "carriers"
	QueryDetect      Query = "detect"
	QueryStatusCount Query = "getstatusnumber"
	QueryLive        Query = "realtime"
	QueryRemoteArea  Query = "remote"
	QueryTransitTime Query = "costtime"
	QueryAirWaybill  Query = "aircargo"
)

// Price is what one question costs, in credits: for each number or place, not for
// each request. A service's pages may disagree, so there is a least and a most.
type Price struct{ Least, Most float64 }

// MayCost is what the question costs where it costs the most.
func (q Query) MayCost() Price {
	var most Price
	for _, s := range Services {
		if p := s.Queries[q]; p.Most > most.Most {
			most = p
		}
	}
	return most
}

// IsFree reports whether there is nothing to pay.
func (p Price) IsFree() bool { return p == Price{} }

// Times returns the price of n questions.
func (p Price) Times(n int) Price { return Price{p.Least * float64(n), p.Most * float64(n)} }

// String writes the price as people read it: "0.2", "20–50".
func (p Price) String() string {
	text := func(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }
	if p.Least == p.Most {
		return text(p.Least)
	}
	return text(p.Least) + "–" + text(p.Most)
}

// AccountDetails is what may be shown of an account (API.md §2.11).
type AccountDetails struct {
	Account
	// Money is the balance as the service writes it, without its currency; "" where it
	// says nothing.
	Money string
	// Registered is when the account was made; zero where the service does not say.
	Registered time.Time
}

// Carrier is one carrier of the service's list (API.md §2.17).
type Carrier struct{ Code, Name string }

// StatusCount is how many trackings of the account have a live status
// (API.md §2.12).
type StatusCount struct {
	Status string
	Count  int
}

// Live is a carrier's present view of a parcel (API.md §2.9). Texts are as
// the service returns them, and "" where it does not.
type Live struct {
	Key                 Key
	Status, Substatus   string
	Origin, Destination string // English names of countries
	DaysUnderWay        *int   // nil where the service does not say
	DaysOld             *int   // since the last event
	Legs                []Leg  // of the way, the last one first
}

// Leg is one carrier's part of the way.
type Leg struct {
	Carrier, Website string
	Events           []LiveEvent // newest first, as the service returns them
}

// LiveEvent is one event of a parcel. Its time is local to the place, without a
// zone (API.md §1).
type LiveEvent struct {
	Time, Status, Substatus, What, Where string
}

// PostalPlace is an address that may be remote. Country is a name or a code of two
// letters, Postcode may be a city, Company may be "" for any carrier.
type PostalPlace struct{ Country, Postcode, Company string }

// RemoteArea is the service's view of a place (API.md §2.14).
type RemoteArea struct {
	Place  PostalPlace
	Remote bool
	// Named means that the answer names the place at all. What it does not name is not
	// remote as far as the service knows.
	Named     bool
	Companies []string // the carriers that charge it as remote
}

// TransitRoute is a carrier's way between two countries, by their two-letter codes.
type TransitRoute struct{ Carrier, Origin, Destination string }

// TransitTime is how long parcels of a carrier take (API.md §2.15).
type TransitTime struct {
	Route   TransitRoute
	Figures []Figure // in the service's order
}

// Figure is a number under the service's own name. Names are total, delivered, or
// range1 for 0 to 7 days.
type Figure struct {
	Name  string
	Value float64
}

// AirWaybill is the way of a freight consignment by air (API.md §2.16). Texts are
// as the service returns them.
type AirWaybill struct {
	Number, Weight, Pieces, Origin, Destination, Status string
	Events                                              []FlightEvent
}

// FlightEvent is one event of an air waybill; its times have no zone.
type FlightEvent struct {
	Planned, Actual, What, Station, Flight string
}
