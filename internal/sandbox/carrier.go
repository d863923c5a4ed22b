package sandbox

// changeCarrier moves a tracking to another carrier (§2.10). The answer says
// nothing about it. Its attributes and its date move along, its history does not:
// it is pending again. The old key is as good as deleted. No credit is taken,
// because only created numbers are documented to cost one (§4).
func (s *Server) changeCarrier(c *call) answer {
	o, code := decodeObject(c.body)
	if code != codeOK {
		return answer{code: code}
	}
	from, code := o.key()
	to := Key{Number: from.Number}
	if code == codeOK {
		to.Carrier, _, _ = o.text("update_carrier_code")
		code = to.check()
	}
	if code == codeOK {
		code = s.one(c, from, o, func(rec *record, _ object) int {
			if from == to {
				return codeOK
			}
			if s.rows.live(to) != nil {
				return codeExists
			}
			s.move(rec, to, false)
			return codeOK
		})
	}
	if code != codeOK {
		return answer{code: code}
	}
	return answer{code: codeOK, data: struct {
		Usertag string
	}{}}
}

// move changes the carrier of a tracking. Its id comes along, or the new key has one
// of its own.
func (s *Server) move(rec *record, to Key, withID bool) {
	row := rec.Row
	row.Carrier, row.ID = to.Carrier, ""
	if withID {
		row.ID = rec.id()
		// The key that is left may come back, and then is another tracking.
		s.rows.change(rec, func(rec *record) { rec.ID = idOf(rec.id() + " moved to " + to.Carrier) })
	}
	row.Creates = 0
	if known := s.rows.find(to); known != nil {
		row.Creates = known.Creates
	}
	row.Original = ""
	row.moveTo(statusPending, s.now())
	row.Updated = s.now()
	s.rows.set(row)
	s.rows.remove(rec)
}

// carriers lists the couriers that the sandbox knows (§2.17).
func (s *Server) carriers(*call) answer {
	type item struct {
		Name     string `json:"name"`
		Code     string `json:"code"`
		Phone    string `json:"phone"`
		Homepage string `json:"homepage"`
		Type     string `json:"type"`
		Picture  string `json:"picture"`
	}
	items := make([]item, len(knownCarriers))
	for i, k := range knownCarriers {
		items[i] = item{k.name, k.code, k.phone, k.homepage, k.kind(), "//s.trackingmore.com/images/icons/express/" + k.code + ".png"}
	}
	return answer{code: codeOK, data: items}
}

// detect guesses the couriers of a number, for a fifth of a credit (§2.17).
func (s *Server) detect(c *call) answer {
	found, code := c.detected()
	if code != codeOK {
		return answer{code: code}
	}
	if !s.charge(1) {
		return answer{code: codeNoQuota}
	}
	type item struct {
		Name string `json:"name"`
		Code string `json:"code"`
	}
	items := make([]item, len(found))
	for i, k := range found {
		items[i] = item{k.name, k.code}
	}
	return answer{code: codeOK, data: items}
}
