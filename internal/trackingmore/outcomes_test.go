package trackingmore_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// outcome is what tests compare; messages have tests of their own.
func outcome(v tracking.Verdict, code int) tracking.Outcome {
	about := map[int]tracking.About{
		4013: tracking.AboutNumber, 4014: tracking.AboutNumber, 4015: tracking.AboutCarrier, 4032: tracking.AboutCarrier, 4033: tracking.AboutStatus,
	}
	o := tracking.Outcome{Verdict: v, Code: code, Accepted: v == tracking.InDoubt && (code == 200 || code == 201)}
	if o.Final() {
		o.About = about[code]
	}
	return o
}

func outcomes(n int, v tracking.Verdict, code int) []tracking.Outcome {
	out := make([]tracking.Outcome, n)
	for i := range out {
		out[i] = outcome(v, code)
	}
	return out
}

var ignoreMessage = cmpopts.IgnoreFields(tracking.Outcome{}, "Message")

func TestRecordedAnswers(t *testing.T) {
	tests := []struct {
		file  string
		op    tracking.Op
		items []tracking.Item
		want  []tracking.Outcome
	}{
		{"batch-recorded", tracking.OpCreate, items(key("bestex", "350233940124"), key("bestex", "51837622007298")), []tracking.Outcome{
			{Verdict: tracking.Exists, Code: 4016, Message: `code 4016 "Tracking already exists.": the tracking is there already`},
			{Verdict: tracking.Done, Code: 201}}},
		{"delete-documented", tracking.OpDelete, items(key("ups", "1Z97X17XYW06605211"), key("sto", "402934299065")), []tracking.Outcome{
			{Verdict: tracking.Done, Code: 200},
			{Verdict: tracking.Missing, Code: 4017, Message: `code 4017 "Tracking does not exist.": the tracking is not there`}}},
		{"put-seed", tracking.OpPut, items(key("sto", "402934299065")), []tracking.Outcome{
			{Verdict: tracking.Done, Code: 200}}},
	}
	for _, tt := range tests {
		c := newClient(t, replies(200, testFile(t, "answers/"+tt.file+".json")))
		if diff := cmp.Diff(tt.want, c.Send(background(), tt.op, tt.items)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.file, diff)
		}
	}
}

