package trackingmore_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

func v4(o *trackingmore.Options) { o.Dialect = trackingmore.TrackingMoreV4() }

// row4 is a tracking as v4 lists it.
func row4(carrier, number, ref string, more ...string) string {
	return fmt.Sprintf(`{"id":%q,"tracking_number":%q,"courier_code":%q%s}`, ref, number, carrier, strings.Join(append([]string{""}, more...), ","))
}

func rows4(rows ...string) string { return ok("[" + strings.Join(rows, ",") + "]") }

// error4 is an answer of v4 with a code.
func error4(code int) string {
	return fmt.Sprintf(`{"meta":{"code":%d,"message":"words"},"data":[]}`, code)
}

func TestWriteRequestsV4(t *testing.T) {
	sto := tracking.Item{Key: key("sto", "402934299065"), Ref: "9a3f"}
	with := func(it tracking.Item, as tracking.Attrs) tracking.Item { it.Attrs = as; return it }
	some := attrs(everything)
	some.Drop(tracking.Status)
	some.Drop(tracking.TrackUpdates)
	moved := with(sto, attrs(map[tracking.Attr]string{tracking.Title: "new title"}))
	moved.Carrier = "zto"
	for _, tt := range []struct {
		name  string
		op    tracking.Op
		items []tracking.Item
	}{
		{"create", tracking.OpCreate, []tracking.Item{{Key: sto.Key, Attrs: attrs(everything)}, {Key: key("dhl", "AB_1-2")}}},
		{"create-one", tracking.OpCreate, []tracking.Item{{Key: sto.Key, Attrs: attrs(everything)}}},
		{"put", tracking.OpPut, []tracking.Item{with(sto, some)}},
		{"put-empty", tracking.OpPut, []tracking.Item{with(sto, attrs(map[tracking.Attr]string{tracking.OrderCreateTime: "", tracking.OrderID: ""}))}},
		{"carrier", tracking.OpChangeCarrier, []tracking.Item{moved}},
		{"delete", tracking.OpDelete, []tracking.Item{sto}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []byte
			c := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
				got = dump(t, req)
				return reply(200, ok("[]")), nil
			}), v4)
			c.Send(background(), tt.op, tt.items)
			golden.Check(t, "testdata/requests/v4-"+tt.name+".golden", got)
			if diff := cmp.Diff(map[string]int{c.Service().Calls[tt.op].For(len(tt.items)): 1}, c.Requests()); diff != "" {
				t.Errorf("Requests() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadRequestsV4(t *testing.T) {
	var got []byte
	full := make([]string, 200)
	for i := range full {
		full[i] = row4("sto", fmt.Sprintf("10000%03d", i), fmt.Sprintf("id%d", i))
	}
	c := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
		got = append(append(got, dump(t, req)...), '\n')
		switch {
		case strings.HasPrefix(req.URL.Path, "/v4/couriers"):
			return reply(200, testFile(t, "answers/v4-couriers-documented.json")), nil
		case req.URL.Query().Get("pages_amount") == "1" && !req.URL.Query().Has("tracking_numbers"):
			return reply(200, rows4(full...), "Date", "Sat, 28 Nov 2026 10:00:00 GMT"), nil
		}
		return reply(200, testFile(t, "answers/v4-list-documented.json")), nil
	}), v4)
	if _, err := c.List(background(), trackingmore.ListOptions{Mode: trackingmore.ModeFull}); err != nil {
		t.Error(err)
	}
	if _, err := c.Lookup(background(), []tracking.Key{{Number: "9400110200881234567890"}}, "RP893531375SG"); err != nil {
		t.Error(err)
	}
	if _, err := c.Get(background(), key("usps", "9400110200881234567890")); err != nil {
		t.Error(err)
	}
	for _, q := range []tracking.Query{tracking.QueryCarriers, tracking.QueryDetect} {
		if _, err := ask[q](c); err != nil {
			t.Errorf("%s: %v", q, err)
		}
	}
	golden.Check(t, "testdata/requests/v4-reads.golden", got)
}

