package trackingmore_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testKey = "00000000-test-4key-8000-aaaaaaaaaaaa"

// transport answers requests in memory; it reports nothing to httptrace.
type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) { return t(req) }

// reply makes an answer.
func reply(status int, body string, header ...string) *http.Response {
	resp := &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(len(body)),
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   io.NopCloser(strings.NewReader(body)),
	}
	for i := 0; i+1 < len(header); i += 2 {
		resp.Header.Set(header[i], header[i+1])
	}
	return resp
}

// replies answers with the same body every time.
func replies(status int, body string, header ...string) transport {
	return func(*http.Request) (*http.Response, error) { return reply(status, body, header...), nil }
}

// inTurn answers one request after the other, and the last for ever.
func inTurn(steps ...transport) transport {
	var mu sync.Mutex
	return func(req *http.Request) (*http.Response, error) {
		mu.Lock()
		step := steps[0]
		if len(steps) > 1 {
			steps = steps[1:]
		}
		mu.Unlock()
		return step(req)
	}
}

func fails(err error) transport {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// meta is an answer with a code and no data.
func meta(code int) string {
	return fmt.Sprintf(`{"meta":{"code":%d,"type":"T","message":"words"},"data":[]}`, code)
}

func newClient(t testing.TB, rt http.RoundTripper, change ...func(*trackingmore.Options)) *trackingmore.Client {
	t.Helper()
	o := trackingmore.Options{Dialect: trackingmore.TrackingMore(), Key: testKey, Transport: rt, Lag: -1}
	for _, f := range change {
		f(&o)
	}
	c, err := trackingmore.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func key(carrier, number string) tracking.Key { return tracking.Key{Carrier: carrier, Number: number} }

func items(keys ...tracking.Key) []tracking.Item {
	out := make([]tracking.Item, len(keys))
	for i, k := range keys {
		out[i].Key = k
	}
	return out
}

func attrs(m map[tracking.Attr]string) tracking.Attrs { return tracking.AttrsOf(m) }

func background() context.Context { return context.Background() }

func testFile(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// dump writes a request as it would look on the wire, but for the right key.
func dump(t testing.TB, req *http.Request) []byte {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s\n", req.Method, req.URL)
	header := req.Header.Clone()
	for _, name := range []string{"Trackingmore-Api-Key", "Tracking-Api-Key", "Api-Key"} {
		if header.Get(name) == testKey {
			header.Set(name, "(the key)")
		}
	}
	if err := header.Write(&b); err != nil {
		t.Fatal(err)
	}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\n%s\n", body)
	}
	return bytes.ReplaceAll(b.Bytes(), []byte("\r\n"), []byte("\n"))
}

func contextThatEnds() (context.Context, context.CancelFunc) {
	return context.WithCancel(context.Background())
}

// oneNumber has List send one request.
var oneNumber = trackingmore.ListOptions{
	Mode: trackingmore.ModeManaged, Declared: []tracking.Key{{Carrier: "sto", Number: "11111"}},
}
