package sandbox

import (
	"regexp"
	"strconv"
)

// courierV4 is a carrier as v4 lists and detects it (§9).
func courierV4(k courier) members {
	return members{
		"courier_name": k.name, "courier_code": k.code, "courier_country_iso2": orNull(k.country), "courier_url": k.homepage,
		"courier_phone": orNull(k.phone), "courier_type": k.kind(), "courier_logo": "//s.trackingmore.com/images/icons/express/" + k.code + ".png",
		"tracking_required_fields": nil, "optional_fields": nil, "default_language": "en", "support_language": []string{"en"},
	}
}

// couriersV4 lists the couriers that the sandbox knows.
func (s *Server) couriersV4(*call) answer {
	items := make([]members, len(knownCarriers))
	for i, k := range knownCarriers {
		items[i] = courierV4(k)
	}
	return answer{code: codeOK, data: items}
}

// detectV4 guesses the couriers of a number, which costs nothing here.
func (s *Server) detectV4(c *call) answer {
	found, code := c.detected()
	if code != codeOK {
		return answer{code: code}
	}
	items := make([]members, len(found))
	for i, k := range found {
		items[i] = courierV4(k)
	}
	return answer{code: codeOK, data: items}
}

var airWaybillV4 = regexp.MustCompile(`^[0-9]{3}[ -]?[0-9]{8}$`)

// awbV4 answers the way of one air waybill (§9).
func (s *Server) awbV4(c *call) answer {
	o, code := decodeObject(c.body)
	if code != codeOK {
		return answer{code: code}
	}
	number, _, ok := o.text("awb_number")
	switch {
	case ok && number == "":
		return answer{code: codeNoWaybill}
	case !airWaybillV4.MatchString(number):
		return answer{code: codeBadWaybill}
	case !s.charge(airCargoUnits):
		return answer{code: codeNoQuota}
	}
	today := s.now().UTC().Truncate(day)
	at := func(days int) string { return today.AddDate(0, 0, days).Format("2006-01-02 15:04") }
	flight := "CX" + strconv.Itoa(100+seed(number)%900)
	piece, weight := strconv.Itoa(1+seed(number)%9), strconv.Itoa(1+seed(number)%500)+"K"
	leg := func(days int, event, station string) members {
		return members{"plan_date": at(days), "actual_date": at(days), "event": event, "station": station, "flight_number": flight,
			"status": event, "piece": piece, "weight": weight}
	}
	return answer{code: codeOK, data: members{
		"awb_number": number, "status_number": "4", "weight": weight, "piece": piece, "origin": "HKG", "destination": "FRA",
		"flight_way_station": []string{"HKG", "FRA"}, "last_event": "Arrived",
		"flight_info":  members{flight: members{"depart_station": "HKG", "arrival_station": "FRA", "plan_depart_time": at(-3), "depart_time": at(-3), "plan_arrival_time": at(-2), "arrival_time": at(-2)}},
		"track_info":   []members{leg(-2, "Arrived", "FRA"), leg(-3, "Departed", "HKG")},
		"airline_info": members{"name": "Cathay Pacific", "url": "", "track_url": "", "trackpage_url2": ""},
	}}
}
