package sandbox

import (
	"hash/fnv"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// realtimeItem is the item of a realtime answer, with the recorded members (§2.9):
// nothing of what the account itself wrote.
type realtimeItem struct {
	ID                 string `json:"id"`
	Number             string `json:"tracking_number"`
	Carrier            string `json:"carrier_code"`
	OrderCreateTime    string `json:"order_create_time"`
	DestinationCode    string `json:"destination_code"`
	Status             string `json:"status"`
	TrackUpdate        bool   `json:"track_update"`
	OriginalCountry    string `json:"original_country"`
	DestinationCountry string `json:"destination_country"`
	ItemTimeLength     any    `json:"itemTimeLength"`
	StayTimeLength     int    `json:"stayTimeLength"`
	ServiceCode        any    `json:"service_code"`
	PackageStatus      string `json:"packageStatus"`
	Substatus          any    `json:"substatus"`
	LastMile           bool   `json:"last_mile_tracking_supported"`
	OriginInfo         info   `json:"origin_info"`
	DestinationInfo    any    `json:"destination_info"`
	LastEvent          any    `json:"lastEvent"`
	LastUpdateTime     any    `json:"lastUpdateTime"`
}

// realtime answers what the carrier knows of any number, storing nothing (§2.9).
// For a number it never heard of, or one without events, it makes a way up that
// stays the same. With which code the service turns down a parcel that it has just
// told of is not documented: 202 is the one for a number of requests over the limit
// (§3).
func (s *Server) realtime(c *call) answer {
	o, code := decodeObject(c.body)
	if code != codeOK {
		return answer{code: code}
	}
	k, code := o.key()
	if code == codeOK && s.tooSoon(k) {
		code = codeOverLimit
	}
	if code != codeOK {
		return answer{code: code}
	}
	row := Row{Carrier: k.Carrier, Number: k.Number}
	if rec := s.rows.live(k); rec != nil {
		row = rec.Row
	}
	if row.EventAt.IsZero() {
		seen := []string{"transit", "pickup", "delivered"}
		hours := time.Duration(1+seed(k.Number)%48) * time.Hour
		row.moveTo(seen[seed(k.String())%len(seen)], s.now().Truncate(day).Add(-hours))
	}
	h := s.historyOf(&row)
	destination, _, _ := o.text("destination_code")
	item := realtimeItem{
		ID: row.id(), Number: k.Number, Carrier: k.Carrier, DestinationCode: strings.ToUpper(destination),
		Status: row.word(), PackageStatus: row.word(), OriginalCountry: originOf(k.Number), DestinationCountry: h.destination,
		ItemTimeLength: h.days, StayTimeLength: h.idle, Substatus: h.substatus, OriginInfo: h.origin,
		LastEvent: h.lastEvent, LastUpdateTime: h.lastTime,
	}
	return answer{code: codeOK, data: struct {
		Items []realtimeItem `json:"items"`
	}{[]realtimeItem{item}}}
}

// seed is a number that follows from a text, for content that is made up.
func seed(text string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text)) // never fails
	return int(h.Sum32() & 0x7fffffff)
}

// userInfo answers who owns the account, and its remaining quota (§2.11).
func (s *Server) userInfo(*call) answer {
	return answer{code: codeOK, data: struct {
		Email       string `json:"email"`
		Regtime     string `json:"regtime"` // unix seconds, as a text
		Phone       int64  `json:"phone"`
		Money       int    `json:"money"`
		TrackNumber int64  `json:"track_number"`
	}{s.opts.Identity.Email, strconv.FormatInt(s.opts.Identity.RegisteredAt.Unix(), 10), 8612345678910, 0, s.units / unitsPerCredit}}
}

// remote answers which addresses count as remote, a fifth of a credit each (§2.14).
// Post codes that end in an even digit count as remote.
func (s *Server) remote(c *call) answer {
	type place struct {
		Company  string `json:"far_express_company"`
		Country  string `json:"two_code"`
		Name     string `json:"far_country"`
		Postcode string `json:"far_city_postcode"`
	}
	items, code := c.decodeItems()
	if code != codeOK {
		return answer{code: code}
	}
	far, other := []place{}, []place{}
	for _, o := range items {
		country, _, ok1 := o.text("country")
		postcode, _, ok2 := o.text("postcode")
		company, _, ok3 := o.text("company")
		if !ok1 || !ok2 || !ok3 || country == "" || postcode == "" {
			return answer{code: codeBadRequest}
		}
		if company == "" {
			company = "ups"
		}
		code, name := countryNamed(country)
		p := place{strings.ToLower(company), code, name, postcode}
		if strings.ContainsRune("02468", rune(postcode[len(postcode)-1])) {
			far = append(far, p)
		} else {
			other = append(other, p)
		}
	}
	if !s.charge(int64(len(items))) {
		return answer{code: codeNoQuota}
	}
	return answer{code: codeOK, message: "The request was successful.", data: struct {
		Submitted int     `json:"submitted"`
		Other     []place `json:"other"`
		Remote    []place `json:"remote"`
	}{len(items), other, far}}
}

