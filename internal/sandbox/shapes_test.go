package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/sandbox"
)

// members gives the names of an object's members in the order in which they stand.
func members(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
		names = append(names, name.(string))
	}
	return strings.Join(names, " ")
}

// dig walks into a JSON value by member names; "0" is the first of an array.
func dig(t *testing.T, raw json.RawMessage, path ...string) json.RawMessage {
	t.Helper()
	for _, name := range path {
		if name == "0" {
			var list []json.RawMessage
			if err := json.Unmarshal(raw, &list); err != nil || len(list) == 0 {
				t.Fatalf("no first element in %s: %v", raw, err)
			}
			raw = list[0]
			continue
		}
		var o map[string]json.RawMessage
		if err := json.Unmarshal(raw, &o); err != nil || o[name] == nil {
			t.Fatalf("no %s in %s: %v", name, raw, err)
		}
		raw = o[name]
	}
	return raw
}

// TestRecordedShapes holds the answers against the members that api.md has from
// recorded traffic and from the service's own pages; nothing here is written by
// the sandbox itself.
func TestRecordedShapes(t *testing.T) {
	const (
		createdMembers = "id tracking_number carrier_code order_create_time status created_at customer_email customer_name customer_phone order_id comment title logistics_channel destination"
		listMembers    = "id tracking_number carrier_code status track_update created_at updated_at order_create_time customer_email title order_id comment customer_name archived original_country destination_country itemTimeLength stayTimeLength service_code status_info substatus origin_info destination_info lastEvent lastUpdateTime"
		infoMembers    = "ReferenceNumber ItemReceived ItemDispatched DepartfromAirport ArrivalfromAbroad CustomsClearance DestinationArrived weblink phone carrier_code trackinfo"
		putMembers     = "id tracking_number carrier_code created_at updated_at customer_email customer_name order_id title destination_code customer_phone archived status logistics_channel"
		liveMembers    = "id tracking_number carrier_code order_create_time destination_code status track_update original_country destination_country itemTimeLength stayTimeLength service_code packageStatus substatus last_mile_tracking_supported origin_info destination_info lastEvent lastUpdateTime"
	)
	s := newServer(t, sandbox.Options{})
	batch := ask(t, s, "POST", "/v2/trackings/batch", `[{"tracking_number":"51837622007298","carrier_code":"bestex"},{"tracking_number":"1"}]`)
	put := ask(t, s, "PUT", "/v2/trackings/bestex/51837622007298", `{"title":"a","logistics_channel":"a","customer_name":"a","customer_email":"a@example.org",
		"customer_phone":"1","order_id":"1","destination_code":"CN","archived":"true","status":7}`)
	if err := s.SetStatus(sandbox.Key{Carrier: "bestex", Number: "51837622007298"}, "delivered"); err != nil {
		t.Fatal(err)
	}
	page := ask(t, s, "GET", "/v2/trackings/get", "")
	live := ask(t, s, "POST", "/v2/trackings/realtime", `{"tracking_number":"51837622007298","carrier_code":"bestex"}`)
	removed := ask(t, s, "POST", "/v2/trackings/delete", `[{"tracking_number":"51837622007298","carrier_code":"bestex"}]`)
	carriers := ask(t, s, "GET", "/v2/carriers/", "")
	for _, tt := range []struct {
		name string
		raw  json.RawMessage
		want string
	}{
		{"batch", batch.Data, "submitted added trackings errors"},
		{"batch item", dig(t, batch.Data, "trackings", "0"), createdMembers},
		{"batch error", dig(t, batch.Data, "errors", "0"), "tracking_number carrier_code code message"},
		{"put", put.Data, putMembers},
		{"list", page.Data, "page limit total count items"},
		{"list item", dig(t, page.Data, "items", "0"), listMembers},
		{"list leg", dig(t, page.Data, "items", "0", "origin_info"), infoMembers},
		{"list event", dig(t, page.Data, "items", "0", "origin_info", "trackinfo", "0"), "Date StatusDescription Details checkpoint_status substatus"},
		{"realtime item", dig(t, live.Data, "items", "0"), liveMembers},
		{"delete", removed.Data, "submitted delete trackings"},
		{"delete item", dig(t, removed.Data, "trackings", "0"), "meta"},
		{"carrier", dig(t, carriers.Data, "0"), "name code phone homepage type picture"},
	} {
		if diff := cmp.Diff(tt.want, members(t, tt.raw)); diff != "" {
			t.Errorf("%s: members (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestUpdateShapes checks the three shapes of updatemore's answer.
func TestUpdateShapes(t *testing.T) {
	for shape, want := range map[sandbox.UpdateShape]string{
		"":                  `{"submitted":2,"updated":1,"trackings":[{"tracking_number":"40001","carrier_code":"sto"}],"errors":[{"tracking_number":"40002","carrier_code":"sto","code":4017,"message":"Tracking does not exist."}]}`,
		sandbox.ShapeErrors: `{"submitted":2,"updated":1,"trackings":[{"tracking_number":"40001","carrier_code":"sto"}],"errors":[{"tracking_number":"40002","carrier_code":"sto","code":4017,"message":"Tracking does not exist."}]}`,
		sandbox.ShapeMeta:   `{"submitted":2,"updated":1,"trackings":[{"meta":{"tracking_number":"40001","carrier_code":"sto","code":200,"message":"Success"}},{"meta":{"tracking_number":"40002","carrier_code":"sto","code":4017,"message":"Tracking does not exist."}}]}`,
		sandbox.ShapeEmpty:  `[]`,
	} {
		s := newServer(t, sandbox.Options{UpdateShape: shape})
		if err := s.Put(sandbox.Row{Carrier: "sto", Number: "40001"}); err != nil {
			t.Fatal(err)
		}
		env := ask(t, s, "POST", "/v2/trackings/updatemore",
			`[{"tracking_number":"40001","carrier_code":"sto","title":"new"},{"tracking_number":"40002","carrier_code":"sto","title":"new"}]`)
		if diff := cmp.Diff(want, string(env.Data)); diff != "" || env.Meta.Code != 200 {
			t.Errorf("shape %q: code %d, data (-want +got):\n%s", shape, env.Meta.Code, diff)
		}
		if row, _ := s.Row(sandbox.Key{Carrier: "sto", Number: "40001"}); row.Title != "new" {
			t.Errorf("shape %q: the title is %q", shape, row.Title)
		}
	}
	if _, err := sandbox.New(sandbox.Options{UpdateShape: "round"}); err == nil {
		t.Error("an unknown shape is accepted")
	}
}

// TestSlashesAreEscaped: the service writes "\/", and so do we.
func TestSlashesAreEscaped(t *testing.T) {
	s := newServer(t, sandbox.Options{})
	resp, err := send(s, "GET", "/v2/carriers", "")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(`http:\/\/www.`)) || bytes.Contains(text, []byte(`http://`)) {
		t.Errorf("slashes are not escaped: %.200s", text)
	}
}
