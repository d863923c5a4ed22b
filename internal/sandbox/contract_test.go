package sandbox_test

import (
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/sandbox"
)

// row is one request of the contract, and what is known of its answer: from the
// service's own pages and from recorded traffic (API.md §2, §6).
//
// $a, $b, $c and $z are tracking numbers that nobody has, $p is one of a parcel from
// Germany, and $x is no number. The rows are one session: what is made in it is
// deleted in it.
type row struct {
	name    string
	both    bool   // Trackru has this call as well
	after   bool   // it shows what a call has done that Trackru lacks
	request string // method and path below the version
	body    string
	code    string // of the answer; several if each of them would be right
	data    shape  // "" where the code says it all
	key     string // another API key than the account's
	keeps   string // v4: a name for the first id in the answer, for later rows
	source  string // v4: how it is known, by the marks of API.md §9
	// open means that the documentation leaves it open, and the row has what the
	// sandbox has decided; a live service may differ.
	open bool
	// dear is why a live account is not asked.
	dear string
}

// The shapes of trackings. "$n" is the number and "$k" the carrier.
const (
	// Create's 14 members, as recorded in 2019 (§2.1).
	createdShape = `{"id":"id","tracking_number":"=$n","carrier_code":"=$k","order_create_time":"number text null","status":"=pending",` +
		`"created_at":"time","customer_email":"text null","customer_name":"text null","customer_phone":"text null","order_id":"text null",` +
		`"comment":"text null","title":"text null","logistics_channel":"text null","destination":"text"}`
	// One leg of the way (§2.6, §2.9).
	legShape = `{"ReferenceNumber":"text null","ItemReceived":"moment null","ItemDispatched":"moment null","DepartfromAirport":"moment null",` +
		`"ArrivalfromAbroad":"moment null","CustomsClearance":"moment null","DestinationArrived":"moment null","weblink":"text null",` +
		`"phone":"text null","carrier_code":"text null","trackinfo":["null none",[{"Date":"moment","StatusDescription":"text",` +
		`"Details":"text","checkpoint_status":"text","substatus?":"text null","ItemNode?":"text null"}]]}`
	wayShape = `"original_country":"text null","destination_country?":"text null","itemTimeLength":"number null","stayTimeLength":"number null",` +
		`"service_code":"text null","substatus":"text null","origin_info":` + legShape + `,"destination_info?":["null",` + legShape + `],` +
		`"lastEvent":"text null","lastUpdateTime":"text null"`
	// An item of the list, as recorded in 2019 (§2.6); "$e" is how it has the e-mail
	// address, which is an array in a single GET (§2.2).
	itemShape = `{"id":"id","tracking_number":"=$n","carrier_code":"=$k","status":"status","track_update":"bool","created_at":"time",` +
		`"updated_at":"time null","order_create_time":"text null","customer_email":$e,"title":"text null","order_id":"text null",` +
		`"comment":"text null","customer_name":"text null","archived?":"bool","status_info?":"text null",` + wayShape + `}`
	// The item of a realtime answer, as recorded in 2021 (§2.9).
	liveShape = `{"id":"id","tracking_number":"=$n","carrier_code":"=$k","order_create_time":"text","destination_code":"text","status":"status",` +
		`"track_update":"false","packageStatus":"status","last_mile_tracking_supported":"bool null",` + wayShape + `}`
	countsShape = `{"pending":"number","notfound":"number","transit":"number","pickup":"number","delivered":"number","undelivered":"number","exception":"number","expired":"number"}`
	errorShape  = `{"tracking_number":"=$n","carrier_code":"=$k","code":"#$c","message":"word"}`
	// One tracking in the answer of a bulk call, of which only the number is visible.
	namedShape = `{"tracking_number":"=$n","carrier_code?":"=$k","code?":"number","message?":"text"}`
)

func of(form, carrier, number string) string {
	return strings.NewReplacer("$n", number, "$k", carrier, "$e", `"text null"`).Replace(form)
}

func refusal(carrier, number, code string) string {
	return strings.ReplaceAll(of(errorShape, carrier, number), "$c", code)
}

// single is a tracking as GET shows it alone.
func single(carrier, number string) shape {
	return shape(of(strings.ReplaceAll(itemShape, "$e", `["none",["text"]]`), carrier, number))
}

