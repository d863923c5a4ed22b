package sandbox_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/sandbox"
)

// TestUpdateShapes checks the three shapes of updatemore's answer.
func TestUpdateShapes(t *testing.T) {
	for shape, want := range map[string]string{
		"errors": `{"submitted":2,"updated":1,"trackings":[{"tracking_number":"40001","carrier_code":"sto"}],"errors":[{"tracking_number":"40002","carrier_code":"sto","code":4017,"message":"Tracking does not exist."}]}`,
		"meta":   `{"submitted":2,"updated":1,"trackings":[{"meta":{"tracking_number":"40001","carrier_code":"sto","code":200,"message":"Success"}},{"meta":{"tracking_number":"40002","carrier_code":"sto","code":4017,"message":"Tracking does not exist."}}]}`,
		"empty":  `[]`,
	} {
		s := newServer(t, sandbox.Options{V2: map[string]string{"update": shape}})
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
