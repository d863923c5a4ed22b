//go:build unix

package cli_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/gear/answer"
	"github.com/tmsync/tmsync/internal/gear/exhaustive"
	"github.com/tmsync/tmsync/internal/sandbox"
)

// What no answer of a service may make of one run.
const (
	longestRun   = 10 * time.Second
	largestRun   = 512 << 10 // KiB of memory
	loudestRun   = 100_000   // bytes of output
	serviceKey   = "00000000-test-4key-8000-bbbbbbbbbbbb"
	serviceEmail = "canary-mail@example.org"
	servicePhone = "+4915550001111"
)

// TIMEOUT is replaced by patience.
const twoParcels = `
provider "trackingmore" {
  requests_per_second = 0
  timeout             = "TIMEOUT"
}

tracking "one" {
  carrier_code    = "sto"
  tracking_number = "11111"
  title           = "One"
  customer_email  = "` + serviceEmail + `"
}

tracking "two" {
  carrier_code    = "ups"
  tracking_number = "22222"
  title           = "Two"
  customer_phone  = "` + servicePhone + `"
}
`

// What a plan makes of an answer that is given to each of its requests: an error,
// but for these.
var plansAllTheSame = map[string]bool{
	"27-counters": true, "28-mixed": true, "67-array": true, "67-big-skip": true, "71-code-text": true,
	"72-total-array": true, "72-total-number": true, "72-total-too-many": true, "72-total-zero": true, "74-types": true, "75-long-title": true,
	"78-invalid-utf8": true, "78-nul": true, "81-cookies": true, "83-charset-quoted": true,
}

// What an apply makes of an answer that is given to its write, after the service
// has done it: it is read back and proven, but for these.
var appliesInPart = map[string]cli.ExitCode{
	"22-too-many": cli.Partial, "23-too-many-in-meta": cli.Partial, // taken for what they say: not looked at
	"80-forbidden": cli.Partial,
	// 4012 and 4014 are refusals for good.
	"75-messages": cli.Refused, "79-echo": cli.Refused, "79-long-message": cli.Refused,
}

// traced has a run log all that it does.
var traced = []string{"TMSYNC_LOG=trace"}

// child is one run of the program as a process of its own.
type child struct {
	code   int
	out    string
	took   time.Duration // of the processors
	memory int64         // KiB; 0 where the system does not tell
}

// runChild runs the program in a directory against an endpoint, and takes the time
// that the processors have worked: that of a machine on which much goes on says
// nothing. A run that hangs is killed.
func runChild(t *testing.T, dir, endpoint string, env []string, args ...string) child {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 6*longestRun)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Dir = dir
	peak := filepath.Join(t.TempDir(), "peak")
	cmd.Env = append([]string{asProcess + "=1", peakFile + "=" + peak, "TRACKINGMORE_API_KEY=" + serviceKey, "TMSYNC_ENDPOINT=" + endpoint}, env...)
	start := time.Now()
	out, err := cmd.CombinedOutput()
	switch exit := (*exec.ExitError)(nil); {
	case ctx.Err() != nil:
		t.Errorf("%v was killed after %v", args, time.Since(start))
	case err != nil && !errors.As(err, &exit):
		t.Error(err)
		return child{}
	}
	state := cmd.ProcessState
	c := child{code: state.ExitCode(), out: string(out), took: state.UserTime() + state.SystemTime()}
	if runtime.GOOS == "linux" {
		text, err := os.ReadFile(peak)
		if c.memory, _ = strconv.ParseInt(string(text), 10, 64); err != nil || c.memory == 0 {
			t.Errorf("%v tells no memory: %q, %v", args, text, err)
		}
	}
	return c
}

// check is what is wrong with a run, whatever it was given.
func (c child) check(t *testing.T, name string) {
	t.Helper()
	t.Logf("%s: %v, %d MiB", name, c.took.Round(10*time.Millisecond), c.memory>>10)
	switch {
	case c.took > longestRun:
		t.Errorf("%s: took %v\n%.2000s", name, c.took, c.out)
	case c.memory > largestRun:
		t.Errorf("%s: took %d KiB of memory", name, c.memory)
	case len(c.out) > loudestRun || !utf8.ValidString(c.out):
		t.Errorf("%s: %d bytes of output, valid UTF-8: %v", name, len(c.out), utf8.ValidString(c.out))
	}
	for _, r := range c.out {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			t.Errorf("%s: %U reaches the terminal\n%.2000q", name, r, c.out)
			break
		}
	}
	for _, never := range []string{"panic:", "goroutine ", "fatal error", serviceKey, strings.ToUpper(serviceKey), serviceEmail, servicePhone} {
		if strings.Contains(c.out, never) {
			t.Errorf("%s: the output has %q\n%.2000s", name, never, c.out)
		}
	}
	if command.MatchString(c.out) {
		t.Errorf("%s: the output has a command for a CI system\n%.2000s", name, c.out)
	}
}

