package s3store_test

import (
	"bytes"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/s3store"
	"github.com/tmsync/tmsync/state/shared/settings"
	"github.com/tmsync/tmsync/state/shared/storetest"
)

// wire keeps what goes over it.
type wire struct {
	mu       sync.Mutex
	next     http.Handler
	requests []*http.Request
}

func (w *wire) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	kept := r.Clone(r.Context())
	kept.Body = io.NopCloser(bytes.NewReader(body))
	w.mu.Lock()
	w.requests = append(w.requests, kept)
	w.mu.Unlock()
	w.next.ServeHTTP(out, r)
}

func (w *wire) all() []*http.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.requests
}

// last is the last request with that method.
func (w *wire) last(t *testing.T, method string) *http.Request {
	t.Helper()
	var last *http.Request
	for _, r := range w.all() {
		if r.Method == method {
			last = r
		}
	}
	if last == nil {
		t.Fatalf("no %s was sent", method)
	}
	return last
}

// TestWire looks at what is sent over TLS: other stores than AWS refuse a body in
// chunks, and one that has a trailer.
func TestWire(t *testing.T) {
	own(t)
	w := &wire{next: storetest.S3(t, "acme")}
	server := httptest.NewTLSServer(w)
	t.Cleanup(server.Close)
	c := local(server.URL)
	c.CustomCABundle = filepath.Join(t.TempDir(), "ca.pem")
	bundle := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(c.CustomCABundle, bundle, 0o600); err != nil {
		t.Fatal(err)
	}
	c.KMSKeyID = "arn:aws:kms:eu-central-1:1:key/2"
	e := open(t, c)

	version, err := e.SwapHead(t.Context(), "", []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	created := w.last(t, http.MethodPut)
	if got := created.Header.Get("If-None-Match"); got != "*" {
		t.Errorf("If-None-Match of a creation: %q", got)
	}
	if _, err = e.SwapHead(t.Context(), version, []byte(`{"n":2}`)); err != nil {
		t.Fatal(err)
	}
	if got := w.last(t, http.MethodPut).Header.Get("If-Match"); got != version {
		t.Errorf("If-Match of a replacement: %q, want %q", got, version)
	}
	if err := e.PutBlob(t.Context(), "state-1-00.jsonl.gz", 3, strings.NewReader("abc")); err != nil {
		t.Fatal(err)
	}
	for _, r := range w.all() {
		if len(r.TransferEncoding) > 0 || len(r.Trailer) > 0 || strings.Contains(r.Header.Get("Content-Encoding"), "aws-chunked") ||
			r.Header.Get("X-Amz-Trailer") != "" || strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING") || r.ContentLength < 0 {
			t.Errorf("%s %s goes out in chunks or with a trailer: %v", r.Method, r.URL, r.Header)
		}
		if r.Method == http.MethodPut && r.Header.Get("X-Amz-Server-Side-Encryption") != "aws:kms" {
			t.Errorf("%s %s is not encrypted with the key", r.Method, r.URL)
		}
	}
	c.CustomCABundle = ""
	if _, _, err := open(t, c).Head(t.Context()); err == nil {
		t.Error("a certificate that nobody has signed is taken")
	}
	c.Insecure = true
	if _, _, err := open(t, c).Head(t.Context()); err != nil {
		t.Errorf("insecure: %v", err)
	}
}

// TestRedirect sends nothing to where a store points.
func TestRedirect(t *testing.T) {
	own(t)
	elsewhere := &wire{next: http.NotFoundHandler()}
	other := httptest.NewServer(elsewhere)
	t.Cleanup(other.Close)
	server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	t.Cleanup(server.Close)
	e := open(t, local(server.URL))
	_, _, read := e.Head(t.Context())
	_, written := e.SwapHead(t.Context(), "", []byte("{}"))
	for _, err := range []error{read, written} {
		expectPermanent(t, err, "another origin")
	}
	if n := len(elsewhere.all()); n > 0 {
		t.Errorf("%d requests went to another origin", n)
	}
}

