package trackingmore_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmsync/tmsync/internal/gear/budget"
	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// read lists an account that has one page.
func read(t testing.TB, body string) ([]tracking.Remote, error) {
	t.Helper()
	c := newClient(t, replies(200, body))
	l, err := c.List(background(), trackingmore.ListOptions{Mode: trackingmore.ModeFull})
	if err != nil {
		return nil, err
	}
	return l.Items, nil
}

// show writes trackings down, one attribute a line.
func show(remotes []tracking.Remote) []byte {
	var b bytes.Buffer
	for _, r := range remotes {
		fmt.Fprintf(&b, "%s is %s\n", r.Key, r.Status)
		for a, v := range r.Attrs.All() {
			fmt.Fprintf(&b, "\t%s = %q\n", a, v)
		}
	}
	return b.Bytes()
}

func TestListAnswers(t *testing.T) {
	for _, name := range []string{"list-seed", "list-recorded"} {
		got, err := read(t, testFile(t, "answers/"+name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		golden.Check(t, "testdata/answers/"+name+".golden", show(got))
	}
}

// TestListedAttributes holds the decoder against the table of attributes.
func TestListedAttributes(t *testing.T) {
	got, err := read(t, testFile(t, "answers/list-recorded.json"))
	if err != nil {
		t.Fatal(err)
	}
	listed := tracking.TrackingMore.Listed
	if got := got[0].Attrs.Set(); got != listed {
		t.Errorf("the list gives %s, the table says %s", got, listed)
	}
}

func TestListShapes(t *testing.T) {
	const item = `{"tracking_number":"11111","carrier_code":"sto"}`
	under := func(data string) string { return `{"meta":{"code":200},"data":` + data + `}` }
	tests := []struct {
		name string
		body string
		want int // items; -1 for an error
	}{
		{"nothing", meta(4031), 0},
		{"nothing, data null", `{"meta":{"code":4031},"data":null}`, 0},
		{"nothing, no data", `{"meta":{"code":4031}}`, 0},
		{"empty array", under(`[]`), 0},
		{"empty items", under(`{"total":"0","items":[]}`), 0},
		{"no items", under(`{"total":0}`), 0},
		{"items null", under(`{"total":0,"items":null}`), 0},
		{"total a number", under(`{"total":1,"items":[` + item + `]}`), 1},
		{"code as text", `{"meta":{"code":"200"},"data":{"total":"1","items":[` + item + `]}}`, 1},
		{"data first", `{"data":{"items":[` + item + `],"total":"1"},"meta":{"code":201}}`, 1},
		{"items that are none", under(`{"total":"7","items":[null,7,"x",[],{},{"tracking_number":null,"carrier_code":"sto"},` + item + `]}`), 1},
		{"keys that no request can name", under(`{"total":"4","items":[{"tracking_number":"1234","carrier_code":"sto"},{"tracking_number":"a/../b","carrier_code":"sto"},{"tracking_number":" 12345","carrier_code":"sto"},` + item + `]}`), 1},
		{"the same twice", under(`{"total":"2","items":[` + item + `,` + item + `]}`), 1},
		{"odd values", under(`{"total":"1","items":[{"tracking_number":"11111","carrier_code":"sto","title":{"a":1},"order_id":[null,1],"archived":[],"comment":"\ud800"}]}`), 1},

		{"data null", under(`null`), -1},
		{"data missing", `{"meta":{"code":200}}`, -1},
		{"data full array", under(`[` + item + `]`), -1},
		{"data a word", under(`"x"`), -1},
		{"items an object", under(`{"total":"1","items":{"0":` + item + `}}`), -1},
		{"items missing", under(`{"total":"1"}`), -1},
		{"total a word", under(`{"total":"abc","items":[` + item + `]}`), -1},
		{"total below zero", under(`{"total":-1,"items":[` + item + `]}`), -1},
		{"total out of bounds", under(`{"total":1e30,"items":[` + item + `]}`), -1},
		{"cut", under(`{"total":"1","items":[` + item)[:70], -1},
		{"code twice", `{"meta":{"code":4031,"code":200},"data":{"total":"1","items":[` + item + `]}}`, -1},
		{"items twice", under(`{"total":"1","items":[` + item + `],"items":[]}`), -1},
		{"HTML", "<html>", -1},
		{"more after it", under(`[]`) + "x", -1},
		{"deep", under(strings.Repeat("[", 20000)), -1},
		{"quota gone", meta(4021), -1},
		{"over the limit", meta(202), -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := read(t, tt.body)
				if (err != nil) != (tt.want < 0) {
					t.Fatalf("error %v", err)
				}
				if err == nil && len(got) != tt.want {
					t.Errorf("%d items, want %d", len(got), tt.want)
				}
			})
		})
	}
}

