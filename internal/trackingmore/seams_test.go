package trackingmore

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/tracking"
)

// parcelfox is a service of a shape of its own: other words, negative answers, ids,
// pages of three that do not say how many there are, two rates. Nothing but tables
// is needed for it.
func parcelfox() *Dialect {
	const bad = 77
	return Dialect{
		about: &tracking.Service{
			Name: "Parcelfox", Endpoint: "https://parcelfox.example/api",
			Calls: map[tracking.Op]tracking.Call{
				tracking.OpCreate: {Name: "add", Max: 2}, tracking.OpPut: {Name: "edit", Max: 1}, tracking.OpDelete: {Name: "drop", Max: 1},
			},
			List: tracking.Call{Name: callList, Max: 5}, Page: 3,
			OnCreate: tracking.AttrSetOf(tracking.Title, tracking.Archived), Put: tracking.AttrSetOf(tracking.Title),
			Listed: tracking.AttrSetOf(tracking.Title),
		},
		header: "X-Fox",
		limits: limits{batch: 2, numbers: 5, page: 3},
		rate:   4,
		own:    ownRate{"edit", 1},
		calls: map[tracking.Op]call{
			tracking.OpCreate: bulk("add", 2, (*Dialect).createObject, nil),
			tracking.OpPut: byRef("edit", func(d *Dialect, item tracking.Item) (*request, error) {
				o, err := d.change(object{}, item.Attrs, "edit", d.about.Put)
				return write(http.MethodPatch, "/p/"+item.Ref, o.append(nil)), err
			}, judgeAlone),
			tracking.OpDelete: byRef("drop", func(_ *Dialect, item tracking.Item) (*request, error) {
				return write(http.MethodDelete, "/p/"+item.Ref, nil), nil
			}, judgeAlone),
		},
		list: list{
			path: "/p", numbers: "n", until: "before", size: "size", page: "p", bare: true,
			time: func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
		},
		codes: codesHTTP().and(codes{
			10:  {verdict: tracking.Exists, advice: "it is there"},
			11:  {verdict: tracking.Missing, advice: "it is not there"},
			bad: {verdict: tracking.Refused, ofOne: true, about: tracking.AboutNumber, advice: "foxes cannot read this number"},
		}),
		words: words{
			ref: "uid", number: "no", carrier: "by", code: "why", message: "words", done: "in", failed: "out",
			status: "state", lastEvent: "seen", eventTime: zonedEvent,
		},
		attrs: wireAttrs{
			tracking.Title: {create: "label", change: "label", listed: "label"},
			tracking.Archived: {create: "shelf", write: func(v string) (json.RawMessage, error) {
				return json.RawMessage(map[string]string{"true": "1", "false": "0"}[v]), nil
			}},
		},
		corrects: member{"strict", json.RawMessage("true")},
	}.ready()
}

// foxes is the far end of Parcelfox.
type foxes struct {
	t     *testing.T
	rows  []fox
	next  int
	asked []string
	when  []time.Time
}

type fox struct {
	UID   string `json:"uid"`
	No    string `json:"no"`
	By    string `json:"by"`
	Label string `json:"label"`
	State string `json:"state"`
	Seen  string `json:"seen"`
}

func (f *foxes) RoundTrip(req *http.Request) (*http.Response, error) {
	body := ""
	if req.Body != nil {
		raw, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		body = " " + string(raw)
	}
	call := req.Method + " " + strings.TrimPrefix(req.URL.Path, "/api")
	if req.URL.RawQuery != "" {
		call += "?" + req.URL.RawQuery
	}
	if req.Header.Get("X-Fox") != "key-of-foxes" {
		f.t.Errorf("%s without the key", call)
	}
	f.asked, f.when = append(f.asked, call+body), append(f.when, time.Now())
	code, data := f.answer(req, strings.TrimSpace(body))
	status := http.StatusOK
	if code != 200 {
		status = http.StatusBadRequest
	}
	raw, err := json.Marshal(map[string]any{"meta": map[string]any{"code": code}, "data": data})
	return &http.Response{
		StatusCode: status, Header: http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}},
		Body: io.NopCloser(strings.NewReader(string(raw))), ContentLength: int64(len(raw)),
	}, err
}

func (f *foxes) answer(req *http.Request, body string) (code int, data any) {
	uid := strings.TrimPrefix(req.URL.Path, "/api/p/")
	at := -1
	for i := range f.rows {
		if f.rows[i].UID == uid {
			at = i
		}
	}
	switch {
	case req.Method == http.MethodGet:
		return 200, f.list(req.URL.Query())
	case req.Method == http.MethodPost:
		return 200, f.add(body)
	case at < 0:
		return 11, nil
	case req.Method == http.MethodDelete:
		f.rows = append(f.rows[:at:at], f.rows[at+1:]...)
		return 200, nil
	}
	if err := json.Unmarshal([]byte(body), &f.rows[at]); err != nil {
		return 400, nil
	}
	return 200, f.rows[at]
}

func (f *foxes) list(q url.Values) []fox {
	found := []fox{}
	for _, r := range f.rows {
		if n := q.Get("n"); n == "" || strings.Contains(","+n+",", ","+r.No+",") {
			found = append(found, r)
		}
	}
	page, _ := strconv.Atoi(q.Get("p"))
	size, _ := strconv.Atoi(q.Get("size"))
	from := min((page-1)*size, len(found))
	return found[from:min(from+size, len(found))]
}