// with is a shape with another shape for one of its members.
func with(s shape, member, kind string) shape {
	before, after, ok := strings.Cut(string(s), `"`+member+`":"`)
	if !ok {
		panic("no member " + member)
	}
	_, after, _ = strings.Cut(after, `"`)
	return shape(before + `"` + member + `":"` + kind + `"` + after)
}

// listOf is a page of the list.
func listOf(total string, items ...string) shape {
	return shape(`{"page":"#1","limit":"#25","total":"=` + total + `","count?":"#` + total + `","items":[` + oneOf(items) + `]}`)
}

func oneOf(shapes []string) string {
	if len(shapes) == 1 {
		return shapes[0]
	}
	return "[" + strings.Join(shapes, ",") + "]"
}

// The page of PUT (§2.3): what is sent, and the answer.
const (
	seedPut = `{"title":"new title","logistics_channel":"4PX挂号小包","customer_name":"sandy","customer_email":"sandy@example.org",` +
		`"customer_phone":"+86123456789","order_id":"986574521568","destination_code":"CN","archived":"true","status":7}`
	seedPutAnswer = `{"id":"id","tracking_number":"=$a","carrier_code":"=sto","created_at":"time","updated_at":"time","customer_email":"=sandy@example.org",` +
		`"customer_name":"=sandy","order_id":"=986574521568","title":"=new title","destination_code":"=CN","customer_phone":"=+86123456789",` +
		`"archived":"=true","status":"=7","logistics_channel":"=4PX挂号小包","comment?":"text null","order_create_time?":"text number null"}`
)

// TestContract holds the sandbox against the contract, over HTTP, in both dialects;
// and the live service, where there is an account for it: see liveEnd.
func TestContract(t *testing.T) {
	t.Run("trackingmore", func(t *testing.T) { keep(t, sandboxEnd(t, trackingmoreDialect, sandbox.Options{})) })
	t.Run("trackru", func(t *testing.T) { keep(t, sandboxEnd(t, trackruDialect, sandbox.Options{})) })
	t.Run("other answers", func(t *testing.T) {
		keep(t, sandboxEnd(t, trackingmoreDialect, sandbox.Options{
			V2: map[string]string{"put": "row", "order-time": "text", "carriers": "known", "update": "meta"}}))
	})
	t.Run("v4", func(t *testing.T) { keep(t, sandboxEnd(t, v4Dialect, sandbox.Options{})) })
	// Every other answer that there is, one at a time: the rows bear each.
	_, open := sandbox.OpenQuestions()
	for _, line := range open {
		name, answers, _ := strings.Cut(strings.Fields(line)[0], "=")
		for _, answer := range strings.Split(answers, "|")[1:] {
			t.Run("v4 "+name+" "+answer, func(t *testing.T) {
				keep(t, sandboxEnd(t, v4Dialect, sandbox.Options{V4: map[string]string{name: answer}}))
			})
		}
	}
	t.Run("live", func(t *testing.T) {
		for _, e := range liveEnds(t) {
			t.Run(strings.Trim(e.version, "/"), func(t *testing.T) { keep(t, e) })
		}
	})
}

// contract is all rows in their order.
func contract() []row {
	var rows []row
	for _, part := range [][]row{accessRows(), createRows(), changeRows(), batchRows(), listRows(), bulkRows(), questionRows(), deleteRows()} {
		rows = append(rows, part...)
	}
	return rows
}

// accessRows are about keys and paths (§1, §3, §6).
func accessRows() []row {
	return []row{
		{name: "another key", both: true, request: "GET /trackings/get", key: "nobody-has-this-key", code: "4001", data: `"none"`},
		{name: "no such call", both: true, request: "POST /trackings/nothing", body: `[]`, code: "404", data: `"none"`, open: true},
		{name: "another method", both: true, request: "GET /trackings/batch", code: "405", data: `"none"`, open: true},
	}
}

