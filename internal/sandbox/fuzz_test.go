package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/sandbox"
)

// FuzzRequest: whatever is sent is answered with an envelope, and a batch never
// says that it added what is not there.
func FuzzRequest(f *testing.F) {
	const id = "50ec50eaf2fbbe8f139ec8c0653c24e4"
	f.Add("POST", "/v4/trackings/batch", `[{"tracking_number":"40001","courier_code":"sto","label":1},null]`)
	f.Add("POST", "/v4/trackings/batch", `[{"tracking_number":"40001","courier_code":"sto"},null]`)
	f.Add("POST", "/v4/trackings/create", `{"tracking_number":"40001","order_date":"2026-08-27T16:51:00+02:00","title":null}`)
	f.Add("PUT", "/v4/trackings/update/"+id, `{"courier_code_new":"zto","archived_status":true,"title":"","note":null,"order_date":7}`)
	f.Add("GET", "/v4/trackings/get?pages_amount=2&items_amount=1&tracking_numbers=40000&created_date_min=2026-01-01", "")
	f.Add("DELETE", "/v4/trackings/delete/"+id, "")
	f.Add("POST", "/v4//awb", `{"awb_number":"172-28891936"}`)
	f.Add("POST", "trackings/batch", `[{"tracking_number":"40001","carrier_code":"sto"}]`)
	f.Add("POST", "trackings/updatemore", `[{"tracking_number":"40000","carrier_code":"sto","status":"7","title":null}]`)
	f.Add("PUT", "trackings/sto/40000", `{"archived":"true","order_id":1.5e3}`)
	f.Add("GET", "trackings/get?page=2&limit=1&numbers=40000,40001&created_at_min=1", "")
	f.Add("POST", "trackings/update", `{"tracking_number":"40000","carrier_code":"sto","update_carrier_code":"zto"}`)
	f.Add("POST", "trackings/aircargo", `{"track_number":["172-28891936",null]}`)
	f.Add("DELETE", "trackings/sto/40000", "")
	f.Fuzz(func(t *testing.T, method, path, body string) {
		req, err := http.NewRequest(method, "http://sandbox.invalid/", strings.NewReader(body))
		if err != nil {
			t.Skip()
		}
		if !strings.HasPrefix(path, "/v4/") {
			path = "/v2/" + path
		}
		target, err := req.URL.Parse(path)
		if err != nil || strings.HasPrefix(target.Path, "/_sandbox/") {
			t.Skip()
		}
		req.URL = target
		req.Header.Set("Trackingmore-Api-Key", "key")
		req.Header.Set("Tracking-Api-Key", "key")
		s := newServer(t, sandbox.Options{})
		if err := s.Put(sandbox.Row{Carrier: "sto", Number: "40000"}); err != nil {
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
		var env struct {
			Meta struct{ Code int }
			Data json.RawMessage
		}
		if err := json.Unmarshal(text, &env); err != nil || env.Meta.Code == 0 || env.Data == nil {
			t.Fatalf("answer %q: %v", text, err)
		}
		var batch struct {
			Added   int               // v2 counts what it added,
			Success []json.RawMessage // v4 lists it
		}
		added := func() int { return batch.Added + len(batch.Success) }
		if json.Unmarshal(env.Data, &batch) == nil && added() != len(s.Creations()) && s.Requests()["batch"] == 1 {
			t.Errorf("added %d, created %d", added(), len(s.Creations()))
		}
	})
}
