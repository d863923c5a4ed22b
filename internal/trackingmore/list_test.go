package trackingmore_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"pgregory.net/rapid"
)

// account is a list that may change, and lie, between two requests.
type account struct {
	keys     []tracking.Key
	clamp    int                        // the most that one page of the whole list holds, whatever is asked
	before   func(n int)                // called before request n, from 1
	hide     func(req query) bool       // whether to answer as if nothing were there
	bare     bool                       // whether nothing is an empty list with a total, instead of 4031
	total    func(n int) string         // JSON of total, if not the number of matches
	counted  string                     // the data of getstatusnumber, "" if the service does not tell
	created  map[tracking.Key]time.Time // if not long ago
	date     func(n int) string         // the Date header, if there is one
	requests []query
}

// query is what a request asked for: a page, numbers, or a count.
type query struct {
	page    int
	numbers []string
	count   bool
	pin     string // created_at_max
}

func (a *account) RoundTrip(req *http.Request) (*http.Response, error) {
	v := req.URL.Query()
	q := query{pin: v.Get("created_at_max")}
	q.page, _ = strconv.Atoi(v.Get("page"))
	if s := v.Get("numbers"); s != "" {
		q.numbers = strings.Split(s, ",")
	}
	q.count = strings.HasSuffix(req.URL.Path, "/getstatusnumber")
	a.requests = append(a.requests, q)
	switch {
	case q.count && a.counted == "":
		return reply(200, meta(4018)), nil
	case q.count:
		return reply(200, `{"meta":{"code":200},"data":`+a.counted+`}`), nil
	}
	if a.before != nil {
		a.before(len(a.requests))
	}
	pin, err := strconv.ParseInt(q.pin, 10, 64)
	match := a.keys
	if a.created != nil || q.numbers != nil {
		match = slices.DeleteFunc(slices.Clone(match), func(k tracking.Key) bool {
			return err == nil && a.created != nil && a.created[k].Unix() > pin || q.numbers != nil && !slices.Contains(q.numbers, k.Number)
		})
	}
	limit, _ := strconv.Atoi(v.Get("limit"))
	if a.clamp > 0 && q.numbers == nil {
		limit = min(limit, a.clamp)
	}
	from := min((q.page-1)*limit, len(match))
	some := match[from:min(from+limit, len(match))]
	var header []string
	if a.date != nil {
		header = []string{"Date", a.date(len(a.requests))}
	}
	if len(some) == 0 && !a.bare || a.hide != nil && a.hide(q) {
		return reply(200, meta(4031), header...), nil
	}
	total := fmt.Sprintf("%q", strconv.Itoa(len(match)))
	if a.total != nil {
		total = a.total(len(a.requests))
	}
	var list []string
	for _, k := range some {
		list = append(list, fmt.Sprintf(`{"tracking_number":%q,"carrier_code":%q,"status":"transit"}`, k.Number, k.Carrier))
	}
	return reply(200, fmt.Sprintf(`{"meta":{"code":200},"data":{"page":%d,"limit":%d,"total":%s,"items":[%s]}}`, q.page, limit, total, strings.Join(list, ",")), header...), nil
}

// numbered makes n keys, from number 10000+from.
func numbered(from, n int) []tracking.Key {
	keys := make([]tracking.Key, n)
	for i := range keys {
		keys[i] = key("sto", strconv.Itoa(10000+from+i))
	}
	return keys
}

func keysOf(l *tracking.Listing) []tracking.Key {
	keys := make([]tracking.Key, len(l.Items))
	for i, r := range l.Items {
		keys[i] = r.Key
	}
	slices.SortFunc(keys, tracking.Key.Compare)
	return keys
}

// shape sums up the requests: "page 1, 40 numbers".
func (a *account) shape() string {
	var s []string
	for _, q := range a.requests {
		switch {
		case q.count:
			s = append(s, "count")
		case q.numbers == nil:
			s = append(s, fmt.Sprintf("page %d", q.page))
		default:
			s = append(s, fmt.Sprintf("%d numbers", len(q.numbers)))
		}
	}
	return strings.Join(s, ", ")
}

