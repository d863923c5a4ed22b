package sandbox_test

import (
	"strings"
)

// The shapes of v4 (API.md §9), from the vendor's SDKs. "$n" is the number and "$k"
// the carrier.
const (
	wayShapeV4 = `{"courier_code":"text null","courier_phone":"text null","weblink":"text null","reference_number":"text null",` +
		`"milestone_date":{"inforeceived_date":"text null","pickup_date":"text null","outfordelivery_date":"text null","delivery_date":"text null",` +
		`"returning_date":"text null","returned_date":"text null"},"trackinfo":["none null",[{"checkpoint_date":"time","checkpoint_delivery_status":"text",` +
		`"checkpoint_delivery_substatus":"text null","tracking_detail":"text","location":"text null","country_iso2":"text null","state":"text null",` +
		`"city":"text null","zip":"text null","raw_status":"text null"}]]}`
	writtenShapeV4 = `"order_number":"text null","order_id":"text null","order_date":"text null","title":"text null","customer_name":"text null",` +
		`"customer_email":"text null","customer_sms":"text null","logistics_channel":"text null","note":"text null","destination_country":"text null",` +
		`"origin_country":"text null","tracking_postal_code":"text null","tracking_ship_date":"text null","tracking_destination_country":"text null",` +
		`"tracking_origin_country":"text null","tracking_key":"text null","tracking_courier_account":"text null","recipient_postcode?":"text null"`
	itemShapeV4 = `{"id":"id","tracking_number":"=$n","courier_code":"=$k","created_at":"time","update_at":"time null","delivery_status":"status",` +
		`"archived":"text bool null","updating?":"bool null",` + writtenShapeV4 + `,"destination_state":"text null","destination_city":"text null",` +
		`"origin_state":"text null","origin_city":"text null","label?":"text null","signed_by":"text null","service_code":"text null","weight":"text null",` +
		`"weight_kg":"text null","product_type":"text null","pieces":"text null","dimension":"text null","previously":"text null",` +
		`"destination_track_number":"text null","exchange_number":"text null","scheduled_delivery_date":"text null","scheduled_address":"text null",` +
		`"substatus":"text null","status_info":"text null","latest_event":"text null","latest_checkpoint_time":"text null","transit_time":"number null",` +
		`"origin_info":` + wayShapeV4 + `,"destination_info":["null",` + wayShapeV4 + `]}`
	editedShapeV4 = `{"id":"id","tracking_number":"=$n","courier_code":"=$k","courier_code_new":"text null",` + writtenShapeV4 + `,"archived_status?":"text bool null"}`
	refShapeV4    = `{"id":"id","tracking_number":"=$n","courier_code":"=$k"}`
	courierV4     = `{"courier_name":"word","courier_code":"word","courier_country_iso2":"text null","courier_url":"text null","courier_phone":"text null",` +
		`"courier_type":"text null","tracking_required_fields?":"any","optional_fields?":"any","default_language?":"text null","support_language?":"any","courier_logo":"text null"}`
	waybillV4 = `{"awb_number":"=172-28891936","status_number":"text number null","weight":"text null","piece":"text number null","origin":"text null",` +
		`"destination":"text null","flight_way_station":"any","last_event":"text null","flight_info_new?":"any","flight_info":"any","track_info":"any","airline_info":"any"}`
)

func itemV4(carrier, number string) shape { return shape(of(itemShapeV4, carrier, number)) }

func refusalV4(carrier, number, code string) string {
	return strings.ReplaceAll(of(`{"id?":"id text null","tracking_number":"=$n","courier_code":"=$k","errorCode":"#$c","errorMessage":"word"}`, carrier, number), "$c", code)
}

// listV4 is a page of v4's list: a bare array.
func listV4(items ...shape) shape {
	var texts []string
	for _, it := range items {
		texts = append(texts, string(it))
	}
	return shape("[" + oneOf(texts) + "]")
}