func (f *foxes) add(body string) any {
	var rows []fox
	if err := json.Unmarshal([]byte(body), &rows); err != nil {
		return nil
	}
	in, out := []any{}, []any{}
	for _, r := range rows {
		if strings.HasPrefix(r.No, "BAD") {
			out = append(out, map[string]any{"no": r.No, "by": r.By, "why": 77, "words": "grr"})
			continue
		}
		f.next++
		r.UID, r.State, r.Seen = fmt.Sprint("fox", f.next), "running", "2026-11-01T10:00:00+02:00"
		f.rows = append([]fox{r}, f.rows...)
		in = append(in, map[string]any{"no": r.No, "by": r.By, "uid": r.UID})
	}
	return map[string]any{"in": in, "out": out}
}

// TestAnotherShape: a service of another shape is a dialect's tables and nothing more,
// from what is sent to what an answer proves, in its limits and at its rates.
func TestAnotherShape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &foxes{t: t}
		c, err := New(Options{Dialect: parcelfox(), Key: "key-of-foxes", Transport: far, Rate: 100, Lag: -1})
		if err != nil {
			t.Fatal(err)
		}
		item := func(number, title string) tracking.Item {
			return tracking.Item{Key: tracking.Key{Carrier: "owl", Number: number}, Attrs: tracking.AttrsOf(map[tracking.Attr]string{tracking.Title: title, tracking.Archived: "false"})}
		}
		one := func(op tracking.Op, item tracking.Item) tracking.Outcome {
			return c.Send(t.Context(), op, []tracking.Item{item})[0]
		}
		got := c.Send(t.Context(), tracking.OpCreate, []tracking.Item{item("AAAAA1", "a"), item("BAD001", "b")})
		want := []tracking.Outcome{
			{Verdict: tracking.Done, Code: 200, Ref: "fox1"},
			{Verdict: tracking.Refused, Code: 77, About: tracking.AboutNumber, Message: `code 77 "grr": foxes cannot read this number`},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("creates (-want +got):\n%s", diff)
		}
		if o := c.Send(t.Context(), tracking.OpCreate, []tracking.Item{item("AAAAA1", ""), item("AAAAA2", ""), item("AAAAA3", "")})[0]; o.Verdict != tracking.Unsent {
			t.Errorf("three in one request: %+v", o)
		}
		var known []tracking.Key
		for i := range 7 {
			far.rows = append(far.rows, fox{UID: fmt.Sprint("old", i), No: fmt.Sprint("BBBBB", i), By: "owl"})
			known = append(known, tracking.Key{Carrier: "owl", Number: fmt.Sprint("BBBBB", i)})
		}
		l, err := c.List(t.Context(), ListOptions{Known: known, Mode: ModeFull})
		if err != nil || len(l.Items) != 8 || !l.Full || l.Requests != 3 {
			t.Fatalf("%+v, %v", l, err)
		}
		first := tracking.Remote{
			Key: tracking.Key{Carrier: "owl", Number: "AAAAA1"}, Ref: "fox1", Status: "running", LastEvent: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC).Unix(),
			Attrs: tracking.AttrsOf(map[tracking.Attr]string{tracking.Title: "a"}),
		}
		if diff := cmp.Diff(&first, l.Find(first.Key)); diff != "" {
			t.Errorf("listed (-want +got):\n%s", diff)
		}
		edit := tracking.Item{Key: first.Key, Ref: "dead", Attrs: first.Attrs}
		if o := one(tracking.OpPut, edit); o.Verdict != tracking.Done || o.Ref != "fox1" {
			t.Errorf("by a dead id: %+v", o)
		}
		edit.Ref = "old3"
		if o := one(tracking.OpPut, edit); o.Verdict != tracking.InDoubt {
			t.Errorf("by another's id: %+v", o)
		}
		if o := one(tracking.OpDelete, edit); o.Verdict != tracking.Done || o.Ref != "fox1" {
			t.Errorf("a deletion by it: %+v", o)
		}
		wantAsked := []string{
			`POST /trackings/add [{"no":"AAAAA1","by":"owl","label":"a","shelf":0,"strict":true},{"no":"BAD001","by":"owl","label":"b","shelf":0,"strict":true}]`,
			"GET /p?size=3&p=1",
			"GET /p?before=2000-01-01&size=3&p=2",
			"GET /p?before=2000-01-01&size=3&p=3",
			`PATCH /p/dead {"label":"a"}`,
			"GET /p?n=AAAAA1&size=3&p=1",
			`PATCH /p/fox1 {"label":"a"}`,
			`PATCH /p/old3 {"label":"a"}`,
			"GET /p?n=AAAAA1&size=3&p=1",
			"DELETE /p/fox1",
		}
		if diff := cmp.Diff(wantAsked, far.asked); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
		var edited time.Time
		for i, call := range far.asked {
			least := time.Second / 4
			if strings.HasPrefix(call, "PATCH") {
				if !edited.IsZero() && far.when[i].Sub(edited) < time.Second {
					t.Errorf("%s comes %v after the one before", call, far.when[i].Sub(edited))
				}
				edited = far.when[i]
			}
			if i > 0 && far.when[i].Sub(far.when[i-1]) < least {
				t.Errorf("%s comes %v after another request", call, far.when[i].Sub(far.when[i-1]))
			}
		}
	})
}
