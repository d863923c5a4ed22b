package sandbox

import "time"

// created is what post and batch tell of a new tracking: the 14 members recorded
// in 2019 (§2.1). created_at is always now, although the list will show the first
// date of a number that comes back (§5.11).
type created struct {
	ID               string `json:"id"`
	Number           string `json:"tracking_number"`
	Carrier          string `json:"carrier_code"`
	OrderCreateTime  any    `json:"order_create_time"` // 0 without one
	Status           string `json:"status"`
	CreatedAt        string `json:"created_at"`
	CustomerEmail    any    `json:"customer_email"`
	CustomerName     any    `json:"customer_name"`
	CustomerPhone    any    `json:"customer_phone"`
	OrderID          any    `json:"order_id"`
	Comment          any    `json:"comment"`
	Title            any    `json:"title"`
	LogisticsChannel any    `json:"logistics_channel"`
	Destination      string `json:"destination"` // not destination_code
}

func (s *Server) newCreated(r *Row) created {
	c := created{
		ID: r.id(), Number: r.Number, Carrier: r.Carrier,
		OrderCreateTime: 0, Status: r.Status, CreatedAt: s.stamp(s.opts.Now()),
		CustomerEmail: orNull(r.CustomerEmail), CustomerName: orNull(r.CustomerName), CustomerPhone: orNull(r.CustomerPhone),
		OrderID: orNull(r.OrderID), Comment: orNull(r.Comment), Title: orNull(r.Title),
		LogisticsChannel: orNull(r.LogisticsChannel), Destination: r.DestinationCode,
	}
	if r.OrderCreateTime != "" {
		c.OrderCreateTime = r.ordered(s.opts.Zone)
		if s.v2.is("order-time", "text") {
			c.OrderCreateTime = r.OrderCreateTime
		}
	}
	return c
}

// post creates one tracking (§2.1). A number that was there before and comes back
// is answered with 201, a new one with 200.
func (s *Server) post(c *call) answer {
	o, code := decodeObject(c.body)
	if code != codeOK {
		return answer{code: code}
	}
	row, again, _, code := s.create(c, o)
	switch {
	case code != codeOK:
		return answer{code: code}
	case again:
		return answer{code: codeCreated, data: s.newCreated(row)}
	}
	return answer{code: codeOK, data: s.newCreated(row)}
}

// batch creates up to MaxItems trackings (§2.5). Each stands for itself: the answer
// is 201 whatever became of them, and says in errors what was refused.
func (s *Server) batch(c *call) answer {
	items, code := c.decodeItems()
	if code != codeOK {
		return answer{code: code}
	}
	rows, refused := []created{}, []itemError{}
	for _, o := range items {
		row, _, asked, code := s.create(c, o)
		if code != codeOK {
			refused = append(refused, newItemError(asked, code))
			continue
		}
		rows = append(rows, s.newCreated(row))
	}
	return answer{code: codeCreated, data: struct {
		Submitted int         `json:"submitted"`
		Added     int         `json:"added"`
		Trackings []created   `json:"trackings"`
		Errors    []itemError `json:"errors"`
	}{len(items), len(rows), rows, refused}}
}

// create adds one tracking, or returns the code with which it is refused. asked is the key
// as it was sent; the row, which is for the answer, may have another carrier (§5.12), and is what exists where
// that is why. Only a key that the account never had costs a credit (§4); in v4 one that was deleted, too.
func (s *Server) create(c *call, o object) (row *Row, again bool, asked Key, code int) {
	o, unread := s.readObject(c, o)
	asked, code = o.key()
	k := asked
	if code == codeOK || code == codeBadCarrier && k.Carrier == "" {
		k, code = o.detectCarrier(asked)
	}
	if _, known := carrierByCode(k.Carrier); code == codeOK && !known && c.dialect.settings(s).is("carriers", "known") {
		code = codeBadCarrier
	}
	if code == codeOK {
		code = unread
	}
	if code != codeOK {
		return nil, false, asked, code
	}
	if code, ok := c.refused[asked]; ok {
		return nil, false, asked, code
	}
	fresh := Row{Carrier: k.Carrier, Number: k.Number, Creates: 1}
	sent := Row{Carrier: k.Carrier, Number: k.Number, Status: statusPending}
	for _, f := range fields {
		if !c.dialect.creates(f) {
			continue
		}
		v, given, ok := o.text(f.name)
		if !ok {
			return nil, false, asked, codeBadRequest
		}
		if given {
			*f.at(&fresh), *f.at(&sent) = s.kept(f, v), f.normal(v)
		}
	}
	known := s.rows.find(k)
	if known != nil && !known.Deleted {
		return &known.Row, false, asked, codeExists
	}
	paid := known == nil || c.dialect.isV4() && s.v4.is("recreate", "paid")
	if paid && !s.charge(unitsPerCredit) {
		return nil, false, asked, codeNoQuota
	}
	if known != nil {
		fresh.Creates += known.Creates
		fresh.ID, sent.ID = known.ID, known.ID
	}
	s.rows.set(fresh)
	if s.rewrites("echo") {
		return &sent, known != nil, asked, codeOK
	}
	return &s.rows.find(k).Row, known != nil, asked, codeOK
}

// detectCarrier returns the key under which a create is stored. With auto_correct 1
// that is the key as sent; without, a missing carrier is filled in, and one that
// clearly is wrong is put right (§2.1).
func (o object) detectCarrier(k Key) (Key, int) {
	keep, _, ok := o.text("auto_correct")
	switch {
	case !ok:
		return k, codeBadRequest
	case keep == "1" && k.Carrier == "":
		return k, codeBadCarrier
	case keep == "1":
		return k, codeOK
	case k.Carrier != "":
		k.Carrier = correctCarrier(k)
		return k, codeOK
	}
	found := detectCarriers(k.Number)
	if len(found) == 0 {
		return k, codeNoDetection
	}
	k.Carrier = found[0].code
	return k, codeOK
}

// now is the clock in the resolution of the service.
func (s *Server) now() time.Time { return s.opts.Now().Truncate(time.Second) }
