package trackingmore

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tmsync/tmsync/internal/tracking"
)

// Live asks the carrier of one parcel for its present status (API.md §2.9). The
// account need not have it. Some of the item's attributes are sent along: some
// carriers need them to find it. The service wants the same parcel to be asked for
// at most once in two hours.
func (c *Client) Live(ctx context.Context, item tracking.Item) (*tracking.Live, error) {
	body, err := c.dialect.keyObject(item)
	if err != nil {
		return nil, err
	}
	for _, a := range []tracking.Attr{tracking.DestinationCode, tracking.ShipDate, tracking.PostalCode, tracking.DestinationCountry, tracking.OrderCreateTime, tracking.Lang} {
		v, _ := item.Attrs.Get(a)
		switch {
		case v == "":
		case a == tracking.DestinationCountry:
			body.put("specialNumberDestination", v) // its older name, which this call still has
		case a == tracking.OrderCreateTime:
			if body, err = body.attr(&c.dialect.attrs[a], a.String(), v); err != nil {
				return nil, err
			}
		default:
			body.put(a.String(), v)
		}
	}
	data, err := c.put(ctx, question{query: tracking.QueryLive, body: body, items: []tracking.Item{item}})
	if err != nil {
		return nil, err
	}
	return c.liveOf(item, data)
}

// liveOf finds the parcel in an answer. A row that names another number is
// somebody else's; the carrier may have been corrected (API.md §5.12). Carriers
// write into their events who has signed: what is known to be a customer's is
// taken out.
func (c *Client) liveOf(item tracking.Item, data json.RawMessage) (*tracking.Live, error) {
	k, quote := item.Key, c.quoter([]tracking.Item{item})
	rows, err := rowsOf(data, "tracking_number")
	if err != nil {
		return nil, c.unlike("parcel")
	}
	for _, row := range rows {
		if string(row.text("tracking_number")) != k.Number {
			continue
		}
		if carrier, err := tracking.CanonicalCarrier(string(row.text("carrier_code"))); err == nil {
			k.Carrier = carrier
		}
		live := &tracking.Live{
			Key: k, Status: string(row.text("status")), Substatus: string(row.text("substatus")),
			Origin: string(row.text("original_country")), Destination: string(row.text("destination_country")),
			DaysUnderWay: daysOf(row.text("itemTimeLength")), DaysOld: daysOf(row.text("stayTimeLength")),
		}
		for _, name := range []string{"destination_info", "origin_info"} {
			if leg, ok := legOf(row.get(name), quote); ok {
				live.Legs = append(live.Legs, leg)
			}
		}
		return live, nil
	}
	return nil, fmt.Errorf("%w: %s is missing from it", c.unlike("such parcel"), k)
}

// maxDays bounds a number of days.
const maxDays = 100_000

// daysOf reads a number of days, nil for none.
func daysOf(t wireText) *int {
	n, err := t.number(maxDays)
	if err != nil {
		return nil
	}
	return &n
}

// maxEvents bounds how many events of one leg are read.
const maxEvents = 1000

// legOf reads one leg. It may be missing, null, or an object full of nulls
// (API.md §5.23), which is no leg.
func legOf(raw json.RawMessage, quote func(string) string) (leg tracking.Leg, ok bool) {
	o, err := objectOf(raw)
	if err != nil {
		return leg, false
	}
	leg.Carrier, leg.Website = string(o.text("carrier_code")), string(o.text("weblink"))
	events := o.get("trackinfo")
	if len(events) > 0 && events[0] == '[' {
		rows, err := objectsOf(events)
		if err != nil {
			return leg, false
		}
		for _, row := range rows[:min(len(rows), maxEvents)] {
			leg.Events = append(leg.Events, tracking.LiveEvent{
				Time: string(row.text("Date")), Status: string(row.text("checkpoint_status")), Substatus: string(row.text("substatus")),
				What: quote(string(row.text("StatusDescription"))), Where: quote(string(row.text("Details"))),
			})
		}
	}
	return leg, leg.Carrier != "" || len(leg.Events) > 0
}