func TestListModes(t *testing.T) {
	all := numbered(0, 4500)
	gone := numbered(5000, 100)
	tests := []struct {
		name    string
		account account
		o       trackingmore.ListOptions
		want    []tracking.Key
		full    bool
		shape   string
	}{
		{name: "nothing there", full: true, shape: "page 1"},
		{name: "one page", account: account{keys: all[:2000]}, want: all[:2000], full: true, shape: "page 1",
			o: trackingmore.ListOptions{Known: all[:2000]}},
		{name: "full", account: account{keys: all}, want: all, full: true, shape: "page 1, page 2, page 3",
			o: trackingmore.ListOptions{Mode: trackingmore.ModeFull, Known: all[4499:]}},
		{name: "full, some gone", account: account{keys: all}, want: all, full: true, shape: "page 1, page 2, page 3, 40 numbers, 2 numbers",
			o: trackingmore.ListOptions{Mode: trackingmore.ModeFull, Known: gone[:40], Declared: gone}},
		{name: "auto, all on the first page", account: account{keys: all}, want: all[:2000], shape: "page 1",
			o: trackingmore.ListOptions{Known: all[:1000], Declared: all[1000:2000]}},
		{name: "auto, few elsewhere", account: account{keys: all}, want: append(slices.Clone(all[:2000]), all[3000:3039]...), shape: "page 1, 39 numbers",
			o: trackingmore.ListOptions{Known: all[3000:3020], Declared: all[3010:3039]}},
		{name: "auto, as many elsewhere", account: account{keys: all}, want: all, full: true, shape: "page 1, page 2, page 3",
			o: trackingmore.ListOptions{Known: all[3000:3020], Declared: all[3000:3041]}},
		{name: "managed", account: account{keys: all}, want: all[100:150], shape: "40 numbers, 10 numbers",
			o: trackingmore.ListOptions{Mode: trackingmore.ModeManaged, Known: all[100:120], Declared: all[110:150]}},
		{name: "managed, some gone", account: account{keys: all}, want: all[100:120], shape: "40 numbers, 20 numbers, 31 numbers",
			o: trackingmore.ListOptions{Mode: trackingmore.ModeManaged, Known: append(slices.Clone(all[100:120]), gone[:30]...), Declared: gone[30:40]}},
		{name: "managed, all gone", account: account{keys: all}, shape: "3 numbers, 3 numbers",
			o: trackingmore.ListOptions{Mode: trackingmore.ModeManaged, Known: gone[:3]}},
		{name: "managed, in any order", account: account{keys: all}, want: all[100:103], shape: "3 numbers",
			o: trackingmore.ListOptions{Mode: trackingmore.ModeManaged, Known: []tracking.Key{all[102], all[100], all[101]}}},
		{name: "managed, nothing asked", account: account{keys: all}, o: trackingmore.ListOptions{Mode: trackingmore.ModeManaged}},
		{name: "empty account, known gone", full: true, shape: "page 1, count, 40 numbers, 5 numbers", account: account{counted: `{"pending":0,"transit":0}`},
			o: trackingmore.ListOptions{Known: gone[:45]}},
		{name: "empty account, and the service does not count", full: true, shape: "page 1, count, 40 numbers, 5 numbers",
			o: trackingmore.ListOptions{Known: gone[:45]}},
		{name: "clamped", account: account{keys: all[:250], clamp: 100}, want: all[:250], full: true, shape: "page 1, page 2, page 3", o: trackingmore.ListOptions{Mode: trackingmore.ModeFull}},
		{name: "no total", account: account{keys: all[:2000], total: func(int) string { return "null" }}, want: all[:2000], full: false, shape: "page 1, page 2", o: trackingmore.ListOptions{Mode: trackingmore.ModeFull}},
		{name: "total too small at first", account: account{keys: all, total: func(n int) string { return strconv.Itoa(min(2500*n, 4500)) }}, want: all, full: false, shape: "page 1, page 2, page 3", o: trackingmore.ListOptions{Mode: trackingmore.ModeFull}},
		{name: "total too large", account: account{keys: all[:2000], total: func(int) string { return "2001" }}, want: all[:2000], full: false, shape: "page 1, page 2", o: trackingmore.ListOptions{Mode: trackingmore.ModeFull}},
		{name: "total too large, and pages without items", account: account{keys: all[:2000], bare: true, total: func(int) string { return "9000" }}, want: all[:2000], full: false, shape: "page 1, page 2",
			o: trackingmore.ListOptions{Mode: trackingmore.ModeFull}},
		{name: "two carriers", account: account{keys: []tracking.Key{key("sto", "12345"), key("ups", "12345")}}, want: []tracking.Key{key("sto", "12345"), key("ups", "12345")},
			shape: "1 numbers", o: trackingmore.ListOptions{Mode: trackingmore.ModeManaged, Known: []tracking.Key{key("ups", "12345")}}},
		{name: "under another carrier", account: account{keys: []tracking.Key{key("ups", "12345")}}, want: []tracking.Key{key("ups", "12345")},
			shape: "1 numbers, 1 numbers", o: trackingmore.ListOptions{Mode: trackingmore.ModeManaged, Known: []tracking.Key{key("sto", "12345")}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, err := newClient(t, &tt.account).List(background(), tt.o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(append([]tracking.Key{}, tt.want...), keysOf(l)); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
			if l.Full != tt.full || l.Requests != len(tt.account.requests)-strings.Count(tt.account.shape(), "count") || tt.account.shape() != tt.shape {
				t.Errorf("full %v, %d requests: %s; want %v: %s", l.Full, l.Requests, tt.account.shape(), tt.full, tt.shape)
			}
		})
	}
}

func TestListProvesNothing(t *testing.T) {
	all := numbered(0, 3000)
	gone := numbered(5000, 1)
	byNumber := func(q query) bool { return q.numbers != nil }
	tests := []struct {
		name    string
		account account
		mode    trackingmore.Mode
	}{
		{"control missing", account{keys: all, hide: byNumber}, trackingmore.ModeFull},
		{"empty, but not by the count", account{counted: `{"pending":0,"transit":"7"}`}, trackingmore.ModeAuto},
		{"list without an end", account{keys: numbered(0, 20000), clamp: 100, total: func(n int) string { return strconv.Itoa(100*n + 200) }}, trackingmore.ModeFull},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := newClient(t, &tt.account).List(background(), trackingmore.ListOptions{Mode: tt.mode, Known: gone})
			if !errors.Is(err, trackingmore.ErrInconclusive) {
				t.Errorf("error %v after %s", err, tt.account.shape())
			}
			if n := len(tt.account.requests); n > 20 {
				t.Errorf("%d requests", n)
			}
		})
	}
	if _, err := newClient(t, &account{}).List(background(), trackingmore.ListOptions{Mode: "some"}); err == nil {
		t.Error("an unknown mode is no error")
	}
}

