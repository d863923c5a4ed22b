package trackingmore_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// TestOpenQuestionsV4: whichever way the service decides what nobody knows, the client
// reads its answers, finds its ids, and calls nothing done that is not.
func TestOpenQuestionsV4(t *testing.T) {
	_, questions := sandbox.OpenQuestions()
	for _, q := range questions {
		name, answers, _ := strings.Cut(strings.Fields(q)[0], "=")
		for answer := range strings.SplitSeq(answers, "|") {
			t.Run(name+"="+answer, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { life4(t, map[string]string{name: answer}) })
			})
		}
	}
	for _, most := range []string{"50", "20", "10"} {
		t.Run("page-cap="+most, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { life4(t, map[string]string{"page-cap": most}) })
		})
	}
	t.Run("rates", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { life4(t, map[string]string{"rate": "10", "create-rate": "3", "lag": "2"}) })
	})
}

// life4 is the life of an account of 130 trackings.
func life4(t *testing.T, answers map[string]string) {
	srv, err := sandbox.New(sandbox.Options{V4: answers})
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	c := newClient(t, srv.Transport(), v4, func(o *trackingmore.Options) {
		o.Rate, o.Lag = 10, trackingmore.DefaultLag
		o.Observe = func(e trackingmore.Event) {
			if e.Code == 429 {
				refused++
			}
		}
	})
	want := map[tracking.Key]string{} // titles
	ids := map[tracking.Key]string{}
	create := func(keys ...tracking.Key) {
		list := items(keys...)
		for i := range list {
			list[i].Attrs = attrs(map[tracking.Attr]string{tracking.Title: "t " + list[i].Key.Number, tracking.OrderCreateTime: "2026-08-27 23:51"})
		}
		for i, o := range c.Send(t.Context(), tracking.OpCreate, list) {
			if o.Verdict != tracking.Done || o.Ref == "" {
				t.Errorf("create: %+v", o)
			}
			want[keys[i]], ids[keys[i]] = "t "+keys[i].Number, o.Ref
		}
	}
	listed := func(o trackingmore.ListOptions) *tracking.Listing {
		t.Helper()
		o.Settled = true
		l, err := c.List(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		got := map[tracking.Key]string{}
		for _, r := range l.Items {
			got[r.Key] = r.Attrs.Value(tracking.Title)
			if v := r.Attrs.Value(tracking.OrderCreateTime); v != "2026-08-27 23:51" {
				t.Errorf("%s: ordered at %q", r.Key, v)
			}
			if v := r.Attrs.Value(tracking.OrderID); v != "" && !r.Filled.Has(tracking.OrderID) {
				t.Errorf("%s: order %q", r.Key, v)
			}
			ids[r.Key] = r.Ref
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("account (-want +got):\n%s", diff)
		}
		return l
	}
	one := func(op tracking.Op, it tracking.Item) tracking.Outcome {
		return c.Send(t.Context(), op, []tracking.Item{it})[0]
	}
	listed(trackingmore.ListOptions{})
	var keys []tracking.Key
	for i := range 130 {
		keys = append(keys, key("sto", "4029342990"+string(rune('A'+i/26))+string(rune('A'+i%26))))
	}
	create(keys[0])
	for some := range slices.Chunk(keys[1:], 40) {
		create(some...)
	}
	listed(trackingmore.ListOptions{Known: keys})

	again := c.Send(t.Context(), tracking.OpCreate, items(keys[0], keys[1]))
	for _, o := range again {
		if o.Verdict != tracking.Exists {
			t.Errorf("create again: %+v", o)
		}
	}
	title := tracking.Item{Key: keys[3], Ref: ids[keys[3]], Attrs: attrs(map[tracking.Attr]string{tracking.Title: "new", tracking.OrderCreateTime: "2026-08-27 23:51"})}
	if o := one(tracking.OpPut, title); o.Verdict != tracking.Done {
		t.Errorf("title: %+v", o)
	}
	want[keys[3]] = "new"
	archive := tracking.Item{Key: keys[4], Attrs: attrs(map[tracking.Attr]string{tracking.Archived: "true", tracking.Title: want[keys[4]], tracking.OrderCreateTime: "2026-08-27 23:51"})}
	if o := one(tracking.OpPut, archive); o.Verdict != tracking.Done || o.Ref == "" { // whose id is not given
		t.Errorf("archive: %+v", o)
	}
	for _, o := range []tracking.Outcome{one(tracking.OpDelete, tracking.Item{Key: keys[5], Ref: ids[keys[5]]}), one(tracking.OpDelete, tracking.Item{Key: keys[6], Ref: "0123456789abcdef0123456789abcdef"})} {
		if o.Verdict != tracking.Done {
			t.Errorf("delete: %+v", o)
		}
	}
	delete(want, keys[5])
	delete(want, keys[6])
	if o := one(tracking.OpDelete, tracking.Item{Key: keys[5], Ref: ids[keys[5]]}); o.Verdict != tracking.Missing {
		t.Errorf("delete again: %+v", o)
	}
	move := title
	move.Carrier = "zto"
	o := one(tracking.OpChangeCarrier, move)
	time.Sleep(trackingmore.DefaultLag)
	moved, err := c.Lookup(t.Context(), []tracking.Key{{Number: move.Key.Number}}, keys[0].Number)
	if err != nil || len(moved) != 1 {
		t.Fatal(moved, err)
	}
	switch answers["carrier"] {
	case "refused":
		if o.Verdict != tracking.Refused || moved[0].Key != move.Key {
			t.Errorf("carrier: %+v, then %s", o, moved[0].Key)
		}
	case "ignored":
		if o.Verdict != tracking.InDoubt || moved[0].Key != move.Key {
			t.Errorf("carrier: %+v, then %s", o, moved[0].Key)
		}
	default:
		if o.Verdict != tracking.InDoubt || moved[0].Key.Carrier != "zto" {
			t.Errorf("carrier: %+v, then %s", o, moved[0].Key)
		}
		delete(want, move.Key)
		want[moved[0].Key] = "new"
		title.Key, title.Ref = moved[0].Key, ids[move.Key] // the id may be another by now
		if o := one(tracking.OpPut, title); o.Verdict != tracking.Done {
			t.Errorf("title after the carrier: %+v", o)
		}
	}
	l := listed(trackingmore.ListOptions{Known: slices.Collect(maps.Keys(want))})
	if r := l.Find(keys[4]); r == nil || r.Attrs.Value(tracking.Archived) != "true" {
		t.Errorf("the archived one: %+v", r)
	}
	whole, err := c.ListAll(t.Context(), trackingmore.ListOptions{})
	if err != nil || len(whole.Items) != len(want) {
		t.Errorf("%d of %d, %v", len(whole.Items), len(want), err)
	}
	if refused > 0 {
		t.Errorf("%d requests came too soon", refused)
	}
}

// TestLookupCapped asks a server that gives ten trackings a page for 40 numbers. Those
// that are there show up, and the one that is not is the only one that is missing.
func TestLookupCapped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, err := sandbox.New(sandbox.Options{V4: map[string]string{"page-cap": "10"}})
		if err != nil {
			t.Fatal(err)
		}
		c := newClient(t, srv.Transport(), v4)
		keys := numbered(0, 40)
		for i, o := range c.Send(t.Context(), tracking.OpCreate, items(keys[1:]...)) {
			if o.Verdict != tracking.Done {
				t.Errorf("create %d: %+v", i, o)
			}
		}
		found, err := c.Lookup(t.Context(), keys, "")
		if err != nil {
			t.Fatal(err)
		}
		var got []tracking.Key
		for _, r := range found {
			got = append(got, r.Key)
		}
		slices.SortFunc(got, tracking.Key.Compare)
		if diff := cmp.Diff(keys[1:], got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}
