package trackingmore_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// account4 is an account of v4, newest first, as a list of numbers.
type account4 struct {
	numbers []string
	most    int                       // trackings a page, whatever is asked for
	absent  string                    // what the service says of numbers that are not there
	before  func(a *account4, at int) // called before each request is answered
	asked   []string                  // pages and numbers that were asked for
}

func newAccount4(n int) *account4 {
	a := &account4{most: 200, absent: rows4()}
	for i := range n {
		a.numbers = append(a.numbers, fmt.Sprintf("RR%09dPH", n-i))
	}
	return a
}

func (a *account4) keys() []tracking.Key {
	var keys []tracking.Key
	for _, n := range a.numbers {
		keys = append(keys, key("phlpost", n))
	}
	return keys
}

func (a *account4) RoundTrip(req *http.Request) (*http.Response, error) {
	if a.before != nil {
		a.before(a, len(a.asked))
	}
	q := req.URL.Query()
	if numbers := q.Get("tracking_numbers"); numbers != "" {
		a.asked = append(a.asked, fmt.Sprintf("%d numbers", strings.Count(numbers, ",")+1))
		var rows []string
		for n := range strings.SplitSeq(numbers, ",") {
			if slices.Contains(a.numbers, n) {
				rows = append(rows, row4("phlpost", n, "id"+n))
			}
		}
		if len(rows) == 0 && a.absent != rows4() {
			return reply(400, a.absent), nil
		}
		return reply(200, rows4(rows...)), nil
	}
	page, _ := strconv.Atoi(q.Get("pages_amount"))
	size, _ := strconv.Atoi(q.Get("items_amount"))
	size = min(size, a.most)
	a.asked = append(a.asked, fmt.Sprintf("page %d", page))
	from := min((page-1)*size, len(a.numbers))
	var rows []string
	for _, n := range a.numbers[from:min(from+size, len(a.numbers))] {
		rows = append(rows, row4("phlpost", n, "id"+n))
	}
	return reply(200, rows4(rows...)), nil
}

// TestRequestsOfABareList: how many requests a list takes that does not say how long it
// is, and whether it is known to be whole.
func TestRequestsOfABareList(t *testing.T) {
	some := func(from, n int) func(a *account4) trackingmore.ListOptions {
		return func(a *account4) trackingmore.ListOptions {
			return trackingmore.ListOptions{Known: a.keys()[from : from+n]}
		}
	}
	everything := func(a *account4) trackingmore.ListOptions { return trackingmore.ListOptions{Known: a.keys()} }
	andNew := func(n int) func(a *account4) trackingmore.ListOptions {
		return func(a *account4) trackingmore.ListOptions {
			o := everything(a)
			for i := range n {
				o.Declared = append(o.Declared, key("phlpost", fmt.Sprintf("NEW%06d", i)))
			}
			return o
		}
	}
	for _, tt := range []struct {
		name string
		n    int
		most int
		o    func(a *account4) trackingmore.ListOptions
		want int
		full bool
	}{
		{"none", 0, 200, everything, 1, true},
		{"one", 1, 200, everything, 1, true},
		{"a page but one", 199, 200, everything, 1, true},
		{"a page", 200, 200, everything, 1, false},
		{"a page and one", 201, 200, everything, 2, true},
		{"a round number", 300, 200, everything, 2, true},
		{"ten thousand", 10_000, 200, everything, 50, false},
		{"a new one beside 150", 150, 200, andNew(1), 2, true},
		{"a new one beside 151", 151, 200, andNew(1), 1, true},
		{"a new one beside ten thousand", 10_000, 200, andNew(1), 51, true},
		{"100 new ones beside 999", 999, 200, andNew(100), 5, true},
		{"few, and the newest", 10_000, 200, some(0, 50), 1, false},
		{"few, and the oldest", 10_000, 200, some(9_950, 50), 4, false}, // two pages, two times 40 numbers
		{"half of them, and the oldest", 2_000, 200, some(1_000, 1_000), 10, false},
		{"a server that gives 100 a page", 250, 100, everything, 3, true},
		{"a server that gives 50 a page, a new one", 100, 50, andNew(1), 3, true},
		{"a server that gives 40 a page", 1_000, 40, everything, 25, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newAccount4(tt.n)
			a.most = tt.most
			o := tt.o(a)
			l, err := newClient(t, a, v4).List(background(), o)
			if err != nil {
				t.Fatal(err)
			}
			if len(a.asked) != tt.want || l.Requests != tt.want || l.Full != tt.full {
				t.Errorf("%d requests (it says %d), full %v; want %d, %v: %s", len(a.asked), l.Requests, l.Full, tt.want, tt.full, a.asked)
			}
			there := map[tracking.Key]bool{}
			for _, r := range l.Items {
				there[r.Key] = true
				if r.Ref != "id"+r.Key.Number {
					t.Errorf("the id of %s is %q", r.Key, r.Ref)
				}
			}
			for _, k := range o.Known {
				if !there[k] {
					t.Fatalf("%s is missing", k)
				}
			}
		})
	}
}

