package cli_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/sandbox"
)

const pacedParcels = `
provider "trackingmore" {
  requests_per_second = 1.9
  batch_size          = 2
  rate_limit_pause    = "1s"
}

tracking "parcel" {
  for_each        = { for i in range(6) : "k${i}" => "N${100000 + i}" }
  carrier_code    = "sto"
  tracking_number = each.value
  title           = "Parcel ${each.key}"
}
`

// tally is a sandbox that counts its answers, by HTTP status.
type tally struct {
	*sandbox.Server
	mu      sync.Mutex
	answers map[int]int
}

func (c *tally) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.Server.ServeHTTP(&tallied{w, c}, r)
}

type tallied struct {
	http.ResponseWriter
	of *tally
}

func (c *tallied) WriteHeader(status int) {
	c.of.mu.Lock()
	c.of.answers[status]++
	c.of.mu.Unlock()
	c.ResponseWriter.WriteHeader(status)
}

// TestTwoDirectories runs tmsync in two directories with one account at once, and
// again and again: the service, which holds them to its rate, refuses nothing. One
// of them is killed in between.
func TestTwoDirectories(t *testing.T) {
	srv, err := sandbox.New(sandbox.Options{Rate: 1.9, Penalty: time.Second, RealStatus: true})
	if err != nil {
		t.Fatal(err)
	}
	far := &tally{Server: srv, answers: map[int]int{}}
	web := httptest.NewServer(far)
	t.Cleanup(web.Close)
	w := &watched{Server: srv, env: append(os.Environ(), "TRACKINGMORE_API_KEY=x", "TMSYNC_ENDPOINT="+web.URL+"/v2", asProcess+"=1", cacheDir+"="+t.TempDir())}
	var all sync.WaitGroup
	for _, config := range []string{pacedParcels, strings.ReplaceAll(pacedParcels, "100000", "200000")} {
		dir := directoryWith(t, config)
		all.Go(func() {
			cmd, ended := w.start(t, dir, "plan")
			time.AfterFunc(300*time.Millisecond, func() { _ = cmd.Process.Kill() }) // it may have ended
			<-ended
			for _, args := range [][]string{{"apply", "--auto-approve"}, {"plan", "--detailed-exitcode"}} {
				if out, code := w.run(dir, args...); code != int(cli.OK) || strings.Contains(out, "429") {
					t.Errorf("%v ended with %d\n%s", args, code, out)
				}
			}
		})
	}
	all.Wait()
	if n := far.answers[http.StatusOK]; n < 12 || len(far.answers) != 1 {
		t.Errorf("answers by status: %v, want 12 at least and nothing but 200", far.answers)
	}
}
