package trackingmore_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// ok is an answer with data.
func ok(data string) string {
	return `{"meta":{"code":200,"type":"Success","message":"Success"},"data":` + data + `}`
}

// ask puts one question of each kind.
var ask = map[tracking.Query]func(c *trackingmore.Client) (any, error){
	tracking.QueryCarriers:    func(c *trackingmore.Client) (any, error) { return c.Carriers(background()) },
	tracking.QueryDetect:      func(c *trackingmore.Client) (any, error) { return c.Detect(background(), "RB123456785CN") },
	tracking.QueryStatusCount: func(c *trackingmore.Client) (any, error) { return c.StatusCounts(background()) },
	tracking.QueryLive: func(c *trackingmore.Client) (any, error) {
		return c.Live(background(), tracking.Item{Key: key("china-ems", "RB123456785CN"), Attrs: attrs(everything)})
	},
	tracking.QueryRemoteArea: func(c *trackingmore.Client) (any, error) {
		return c.RemoteAreas(background(), []tracking.PostalPlace{{Country: "JP", Postcode: "7621094"}, {Country: "Germany", Postcode: "12345", Company: "DHL"}})
	},
	tracking.QueryTransitTime: func(c *trackingmore.Client) (any, error) {
		return c.TransitTimes(background(), []tracking.TransitRoute{{Carrier: "dhl", Origin: "CN", Destination: "US"}})
	},
	tracking.QueryAirWaybill: func(c *trackingmore.Client) (any, error) {
		return c.AirWaybills(background(), []string{"172-28891936"})
	},
}

func TestQueryRequests(t *testing.T) {
	for q, put := range ask {
		t.Run(string(q), func(t *testing.T) {
			var got []byte
			c := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
				got = dump(t, req)
				return reply(200, meta(4001)), nil
			}))
			_, err := put(c)
			if fail := (*trackingmore.Error)(nil); !errors.As(err, &fail) || fail.Code != 4001 {
				t.Errorf("error %v, want code 4001", err)
			}
			golden.Check(t, "testdata/requests/query-"+string(q)+".golden", got)
		})
	}
}

// Trackru answers one of the questions; the others do not leave.
func TestQueriesOfTrackru(t *testing.T) {
	for q, put := range ask {
		c := newClient(t, replies(200, meta(4001)), func(o *trackingmore.Options) { o.Dialect = trackingmore.Trackru() })
		_, err := put(c)
		live := q == tracking.QueryLive
		if c.Service().Answers(q) != live || errors.Is(err, trackingmore.ErrNotOffered) == live || len(c.Requests()) > 0 != live {
			t.Errorf("%s: offered %v, error %v, sent %v", q, c.Service().Answers(q), err, c.Requests())
		}
	}
}

const (
	liveEvent = `{"Date":"2021-01-02 10:00:00","StatusDescription":"Delivered","Details":"RENTON","checkpoint_status":"delivered","substatus":"delivered001"}`
	liveRow   = `{"id":"x","tracking_number":"RB123456785CN","carrier_code":"china-ems","status":"delivered","substatus":"delivered001",` +
		`"original_country":"China","destination_country":"United States","itemTimeLength":12,"stayTimeLength":"1",`
)