func expectPermanent(t *testing.T, err error, text string) {
	t.Helper()
	if permanent := (*shared.PermanentError)(nil); !errors.As(err, &permanent) || !strings.Contains(err.Error(), text) {
		t.Errorf("the error is %v; want one for good that says %q", err, text)
	}
	if err != nil && (strings.Contains(err.Error(), "s3-secret-for-tests") || strings.ContainsAny(err.Error(), "\r\n")) {
		t.Errorf("the error has the secret, or several lines: %q", err)
	}
}

func TestPlainHTTP(t *testing.T) {
	own(t)
	_, _, err := open(t, local("http://192.0.2.1:9000")).Head(t.Context())
	expectPermanent(t, err, "use https")
	t.Setenv("AWS_ENDPOINT_URL_S3", "http://192.0.2.1:9000")
	_, _, err = open(t, local("")).Head(t.Context())
	expectPermanent(t, err, "use https")
}

// TestUnreachable says where nobody answers, without the SDK's own matters.
func TestUnreachable(t *testing.T) {
	own(t)
	_, _, err := open(t, local("http://127.0.0.1:1")).Head(t.Context())
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") || strings.Contains(err.Error(), "RequestID") {
		t.Errorf("the error is %v", err)
	}
}

// TestRefusals says what to do about what stores say.
func TestRefusals(t *testing.T) {
	own(t)
	for _, test := range []struct {
		status    int
		code      string
		permanent bool
		says      string
	}{
		{403, "AccessDenied", true, "s3:ListBucket"},
		{403, "SignatureDoesNotMatch", true, "SignatureDoesNotMatch"},
		{404, "NoSuchBucket", true, "does not create buckets"},
		{301, "PermanentRedirect", true, "set region"},
		{400, "ExpiredToken", true, "log in again"},
		{403, "RequestTimeTooSkewed", true, "clock"},
		{501, "NotImplemented", true, "conditional writes"},
		{503, "SlowDown", false, "SlowDown"},
		{500, "InternalError", false, "InternalError"},
	} {
		t.Run(test.code, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, "<Error><Code>"+test.code+"</Code><Message>said\nso</Message></Error>")
			}))
			t.Cleanup(server.Close)
			_, err := open(t, local(server.URL)).SwapHead(t.Context(), "", []byte("{}"))
			if test.permanent {
				expectPermanent(t, err, test.says)
				return
			}
			if permanent := (*shared.PermanentError)(nil); err == nil || errors.As(err, &permanent) || errors.Is(err, shared.ErrConflict) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("the error is %v; want one that another try may change", err)
			}
		})
	}
}

// TestConflicts takes for a refusal what AWS answers where two conditional writes
// meet.
func TestConflicts(t *testing.T) {
	own(t)
	for code, status := range map[string]int{"PreconditionFailed": 412, "ConditionalRequestConflict": 409, "NoSuchKey": 404} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code></Error>")
		}))
		t.Cleanup(server.Close)
		if _, err := open(t, local(server.URL)).SwapHead(t.Context(), `"1"`, []byte("{}")); !errors.Is(err, shared.ErrConflict) {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func TestConfig(t *testing.T) {
	own(t)
	for says, change := range map[string]func(*s3store.Config){
		"no bucket":             func(c *s3store.Config) { c.Bucket = "" },
		"no key":                func(c *s3store.Config) { c.Key = "" },
		"nor end with a slash":  func(c *s3store.Config) { c.Key = "parcels/" },
		"AWS_REGION":            func(c *s3store.Config) { c.Region = "" },
		"both or neither":       func(c *s3store.Config) { c.SecretKey = "" },
		"custom_ca_bundle":      func(c *s3store.Config) { c.CustomCABundle = "none.pem" },
		"IPv4 or IPv6":          func(c *s3store.Config) { c.MetadataEndpointMode = "IPv5" },
		"assume_role of the s3": func(c *s3store.Config) { c.AssumeRole = &settings.Role{} },
	} {
		c := local("")
		change(&c)
		if _, err := s3store.Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("the error is %v; want one that says %q", err, says)
		}
	}
	if e := open(t, local("")); e.Name() != "s3://acme/parcels" {
		t.Errorf("the state is named %s", e.Name())
	}
}