// createRows are POST post, and GET one (§2.1, §2.2).
func createRows() []row {
	return []row{
		{name: "get none", both: true, request: "GET /trackings/sto/$a", code: "4031", data: `"none"`},
		{name: "list none", both: true, request: "GET /trackings/get?numbers=$a,$b", code: "4031", data: `"none"`},
		{name: "post", both: true, request: "POST /trackings/post",
			body: `{"tracking_number":"$a","carrier_code":"sto","title":"first title","customer_name":"sandy","customer_email":"sandy@example.org",` +
				`"customer_phone":"+86123456789","order_id":"$a","comment":"a note","logistics_channel":"4PX挂号小包","destination_code":"CN",` +
				`"order_create_time":"2017/8/27 16:51","lang":"en","tracking_ship_date":"20181001","auto_correct":1}`,
			code: "200", data: with(shape(of(createdShape, "sto", "$a")), "title", "=first title")},
		{name: "post twice", both: true, request: "POST /trackings/post", body: `{"tracking_number":"$a","carrier_code":"sto","auto_correct":1}`, code: "4016", data: `"none"`},
		{name: "post no number", both: true, request: "POST /trackings/post", body: `{"carrier_code":"sto"}`, code: "4013", data: `"none"`},
		{name: "post odd number", both: true, request: "POST /trackings/post", body: `{"tracking_number":"$x","carrier_code":"sto","auto_correct":1}`, code: "4014", data: `"none"`},
		{name: "post odd carrier", both: true, request: "POST /trackings/post", body: `{"tracking_number":"$c","carrier_code":"s t o","auto_correct":1}`, code: "4015", data: `"none"`},
		{name: "post no JSON", both: true, request: "POST /trackings/post", body: `<html>`, code: "4015", data: `"none"`},
		{name: "post an array", both: true, request: "POST /trackings/post", body: `["$c"]`, code: "4012", data: `"none"`, open: true},
		{name: "get", both: true, request: "GET /trackings/sto/$a", code: "200", data: with(single("sto", "$a"), "title", "=first title")},
		{name: "post with a consolidator of another country", both: true, request: "POST /trackings/post", body: `{"tracking_number":"$p","carrier_code":"yanwen"}`,
			code: "200", data: shape(of(createdShape, "yanwen", "$p"))}, // the vendor's Ruby, PHP and C# samples go on with yanwen
		{name: "delete under the consolidator", both: true, request: "DELETE /trackings/yanwen/$p", code: "200", data: `"none"`},
		{name: "post an unknown carrier", both: true, request: "POST /trackings/post", body: `{"tracking_number":"$c","carrier_code":"no-such-carrier"}`,
			code: "200 4015", data: shape(`["none",` + of(createdShape, "no-such-carrier", "$c") + `]`), open: true}, // R8: a batch of four added three
		{name: "delete under the unknown carrier", both: true, request: "DELETE /trackings/no-such-carrier/$c", code: "200 4017", data: `"none"`, open: true},
		{name: "get in a language", both: true, request: "GET /trackings/sto/$a/en", code: "200", data: single("sto", "$a")},
		{name: "list of an order", both: true, request: "GET /trackings/get?orders=$a&limit=25", code: "200", data: listOf("1", of(itemShape, "sto", "$a"))},
	}
}

// changeRows are PUT (§2.3).
func changeRows() []row {
	return []row{
		{name: "put", both: true, request: "PUT /trackings/sto/$a", body: seedPut, code: "200", data: seedPutAnswer},
		{name: "get what was put", both: true, request: "GET /trackings/sto/$a", code: "200",
			data: with(with(with(single("sto", "$a"), "title", "=new title"), "status", "=exception"), "archived?", "true")},
		{name: "put status as text", both: true, request: "PUT /trackings/sto/$a", body: `{"status":"4"}`, code: "200",
			data: `{"id":"id","tracking_number":"=$a","carrier_code":"=sto","created_at":"time","updated_at":"time","status":"=4","customer_email?":"text null",` +
				`"customer_name?":"text null","order_id?":"text null","title?":"text null","destination_code?":"text null","customer_phone?":"text null",` +
				`"archived?":"text null","logistics_channel?":"text null","comment?":"text null","order_create_time?":"text number null"}`},
		{name: "put null", both: true, request: "PUT /trackings/sto/$a", body: `{"title":null,"status":8}`, code: "200", data: `"any"`, open: true},
		{name: "get what null left", both: true, request: "GET /trackings/sto/$a", code: "200", data: with(single("sto", "$a"), "title", "=new title"), open: true},
		{name: "put another status", both: true, request: "PUT /trackings/sto/$a", body: `{"status":6}`, code: "4033", data: `"none"`},
		{name: "put none", both: true, request: "PUT /trackings/sto/$z", body: `{"title":"new title"}`, code: "4017", data: `"none"`},
		{name: "put no JSON", both: true, request: "PUT /trackings/sto/$a", body: `<html>`, code: "4015", data: `"none"`},
	}
}

