package trackingmore_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// everything has a value for each attribute, as a create might be given them.
var everything = map[tracking.Attr]string{
	tracking.Title: "new title", tracking.OrderID: "986574521568",
	tracking.CustomerName: "sandy", tracking.CustomerEmail: "sandy@example.org", tracking.CustomerPhone: "+86123456789",
	tracking.LogisticsChannel: "4PX挂号小包", tracking.DestinationCode: "CN",
	tracking.Archived: "true", tracking.Status: tracking.StatusException, tracking.TrackUpdates: "false",
	tracking.Comment: "", tracking.OrderCreateTime: "2017-08-07 06:51", tracking.Lang: "en", tracking.ShipDate: "20181001",
	tracking.DestinationCountry: "China", tracking.PostalCode: "7621094", tracking.AccountNumber: "1234",
}

func changeable(by tracking.AttrSet) tracking.Attrs { return attrs(everything).Only(by) }

func TestWriteRequests(t *testing.T) {
	sto, dhl := key("sto", "402934299065"), key("Correios-Cabo-Verde", "AB_1-2")
	both := items(sto, dhl)
	tests := []struct {
		name    string
		dialect *trackingmore.Dialect
		op      tracking.Op
		items   []tracking.Item
	}{
		{"trackingmore-create", trackingmore.TrackingMore(), tracking.OpCreate, []tracking.Item{{Key: sto, Attrs: attrs(everything)}, {Key: dhl}}},
		{"trackingmore-update", trackingmore.TrackingMore(), tracking.OpUpdate, []tracking.Item{
			{Key: sto, Attrs: changeable(tracking.TrackingMore.Update)},
			{Key: dhl, Attrs: attrs(map[tracking.Attr]string{tracking.Title: "", tracking.Archived: "false", tracking.Status: tracking.StatusOriginal})}}},
		{"trackingmore-put", trackingmore.TrackingMore(), tracking.OpPut, []tracking.Item{{Key: sto, Attrs: changeable(tracking.TrackingMore.Put)}}},
		{"trackingmore-stop", trackingmore.TrackingMore(), tracking.OpStopUpdates, both},
		{"trackingmore-carrier", trackingmore.TrackingMore(), tracking.OpChangeCarrier, []tracking.Item{{Key: sto, Carrier: "zto"}}},
		{"trackingmore-delete", trackingmore.TrackingMore(), tracking.OpDelete, both},
		{"trackingmore-create-one", trackingmore.TrackingMore(), tracking.OpCreate, []tracking.Item{{Key: sto, Attrs: attrs(everything)}}},
		{"trackingmore-update-one", trackingmore.TrackingMore(), tracking.OpUpdate, []tracking.Item{{Key: sto, Attrs: changeable(tracking.TrackingMore.Update)}}},
		{"trackingmore-delete-one", trackingmore.TrackingMore(), tracking.OpDelete, items(sto)},
		{"trackru-create", trackingmore.Trackru(), tracking.OpCreate, both},
		{"trackru-create-one", trackingmore.Trackru(), tracking.OpCreate, items(sto)},
		{"trackru-put", trackingmore.Trackru(), tracking.OpPut, []tracking.Item{{Key: dhl, Attrs: attrs(map[tracking.Attr]string{tracking.Status: tracking.StatusDelivered})}}},
		{"trackru-delete", trackingmore.Trackru(), tracking.OpDelete, items(dhl)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []byte
			rt := transport(func(req *http.Request) (*http.Response, error) {
				got = dump(t, req)
				return reply(200, meta(200)), nil
			})
			c := newClient(t, rt, func(o *trackingmore.Options) { o.Dialect = tt.dialect })
			c.Send(background(), tt.op, tt.items)
			golden.Check(t, "testdata/requests/"+tt.name+".golden", got)
			if diff := cmp.Diff(map[string]int{c.Service().Calls[tt.op].For(len(tt.items)): 1}, c.Requests()); diff != "" {
				t.Errorf("Requests() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadRequests(t *testing.T) {
	var got []byte
	rt := transport(func(req *http.Request) (*http.Response, error) {
		got = append(append(got, dump(t, req)...), '\n')
		if req.URL.Path == "/v2/trackings/getuserinfo" {
			return reply(200, testFile(t, "answers/getuserinfo.json")), nil
		}
		return reply(200, testFile(t, "answers/list-seed.json")), nil
	})
	c := newClient(t, rt, func(o *trackingmore.Options) { o.UserAgent = "tmsync/1.2.3" })
	if _, err := c.List(background(), trackingmore.ListOptions{Mode: trackingmore.ModeAuto}); err != nil {
		t.Error(err)
	}
	if _, err := c.Lookup(background(), []tracking.Key{{Number: "RN210552627LT"}, {Number: "LX123445678CN"}, {Number: "RN210552627LT"}}, "RR050349575PH"); err != nil {
		t.Error(err)
	}
	if _, err := c.Account(background()); err != nil {
		t.Error(err)
	}
	golden.Check(t, "testdata/requests/reads.golden", got)
}

// TestUnsendable are requests that must not leave, because they would not do
// what they are asked to.
func TestUnsendable(t *testing.T) {
	sto := key("sto", "402934299065")
	with := func(a tracking.Attr, v string) []tracking.Item {
		return []tracking.Item{{Key: sto, Attrs: attrs(map[tracking.Attr]string{a: v})}}
	}
	tests := []struct {
		name  string
		op    tracking.Op
		items []tracking.Item
		want  string
	}{
		{"phone by updatemore", tracking.OpUpdate, append(with(tracking.CustomerPhone, "+86"), items(key("sto", "11111"))...), "customer_phone cannot be changed by updatemore"},
		{"comment by PUT", tracking.OpPut, with(tracking.Comment, "x"), "comment cannot be changed by PUT"},
		{"no updates by PUT", tracking.OpPut, with(tracking.TrackUpdates, "false"), "track_updates cannot be changed by PUT"},
		{"odd status", tracking.OpUpdate, with(tracking.Status, "lost"), `there is no status "lost" to set`},
		{"no number", tracking.OpDelete, items(key("sto", "")), "a tracking without carrier or number cannot be sent"},
		{"no carrier in a path", tracking.OpPut, items(key("", "12345")), "a tracking without carrier or number cannot be sent"},
		{"no target", tracking.OpChangeCarrier, items(sto), "a carrier change without the new carrier cannot be sent"},
		{"too many", tracking.OpPut, items(sto, sto), "2 trackings in one request, where put takes at most 1"},
		{"unknown operation", "paint", items(sto), "TrackingMore has no call for this operation (paint)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient(t, replies(200, meta(200)))
			got := c.Send(background(), tt.op, tt.items)
			want := make([]tracking.Outcome, len(tt.items))
			for i := range want {
				want[i] = tracking.Outcome{Verdict: tracking.Unsent, Message: tt.want}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if n := len(c.Requests()); n != 0 {
				t.Errorf("sent: %v", c.Requests())
			}
		})
	}
	if got := newClient(t, replies(200, meta(200))).Send(background(), tracking.OpCreate, nil); len(got) != 0 {
		t.Errorf("outcomes of nothing: %v", got)
	}
}

func TestService(t *testing.T) {
	batchOf := func(n int) func(*trackingmore.Options) {
		return func(o *trackingmore.Options) { o.BatchSize = n }
	}
	more := func(n int) *tracking.Service {
		return &tracking.Service{
			Name: "TrackingMore",
			Calls: map[tracking.Op]tracking.Call{
				tracking.OpChangeCarrier: {Name: "update", Max: 1},
				tracking.OpCreate:        {Name: "batch", One: "post", Max: n},
				tracking.OpUpdate:        {Name: "updatemore", One: "put", Max: n},
				tracking.OpPut:           {Name: "put", Max: 1},
				tracking.OpStopUpdates:   {Name: "notupdate", Max: n},
				tracking.OpDelete:        {Name: "delete", One: "delete-one", Max: n},
			},
			List: tracking.Call{Name: "list", Max: 40}, Page: 2000,
			Account: tracking.Call{Name: "getuserinfo", Max: 1},
		}
	}
	ru := &tracking.Service{
		Name: "Trackru",
		Calls: map[tracking.Op]tracking.Call{
			tracking.OpCreate: {Name: "batch", One: "post", Max: 40},
			tracking.OpPut:    {Name: "put", Max: 1},
			tracking.OpDelete: {Name: "delete-one", Max: 1},
		},
		List: tracking.Call{Name: "list", Max: 40}, Page: 2000,
	}
	for _, tt := range []struct {
		name string
		got  *tracking.Service
		want *tracking.Service
	}{
		{"TrackingMore", newClient(t, nil).Service(), more(40)},
		{"small batches", newClient(t, nil, batchOf(7)).Service(), more(7)},
		{"Trackru", newClient(t, nil, func(o *trackingmore.Options) { o.Dialect = trackingmore.Trackru() }).Service(), ru},
	} {
		got := &tracking.Service{Name: tt.got.Name, Calls: tt.got.Calls, List: tt.got.List, Page: tt.got.Page, Account: tt.got.Account}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	c := newClient(t, nil, func(o *trackingmore.Options) { o.Dialect = trackingmore.Trackru() })
	if _, err := c.Account(background()); err == nil || c.Service().Offers(tracking.OpChangeCarrier) {
		t.Error("Trackru has neither an account call nor a carrier change")
	}
}

func TestNew(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*trackingmore.Options)
		ok     bool
	}{
		{"defaults", func(o *trackingmore.Options) {}, true},
		{"loopback over http", func(o *trackingmore.Options) { o.Endpoint = "http://127.0.0.1:8080/v2/" }, true},
		{"localhost over http", func(o *trackingmore.Options) { o.Endpoint = "http://localhost" }, true},
		{"http", func(o *trackingmore.Options) { o.Endpoint = "http://api.example.org/v2" }, false},
		{"no scheme", func(o *trackingmore.Options) { o.Endpoint = "api.example.org/v2" }, false},
		{"user", func(o *trackingmore.Options) { o.Endpoint = "https://a:b@example.org" }, false},
		{"query", func(o *trackingmore.Options) { o.Endpoint = "https://example.org/?a=b" }, false},
		{"no dialect", func(o *trackingmore.Options) { o.Dialect = nil }, false},
		{"no key", func(o *trackingmore.Options) { o.Key = "" }, false},
		{"key with a line end", func(o *trackingmore.Options) { o.Key = testKey + "\n" }, false},
		{"key too long", func(o *trackingmore.Options) { o.Key = string(make([]byte, 513)) }, false},
		{"rate", func(o *trackingmore.Options) { o.Rate = -1 }, false},
		{"batch", func(o *trackingmore.Options) { o.BatchSize = 41 }, false},
		{"pause", func(o *trackingmore.Options) { o.Pause = -1 }, false},
		{"timeout", func(o *trackingmore.Options) { o.Timeout = -1 }, false},
	} {
		o := trackingmore.Options{Dialect: trackingmore.TrackingMore(), Key: testKey}
		tt.change(&o)
		_, err := trackingmore.New(o)
		if (err == nil) != tt.ok {
			t.Errorf("%s: error %v, want success %v", tt.name, err, tt.ok)
		}
	}
}