// TestListWhileItChanges deletes, adds and moves trackings between requests: what
// is there all the while is never missing, and nothing is there twice.
func TestListWhileItChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := numbered(0, rapid.IntRange(1, 60).Draw(t, "trackings"))
		known := slices.Clone(all)
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		a := &account{keys: slices.Clone(all), clamp: rapid.IntRange(1, 20).Draw(t, "clamp")}
		touched := map[tracking.Key]bool{}
		a.before = func(int) {
			switch random.IntN(4) {
			case 0: // a tracking goes, and the rest move up
				if len(a.keys) > 1 {
					i := random.IntN(len(a.keys))
					touched[a.keys[i]] = true
					a.keys = slices.Delete(a.keys, i, i+1)
				}
			case 1: // one that is not known comes in, anywhere
				a.keys = slices.Insert(a.keys, random.IntN(len(a.keys)+1), key("new", strconv.Itoa(20000+len(a.requests))))
			case 2:
				random.Shuffle(len(a.keys), func(i, j int) { a.keys[i], a.keys[j] = a.keys[j], a.keys[i] })
			}
		}
		mode := rapid.SampledFrom([]trackingmore.Mode{trackingmore.ModeAuto, trackingmore.ModeFull, trackingmore.ModeManaged}).Draw(t, "mode")
		c, err := trackingmore.New(trackingmore.Options{Dialect: trackingmore.TrackingMore(), Key: testKey, Transport: a, Lag: -1})
		if err != nil {
			t.Fatal(err)
		}
		l, err := c.List(background(), trackingmore.ListOptions{Known: known, Mode: mode})
		if errors.Is(err, trackingmore.ErrInconclusive) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		got := keysOf(l)
		if len(slices.Compact(slices.Clone(got))) != len(got) {
			t.Fatalf("twice: %v", got)
		}
		for _, k := range known {
			if _, there := slices.BinarySearchFunc(got, k, tracking.Key.Compare); !there && !touched[k] {
				t.Fatalf("%s is there, but not in the listing; %s", k, a.shape())
			}
		}
	})
}

func TestLookup(t *testing.T) {
	all := numbered(0, 100)
	gone := numbered(5000, 2)
	tests := []struct {
		name    string
		keys    []tracking.Key
		control string
		want    []tracking.Key
		shape   string
	}{
		{"nothing", nil, all[0].Number, nil, ""},
		{"without a control", all[:81], "", all[:81], "40 numbers, 40 numbers, 1 numbers"},
		{"with one", all[:40], all[99].Number, all[:40], "40 numbers"},
		{"with one of them", all[:3], all[1].Number, all[:3], "3 numbers"},
		{"some gone", []tracking.Key{gone[0], all[5], gone[1]}, all[99].Number, all[5:6], "3 numbers, 3 numbers"},
		{"some gone, the others as a control", []tracking.Key{gone[0], all[5]}, "", all[5:6], "2 numbers, 2 numbers"},
		{"under another carrier", []tracking.Key{key("ups", all[5].Number)}, "", all[5:6], "1 numbers, 1 numbers"},
		{"under any carrier", []tracking.Key{{Number: all[5].Number}}, "", all[5:6], "1 numbers"},
		{"all gone", gone, "", nil, "2 numbers, 2 numbers"},
	}
	for _, tt := range tests {
		a := &account{keys: all}
		got, err := newClient(t, a).Lookup(background(), tt.keys, tt.control)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(append([]tracking.Key{}, tt.want...), keysOf(&tracking.Listing{Items: got})); diff != "" || a.shape() != tt.shape {
			t.Errorf("%s: %s, want %s (-want +got):\n%s", tt.name, a.shape(), tt.shape, diff)
		}
	}
	if _, err := newClient(t, &account{keys: all}).Lookup(background(), gone[:1], "99998"); !errors.Is(err, trackingmore.ErrInconclusive) {
		t.Errorf("control missing: %v", err)
	}
	ignores := transport(func(*http.Request) (*http.Response, error) {
		return reply(200, `{"meta":{"code":200},"data":{"total":"5000","items":[{"tracking_number":"11111","carrier_code":"sto"}]}}`), nil
	})
	if _, err := newClient(t, ignores).Lookup(background(), gone[:1], ""); !errors.Is(err, trackingmore.ErrInconclusive) {
		t.Errorf("numbers ignored: %v", err)
	}
}
