package trackingmore_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/internal/tracking"
)

// The one tracking that is asked for is read whatever shape it has; an unknown
// key is no error, and another tracking in its place is.
func TestGet(t *testing.T) {
	sto := key("sto", "402934299065")
	wrap := func(data string) string { return `{"meta":{"code":200,"type":"Success"},"data":` + data + `}` }
	tests := []struct {
		name, body string
		title      string // of what is found
		found, ok  bool
	}{
		{"found", wrap(`{"tracking_number":"402934299065","carrier_code":"sto","status":"transit","title":"Shoes","customer_email":["a@example.org"],"archived":false}`), "Shoes", true, true},
		{"number as a number", wrap(`{"tracking_number":402934299065,"carrier_code":"sto","title":null}`), "", true, true},
		{"not added yet", meta(4031), "", false, true},
		{"does not exist", meta(4017), "", false, true},
		{"another", wrap(`{"tracking_number":"402934299066","carrier_code":"sto"}`), "", false, false},
		{"nothing", wrap(`[]`), "", false, false},
		{"refused", meta(4021), "", false, false},
		{"none of the service's", `<html>`, "", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := newClient(t, replies(200, tt.body)).Get(background(), sto)
			if (err == nil) != tt.ok || (got != nil) != tt.found {
				t.Fatalf("got %+v, %v", got, err)
			}
			if got == nil {
				return
			}
			if title, _ := got.Attrs.Get(tracking.Title); got.Key != sto || title != tt.title {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestGetRequest(t *testing.T) {
	var got []byte
	c := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
		got = dump(t, req)
		return reply(200, meta(4031)), nil
	}))
	if _, err := c.Get(background(), key("Correios-Cabo-Verde", "AB_1-2")); err != nil {
		t.Error(err)
	}
	golden.Check(t, "testdata/requests/trackingmore-get-one.golden", got)
	if diff := cmp.Diff(map[string]int{"get": 1}, c.Requests()); diff != "" {
		t.Errorf("Requests() (-want +got):\n%s", diff)
	}
	if _, err := c.Get(background(), key("", "12345")); err == nil {
		t.Error("a key without a carrier was asked for")
	}
}
