package sandbox

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// params are the parameters of a read: of the query, or of an object in the body,
// which the vendor's own clients send (§1). An empty one counts as absent.
type params struct {
	call *call
	body object
}

func (c *call) params() (params, int) {
	p := params{call: c}
	if len(c.body) == 0 {
		return p, codeOK
	}
	v, ok := decode(c.body)
	if !ok {
		return p, codeNoJSON
	}
	switch v := v.(type) {
	case map[string]any:
		p.body = v
	case []any:
		// PHP writes no parameters at all as an empty array.
		if len(v) > 0 {
			return p, codeBadRequest
		}
	default:
		return p, codeBadRequest
	}
	return p, codeOK
}

func (p params) get(name string) string {
	if v, given, _ := p.body.text(name); given && v != "" {
		return v
	}
	return strings.TrimSpace(p.call.query.Get(name))
}

// names reads a list of so many names at most, separated by commas.
func (p params) names(name string, most int) ([]string, int) {
	text := p.get(name)
	if text == "" {
		return nil, codeOK
	}
	names := strings.Split(text, ",")
	if len(names) > most {
		return nil, codeTooManyItems
	}
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return names, codeOK
}

// number reads a whole number; what is absent or below 1 counts as the default.
func (p params) number(name string, otherwise int) (int, int) {
	text := p.get(name)
	if text == "" {
		return otherwise, codeOK
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return 0, codeBadRequest
	case n < 1:
		return otherwise, codeOK
	}
	return n, codeOK
}

// window is a span of time, both ends included; a zero end is open.
type window struct{ from, to time.Time }

func (p params) window(prefix string) (window, int) {
	var w window
	for suffix, at := range map[string]*time.Time{"_min": &w.from, "_max": &w.to} {
		text := p.get(prefix + suffix)
		if text == "" {
			continue
		}
		unix, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return w, codeBadRequest
		}
		if unix != 0 { // the vendor's own clients write 0 for no limit (§2.6)
			*at = time.Unix(unix, 0)
		}
	}
	return w, codeOK
}

func (w window) isOpen() bool { return w.from.IsZero() && w.to.IsZero() }

func (w window) has(t time.Time) bool {
	return (w.from.IsZero() || !t.Before(w.from)) && (w.to.IsZero() || !t.After(w.to))
}

// filter is what a list, or a count, is asked for (§2.6, §2.12).
type filter struct {
	zone     *time.Location
	lag      time.Duration // the rows as they were this long ago
	carrier  string
	status   string
	ownWords bool   // the status is one of v4's words
	archived string // "true", "false"; anything else is both
	numbers  []string
	orders   []string
	created  window
	updated  window
	ordered  window
}

// spans reads the parts of a filter that counts know too.
func (s *Server) spans(p params) (filter, int) {
	f := filter{zone: s.opts.Zone, lag: s.opts.ReadLag}
	var codes [3]int
	f.created, codes[0] = p.window("created_at")
	f.updated, codes[1] = p.window("update_time")
	f.ordered, codes[2] = p.window("order_created_time")
	return f, slices.Max(codes[:])
}

func (s *Server) filter(p params) (filter, int) {
	f, code := s.spans(p)
	if code != codeOK {
		return f, code
	}
	f.status, f.archived = p.get("status"), p.get("archived")
	if f.status != "" && !isStatus(f.status) {
		return f, codeInvalidStatus
	}
	if f.numbers, code = p.names("numbers", MaxItems); code != codeOK {
		return f, code
	}
	f.orders, code = p.names("orders", MaxItems)
	return f, code
}

// has reports whether a row passes, but for the numbers, which are looked up.
func (f *filter) has(r *Row) bool {
	return (f.carrier == "" || f.carrier == r.Carrier) &&
		(f.status == "" || f.status == r.Status && f.ownWords || f.status == r.word() && !f.ownWords) &&
		(f.archived != "true" || r.Archived) &&
		(f.archived != "false" || !r.Archived) &&
		(f.orders == nil || slices.Contains(f.orders, r.OrderID)) &&
		f.created.has(r.Created) &&
		(f.updated.isOpen() || f.updated.has(r.lastChange())) &&
		(f.ordered.isOpen() || f.orderedIn(r))
}

