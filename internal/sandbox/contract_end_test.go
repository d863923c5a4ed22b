package sandbox_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tmsync/tmsync/internal/sandbox"
)

// dialect is what tells the two services apart (API.md §1, §6).
type dialect struct {
	endpoint string // of the live service
	version  string // the path of the endpoint
	header   string // which carries the key
	all      bool   // it has all calls
	rows     func() []row
	listing  string // the path of a list of numbers
	deletion string // the path to a tracking to delete
	statuses bool   // errors have an HTTP status of their own
}

var (
	trackingmoreDialect = dialect{"https://api.trackingmore.com/v2", "/v2", "Trackingmore-Api-Key", true, contract, "/trackings/get?limit=100&numbers=", "/trackings/", false}
	trackruDialect      = dialect{"https://api.trackru.ru/v1", "/v1", "Api-Key", false, contract, "/trackings/get?limit=100&numbers=", "/trackings/", false}
	v4Dialect           = dialect{"https://api.trackingmore.com/v4", "/v4", "Tracking-Api-Key", true, contractV4, "/trackings/get?items_amount=100&tracking_numbers=", "/trackings/delete/", true}
)

// end is a service that the contract is held against.
type end struct {
	dialect
	url, key string
	client   *http.Client
	// live: the service is a real one. It is asked once a second, not asked what is
	// dear, and free to differ where its documentation leaves something open.
	live  bool
	last  time.Time // when it was asked
	pairs []string  // names in rows, each with what it stands for
	own   []string  // the numbers of the session
}

// sandboxEnd is a sandbox behind HTTP, which has to be empty when all is over.
func sandboxEnd(t *testing.T, d dialect, opts sandbox.Options) *end {
	t.Helper()
	opts.Key = "contract"
	srv := newServer(t, opts)
	web := httptest.NewServer(srv)
	t.Cleanup(func() {
		web.Close()
		if rows := srv.Rows(); len(rows) > 0 {
			t.Errorf("left behind: %v", rows)
		}
	})
	return newEnd(t, d, web.URL+d.version, "contract")
}

// liveEnds are the versions of the service itself, where the environment has a key
// for it:
//
//	TMSYNC_LIVE_KEY       the API key of an account that may be written to
//	TMSYNC_LIVE_PROVIDER  trackingmore, if it is not given, or trackru
//	TMSYNC_LIVE_ENDPOINT  another address, which ends in the one version to ask
//
// Each costs some four credits and some fifths of one.
func liveEnds(t *testing.T) (ends []*end) {
	t.Helper()
	key := os.Getenv("TMSYNC_LIVE_KEY")
	if key == "" {
		t.Skip("TMSYNC_LIVE_KEY is not set")
	}
	versions := []dialect{trackingmoreDialect, v4Dialect}
	switch name := os.Getenv("TMSYNC_LIVE_PROVIDER"); name {
	case "", "trackingmore":
	case "trackru":
		versions = []dialect{trackruDialect}
	default:
		t.Fatalf("TMSYNC_LIVE_PROVIDER is %q: it has to be trackingmore or trackru", name)
	}
	at := os.Getenv("TMSYNC_LIVE_ENDPOINT")
	for _, d := range versions {
		if at == "" || strings.HasSuffix(at, d.version) {
			e := newEnd(t, d, cmp.Or(at, d.endpoint), key)
			e.live = true
			ends = append(ends, e)
		}
	}
	if len(ends) == 0 {
		t.Fatalf("TMSYNC_LIVE_ENDPOINT is %q: it has to end in %s", at, versions[0].version)
	}
	return ends
}

