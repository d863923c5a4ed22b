package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/sandbox"
)

// TestDialects: the version in the path says which header carries the key; without
// a version the header says which dialect is spoken.
func TestDialects(t *testing.T) {
	const v2, v1 = "Trackingmore-Api-Key", "Api-Key"
	for _, tt := range []struct {
		path, header, key string
		real              bool
		status, code      int
	}{
		{"/v2/trackings/getuserinfo", v2, "secret", false, 200, 200},
		{"/v2/trackings/getuserinfo", v2, "other", false, 200, 4001},
		{"/v2/trackings/getuserinfo", v2, "", false, 200, 4001},
		{"/v2/trackings/getuserinfo", v1, "secret", false, 200, 4001},
		{"/v2/trackings/getuserinfo", v2, "other", true, 401, 4001},
		{"/v1/trackings/get", v1, "secret", false, 200, 4031},
		{"/v1/trackings/get", v2, "secret", false, 200, 4001},
		{"/v1/trackings/getuserinfo", v1, "secret", false, 200, 404},
		{"/v1/trackings/getuserinfo", v1, "secret", true, 404, 404},
		{"/trackings/getuserinfo", v2, "secret", false, 200, 200},
		{"/trackings/getuserinfo", v1, "secret", false, 200, 404},
		{"/trackings/get", v1, "secret", true, 200, 4031},
		{"/trackings/batch", v2, "secret", true, 405, 405},
	} {
		s := newServer(t, sandbox.Options{Key: "secret", RealStatus: tt.real})
		req, err := http.NewRequest("GET", "http://sandbox.invalid"+tt.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(tt.header, tt.key)
		resp, err := s.Transport().RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if got := readEnvelope(t, resp).Meta.Code; got != tt.code || resp.StatusCode != tt.status {
			t.Errorf("GET %s with %s: %q: code %d, status %d; want %d, %d", tt.path, tt.header, tt.key, got, resp.StatusCode, tt.code, tt.status)
		}
	}
}

// TestRate: as many requests a second as allowed pass; the one too many closes the
// account for the penalty, which further requests do not prolong.
func TestRate(t *testing.T) {
	now := newClock()
	s := newServer(t, sandbox.Options{Now: now.now, Rate: 3, Penalty: time.Minute})
	get := func() int { return code(t, s, "GET", "/v2/trackings/getuserinfo", "") }
	var got []int
	for range 3 {
		got = append(got, get(), get(), get()) // three at once, three times
		now.advance(time.Second)
	}
	got = append(got, get(), get(), get(), get()) // the fourth at once is too many
	for range 3 {
		now.advance(15 * time.Second)
		got = append(got, get())
	}
	now.advance(15*time.Second - time.Nanosecond)
	got = append(got, get())
	now.advance(time.Nanosecond)
	got = append(got, get())
	want := []int{200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 429, 429, 429, 429, 429, 200}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	if n := s.Requests()["getuserinfo"]; n != len(want) {
		t.Errorf("counted %d requests, want %d: refused ones count", n, len(want))
	}
}

// TestRateOfOne: one request a second, exactly paced, is never too many; half a
// second is, and the default penalty is 120 s. What is refused is not carried out.
func TestRateOfOne(t *testing.T) {
	now := newClock()
	s := newServer(t, sandbox.Options{Now: now.now, Rate: 1, RealStatus: true})
	for i := range 100 {
		if got := code(t, s, "GET", "/v2/trackings/getuserinfo", ""); got != 200 {
			t.Fatalf("request %d: code %d", i, got)
		}
		now.advance(time.Second)
	}
	code(t, s, "GET", "/v2/trackings/getuserinfo", "")
	now.advance(time.Second / 2)
	resp, err := send(s, "POST", "/v2/trackings/batch", batchOf("sto", "40001"))
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 429 || len(s.Rows()) != 0 {
		t.Errorf("too early: status %d and %d rows, want 429 and none", resp.StatusCode, len(s.Rows()))
	}
	now.advance(119 * time.Second)
	if got := code(t, s, "GET", "/v2/trackings/getuserinfo", ""); got != 429 {
		t.Errorf("after 119 s: code %d, want 429", got)
	}
	now.advance(time.Second)
	if got := code(t, s, "GET", "/v2/trackings/getuserinfo", ""); got != 200 {
		t.Errorf("after 120 s: code %d, want 200", got)
	}
}

// TestNoCredit: without credits nothing is created; where that is how the service
// does it, a single GET, the list and realtime are refused as well.
func TestNoCredit(t *testing.T) {
	for answer, refused := range map[string]int{"create": 200, "read": 4021} {
		s := newServer(t, sandbox.Options{Credits: 1, V2: map[string]string{"no-credit": answer}})
		if got := code(t, s, "POST", "/v2/trackings/batch", batchOf("sto", "40001", "40002")); got != 201 || len(s.Rows()) != 1 {
			t.Errorf("code %d, %d rows", got, len(s.Rows()))
		}
		for call, want := range map[string]int{
			"GET /v2/trackings/sto/40001": refused, "GET /v2/trackings/get": refused, "POST /v2/trackings/realtime": refused,
			"GET /v2/trackings/getuserinfo": 200, "GET /v2/carriers": 200, "PUT /v2/trackings/sto/40001": 200,
		} {
			method, path, _ := strings.Cut(call, " ")
			if got := code(t, s, method, path, `{"tracking_number":"40001","carrier_code":"sto"}`); got != want {
				t.Errorf("no-credit=%s: %s: code %d, want %d", answer, call, got, want)
			}
		}
	}
}

// TestOpenQuestions: an answer that is none is refused, with those that there are.
func TestOpenQuestions(t *testing.T) {
	for given, want := range map[string]string{
		"update=round": "v2: update is one of errors, meta, empty, and not \"round\"",
		"hue=red":      "v2 has no open question \"hue\"",
	} {
		name, answer, _ := strings.Cut(given, "=")
		_, err := sandbox.New(sandbox.Options{V2: map[string]string{name: answer}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", given, err, want)
		}
	}
}

// TestBounds: one item too many, or a body too large, is refused whole.
func TestBounds(t *testing.T) {
	s := newServer(t, sandbox.Options{})
	many := numbers("N", 41)
	for _, tt := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/v2/trackings/batch", batchOf("sto", many...), 4020},
		{"POST", "/v2/trackings/batch", batchOf("sto", many[:40]...), 201},
		{"POST", "/v2/trackings/updatemore", batchOf("sto", many...), 4020},
		{"POST", "/v2/trackings/updatemore", batchOf("sto", many[:40]...), 200},
		{"POST", "/v2/trackings/notupdate", batchOf("sto", many...), 4020},
		{"GET", "/v2/trackings/get?numbers=" + strings.Join(many, ","), "", 4020},
		{"GET", "/v2/trackings/get?numbers=" + strings.Join(many[:40], ","), "", 200},
		{"GET", "/v2/trackings/get?orders=" + strings.Join(many, ","), "", 4020},
		{"POST", "/v2/trackings/delete", batchOf("sto", many...), 4020},
		{"POST", "/v2/trackings/aircargo", `{"track_number":["` + strings.Join(many, `","`) + `"]}`, 4020},
		{"POST", "/v2/trackings/post", `{"title":"` + strings.Repeat("x", 8<<20) + `"}`, 4012},
	} {
		if got := code(t, s, tt.method, tt.path, tt.body); got != tt.want {
			t.Errorf("%s %.60s: code %d, want %d", tt.method, tt.path, got, tt.want)
		}
	}
	if n := len(s.Rows()); n != 40 {
		t.Errorf("%d rows, want 40", n)
	}
}
