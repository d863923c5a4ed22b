package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/sandbox"
)

// TestFaults sends a batch of four twice to a server with one fault, over a real
// connection and in memory, and looks at the first answer, at the second, and at
// what was stored in between.
func TestFaults(t *testing.T) {
	const added = "HTTP 200 code 201"
	const exists = "HTTP 200 code 201 errors 4016 4016 4016 4016"
	const html = "HTTP 200 html"
	for _, tt := range []struct {
		fault  string
		first  string
		stored int
		second string
	}{
		{"batch:500", "HTTP 500 html", 0, added},
		{"batch:1:503=7", "HTTP 503 html Retry-After 7", 0, added},
		{"batch:500-applied", "HTTP 500 html", 4, exists},
		{"batch:half", "HTTP 500 html", 2, "HTTP 200 code 201 errors 4016 4016"},
		{"batch:2:500", added, 4, "HTTP 500 html"},
		{"batch:*:410", "HTTP 410 html", 0, "HTTP 410 html"},
		{"batch:2+:502", added, 4, "HTTP 502 html"},
		{"*:404", "HTTP 404 html", 0, added},
		{"list:*:500", added, 4, exists},
		{"batch:drop", "no answer", 0, added},
		{"batch:drop-applied", "no answer", 4, exists},
		{"batch:drop-half", "no answer", 2, "HTTP 200 code 201 errors 4016 4016"},
		{"batch:429", "HTTP 200 code 429", 0, added},
		{"batch:429=5", "HTTP 200 code 429 Retry-After 5", 0, added},
		{"batch:429-http", "HTTP 429 code 429", 0, added},
		{"batch:429-http=-1", "HTTP 429 code 429 Retry-After -1", 0, added},
		{"batch:202", "HTTP 200 code 202", 0, added},
		{"batch:202-half", "HTTP 200 code 202", 2, "HTTP 200 code 201 errors 4016 4016"},
		{"batch:code=4021", "HTTP 200 code 4021", 0, added},
		{"batch:code-applied=4999", "HTTP 200 code 4999", 4, exists},
		{"batch:html", html, 0, added},
		{"batch:html-applied", html, 4, exists},
		{"batch:empty", "HTTP 200 empty", 0, added},
		{"batch:empty-applied", "HTTP 200 empty", 4, exists},
		{"batch:truncate", "HTTP 200 broken", 4, exists},
		{"batch:truncate-half", "HTTP 200 broken", 2, "HTTP 200 code 201 errors 4016 4016"},
		{"batch:redirect=http://evil.invalid/x", "HTTP 307 html Location http://evil.invalid/x", 0, added},
		{"batch:301=/v2/trackings/get", "HTTP 301 html Location /v2/trackings/get", 0, added},
		{"batch:bomb=2", "HTTP 200 blank 2097152", 0, added},
		{"batch:item=sto/N00002=4015", "HTTP 200 code 201 errors 4015", 3, "HTTP 200 code 201 errors 4016 4016 4015 4016"},
		{"batch:1:item=sto/N00002=4015", "HTTP 200 code 201 errors 4015", 3, "HTTP 200 code 201 errors 4016 4016 4016"},
	} {
		for name, connect := range connections(t) {
			t.Run(name+"/"+strings.ReplaceAll(tt.fault, "/", "|"), func(t *testing.T) {
				s := newServer(t, sandbox.Options{Faults: parseFaults(t, tt.fault)})
				send := connect(t, s)
				body := batchOf("sto", numbers("N", 4)...)
				first := describe(t, send, body)
				stored := len(s.Rows())
				second := describe(t, send, body)
				if first != tt.first || stored != tt.stored || second != tt.second {
					t.Errorf("first %q, then %d rows, second %q;\nwant  %q, then %d rows, second %q", first, stored, second, tt.first, tt.stored, tt.second)
				}
			})
		}
	}
}

// connections are how a client can be connected to a server.
func connections(t *testing.T) map[string]func(*testing.T, *sandbox.Server) http.RoundTripper {
	t.Helper()
	return map[string]func(*testing.T, *sandbox.Server) http.RoundTripper{
		"memory": func(_ *testing.T, s *sandbox.Server) http.RoundTripper { return s.Transport() },
		"net": func(t *testing.T, s *sandbox.Server) http.RoundTripper {
			srv := httptest.NewServer(s)
			t.Cleanup(srv.Close)
			return elsewhere(strings.TrimPrefix(srv.URL, "http://"))
		},
	}
}