func newEnd(t *testing.T, d dialect, at, key string) *end {
	t.Helper()
	var id [6]byte
	_, _ = rand.Read(id[:]) // never fails
	name := fmt.Sprintf("TMSYNC%X", id)
	e := &end{dialect: d, url: at, key: key, client: &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}}
	for _, ending := range []string{"a", "b", "c", "z", "x!"} {
		number := name + strings.ToUpper(ending)
		e.pairs = append(e.pairs, "$"+ending[:1], number)
		e.own = append(e.own, number)
	}
	postal := fmt.Sprintf("RX%09dDE", binary.BigEndian.Uint32(id[:])%1e9)
	e.pairs = append(e.pairs, "$p", postal)
	e.own = append(e.own, postal)
	t.Cleanup(e.client.CloseIdleConnections)
	return e
}

// lag is how long reads of a live service are given to catch up with writes.
const lag = 5 * time.Second

// keep asks for all rows and holds the answers against them. However that ends,
// what was created is deleted.
func keep(t *testing.T, e *end) {
	t.Cleanup(func() { e.cleanUp(t) })
	for _, r := range e.rows() {
		t.Run(r.name, func(t *testing.T) {
			switch {
			case e.live && r.dear != "":
				t.Skip(r.dear)
			case !e.all && r.after:
				t.Skip("Trackru has no call that does this")
			case !e.all && !r.both && e.live:
				t.Skip("Trackru does not document this call")
			}
			e.ask(t, r)
		})
	}
}

func (e *end) ask(t *testing.T, r row) {
	t.Helper()
	if !e.all && !r.both {
		r.code, r.data = "404", `"none"`
	}
	wrong, surplus := e.compare(t, r)
	for range 2 {
		if !e.live || len(wrong) == 0 || !strings.HasPrefix(r.request, "GET ") {
			break
		}
		time.Sleep(lag)
		wrong, surplus = e.compare(t, r)
	}
	if e.live {
		// A service may say more than it used to; the sandbox has to say why.
		for _, s := range surplus {
			t.Logf("more than is known: %s", s)
		}
		surplus = nil
	}
	for _, s := range surplus {
		wrong = append(wrong, s+" is more than is known")
	}
	if e.live && r.open {
		for _, s := range wrong {
			t.Logf("left open, and otherwise here: %s", s)
		}
		return
	}
	for _, s := range wrong {
		t.Error(s)
	}
}

func (e *end) compare(t *testing.T, r row) (wrong, surplus []string) {
	t.Helper()
	a := e.send(t.Context(), r.request, r.body, cmp.Or(r.key, e.key))
	if a.err != nil {
		t.Fatal(a.err)
	}
	if e.live && a.code == 4018 {
		t.Skip("the account does not have this activated")
	}
	wrong, surplus = shape(`{"code":"number","type?":"word","message?":"word"}`).fit(a.meta)
	if !slices.Contains(strings.Fields(r.code), strconv.Itoa(a.code)) {
		return append(wrong, fmt.Sprintf("code %d, want %s: %s", a.code, r.code, a.meta)), surplus
	}
	if !e.mayHave(a) {
		wrong = append(wrong, fmt.Sprintf("HTTP status %d with code %d", a.status, a.code))
	}
	if id := firstID.FindSubmatch(a.data); r.keeps != "" && id != nil {
		e.pairs = append([]string{r.keeps, string(id[1])}, e.pairs...)
	}
	moreWrong, moreSurplus := shape(e.fill(string(r.data))).fit(a.data)
	return append(wrong, moreWrong...), append(surplus, moreSurplus...)
}

// firstID finds the id of the first tracking in an answer.
var firstID = regexp.MustCompile(`"id":"([0-9a-f]{32})"`)

// mayHave reports whether an answer's HTTP status may come with its code (§1, §9).
func (e *end) mayHave(a reply) bool {
	switch {
	case a.status == http.StatusOK:
		return !e.statuses || a.code == http.StatusOK
	case e.statuses && a.code >= 4000:
		return a.status == http.StatusBadRequest
	case e.statuses:
		return a.status == a.code
	}
	return e.live && a.status/100 == 4
}

// fill puts into a text what the names in it stand for.
func (e *end) fill(text string) string { return strings.NewReplacer(e.pairs...).Replace(text) }

// reply is an answer, or why there is none of the service's.
type reply struct {
	status, code int
	meta, data   json.RawMessage
	err          error
}

