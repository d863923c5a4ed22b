package sandbox

import "time"

// item is a tracking as lists show it (§2.6), in the recorded order. What it lacks
// is not shown by any read: destination_code, customer_phone, logistics_channel,
// lang and the tracking_* extras.
type item struct {
	ID                 string `json:"id"`
	Number             string `json:"tracking_number"`
	Carrier            string `json:"carrier_code"`
	Status             string `json:"status"`
	TrackUpdate        bool   `json:"track_update"`
	CreatedAt          string `json:"created_at"`
	UpdatedAt          any    `json:"updated_at"`
	OrderCreateTime    any    `json:"order_create_time"`
	CustomerEmail      any    `json:"customer_email"` // "" when not set; an array in a single GET
	Title              string `json:"title"`          // "" when not set, where a create says null
	OrderID            any    `json:"order_id"`
	Comment            any    `json:"comment"`
	CustomerName       any    `json:"customer_name"`
	Archived           *bool  `json:"archived,omitempty"`
	OriginalCountry    string `json:"original_country"`
	DestinationCountry string `json:"destination_country,omitempty"`
	ItemTimeLength     any    `json:"itemTimeLength"`
	StayTimeLength     int    `json:"stayTimeLength"`
	ServiceCode        any    `json:"service_code"`
	StatusInfo         any    `json:"status_info"`
	Substatus          any    `json:"substatus"`
	OriginInfo         info   `json:"origin_info"`
	DestinationInfo    any    `json:"destination_info"` // always null here
	LastEvent          any    `json:"lastEvent"`
	LastUpdateTime     any    `json:"lastUpdateTime"`
}

// info is one leg of the way.
type info struct {
	ReferenceNumber    any     `json:"ReferenceNumber"`
	ItemReceived       any     `json:"ItemReceived"`
	ItemDispatched     any     `json:"ItemDispatched"`
	DepartfromAirport  any     `json:"DepartfromAirport"`
	ArrivalfromAbroad  any     `json:"ArrivalfromAbroad"`
	CustomsClearance   any     `json:"CustomsClearance"`
	DestinationArrived any     `json:"DestinationArrived"`
	Weblink            string  `json:"weblink"`
	Phone              any     `json:"phone"`
	Carrier            string  `json:"carrier_code"`
	Trackinfo          []event `json:"trackinfo"` // newest first; null while there is none
}

// event is one checkpoint. Its date is local to the account and has no zone (§1).
type event struct {
	Date              string `json:"Date"`
	StatusDescription string `json:"StatusDescription"`
	Details           string `json:"Details"`
	CheckpointStatus  string `json:"checkpoint_status"`
	Substatus         string `json:"substatus,omitempty"`
}

// newItem describes a row. archived is left out of every other tracking that is
// not archived, as the service does (§2.6); the id decides which.
func (s *Server) newItem(r *Row) item {
	h := s.historyOf(r)
	i := item{
		ID: r.id(), Number: r.Number, Carrier: r.Carrier, Status: r.word(), TrackUpdate: !r.Stopped,
		CreatedAt: s.stamp(r.Created), UpdatedAt: s.stampOrNull(r.Updated),
		OrderCreateTime: orNull(r.OrderCreateTime), CustomerEmail: r.CustomerEmail, Title: r.Title,
		OrderID: orNull(r.OrderID), Comment: orNull(r.Comment), CustomerName: orNull(r.CustomerName),
		OriginalCountry: originOf(r.Number), DestinationCountry: h.destination,
		ItemTimeLength: h.days, StayTimeLength: h.idle, Substatus: h.substatus,
		OriginInfo: h.origin, LastEvent: h.lastEvent, LastUpdateTime: h.lastTime,
	}
	if r.Archived || i.ID[len(i.ID)-1]%2 == 0 {
		archived := r.Archived
		i.Archived = &archived
	}
	return i
}

// history is what the carrier is said to have reported.
type history struct {
	origin      info
	destination string // English name, "" while unknown
	days        any    // days under way, or null
	idle        int    // days since the last event
	substatus   any
	lastEvent   any
	lastTime    any
}

const eventForm = "2006-01-02 15:04:05"

// historyOf returns the way to a row's own status, not to a forced one. The last
// event happened when the status was set; nothing happened while it was not.
func (s *Server) historyOf(r *Row) history {
	h := history{origin: info{Weblink: "", Carrier: r.Carrier}}
	if k, ok := carrierByCode(r.Carrier); ok {
		h.origin.Weblink, h.origin.Phone = k.homepage, orNull(k.phone)
	}
	way := ways[r.natural()]
	if r.EventAt.IsZero() || len(way) == 0 {
		return h
	}
	for _, st := range way {
		h.origin.Trackinfo = append(h.origin.Trackinfo, event{
			Date:              r.EventAt.Add(-st.before).In(s.opts.Zone).Format(eventForm),
			StatusDescription: st.what, Details: st.where, CheckpointStatus: st.status, Substatus: st.substatus,
		})
	}
	last := h.origin.Trackinfo[0]
	first := way[len(way)-1]
	h.origin.ItemReceived = h.origin.Trackinfo[len(way)-1].Date
	h.destination = way[0].country
	h.days = int(first.before.Hours() / 24)
	h.idle = max(int(s.opts.Now().Sub(r.EventAt).Hours()/24), 0)
	h.substatus = orNull(last.Substatus)
	h.lastEvent = last.StatusDescription + "," + last.Details + "," + last.Date
	h.lastTime = last.Date
	return h
}

// step is one checkpoint of a way, so long before its last one.
type step struct {
	before    time.Duration
	what      string
	where     string
	country   string
	status    string
	substatus string
}

const day = 24 * time.Hour

// ways are what carriers tell on the way to each status, newest first.
var ways = map[string][]step{
	"transit": {
		{0, "Departure from outward office of exchange", "SHANGHAI", "", "transit", "transit001"},
		{2 * day, "Posting/Collection", "SHANGHAI", "", "transit", "transit001"},
	},
	"pickup": {
		{0, "Available for pickup", "RENTON, WA 98056", "United States", "pickup", "pickup001"},
		{6 * day, "Departure from outward office of exchange", "SHANGHAI", "", "transit", "transit001"},
		{8 * day, "Posting/Collection", "SHANGHAI", "", "transit", "transit001"},
	},
	"delivered": {
		{0, "Delivered", "RENTON, WA 98056", "United States", "delivered", "delivered001"},
		{9 * time.Hour, "Arrived at Unit", "RENTON, WA 98059", "United States", "transit", "transit001"},
		{10 * day, "Departure from outward office of exchange", "SHANGHAI", "", "transit", "transit001"},
		{12 * day, "Posting/Collection", "SHANGHAI", "", "transit", "transit001"},
	},
	"undelivered": {
		{0, "Delivery attempted - no access", "RENTON, WA 98056", "United States", "undelivered", "undelivered001"},
		{12 * day, "Posting/Collection", "SHANGHAI", "", "transit", "transit001"},
	},
	"exception": {
		{0, "Returned to sender", "RENTON, WA 98056", "United States", "exception", "exception004"},
		{14 * day, "Posting/Collection", "SHANGHAI", "", "transit", "transit001"},
	},
	"expired": {
		{0, "Posting/Collection", "SHANGHAI", "", "transit", "transit001"},
	},
}