func TestQueryAnswers(t *testing.T) {
	carriers := []tracking.Carrier{{Code: "4px", Name: "4PX"}, {Code: "Correios-Cabo-Verde", Name: ""}}
	live := func(legs ...tracking.Leg) *tracking.Live {
		return &tracking.Live{
			Key: key("china-ems", "RB123456785CN"), Status: "delivered", Substatus: "delivered001",
			Origin: "China", Destination: "United States", DaysUnderWay: new(12), DaysOld: new(1), Legs: legs,
		}
	}
	event := tracking.LiveEvent{Time: "2021-01-02 10:00:00", Status: "delivered", Substatus: "delivered001", What: "Delivered", Where: "RENTON"}
	japan := tracking.PostalPlace{Country: "JP", Postcode: "7621094"}
	germany := tracking.PostalPlace{Country: "Germany", Postcode: "12345", Company: "DHL"}
	route := tracking.TransitRoute{Carrier: "dhl", Origin: "CN", Destination: "US"}
	figures := []tracking.TransitTime{{Route: route, Figures: []tracking.Figure{{Name: "total", Value: 10}, {Name: "delivered", Value: 8}, {Name: "range1", Value: 2.5}}}}
	const row = `{"carrier_code":"dhl","original":"CN","destination":"us","total":10,"delivered":"8","range1":2.5,"note":"x"}`
	bill := []tracking.AirWaybill{{Number: "172-28891936", Weight: "1K", Pieces: "2", Origin: "HKG", Destination: "FRA", Status: "4",
		Events: []tracking.FlightEvent{{Planned: "p", Actual: "a", What: "Arrived", Station: "FRA", Flight: "CX1"}}}}
	const waybill = `{"track_number":"172-28891936","weight":"1K","piece":2,"origin":"HKG","destination":"FRA","status_number":4,` +
		`"track_info":[{"plan_date":"p","actual_date":"a","event":"Arrived","station":"FRA","flight_number":"CX1"}]}`
	tests := []struct {
		name  string
		query tracking.Query
		body  string
		want  any // nil for an error
	}{
		{"carriers", tracking.QueryCarriers, ok(`[{"name":"4PX","code":"4px"},{"code":"4px"},{"code":"a b"},7,{"code":"Correios-Cabo-Verde"}]`), carriers},
		{"documented meta", tracking.QueryCarriers, `{"meta":{"code":200},"data":[{"name":"4PX","code":"4px"},{"code":"Correios-Cabo-Verde"}]}`, carriers},
		{"no carriers", tracking.QueryCarriers, ok(`[]`), nil},
		{"detected", tracking.QueryDetect, ok(`[{"name":"4PX","code":"4px"},{"code":"Correios-Cabo-Verde"}]`), carriers},
		{"undetected", tracking.QueryDetect, meta(4032), []tracking.Carrier(nil)},
		{"detection of a word", tracking.QueryDetect, ok(`"x"`), nil},
		{"counts", tracking.QueryStatusCount, ok(`{"zzz":1,"delivered":"7","pending":2,"odd":-1,"when":"x"}`),
			[]tracking.StatusCount{{Status: "pending", Count: 2}, {Status: "delivered", Count: 7}, {Status: "zzz", Count: 1}}},
		{"no counts", tracking.QueryStatusCount, ok(`[]`), nil},

		{"live", tracking.QueryLive, ok(`{"items":[` + liveRow + `"origin_info":{"carrier_code":"china-ems","weblink":"w","trackinfo":[` + liveEvent + `]},"destination_info":null}]}`),
			live(tracking.Leg{Carrier: "china-ems", Website: "w", Events: []tracking.LiveEvent{event}})},
		{"both legs", tracking.QueryLive, ok(`[` + liveRow + `"origin_info":{"carrier_code":"china-ems","trackinfo":null},"destination_info":{"carrier_code":"usps","trackinfo":[` + liveEvent + `]}}]`),
			live(tracking.Leg{Carrier: "usps", Events: []tracking.LiveEvent{event}}, tracking.Leg{Carrier: "china-ems"})},
		{"object of nulls", tracking.QueryLive, ok(liveRow + `"origin_info":{"carrier_code":null,"trackinfo":null}}`), live()},
		{"another parcel", tracking.QueryLive, ok(`{"items":[{"tracking_number":"RB000000000CN","carrier_code":"china-ems","status":"transit"}]}`), nil},
		{"no activation", tracking.QueryLive, meta(4018), nil},

		{"places", tracking.QueryRemoteArea, ok(`{"submitted":2,"other":[{"far_express_company":"dhl","two_code":"DE","far_country":"Germany","far_city_postcode":"12345"}],` +
			`"remote":[{"far_express_company":"ups","two_code":"JP","far_country":"Japan","far_city_postcode":7621094},{"far_express_company":"fedex","two_code":"JP","far_city_postcode":"762-1094"}]}`),
			[]tracking.RemoteArea{{Place: japan, Remote: true, Named: true, Companies: []string{"ups", "fedex"}}, {Place: germany, Named: true}}},
		{"other places", tracking.QueryRemoteArea, ok(`{"remote":[{"far_express_company":"ups","two_code":"DE","far_country":"Germany","far_city_postcode":"12345"}]}`),
			[]tracking.RemoteArea{{Place: japan}, {Place: germany}}},
		{"no places", tracking.QueryRemoteArea, ok(`[]`), []tracking.RemoteArea{{Place: japan}, {Place: germany}}},
		{"something else", tracking.QueryRemoteArea, ok(`{"submitted":2}`), nil},

		{"times", tracking.QueryTransitTime, ok(`[` + row + `]`), figures},
		{"times in an object", tracking.QueryTransitTime, ok(`{"submitted":1,"costtime":[` + row + `]}`), figures},
		{"one time", tracking.QueryTransitTime, ok(row), figures},
		{"no times", tracking.QueryTransitTime, meta(4031), []tracking.TransitTime{{Route: route}}},
		{"twice a name", tracking.QueryTransitTime, ok(`[{"total":1,"total":2}]`), nil},

		{"waybills", tracking.QueryAirWaybill, ok(`[` + waybill + `,{"weight":1}]`), bill},
		{"waybills in an object", tracking.QueryAirWaybill, ok(`{"items":[` + waybill + `]}`), bill},
		{"no waybills", tracking.QueryAirWaybill, ok(`[]`), []tracking.AirWaybill(nil)},
		{"no credits", tracking.QueryAirWaybill, meta(4021), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ask[tt.query](newClient(t, replies(200, tt.body)))
			if tt.want == nil {
				if err == nil {
					t.Errorf("got %+v, want an error", got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What costs credits is asked once, unless it certainly was not looked at; what
// costs nothing is asked again.
func TestPaidQueriesAreNotRepeated(t *testing.T) {
	for q, put := range ask {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, replies(503, meta(503)))
			if _, err := put(c); err == nil {
				t.Errorf("%s: no error", q)
			}
			want := 3
			if !c.Service().Queries[q].IsFree() {
				want = 1
			}
			if got := c.Requests()[string(q)]; got != want {
				t.Errorf("%s was sent %d times, want %d", q, got, want)
			}
		})
	}
}

// Customers' data in a question does not come back in an error.
func TestQueryErrorsAreRedacted(t *testing.T) {
	body := fmt.Sprintf(`{"meta":{"code":4012,"message":"bad %s 7621094 sandy@example.org"},"data":[]}`, testKey)
	for _, q := range []tracking.Query{tracking.QueryLive, tracking.QueryRemoteArea} {
		_, err := ask[q](newClient(t, replies(200, body)))
		for _, secret := range []string{testKey, "7621094", "sandy"} {
			if err == nil || strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error is %v", q, err)
			}
		}
	}
}

// Who has signed for a parcel is not repeated where that is known to be a
// customer's name.
func TestEventsAreRedacted(t *testing.T) {
	body := ok(`{"items":[` + liveRow + `"origin_info":{"trackinfo":[{"StatusDescription":"Signed by SANDY","Details":"sandy, sandy@example.org"}]}}]}`)
	item := tracking.Item{Key: key("china-ems", "RB123456785CN"), Attrs: attrs(map[tracking.Attr]string{tracking.CustomerName: "SANDY", tracking.CustomerEmail: "sandy@example.org"})}
	live, err := newClient(t, replies(200, body)).Live(background(), item)
	if err != nil {
		t.Fatal(err)
	}
	want := []tracking.LiveEvent{{What: "Signed by (redacted)", Where: "sandy, (redacted)"}}
	if diff := cmp.Diff(want, live.Legs[0].Events); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Parcels are asked for live at most once a second, whatever the client's rate.
func TestLivePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, replies(200, meta(4018)), func(o *trackingmore.Options) { o.Rate = 100 })
		start := time.Now()
		for range 3 {
			_, _ = ask[tracking.QueryLive](c)
		}
		if took := time.Since(start); took < 2*time.Second || took > 3*time.Second {
			t.Errorf("three parcels took %v, want some 2 s", took)
		}
	})
}

