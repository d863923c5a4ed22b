package sandbox

import (
	"strconv"
	"time"
)

// members is a JSON object whose members follow from a table.
type members map[string]any

// listV4 returns a page of the trackings, newest first: a bare array, without a word
// on how many there are in all (§9).
func (s *Server) listV4(c *call) answer {
	p, code := c.params()
	if code != codeOK {
		return answer{code: code}
	}
	f, code := s.filterV4(p)
	page, pageCode := p.number("pages_amount", 1)
	size, sizeCode := p.number("items_amount", int(s.v4.number("page-size")))
	for _, code := range []int{code, pageCode, sizeCode} {
		if code != codeOK {
			return answer{code: code}
		}
	}
	rows, total := s.page(&f, page, s.pageV4(size))
	if f.numbers != nil && total == 0 && s.v4.is("unknown", "4102") {
		return answer{code: codeMissing}
	}
	items := make(pageOfV4, len(rows))
	for i, r := range rows {
		items[i] = s.newItemV4(r)
	}
	return answer{code: codeOK, data: items}
}

// pageOfV4 is a page of v4's list.
type pageOfV4 []members

// pageV4 is the size of a page when one of this size is asked for.
func (s *Server) pageV4(size int) int { return max(1, min(size, int(s.v4.number("page-cap")))) }

// filterV4 reads what a list of v4 is asked for.
func (s *Server) filterV4(p params) (filter, int) {
	f := filter{zone: s.opts.Zone, carrier: p.get("courier_code"), status: p.get("delivery_status"), lag: s.lagV4}
	if f.status != "" && !isStatus(f.status) {
		return f, codeInvalidStatus
	}
	f.ownWords = true
	switch word := p.get("archived_status"); {
	case word == "true" || word == "archived":
		f.archived = "true"
	case word != "" || s.v4.is("archived-listed", "no"):
		f.archived = "false"
	}
	most := MaxItems
	if s.v4.is("too-many", "taken") {
		most = 1 << 20
	}
	var codes [3]int
	f.numbers, codes[0] = p.names("tracking_numbers", most)
	f.created, codes[1] = p.windowV4("created_date")
	f.updated, codes[2] = p.windowV4("updated_date")
	for _, code := range codes {
		if code != codeOK {
			return f, code
		}
	}
	return f, codeOK
}

// windowV4 reads a span between two times in ISO 8601.
func (p params) windowV4(prefix string) (window, int) {
	var w window
	for suffix, at := range map[string]*time.Time{"_min": &w.from, "_max": &w.to} {
		text := p.get(prefix + suffix)
		if text == "" {
			continue
		}
		t, ok := instant(text)
		if !ok {
			return w, codeBadFormat
		}
		*at = t
	}
	return w, codeOK
}

// attributesV4 adds what the account itself has written.
func (s *Server) attributesV4(m members, r *Row) {
	for _, f := range fields {
		if f.shown != "" {
			m[s.asOrderID(f.shown)] = orNull(*f.at(r))
		}
	}
	m["order_date"] = s.orderedV4(r)
	if m["order_number"] == nil && s.v4.is("order-number", "tracking-number") {
		m["order_number"] = r.Number
	}
	if m["destination_country"] == nil && s.v4.is("destination", "filled") {
		m["destination_country"] = "US" // where all parcels of the sandbox go
	}
}

// newItemV4 describes a row as lists and create do. updating is left out of every
// other tracking that is updated (§9); the id decides which.
func (s *Server) newItemV4(r *Row) members {
	id := r.id()
	m := members{
		"id": id, "tracking_number": r.Number, "courier_code": r.Carrier, "delivery_status": r.Status,
		"created_at": r.Created.UTC().Format(stampForm), "update_at": utcOrNull(r.Updated),
		"archived": s.archivedV4(r), "label": nil, "signed_by": nil, "service_code": nil, "status_info": nil,
		"weight": nil, "weight_kg": nil, "product_type": nil, "pieces": nil, "dimension": nil, "previously": nil,
		"destination_track_number": nil, "exchange_number": nil, "scheduled_delivery_date": nil, "scheduled_address": nil,
		"destination_state": nil, "destination_city": nil, "origin_state": nil, "origin_city": nil,
		"destination_info": nil,
	}
	if r.Created.IsZero() { // of an answer that repeats what was sent
		m["created_at"] = s.now().UTC().Format(stampForm)
	}
	if r.Stopped || id[len(id)-1]%2 == 0 {
		m["updating"] = !r.Stopped
	}
	s.attributesV4(m, r)
	s.historyV4(m, r)
	return m
}

func utcOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(stampForm)
}

// eventV4 is one checkpoint; its date has a zone here.
type eventV4 struct {
	Date      string `json:"checkpoint_date"`
	Status    string `json:"checkpoint_delivery_status"`
	Substatus string `json:"checkpoint_delivery_substatus"`
	Detail    string `json:"tracking_detail"`
	Location  string `json:"location"`
	Country   any    `json:"country_iso2"`
	State     any    `json:"state"`
	City      any    `json:"city"`
	Zip       any    `json:"zip"`
	RawStatus any    `json:"raw_status"`
}

// historyV4 adds what the carrier is said to have reported.
func (s *Server) historyV4(m members, r *Row) {
	events := []eventV4{}
	way := ways[r.natural()]
	if r.EventAt.IsZero() {
		way = nil
	}
	for _, st := range way {
		events = append(events, eventV4{
			Date: utcOrNull(r.EventAt.Add(-st.before)).(string), Status: st.status, Substatus: st.substatus, Detail: st.what, Location: st.where})
	}
	milestones := members{
		"inforeceived_date": nil, "pickup_date": nil, "outfordelivery_date": nil, "delivery_date": nil, "returning_date": nil, "returned_date": nil}
	origin := members{
		"courier_code": r.Carrier, "courier_phone": nil, "weblink": "", "reference_number": nil, "milestone_date": milestones, "trackinfo": events}
	if k, ok := carrierByCode(r.Carrier); ok {
		origin["weblink"], origin["courier_phone"] = k.homepage, orNull(k.phone)
	}
	m["origin_info"], m["transit_time"] = origin, 0
	m["substatus"], m["latest_event"], m["latest_checkpoint_time"] = nil, nil, nil
	if len(events) == 0 {
		return
	}
	first, last := events[len(events)-1], events[0]
	milestones["pickup_date"] = first.Date
	if r.natural() == "delivered" {
		milestones["delivery_date"] = last.Date
	}
	m["transit_time"] = int(way[len(way)-1].before.Hours() / 24)
	m["substatus"], m["latest_checkpoint_time"] = orNull(last.Substatus), last.Date
	m["latest_event"] = last.Detail + "," + last.Location + "," + last.Date
}

// endlessV4 is a page of a list without an end.
func (s *Server) endlessV4(c *call) answer {
	p, _ := c.params()
	n, _ := p.number("pages_amount", 1)
	size, _ := p.number("items_amount", int(s.v4.number("page-size")))
	items := make(pageOfV4, s.pageV4(size))
	for i := range items {
		items[i] = s.newItemV4(&Row{Carrier: "endless", Number: "E" + strconv.Itoa(100000000+(n-1)*len(items)+i)})
	}
	return answer{code: codeOK, data: items}
}
