package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/sandbox"
)

// control sends a request to the control interface, without a key.
func control(t *testing.T, s *sandbox.Server, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, "http://sandbox.invalid/_sandbox/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestControl plays with the account as a user would, with curl.
func TestControl(t *testing.T) {
	s := newServer(t, sandbox.Options{})
	for _, tt := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "requests", "", 200, "{}\n"},
		{"POST", "trackings", `[{"carrier_code":"sto","tracking_number":"40002","title":"second","status":"delivered"},
			{"carrier_code":"sto","tracking_number":"40001","order_id":"7"}]`, 204, ""},
		{"GET", "trackings", "", 200, `{"carrier_code":"sto","tracking_number":"40001","status":"pending","created_at":"2026-10-01T00:00:00Z","order_id":"7"}
{"carrier_code":"sto","tracking_number":"40002","status":"delivered","last_event_at":"2026-10-01T00:00:00Z","created_at":"2026-10-01T00:00:00Z","title":"second"}
`},
		{"POST", "trackings", `[{"carrier_code":"sto","tracking_number":"40001","title":"edited"}]`, 204, ""},
		{"DELETE", "trackings/sto/40002", "", 204, ""},
		{"DELETE", "trackings/sto/40002", "", 204, ""},
		{"GET", "trackings", "", 200, `{"carrier_code":"sto","tracking_number":"40001","status":"pending","created_at":"2026-10-01T00:00:00Z","updated_at":"2026-10-01T00:00:00Z","title":"edited","order_id":"7"}
`},
		{"POST", "credits", " 3\n", 204, ""},
		{"POST", "faults", "list:500\n\nbatch:2:drop\n", 204, ""},
		{"POST", "faults", "list:500\nbatch:0:drop\n", 400, `fault "batch:0:drop": "0" says no request: write 3 for the third, 3+ from the third on, * for all` + "\n"},
		{"DELETE", "faults", "", 204, ""},
		{"POST", "credits", "many", 400, `strconv.Atoi: parsing "many": invalid syntax` + "\n"},
		{"DELETE", "trackings/sto", "", 400, `"sto" is not of the form CARRIER/NUMBER, for example sto/402934299065` + "\n"},
		{"POST", "trackings", `{}`, 400, "the body is no JSON array: json: cannot unmarshal object into Go value of type []json.RawMessage\n"},
		{"POST", "trackings", `[{"carrier_code":"sto","tracking_number":"40001","colour":"red"}]`, 400, "row 1: json: unknown field \"colour\"\n"},
		{"POST", "trackings", `[{"carrier_code":"sto","tracking_number":"1"}]`, 400, "putting sto/1: The value of tracking_number is invalid.\n"},
		{"POST", "trackings", `[{"carrier_code":"sto","tracking_number":"40001","status":"lost"}]`, 400, "putting sto/40001: \"lost\" is no status\n"},
		{"PUT", "trackings", "", 404, "404 page not found\n"},
	} {
		if status, got := control(t, s, tt.method, tt.path, tt.body); status != tt.status || got != tt.want {
			t.Errorf("%s %s %.40s: status %d, body %q;\nwant %d, %q", tt.method, tt.path, tt.body, status, got, tt.status, tt.want)
		}
	}
	if s.Credits() != 3 {
		t.Errorf("%d credits, want 3", s.Credits())
	}
	code(t, s, "GET", "/v2/trackings/get", "")
	code(t, s, "GET", "/v2/trackings/get", "")
	if _, got := control(t, s, "GET", "requests", ""); got != `{"list":2}`+"\n" {
		t.Errorf("requests: %q", got)
	}
	control(t, s, "DELETE", "requests", "")
	if diff := cmp.Diff(map[string]int{}, s.Requests()); diff != "" {
		t.Errorf("requests after a reset (-want +got):\n%s", diff)
	}
}

