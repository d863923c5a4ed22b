package sandbox

import (
	"strings"
	"time"
)

// createName is the call that has a rate of its own in v4.
const createName = "post"

// endpointsV4 are the calls of v4 (§9). One that does what a call of v2 does has its
// name, so that counts and faults mean both.
var endpointsV4 = []endpoint{
	{name: createName, method: "POST", path: "trackings/create", serve: (*Server).createOneV4},
	{name: "batch", method: "POST", path: "trackings/batch", serve: (*Server).batchV4},
	{name: "list", method: "GET", path: "trackings/get", serve: (*Server).listV4},
	{name: "put", method: "PUT", path: "trackings/update/*", serve: (*Server).updateV4},
	{name: "delete-one", method: "DELETE", path: "trackings/delete/*", serve: (*Server).deleteV4},
	{name: "retrack", method: "POST", path: "trackings/retrack/*", serve: (*Server).retrackV4},
	{name: "carriers", method: "GET", path: "couriers/all", serve: (*Server).couriersV4},
	{name: "detect", method: "POST", path: "couriers/detect", serve: (*Server).detectV4},
	{name: "aircargo", method: "POST", path: "awb", serve: (*Server).awbV4},
}

// What only v4 can refuse (§9).
const (
	codeInvalidBody = 400
	codeBadID       = 4112
	codeNotExpired  = 4113
	codeBadFormat   = 4130
	codeNoLabel     = 4131
	codeNoWaybill   = 4160
	codeBadWaybill  = 4161
)

// codesV4 are v4's codes for what the server means by those of v2.
var codesV4 = map[int]int{
	codeCreated: codeOK, codeOverLimit: codeOK,
	codeInvalidKey: 401, 4002: 401,
	codeNoJSON: codeInvalidBody, codeBadRequest: codeInvalidBody,
	codeNoNumber: 4111, codeBadNumber: 4110, codeBadCarrier: 4120, codeNoDetection: 4121,
	codeExists: 4101, codeMissing: 4102, codeEmpty: 4102, codeTooManyItems: 4103,
	4019: 4190, codeNoQuota: 4190, codeInvalidStatus: codeBadFormat,
}

// questionsV4 are open in v4 (§9). The first answer to each is what more speaks for
// or, where nothing does, what is harder on a client.
var questionsV4 = []question{
	{"clear", []string{"kept", "wiped", "refused"}, `what "" does to an attribute`},
	{"null", []string{"kept", "wiped", "refused"}, "what null does to one"},
	{"omitted", []string{"kept", "wiped"}, "what an update does to one that it lacks"},
	{"put", []string{"stored", "sent"}, "an update answers what is kept, or sent"},
	{"carrier", []string{"changed", "ignored", "refused"}, "what courier_code_new does"},
	{"carrier-id", []string{"new", "kept"}, "the id after a change of carrier"},
	{"dead-id", []string{"4112", "4102", "404"}, "the code for an id that is no more"},
	{"unknown", []string{"4102", "empty"}, "a list of numbers none of which is there"},
	{"exists-id", []string{"yes", "no"}, "a batch's 4101 has the id of what exists"},
	{"too-many", []string{"refused", "taken"}, "a list of more than 40 numbers"},
	{"page-cap", []string{"200"}, "the largest page of a list"},
	{"page-size", []string{"100"}, "the page of a list without a size"},
	{"archived-listed", []string{"yes", "no"}, "a list has archived ones unless asked"},
	{"archived-word", []string{"archived", "true"}, "how a list says that one is archived"},
	{"order-id", []string{"order_number", "order_id"}, "what v2's order_id is"},
	{"order-number", []string{"tracking-number", "empty"}, "what is shown for order_number unset"},
	{"order-date", []string{"utc", "as-sent"}, "how an order_date comes back"},
	{"order-zone", []string{"utc", "account"}, "zone of v2's order_create_time in v4"},
	{"destination", []string{"as-given", "filled"}, "what is shown for a destination unset"},
	{"carriers", []string{"any", "known"}, "carriers that a create takes"},
	{"recreate", []string{"paid", "free"}, "creating again what was deleted"},
	{"lag", []string{"0"}, "seconds until a list shows a change"},
	{"rate", []string{"0"}, "requests a second, 0 any; documented: 10"},
	{"create-rate", []string{"0"}, "the same for trackings/create; 3"},
}

