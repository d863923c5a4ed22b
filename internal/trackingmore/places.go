package trackingmore

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/tmsync/tmsync/internal/tracking"
)

// chunked asks for many things in as few requests as possible. What was answered
// before an error is returned with it.
func chunked[In, Out any](all []In, ask func([]In) ([]Out, error)) ([]Out, error) {
	var out []Out
	for some := range slices.Chunk(all, bulkMax) {
		got, err := ask(some)
		if err != nil {
			return out, err
		}
		out = append(out, got...)
	}
	return out, nil
}

// RemoteAreas returns for each place whether carriers charge it as remote (API.md
// §2.14). It costs a fifth of a credit a place.
func (c *Client) RemoteAreas(ctx context.Context, places []tracking.PostalPlace) ([]tracking.RemoteArea, error) {
	return chunked(places, func(some []tracking.PostalPlace) ([]tracking.RemoteArea, error) {
		body := make([]object, len(some))
		items := make([]tracking.Item, len(some))
		for i, p := range some {
			body[i].put("country", p.Country)
			body[i].put("postcode", p.Postcode)
			if p.Company != "" {
				body[i].put("company", p.Company)
			}
			items[i].Attrs = tracking.AttrsOf(map[tracking.Attr]string{tracking.PostalCode: p.Postcode})
		}
		data, err := c.put(ctx, question{query: tracking.QueryRemoteArea, body: body, items: items})
		if err != nil {
			return nil, err
		}
		areas, ok := areasOf(some, data)
		if !ok {
			return nil, c.unlike("remote areas")
		}
		return areas, nil
	})
}

// areasOf returns the answer's area of each place. The answer keeps no order
// and names places by country and post code.
func areasOf(places []tracking.PostalPlace, data json.RawMessage) ([]tracking.RemoteArea, bool) {
	areas := make([]tracking.RemoteArea, len(places))
	for i, p := range places {
		areas[i].Place = p
	}
	if isNull(data) || data[0] == '[' {
		rows, err := rowsOf(data, "two_code")
		return areas, err == nil && len(rows) == 0
	}
	o, err := objectOf(data)
	if err != nil || o.get("remote") == nil && o.get("other") == nil {
		return nil, false
	}
	for _, list := range []string{"remote", "other"} {
		if o.get(list) == nil {
			continue
		}
		rows, err := rowsOf(o.get(list), "two_code")
		if err != nil {
			return nil, false
		}
		for _, row := range rows {
			for i := range areas {
				if names(row, areas[i].Place, len(places) == 1) {
					note(&areas[i], row, list == "remote")
				}
			}
		}
	}
	return areas, true
}

// names reports whether a row of the answer is about a place. When only one was
// asked for, every row is.
func names(row object, p tracking.PostalPlace, alone bool) bool {
	same := func(a wireText, b string) bool {
		fold := strings.NewReplacer(" ", "", "-", "")
		return strings.EqualFold(fold.Replace(string(a)), fold.Replace(b))
	}
	return alone || same(row.text("far_city_postcode"), p.Postcode) &&
		(same(row.text("two_code"), p.Country) || same(row.text("far_country"), p.Country)) &&
		(p.Company == "" || same(row.text("far_express_company"), p.Company))
}

func note(a *tracking.RemoteArea, row object, remote bool) {
	a.Named = true
	company := string(row.text("far_express_company"))
	if remote && company != "" && !slices.Contains(a.Companies, company) {
		a.Companies = append(a.Companies, company)
	}
	a.Remote = a.Remote || remote
}

// TransitTimes returns for each route how long parcels take on it (API.md §2.15). A
// route of which the service knows nothing has no figures.
func (c *Client) TransitTimes(ctx context.Context, routes []tracking.TransitRoute) ([]tracking.TransitTime, error) {
	return chunked(routes, func(some []tracking.TransitRoute) ([]tracking.TransitTime, error) {
		body := make([]object, len(some))
		for i, r := range some {
			body[i].put("carrier_code", r.Carrier)
			body[i].put("original", r.Origin)
			body[i].put("destination", r.Destination)
		}
		data, err := c.put(ctx, question{query: tracking.QueryTransitTime, body: body})
		if err != nil {
			return nil, err
		}
		rows, err := rowsOf(data, "carrier_code")
		if err != nil {
			return nil, c.unlike("transit times")
		}
		times := make([]tracking.TransitTime, len(some))
		for i, r := range some {
			times[i].Route = r
			for _, row := range rows {
				if string(row.text("carrier_code")) == r.Carrier && strings.EqualFold(string(row.text("original")), r.Origin) &&
					strings.EqualFold(string(row.text("destination")), r.Destination) {
					times[i].Figures = figuresOf(row)
				}
			}
		}
		return times, nil
	})
}

// maxFigureName bounds the name of a figure, in bytes.
const maxFigureName = 32

// figuresOf returns all numbers of a row, whatever their names: not all of them are
// documented.
func figuresOf(row object) []tracking.Figure {
	var figures []tracking.Figure
	for _, m := range row {
		if slices.Contains([]string{"carrier_code", "original", "destination"}, m.name) || len(m.name) > maxFigureName {
			continue
		}
		if v, err := strconv.ParseFloat(string(row.text(m.name)), 64); err == nil && v >= 0 && v <= maxTotal {
			figures = append(figures, tracking.Figure{Name: m.name, Value: v})
		}
	}
	return figures
}

// AirWaybills returns the way of air waybills (API.md §2.16), in the service's
// order. It costs 20 credits each, or 50: its pages disagree.
func (c *Client) AirWaybills(ctx context.Context, numbers []string) ([]tracking.AirWaybill, error) {
	return chunked(numbers, func(some []string) ([]tracking.AirWaybill, error) {
		data, err := c.put(ctx, question{query: tracking.QueryAirWaybill, body: struct {
			Numbers []string `json:"track_number"`
			Lang    string   `json:"lang"`
		}{some, "en"}})
		if err != nil {
			return nil, err
		}
		rows, err := rowsOf(data, "track_number")
		if err != nil {
			return nil, c.unlike("air waybills")
		}
		var bills []tracking.AirWaybill
		for _, row := range rows {
			if row.text("track_number") != "" {
				bills = append(bills, billOf(row))
			}
		}
		return bills, nil
	})
}

func billOf(row object) tracking.AirWaybill {
	bill := tracking.AirWaybill{
		Number: string(row.text("track_number")), Weight: string(row.text("weight")), Pieces: string(row.text("piece")),
		Origin: string(row.text("origin")), Destination: string(row.text("destination")), Status: string(row.text("status_number")),
	}
	events := row.get("track_info")
	if len(events) == 0 || events[0] != '[' {
		return bill
	}
	rows, err := objectsOf(events)
	if err != nil {
		return bill
	}
	for _, e := range rows[:min(len(rows), maxEvents)] {
		bill.Events = append(bill.Events, tracking.FlightEvent{
			Planned: string(e.text("plan_date")), Actual: string(e.text("actual_date")), What: string(e.text("event")),
			Station: string(e.text("station")), Flight: string(e.text("flight_number")),
		})
	}
	return bill
}