// costTime answers how long a carrier takes between two countries (§2.15); the
// numbers follow from the question.
func (s *Server) costTime(c *call) answer {
	type record struct {
		Carrier     string `json:"carrier_code"`
		Original    string `json:"original"`
		Destination string `json:"destination"`
		Total       int    `json:"total"`
		Delivered   int    `json:"delivered"`
		Range1      int    `json:"range1"` // 0 to 7 days
		Range3      int    `json:"range3"` // 7 to 15
		Range4      int    `json:"range4"` // 16 to 30
		Range5      int    `json:"range5"` // 31 to 60
	}
	items, code := c.decodeItems()
	if code != codeOK {
		return answer{code: code}
	}
	out := []record{}
	for _, o := range items {
		carrier, _, _ := o.text("carrier_code")
		from, _, _ := o.text("original")
		to, _, _ := o.text("destination")
		switch {
		case !carrierForm.MatchString(carrier):
			return answer{code: codeBadCarrier}
		case len(from) != 2 || len(to) != 2:
			return answer{code: codeBadRequest}
		}
		n := 100 + seed(carrier+from+to)%900
		r := record{carrier, strings.ToUpper(from), strings.ToUpper(to), n, 0, n / 4, n / 3, n / 5, n / 10}
		r.Delivered = r.Range1 + r.Range3 + r.Range4 + r.Range5
		out = append(out, r)
	}
	return answer{code: codeOK, data: out}
}

var airWaybill = regexp.MustCompile(`^[0-9]{3}[ -]?[0-9]{7,8}$`) // §2.16

// airCargoUnits is what an air waybill costs: 20 credits (§4).
const airCargoUnits = 20 * unitsPerCredit

// airCargo answers the way of air waybills (§2.16).
func (s *Server) airCargo(c *call) answer {
	type leg struct {
		Plan    string `json:"plan_date"`
		Actual  string `json:"actual_date"`
		Event   string `json:"event"`
		Station string `json:"station"`
		Flight  string `json:"flight_number"`
	}
	type waybill struct {
		Number      string `json:"track_number"`
		Weight      string `json:"weight"`
		Piece       string `json:"piece"`
		Origin      string `json:"origin"`
		Destination string `json:"destination"`
		Status      int    `json:"status_number"`
		Legs        []leg  `json:"track_info"`
	}
	o, code := decodeObject(c.body)
	if code != codeOK {
		return answer{code: code}
	}
	numbers, several := o["track_number"].([]any)
	if one, given, _ := o.text("track_number"); given && !several { // as the vendor's v3 package sends it
		numbers = []any{one}
	}
	switch {
	case len(numbers) == 0:
		return answer{code: codeNoNumber}
	case len(numbers) > MaxItems:
		return answer{code: codeTooManyItems}
	}
	today := s.now().In(s.opts.Zone).Truncate(day)
	out := []waybill{}
	for _, v := range numbers {
		number, _ := v.(string)
		if !airWaybill.MatchString(number) {
			return answer{code: codeBadNumber}
		}
		at := func(days int) string { return today.AddDate(0, 0, days).Format("2006-01-02 15:04") }
		flight := "CX" + strconv.Itoa(100+seed(number)%900)
		out = append(out, waybill{number, strconv.Itoa(1+seed(number)%500) + "K", strconv.Itoa(1 + seed(number)%9), "HKG", "FRA", 4, []leg{
			{at(-2), at(-2), "Arrived", "FRA", flight},
			{at(-3), at(-3), "Departed", "HKG", flight},
		}})
	}
	if !s.charge(int64(len(out)) * airCargoUnits) {
		return answer{code: codeNoQuota}
	}
	return answer{code: codeOK, data: out}
}
