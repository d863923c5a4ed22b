package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tmsync/tmsync/internal/sandbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a clock that stands still until it is moved.
type clock struct{ t time.Time }

func newClock() *clock { return &clock{time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time          { return c.t }
func (c *clock) advance(d time.Duration) { c.t = c.t.Add(d) }

func newServer(t testing.TB, opts sandbox.Options) *sandbox.Server {
	t.Helper()
	if opts.Now == nil {
		opts.Now = newClock().now
	}
	s, err := sandbox.New(opts)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func parseFaults(t testing.TB, texts ...string) []sandbox.Fault {
	t.Helper()
	var faults []sandbox.Fault
	for _, text := range texts {
		f, err := sandbox.ParseFault(text)
		if err != nil {
			t.Fatalf("ParseFault: %v", err)
		}
		faults = append(faults, f)
	}
	return faults
}

// envelope is an answer as a client reads it.
type envelope struct {
	Meta struct {
		Code          int
		Type, Message string
	}
	Data json.RawMessage
}

// send sends a request to a server in memory, with the key header that the path
// asks for.
func send(s *sandbox.Server, method, path, body string) (*http.Response, error) {
	req, err := http.NewRequest(method, "http://sandbox.invalid"+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	header := "Trackingmore-Api-Key"
	switch {
	case strings.HasPrefix(path, "/v1/"):
		header = "Api-Key"
	case strings.HasPrefix(path, "/v4/"):
		header = "Tracking-Api-Key"
	}
	req.Header.Set(header, "key")
	return s.Transport().RoundTrip(req)
}

// ask sends a request that has to be answered with an envelope.
func ask(t testing.TB, s *sandbox.Server, method, path, body string) envelope {
	t.Helper()
	resp, err := send(s, method, path, body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return readEnvelope(t, resp)
}

func readEnvelope(t testing.TB, resp *http.Response) envelope {
	t.Helper()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("reading the answer: %v", err)
	}
	var env envelope
	if err := json.Unmarshal(text, &env); err != nil {
		t.Fatalf("answer %q: %v", text, err)
	}
	return env
}

// code sends a request and gives the meta code of the answer.
func code(t testing.TB, s *sandbox.Server, method, path, body string) int {
	t.Helper()
	return ask(t, s, method, path, body).Meta.Code
}

// listed is the part of a list that tests look at.
type listed struct {
	Page, Limit, Count int
	Total              string
	Items              []struct {
		ID      string
		Carrier string `json:"carrier_code"`
		Number  string `json:"tracking_number"`
		Title   string
		Status  string
		Created string `json:"created_at"`
	}
}

func (l listed) numbers() string {
	var numbers []string
	for _, i := range l.Items {
		numbers = append(numbers, i.Number)
	}
	return strings.Join(numbers, " ")
}

// list reads a page; query is without the "?".
func list(t testing.TB, s *sandbox.Server, query string) listed {
	t.Helper()
	env := ask(t, s, "GET", "/v2/trackings/get?"+query, "")
	var l listed
	switch env.Meta.Code {
	case 4031:
	case 200:
		if err := json.Unmarshal(env.Data, &l); err != nil {
			t.Fatalf("list: %v", err)
		}
	default:
		t.Fatalf("list?%s: code %d", query, env.Meta.Code)
	}
	return l
}

// batchOf is the body of a batch of some numbers with one carrier.
func batchOf(carrier string, numbers ...string) string {
	var b bytes.Buffer
	for i, n := range numbers {
		fmt.Fprintf(&b, `,{"tracking_number":%q,"carrier_code":%q,"title":"T%d","auto_correct":1}`, n, carrier, i)
	}
	return "[" + strings.TrimPrefix(b.String(), ",") + "]"
}

// numbers makes n numbers that begin alike.
func numbers(prefix string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%s%05d", prefix, i)
	}
	return out
}
