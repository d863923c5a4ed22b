package sandbox

import (
	"cmp"
	"slices"
	"time"
)

// store has the rows of the account, deleted ones included: a deletion is soft, and
// a row that comes back takes its old id, date and place in the list (§2.4).
type store struct {
	byNumber map[string][]*record // one number may run under several carriers (§5.14)
	byID     map[string]*record   // nil until somebody asks by id, as v4 does
	order    []*record            // every record, oldest first
	lastSeq  int64
	changes  int64     // how many there were
	dirty    []*record // changed since the last save, in order of change

	lag time.Duration
	now func() time.Time
}

// record is a row with its place, as it is kept in the file.
type record struct {
	Row
	Seq     int64 `json:"seq"` // order of first creation; breaks ties of Created
	Deleted bool  `json:"deleted,omitempty"`

	isDirty bool
	past    []version // what lists show until the lag is over, oldest first
}

// version is what a record was until a moment.
type version struct {
	row     Row
	deleted bool
	until   time.Time
}

func newStore(lag time.Duration, now func() time.Time) store {
	return store{byNumber: make(map[string][]*record), lag: lag, now: now}
}

func older(a, b *record) int {
	if c := a.Created.Compare(b.Created); c != 0 {
		return c
	}
	return cmp.Compare(a.Seq, b.Seq)
}

// find returns the record of a key, deleted or not, or nil.
func (st *store) find(k Key) *record {
	for _, rec := range st.byNumber[k.Number] {
		if rec.Carrier == k.Carrier {
			return rec
		}
	}
	return nil
}

// live returns the record of a key that is not deleted, or nil.
func (st *store) live(k Key) *record {
	if rec := st.find(k); rec != nil && !rec.Deleted {
		return rec
	}
	return nil
}

// identified returns the record with an id, deleted or not, or nil.
func (st *store) identified(id string) *record {
	if st.byID == nil {
		st.byID = make(map[string]*record, len(st.order))
		for _, rec := range st.order {
			st.byID[rec.id()] = rec
		}
	}
	return st.byID[id]
}

// set replaces a key's row, whatever was there. Created may not change for a key
// that was known before, unless it is given.
func (st *store) set(row Row) {
	if row.Status == "" {
		row.Status = statusPending
	}
	rec := st.find(row.Key())
	if rec == nil {
		st.lastSeq++
		rec = &record{Row: Row{Carrier: row.Carrier, Number: row.Number}, Seq: st.lastSeq, Deleted: true}
		st.index(rec)
	} else {
		if row.Created.IsZero() {
			row.Created = rec.Created
		}
		if !row.Created.Equal(rec.Created) {
			st.order = slices.DeleteFunc(st.order, func(r *record) bool { return r == rec })
		}
	}
	if row.Created.IsZero() {
		row.Created = st.now().Truncate(time.Second)
	}
	placed := rec.Created.Equal(row.Created)
	st.change(rec, func(rec *record) { rec.Row, rec.Deleted = row, false })
	if !placed {
		st.place(rec)
	}
}

// change edits a record. The edit must not touch its key or Created.
func (st *store) change(rec *record, edit func(*record)) {
	st.changes++
	if st.lag > 0 {
		now := st.now()
		rec.past = slices.DeleteFunc(rec.past, func(v version) bool { return !v.until.After(now.Add(-st.lag)) })
		rec.past = append(rec.past, version{rec.Row, rec.Deleted, now})
	}
	if st.byID == nil {
		edit(rec)
	} else {
		delete(st.byID, rec.id())
		edit(rec)
		st.byID[rec.id()] = rec
	}
	if !rec.isDirty {
		rec.isDirty = true
		st.dirty = append(st.dirty, rec)
	}
}

// remove deletes softly.
func (st *store) remove(rec *record) {
	st.change(rec, func(rec *record) { rec.Deleted = true })
}

// index adds a record to the index of numbers; place puts it into the order.
func (st *store) index(rec *record) {
	st.byNumber[rec.Number] = append(st.byNumber[rec.Number], rec)
}

func (st *store) place(rec *record) {
	if n := len(st.order); n == 0 || older(st.order[n-1], rec) < 0 {
		st.order = append(st.order, rec)
		return
	}
	i, _ := slices.BinarySearchFunc(st.order, rec, older)
	st.order = slices.Insert(st.order, i, rec)
}

// seen returns a record as the lists show it now: as it was one lag ago. The row is
// nil when it is not there.
func (st *store) seen(rec *record, asOf time.Time) *Row {
	for i := range rec.past {
		if v := &rec.past[i]; v.until.After(asOf) {
			if v.deleted {
				return nil
			}
			return &v.row
		}
	}
	if rec.Deleted {
		return nil
	}
	return &rec.Row
}

// numbered returns the records of some numbers, oldest first.
func (st *store) numbered(numbers []string) []*record {
	var recs []*record
	for _, n := range slices.Compact(slices.Sorted(slices.Values(numbers))) {
		recs = append(recs, st.byNumber[n]...)
	}
	slices.SortFunc(recs, older)
	return recs
}