// batchRows are POST batch (§2.5).
func batchRows() []row {
	return []row{
		{name: "batch in part", both: true, request: "POST /trackings/batch",
			body: `[{"tracking_number":"$b","carrier_code":"sto","auto_correct":1},{"tracking_number":"$a","carrier_code":"sto","auto_correct":1},` +
				`{"tracking_number":"$x","carrier_code":"sto","auto_correct":1}]`,
			code: "201", data: shape(`{"submitted":"#3","added":"#1","trackings":[` + of(createdShape, "sto", "$b") + `],"errors":[` +
				oneOf([]string{refusal("sto", "$a", "4016"), refusal("sto", "$x", "4014")}) + `]}`)},
		{name: "batch of none", both: true, request: "POST /trackings/batch", body: `[{"tracking_number":"$a","carrier_code":"sto","auto_correct":1}]`, code: "200 201",
			data: shape(`{"submitted":"#1","added":"#0","trackings":"none","errors":[` + refusal("sto", "$a", "4016") + `]}`), open: true},
		{name: "batch no JSON", both: true, request: "POST /trackings/batch", body: `<html>`, code: "4015", data: `"none"`},
		{name: "batch of nothing", both: true, request: "POST /trackings/batch", body: `[]`, code: "4012", data: `"none"`, open: true},
		{name: "batch of an object", both: true, request: "POST /trackings/batch", body: `{"tracking_number":"$c","carrier_code":"s t o"}`, code: "4012", data: `"none"`, open: true},
		{name: "batch of too many", both: true, request: "POST /trackings/batch",
			body: `[{"tracking_number":"$x","carrier_code":"sto"}` + strings.Repeat(`,{"tracking_number":"$x","carrier_code":"sto"}`, 40) + `]`, code: "202 4020", data: `"none"`, open: true},
	}
}

// listRows are GET get (§2.6).
func listRows() []row {
	a, b := of(itemShape, "sto", "$a"), of(itemShape, "sto", "$b")
	return []row{
		{name: "list", both: true, request: "GET /trackings/get?page=1&limit=25&numbers=$a,$b,$z&lang=en", code: "200", data: listOf("2", a, b)},
		{name: "list by POST", both: true, request: "POST /trackings/get", body: `{"numbers":"$b","limit":25}`, code: "200", data: listOf("1", b), open: true},
		// The vendor's PHP class asks so for everything, its Java sample with 0 for both ends.
		{name: "list from the epoch", both: true, request: "POST /trackings/get",
			body: `{"page":1,"limit":25,"created_at_min":0,"created_at_max":4000000000,"update_time_min":0,"update_time_max":4000000000,` +
				`"order_created_time_min":0,"order_created_time_max":4000000000,"lang":"","numbers":"$a,$b","orders":""}`,
			code: "200", data: listOf("2", a, b)},
		{name: "list of ordered from the first second", both: true, request: "GET /trackings/get?limit=25&numbers=$a,$b&order_created_time_min=1&order_created_time_max=4000000000",
			code: "200", data: listOf("1", a), open: true},
		{name: "list with zeros for no limit", both: true, request: "GET /trackings/get?page=1&limit=25&created_at_min=0&created_at_max=0&update_time_min=0&update_time_max=0" +
			"&order_created_time_min=0&order_created_time_max=0&numbers=$b&orders=&lang=cn", code: "200", data: listOf("1", b)},
		{name: "list of archived", both: true, request: "GET /trackings/get?limit=25&numbers=$a,$b&archived=true", code: "200", data: listOf("1", a)},
		{name: "list of not archived", both: true, request: "GET /trackings/get?limit=25&numbers=$a,$b&archived=false", code: "200", data: listOf("1", b)},
		{name: "list of a status", both: true, request: "GET /trackings/get?limit=25&numbers=$a,$b&status=undelivered", code: "4031", data: `"none"`},
		{name: "list of no status", both: true, request: "GET /trackings/get?limit=25&numbers=$a,$b&status=lost", code: "4033", data: `"none"`},
		{name: "list of the future", both: true, request: "GET /trackings/get?limit=25&numbers=$a,$b&created_at_min=4000000000", code: "4031", data: `"none"`},
		{name: "list behind its end", both: true, request: "GET /trackings/get?page=2&limit=25&numbers=$a,$b", code: "4031", data: `"none"`, open: true},
	}
}