var command = regexp.MustCompile(`(?m)^\s*::|##\[|##vso\[`)

// hostileFar is a sandbox in front of which another handler answers the requests
// of one kind, or of every kind.
type hostileFar struct {
	*sandbox.Server
	web    *httptest.Server
	answer http.Handler
	writes bool // only writes are answered so, when the sandbox has done them
	off    atomic.Bool
}

func newHostileFar(t *testing.T, name string, writes bool) *hostileFar {
	t.Helper()
	srv, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("..", "trackingmore", "testdata", "hostile", name+".http"))
	if err != nil {
		t.Fatal(err)
	}
	f := &hostileFar{Server: srv, writes: writes, answer: answer.Render(string(text), map[string]string{
		"key": serviceKey, "KEY": strings.ToUpper(serviceKey), "email": serviceEmail, "phone": servicePhone, "evil": "evil.example.org",
	})}
	f.web = httptest.NewServer(f)
	t.Cleanup(f.web.Close)
	return f
}

func (f *hostileFar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case f.off.Load(), f.writes && r.Method == http.MethodGet:
		f.Server.ServeHTTP(w, r)
	case f.writes:
		f.Server.ServeHTTP(httptest.NewRecorder(), r)
		fallthrough
	default:
		f.answer.ServeHTTP(w, r)
	}
}

// TestBadAnswers returns each of the answers in internal/trackingmore/testdata/hostile
// to the program: to all that a plan asks, and to what an apply writes.
func TestBadAnswers(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "trackingmore", "testdata", "hostile", "*.http"))
	if err != nil || len(files) == 0 {
		t.Fatal("there are no answers", err)
	}
	var wg sync.WaitGroup
	light, large := make(chan struct{}, 24), make(chan struct{}, 3) // most of them wait for another attempt
	for i, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".http")
		atOnce := light
		if strings.HasPrefix(name, "67-") {
			atOnce = large
		}
		_, inPart := appliesInPart[name]
		toWrite := i%2 == 1 && !plansAllTheSame[name] || inPart // in the core; whole, each is returned to both
		for _, do := range []struct {
			run func(*testing.T, string)
			yes bool
		}{{badPlan, exhaustive.Or(true, !toWrite)}, {badWrite, exhaustive.Or(true, toWrite)}} {
			if !do.yes {
				continue
			}
			wg.Go(func() {
				atOnce <- struct{}{}
				defer func() { <-atOnce }()
				do.run(t, name)
			})
		}
	}
	wg.Wait()
}

// patience returns twoParcels with a long timeout where the answer has to be read
// to its end, however busy the machine is, else with a short one: some never end.
func patience(long bool) string {
	timeout := "2s"
	if long {
		timeout = "30s"
	}
	return strings.Replace(twoParcels, "TIMEOUT", timeout, 1)
}

func badPlan(t *testing.T, name string) {
	want := cli.Failure
	if plansAllTheSame[name] {
		want = cli.OK
	}
	dir, far := directoryWith(t, patience(want == cli.OK)), newHostileFar(t, name, false)
	got := runChild(t, dir, far.web.URL+"/v2", traced, "plan")
	got.check(t, name+": plan")
	if got.code != int(want) {
		t.Errorf("%s: plan ended with %d, want %d\n%.3000s", name, got.code, want, got.out)
	}
}

// badWrite has a write answered so. What is done is done, and what is not proven
// is not claimed: the next run finds out, and nothing is created twice.
func badWrite(t *testing.T, name string) {
	want := appliesInPart[name] // else OK
	dir, far := directoryWith(t, patience(want != cli.OK)), newHostileFar(t, name, true)
	got := runChild(t, dir, far.web.URL+"/v2", traced, "apply", "--auto-approve")
	got.check(t, name+": apply")
	if got.code != int(want) {
		t.Errorf("%s: apply ended with %d, want %d\n%.3000s", name, got.code, want, got.out)
	}
	far.off.Store(true)
	environ := map[string]string{"TRACKINGMORE_API_KEY": serviceKey, "TMSYNC_ENDPOINT": far.web.URL + "/v2"}
	for _, args := range [][]string{{"apply", "--auto-approve"}, {"plan", "--detailed-exitcode"}} {
		var out bytes.Buffer
		if code := run(dir, environ, 0, &out, &out, args); code != cli.OK {
			t.Errorf("%s: %s afterwards ended with %d\n%.3000s", name, args, code, &out)
		}
	}
	for key, n := range far.Creations() {
		if n != 1 {
			t.Errorf("%s: %v was created %d times", name, key, n)
		}
	}
	if n := len(far.Rows()); n != 2 {
		t.Errorf("%s: the service has %d trackings, want 2", name, n)
	}
}

