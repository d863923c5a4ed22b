package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/sandbox"
)

var counted = flag.Int("requests", 1000, "how many trackings TestRequests counts the requests of")

// shop is a configuration whose requests are counted: one CSV row for each
// tracking, beside a service.
type shop struct {
	t        *testing.T
	dir      string
	srv      *sandbox.Server
	url      string
	received atomic.Int64 // requests, whatever they ask for
	flags    []string     // of the plan and the apply of a step
}

// parcel is one row.
type parcel struct{ number, carrier, title, phone, comment, updates string }

const shopBlock = `
provider "trackingmore" {
  requests_per_second = 0
}

safety {
  max_deletes = 2000000
}

trackings "orders" {
  csv             = "orders.csv"
  carrier_code    = row.carrier
  tracking_number = row.number
  title           = row.title
  customer_phone  = row.phone
  comment         = row.comment
  track_updates   = row.updates == "off" ? false : null
}
`

// openShop opens a shop that is new to the service.
func openShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{t: t, dir: t.TempDir()}
	var err error
	if s.srv, err = sandbox.New(sandbox.Options{Credits: unlimited}); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.received.Add(1)
		s.srv.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	s.url = web.URL + "/v2"
	s.save("main.hcl", shopBlock)
	return s
}

func (s *shop) save(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) declare(parcels []parcel) {
	s.t.Helper()
	var b strings.Builder
	b.WriteString("number,carrier,title,phone,comment,updates\n")
	for _, p := range parcels {
		fmt.Fprintf(&b, "%s,%s,%s,%s,%s,%s\n", p.number, p.carrier, p.title, p.phone, p.comment, p.updates)
	}
	s.save("orders.csv", b.String())
}

// requests runs a command and gives the requests that it sent, by endpoint.
func (s *shop) requests(args ...string) map[string]int {
	s.t.Helper()
	// As if the command before were long over: what it may have written is not
	// waited for before something counts as missing.
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(s.dir, ".tmsync", "pace"), long, long); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.t.Fatal(err)
	}
	s.srv.ResetRequests()
	s.received.Store(0)
	var stderr strings.Builder
	code := cli.Run(context.Background(), cli.Env{
		Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: &stderr, Dir: s.dir, Now: time.Now, Version: "0.1.0", PID: os.Getpid(),
		Environ: map[string]string{"TMSYNC_ENDPOINT": s.url, "TRACKINGMORE_API_KEY": "bench-key"},
	}, args)
	if code != cli.OK {
		s.t.Fatalf("tmsync %s ended with %d:\n%s", args, code, stderr.String())
	}
	counts, sum := s.srv.Requests(), 0
	for _, n := range counts {
		sum += n
	}
	if int64(sum) != s.received.Load() {
		s.t.Errorf("tmsync %s sent %d requests, of which the service knows %d", args, s.received.Load(), sum)
	}
	return counts
}