// bulkRows are the calls for many that Trackru lacks, and the carrier change
// (§2.7, §2.10, §2.13).
func bulkRows() []row {
	some := func(counter string) shape { // of updatemore's answer nothing is visible (§2.7)
		return shape(`["none",{"submitted":"#2","` + counter + `?":"#1","trackings?":"any","errors?":"any"}]`)
	}
	return []row{
		{name: "updatemore in part", request: "POST /trackings/updatemore",
			body: `[{"tracking_number":"$a","carrier_code":"sto","title":"third title","archived":"false","status":"4"},{"tracking_number":"$z","carrier_code":"sto","title":"x"}]`,
			code: "200", data: some("updated"), open: true},
		{name: "get what was updated", after: true, request: "GET /trackings/sto/$a", code: "200",
			data: with(with(single("sto", "$a"), "title", "=third title"), "status", "=delivered")},
		{name: "updatemore no JSON", request: "POST /trackings/updatemore", body: `<html>`, code: "4015", data: `"none"`},
		{name: "updatemore of nothing", request: "POST /trackings/updatemore", body: `[]`, code: "4012", data: `"none"`, open: true},
		{name: "notupdate in part", request: "POST /trackings/notupdate", body: `[{"tracking_number":"$b","carrier_code":"sto"},{"tracking_number":"$z","carrier_code":"sto"}]`,
			code: "200", data: shape(`{"submitted":"#2","change":"#1","trackings":[` + oneOf([]string{of(namedShape, "sto", "$b"), refusal("sto", "$z", "4017")}) + `],"errors?":"any"}`)},
		{name: "get what is not updated", after: true, request: "GET /trackings/sto/$b", code: "200", data: with(single("sto", "$b"), "track_update", "false")},
		{name: "update", request: "POST /trackings/update", body: `{"tracking_number":"$b","carrier_code":"sto","update_carrier_code":"zto"}`, code: "200", data: `{"Usertag":"text"}`},
		{name: "get under the new carrier", after: true, request: "GET /trackings/zto/$b", code: "200", data: single("zto", "$b")},
		{name: "get under the old carrier", after: true, request: "GET /trackings/sto/$b", code: "4031", data: `"none"`, open: true},
		{name: "update none", request: "POST /trackings/update", body: `{"tracking_number":"$z","carrier_code":"sto","update_carrier_code":"zto"}`, code: "4017", data: `"none"`, open: true},
		{name: "update to an odd carrier", request: "POST /trackings/update", body: `{"tracking_number":"$b","carrier_code":"zto","update_carrier_code":"z t o"}`, code: "4015", data: `"none"`, open: true},
	}
}