// TestBulkAnswers holds what the data of an answer to a bulk call prove about
// its items: sto/11111 and ups/22222.
func TestBulkAnswers(t *testing.T) {
	const (
		one   = `{"tracking_number":"11111","carrier_code":"sto"}`
		two   = `{"tracking_number":"22222","carrier_code":"ups"}`
		moved = `{"tracking_number":"22222","carrier_code":"fedex"}`
	)
	failed := func(number, carrier string, code int) string {
		return fmt.Sprintf(`{"tracking_number":%q,"carrier_code":%q,"code":%d,"message":"m"}`, number, carrier, code)
	}
	lists := func(trackings, errors string) string {
		return `{"submitted":2,"added":9,"trackings":[` + trackings + `],"errors":[` + errors + `]}`
	}
	done, exists := outcome(tracking.Done, 200), outcome(tracking.Exists, 4016)
	doubt := outcome(tracking.InDoubt, 200)
	refused := tracking.Outcome{Verdict: tracking.Refused, Code: 4015, About: tracking.AboutCarrier, Whole: true}
	tests := []struct {
		name string
		op   tracking.Op
		code int
		data string
		one  tracking.Outcome
		two  tracking.Outcome
	}{
		{"both done", tracking.OpCreate, 200, lists(one+","+two, ""), done, done},
		{"201", tracking.OpCreate, 201, lists(one+","+two, ""), outcome(tracking.Done, 201), outcome(tracking.Done, 201)},
		{"order does not matter", tracking.OpCreate, 200, lists(two, failed("11111", "sto", 4016)), exists, done},
		{"errors null", tracking.OpUpdate, 200, `{"trackings":[` + one + `],"errors":null}`, done, doubt},
		{"errors missing", tracking.OpStopUpdates, 200, `{"change":2,"trackings":[` + one + `,` + two + `]}`, done, done},
		{"a list alone", tracking.OpUpdate, 200, `[` + one + `,` + two + `]`, done, done},
		{"one alone", tracking.OpUpdate, 200, one, done, doubt},
		{"white space", tracking.OpUpdate, 200, " {\n\"trackings\" : [ " + one + " \n, " + two + " ] } ", done, done},
		{"code of its own", tracking.OpUpdate, 200, `[{"tracking_number":"11111","carrier_code":"sto","meta":{"code":4017}},` + two + `]`, outcome(tracking.Missing, 4017), done},
		{"code as text", tracking.OpUpdate, 200, `[{"tracking_number":"11111","carrier_code":"sto","code":"4015"},` + two + `]`, outcome(tracking.Refused, 4015), done},
		{"code that is none", tracking.OpUpdate, 200, `[{"tracking_number":"11111","carrier_code":"sto","code":"x"},` + two + `]`, outcome(tracking.InDoubt, 99999), done},
		{"number as a number", tracking.OpDelete, 200, `[{"tracking_number":11111,"carrier_code":"sto"},` + two + `]`, done, done},
		{"no carrier", tracking.OpDelete, 200, `{"trackings":[{"meta":{"tracking_number":"11111"}},{"meta":{"tracking_number":"22222","code":4017}}]}`, done, outcome(tracking.Missing, 4017)},
		{"one not mentioned", tracking.OpCreate, 200, lists(two, ""), doubt, done},
		{"nothing mentioned", tracking.OpUpdate, 200, `{"submitted":2,"change":2}`, doubt, doubt},
		{"data empty", tracking.OpCreate, 200, `[]`, doubt, doubt},
		{"data null", tracking.OpCreate, 200, `null`, doubt, doubt},
		{"data a word", tracking.OpCreate, 200, `"ok"`, doubt, doubt},
		{"lists of other things", tracking.OpCreate, 200, `{"trackings":["11111",null,7,{"id":"x"}],"errors":"none"}`, doubt, doubt},
		{"error without a code", tracking.OpCreate, 200, lists(two, one), outcome(tracking.InDoubt, 0), done},
		{"error with a success", tracking.OpCreate, 200, lists(two, failed("11111", "sto", 201)), outcome(tracking.Done, 201), done},

		{"carrier corrected", tracking.OpCreate, 200, lists(one+","+moved, ""), done, tracking.Outcome{Verdict: tracking.Done, Code: 200, Key: key("fedex", "22222")}},
		{"carrier corrected and there", tracking.OpCreate, 200, lists(one, failed("22222", "fedex", 4016)), done, tracking.Outcome{Verdict: tracking.Exists, Code: 4016, Key: key("fedex", "22222")}},
		{"another carrier in an update", tracking.OpUpdate, 200, lists(one+","+moved, ""), doubt, doubt},
		{"a second carrier", tracking.OpCreate, 200, lists(one+","+two+","+moved, ""), doubt, doubt},
		{"two corrections", tracking.OpCreate, 200, lists(one+","+moved+`,{"tracking_number":"22222","carrier_code":"dhl"}`, ""), done, doubt},
		{"not sent", tracking.OpCreate, 200, lists(one+","+two+`,{"tracking_number":"33333","carrier_code":"sto"}`, ""), doubt, doubt},
		{"twice the same", tracking.OpCreate, 200, lists(one+","+one+","+two, ""), done, done},
		{"done and failed", tracking.OpCreate, 200, lists(one+","+two, failed("11111", "sto", 4016)), doubt, done},
		{"twice a name inside", tracking.OpCreate, 200, lists(`{"tracking_number":"11111","carrier_code":"sto","code":4016,"code":200}`, ""), doubt, doubt},
		{"twice a name, once escaped", tracking.OpCreate, 200, lists(`{"tracking_number":"11111","carrier_code":"sto","code":4016,"co\u0064e":200}`, ""), doubt, doubt},
		{"twice a name in an inner meta", tracking.OpDelete, 200, lists(`{"meta":{"tracking_number":"11111","code":200,"code":4017}},`+two, ""), doubt, doubt},
		{"twice a name deeper down", tracking.OpCreate, 200, lists(`{"tracking_number":"11111","carrier_code":"sto","other":{"x":1,"x":2}},`+two, ""), done, done},
		{"twice a list", tracking.OpCreate, 200, `{"trackings":[` + one + `],"trackings":[` + two + `]}`, doubt, doubt},
		{"one alone, and a bad list", tracking.OpUpdate, 200, `{"trackings":[{"x":1,"x":2}],"tracking_number":"11111","carrier_code":"sto"}`, done, doubt},
		{"one alone with an empty number", tracking.OpUpdate, 200, `{"trackings":[` + one + `,` + two + `],"tracking_number":""}`, doubt, doubt},
		{"one alone without a number", tracking.OpUpdate, 200, `{"trackings":[` + one + `,` + two + `],"tracking_number":null}`, done, done},
		{"a bad meta that is nobody's", tracking.OpUpdate, 200, `{"meta":{"code":1,"code":2},"trackings":[` + one + `,` + two + `]}`, done, done},
		{"as many as count", tracking.OpCreate, 200, lists(one+strings.Repeat(","+two, 398), failed("22222", "ups", 200)), done, done},
		{"too many in two lists", tracking.OpCreate, 200, lists(one+strings.Repeat(","+two, 399), failed("22222", "ups", 200)), doubt, doubt},

		{"202", tracking.OpCreate, 202, lists(one+","+two, ""), outcome(tracking.InDoubt, 202), outcome(tracking.InDoubt, 202)},
		{"202 with errors", tracking.OpCreate, 202, lists(one, failed("22222", "ups", 4016)), outcome(tracking.InDoubt, 202), outcome(tracking.InDoubt, 202)},
		{"unknown code", tracking.OpCreate, 4999, lists(one+","+two, ""), outcome(tracking.InDoubt, 4999), outcome(tracking.InDoubt, 4999)},
		{"no credit for all", tracking.OpCreate, 4021, `[]`, outcome(tracking.NoCredit, 4021), outcome(tracking.NoCredit, 4021)},
		{"no credit for some", tracking.OpCreate, 4021, lists("", failed("11111", "sto", 4021)), outcome(tracking.NoCredit, 4021), outcome(tracking.InDoubt, 4021)},
		{"no credit but listed", tracking.OpCreate, 4021, lists(one, ""), outcome(tracking.InDoubt, 4021), outcome(tracking.InDoubt, 4021)},
		{"refused for all", tracking.OpCreate, 4015, `[]`, refused, refused},
		{"too many", tracking.OpUpdate, 4020, `[]`, tracking.Outcome{Verdict: tracking.Refused, Code: 4020, Whole: true}, tracking.Outcome{Verdict: tracking.Refused, Code: 4020, Whole: true}},
		{"refused by name", tracking.OpCreate, 4015, lists("", failed("11111", "sto", 4015)), outcome(tracking.Refused, 4015), outcome(tracking.InDoubt, 4015)},
		{"all there", tracking.OpCreate, 4016, `[]`, outcome(tracking.InDoubt, 4016), outcome(tracking.InDoubt, 4016)},
		{"all missing", tracking.OpDelete, 4017, `[]`, outcome(tracking.InDoubt, 4017), outcome(tracking.InDoubt, 4017)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient(t, replies(200, fmt.Sprintf(`{"data":%s,"meta":{"code":%d,"message":"m"}}`, tt.data, tt.code)))
			got := c.Send(background(), tt.op, items(key("sto", "11111"), key("ups", "22222")))
			if diff := cmp.Diff([]tracking.Outcome{tt.one, tt.two}, got, ignoreMessage); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSameNumberTwice(t *testing.T) {
	sent := items(key("sto", "11111"), key("ups", "11111"))
	for _, tt := range []struct {
		name, data string
		op         tracking.Op
		want       []tracking.Outcome
	}{
		{"told apart", `[{"tracking_number":"11111","carrier_code":"ups"}]`, tracking.OpDelete, []tracking.Outcome{outcome(tracking.InDoubt, 200), outcome(tracking.Done, 200)}},
		{"not told apart", `[{"tracking_number":"11111"}]`, tracking.OpDelete, outcomes(2, tracking.InDoubt, 200)},
		{"which was corrected", `[{"tracking_number":"11111","carrier_code":"dhl"}]`, tracking.OpCreate, outcomes(2, tracking.InDoubt, 200)},
		{"one corrected", `[{"tracking_number":"11111","carrier_code":"dhl"},{"tracking_number":"11111","carrier_code":"ups"}]`, tracking.OpCreate,
			[]tracking.Outcome{{Verdict: tracking.Done, Code: 200, Key: key("dhl", "11111")}, outcome(tracking.Done, 200)}},
	} {
		c := newClient(t, replies(200, `{"meta":{"code":200},"data":`+tt.data+`}`))
		if diff := cmp.Diff(tt.want, c.Send(background(), tt.op, sent), ignoreMessage); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestCodes holds the verdict of every code, for an item of a list as for a
// request with one item that is turned down as a whole.
func TestCodes(t *testing.T) {
	same := func(v tracking.Verdict) [3]tracking.Verdict { return [3]tracking.Verdict{v, v, v} }
	inDoubt := tracking.InDoubt
	tests := []struct {
		code int
		want [3]tracking.Verdict // create, update, delete
	}{
		{200, same(tracking.Done)}, {201, same(tracking.Done)}, {202, same(inDoubt)},
		{401, same(tracking.Stopped)}, {402, same(tracking.Stopped)}, {403, same(tracking.Stopped)},
		{404, same(inDoubt)}, {405, same(inDoubt)}, {409, same(inDoubt)}, {500, same(inDoubt)}, {503, same(inDoubt)},
		{4001, same(tracking.Stopped)}, {4002, same(tracking.Stopped)}, {4018, same(tracking.Stopped)},
		{4012, same(tracking.Refused)}, {4013, same(tracking.Refused)}, {4014, same(tracking.Refused)}, {4015, same(tracking.Refused)},
		{4016, [3]tracking.Verdict{tracking.Exists, inDoubt, inDoubt}},
		{4017, [3]tracking.Verdict{inDoubt, tracking.Missing, tracking.Missing}},
		{4019, same(tracking.NoCredit)}, {4020, same(tracking.Refused)}, {4021, same(tracking.NoCredit)},
		{4031, same(inDoubt)}, {4032, same(tracking.Refused)}, {4033, same(tracking.Refused)}, {4999, same(inDoubt)},
	}
	sent := items(key("sto", "11111"))
	limited := replies(200, `{"meta":{"code":200},"data":[{"tracking_number":"11111","carrier_code":"sto","code":429}]}`)
	if got := newClient(t, limited).Send(background(), tracking.OpUpdate, sent); got[0].Verdict != tracking.Unsent {
		t.Errorf("429 of an item: %+v", got)
	}
	for _, tt := range tests {
		for i, op := range []tracking.Op{tracking.OpCreate, tracking.OpUpdate, tracking.OpDelete} {
			want := []tracking.Outcome{outcome(tt.want[i], tt.code)}
			listed := fmt.Sprintf(`{"meta":{"code":200},"data":{"errors":[{"tracking_number":"11111","carrier_code":"sto","code":%d}]}}`, tt.code)
			got := newClient(t, replies(200, listed)).Send(background(), op, sent)
			if diff := cmp.Diff(want, got, ignoreMessage); diff != "" {
				t.Errorf("%s of an item with code %d (-want +got):\n%s", op, tt.code, diff)
			}
			if tt.code < 300 {
				continue
			}
			got = newClient(t, replies(200, meta(tt.code))).Send(background(), op, sent)
			if diff := cmp.Diff(want, got, ignoreMessage); diff != "" {
				t.Errorf("%s with code %d (-want +got):\n%s", op, tt.code, diff)
			}
			if final := tt.want[i] == tracking.Refused; got[0].Final() != final {
				t.Errorf("%s with code %d is final: %v, want %v", op, tt.code, !final, final)
			}
			if !strings.Contains(got[0].Message, "words") {
				t.Errorf("message %q", got[0].Message)
			}
		}
	}
}

func TestSingleAnswers(t *testing.T) {
	sto := items(key("sto", "11111"))
	moving := []tracking.Item{{Key: key("sto", "11111"), Carrier: "zto"}}
	put := func(data string) string { return `{"meta":{"code":200},"data":` + data + `}` }
	tests := []struct {
		name string
		op   tracking.Op
		body string
		want tracking.Outcome
	}{
		{"moved", tracking.OpChangeCarrier, `{"meta":{"code":200},"data":{"Usertag":""}}`, outcome(tracking.InDoubt, 200)},
		{"moved, 201", tracking.OpChangeCarrier, meta(201), outcome(tracking.InDoubt, 201)},
		{"target taken", tracking.OpChangeCarrier, meta(4016), outcome(tracking.Exists, 4016)},
		{"source missing", tracking.OpChangeCarrier, meta(4017), outcome(tracking.Missing, 4017)},
		{"bad carrier", tracking.OpChangeCarrier, meta(4015), outcome(tracking.Refused, 4015)},
		{"posted", tracking.OpCreate, put(`{"id":"1","tracking_number":"11111","carrier_code":"sto","status":"pending"}`), outcome(tracking.Done, 200)},
		{"posted before", tracking.OpCreate, `{"meta":{"code":201},"data":{"tracking_number":"11111","carrier_code":"sto"}}`, outcome(tracking.Done, 201)},
		{"posted elsewhere", tracking.OpCreate, put(`{"tracking_number":"11111","carrier_code":"zto"}`), tracking.Outcome{Verdict: tracking.Done, Code: 200, Key: key("zto", "11111")}},
		{"posted, not shown", tracking.OpCreate, put(`[]`), outcome(tracking.InDoubt, 200)},
		{"posted, exists", tracking.OpCreate, meta(4016), outcome(tracking.Exists, 4016)},
		{"deleted", tracking.OpDelete, put(`[]`), outcome(tracking.Done, 200)},
		{"deleted, named missing", tracking.OpDelete, put(`[{"meta":{"tracking_number":"11111","code":4017}}]`), outcome(tracking.Missing, 4017)},
		{"deleted, another", tracking.OpDelete, put(`[{"tracking_number":"22222","carrier_code":"sto"}]`), outcome(tracking.InDoubt, 200)},
		{"put, no echo", tracking.OpPut, put(`[]`), outcome(tracking.Done, 200)},
		{"put, echo without a key", tracking.OpPut, put(`{"title":"x"}`), outcome(tracking.Done, 200)},
		{"put, echo", tracking.OpPut, put(`{"tracking_number":11111,"carrier_code":"sto"}`), outcome(tracking.Done, 200)},
		{"put, another number", tracking.OpPut, put(`{"tracking_number":"22222","carrier_code":"sto"}`), outcome(tracking.InDoubt, 200)},
		{"put, another carrier", tracking.OpPut, put(`{"tracking_number":"11111","carrier_code":"ups"}`), outcome(tracking.InDoubt, 200)},
		{"put, missing", tracking.OpPut, meta(4017), outcome(tracking.Missing, 4017)},
		{"put, bad status", tracking.OpPut, meta(4033), outcome(tracking.Refused, 4033)},
	}
	for _, tt := range tests {
		sent := sto
		if tt.op == tracking.OpChangeCarrier {
			sent = moving
		}
		got := newClient(t, replies(200, tt.body)).Send(background(), tt.op, sent)
		if diff := cmp.Diff([]tracking.Outcome{tt.want}, got, ignoreMessage); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	ru := func(o *trackingmore.Options) { o.Dialect = trackingmore.Trackru() }
	for code, want := range map[int]tracking.Verdict{200: tracking.Done, 4017: tracking.Missing, 202: tracking.InDoubt} {
		got := newClient(t, replies(200, meta(code)), ru).Send(background(), tracking.OpDelete, sto)
		if diff := cmp.Diff(outcomes(1, want, code), got, ignoreMessage); diff != "" {
			t.Errorf("Trackru delete (-want +got):\n%s", diff)
		}
	}
}

// TestAnswersThatProveNothing are those whose head cannot be relied on, under
// HTTP statuses that do not say more.
func TestAnswersThatProveNothing(t *testing.T) {
	good := testFile(t, "answers/batch-recorded.json")
	sent := items(key("bestex", "51837622007298"))
	tests := []struct {
		name   string
		status int
		body   string
		code   int
	}{
		{"HTML", 200, "<html>Please log in</html>", 0},
		{"empty", 200, "", 0},
		{"no content", 204, "", 0},
		{"an array", 200, "[]", 0},
		{"no meta", 200, `{"data":{"trackings":[{"tracking_number":"51837622007298","carrier_code":"bestex"}]}}`, 0},
		{"meta null", 200, strings.Replace(good, `{"code":201,`, `null,"x":{`, 1), 0},
		{"code null", 200, strings.Replace(good, "201", "null", 1), 0},
		{"code a fraction", 200, strings.Replace(good, "201", "200.5", 1), 0},
		{"code below zero", 200, strings.Replace(good, "201", "-200", 1), 0},
		{"code twice", 200, strings.Replace(good, `"code":201`, `"code":4016,"code":201`, 1), 0},
		{"meta twice", 200, strings.Replace(good, `{"meta"`, `{"meta":{"code":201},"meta"`, 1), 0},
		{"data twice", 200, strings.Replace(good, `"data"`, `"data":[],"data"`, 1), 0},
		{"other case", 200, strings.Replace(good, `"code":201`, `"CODE":201`, 1), 0},
		{"not UTF-8", 200, strings.Replace(good, `"Created"`, "\"Cr\xff\"", 1), 0},
		{"two documents", 200, good + good, 0},
		{"a warning before", 200, "Warning: x\n" + good, 0},
		{"good under 500", 500, good, 500},
		{"good under 502", 502, good, 502},
		{"good under 400", 400, good, 400},
		{"not found", 404, "<html>", 404},
		{"redirect", 303, good, 303},
	}
	for _, tt := range tests {
		c := newClient(t, replies(tt.status, tt.body))
		got := c.Send(background(), tracking.OpCreate, sent)
		if diff := cmp.Diff(outcomes(1, tracking.InDoubt, tt.code), got, ignoreMessage); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if n := c.Requests()["post"]; n != 1 {
			t.Errorf("%s: sent %d times", tt.name, n)
		}
	}
	for i := range strings.TrimSpace(good) {
		got := newClient(t, replies(200, good[:i])).Send(background(), tracking.OpCreate, sent)
		if diff := cmp.Diff(outcomes(1, tracking.InDoubt, 0), got, ignoreMessage); diff != "" {
			t.Fatalf("cut at %d (-want +got):\n%s", i, diff)
		}
	}
}

// TestStatuses are real HTTP statuses, with and without a code in the body.
func TestStatuses(t *testing.T) {
	sent := items(key("sto", "11111"))
	for _, tt := range []struct {
		status int
		body   string
		want   tracking.Outcome
	}{
		{401, "", outcome(tracking.Stopped, 401)},
		{401, meta(4001), outcome(tracking.Stopped, 4001)},
		{402, "pay", outcome(tracking.Stopped, 402)},
		{403, "<html>", outcome(tracking.Stopped, 403)},
		{400, meta(4014), outcome(tracking.Refused, 4014)},
		{409, meta(4016), outcome(tracking.Exists, 4016)},
		{404, meta(404), outcome(tracking.InDoubt, 404)},
		{503, meta(4021), outcome(tracking.InDoubt, 503)},
		{200, strings.Replace(meta(4021), "4021", `"4021"`, 1), outcome(tracking.NoCredit, 4021)},
	} {
		got := newClient(t, replies(tt.status, tt.body)).Send(background(), tracking.OpCreate, sent)
		if diff := cmp.Diff([]tracking.Outcome{tt.want}, got, ignoreMessage); diff != "" {
			t.Errorf("%d %q (-want +got):\n%s", tt.status, tt.body, diff)
		}
	}
}

// What an answer shows otherwise than it was sent is told; what it shows as it was
// sent, as null, or as a number, tells nothing.
func TestShown(t *testing.T) {
	sent := tracking.Item{Key: key("sto", "402934299065"), Attrs: tracking.AttrsOf(map[tracking.Attr]string{
		tracking.Title: "Red & blue", tracking.CustomerEmail: "ann@example.org", tracking.Comment: "x", tracking.OrderCreateTime: "2026-08-27 16:51",
	})}
	other := tracking.Item{Key: key("yto", "402934299065"), Attrs: sent.Attrs}
	const members = `"order_id":"A-1","title":"Red &amp; blue ","customer_email":["ann@example.org"],"comment":null,"order_create_time":1503852660`
	for name, tc := range map[string]struct {
		items []tracking.Item
		data  string
		want  map[tracking.Attr]string
	}{
		"another form":     {items: []tracking.Item{sent}, data: `{"tracking_number":"402934299065","carrier_code":"sto",` + members + `}`, want: map[tracking.Attr]string{tracking.Title: "Red &amp; blue"}},
		"as it was sent":   {items: []tracking.Item{sent}, data: `{"tracking_number":"402934299065","carrier_code":"sto","title":"Red \u0026 blue"}`},
		"without carrier":  {items: []tracking.Item{sent}, data: `{"tracking_number":"402934299065","title":"Red"}`, want: map[tracking.Attr]string{tracking.Title: "Red"}},
		"which of two":     {items: []tracking.Item{sent, other}, data: `{"tracking_number":"402934299065","title":"Red"}`},
		"that one of two":  {items: []tracking.Item{other, sent}, data: `{"tracking_number":"402934299065","carrier_code":"sto","title":"Red"}`, want: map[tracking.Attr]string{tracking.Title: "Red"}},
		"one time as text": {items: []tracking.Item{sent}, data: `{"tracking_number":"402934299065","order_create_time":"2026-08-27 08:51"}`, want: map[tracking.Attr]string{tracking.OrderCreateTime: "2026-08-27 08:51"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, replies(200, `{"meta":{"code":200},"data":`+tc.data+`}`))
			for i, got := range c.Send(background(), tracking.OpCreate, tc.items) {
				if tc.items[i].Key == sent.Key && !got.Shown.Equal(attrs(tc.want)) {
					t.Errorf("shown is %v, want %v (%v)", got.Shown, tc.want, got)
				}
			}
		})
	}
}

// TestAnswersStandAlone checks that nothing of an answer to an earlier attempt proves
// anything once a later one cannot be read.
func TestAnswersStandAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, inTurn(
			replies(429, `{"meta":{"code":429},"data":{"trackings":[{"tracking_number":"11111","carrier_code":"sto"}]}}`),
			replies(401, "", "Content-Encoding", "br"),
		))
		if got := one(t.Context(), c); got.Verdict != tracking.Stopped {
			t.Errorf("the key is refused, but the outcome is %+v", got)
		}
	})
}
