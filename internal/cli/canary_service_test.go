package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/tracking"
)

// The service refuses, fails, and echoes what it was sent: the key and, to a write,
// the body. To a read it names an address; of what else it might name then, the
// client cannot know.
func TestCanariesEchoed(t *testing.T) {
	t.Parallel()
	type answer func(w http.ResponseWriter, r *http.Request, echo string)
	page := func(status int, header ...string) answer {
		return func(w http.ResponseWriter, _ *http.Request, echo string) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, "<html><h1>Error</h1>%s</html>", echo)
		}
	}
	meta := func(code int) answer {
		return func(w http.ResponseWriter, _ *http.Request, echo string) {
			_, _ = fmt.Fprintf(w, `{"meta":{"code":%d,"type":%q,"message":%q},"data":[]}`, code, echo, "You sent "+echo)
		}
	}
	for name, tt := range map[string]struct {
		answer answer
		undone bool         // the writes that are answered so have not been done
		write  cli.ExitCode // when only the writes are answered so
		read   cli.ExitCode // when everything is; -1 is not tried, because it takes its time
	}{
		"wrong key":    {answer: meta(4001), write: cli.Partial, read: cli.Failure},
		"401":          {answer: page(401), write: cli.Partial, read: cli.Failure},
		"forbidden":    {answer: page(403), write: cli.Partial, read: cli.Failure},
		"too many":     {answer: page(429, "Retry-After", "0"), undone: true, write: cli.Partial, read: -1},
		"500":          {answer: page(500), write: cli.OK, read: -1},
		"login page":   {answer: page(200), write: cli.OK, read: cli.Failure},
		"redirect":     {answer: page(302, "Location", "https://"+canaryKey+".example.org/?k="+canaryKey), write: cli.OK, read: cli.Failure},
		"all refused":  {answer: meta(4012), undone: true, write: cli.Refused, read: cli.Failure},
		"no credit":    {answer: meta(4021), undone: true, write: cli.NoCredits, read: cli.Failure},
		"unknown code": {answer: meta(4999), write: cli.OK, read: cli.Failure},
		"not JSON": {answer: func(w http.ResponseWriter, _ *http.Request, echo string) {
			_, _ = fmt.Fprintf(w, `{%q:1,%q:1}`, echo, echo)
		}, write: cli.OK, read: -1},
		"each refused": {answer: func(w http.ResponseWriter, _ *http.Request, echo string) {
			var list []string
			for i, code := range []int{4014, 4015, 4012, 4033} {
				list = append(list, fmt.Sprintf(`{"tracking_number":"40293429906%d","carrier_code":"sto","code":%d,"message":%q}`, 5+i, code, echo))
			}
			_, _ = fmt.Fprintf(w, `{"meta":{"code":200},"data":{"trackings":[],"errors":[%s]}}`, strings.Join(list, ","))
		}, undone: true, write: cli.Refused, read: -1},
		"timeout": {answer: func(_ http.ResponseWriter, r *http.Request, _ string) { <-r.Context().Done() }, write: cli.OK, read: -1},
		"not HTTP": {answer: func(w http.ResponseWriter, _ *http.Request, echo string) {
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_, _ = io.WriteString(conn, echo+"\r\n")
				_ = conn.Close()
			}
		}, write: cli.OK, read: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAviary(t, flock())
			a.misbehave(func(w http.ResponseWriter, r *http.Request, _ int) bool {
				if r.Method == http.MethodGet {
					return false
				}
				body, _ := io.ReadAll(r.Body) // from memory
				if r.Body = io.NopCloser(bytes.NewReader(body)); !tt.undone {
					a.srv.ServeHTTP(httptest.NewRecorder(), r)
				}
				tt.answer(w, r, canaryKey+" "+string(body))
				return true
			})
			a.run(tt.write, "apply", "--auto-approve")
			a.arrived()
			if tt.read >= 0 {
				a.misbehave(func(w http.ResponseWriter, r *http.Request, _ int) bool {
					tt.answer(w, r, canaryKey+" "+canaryValues[tracking.CustomerEmail])
					return true
				})
				a.run(tt.read, "plan")
				a.run(tt.read, "apply", "--auto-approve")
			}
			a.misbehave(nil)
			a.run(cli.OK, "apply", "--auto-approve")
			a.run(cli.OK, "plan", "--detailed-exitcode")
		})
	}
}

// The sandbox as a command keeps canaries in its own file alone.
func TestCanariesInSandbox(t *testing.T) {
	a := newAviary(t, flock())
	a.inputs["far.jsonl"] = true
	out, in := io.Pipe()
	var errs, copied bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan cli.ExitCode, 1)
	go func() {
		ended <- cli.Run(ctx, cli.Env{
			Stdin: strings.NewReader(""), Stdout: in, Stderr: &errs, Environ: map[string]string{}, Dir: a.dir, Now: time.Now,
		}, []string{"sandbox", "--listen", "127.0.0.1:0", "--data", "far.jsonl", "--key", canaryKey, "--fault", "batch:1:html-applied"})
		_ = in.Close()
	}()
	line := make([]byte, 200)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err, &errs)
	}
	copied.Write(line[:n])
	_, address, _ := strings.Cut(string(line[:n]), "http://")
	address, _, _ = strings.Cut(address, "/")
	go func() { _, _ = io.Copy(io.Discard, out) }()
	a.env["TMSYNC_ENDPOINT"] = "http://" + address + "/v2"
	a.run(cli.OK, "apply", "--auto-approve")
	a.env["TRACKINGMORE_API_KEY"] = "1" + canaryKey
	a.run(cli.Failure, "plan")
	cancel()
	if code := <-ended; code != cli.OK {
		t.Errorf("the sandbox ended with %d: %s", code, &errs)
	}
	a.inspect("sandbox", map[string][]byte{"stdout": copied.Bytes(), "stderr": errs.Bytes()})
	far, err := os.ReadFile(filepath.Join(a.dir, "far.jsonl"))
	if err != nil || len(leaks(far)) == 0 {
		t.Errorf("the service's own file holds no canary: %v", err)
	}
}

// The embedded sandbox keeps them in its own file alone, too.
func TestCanariesInEmbeddedSandbox(t *testing.T) {
	a := newAviary(t, flock())
	a.env["TMSYNC_ENDPOINT"] = "sandbox"
	a.run(cli.OK, "apply", "--auto-approve")
	a.run(cli.OK, "plan", "--detailed-exitcode")
	far, err := os.ReadFile(filepath.Join(a.dir, ".tmsync", "sandbox.jsonl"))
	if err != nil || len(leaks(far)) == 0 {
		t.Errorf("the service's own file holds no canary: %v", err)
	}
}