func TestListNotices(t *testing.T) {
	var got []trackingmore.Event
	c := newClient(t, replies(200, testFile(t, "answers/list-recorded.json")), func(o *trackingmore.Options) {
		o.Observe = func(e trackingmore.Event) {
			e.Took = 0
			got = append(got, e)
		}
	})
	if _, err := c.List(background(), trackingmore.ListOptions{}); err != nil {
		t.Fatal(err)
	}
	want := []trackingmore.Event{
		{Kind: trackingmore.EventAnswer, Call: "list", Attempt: 1, Code: 200},
		{Kind: trackingmore.EventDropped, Call: "list", Items: 1},
		{Kind: trackingmore.EventPage, Call: "list", Items: 3, Total: 4},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAccount(t *testing.T) {
	body := testFile(t, "answers/getuserinfo.json")
	account := func(credits int) tracking.AccountDetails {
		return tracking.AccountDetails{
			Account: tracking.Account{Credits: credits, Identity: "shop@example.org 1469097290"},
			Money:   "999", Registered: time.Unix(1469097290, 0).UTC(),
		}
	}
	tests := []struct {
		name string
		body string
		want tracking.AccountDetails
		ok   bool
	}{
		{"documented", body, account(9999), true},
		{"numbers for strings", strings.NewReplacer(`"1469097290"`, "1469097290", "9999", `"12"`, `"+8612345678910"`, "8612345678910").Replace(body),
			account(12), true},
		{"overdrawn", strings.Replace(body, "9999", "-3", 1), account(0), true},
		{"no credits", strings.Replace(body, "9999", "null", 1), tracking.AccountDetails{}, false},
		{"nobody", strings.Replace(body, `"Shop@example.org"`, "null", 1), tracking.AccountDetails{}, false},
		{"nothing", meta(200), tracking.AccountDetails{}, false},
		{"wrong key", meta(4001), tracking.AccountDetails{}, false},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			got, err := newClient(t, replies(200, tt.body)).AccountDetails(background())
			if got != tt.want || (err == nil) != tt.ok {
				t.Errorf("%s: %+v, %v", tt.name, got, err)
			}
		})
	}
}

// bigPage is a page as large as they come: 2000 trackings with 20 events each,
// about 7 MB.
func bigPage() string {
	var b strings.Builder
	b.WriteString(`{"meta":{"code":200,"type":"Success","message":"Success"},"data":{"page":1,"limit":2000,"total":"2000","items":[`)
	event := `{"Date":"2015-10-25 15:01","StatusDescription":"Receive at country of destination","Details":"United States of America (the)","checkpoint_status":"transit"}`
	events := event + strings.Repeat(","+event, 19)
	for i := range 2000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"009e9a8a6450cb5ce4b53ac75674fe78","tracking_number":"RR%09dPH","carrier_code":"phlpost","status":"delivered","track_update":true,"created_at":"2015-10-30T11:35:16+08:00","updated_at":"2015-11-03T13:47:20+08:00","order_create_time":"2017-08-26 16:48","title":"Order %d","order_id":"%d","customer_name":"Anna Müller","customer_email":"anna@example.org","comment":null,"archived":false,"original_country":"Philippines","destination_country":"United States","itemTimeLength":12,"service_code":null,"origin_info":{"weblink":"http:\/\/www.phlpost.gov.ph\/","phone":"+ (63) 854-9825","carrier_code":"phlpost","trackinfo":[%s]},"destination_info":null,"lastEvent":"Delivered,RENTON, WA 98056,2015-11-02 17:11","lastUpdateTime":"2015-11-02 17:11"}`, i, i, i, events)
	}
	b.WriteString(`]}}`)
	return b.String()
}

func BenchmarkListPage(b *testing.B) {
	body := bigPage()
	c := newClient(b, replies(http.StatusOK, body))
	b.SetBytes(int64(len(body)))
	budget.Run(b, 2000, budget.Use{Bytes: 6000, Allocs: 14}, func() {
		l, err := c.List(background(), trackingmore.ListOptions{Mode: trackingmore.ModeFull})
		if err != nil || len(l.Items) != 2000 {
			b.Fatal(err)
		}
	})
}
