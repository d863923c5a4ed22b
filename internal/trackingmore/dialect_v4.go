package trackingmore

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
)

// TrackingMoreV4 is TrackingMore v4 (API.md §9). It changes and deletes one tracking
// at a time, by the service's id.
func TrackingMoreV4() *Dialect {
	return Dialect{
		about:  tracking.TrackingMoreV4,
		header: "Tracking-Api-Key",
		limits: limits{batch: 40, numbers: 40, page: 200},
		rate:   10,
		own:    ownRate{callCreateV4, 3},
		calls: map[tracking.Op]call{
			tracking.OpChangeCarrier: byRef("update", (*Dialect).encodeCarrierByRef, judgeMoved),
			tracking.OpCreate:        bulk("batch", 40, (*Dialect).createObject, createOne()),
			tracking.OpPut:           byRef("update", (*Dialect).encodePutByRef, judgeAlone),
			tracking.OpDelete:        byRef("delete", (*Dialect).encodeDeleteByRef, judgeAlone),
		},
		list: list{
			path: "/trackings/get", numbers: "tracking_numbers", until: "created_date_max", size: "items_amount", page: "pages_amount",
			time: func(t time.Time) string { return t.UTC().Format(zonedTime) },
			none: []int{codeMissingV4}, archived: "archived_status=true&", vague: true,
			bare: true,
		},
		queries: map[tracking.Query]query{
			tracking.QueryCarriers: {method: http.MethodGet, path: "/couriers/all"},
			tracking.QueryDetect:   {method: http.MethodPost, path: "/couriers/detect", none: []int{codeUndetectedV4}},
		},
		codes: codesV4(),
		words: words{
			ref: "id", number: "tracking_number", carrier: "courier_code", code: "errorCode", message: "errorMessage",
			done: "success", failed: "error", status: "delivery_status", lastEvent: "latest_checkpoint_time", eventTime: zonedEvent,
			carrierCode: "courier_code", carrierName: "courier_name",
		},
		attrs:    attrsV4(),
		corrects: member{"auto_correct", json.RawMessage(`"1"`)},
	}.ready()
}

// callCreateV4 is the short name of the call that creates one tracking. It has a rate
// of its own (API.md §9.7).
const callCreateV4 = "create"

// attrsV4 follows API.md §9.2. All of them but the status and the updating, which it
// only shows, change by a PUT.
func attrsV4() wireAttrs {
	same := func(name string) wireAttr {
		return wireAttr{create: name, change: name, listed: name}
	}
	t := wireAttrs{
		tracking.Title:              same("title"),
		tracking.OrderID:            same("order_number"),
		tracking.CustomerName:       same("customer_name"),
		tracking.CustomerEmail:      same("customer_email"),
		tracking.LogisticsChannel:   same("logistics_channel"),
		tracking.CustomerPhone:      same("customer_sms"),
		tracking.Archived:           {change: "archived_status", listed: "archived", read: archivedWord},
		tracking.Comment:            same("note"),
		tracking.OrderCreateTime:    same("order_date"),
		tracking.Lang:               {create: "language", change: "language"},
		tracking.ShipDate:           same("tracking_ship_date"),
		tracking.DestinationCountry: same("tracking_destination_country"),
		tracking.PostalCode:         same("tracking_postal_code"),
		tracking.AccountNumber:      same("tracking_courier_account"),
		tracking.DestinationCode: {
			create: "destination_country_iso2", change: "destination_country_iso2", listed: "destination_country",
			read: countryCode,
		},
	}
	t[tracking.OrderID].filled = func(k tracking.Key, v string) bool { return v == k.Number }
	t[tracking.DestinationCode].filled = func(tracking.Key, string) bool { return true }
	t[tracking.OrderCreateTime].write, t[tracking.OrderCreateTime].read = writeZoned, readZoned
	t[tracking.ShipDate].read = readDay
	return t
}

// The codes that something depends on (API.md §9.5).
const (
	codeMissingV4    = 4102
	codeUndetectedV4 = 4121
)