// contractV4 is what is known of v4, with the marks of its sources (API.md §9).
// {a} and {b} are the ids of sto/$a and of $b.
func contractV4() []row {
	a, b := itemV4("sto", "$a"), itemV4("sto", "$b")
	titled := func(s shape, title string) shape { return with(s, "title", "="+title) }
	return []row{
		{name: "another key", source: "D, S", request: "GET /trackings/get", key: "nobody-has-this-key", code: "401", data: `"none"`},
		{name: "no such call", source: "S", request: "POST /trackings/nothing", body: `[]`, code: "404", data: `"none"`, open: true},
		{name: "another method", source: "G", request: "GET /trackings/batch", code: "405", data: `"none"`, open: true},

		{name: "list numbers that are not there", source: "T 4102, G nothing", request: "GET /trackings/get?tracking_numbers=$a,$b", code: "4102 200", data: `"none"`, open: true},
		{name: "create", source: "D, S", request: "POST /trackings/create",
			body: `{"tracking_number":"$a","courier_code":"sto","title":"first title","customer_name":"sandy","customer_email":"sandy@example.org","customer_sms":"+86123456789",` +
				`"order_number":"$a","order_id":"shop-1","order_date":"2026-08-27T16:51:00+00:00","note":"a note","language":"en","logistics_channel":"4PX挂号小包",` +
				`"destination_country_iso2":"CN","tracking_ship_date":"20181001","tracking_postal_code":"10115","tracking_courier_account":"A1","auto_correct":"1"}`,
			code: "200", data: titled(a, "first title"), keeps: "{a}"},
		{name: "create twice", source: "S", request: "POST /trackings/create", body: `{"tracking_number":"$a","courier_code":"sto","auto_correct":"1"}`, code: "4101", data: `"any"`},
		{name: "create no number", source: "S", request: "POST /trackings/create", body: `{"courier_code":"sto"}`, code: "4111", data: `"any"`},
		{name: "create odd number", source: "S", request: "POST /trackings/create", body: `{"tracking_number":"$x","courier_code":"sto","auto_correct":"1"}`, code: "4110", data: `"any"`},
		{name: "create odd courier", source: "S", request: "POST /trackings/create", body: `{"tracking_number":"$c","courier_code":"s t o","auto_correct":"1"}`, code: "4120", data: `"any"`},
		{name: "create with an unknown label", source: "T", request: "POST /trackings/create", body: `{"tracking_number":"$c","courier_code":"sto","label":"nobody-has-this-label"}`,
			code: "4131", data: `"any"`, open: true},
		{name: "create with no time", source: "S", request: "POST /trackings/create", body: `{"tracking_number":"$c","courier_code":"sto","order_date":"soon"}`, code: "4130", data: `"any"`, open: true},
		{name: "create no JSON", source: "G", request: "POST /trackings/create", body: `<html>`, code: "400", data: `"any"`, open: true},
		{name: "batch in part", source: "S", request: "POST /trackings/batch",
			body: `[{"tracking_number":"$b","courier_code":"sto","auto_correct":"1"},{"tracking_number":"$a","courier_code":"sto","auto_correct":"1"},` +
				`{"tracking_number":"$x","courier_code":"sto","auto_correct":"1"}]`,
			code: "200", data: shape(`{"success":[` + of(refShapeV4, "sto", "$b") + `],"error":[` + oneOf([]string{refusalV4("sto", "$a", "4101"), refusalV4("sto", "$x", "4110")}) + `]}`), keeps: "{b}"},
		{name: "batch of none", source: "G", request: "POST /trackings/batch", body: `[{"tracking_number":"$a","courier_code":"sto","auto_correct":"1"}]`, code: "200",
			data: shape(`{"success":"none","error":[` + refusalV4("sto", "$a", "4101") + `]}`), open: true},
		{name: "batch of too many", source: "S", request: "POST /trackings/batch",
			body: `[{"tracking_number":"$x","courier_code":"sto"}` + strings.Repeat(`,{"tracking_number":"$x","courier_code":"sto"}`, 40) + `]`, code: "4103", data: `"any"`},

		{name: "list", source: "S", request: "GET /trackings/get?pages_amount=1&items_amount=25&tracking_numbers=$a,$b,$z&lang=en", code: "200", data: listV4(titled(a, "first title"), b)},
		{name: "list of a courier", source: "S", request: "GET /trackings/get?tracking_numbers=$a,$b&courier_code=zto", code: "4102 200", data: `"none"`, open: true},
		{name: "list of a status", source: "S", request: "GET /trackings/get?tracking_numbers=$a,$b&delivery_status=inforeceived", code: "4102 200", data: `"none"`, open: true},
		{name: "list of no status", source: "G", request: "GET /trackings/get?tracking_numbers=$a&delivery_status=lost", code: "4130", data: `"any"`, open: true},
		{name: "list of the past", source: "S", request: "GET /trackings/get?tracking_numbers=$a,$b&created_date_min=2020-01-01T00:00:00%2B00:00&created_date_max=2090-01-01T00:00:00%2B00:00",
			code: "200", data: listV4(a, b)},
		{name: "list of the future", source: "S", request: "GET /trackings/get?tracking_numbers=$a,$b&created_date_min=2090-01-01T00:00:00%2B00:00", code: "4102 200", data: `"none"`, open: true},
		{name: "list behind its end", source: "G", request: "GET /trackings/get?pages_amount=2&items_amount=25&tracking_numbers=$a,$b", code: "200", data: `"none"`, open: true},

		{name: "update", source: "S", request: "PUT /trackings/update/{a}", body: `{"title":"new title","note":"another note","order_number":"986574521568","archived_status":"true"}`,
			code: "200", data: with(titled(shape(of(editedShapeV4, "sto", "$a")), "new title"), "note", "=another note")},
		{name: "list what was updated", source: "S; T that the rest is kept", request: "GET /trackings/get?tracking_numbers=$a&archived_status=true", code: "200",
			data: listV4(with(titled(a, "new title"), "note", "=another note"))},
		{name: "list what is not archived", source: "T", request: "GET /trackings/get?tracking_numbers=$a&archived_status=false", code: "4102 200", data: `"none"`, open: true},
		{name: "update to nothing", source: "G", request: "PUT /trackings/update/{a}", body: `{"title":"","note":"a note","archived_status":"false"}`, code: "200 4130",
			data: shape(`["none",` + of(editedShapeV4, "sto", "$a") + `]`), open: true},
		{name: "update to null", source: "G; the Java and C# SDKs send it so", request: "PUT /trackings/update/{a}", body: `{"title":"third title","note":null}`, code: "200 4130",
			data: shape(`["none",` + of(editedShapeV4, "sto", "$a") + `]`), open: true},
		{name: "list what is left", source: "G", request: "GET /trackings/get?tracking_numbers=$a,$b", code: "200", data: listV4(a, b), open: true},
		{name: "update no id", source: "S", request: "PUT /trackings/update/nothing", body: `{"title":"x"}`, code: "4112", data: `"any"`},
		{name: "update a dead id", source: "G", request: "PUT /trackings/update/0123456789abcdef0123456789abcdef", body: `{"title":"x"}`, code: "4112 4102 404", data: `"any"`, open: true},
		{name: "update no JSON", source: "G", request: "PUT /trackings/update/{a}", body: `<html>`, code: "400", data: `"any"`, open: true},
		{name: "update the courier", source: "S; T says it cannot be", request: "PUT /trackings/update/{b}", body: `{"courier_code_new":"zto"}`, code: "200 4120",
			data: shape(`["none",` + of(editedShapeV4, "sto", "$b") + `,` + of(editedShapeV4, "zto", "$b") + `]`), open: true},
		{name: "list the courier", source: "G", request: "GET /trackings/get?tracking_numbers=$b", code: "200", data: shape(`["any",` + string(listV4(itemV4("zto", "$b"))) + `,` + string(listV4(b)) + `]`),
			open: true, keeps: "{b}"},

		{name: "retrack what has not expired", source: "S", request: "POST /trackings/retrack/{a}", code: "4113", data: `"any"`},
		{name: "couriers", source: "S", request: "GET /couriers/all", code: "200", data: `[` + courierV4 + `]`},
		{name: "detect", source: "S", request: "POST /couriers/detect", body: `{"tracking_number":"RB123456785CN"}`, code: "200", data: `[` + courierV4 + `]`},
		{name: "detect none", source: "S", request: "POST /couriers/detect", body: `{"tracking_number":"$z"}`, code: "4121", data: `"any"`, open: true},
		{name: "detect no number", source: "S", request: "POST /couriers/detect", body: `{}`, code: "4111", data: `"any"`},
		{name: "air waybill", source: "S", request: "POST /awb", body: `{"awb_number":"172-28891936"}`, code: "200", data: waybillV4, dear: "an air waybill costs 20 or 50 credits"},
		{name: "air waybill as the Node SDK asks", source: "S", request: "POST //awb", body: `{"awb_number":"172-28891936"}`, code: "200", data: waybillV4, dear: "an air waybill costs 20 or 50 credits"},
		{name: "air waybill of seven digits", source: "S", request: "POST /awb", body: `{"awb_number":"172-2889193"}`, code: "4161", data: `"any"`, open: true},
		{name: "air waybill of none", source: "S", request: "POST /awb", body: `{}`, code: "4160", data: `"any"`},

		{name: "delete", source: "S", request: "DELETE /trackings/delete/{a}", code: "200", data: `"any"`},
		{name: "delete twice", source: "G", request: "DELETE /trackings/delete/{a}", code: "4112 4102 404", data: `"any"`, open: true},
		{name: "delete the other", source: "S", request: "DELETE /trackings/delete/{b}", code: "200", data: `"any"`},
		{name: "list what was deleted", source: "T", request: "GET /trackings/get?tracking_numbers=$a,$b", code: "4102 200", data: `"none"`, open: true},
	}
}