// send sends one request; to a live service one a second, and once more after the
// pause when something else has used up the account's rate (§4).
func (e *end) send(ctx context.Context, request, body, key string) reply {
	const interval, pause = 1100 * time.Millisecond, 2 * time.Minute
	if !e.live {
		return e.exchange(ctx, request, body, key)
	}
	time.Sleep(time.Until(e.last.Add(interval)))
	a := e.exchange(ctx, request, body, key)
	if a.code == http.StatusTooManyRequests {
		time.Sleep(pause)
		a = e.exchange(ctx, request, body, key)
	}
	e.last = time.Now()
	return a
}

func (e *end) exchange(ctx context.Context, request, body, key string) reply {
	method, path, _ := strings.Cut(e.fill(request), " ")
	req, err := http.NewRequestWithContext(ctx, method, e.url+path, strings.NewReader(e.fill(body)))
	if err != nil {
		return reply{err: err}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(e.header, key)
	resp, err := e.client.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{err: err}
	}
	var env struct{ Meta, Data json.RawMessage }
	var meta struct{ Code int }
	if err := errors.Join(json.Unmarshal(text, &env), json.Unmarshal(env.Meta, &meta)); err != nil {
		return reply{err: fmt.Errorf("%s: HTTP status %d, and the answer is none of the service's: %w", request, resp.StatusCode, err)}
	}
	return reply{status: resp.StatusCode, code: meta.Code, meta: env.Meta, data: env.Data}
}

// cleanUp deletes what the list has of the session's numbers, under whatever
// carrier, until it has none.
func (e *end) cleanUp(t *testing.T) {
	ctx := context.Background() // that of the test has ended
	for range 5 {
		listed := e.send(ctx, "GET "+e.listing+strings.Join(e.own, ","), "", e.key)
		if listed.err == nil && (listed.code == 4031 || listed.code == 4102 || string(listed.data) == "[]") {
			return
		}
		for _, key := range keysIn(listed.data) {
			if deleted := e.send(ctx, "DELETE "+e.deletion+key, "", e.key); deleted.code != 200 {
				t.Logf("deleting %s: code %d, %v", key, deleted.code, deleted.err)
			}
		}
		if e.live {
			time.Sleep(lag)
		}
	}
	t.Errorf("to be deleted by hand, if it is there: %s", strings.Join(e.own, ", "))
}

// keysIn returns the keys of the trackings on a page, as paths have them; in v4, the
// ids.
func keysIn(data json.RawMessage) []string {
	var bare []struct{ ID string }
	if json.Unmarshal(data, &bare) == nil {
		var ids []string
		for _, it := range bare {
			ids = append(ids, it.ID)
		}
		return ids
	}
	var page struct {
		Items []struct {
			Carrier string `json:"carrier_code"`
			Number  string `json:"tracking_number"`
		}
	}
	if json.Unmarshal(data, &page) != nil {
		return nil
	}
	var keys []string
	for _, it := range page.Items {
		keys = append(keys, url.PathEscape(it.Carrier)+"/"+url.PathEscape(it.Number))
	}
	return keys
}

// A session that ends in the middle leaves nothing behind.
func TestContractCleansUp(t *testing.T) {
	for _, d := range []dialect{trackingmoreDialect, trackruDialect, v4Dialect} {
		e := sandboxEnd(t, d, sandbox.Options{})
		for _, body := range []string{`{"tracking_number":"$a","carrier_code":"sto"}`, `{"tracking_number":"$a","carrier_code":"zto"}`, `{"tracking_number":"$c","carrier_code":"sto"}`} {
			request := "POST /trackings/post"
			if d.version == "/v4" {
				request, body = "POST /trackings/create", strings.ReplaceAll(body, "carrier_code", "courier_code")
			}
			if a := e.send(t.Context(), request, body, e.key); a.code != 200 {
				t.Fatalf("code %d, %v", a.code, a.err)
			}
		}
		e.cleanUp(t)
	}
}