// codesV4 are the codes of TrackingMore v4 (API.md §9.5).
func codesV4() codes {
	const refused, missing = tracking.Refused, tracking.Missing
	return codesHTTP().and(codes{
		404:  {verdict: missing, advice: codesHTTP()[404].advice},
		4001: {verdict: tracking.Stopped, advice: "the service does not know this API key: check that it is complete and belongs to this provider"},
		4002: {verdict: tracking.Stopped, advice: "this API key has been deleted: make a new one at the service"},
		4101: {verdict: tracking.Exists, ofOne: true, advice: "the tracking is there already"},
		4102: {verdict: missing, ofOne: true, advice: "the tracking is not there"},
		4103: {verdict: refused, advice: "too many trackings in one request: lower batch_size"},
		4110: {verdict: refused, ofOne: true, about: tracking.AboutNumber, advice: "the service does not accept this tracking number"},
		4111: {verdict: refused, ofOne: true, about: tracking.AboutNumber, advice: "the tracking number is missing"},
		4112: {verdict: missing, ofOne: true, advice: "the service does not know this id"},
		4120: {verdict: refused, ofOne: true, about: tracking.AboutCarrier, advice: "the service does not know this carrier code"},
		4121: {verdict: refused, ofOne: true, about: tracking.AboutCarrier, advice: "the service cannot tell the carrier from the number: give its carrier code"},
		4122: {verdict: refused, ofOne: true, advice: "this carrier needs more to find the parcel, such as a post code or the day of posting"},
		4130: {verdict: refused, ofOne: true, advice: "the service does not accept the form of one of the values"},
		4131: {verdict: refused, ofOne: true, advice: "the service does not know this label: make it in its dashboard first"},
		4160: {verdict: refused, ofOne: true, advice: "the service does not accept this air waybill number"},
		4161: {verdict: refused, ofOne: true, advice: "the service does not know this air waybill"},
		4190: {verdict: tracking.NoCredit, advice: "the account's quota is used up: extend the plan at the service"},
	})
}

// createOne creates one tracking, and answers with it (API.md §9.3).
func createOne() *call {
	c := single(callCreateV4, func(d *Dialect, item tracking.Item) (*request, error) {
		o, err := d.createObject(item)
		if err != nil {
			return nil, err
		}
		return write(http.MethodPost, "/trackings/create", o.append(nil)), nil
	}, judgeBulk)
	return &c
}

// byRef is a call for one tracking that names it by the service's id.
func byRef(name string, encode func(*Dialect, tracking.Item) (*request, error), judge judge) call {
	c := single(name, encode, judge)
	c.byRef = true
	return c
}

// encodePutByRef changes one tracking (API.md §9.4).
func (d *Dialect) encodePutByRef(item tracking.Item) (*request, error) {
	o, err := d.change(object{}, item.Attrs, "PUT", d.about.Put)
	if err != nil {
		return nil, err
	}
	return write(http.MethodPut, "/trackings/update/"+url.PathEscape(item.Ref), o.append(nil)), nil
}

// encodeCarrierByRef moves one tracking to another carrier, with its attributes
// (API.md §9.4).
func (d *Dialect) encodeCarrierByRef(item tracking.Item) (*request, error) {
	if item.Carrier == "" {
		return nil, errNoTarget
	}
	o := object{}
	o.put("courier_code_new", item.Carrier)
	o, err := d.change(o, item.Attrs, "PUT", d.about.Put)
	if err != nil {
		return nil, err
	}
	return write(http.MethodPut, "/trackings/update/"+url.PathEscape(item.Ref), o.append(nil)), nil
}

// encodeDeleteByRef deletes one tracking (API.md §9.4).
func (d *Dialect) encodeDeleteByRef(item tracking.Item) (*request, error) {
	return write(http.MethodDelete, "/trackings/delete/"+url.PathEscape(item.Ref), nil), nil
}

// archivedWord reads whether a tracking is archived, which comes as a word. Not all of
// them are documented (API.md §9.2).
func archivedWord(v string) (string, bool) {
	switch v {
	case "tracking", "false", "0", "unarchived":
		return "false", true
	case "archived", "true", "1":
		return "true", true
	}
	return "", false
}

// countryCode reads a country of destination. What is no code of two letters is the
// carrier's name for it.
func countryCode(v string) (string, bool) { return v, len(v) == 2 }

// zonedTime is how v4 writes times (API.md §9.2).
const zonedTime = "2006-01-02T15:04:05-07:00"

// writeZoned writes an order's time. The digits stay as they were declared, which has
// no zone.
func writeZoned(v string) (json.RawMessage, error) {
	t, err := time.Parse(tracking.OrderTimeLayout, v)
	if err != nil {
		return nil, fmt.Errorf("%q is not a time such as %q", v, tracking.OrderTimeLayout)
	}
	return appendText(nil, t.Format(zonedTime)), nil
}

// readZoned reads an order's time in any zone, so that instants are compared.
func readZoned(v string) (string, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime} {
		if t, err := time.Parse(layout, v); err == nil {
			return t.UTC().Format(tracking.OrderTimeLayout), true
		}
	}
	return v, true
}

// readDay reads a day, which may come as a time.
func readDay(v string) (string, bool) {
	if t, err := time.Parse(time.RFC3339, v); err == nil {
		return t.UTC().Format(tracking.ShipDateLayout), true
	}
	return v, true
}

// zonedEvent returns the instant of a checkpoint, in unix seconds.
func zonedEvent(v string) int64 {
	if t, err := time.Parse(time.RFC3339, v); err == nil && t.Year() >= firstYear && t.Year() <= lastDate {
		return t.Unix()
	}
	return latest(v)
}
