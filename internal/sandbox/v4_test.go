package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/sandbox"
)

// v4Item is the part of a tracking that tests look at.
type v4Item struct {
	ID          string
	Number      string `json:"tracking_number"`
	Courier     string `json:"courier_code"`
	Title       any
	Note        any
	OrderNumber any    `json:"order_number"`
	OrderID     any    `json:"order_id"`
	OrderDate   any    `json:"order_date"`
	Country     any    `json:"destination_country"`
	Status      string `json:"delivery_status"`
	Archived    string
	Sms         any    `json:"customer_sms"`
	Created     string `json:"created_at"`
}

// listV4 reads the trackings of a list; there is none where the code is 4102.
func listOfV4(t testing.TB, s *sandbox.Server, query string) (items []v4Item) {
	t.Helper()
	env := ask(t, s, "GET", "/v4/trackings/get?"+query, "")
	if env.Meta.Code != 200 && env.Meta.Code != 4102 {
		t.Fatalf("list?%s: code %d", query, env.Meta.Code)
	}
	if err := json.Unmarshal(env.Data, &items); err != nil {
		t.Fatalf("list?%s: %v", query, err)
	}
	return items
}

// TestV4SharesTheAccount: what v2 made v4 shows, under the same id, and the other
// way round.
func TestV4SharesTheAccount(t *testing.T) {
	s := newServer(t, sandbox.Options{})
	ask(t, s, "POST", "/v2/trackings/post", `{"tracking_number":"40001","carrier_code":"sto","title":"T","order_id":"O","comment":"C","customer_phone":"+1",`+
		`"destination_code":"DE","order_create_time":"2026/8/27 16:51","auto_correct":1}`)
	it := listOfV4(t, s, "tracking_numbers=40001")[0]
	got := []any{it.ID == list(t, s, "numbers=40001").Items[0].ID, it.Title, it.OrderNumber, it.Note, it.Sms, it.Country, it.OrderDate, it.Archived, it.Status}
	if diff := cmp.Diff([]any{true, "T", "O", "C", "+1", "DE", "2026-08-27T16:51:00+00:00", "tracking", "pending"}, got); diff != "" {
		t.Errorf("v4 of what v2 made (-want +got):\n%s", diff)
	}
	ask(t, s, "PUT", "/v4/trackings/update/"+it.ID, `{"title":"U","order_number":"P","note":"D","order_date":"2026-08-28T00:00:30+02:00","archived_status":"true"}`)
	row, _ := s.Row(sandbox.Key{Carrier: "sto", Number: "40001"})
	if diff := cmp.Diff([]any{"U", "P", "D", "2026-08-27 22:00", true}, []any{row.Title, row.OrderID, row.Comment, row.OrderCreateTime, row.Archived}); diff != "" {
		t.Errorf("v2 of what v4 changed (-want +got):\n%s", diff)
	}
	if err := s.SetStatus(row.Key(), "inforeceived"); err != nil {
		t.Fatal(err)
	}
	if old, now := list(t, s, "numbers=40001").Items[0].Status, listOfV4(t, s, "tracking_numbers=40001")[0].Status; old != "notfound" || now != "inforeceived" {
		t.Errorf("inforeceived is %q in v2 and %q in v4", old, now)
	}
}

