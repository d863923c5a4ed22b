package cli_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tmsync/tmsync/internal/sandbox"
)

// unasked is a service that says more than it was asked: behind each answer comes
// another one, with a customer in it, which the HTTP library would like to log.
type unasked struct {
	t   *testing.T
	srv *sandbox.Server
}

func (u unasked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := httptest.NewRecorder()
	u.srv.ServeHTTP(answer, r)
	conn, stream, err := w.(http.Hijacker).Hijack()
	if err != nil {
		u.t.Error(err)
		return
	}
	u.t.Cleanup(func() { _ = conn.Close() })
	fmt.Fprintf(stream, "HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", answer.Code, answer.Body.Len(), answer.Body)
	fmt.Fprintf(stream, "HTTP/1.1 200 OK\r\nX-Customer: %s\r\nContent-Length: %d\r\n\r\n%[1]s", shopMail, len(shopMail))
	if err := stream.Flush(); err != nil {
		u.t.Error(err)
	}
	go func() { // what is asked here before the other answer has been seen is not waited for
		_, _ = conn.Read(make([]byte, 1))
		_ = conn.Close()
	}()
}

// What the libraries below tmsync would log of the service's answers is printed
// nowhere. tmsync goes on, with another connection.
func TestUnaskedAnswers(t *testing.T) {
	t.Parallel()
	srv, err := sandbox.New(sandbox.Options{Credits: 1000})
	must(t, err)
	far := httptest.NewServer(unasked{t, srv})
	t.Cleanup(far.Close)
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(severalParcels), 0o600))
	binary := built(t)
	for _, args := range [][]string{{"apply", "--auto-approve"}, {"plan", "--detailed-exitcode"}, {"account"}} {
		cmd := exec.Command(binary, args...)
		cmd.Dir, cmd.Env = dir, append(slices.Clone(os.Environ()), "TMSYNC_ENDPOINT="+far.URL+"/v2", "TRACKINGMORE_API_KEY="+shopKey)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%q ended with %v\n%s", args, err, out)
		}
		if bytes.Contains(out, []byte(shopMail)) || bytes.Contains(out, []byte("Unsolicited")) {
			t.Errorf("%q prints what nobody has asked for:\n%s", args, out)
		}
	}
	if n := len(srv.Rows()); n != 40 {
		t.Errorf("there are %d trackings, want 40", n)
	}
}