// elsewhere sends every request to one address.
type elsewhere string

func (addr elsewhere) RoundTrip(req *http.Request) (*http.Response, error) {
	req.URL.Host = string(addr)
	return http.DefaultTransport.RoundTrip(req)
}

// describe sends a batch and puts what comes back into words.
func describe(t *testing.T, via http.RoundTripper, body string) string {
	t.Helper()
	req, err := http.NewRequest("POST", "http://sandbox.invalid/v2/trackings/batch", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Trackingmore-Api-Key", "key")
	resp, err := via.RoundTrip(req)
	if err != nil {
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("error %v, want an end of file", err)
		}
		return "no answer"
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	words := fmt.Sprintf("HTTP %d %s", resp.StatusCode, describeBody(string(text)))
	for _, h := range []string{"Retry-After", "Location"} {
		if v := resp.Header.Get(h); v != "" {
			words += " " + h + " " + v
		}
	}
	return words
}

func describeBody(text string) string {
	switch {
	case text == "":
		return "empty"
	case strings.HasPrefix(text, "<"):
		return "html"
	case strings.TrimLeft(text, " ") == "":
		return fmt.Sprintf("blank %d", len(text))
	case !strings.HasSuffix(text, "}"):
		return "broken"
	}
	words := "code " + text[len(`{"meta":{"code":`):strings.Index(text, `,"type"`)]
	_, refused, _ := strings.Cut(text, `"errors":[`)
	for i, part := range strings.Split(refused, `"code":`) {
		if i == 1 {
			words += " errors"
		}
		if i > 0 {
			words += " " + part[:4]
		}
	}
	return words
}

// TestHang: a hanging request ends when the client gives up, having been carried
// out or not. Two minutes pass at once in the bubble.
func TestHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, sandbox.Options{Now: time.Now, Faults: parseFaults(t, "batch:1:hang", "batch:2:timeout-applied")})
		for i, want := range []int{0, 1} {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			start := time.Now()
			req, err := http.NewRequestWithContext(ctx, "POST", "http://sandbox.invalid/v2/trackings/batch", strings.NewReader(batchOf("sto", "40001")))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Trackingmore-Api-Key", "key")
			_, err = (&http.Client{Transport: s.Transport()}).Do(req)
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 2*time.Minute {
				t.Errorf("request %d: %v after %v, want the deadline after 2m", i+1, err, time.Since(start))
			}
			if got := len(s.Rows()); got != want {
				t.Errorf("request %d: %d rows, want %d", i+1, got, want)
			}
		}
	})
}

// TestHangOverNet: over a connection the server notices that the client has gone,
// and lets the request go: else Close would wait for ever.
func TestHangOverNet(t *testing.T) {
	s := newServer(t, sandbox.Options{Faults: parseFaults(t, "batch:hang-applied")})
	ctx, cancel := context.WithCancel(t.Context())
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		cancel()
		s.ServeHTTP(w, r)
	}))
	req, err := http.NewRequestWithContext(ctx, "POST", srv.URL+"/v2/trackings/batch", strings.NewReader(batchOf("sto", "40001")))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Trackingmore-Api-Key", "key")
	if _, err := http.DefaultClient.Do(req); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want canceled", err)
	}
	srv.Close()
	if n := len(s.Rows()); n != 1 {
		t.Errorf("%d rows, want the one that was applied", n)
	}
}

