package sandbox

// refV4 is how v4 names a tracking in answers to writes.
type refV4 struct {
	ID      string `json:"id,omitempty"`
	Number  string `json:"tracking_number"`
	Carrier string `json:"courier_code"`
}

func newRefV4(r *Row) refV4 { return refV4{r.id(), r.Number, r.Carrier} }

// createOneV4 creates one tracking, and answers with all of it (§9).
func (s *Server) createOneV4(c *call) answer {
	o, code := decodeObject(c.body)
	if code != codeOK {
		return answer{code: code}
	}
	row, _, _, code := s.create(c, o)
	if code != codeOK {
		return answer{code: code}
	}
	return answer{code: codeOK, data: s.newItemV4(row)}
}

// batchV4 creates up to MaxItems trackings. Of each it tells the id alone, or why it
// was refused (§9).
func (s *Server) batchV4(c *call) answer {
	type refused struct {
		refV4
		Code    int    `json:"errorCode"`
		Message string `json:"errorMessage"`
	}
	items, code := c.decodeItems()
	if code != codeOK {
		return answer{code: code}
	}
	good, bad := []refV4{}, []refused{}
	for _, o := range items {
		row, _, asked, code := s.create(c, o)
		if code == codeOK {
			good = append(good, newRefV4(row))
			continue
		}
		ref := refV4{Number: asked.Number, Carrier: asked.Carrier}
		if code == codeExists && s.v4.is("exists-id", "yes") {
			ref.ID = row.id()
		}
		own := c.dialect.own(code)
		bad = append(bad, refused{ref, own, metaFor(own).Message})
	}
	return answer{code: codeOK, data: struct {
		Success []refV4   `json:"success"`
		Error   []refused `json:"error"`
	}{good, bad}}
}

// updateV4 changes one tracking, its carrier too (§9).
func (s *Server) updateV4(c *call) answer {
	rec, code := s.identified(c)
	if code != codeOK {
		return answer{code: code}
	}
	sent, code := decodeObject(c.body)
	if code != codeOK {
		return answer{code: code}
	}
	o, code := s.readObject(c, sent)
	if code != codeOK {
		return answer{code: code}
	}
	e, code := o.parseEdit(c.dialect.edits)
	if code != codeOK {
		return answer{code: code}
	}
	carrier, _, ok := sent.text("courier_code_new")
	to := Key{carrier, rec.Number}
	switch {
	case !ok || carrier != "" && (to.check() != codeOK || s.v4.is("carrier", "refused")):
		return answer{code: codeBadCarrier}
	case carrier == "" || to == rec.Key() || s.v4.is("carrier", "ignored"):
		to = rec.Key()
	case s.rows.live(to) != nil:
		return answer{code: codeExists}
	}
	s.apply(rec, e)
	data := s.newEditedV4(&rec.Row, sent)
	if to != rec.Key() {
		s.move(rec, to, s.v4.is("carrier-id", "kept"))
	}
	return answer{code: codeOK, data: data}
}

// newEditedV4 is the answer to an update: the tracking as it is now, or as it was
// asked for. Of the carrier it proves nothing.
func (s *Server) newEditedV4(r *Row, sent object) members {
	m := members{"id": r.id(), "tracking_number": r.Number, "courier_code": r.Carrier, "courier_code_new": sent["courier_code_new"]}
	s.attributesV4(m, r)
	m["archived_status"] = s.archivedV4(r)
	if s.v4.is("put", "sent") {
		for _, f := range fields {
			if v, given := sent[s.nameV4(f)]; given && f.shown != "" {
				m[s.asOrderID(f.shown)] = v
			}
		}
		if v, given := sent["archived_status"]; given {
			m["archived_status"] = v
		}
	}
	return m
}

// deleteV4 deletes one tracking (§9).
func (s *Server) deleteV4(c *call) answer {
	rec, code := s.identified(c)
	if code != codeOK {
		return answer{code: code}
	}
	s.rows.remove(rec)
	return answer{code: codeOK, data: newRefV4(&rec.Row)}
}

// retrackV4 asks the carrier again about a tracking that has expired (§9).
func (s *Server) retrackV4(c *call) answer {
	rec, code := s.identified(c)
	switch {
	case code != codeOK:
		return answer{code: code}
	case rec.natural() != "expired":
		return answer{code: codeNotExpired}
	}
	s.rows.change(rec, func(rec *record) {
		rec.moveTo(statusPending, s.now())
		rec.Stopped = false
		rec.Updated = s.now()
	})
	return answer{code: codeOK, data: newRefV4(&rec.Row)}
}
