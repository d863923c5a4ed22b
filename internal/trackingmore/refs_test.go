package trackingmore_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// TestIDs: a write finds the service's id of its tracking, and finds it again when the
// one that is known is dead; and it never takes one for another number's.
func TestIDs(t *testing.T) {
	k := key("sto", "402934299065")
	other := key("sto", "11111")
	for _, tt := range []struct {
		name    string
		ref     string
		listed  []string                               // rows that the list has
		answers func(method, ref string) (int, string) // to a write
		op      tracking.Op
		want    tracking.Verdict
		wantRef string
		sent    []string
	}{
		{name: "known", ref: "now", want: tracking.Done, wantRef: "now", sent: []string{"PUT now"}},
		{name: "not known", listed: []string{row4("sto", k.Number, "now")}, want: tracking.Done, wantRef: "now", sent: []string{"GET", "PUT now"}},
		{name: "not known, nor the number", want: tracking.Missing, sent: []string{"GET", "GET", "GET"}},
		{name: "not known, and the number under another carrier", listed: []string{row4("dhl", k.Number, "now")}, want: tracking.Missing, sent: []string{"GET", "GET", "GET"}},
		{name: "not known, nor shown", listed: []string{row4("sto", k.Number, "")}, want: tracking.Refused, sent: []string{"GET"}},
		{name: "dead", ref: "old", listed: []string{row4("sto", k.Number, "now")}, want: tracking.Done, wantRef: "now", sent: []string{"PUT old", "GET", "PUT now"}},
		{name: "dead, to be deleted", op: tracking.OpDelete, ref: "old", listed: []string{row4("sto", k.Number, "now")}, want: tracking.Done, wantRef: "now", sent: []string{"DELETE old", "GET", "DELETE now"}},
		{name: "dead, and the number is gone", ref: "old", want: tracking.Missing, sent: []string{"PUT old", "GET", "GET", "GET"}},
		{name: "dead, and listed all the same", ref: "old", listed: []string{row4("sto", k.Number, "old")}, want: tracking.InDoubt, sent: []string{"PUT old", "GET", "GET"}},
		{name: "the answer has the id alone", ref: "now", answers: func(_, ref string) (int, string) {
			return 200, ok(fmt.Sprintf(`{"id":%q}`, ref))
		}, want: tracking.Done, wantRef: "now", sent: []string{"PUT now"}},
		{name: "the answer has another id alone", ref: "now", answers: func(string, string) (int, string) {
			return 200, ok(`{"id":"other"}`)
		}, want: tracking.InDoubt, sent: []string{"PUT now"}},
		{name: "another number's", ref: "now", answers: func(_, ref string) (int, string) {
			return 200, ok(row4("sto", other.Number, ref))
		}, want: tracking.InDoubt, sent: []string{"PUT now"}},
		{name: "refused", ref: "now", answers: func(string, string) (int, string) { return 400, error4(4130) }, want: tracking.Refused, sent: []string{"PUT now"}},
	} {
		for _, dead := range []struct{ status, code int }{{400, 4112}, {400, 4102}, {404, 404}} {
			t.Run(fmt.Sprint(tt.name, dead.code), func(t *testing.T) {
				var sent []string
				c := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
					if req.Method == http.MethodGet {
						sent = append(sent, "GET")
						return reply(200, rows4(tt.listed...)), nil
					}
					ref := req.URL.Path[strings.LastIndexByte(req.URL.Path, '/')+1:]
					sent = append(sent, req.Method+" "+ref)
					switch {
					case tt.answers != nil:
						status, body := tt.answers(req.Method, ref)
						return reply(status, body), nil
					case ref != "now":
						return reply(dead.status, error4(dead.code)), nil
					}
					return reply(200, ok(row4("sto", k.Number, ref))), nil
				}), v4)
				op := tt.op
				if op == "" {
					op = tracking.OpPut
				}
				o := c.Send(background(), op, []tracking.Item{{Key: k, Ref: tt.ref}})[0]
				if o.Verdict != tt.want || o.Ref != tt.wantRef && o.Verdict == tracking.Done {
					t.Errorf("%s of %q (%s), want %s of %q", o.Verdict, o.Ref, o.Message, tt.want, tt.wantRef)
				}
				if diff := cmp.Diff(tt.sent, sent); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestForeignID: an id that an answer has shown to be another number's is not sent
// again: the number is looked up. One that a list has twice is never sent.
func TestForeignID(t *testing.T) {
	k := key("sto", "402934299065")
	var sent []string
	rows := rows4(row4("sto", k.Number, "mine"))
	c := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
		ref := req.URL.Path[strings.LastIndexByte(req.URL.Path, '/')+1:]
		sent = append(sent, req.Method+" "+ref)
		switch {
		case req.Method == http.MethodGet:
			return reply(200, rows), nil
		case ref == "mine":
			return reply(200, ok(row4("sto", k.Number, ref))), nil
		}
		return reply(200, ok(row4("sto", "11111", ref))), nil
	}), v4)
	item := []tracking.Item{{Key: k, Ref: "theirs"}}
	if o := c.Send(background(), tracking.OpPut, item)[0]; o.Verdict != tracking.InDoubt {
		t.Errorf("%+v", o)
	}
	if o := c.Send(background(), tracking.OpPut, item)[0]; o.Verdict != tracking.Done || o.Ref != "mine" {
		t.Errorf("%+v", o)
	}
	rows = rows4(row4("sto", k.Number, "both"), row4("sto", "11111", "both"))
	if _, err := c.List(background(), trackingmore.ListOptions{}); err != nil {
		t.Error(err)
	}
	if o := c.Send(background(), tracking.OpPut, []tracking.Item{{Key: k, Ref: "both"}})[0]; o.Verdict != tracking.Refused {
		t.Errorf("%+v", o)
	}
	if diff := cmp.Diff([]string{"PUT theirs", "GET get", "PUT mine", "GET get", "GET get"}, sent); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}