// authority signs certificates; its own is in file.
type authority struct {
	file string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{file: filepath.Join(t.TempDir(), "ca.pem")}
	a.cert = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der := a.sign(t, a.cert)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der.Certificate[0]})
	if err := os.WriteFile(a.file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	a.key = der.PrivateKey.(*ecdsa.PrivateKey)
	return a
}

// sign makes a certificate, which signs itself if there is no authority yet.
func (a *authority) sign(t *testing.T, template *x509.Certificate) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, signer := a.cert, a.key
	if signer == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// A server that is not who it should be is told nothing, and there is no way
// around the check: no second look, no plain http.
func TestUntrustedServices(t *testing.T) {
	t.Parallel()
	ca, stranger := newAuthority(t), newAuthority(t)
	leaf := func(names ...string) *x509.Certificate {
		c := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: names}
		if len(names) == 0 {
			c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
		}
		return c
	}
	expired := leaf()
	expired.NotBefore, expired.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
	for name, tt := range map[string]struct {
		cert  tls.Certificate
		most  uint16 // TLS version
		plain bool
		want  cli.ExitCode
		words string
	}{
		"trusted":         {cert: ca.sign(t, leaf()), want: cli.OK, words: "Plan: 2 to create"},
		"another signer":  {cert: stranger.sign(t, leaf()), want: cli.Failure, words: "unknown authority"},
		"expired":         {cert: ca.sign(t, expired), want: cli.Failure, words: "expired"},
		"another name":    {cert: ca.sign(t, leaf("api.example.org")), want: cli.Failure, words: "cannot validate certificate for 127.0.0.1"},
		"TLS 1.1":         {cert: ca.sign(t, leaf()), most: tls.VersionTLS11, want: cli.Failure, words: "protocol version"},
		"no TLS, but 443": {plain: true, want: cli.Failure, words: "HTTP response to HTTPS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv, err := sandbox.New(sandbox.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var arrived atomic.Int32
			web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				arrived.Add(1)
				srv.ServeHTTP(w, r)
			}))
			web.Config.ErrorLog = log.New(io.Discard, "", 0)
			web.TLS = &tls.Config{Certificates: []tls.Certificate{tt.cert}, MaxVersion: tt.most, MinVersion: tls.VersionTLS10}
			if tt.plain {
				web.Start()
			} else {
				web.StartTLS()
			}
			t.Cleanup(web.Close)
			_, host, _ := strings.Cut(web.URL, "://")
			got := runChild(t, directoryWith(t, patience(false)), "https://"+host+"/v2", append([]string{"SSL_CERT_FILE=" + ca.file, "SSL_CERT_DIR=" + filepath.Dir(ca.file)}, traced...), "plan")
			got.check(t, name)
			if got.code != int(tt.want) || !strings.Contains(strings.Join(strings.Fields(got.out), " "), tt.words) {
				t.Errorf("ended with %d, want %d and %q\n%s", got.code, tt.want, tt.words, got.out)
			}
			if tt.want != cli.OK && arrived.Load() != 0 {
				t.Errorf("%d requests have arrived", arrived.Load())
			}
		})
	}
}

// A redirect is refused by the program as a whole: the other host sees nothing.
func TestRedirectedElsewhere(t *testing.T) {
	t.Parallel()
	var seen bytes.Buffer
	evil := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _ = r.Write(&seen) }))
	t.Cleanup(evil.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, strings.Replace(evil.URL, "127.0.0.1", "localhost", 1)+r.URL.Path, status)
		}))
		got := runChild(t, directoryWith(t, patience(false)), far.URL+"/v2", traced, "plan")
		far.Close()
		got.check(t, "redirect")
		if got.code != int(cli.Failure) || !strings.Contains(got.out, "redirect to") {
			t.Errorf("%d: ended with %d\n%s", status, got.code, got.out)
		}
	}
	if seen.Len() > 0 {
		t.Errorf("the other host has seen\n%s", &seen)
	}
}