// questionRows are the calls that tell something (§2.9, §2.11 to §2.17).
func questionRows() []row {
	carriers := shape(`[{"name":"word","code":"word","phone":"text null","homepage":"text null","type":["=express","=globalpost"],"picture":"text null","name_cn?":"text null"}]`)
	place := func(company, code, country, postcode string) string {
		return `{"far_express_company":"=` + company + `","two_code":"=` + code + `","far_country":"=` + country + `","far_city_postcode":["=` + postcode + `","#` + postcode + `"]}`
	}
	places := `["none",[` + oneOf([]string{place("ups", "JP", "Japan", "7621094"), place("dhl", "DE", "Germany", "10115")}) + `]]`
	return []row{
		{name: "realtime", both: true, request: "POST /trackings/realtime", body: `{"tracking_number":"$a","carrier_code":"sto","destination_code":"CN","lang":"en"}`,
			code: "200", data: shape(`{"items":[` + of(liveShape, "sto", "$a") + `]}`)},
		{name: "realtime too soon", both: true, request: "POST /trackings/realtime", body: `{"tracking_number":"$a","carrier_code":"sto"}`, code: "202 429", data: `"none"`, open: true, dear: "a refusal may close the account for two minutes"},
		{name: "realtime no number", both: true, request: "POST /trackings/realtime", body: `{"carrier_code":"sto"}`, code: "4013", data: `"none"`},
		{name: "realtime short number", both: true, request: "POST /trackings/realtime", body: `{"tracking_number":"1234","carrier_code":"sto"}`, code: "4014", data: `"none"`},
		{name: "getuserinfo", request: "GET /trackings/getuserinfo", code: "200",
			data: `{"email":"word","regtime":"digits","phone":"text number null","money":"text number","track_number":"number"}`},
		{name: "getstatusnumber", request: "GET /trackings/getstatusnumber?created_at_min=1441314361", code: "200",
			data: countsShape},
		// As the vendor's PHP classes ask.
		{name: "getstatusnumber by POST", request: "POST /trackings/getstatusnumber",
			body: `{"created_at_min":null,"created_at_max":4000000000,"order_created_time_min":null,"order_created_time_max":4000000000}`, code: "200", data: countsShape},
		{name: "remote", request: "POST /trackings/remote", body: `[{"country":"JP","postcode":"7621094"},{"country":"Germany","postcode":"10115","company":"DHL"}]`,
			code: "200", data: shape(`{"submitted":"#2","other":` + places + `,"remote":` + places + `}`)},
		{name: "remote without a place", request: "POST /trackings/remote", body: `[{"country":"JP"}]`, code: "4012", data: `"none"`, open: true},
		{name: "costtime", request: "POST /trackings/costtime", body: `[{"carrier_code":"dhl","original":"CN","destination":"US"}]`, code: "200",
			data: `[{"carrier_code":"=dhl","original":"=CN","destination":"=US","total":"number","delivered":"number","range1":"number","range3":"number","range4":"number","range5":"number"}]`, open: true},
		{name: "costtime without a carrier", request: "POST /trackings/costtime", body: `[{"original":"CN","destination":"US"}]`, code: "4015", data: `"none"`, open: true},
		{name: "aircargo", request: "POST /trackings/aircargo", body: `{"track_number":["172-28891936"],"lang":"en"}`, code: "200",
			data: `[{"track_number":"=172-28891936","weight":"text number null","piece":"text number null","origin":"text null","destination":"text null","status_number":"number text",` +
				`"track_info":[{"plan_date":"text null","actual_date":"text null","event":"text","station":"text","flight_number":"text null"}]}]`,
			dear: "an air waybill costs 20 or 50 credits"},
		{name: "aircargo of a text", request: "POST /trackings/aircargo", body: `{"track_number":"172-28891936"}`, code: "200", data: `["any",["any"]]`,
			open: true, dear: "an air waybill costs 20 or 50 credits"}, // the vendor's v3 PHP package
		{name: "aircargo no waybill", request: "POST /trackings/aircargo", body: `{"track_number":["172"]}`, code: "4014", data: `"none"`, open: true, dear: "an air waybill costs 20 or 50 credits"},
		{name: "carriers", request: "GET /carriers", code: "200", data: carriers},
		{name: "carriers with a slash", request: "GET /carriers/", code: "200", data: carriers},
		{name: "detect", request: "POST /carriers/detect", body: `{"tracking_number":"RB123456785CN"}`, code: "200", data: `[{"name":"word","code":"word"}]`},
		{name: "detect none", request: "POST /carriers/detect", body: `{"tracking_number":"$z"}`, code: "4032", data: `"none"`},
		{name: "detect short number", request: "POST /carriers/detect", body: `{"tracking_number":"1234"}`, code: "4014", data: `"none"`, open: true},
	}
}

// deleteRows are the two deletions, and what comes back after one (§2.4, §2.8).
func deleteRows() []row {
	return []row{
		{name: "delete", both: true, request: "DELETE /trackings/sto/$a", code: "200", data: `"none"`},
		{name: "delete twice", both: true, request: "DELETE /trackings/sto/$a", code: "4017", data: `"none"`},
		{name: "get what was deleted", both: true, request: "GET /trackings/sto/$a", code: "4031", data: `"none"`},
		{name: "post what was deleted", both: true, request: "POST /trackings/post", body: `{"tracking_number":"$a","carrier_code":"sto","auto_correct":1}`, code: "201", data: shape(of(createdShape, "sto", "$a"))},
		{name: "delete many in part", request: "POST /trackings/delete",
			body: `[{"tracking_number":"$a","carrier_code":"sto"},{"tracking_number":"$b","carrier_code":"zto"},{"tracking_number":"$z","carrier_code":"sto"}]`,
			code: "200", data: shape(`{"submitted":"#3","delete":"#2","trackings":[` + oneOf([]string{
				`{"meta":` + of(namedShape, "sto", "$a") + `}`, `{"meta":` + of(namedShape, "zto", "$b") + `}`, `{"meta":` + refusal("sto", "$z", "4017") + `}`}) + `]}`)},
		{name: "delete many no JSON", request: "POST /trackings/delete", body: `<html>`, code: "4015", data: `"none"`},
		{name: "list what was deleted", after: true, request: "GET /trackings/get?numbers=$a,$b", code: "4031", data: `"none"`},
	}
}