// TestAnswersV4: each answer, as the client understands it (API.md §9).
func TestAnswersV4(t *testing.T) {
	write := func(op tracking.Op, items ...tracking.Item) func(*trackingmore.Client) (any, error) {
		return func(c *trackingmore.Client) (any, error) { return c.Send(background(), op, items), nil }
	}
	usps := tracking.Item{Key: key("usps", "9400110200881234567890"), Ref: "9a3f2b"}
	sing := tracking.Item{Key: key("singapore-post", "RP893531375SG")}
	for _, tt := range []struct {
		file string
		read func(c *trackingmore.Client) (any, error)
	}{
		{"create-documented", write(tracking.OpCreate, usps)},
		{"batch-documented", write(tracking.OpCreate, usps, sing, tracking.Item{Key: key("dhl", "123456789")})},
		{"update-documented", write(tracking.OpPut, usps)},
		{"delete-documented", write(tracking.OpDelete, usps)},
		{"couriers-documented", ask[tracking.QueryCarriers]},
		{"list-documented", func(c *trackingmore.Client) (any, error) {
			l, err := c.List(background(), trackingmore.ListOptions{})
			if err != nil {
				return nil, err
			}
			var text strings.Builder
			text.Write(show(l.Items))
			for _, r := range l.Items {
				fmt.Fprintf(&text, "%s is %s; filled: %s\n", r.Key, r.Ref, r.Filled)
			}
			return text.String(), nil
		}},
	} {
		t.Run(tt.file, func(t *testing.T) {
			v, err := tt.read(newClient(t, replies(200, testFile(t, "answers/v4-"+tt.file+".json")), v4))
			if err != nil {
				t.Fatal(err)
			}
			checkAnswer(t, "v4-"+tt.file, v)
		})
	}
}

// TestCodesV4: what a code proves about a PUT of one tracking, and about a create.
func TestCodesV4(t *testing.T) {
	usps := tracking.Item{Key: key("usps", "9400110200881234567890"), Ref: "9a3f2b"}
	for _, tt := range []struct {
		status, code int
		put, create  tracking.Verdict
	}{
		{200, 200, tracking.Done, tracking.InDoubt},
		{400, 4101, tracking.InDoubt, tracking.Exists},
		{400, 4102, tracking.Missing, tracking.InDoubt},
		{400, 4112, tracking.Missing, tracking.InDoubt},
		{404, 404, tracking.Missing, tracking.InDoubt},
		{400, 4103, tracking.Refused, tracking.Refused},
		{400, 4110, tracking.Refused, tracking.Refused},
		{400, 4111, tracking.Refused, tracking.Refused},
		{400, 4120, tracking.Refused, tracking.Refused},
		{400, 4121, tracking.Refused, tracking.Refused},
		{400, 4122, tracking.Refused, tracking.Refused},
		{400, 4130, tracking.Refused, tracking.Refused},
		{400, 4131, tracking.Refused, tracking.Refused},
		{400, 4190, tracking.NoCredit, tracking.NoCredit},
		{401, 4001, tracking.Stopped, tracking.Stopped},
		{401, 401, tracking.Stopped, tracking.Stopped},
		{403, 403, tracking.Stopped, tracking.Stopped},
		{500, 511, tracking.InDoubt, tracking.InDoubt},
	} {
		for op, want := range map[tracking.Op]tracking.Verdict{tracking.OpPut: tt.put, tracking.OpCreate: tt.create} {
			c := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
				if req.Method == http.MethodGet { // there is no such number
					return reply(400, error4(4102)), nil
				}
				return reply(tt.status, error4(tt.code)), nil
			}), v4)
			if got := c.Send(background(), op, []tracking.Item{usps})[0]; got.Verdict != want {
				t.Errorf("%d under HTTP %d for %s: %s (%s), want %s", tt.code, tt.status, op, got.Verdict, got.Message, want)
			}
		}
	}
}
