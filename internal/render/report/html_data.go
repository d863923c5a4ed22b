package report

import (
	"slices"
	"strings"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// htmlData is what the script shows as a table. Its names are short because there
// may be 100,000 rows. All texts are fit to be shown as they are, as text.
type htmlData struct {
	Actions  []htmlAction `json:"actions"`
	Attrs    []string     `json:"attrs"`
	Reasons  []string     `json:"reasons"`
	Statuses []string     `json:"statuses"` // none where nothing was applied
	Files    []htmlFile   `json:"files"`
	Rows     []htmlRow    `json:"rows"`

	host   *Host
	places map[string]int // of files, by name
}

// htmlAction is an action, its symbol and its word.
type htmlAction struct {
	Name   plan.Action `json:"name"`
	Symbol string      `json:"symbol"`
	Word   string      `json:"word"`
}

// htmlRow is a change. Numbers are places in the lists of htmlData.
type htmlRow struct {
	Action  int         `json:"a"`
	Key     string      `json:"k"`
	OldKey  string      `json:"o,omitempty"`
	Addr    string      `json:"d"`
	From    string      `json:"m,omitempty"`
	File    int         `json:"p,omitempty"` // 0 for none
	Line    int         `json:"l,omitempty"`
	Fields  []htmlField `json:"f,omitempty"`
	Reason  int         `json:"w"`
	Status  int         `json:"s,omitempty"`
	Message string      `json:"e,omitempty"`
}

// htmlFile is a file, and where it is shown, "" for nowhere.
type htmlFile struct {
	Name    string `json:"n"`
	Address string `json:"u,omitempty"`
}

type htmlField struct {
	Attr   int    `json:"n"`
	Before string `json:"b,omitempty"` // "": there was nothing, or it is not shown
	After  string `json:"t"`
	Force  bool   `json:"x,omitempty"`
}

// newHTMLData lists all changes: those that are not done first, then those that
// lose something.
func newHTMLData(r *Run) *htmlData {
	d := &htmlData{Actions: []htmlAction{}, Attrs: []string{}, Reasons: []string{""}, Statuses: []string{}, Files: []htmlFile{{}}, Rows: []htmlRow{}, host: r.Host, places: map[string]int{"": 0}}
	if r.Report != nil {
		for _, st := range apply.Statuses {
			d.Statuses = append(d.Statuses, st.Words())
		}
	}
	if r.Plan == nil {
		return d
	}
	attrs := d.listAttrs(r.Plan)
	for _, a := range tracking.ActionsByRank() {
		if r.Plan.Count(a) == 0 {
			continue
		}
		d.Actions = append(d.Actions, htmlAction{a, render.Symbol(a), htmlWord(r.Plan, a)})
		for i := range r.Plan.Changes {
			c := &r.Plan.Changes[i]
			if c.Action != a {
				continue
			}
			row := d.row(c, attrs)
			if r.Report != nil && i < len(r.Report.Results) {
				res := &r.Report.Results[i]
				row.Status = slices.Index(d.Statuses, res.Status.Words())
				row.Message = text.Inert(text.Shorten(res.Message, htmlText))
			}
			d.Rows = append(d.Rows, row)
		}
	}
	slices.SortStableFunc(d.Rows, func(a, b htmlRow) int { return a.Status - b.Status })
	return d
}

// htmlWord is the word of an action in its row.
func htmlWord(p *plan.Plan, a plan.Action) string {
	switch {
	case p.RefreshOnly && a == plan.Refresh:
		return "changed"
	case p.RefreshOnly && a == plan.Forget:
		return "gone"
	}
	return strings.ReplaceAll(string(a), "_", " ")
}

// listAttrs lists the attributes that a plan changes, in table order, and returns
// their places.
func (d *htmlData) listAttrs(p *plan.Plan) map[tracking.Attr]int {
	var set tracking.AttrSet
	for i := range p.Changes {
		for j := range p.Changes[i].Fields {
			set = set.With(p.Changes[i].Fields[j].Attr)
		}
	}
	places := map[tracking.Attr]int{}
	for a := range set.All() {
		places[a] = len(d.Attrs)
		d.Attrs = append(d.Attrs, a.String())
	}
	return places
}

// file returns the place of a file in the list.
func (d *htmlData) file(name string) int {
	i, ok := d.places[name]
	if !ok {
		i = len(d.Files)
		d.places[name] = i
		d.Files = append(d.Files, htmlFile{text.Inert(text.Shorten(name, htmlText)), d.host.file(name)})
	}
	return i
}

func (d *htmlData) row(c *plan.Change, attrs map[tracking.Attr]int) htmlRow {
	l := render.LineOf(c, htmlText)
	row := htmlRow{
		Action: len(d.Actions) - 1, Key: text.Inert(l.Key), OldKey: text.Inert(l.OldKey), Addr: text.Inert(l.Addr), From: text.Inert(l.From),
		File: d.file(l.Declared.File), Line: l.Declared.Line,
	}
	if row.Reason = slices.Index(d.Reasons, l.Why); row.Reason < 0 {
		row.Reason = len(d.Reasons)
		d.Reasons = append(d.Reasons, l.Why)
	}
	for _, f := range l.Fields {
		row.Fields = append(row.Fields, htmlField{attrs[f.Attr], f.Before, f.After, f.Forces})
	}
	return row
}
