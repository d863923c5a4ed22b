package trackingmore_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// The calls of both services, as their pages list them (API.md §2, §6).
var documentedCalls = map[string][]string{
	"api.trackingmore.com/v2": {
		"POST /trackings/post",
		"GET /trackings/{carrier_code}/{tracking_number}",
		"PUT /trackings/{carrier_code}/{tracking_number}",
		"DELETE /trackings/{carrier_code}/{tracking_number}",
		"POST /trackings/batch",
		"GET /trackings/get",
		"POST /trackings/updatemore",
		"POST /trackings/delete",
		"POST /trackings/realtime",
		"POST /trackings/update",
		"GET /trackings/getuserinfo",
		"GET /trackings/getstatusnumber",
		"POST /trackings/notupdate",
		"POST /trackings/remote",
		"POST /trackings/costtime",
		"POST /trackings/aircargo",
		"GET /carriers",
		"POST /carriers/detect",
	},
	"api.trackru.ru/v1": {
		"POST /trackings/post",
		"GET /trackings/{carrier_code}/{tracking_number}",
		"PUT /trackings/{carrier_code}/{tracking_number}",
		"DELETE /trackings/{carrier_code}/{tracking_number}",
		"POST /trackings/batch",
		"GET /trackings/get",
		"POST /trackings/realtime",
	},
	"api.trackingmore.com/v4": { // those that tmsync makes use of
		"GET /trackings/get",
		"POST /trackings/create",
		"POST /trackings/batch",
		"PUT /trackings/update/{id}",
		"DELETE /trackings/delete/{id}",
		"GET /couriers/all",
		"POST /couriers/detect",
	},
}