// TestCreations: only what post and batch really create counts, however often.
func TestCreations(t *testing.T) {
	s := newServer(t, sandbox.Options{})
	a, b := sandbox.Key{Carrier: "sto", Number: "40001"}, sandbox.Key{Carrier: "sto", Number: "40002"}
	batch := batchOf("sto", "40001", "40002")
	code(t, s, "POST", "/v2/trackings/batch", batch)
	code(t, s, "POST", "/v2/trackings/batch", batch)
	if err := s.Remove(a); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(sandbox.Row{Carrier: "sto", Number: "40001", Creates: 99}, sandbox.Row{Carrier: "zto", Number: "40001"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(a); err != nil {
		t.Fatal(err)
	}
	code(t, s, "POST", "/v2/trackings/batch", batch)
	if diff := cmp.Diff(map[sandbox.Key]int{a: 2, b: 1}, s.Creations()); diff != "" {
		t.Errorf("creations (-want +got):\n%s", diff)
	}
	if err := s.SetStatus(sandbox.Key{Carrier: "sto", Number: "40009"}, "transit"); err == nil {
		t.Error("the status of nothing was set")
	}
	if err := s.SetStatus(a, "lost"); err == nil {
		t.Error("a status that does not exist was set")
	}
}

// TestPutDate: a row put with another date takes its place in the list.
func TestPutDate(t *testing.T) {
	s := newServer(t, sandbox.Options{})
	if err := s.Put(sandbox.Row{Carrier: "sto", Number: "40001"}, sandbox.Row{Carrier: "sto", Number: "40002"}); err != nil {
		t.Fatal(err)
	}
	row, _ := s.Row(sandbox.Key{Carrier: "sto", Number: "40002"})
	row.Created = row.Created.Add(-time.Hour)
	if err := s.Put(row); err != nil {
		t.Fatal(err)
	}
	if got := list(t, s, "").numbers(); got != "40001 40002" {
		t.Errorf("order %q, want 40001 before the older 40002", got)
	}
}

// TestConcurrency: many at once create the same keys; each is created once.
func TestConcurrency(t *testing.T) {
	s := newServer(t, sandbox.Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, n := range numbers("N", 20) {
				for _, path := range []string{"/v2/trackings/batch", "/v2/trackings/updatemore", "/v2/trackings/get"} {
					if _, err := send(s, "POST", path, batchOf("sto", n)); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	for k, n := range s.Creations() {
		if n != 1 {
			t.Errorf("%s was created %d times", k, n)
		}
	}
	if got := s.Credits(); got != 9999-20 {
		t.Errorf("%d credits, want %d", got, 9999-20)
	}
}

// TestListen: loopback addresses only.
func TestListen(t *testing.T) {
	for _, addr := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:80", "example.org:80", "127.0.0.1", "localhost:http:1"} {
		if ln, err := sandbox.Listen(addr); err == nil {
			t.Errorf("Listen(%q) listens on %s", addr, ln.Addr())
		}
	}
	for _, addr := range []string{"127.0.0.1:0", "localhost:0"} {
		ln, err := sandbox.Listen(addr)
		if err != nil {
			t.Errorf("Listen(%q): %v", addr, err)
			continue
		}
		if !ln.Addr().(*net.TCPAddr).IP.IsLoopback() {
			t.Errorf("Listen(%q) listens on %s", addr, ln.Addr())
		}
		if err := ln.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestServe: the server answers until its context ends, then lets hanging requests
// go and stops without an error.
func TestServe(t *testing.T) {
	s := newServer(t, sandbox.Options{Faults: parseFaults(t, "carriers:*:hang")})
	ln, err := sandbox.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, ln) }()
	get := func(path string) error {
		req, err := http.NewRequest("GET", "http://"+ln.Addr().String()+path, nil)
		if err != nil {
			return err
		}
		req.Header.Set("Trackingmore-Api-Key", "key")
		// A connection that is opened in vain would hold up the end for 5 s.
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		var env envelope
		err = errors.Join(json.NewDecoder(resp.Body).Decode(&env), resp.Body.Close())
		if env.Meta.Code != 200 {
			err = errors.Join(err, fmt.Errorf("code %d", env.Meta.Code))
		}
		return err
	}
	hung := make(chan error, 1)
	go func() { hung <- get("/v2/carriers") }()
	for s.Requests()["carriers"] == 0 {
		if err := get("/v2/trackings/getuserinfo"); err != nil { // passes the time until the other one hangs
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if err := <-hung; err == nil {
		t.Error("the hanging request was answered")
	}
	if ln, err = sandbox.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(t.Context(), ln); err == nil {
		t.Error("Serve on a closed listener gives no error")
	}
}
