package cli_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tmsync/tmsync/internal/cli"
)

// serveSandbox runs the command on a free port until the test ends, and returns its
// address.
func serveSandbox(t *testing.T, args ...string) string {
	t.Helper()
	out, in := io.Pipe()
	var errs bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan cli.ExitCode, 1)
	go func() {
		ended <- cli.Run(ctx, cli.Env{
			Stdin: strings.NewReader(""), Stdout: in, Stderr: &errs, Environ: map[string]string{}, Dir: t.TempDir(), Now: time.Now,
		}, append([]string{"sandbox", "--listen", "127.0.0.1:0"}, args...))
		_ = in.Close()
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-ended; code != cli.OK {
			t.Errorf("the sandbox ended with %d: %s", code, &errs)
		}
	})
	line := make([]byte, 400)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err, &errs)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	_, address, _ := strings.Cut(string(line[:n]), "http://")
	address, _, _ = strings.Cut(address, "/")
	return "http://" + address
}

// fetch sends a request with a key of every version, and returns the answer.
func fetch(t *testing.T, method, url, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Trackingmore-Api-Key", "key")
	req.Header.Set("Tracking-Api-Key", "key")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The flags of the sandbox reach it: no credits are none, and what is open is
// answered as given.
func TestSandboxFlags(t *testing.T) {
	at := serveSandbox(t, "--credits", "0", "--latency", "0s-2ms", "--v2", "no-credit=read", "--v4", "unknown=empty,dead-id=404")
	if got, want := fetch(t, "GET", at+"/v2/trackings/getuserinfo", ""), `"track_number":0`; !strings.Contains(got, want) {
		t.Errorf("--credits 0: %s, want %s", got, want)
	}
	if got, want := fetch(t, "GET", at+"/v2/trackings/get", ""), `"code":4021`; !strings.Contains(got, want) {
		t.Errorf("--v2 no-credit=read: %s, want %s", got, want)
	}
	for request, want := range map[string]string{
		"GET /v4/trackings/get?tracking_numbers=40001":                 `{"meta":{"code":200,`,
		"DELETE /v4/trackings/delete/0123456789abcdef0123456789abcdef": `{"meta":{"code":404,`,
	} {
		method, path, _ := strings.Cut(request, " ")
		if got := fetch(t, method, at+path, ""); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", request, got, want)
		}
	}
	var errs bytes.Buffer
	env := cli.Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: &errs, Environ: map[string]string{}, Dir: t.TempDir(), Now: time.Now}
	for _, tt := range []struct{ args, want string }{
		{"--v2 put=half", "put is one of echo, row"},
		{"--latency 1x", "such as 200ms"},
		{"--fault batch:explode", `"explode" is no kind of fault`},
	} {
		errs.Reset()
		if code := cli.Run(t.Context(), env, append([]string{"sandbox"}, strings.Fields(tt.args)...)); code != cli.Failure || !strings.Contains(errs.String(), tt.want) {
			t.Errorf("%s: %d %s", tt.args, code, &errs)
		}
	}
}