// TestEveryCallHasAGolden: there is a golden request for each call of the
// services, and for no other.
func TestEveryCallHasAGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/requests/*.golden")
	if err != nil {
		t.Fatal(err)
	}
	first := regexp.MustCompile(`(?m)^(GET|POST|PUT|DELETE) (https://\S+)$`)
	seen := map[string]map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range first.FindAllSubmatch(text, -1) {
			u, err := url.Parse(string(m[2]))
			if err != nil {
				t.Fatal(err)
			}
			path := strings.Split(u.Path, "/") // "", version, and the call's own
			service, call := u.Host+"/"+path[1], "/"+strings.Join(path[2:], "/")
			switch {
			case len(path) == 5 && path[1] == "v4":
				call = "/trackings/" + path[3] + "/{id}"
			case len(path) == 5:
				call = "/trackings/{carrier_code}/{tracking_number}"
			}
			if seen[service] == nil {
				seen[service] = map[string]bool{}
			}
			seen[service][string(m[1])+" "+call] = true
		}
	}
	got := map[string][]string{}
	for service, calls := range seen {
		got[service] = slices.Sorted(maps.Keys(calls))
	}
	want := map[string][]string{}
	for service, calls := range documentedCalls {
		want[service] = slices.Sorted(slices.Values(calls))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls with golden requests (-documented +golden):\n%s", diff)
	}
}

func TestTrackruReadRequests(t *testing.T) {
	var got []byte
	c := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
		got = append(append(got, dump(t, req)...), '\n')
		switch {
		case req.Method == http.MethodPost:
			return reply(200, testFile(t, "answers/realtime-recorded.json")), nil
		case strings.HasSuffix(req.URL.Path, "/trackings/get"):
			return reply(200, testFile(t, "answers/list-seed.json")), nil
		}
		return reply(200, testFile(t, "answers/get-one-documented.json")), nil
	}), func(o *trackingmore.Options) { o.Dialect = trackingmore.Trackru() })
	if _, err := c.List(background(), trackingmore.ListOptions{Mode: trackingmore.ModeAuto}); err != nil {
		t.Error(err)
	}
	if _, err := c.Lookup(background(), []tracking.Key{key("lietuvos-pastas", "RN210552627LT")}, "RR050349575PH"); err != nil {
		t.Error(err)
	}
	if _, err := c.Get(background(), key("4px", "300403513351")); err != nil {
		t.Error(err)
	}
	if _, err := c.Live(background(), tracking.Item{Key: key("usps", "9400110200881234567890")}); err != nil {
		t.Error(err)
	}
	golden.Check(t, "testdata/requests/trackru-reads.golden", got)
}

// The sample request of the pages of PUT, which are the same for both services
// (API.md §2.3, §6).
const seedPut = `{
	"title": "new title",
	"logistics_channel": "4PX挂号小包",
	"customer_name": "sandy",
	"customer_email": "sandy@example.org",
	"customer_phone":"+86123456789",
	"order_id": "986574521568",
	"destination_code": "CN",
	"archived": "true",
	"status": 7
}`

// What is sent for the pages' samples is what stands there, whatever the order of
// the members.
func TestSampleBodies(t *testing.T) {
	sto := key("sto", "402934299065")
	for _, tt := range []struct {
		name, want string
		send       func(c *trackingmore.Client)
	}{
		{"PUT", seedPut, func(c *trackingmore.Client) {
			c.Send(background(), tracking.OpPut, []tracking.Item{{Key: sto, Attrs: changeable(tracking.TrackingMore.Put)}})
		}},
		{"update", `{"tracking_number":"402934299065","carrier_code":"sto","update_carrier_code":"zto"}`, func(c *trackingmore.Client) {
			c.Send(background(), tracking.OpChangeCarrier, []tracking.Item{{Key: sto, Carrier: "zto"}})
		}},
		{"aircargo", `{"track_number":["172-28891936"],"lang":"en"}`, func(c *trackingmore.Client) { _, _ = ask[tracking.QueryAirWaybill](c) }},
		{"remote", `[{"country":"JP","postcode":"7621094"},{"country":"Germany","postcode":"12345","company":"DHL"}]`, func(c *trackingmore.Client) { _, _ = ask[tracking.QueryRemoteArea](c) }},
		{"costtime", `[{"carrier_code":"dhl","original":"CN","destination":"US"}]`, func(c *trackingmore.Client) { _, _ = ask[tracking.QueryTransitTime](c) }},
	} {
		var body []byte
		tt.send(newClient(t, transport(func(req *http.Request) (*http.Response, error) {
			_, body, _ = bytes.Cut(dump(t, req), []byte("\n\n"))
			return reply(200, meta(4001)), nil
		})))
		if diff := cmp.Diff(plain(t, []byte(tt.want)), plain(t, body)); diff != "" {
			t.Errorf("%s: body (-sample +sent):\n%s", tt.name, diff)
		}
	}
}

// plain reads JSON without its order.
func plain(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// TestAnswers: each answer, as the client understands it. Their members are those of
// recorded traffic, or of the service's pages, or, for updatemore, of which neither
// shows anything, supposed (API.md §2); values that no source shows are made up.
func TestAnswers(t *testing.T) {
	write := func(op tracking.Op, keys ...tracking.Key) func(*trackingmore.Client) (any, error) {
		return func(c *trackingmore.Client) (any, error) {
			list := items(keys...)
			for i := range list {
				list[i].Carrier = "zto"
			}
			return c.Send(background(), op, list), nil
		}
	}
	ups, sing := key("ups", "1Z97X17XYW06605211"), key("singapore-post", "RP893531375SG")
	for _, tt := range []struct {
		file string
		read func(c *trackingmore.Client) (any, error)
	}{
		{"post-recorded", write(tracking.OpCreate, key("turkey-post", "8000311584581"))},
		{"post-twice-recorded", write(tracking.OpCreate, key("turkey-post", "8000311584581"))},
		{"batch-recorded", write(tracking.OpCreate, key("bestex", "51837622007298"), key("bestex", "350233940124"))},
		{"get-one-documented", func(c *trackingmore.Client) (any, error) {
			r, err := c.Get(background(), key("4px", "300403513351"))
			if err != nil {
				return nil, err
			}
			return string(show([]tracking.Remote{*r})), nil
		}},
		{"put-seed", write(tracking.OpPut, key("sto", "402934299065"))},
		{"updatemore-supposed", write(tracking.OpUpdate, sing, ups)},
		{"notupdate-documented", write(tracking.OpStopUpdates, sing, ups)},
		{"update-documented", write(tracking.OpChangeCarrier, key("sto", "402934299065"))},
		{"delete-one-documented", write(tracking.OpDelete, key("sto", "402934299065"))},
		{"delete-documented", write(tracking.OpDelete, ups, key("sto", "402934299065"))},
		{"getuserinfo", func(c *trackingmore.Client) (any, error) { return c.AccountDetails(background()) }},
		{"getstatusnumber-documented", ask[tracking.QueryStatusCount]},
		{"realtime-recorded", func(c *trackingmore.Client) (any, error) {
			return c.Live(background(), tracking.Item{Key: key("usps", "9400110200881234567890")})
		}},
		{"remote-documented", ask[tracking.QueryRemoteArea]},
		{"costtime-documented", ask[tracking.QueryTransitTime]},
		{"aircargo-documented", ask[tracking.QueryAirWaybill]},
		{"carriers-recorded", ask[tracking.QueryCarriers]},
		{"detect-documented", ask[tracking.QueryDetect]},
	} {
		t.Run(tt.file, func(t *testing.T) {
			v, err := tt.read(newClient(t, replies(200, testFile(t, "answers/"+tt.file+".json"))))
			if err != nil {
				t.Fatal(err)
			}
			checkAnswer(t, tt.file, v)
		})
	}
}

// checkAnswer compares what was read of an answer with the file of its name. What is
// no text is compared as JSON.
func checkAnswer(t *testing.T, name string, v any) {
	t.Helper()
	text, ok := v.(string)
	if !ok {
		out, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		text = string(out) + "\n"
	}
	golden.Check(t, "testdata/answers/"+name+".golden", text)
}