// TestV4Questions: each answer to what is open shows where a client sees it.
func TestV4Questions(t *testing.T) {
	const at = "2026-08-27T18:51:07+02:00"
	put := func(body string) func(*testing.T, *sandbox.Server) any {
		return func(t *testing.T, s *sandbox.Server) any {
			id := listOfV4(t, s, "tracking_numbers=40001")[0].ID
			env := ask(t, s, "PUT", "/v4/trackings/update/"+id, body)
			it := listOfV4(t, s, "tracking_numbers=40001")[0]
			return fmt.Sprintf("%d %v %v %s %v", env.Meta.Code, it.Title, it.Note, it.Courier, it.ID == id)
		}
	}
	member := func(of func(v4Item) any) func(*testing.T, *sandbox.Server) any {
		return func(t *testing.T, s *sandbox.Server) any {
			return of(listOfV4(t, s, "tracking_numbers=40001,40002")[0])
		}
	}
	count := func(query string) func(*testing.T, *sandbox.Server) any {
		return func(t *testing.T, s *sandbox.Server) any { return len(listOfV4(t, s, query)) }
	}
	call := func(method, path, body string) func(*testing.T, *sandbox.Server) any {
		return func(t *testing.T, s *sandbox.Server) any { return code(t, s, method, path, body) }
	}
	many := strings.Join(numbers("N", 40), ",") + ",40001"
	dead := call("DELETE", "/v4/trackings/delete/0123456789abcdef0123456789abcdef", "")
	created := call("POST", "/v4/trackings/create", `{"tracking_number":"40009","courier_code":"no-such-courier"}`)
	bare := member(func(it v4Item) any { return fmt.Sprintf("%s %v %v", it.Number, it.OrderNumber, it.Country) })
	for _, tt := range []struct {
		answers string
		see     func(*testing.T, *sandbox.Server) any
		want    any
	}{
		{"clear=wiped", put(`{"title":"","note":"N"}`), "200 <nil> N sto true"},
		{"clear=kept", put(`{"title":"","note":"N"}`), "200 T N sto true"},
		{"clear=refused", put(`{"title":"","note":"N"}`), "4130 T M sto true"},
		{"null=kept", put(`{"title":null,"note":"N"}`), "200 T N sto true"},
		{"null=wiped", put(`{"title":null,"note":"N"}`), "200 <nil> N sto true"},
		{"null=refused", put(`{"title":null,"note":"N"}`), "4130 T M sto true"},
		{"omitted=kept", put(`{"note":"N"}`), "200 T N sto true"},
		{"omitted=wiped", put(`{"note":"N"}`), "200 <nil> N sto true"},
		{"carrier=changed", put(`{"courier_code_new":"zto"}`), "200 T M zto false"},
		{"carrier=ignored", put(`{"courier_code_new":"zto"}`), "200 T M sto true"},
		{"carrier=refused", put(`{"courier_code_new":"zto","title":"U"}`), "4120 T M sto true"},
		{"carrier-id=kept", put(`{"courier_code_new":"zto"}`), "200 T M zto true"},
		{"dead-id=4112", dead, 4112},
		{"dead-id=4102", dead, 4102},
		{"dead-id=404", dead, 404},
		{"unknown=4102", call("GET", "/v4/trackings/get?tracking_numbers=49999", ""), 4102},
		{"unknown=empty", call("GET", "/v4/trackings/get?tracking_numbers=49999", ""), 200},
		{"too-many=refused", call("GET", "/v4/trackings/get?tracking_numbers="+many, ""), 4103},
		{"too-many=taken", count("tracking_numbers=" + many), 1},
		{"page-cap=2", count("items_amount=200"), 2},
		{"page-size=1", count(""), 1},
		{"archived-listed=yes", count(""), 3},
		{"archived-listed=no", count(""), 2},
		{"archived-word=archived", func(t *testing.T, s *sandbox.Server) any { return listOfV4(t, s, "archived_status=true")[0].Archived }, "archived"},
		{"archived-word=true", func(t *testing.T, s *sandbox.Server) any { return listOfV4(t, s, "archived_status=true")[0].Archived }, "true"},
		{"order-id=order_number", func(t *testing.T, s *sandbox.Server) any { return list(t, s, "orders=O").numbers() }, "40001"},
		{"order-id=order_id", func(t *testing.T, s *sandbox.Server) any { return list(t, s, "orders=S").numbers() }, "40001"},
		{"order-number=empty,destination=as-given", bare, "40002 <nil> <nil>"},
		{"order-number=tracking-number,destination=filled", bare, "40002 40002 US"},
		{"order-date=utc", func(t *testing.T, s *sandbox.Server) any {
			return listOfV4(t, s, "tracking_numbers=40001")[0].OrderDate
		}, "2026-08-27T16:51:07+00:00"},
		{"order-date=as-sent", func(t *testing.T, s *sandbox.Server) any {
			return listOfV4(t, s, "tracking_numbers=40001")[0].OrderDate
		}, at},
		{"order-zone=account", func(t *testing.T, s *sandbox.Server) any {
			row, _ := s.Row(sandbox.Key{Carrier: "sto", Number: "40001"})
			return row.OrderCreateTime
		}, "2026-08-28 00:51"},
		{"carriers=any", created, 200},
		{"carriers=known", created, 4120},
		{"lag=5", count(""), 0},
	} {
		t.Run(tt.answers, func(t *testing.T) {
			answers := map[string]string{}
			for _, pair := range strings.Split(tt.answers, ",") {
				name, answer, _ := strings.Cut(pair, "=")
				answers[name] = answer
			}
			s := newServer(t, sandbox.Options{V4: answers})
			for _, body := range []string{
				`{"tracking_number":"40001","courier_code":"sto","title":"T","note":"M","order_number":"O","order_id":"S","order_date":"` + at + `","auto_correct":"1"}`,
				`{"tracking_number":"40002","courier_code":"sto","auto_correct":"1"}`, `{"tracking_number":"40003","courier_code":"sto","auto_correct":"1"}`,
			} {
				if got := code(t, s, "POST", "/v4/trackings/create", body); got != 200 {
					t.Fatalf("create: code %d", got)
				}
			}
			if err := s.Put(sandbox.Row{Carrier: "sto", Number: "40003", Archived: true}); err != nil {
				t.Fatal(err)
			}
			if got := tt.see(t, s); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestV4Recreate: what was deleted costs another credit, or does not.
func TestV4Recreate(t *testing.T) {
	for answer, want := range map[string]int{"paid": 4190, "free": 200} {
		s := newServer(t, sandbox.Options{Credits: 1, V4: map[string]string{"recreate": answer}})
		const body = `{"tracking_number":"40001","courier_code":"sto"}`
		var it v4Item
		if err := json.Unmarshal(ask(t, s, "POST", "/v4/trackings/create", body).Data, &it); err != nil {
			t.Fatal(err)
		}
		if got := code(t, s, "DELETE", "/v4/trackings/delete/"+it.ID, ""); got != 200 {
			t.Fatalf("delete: code %d", got)
		}
		if got := code(t, s, "POST", "/v4/trackings/create", body); got != want {
			t.Errorf("%s: code %d, want %d", answer, got, want)
		}
	}
}

// TestV4KeepsAnID: an id that came along with another carrier is the file's, too;
// the key that was left comes back as another tracking.
func TestV4KeepsAnID(t *testing.T) {
	opts := sandbox.Options{Path: filepath.Join(t.TempDir(), "far.jsonl"), V4: map[string]string{"carrier-id": "kept"}}
	s := newServer(t, opts)
	ask(t, s, "POST", "/v4/trackings/create", `{"tracking_number":"40001","courier_code":"sto"}`)
	id := listOfV4(t, s, "")[0].ID
	ask(t, s, "PUT", "/v4/trackings/update/"+id, `{"courier_code_new":"zto"}`)
	ask(t, s, "POST", "/v4/trackings/create", `{"tracking_number":"40001","courier_code":"sto"}`)
	s = newServer(t, opts) // as after a restart: every answer was written before it was given
	ids := map[string]string{}
	for _, it := range listOfV4(t, s, "") {
		ids[it.Courier] = it.ID
	}
	if ids["zto"] != id || ids["sto"] == id || ids["sto"] == "" {
		t.Errorf("ids %v, want %s for zto alone", ids, id)
	}
	if got := code(t, s, "DELETE", "/v4/trackings/delete/"+id, ""); got != 200 || len(s.Rows()) != 1 || s.Rows()[0].Carrier != "sto" {
		t.Errorf("code %d, left %v", got, s.Rows())
	}
}

// TestV4Retrack: what has expired is asked for again, once.
func TestV4Retrack(t *testing.T) {
	s := newServer(t, sandbox.Options{})
	if err := s.Put(sandbox.Row{Carrier: "sto", Number: "40001", Status: "expired"}); err != nil {
		t.Fatal(err)
	}
	id := listOfV4(t, s, "")[0].ID
	first, second := code(t, s, "POST", "/v4/trackings/retrack/"+id, ""), code(t, s, "POST", "/v4/trackings/retrack/"+id, "")
	if first != 200 || second != 4113 || s.Rows()[0].Status != "pending" {
		t.Errorf("codes %d and %d, then %v", first, second, s.Rows())
	}
}

// TestV4Rates: creating one has a rate of its own; one request too many closes all of
// v4 for two minutes, and not v2.
func TestV4Rates(t *testing.T) {
	now := newClock()
	s := newServer(t, sandbox.Options{Now: now.now, V4: map[string]string{"rate": "10", "create-rate": "3"}})
	status := func(method, path, body string) int {
		resp, err := send(s, method, path, body)
		if err != nil {
			t.Fatal(err)
		}
		if env := readEnvelope(t, resp); env.Meta.Code != resp.StatusCode {
			t.Errorf("code %d under HTTP %d", env.Meta.Code, resp.StatusCode)
		}
		return resp.StatusCode
	}
	create := func(i int) int {
		return status("POST", "/v4/trackings/create", fmt.Sprintf(`{"tracking_number":"4000%d","courier_code":"sto"}`, i))
	}
	list := func() int { return status("GET", "/v4/trackings/get", "") }
	var got []int
	for i := range 3 {
		got = append(got, create(i))
	}
	for range 10 {
		got = append(got, list())
	}
	want := slicesOf(200, 13)
	now.advance(time.Second)
	got, want = append(got, create(3), create(4), create(5), create(6), list()), append(want, 200, 200, 200, 429, 429)
	got, want = append(got, status("GET", "/v2/trackings/getuserinfo", "")), append(want, 200)
	now.advance(119 * time.Second)
	got, want = append(got, list()), append(want, 429)
	now.advance(time.Second)
	for range 11 {
		got = append(got, list())
	}
	want = append(append(want, slicesOf(200, 10)...), 429)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func slicesOf(v, n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// TestV4Faults: the faults of v2 are v4's, with its HTTP statuses and its codes.
func TestV4Faults(t *testing.T) {
	for fault, want := range map[string]string{
		"list:500":                "500 <!D",
		"list:429=7":              "429 {\"meta\":{\"code\":429, 7",
		"list:code=4021":          "400 {\"meta\":{\"code\":4190,",
		"list:code=511":           "500 {\"meta\":{\"code\":511,",
		"list:shown=1":            "200 1",
		"list:total=9":            "200 2",
		"list:endless":            "200 100",
		"list:empty":              "200 ",
		"put:item=sto/40001=4130": "200 2",
	} {
		t.Run(strings.ReplaceAll(fault, "/", "|"), func(t *testing.T) {
			s := newServer(t, sandbox.Options{Faults: parseFaults(t, fault)})
			if err := s.Put(sandbox.Row{Carrier: "sto", Number: "40001"}, sandbox.Row{Carrier: "sto", Number: "40002"}); err != nil {
				t.Fatal(err)
			}
			resp, err := send(s, "GET", "/v4/trackings/get", "")
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			var page struct{ Data []v4Item }
			got := string(body)
			if json.Unmarshal(body, &page) == nil && len(page.Data) > 0 {
				got = fmt.Sprint(len(page.Data))
			} else if strings.HasPrefix(got, "{") {
				got, _, _ = strings.Cut(got, ",")
				got += ","
			} else {
				got = got[:min(3, len(got))]
			}
			got = fmt.Sprint(resp.StatusCode, " ", got)
			if after := resp.Header.Get("Retry-After"); after != "" {
				got += " " + after
			}
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if id := page.Data; strings.HasPrefix(fault, "put") {
				for _, it := range id {
					want := map[string]int{"40001": 4130, "40002": 200}[it.Number]
					if got := code(t, s, "PUT", "/v4/trackings/update/"+it.ID, `{"title":"T"}`); got != want {
						t.Errorf("%s: code %d, want %d", it.Number, got, want)
					}
				}
			}
		})
	}
}

// TestV4Statuses: an error has an HTTP status of its own, whatever Options say.
func TestV4Statuses(t *testing.T) {
	s := newServer(t, sandbox.Options{Key: "another"})
	resp, err := send(s, "GET", "/v4/trackings/get", "")
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("status %v, %v", resp, err)
	}
}