// orderedIn reports whether the time of the order is in the span. One that is not
// set is second 0, as a create answers it (§2.6).
func (f *filter) orderedIn(r *Row) bool {
	return f.ordered.has(time.Unix(r.ordered(f.zone), 0))
}

// ordered is the time of the order in unix seconds, 0 without one.
func (r *Row) ordered(zone *time.Location) int64 {
	t, err := time.ParseInLocation(orderTimeForm, r.OrderCreateTime, zone)
	if err != nil {
		return 0
	}
	return t.Unix()
}

// lastChange is when a row was changed, which at first is when it was created.
func (r *Row) lastChange() time.Time {
	if r.Updated.IsZero() {
		return r.Created
	}
	return r.Updated
}

// list returns a page of the trackings, by created_at descending (§2.6). No match is
// answered with 4031, and so is a page behind the last one.
func (s *Server) list(c *call) answer {
	p, code := c.params()
	if code != codeOK {
		return answer{code: code}
	}
	f, code := s.filter(p)
	page, pageCode := p.number("page", 1)
	limit, limitCode := p.number("limit", 100)
	if code = max(code, pageCode, limitCode); code != codeOK {
		return answer{code: code}
	}
	limit = min(limit, MaxPage)
	rows, total := s.page(&f, page, limit)
	if len(rows) == 0 {
		return answer{code: codeEmpty}
	}
	items := make([]item, len(rows))
	for i, r := range rows {
		items[i] = s.newItem(r)
	}
	return answer{code: codeOK, data: &listPage{page, limit, strconv.Itoa(total), len(items), items}}
}

// listPage is a page of the list.
type listPage struct {
	Page  int    `json:"page"`
	Limit int    `json:"limit"`
	Total string `json:"total,omitempty"` // a text (§5.3)
	Count int    `json:"count"`
	Items []item `json:"items"`
}

// page selects the rows of one page, and counts those of all pages.
func (s *Server) page(f *filter, page, limit int) (rows []*Row, total int) {
	all := s.matching(f)
	if page-1 > len(all)/limit {
		return nil, len(all)
	}
	from := (page - 1) * limit
	return all[from:min(from+limit, len(all))], len(all)
}

// matches are the rows of a list, all its pages together.
type matches struct {
	filter filter
	as     int64 // the state of the store that they are from
	rows   []*Row
}

// matching selects the rows that pass, newest first. Those of the last list are
// kept, so that its next page does not go through the account again; but where
// lists lag behind, time alone can change them.
func (s *Server) matching(f *filter) []*Row {
	if f.lag > 0 {
		return s.selected(f)
	}
	if last := &s.listed; last.rows == nil || last.as != s.rows.changes || !reflect.DeepEqual(last.filter, *f) {
		s.listed = matches{*f, s.rows.changes, s.selected(f)}
	}
	return s.listed.rows
}

func (s *Server) selected(f *filter) []*Row {
	recs := s.rows.order
	if f.numbers != nil {
		recs = s.rows.numbered(f.numbers)
	}
	asOf := s.opts.Now().Add(-f.lag)
	var rows []*Row
	for _, rec := range slices.Backward(recs) {
		if r := s.rows.seen(rec, asOf); r != nil && f.has(r) {
			rows = append(rows, r)
		}
	}
	return rows
}

// get returns one tracking (§2.2): as in a list, but with the e-mail addresses as an
// array.
func (s *Server) get(c *call) answer {
	rec, code := s.addressed(c)
	if code != codeOK {
		return answer{code: code}
	}
	single := s.newItem(&rec.Row)
	single.CustomerEmail = []string{}
	if rec.CustomerEmail != "" {
		single.CustomerEmail = []string{rec.CustomerEmail}
	}
	return answer{code: codeOK, data: single}
}

// statusNumber counts the trackings by status, archived ones too (§2.12).
func (s *Server) statusNumber(c *call) answer {
	p, code := c.params()
	if code != codeOK {
		return answer{code: code}
	}
	f, code := s.spans(p)
	if code != codeOK {
		return answer{code: code}
	}
	counts := make(map[string]int)
	for _, status := range Statuses() {
		counts[status] = 0
	}
	for _, rec := range s.rows.order {
		if !rec.Deleted && f.has(&rec.Row) {
			counts[rec.word()]++
		}
	}
	return answer{code: codeOK, data: counts}
}