// wireV4 translates an object of v4. It also does to attributes what an update does
// that clears them or leaves them out.
func (s *Server) wireV4(c *call, o object) (object, int) {
	out := object{"tracking_number": o["tracking_number"], "carrier_code": o["courier_code"]}
	if keep, _, _ := o.text("auto_correct"); keep == "1" || keep == "true" {
		out["auto_correct"] = "1"
	}
	if label, _, _ := o.text("label"); label != "" {
		return out, codeNoLabel // the account has none
	}
	update := c.id != ""
	for _, f := range fields {
		if f.v4 == "" || f.name == orderDateName {
			continue
		}
		v, code := s.attributeV4(o, s.nameV4(f), update)
		if code != codeOK {
			return out, code
		}
		out[f.name] = v
	}
	if update {
		switch archived := o["archived_status"]; archived {
		case nil:
		case "true", true, "archived":
			out["archived"] = "true"
		case "false", false, "tracking", "":
			out["archived"] = "false"
		default:
			return out, codeBadFormat
		}
	}
	return out, s.orderDate(out)
}

// nameV4 is the name under which v4 writes a field.
func (s *Server) nameV4(f field) string { return s.asOrderID(f.v4) }

// asOrderID exchanges v4's two names for an order, if the second is v2's.
func (s *Server) asOrderID(name string) string {
	if s.v4.is("order-id", "order_id") {
		switch name {
		case "order_number":
			return "order_id"
		case "order_id":
			return "order_number"
		}
	}
	return name
}

// attributeV4 is what becomes of an attribute: nil leaves it alone, "" clears it.
func (s *Server) attributeV4(o object, name string, update bool) (any, int) {
	v, there := o[name]
	effect := ""
	switch {
	case !update && (v == nil || v == ""):
		return nil, codeOK
	case !there:
		_, effect = s.v4.answer("omitted")
	case v == nil:
		_, effect = s.v4.answer("null")
	case v == "":
		_, effect = s.v4.answer("clear")
	default:
		return v, codeOK
	}
	switch effect {
	case "wiped":
		return "", codeOK
	case "refused":
		return nil, codeBadFormat
	}
	return nil, codeOK
}

// orderDate replaces the time of an order by the two forms that are kept.
func (s *Server) orderDate(o object) int {
	sent, given, ok := o.text("order_create_time")
	switch {
	case !ok:
		return codeBadFormat
	case !given:
		return codeOK
	case sent == "":
		o[orderDateName] = ""
		return codeOK
	}
	t, ok := instant(sent)
	if !ok {
		return codeBadFormat
	}
	o[orderDateName], o["order_create_time"] = sent, t.In(s.orderZone()).Format(orderTimeForm)
	return codeOK
}

// instant reads a time of v4. Without a zone it is in UTC.
func instant(text string) (time.Time, bool) {
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime, "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// orderZone is the zone in which v2's order_create_time is, as v4 sees it.
func (s *Server) orderZone() *time.Location {
	if s.v4.is("order-zone", "account") {
		return s.opts.Zone
	}
	return time.UTC
}

const stampForm = "2006-01-02T15:04:05-07:00"

// orderedV4 is the time of an order as v4 shows it, or null.
func (s *Server) orderedV4(r *Row) any {
	t, err := time.ParseInLocation(orderTimeForm, r.OrderCreateTime, s.orderZone())
	if err != nil {
		return nil
	}
	// v2 keeps no seconds. What was written by v2 since has no form as sent.
	if sent, ok := instant(r.OrderDate); ok && sent.Truncate(time.Minute).Equal(t) {
		if s.v4.is("order-date", "as-sent") {
			return r.OrderDate
		}
		t = sent
	}
	return t.UTC().Format(stampForm)
}

// archivedV4 is the word for whether a tracking is archived.
func (s *Server) archivedV4(r *Row) string {
	if !r.Archived {
		return "tracking"
	}
	_, word := s.v4.answer("archived-word")
	return word
}

// identified finds the tracking whose id is in a call's path.
func (s *Server) identified(c *call) (*record, int) {
	if len(c.id) != 32 || strings.Trim(c.id, "0123456789abcdef") != "" {
		return nil, codeBadID
	}
	rec := s.rows.identified(c.id)
	if rec == nil || rec.Deleted {
		_, code := s.v4.answer("dead-id")
		return nil, map[string]int{"4112": codeBadID, "4102": codeMissing, "404": codeNotFound}[code]
	}
	if code, ok := c.refused[rec.Key()]; ok {
		return nil, code
	}
	return rec, codeOK
}