// TestBareListIsNotBelieved: nothing that is there is called gone, whatever goes on
// while the list is read; and nobody takes half a list for the whole.
func TestBareListIsNotBelieved(t *testing.T) {
	t.Run("deleted meanwhile", func(t *testing.T) {
		a := newAccount4(450)
		o := trackingmore.ListOptions{Known: a.keys()}
		a.before = func(a *account4, at int) {
			if at == 1 { // the second page begins one tracking later
				a.numbers = slices.Delete(a.numbers, 1, 2)
			}
		}
		l, err := newClient(t, a, v4).List(background(), o)
		if err != nil {
			t.Fatal(err)
		}
		if len(l.Items) != 450 { // what was deleted was there when it was read
			t.Errorf("%d trackings, want 450: %s", len(l.Items), a.asked)
		}
	})
	t.Run("the whole, while trackings are deleted", func(t *testing.T) {
		a := newAccount4(450)
		a.before = func(a *account4, at int) {
			if at == 1 {
				a.numbers = a.numbers[1:]
			}
		}
		l, err := newClient(t, a, v4).ListAll(background(), trackingmore.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var got []tracking.Key
		for _, r := range l.Items {
			got = append(got, r.Key)
		}
		if diff := cmp.Diff(a.keys(), got); diff != "" {
			t.Errorf("(-there +listed):\n%s", diff)
		}
	})
	t.Run("the whole of an account that goes on changing", func(t *testing.T) {
		a := newAccount4(450)
		a.before = func(a *account4, int int) { a.numbers = a.numbers[1:] }
		if l, err := newClient(t, a, v4).ListAll(background(), trackingmore.ListOptions{}); !errors.Is(err, trackingmore.ErrInconclusive) {
			t.Errorf("%v, %v", l, err)
		}
	})
	t.Run("the whole from a server that gives 100 a page", func(t *testing.T) {
		a := newAccount4(300)
		a.most = 100
		l, err := newClient(t, a, v4).ListAll(background(), trackingmore.ListOptions{})
		if err != nil || len(l.Items) != 300 || !l.Full {
			t.Errorf("%v of 300, %v", l, err)
		}
	})
	t.Run("an empty account", func(t *testing.T) {
		for _, absent := range []string{rows4(), error4(4102)} {
			c := newClient(t, replies(map[bool]int{true: 200, false: 400}[absent == rows4()], absent), v4)
			l, err := c.List(background(), trackingmore.ListOptions{Known: []tracking.Key{key("sto", "11111")}})
			if err != nil || len(l.Items) != 0 || !l.Full {
				t.Errorf("%s: %v, %v", absent, l, err)
			}
			if whole, err := c.ListAll(background(), trackingmore.ListOptions{}); err != nil || len(whole.Items) != 0 {
				t.Errorf("%s: %v, %v", absent, whole, err)
			}
		}
	})
	t.Run("an id that two have", func(t *testing.T) {
		body := rows4(row4("sto", "11111", "same"), row4("sto", "22222", "same"), row4("sto", "33333", "other"))
		l, err := newClient(t, replies(200, body), v4).List(background(), trackingmore.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var refs []string
		for _, r := range l.Items {
			refs = append(refs, r.Ref)
		}
		if diff := cmp.Diff([]string{"", "", "other"}, refs); diff != "" {
			t.Errorf("ids (-want +got):\n%s", diff)
		}
	})
}

// TestUnknownNumbersV4: a service says in two ways that a number is not there.
func TestUnknownNumbersV4(t *testing.T) {
	for _, absent := range []string{rows4(), error4(4102)} {
		a := newAccount4(3)
		a.absent = absent
		got, err := newClient(t, a, v4).Lookup(background(), []tracking.Key{{Number: "NOWHERE1"}, {Number: a.numbers[0]}}, a.numbers[1])
		if err != nil || len(got) != 1 || got[0].Key.Number != a.numbers[0] {
			t.Errorf("%s: %v, %v", absent, got, err)
		}
		if r, err := newClient(t, a, v4).Get(background(), key("phlpost", "NOWHERE1")); r != nil || err != nil {
			t.Errorf("%s: %v, %v", absent, r, err)
		}
	}
}

// TestOneUnknownNumber: a service that turns a whole request down because one of the
// numbers is not there is asked for each.
func TestOneUnknownNumber(t *testing.T) {
	for _, known := range []string{"", "RR000000003PH"} {
		a := newAccount4(3)
		strict := transport(func(req *http.Request) (*http.Response, error) {
			for n := range strings.SplitSeq(req.URL.Query().Get("tracking_numbers"), ",") {
				if n != "" && !slices.Contains(a.numbers, n) {
					a.asked = append(a.asked, "refused")
					return reply(400, error4(4102)), nil
				}
			}
			return a.RoundTrip(req)
		})
		keys := []tracking.Key{{Number: "NOWHERE1"}, {Number: a.numbers[1]}, {Number: a.numbers[2]}}
		got, err := newClient(t, strict, v4).Lookup(background(), keys, known)
		if err != nil || len(got) != 2 {
			t.Errorf("%v, %v after %s", got, err, a.asked)
		}
		l, err := newClient(t, strict, v4).List(background(), trackingmore.ListOptions{Mode: trackingmore.ModeManaged, Known: append(a.keys(), key("phlpost", "NOWHERE1"))})
		if err != nil || len(l.Items) != 3 {
			t.Errorf("%v, %v after %s", l, err, a.asked)
		}
	}
}

// TestRatesV4: one create at a time leaves three times a second, everything else ten
// times; the account's own limit lowers both.
func TestRatesV4(t *testing.T) {
	for _, tt := range []struct {
		rate        float64
		create, put time.Duration // between two of them, at least
	}{
		{10, time.Second / 3, time.Second / 10},
		{100, time.Second / 3, time.Second / 10},
		{5, time.Second / 3, time.Second / 5},
		{2, time.Second / 2, time.Second / 2},
		{0, 0, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, transport(func(req *http.Request) (*http.Response, error) { return reply(200, ok("[]")), nil }), v4,
				func(o *trackingmore.Options) { o.Rate = tt.rate })
			took := func(op tracking.Op) time.Duration {
				const n = 30
				start := time.Now()
				for i := range n {
					c.Send(background(), op, []tracking.Item{{Key: key("sto", fmt.Sprintf("4029342990%d", i)), Ref: "9a3f", Attrs: attrs(map[tracking.Attr]string{tracking.Title: "x"})}})
				}
				time.Sleep(time.Second) // what comes next has its first turn free
				return (time.Since(start) - time.Second) / (n - 1)
			}
			for op, want := range map[tracking.Op]time.Duration{tracking.OpCreate: tt.create, tracking.OpPut: tt.put} {
				if got := took(op); got < want || got > want*11/10 {
					t.Errorf("rate %v: a %s every %v, want %v to a tenth more", tt.rate, op, got, want)
				}
			}
		})
	}
}