// TestBombIsPacked: a client that says it accepts gzip gets a small body that
// grows.
func TestBombIsPacked(t *testing.T) {
	s := newServer(t, sandbox.Options{Faults: parseFaults(t, "list:bomb=20")})
	srv := httptest.NewServer(s)
	defer srv.Close()
	req, err := http.NewRequest("GET", srv.URL+"/v2/trackings/get", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Trackingmore-Api-Key", "key")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	n, err := io.Copy(io.Discard, resp.Body)
	if err != nil || n != 20<<20 || !resp.Uncompressed {
		t.Errorf("%d bytes, packed %v, %v; want 20 MiB, packed", n, resp.Uncompressed, err)
	}
}

// TestRefusedItem: an item that is refused is refused by every call that names it.
func TestRefusedItem(t *testing.T) {
	s := newServer(t, sandbox.Options{})
	if err := s.Put(sandbox.Row{Carrier: "sto", Number: "40001"}, sandbox.Row{Carrier: "sto", Number: "40002"}); err != nil {
		t.Fatal(err)
	}
	s.AddFault(parseFaults(t, "*:item=sto/40001=4018")[0])
	both := batchOf("sto", "40001", "40002")
	one := `{"tracking_number":"40001","carrier_code":"sto","update_carrier_code":"zto"}`
	for _, tt := range []struct{ method, path, body string }{
		{"PUT", "sto/40001", `{"title":"x"}`},
		{"GET", "sto/40001", ""},
		{"DELETE", "sto/40001", ""},
		{"POST", "update", one},
		{"POST", "post", one},
	} {
		if got := code(t, s, tt.method, "/v2/trackings/"+tt.path, tt.body); got != 4018 {
			t.Errorf("%s %s: code %d, want 4018", tt.method, tt.path, got)
		}
	}
	for _, path := range []string{"updatemore", "notupdate", "delete"} {
		env := ask(t, s, "POST", "/v2/trackings/"+path, both)
		if strings.Count(string(env.Data), "4018") != 1 {
			t.Errorf("%s: %s, want one item refused with 4018", path, env.Data)
		}
	}
	s.ClearFaults()
	if got := code(t, s, "GET", "/v2/trackings/sto/40001", ""); got != 200 {
		t.Errorf("after ClearFaults: code %d", got)
	}
}

// TestParseFault: what is accepted says again what was written; what is not says
// what is wrong.
func TestParseFault(t *testing.T) {
	for _, text := range []string{"batch:3:500", "batch:*:drop", "get:2+:hang", "*:html", "delete-one:599", "put:300=/x", "list:redirect=https://a:1/b?c=d", "list:*:shown=0", "list:2+:total=56", "list:total=none", "list:*:endless"} {
		f, err := sandbox.ParseFault(text)
		if err != nil || f.String() != text {
			t.Errorf("ParseFault(%q) = %q, %v", text, f, err)
		}
	}
	want := map[string]string{
		"500":                        `fault "500": it is not of the form ENDPOINT[:WHEN]:KIND, for example batch:3:500`,
		"bach:500":                   `fault "bach:500": "bach" is not the name of a call`,
		"batch:0:500":                `fault "batch:0:500": "0" says no request: write 3 for the third, 3+ from the third on, * for all`,
		"batch:x:500":                `fault "batch:x:500": "x" says no request: write 3 for the third, 3+ from the third on, * for all`,
		"batch:*+:500":               `fault "batch:*+:500": "*+" says no request: write 3 for the third, 3+ from the third on, * for all`,
		"batch:3":                    `fault "batch:3": 3 is not an HTTP status from 300 to 599`,
		"batch:600":                  `fault "batch:600": 600 is not an HTTP status from 300 to 599`,
		"batch:explode":              `fault "batch:explode": "explode" is no kind of fault`,
		"batch:":                     `fault "batch:": "" is no kind of fault`,
		"batch:drop-twice":           `fault "batch:drop-twice": "twice" is no effect: applied and half are`,
		"batch:drop=1":               `fault "batch:drop=1": drop takes no argument`,
		"batch:500=":                 `fault "batch:500=": there is nothing behind the =`,
		"batch:302":                  `fault "batch:302": a redirect needs the address to go to`,
		"batch:redirect":             `fault "batch:redirect": a redirect needs the address to go to`,
		"batch:code":                 `fault "batch:code": "" is no meta code`,
		"batch:code=x":               `fault "batch:code=x": "x" is no meta code`,
		"batch:item=sto=4015":        `fault "batch:item=sto=4015": "sto" is not of the form CARRIER/NUMBER, for example sto/402934299065`,
		"batch:item=sto/40001":       `fault "batch:item=sto/40001": "" is no meta code`,
		"batch:item-half=sto/1=4015": `fault "batch:item-half=sto/1=4015": an item that is refused has no effect`,
		"batch:shown=1":              `fault "batch:shown=1": only a list has shown`,
		"list:shown=-1":              `fault "list:shown=-1": "-1" is no number of trackings`,
		"list:total=many":            `fault "list:total=many": "many" is no number of trackings`,
		"list:endless=1":             `fault "list:endless=1": endless takes no argument`,
		"list:total-half=1":          `fault "list:total-half=1": a list has no effect`,
		"batch:half-applied":         `fault "batch:half-applied": half is an effect already`,
		"batch:bomb=0":               `fault "batch:bomb=0": "0" is no number of mebibytes from 1 to 16384`,
	}
	got := make(map[string]string)
	for text := range want {
		got[text] = "no error"
		if _, err := sandbox.ParseFault(text); err != nil {
			got[text] = err.Error()
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

// TestListFaults: a list that does not show what it says there is.
func TestListFaults(t *testing.T) {
	for fault, want := range map[string]string{
		"list:shown=2":    `"total":"3","count":2`,
		"list:shown=0":    `"total":"3","count":0,"items":[]`,
		"list:total=56":   `"total":"56","count":3`,
		"list:total=none": `"limit":5,"count":3`,
		"list:endless":    `"total":"15","count":5`,
	} {
		s := newServer(t, sandbox.Options{})
		for i := range 3 {
			if err := s.Put(sandbox.Row{Carrier: "sto", Number: fmt.Sprint(40001 + i)}); err != nil {
				t.Fatal(err)
			}
		}
		f, err := sandbox.ParseFault(fault)
		if err != nil {
			t.Fatal(err)
		}
		s.AddFault(f)
		resp, err := send(s, "GET", "/v2/trackings/get?limit=5", "")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%s: %v %s, want %s", fault, err, body, want)
		}
	}
}

// TestFaultKinds: help has every kind with a sentence, and none that is not parsed.
func TestFaultKinds(t *testing.T) {
	kinds := sandbox.FaultKinds()
	if len(kinds) < 18 {
		t.Errorf("%d kinds", len(kinds))
	}
	example := strings.NewReplacer("NNN[=ARG]", "503=7", "[", "", "]", "", "CARRIER/NUMBER=NNNN", "sto/40001=4015", "NNNN", "4021", "SECONDS", "5", "URL", "/x", "MIB", "2", "shown=N", "shown=3", "total=N", "total=3")
	for _, line := range kinds {
		form, about, _ := strings.Cut(line, " ")
		if about = strings.TrimSpace(about); !strings.HasSuffix(about, ".") || len(line) > 76 {
			t.Errorf("%q is no sentence in a line of help", line)
		}
		if _, err := sandbox.ParseFault("list:" + example.Replace(form)); err != nil {
			t.Error(err)
		}
	}
}

// TestLatency: every answer takes as long as it shall, also one that fails, and what
// was asked for is done by then.
func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, err := sandbox.ParseLatency("200ms-1s")
		if err != nil {
			t.Fatal(err)
		}
		s := newServer(t, sandbox.Options{Now: time.Now, Latency: l, Faults: parseFaults(t, "get:1:500")})
		for _, url := range []string{"/v2/trackings/sto/40001", "/v2/trackings/sto/40001", "/v2/nowhere", "/v4/trackings/get"} {
			start := time.Now()
			if _, err := send(s, "GET", url, ""); err != nil {
				t.Error(err)
			}
			if took := time.Since(start); took < l.Min || took > l.Max {
				t.Errorf("%s took %s, want %v", url, took, l)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, "POST", "http://sandbox.invalid/v2/trackings/batch", strings.NewReader(batchOf("sto", "40001")))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Trackingmore-Api-Key", "key")
		if _, err := s.Transport().RoundTrip(req); !errors.Is(err, context.DeadlineExceeded) || len(s.Rows()) != 1 {
			t.Errorf("%v with %d rows, want the deadline, and the one row", err, len(s.Rows()))
		}
	})
	for _, text := range []string{"", "1", "-1s", "1s-", "2s-1s", "6m", "1s-2s-3s"} {
		if l, err := sandbox.ParseLatency(text); err == nil {
			t.Errorf("ParseLatency(%q) = %v", text, l)
		}
	}
}

func FuzzParseFault(f *testing.F) {
	for _, text := range []string{"batch:3:500", "*:*:drop-half", "list:2+:429-http=120", "put:item=sto/40001=4015", "get:redirect=http://x:1/"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := sandbox.ParseFault(text)
		switch {
		case err == nil && fault.String() != text:
			t.Errorf("ParseFault(%q).String() = %q", text, fault)
		case err != nil && fault != sandbox.Fault{}:
			t.Errorf("ParseFault(%q) = %v and an error", text, fault)
		}
	})
}
