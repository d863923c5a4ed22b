package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tmsync/tmsync/internal/cli"
)

// rounds ends a command after so many parcels have been shown.
type rounds struct {
	bytes.Buffer
	left int
	end  func()
}

func (r *rounds) Write(p []byte) (int, error) {
	if r.left -= strings.Count(string(p), "sto/402934299065"); r.left <= 0 {
		r.end()
	}
	return r.Buffer.Write(p)
}

// TestWatch asks again every two hours, until it is interrupted, which is how it
// ends. The sandbox refuses a parcel that it is asked for sooner.
func TestWatch(t *testing.T) {
	dir := directoryWith(t, "provider \"trackingmore\" {\n  endpoint            = \"sandbox\"\n  requests_per_second = 3\n}\n")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		out, stderr := &rounds{left: 3, end: cancel}, &bytes.Buffer{}
		env := cli.Env{
			Stdin: strings.NewReader(""), Stdout: out, Stderr: stderr, Environ: map[string]string{}, Dir: dir, Now: time.Now, Version: "0.1.0",
		}
		start := time.Now()
		args := []string{"track", "--watch", "zto/402934299066", "sto/402934299066", "zto/402934299066", "sto/402934299065"}
		if code := cli.Run(ctx, env, args); code != cli.OK || stderr.Len() > 0 {
			t.Errorf("it ended with %d, and says:\n%s", code, stderr)
		}
		if took := time.Since(start).Round(time.Minute); took != 4*time.Hour {
			t.Errorf("three rounds took %v, want 4h", took)
		}
		for _, want := range []string{"2000-01-01 00:00 UTC\n", "2000-01-01 02:00 UTC\n", "2000-01-01 04:00 UTC\n"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("the output lacks %q:\n%s", want, out)
			}
		}
		if shown := strings.Count(out.String(), "zto/402934299066  "); shown != 3 {
			t.Errorf("a parcel that was named twice is shown %d times in three rounds", shown)
		}
	})
}

// What carriers write cannot steer a terminal, which shows colours of our own
// only, and does not tell who has signed for a parcel.
func TestTrackOnTerminal(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"meta":{"code":200},"data":{"items":[{"tracking_number":"402934299065","carrier_code":"sto","status":"\u001b[2Jgone","origin_info":{"trackinfo":[`+
			`{"Date":"2021-01-02 10:00\n","checkpoint_status":"delivered\u202e","StatusDescription":"Signed by Sandy Example\u0007","Details":"::stop-commands::x"}]}}]}}`)
	}))
	defer web.Close()
	dir := directoryWith(t, `
provider "trackingmore" {
  requests_per_second = 0
}
tracking "parcel" {
  carrier_code    = "sto"
  tracking_number = "402934299065"
  customer_name   = "Sandy Example"
}
`)
	environ := map[string]string{"TMSYNC_ENDPOINT": web.URL, "TRACKINGMORE_API_KEY": "test"}
	for _, args := range [][]string{{"track", "tracking.parcel"}, {"track", "--json", "sto/402934299065"}} {
		var stdout, stderr bytes.Buffer
		if code := run(dir, environ, 80, &stdout, &stderr, args); code != cli.OK {
			t.Fatalf("%v ended with %d:\n%s", args, code, &stderr)
		}
		text := strings.NewReplacer("\x1b[1mtracking.parcel", "tracking.parcel", "402934299065\x1b[0m", "402934299065").Replace(stdout.String())
		if !strings.Contains(text, "Signed by (redacted)") || strings.Contains(text, "Sandy") {
			t.Errorf("%v tells who has signed:\n%s", args, text)
		}
		if i := strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\n' || r == '\u202e' }); i >= 0 {
			t.Errorf("%v lets %q through:\n%q", args, text[i:i+1], text)
		}
	}
}