// TestSpeedV4: a thousand creates at the documented rate take next to nothing more than
// their 25 requests have to; ten thousand unchanged ones take 50 requests, 5 seconds.
func TestSpeedV4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAccount4(10_000)
		rt := transport(func(req *http.Request) (*http.Response, error) {
			if req.Method == http.MethodGet {
				return a.RoundTrip(req)
			}
			return reply(200, ok(`{"success":[],"error":[]}`)), nil
		})
		c := newClient(t, rt, v4, func(o *trackingmore.Options) { o.Rate = 10 })
		start := time.Now()
		l, err := c.List(background(), trackingmore.ListOptions{Known: a.keys()})
		if err != nil || l.Requests != 50 {
			t.Fatal(l, err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("ten thousand unchanged ones took %v", took)
		}
		time.Sleep(time.Second)
		start = time.Now()
		all := make([]tracking.Item, 1000)
		for i := range all {
			all[i].Key = key("sto", fmt.Sprintf("402934%06d", i))
		}
		for some := range slices.Chunk(all, c.Service().Calls[tracking.OpCreate].Max) {
			c.Send(background(), tracking.OpCreate, some)
		}
		const floor = 24 * time.Second / 10
		if took := time.Since(start); took > floor*11/10 {
			t.Errorf("a thousand creates took %v, at best %v", took, floor)
		}
	})
}
