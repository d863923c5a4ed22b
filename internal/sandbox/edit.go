package sandbox

import (
	"cmp"
	"net/http"
	"strconv"
)

// edit is what a PUT or an item of updatemore asks for. What is absent or null is
// left alone; "" clears (§2.3).
type edit struct {
	texts    []setting
	archived string // "true", "false", or ""
	status   string // "4", "7", "8", or ""
}

type setting struct {
	field field
	value string
}

// parseEdit reads an edit; may is which fields the call can write. The others
// are passed over without a word.
func (o object) parseEdit(may func(field) bool) (edit, int) {
	var e edit
	for _, f := range fields {
		if !may(f) {
			continue
		}
		v, given, ok := o.text(f.name)
		if !ok {
			return e, codeBadRequest
		}
		if given {
			e.texts = append(e.texts, setting{f, f.normal(v)})
		}
	}
	// archived is documented as a text; a JSON bool is refused, so that it is seen.
	archived, given, ok := o.text("archived")
	if !ok || given && archived != "true" && archived != "false" {
		return e, codeBadRequest
	}
	status, given, ok := o.text("status")
	if !ok || given && status != "4" && status != "7" && status != "8" {
		return e, codeInvalidStatus
	}
	e.archived, e.status = archived, status
	return e, codeOK
}

// apply carries an edit out on a record.
func (s *Server) apply(rec *record, e edit) {
	s.rows.change(rec, func(rec *record) {
		for _, t := range e.texts {
			*t.field.at(&rec.Row) = s.kept(t.field, t.value)
		}
		if e.archived != "" && !s.rewrites("archived") {
			rec.Archived = e.archived == "true"
		}
		if e.status != "" && !s.rewrites("status") {
			rec.force(e.status)
		}
		rec.Updated = s.now()
	})
}

// edited is PUT's answer: the key and dates, and an echo of what was sent, archived
// and status as texts. Two clients have it as the whole tracking, with the members
// below LogisticsChannel (§2.3).
type edited struct {
	ID               string  `json:"id"`
	Number           string  `json:"tracking_number"`
	Carrier          string  `json:"carrier_code"`
	CreatedAt        string  `json:"created_at"`
	UpdatedAt        any     `json:"updated_at"`
	CustomerEmail    *string `json:"customer_email,omitempty"`
	CustomerName     *string `json:"customer_name,omitempty"`
	OrderID          *string `json:"order_id,omitempty"`
	Title            *string `json:"title,omitempty"`
	DestinationCode  *string `json:"destination_code,omitempty"`
	CustomerPhone    *string `json:"customer_phone,omitempty"`
	Archived         string  `json:"archived,omitempty"`
	Status           string  `json:"status,omitempty"`
	LogisticsChannel *string `json:"logistics_channel,omitempty"`
	Comment          *string `json:"comment,omitempty"`
	OrderCreateTime  *string `json:"order_create_time,omitempty"`
}

func (s *Server) newEdited(r *Row, e edit) edited {
	out := edited{
		ID: r.id(), Number: r.Number, Carrier: r.Carrier,
		CreatedAt: s.stamp(r.Created), UpdatedAt: s.stampOrNull(r.Updated),
		Archived: e.archived, Status: e.status,
	}
	members := map[string]**string{
		"customer_email": &out.CustomerEmail, "customer_name": &out.CustomerName, "order_id": &out.OrderID,
		"title": &out.Title, "destination_code": &out.DestinationCode, "customer_phone": &out.CustomerPhone,
		"logistics_channel": &out.LogisticsChannel, "comment": &out.Comment, "order_create_time": &out.OrderCreateTime,
	}
	if s.v2.is("put", "row") {
		for _, f := range fields {
			if m := members[f.name]; m != nil {
				*m = f.at(r)
			}
		}
		out.Archived, out.Status = strconv.FormatBool(r.Archived), cmp.Or(e.status, r.word())
		return out
	}
	for _, t := range e.texts {
		if m := members[t.field.name]; m != nil { // of others it is not recorded that they are echoed
			*m = &t.value
		}
	}
	return out
}

// put edits one tracking (§2.3). A PUT without a body is allowed and changes nothing.
func (s *Server) put(c *call) answer {
	rec, code := s.addressed(c)
	if code != codeOK {
		return answer{code: code}
	}
	o := object{}
	if len(c.body) > 0 {
		if o, code = decodeObject(c.body); code != codeOK {
			return answer{code: code}
		}
	}
	e, code := o.parseEdit(c.dialect.edits)
	if code != codeOK {
		return answer{code: code}
	}
	if len(o) > 0 {
		s.apply(rec, e)
	}
	return answer{code: codeOK, data: s.newEdited(&rec.Row, e)}
}

// deleteOne deletes one tracking (§2.4).
func (s *Server) deleteOne(c *call) answer {
	rec, code := s.addressed(c)
	if code == codeOK {
		s.rows.remove(rec)
	}
	return answer{code: code}
}

// addressed finds the tracking in a call's path, or returns why it cannot be had: for
// a key that is not there GET has a code of its own (§2.2).
func (s *Server) addressed(c *call) (*record, int) {
	if code := c.key.check(); code != codeOK {
		return nil, code
	}
	if code, ok := c.refused[c.key]; ok {
		return nil, code
	}
	rec := s.rows.live(c.key)
	switch {
	case rec != nil:
		return rec, codeOK
	case c.method == http.MethodGet:
		return nil, codeEmpty
	}
	return nil, codeMissing
}
