package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/sandbox"
)

// TestPaging walks pages; they are by created_at descending, and total is a text.
func TestPaging(t *testing.T) {
	now := newClock()
	s := newServer(t, sandbox.Options{Now: now.now})
	want := numbers("N", 2005)
	for _, n := range want {
		if err := s.Put(sandbox.Row{Carrier: "sto", Number: n}); err != nil {
			t.Fatal(err)
		}
		now.advance(time.Second)
	}
	slices.Reverse(want)
	if l := list(t, s, ""); l.Page != 1 || l.Limit != 100 || l.Count != 100 || l.Total != "2005" {
		t.Errorf("default page: page %d, limit %d, count %d, total %q", l.Page, l.Limit, l.Count, l.Total)
	}
	if l := list(t, s, "limit=5000"); l.Limit != 2000 || l.Count != 2000 {
		t.Errorf("limit 5000 gives limit %d, count %d; want both clamped to 2000", l.Limit, l.Count)
	}
	var got []string
	for page := 1; ; page++ {
		l := list(t, s, fmt.Sprintf("limit=400&page=%d", page))
		if l.Count == 0 {
			break
		}
		for _, i := range l.Items {
			got = append(got, i.Number)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("numbers over all pages (-want +got):\n%s", diff)
	}
}

// TestFilters tries every filter, by query and by body.
func TestFilters(t *testing.T) {
	now := newClock()
	s := newServer(t, sandbox.Options{Now: now.now})
	start := now.t
	for i, row := range []sandbox.Row{
		{Carrier: "sto", Number: "A0001", OrderID: "o1"},
		{Carrier: "zto", Number: "A0001", OrderID: "o2", Archived: true},
		{Carrier: "sto", Number: "A0002", Status: "delivered", OrderCreateTime: "2026-09-01 12:00"},
		{Carrier: "sto", Number: "A0003", OrderID: "o1", Status: "transit", Archived: true},
	} {
		row.Created = start.Add(time.Duration(i) * time.Hour)
		if err := s.Put(row); err != nil {
			t.Fatal(err)
		}
	}
	now.advance(24 * time.Hour)
	code(t, s, "PUT", "/v2/trackings/sto/A0002", `{"title":"x"}`)
	at := func(d time.Duration) int64 { return start.Add(d).Unix() }
	ordered := time.Date(2026, 9, 1, 4, 0, 0, 0, time.UTC).Unix() // 12:00 in the account's zone
	for query, want := range map[string]string{
		"":                               "A0003 A0002 A0001 A0001",
		"numbers=A0001":                  "A0001 A0001",
		"numbers=A0003,%20A0001,A0001,x": "A0003 A0001 A0001",
		"numbers=a0001":                  "",
		"orders=o1":                      "A0003 A0001",
		"orders=o1&numbers=A0001,A0002":  "A0001",
		"status=delivered":               "A0002",
		"status=expired":                 "",
		"archived=true":                  "A0003 A0001",
		"archived=false":                 "A0002 A0001",
		"archived=both":                  "A0003 A0002 A0001 A0001",
		"page=2":                         "",
		"page=9223372036854775807":       "",
		"page=0&limit=-1":                "A0003 A0002 A0001 A0001",
		fmt.Sprintf("created_at_min=%d", at(2*time.Hour)):                          "A0003 A0002",
		fmt.Sprintf("created_at_max=%d", at(2*time.Hour)):                          "A0002 A0001 A0001",
		fmt.Sprintf("created_at_min=%d&created_at_max=%d", at(1), at(time.Hour-1)): "A0001",
		fmt.Sprintf("update_time_min=%d", at(24*time.Hour)):                        "A0002",
		fmt.Sprintf("update_time_max=%d", at(time.Hour)):                           "A0001 A0001",
		fmt.Sprintf("order_created_time_min=%d", ordered):                          "A0002",
		fmt.Sprintf("order_created_time_max=%d", ordered):                          "A0003 A0002 A0001 A0001",
		fmt.Sprintf("order_created_time_max=%d", ordered-1):                        "A0003 A0001 A0001",
	} {
		if got := list(t, s, query).numbers(); got != want {
			t.Errorf("list?%s: %q, want %q", query, got, want)
		}
	}
	for body, want := range map[string]string{
		`{"numbers":"A0002,A0003","limit":1}`: "A0003",
		`{"status":"transit","numbers":""}`:   "A0003",
		`{"archived":"true","page":null}`:     "A0003 A0001",
	} {
		for _, method := range []string{"GET", "POST"} {
			env := ask(t, s, method, "/v2/trackings/get", body)
			var got []string
			for _, raw := range strings.Split(string(env.Data), `"tracking_number":"`)[1:] {
				got = append(got, raw[:5])
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s list %s: %q, want %q", method, body, got, want)
			}
		}
	}
	if got := list(t, s, "numbers=A0001").Total; got != "2" {
		t.Errorf("total of a filtered list is %q, want \"2\"", got)
	}
}

// TestListAfterChanges: every kind of change shows in the next answer to the same
// question, and a later page fits the one before as long as there is none.
func TestListAfterChanges(t *testing.T) {
	now := newClock()
	s := newServer(t, sandbox.Options{Now: now.now})
	k := sandbox.Key{Carrier: "sto", Number: "40001"}
	for _, step := range []struct {
		name string
		do   func()
		want string // titles
	}{
		{"nothing there", func() {}, ""},
		{"create", func() { code(t, s, "POST", "/v2/trackings/batch", batchOf("sto", "40001", "40002")) }, "T1 T0"},
		{"edit", func() { code(t, s, "PUT", "/v2/trackings/sto/40001", `{"title":"second"}`) }, "T1 second"},
		{"delete", func() { code(t, s, "DELETE", "/v2/trackings/sto/40002", "") }, "second"},
		{"from outside", func() { _ = s.Put(sandbox.Row{Carrier: "sto", Number: "40003", Title: "third"}) }, "third second"},
		{"removed", func() { _ = s.Remove(k) }, "third"},
		{"created again", func() { code(t, s, "POST", "/v2/trackings/batch", batchOf("sto", "40001")) }, "third T0"},
		{"status", func() { _ = s.SetStatus(k, "transit") }, "third T0"},
	} {
		step.do()
		var titles []string
		for page := 1; page <= 3; page++ {
			for _, i := range list(t, s, fmt.Sprintf("created_at_max=%d&limit=1&page=%d", now.t.Unix(), page)).Items {
				titles = append(titles, i.Title)
			}
		}
		if got := strings.Join(titles, " "); got != step.want {
			t.Errorf("%s: the list shows %q, want %q", step.name, got, step.want)
		}
	}
	if got := list(t, s, "status=transit").numbers(); got != "40001" {
		t.Errorf("in transit: %q", got)
	}
}

// TestReadLag: a list is behind what was written, for creations, edits and
// deletions alike; a single GET is not.
func TestReadLag(t *testing.T) {
	for _, query := range []string{"", "numbers=40001"} {
		testReadLag(t, query)
	}
}

func testReadLag(t *testing.T, query string) {
	now := newClock()
	s := newServer(t, sandbox.Options{Now: now.now, ReadLag: 30 * time.Second})
	title := func() string {
		l := list(t, s, query)
		if l.Count == 0 {
			return "none"
		}
		return l.Items[0].Title
	}
	steps := []struct {
		after time.Duration
		do    func()
		want  string
	}{
		{0, func() { code(t, s, "POST", "/v2/trackings/batch", batchOf("sto", "40001")) }, "none"},
		{29 * time.Second, func() {}, "none"},
		{time.Second, func() {}, "T0"},
		{0, func() { code(t, s, "PUT", "/v2/trackings/sto/40001", `{"title":"second"}`) }, "T0"},
		{10 * time.Second, func() { code(t, s, "PUT", "/v2/trackings/sto/40001", `{"title":"third"}`) }, "T0"},
		{20 * time.Second, func() {}, "second"},
		{10 * time.Second, func() { code(t, s, "DELETE", "/v2/trackings/sto/40001", "") }, "third"},
		{30 * time.Second, func() {}, "none"},
	}
	for i, st := range steps {
		now.advance(st.after)
		st.do()
		if got := title(); got != st.want {
			t.Errorf("step %d: list?%s shows %q, want %q", i, query, got, st.want)
		}
	}
	code(t, s, "POST", "/v2/trackings/post", `{"tracking_number":"40002","carrier_code":"sto"}`)
	if got := code(t, s, "GET", "/v2/trackings/sto/40002", ""); got != 200 {
		t.Errorf("a single GET lags: code %d", got)
	}
}

// TestOldPlace: what was deleted and comes back takes its old place in the list.
func TestOldPlace(t *testing.T) {
	now := newClock()
	s := newServer(t, sandbox.Options{Now: now.now})
	for _, n := range []string{"40001", "40002", "40003"} {
		code(t, s, "POST", "/v2/trackings/batch", batchOf("sto", n))
		now.advance(time.Hour)
	}
	code(t, s, "DELETE", "/v2/trackings/sto/40002", "")
	code(t, s, "POST", "/v2/trackings/batch", batchOf("sto", "40004", "40002"))
	if got, want := list(t, s, "").numbers(), "40004 40003 40002 40001"; got != want {
		t.Errorf("order %q, want %q", got, want)
	}
}

// BenchmarkList reads the last full page of an account of 100,000.
func BenchmarkList(b *testing.B) {
	s := newServer(b, sandbox.Options{})
	rows := make([]sandbox.Row, 100_000)
	for i, n := range numbers("NUMBER", len(rows)) {
		rows[i] = sandbox.Row{Carrier: "sto", Number: n, Title: "Order " + n, CustomerEmail: n + "@example.org"}
	}
	if err := s.Put(rows...); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		resp, err := send(s, "GET", "/v2/trackings/get?limit=2000&page=50", "")
		if err != nil || resp.ContentLength < 1<<20 {
			b.Fatalf("a page of %d bytes, %v", resp.ContentLength, err)
		}
	}
}

// BenchmarkNumbers asks for 40 numbers in an account of 100,000.
func BenchmarkNumbers(b *testing.B) {
	s := newServer(b, sandbox.Options{})
	var rows []sandbox.Row
	for _, n := range numbers("NUMBER", 100_000) {
		rows = append(rows, sandbox.Row{Carrier: "sto", Number: n})
	}
	if err := s.Put(rows...); err != nil {
		b.Fatal(err)
	}
	query := "/v2/trackings/get?numbers=" + strings.Join(numbers("NUMBER", 40), ",")
	for b.Loop() {
		if resp, err := send(s, "GET", query, ""); err != nil || resp.ContentLength < 1000 {
			b.Fatal(resp, err)
		}
	}
}
