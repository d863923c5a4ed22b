package sandbox

// outcome is what became of one item of a bulk call; code is 200 when it worked.
type outcome = itemError

// nested is an outcome as delete reports it: inside a meta of its own (§2.8).
type nested struct {
	Meta outcome `json:"meta"`
}

// each carries a bulk call out, item by item. data is what it answers, of what became
// of each item, and how many are done.
func (s *Server) each(c *call, do func(rec *record, o object) int, data func(outcomes []outcome, done int) any) answer {
	items, code := c.decodeItems()
	if code != codeOK {
		return answer{code: code}
	}
	var outcomes []outcome
	done := 0
	for _, o := range items {
		k, code := o.key()
		if code == codeOK {
			code = s.one(c, k, o, do)
		}
		if code == codeOK {
			done++
		}
		outcomes = append(outcomes, newItemError(k, code))
	}
	return answer{code: codeOK, data: data(outcomes, done)}
}

func (s *Server) one(c *call, k Key, o object, do func(rec *record, o object) int) int {
	if code, ok := c.refused[k]; ok {
		return code
	}
	rec := s.rows.live(k)
	if rec == nil {
		return codeMissing
	}
	return do(rec, o)
}

// updateMore edits many trackings (§2.7), and answers as Options.V2 has it.
func (s *Server) updateMore(c *call) answer {
	return s.each(c, func(rec *record, o object) int {
		e, code := o.parseEdit(func(f field) bool { return f.more })
		if code == codeOK {
			s.apply(rec, e)
		}
		return code
	}, s.updated)
}

func (s *Server) updated(outcomes []outcome, done int) any {
	switch {
	case s.v2.is("update", "empty"):
		return nil
	case s.v2.is("update", "meta"):
		return struct {
			Submitted int      `json:"submitted"`
			Updated   int      `json:"updated"`
			Trackings []nested `json:"trackings"`
		}{len(outcomes), done, nest(outcomes)}
	}
	type item struct {
		Number  string `json:"tracking_number"`
		Carrier string `json:"carrier_code"`
	}
	good, bad := []item{}, []itemError{}
	for _, out := range outcomes {
		if out.Code == codeOK {
			good = append(good, item{out.Number, out.Carrier})
		} else {
			bad = append(bad, out)
		}
	}
	return struct {
		Submitted int         `json:"submitted"`
		Updated   int         `json:"updated"`
		Trackings []item      `json:"trackings"`
		Errors    []itemError `json:"errors"`
	}{len(outcomes), done, good, bad}
}

// deleteMany deletes many trackings (§2.8); its counter is called "delete".
func (s *Server) deleteMany(c *call) answer {
	return s.each(c, func(rec *record, _ object) int {
		s.rows.remove(rec)
		return codeOK
	}, func(outcomes []outcome, done int) any {
		return struct {
			Submitted int      `json:"submitted"`
			Delete    int      `json:"delete"`
			Trackings []nested `json:"trackings"`
		}{len(outcomes), done, nest(outcomes)}
	})
}

// notUpdate stops the polling of many trackings (§2.13); there is no way back but
// a deletion and a new creation.
func (s *Server) notUpdate(c *call) answer {
	return s.each(c, func(rec *record, _ object) int {
		s.rows.change(rec, func(rec *record) { rec.Stopped = true })
		return codeOK
	}, func(outcomes []outcome, done int) any {
		return struct {
			Submitted int       `json:"submitted"`
			Change    int       `json:"change"`
			Trackings []outcome `json:"trackings"`
		}{len(outcomes), done, outcomes}
	})
}

func nest(outcomes []outcome) []nested {
	out := make([]nested, len(outcomes))
	for i, o := range outcomes {
		out[i].Meta = o
	}
	return out
}