// foretold returns what the plan that was made last says that carrying it out takes.
func (s *shop) foretold() map[string]int {
	s.t.Helper()
	events, err := os.Open(filepath.Join(s.dir, "plan.json"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer events.Close()
	for dec := json.NewDecoder(events); ; {
		var event struct {
			Cost *struct {
				Requests []struct {
					Name  string
					Count int
				}
			}
		}
		if err := dec.Decode(&event); err != nil {
			s.t.Fatalf("the plan does not tell its cost: %v", err)
		}
		if event.Cost == nil {
			continue
		}
		counts := map[string]int{}
		for _, r := range event.Cost.Requests {
			counts[r.Name] = r.Count
		}
		return counts
	}
}

// step plans and applies what is declared. reads is what the plan takes, writes
// what carrying it out takes besides.
func (s *shop) step(name string, reads, writes map[string]int) {
	s.t.Helper()
	got := s.requests(append([]string{"plan", "--json-out=plan.json"}, s.flags...)...)
	if diff := cmp.Diff(reads, got); diff != "" {
		s.t.Errorf("%s: requests of the plan (-want +got):\n%s", name, diff)
	}
	if diff := cmp.Diff(writes, s.foretold()); diff != "" {
		s.t.Errorf("%s: foretold requests (-want +got):\n%s", name, diff)
	}
	all := map[string]int{}
	for _, part := range []map[string]int{reads, writes} {
		for endpoint, n := range part {
			all[endpoint] += n
		}
	}
	if diff := cmp.Diff(all, s.requests(append([]string{"apply", "--auto-approve", "--summary"}, s.flags...)...)); diff != "" {
		s.t.Errorf("%s: requests of the apply (-want +got):\n%s", name, diff)
	}
}

func per(size, n int) int { return (n + size - 1) / size }

// TestRequests counts every request of a shop's life. What is asked for is the
// least that the service allows, and exactly what the plan foretells: pages of
// 2,000, and 40 trackings in a request of every kind that takes many. What does not
// show up is asked for once more, beside one that is there.
func TestRequests(t *testing.T) {
	n := *counted
	pages := func(n int) int { return max(1, per(2000, n)) }
	s := openShop(t)
	var parcels []parcel
	for i := range n {
		parcels = append(parcels, parcel{number: fmt.Sprintf("RB%09d", i), carrier: "dhl", title: "Shoes", comment: "First"})
	}
	s.declare(parcels)
	s.step("creates", map[string]int{"list": 1, "getuserinfo": 1}, map[string]int{"batch": per(40, n)})
	s.step("nothing", map[string]int{"list": pages(n)}, map[string]int{})

	for i := range parcels[:n/4] {
		parcels[i].title = "Boots"
	}
	s.declare(parcels)
	s.step("updates", map[string]int{"list": pages(n)}, map[string]int{"updatemore": per(40, n/4)})

	for i := range parcels[:n/50] {
		parcels[i].phone = "+491701234"
	}
	s.declare(parcels)
	s.step("phones", map[string]int{"list": pages(n)}, map[string]int{"put": n / 50})

	for i := range parcels[:n/50] {
		parcels[n/2+i].carrier = "fedex"
	}
	s.declare(parcels)
	s.step("carriers", map[string]int{"list": pages(n)}, map[string]int{"update": n / 50, "list": 2 * per(40, n/50)})

	for i := range parcels[:n/8] {
		parcels[i].updates = "off"
	}
	s.declare(parcels)
	s.step("ends of updating", map[string]int{"list": pages(n)}, map[string]int{"notupdate": per(40, n/8)})

	for i := range parcels[:n/8] {
		parcels[n/4+i].comment = "Second"
	}
	s.declare(parcels)
	s.step("replacements", map[string]int{"list": pages(n), "getuserinfo": 1},
		map[string]int{"list": per(40, n/8), "delete": per(40, n/8), "batch": per(40, n/8)})

	lost := n / 100
	for _, p := range parcels[:lost] {
		if err := s.srv.Remove(sandbox.Key{Carrier: p.carrier, Number: p.number}); err != nil {
			t.Fatal(err)
		}
	}
	s.step("absences", map[string]int{"list": pages(n-lost) + per(39, lost), "getuserinfo": 1},
		map[string]int{"batch": per(40, lost), "notupdate": per(40, lost)})

	gone := n / 5
	parcels = parcels[:n-gone]
	s.declare(parcels)
	s.step("deletes", map[string]int{"list": pages(n), "getuserinfo": 1}, map[string]int{"list": per(40, gone), "delete": per(40, gone)})
	s.step("nothing at last", map[string]int{"list": pages(n - gone)}, map[string]int{})

	// A pull request takes what it changes, however many trackings there are.
	s.flags = []string{"--refresh=changed"}
	s.step("nothing asked", map[string]int{}, map[string]int{})

	parcels[n/3].title = "Slippers"
	s.declare(parcels)
	s.step("one line", map[string]int{"list": 1}, map[string]int{"put": 1})

	parcels[n/4].carrier = "fedex"
	s.declare(parcels)
	s.step("one carrier", map[string]int{"list": 1}, map[string]int{"update": 1, "list": 2})

	parcels = append(parcels[1:], parcel{number: "RB999999999", carrier: "dhl", title: "Shoes"})
	s.declare(parcels)
	s.step("one for another", map[string]int{"list": 1, "getuserinfo": 1}, map[string]int{"list": 1, "delete-one": 1, "post": 1})

	some := min(n/50, 30)
	for i := range parcels[:some] {
		parcels[i].title = "Sandals"
	}
	s.declare(parcels)
	s.step("some lines", map[string]int{"list": 1}, map[string]int{"updatemore": 1})

	for i := range parcels {
		parcels[i].title = "Clogs"
	}
	s.declare(parcels)
	s.step("every line", map[string]int{"list": pages(len(parcels))}, map[string]int{"updatemore": per(40, len(parcels))})
}