// The answer to one question is about the place asked for, however it writes it.
func TestOnePlace(t *testing.T) {
	c := newClient(t, replies(200, ok(`{"other":[],"remote":[{"far_express_company":"ups","two_code":"JP","far_city_postcode":"7620000-7629999"}]}`)))
	place := tracking.PostalPlace{Country: "Japan", Postcode: "7621094"}
	got, err := c.RemoteAreas(background(), []tracking.PostalPlace{place})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]tracking.RemoteArea{{Place: place, Remote: true, Named: true, Companies: []string{"ups"}}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// More than one request takes are asked in several.
func TestManyRoutes(t *testing.T) {
	c := newClient(t, replies(200, ok(`[]`)))
	times, err := c.TransitTimes(background(), make([]tracking.TransitRoute, 81))
	if err != nil || len(times) != 81 || c.Requests()["costtime"] != 3 {
		t.Errorf("%d answers in %v, %v", len(times), c.Requests(), err)
	}
}

func TestPrice(t *testing.T) {
	prices := tracking.TrackingMore.Queries
	for want, got := range map[string]tracking.Price{
		"0": prices[tracking.QueryCarriers], "0.2": prices[tracking.QueryDetect], "0.6": prices[tracking.QueryRemoteArea].Times(3),
		"20–50": prices[tracking.QueryAirWaybill], "40–100": prices[tracking.QueryAirWaybill].Times(2),
	} {
		if got.String() != want {
			t.Errorf("price %s, want %s", got, want)
		}
	}
}
