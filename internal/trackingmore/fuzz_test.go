package trackingmore_test

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// answers seeds the fuzzing with what the service really sends, and with what no
// service should.
func answers(f *testing.F) []string {
	files, err := filepath.Glob(filepath.Join("testdata", "hostile", "*.http"))
	if err != nil || len(files) == 0 {
		f.Fatal("no hostile answers", err)
	}
	var bodies []string
	for _, file := range files {
		raw := testFile(f, filepath.Join("hostile", filepath.Base(file)))
		if _, body, _ := strings.Cut(raw, "\n\n"); !strings.Contains(body, "{{") {
			bodies = append(bodies, body)
		}
	}
	return append(bodies,
		testFile(f, "answers/batch-recorded.json"), testFile(f, "answers/delete-documented.json"),
		testFile(f, "answers/list-recorded.json"), testFile(f, "answers/put-seed.json"),
		`{"meta":{"code":4016,"code":200},"data":{"trackings":[{"tracking_number":"402934299065","carrier_code":"sto"}]}}`,
		`{"data":[{"tracking_number":"402934299065"}],"meta":{"code":"200"}}`,
		meta(200), meta(201), meta(202), meta(429), meta(4016), meta(4021), meta(4031), meta(5000), "<html>", "",
	)
}

var bulkOps = []tracking.Op{tracking.OpCreate, tracking.OpUpdate, tracking.OpStopUpdates, tracking.OpDelete}

// FuzzBatchAnswer checks that any answer gives one outcome for each item, and
// that none is done which the answer does not name.
func FuzzBatchAnswer(f *testing.F) {
	for i, body := range answers(f) {
		f.Add(uint8(i), uint16(200), body)
	}
	f.Add(uint8(0), uint16(503), testFile(f, "answers/batch-recorded.json"))
	sent := items(key("bestex", "51837622007298"), key("bestex", "350233940124"), key("ups", "1Z97X17XYW06605211"), key("sto", "402934299065"))
	f.Fuzz(func(t *testing.T, op uint8, status uint16, body string) {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, replies(200+int(status)%400, body))
			got := c.Send(t.Context(), bulkOps[int(op)%len(bulkOps)], sent)
			if len(got) != len(sent) {
				t.Fatalf("%d outcomes for %d items", len(got), len(sent))
			}
			var tree any
			_ = json.Unmarshal([]byte(body), &tree)
			for i, o := range got {
				if o.Verdict == "" || o.Verdict == tracking.Done && !names(tree, sent[i].Key.Number) {
					t.Errorf("%s is %+v", sent[i].Key, o)
				}
			}
		})
	})
}

// names reports whether a value holds a text, or the same as a number, anywhere.
func names(v any, s string) bool {
	switch v := v.(type) {
	case string:
		return v == s
	case float64:
		b, err := json.Marshal(v)
		return err == nil && string(b) == s
	case []any:
		return slices.ContainsFunc(v, func(v any) bool { return names(v, s) })
	case map[string]any:
		for _, v := range v {
			if names(v, s) {
				return true
			}
		}
	}
	return false
}

// FuzzListAnswer checks that whatever a list is made of, what comes out of it
// can be worked with: keys are sound and unique, attributes are those listed.
func FuzzListAnswer(f *testing.F) {
	for _, body := range answers(f) {
		f.Add(body)
	}
	f.Add(testFile(f, "answers/list-seed.json"))
	listed := tracking.TrackingMore.Listed
	f.Fuzz(func(t *testing.T, body string) {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, inTurn(replies(200, body), replies(200, meta(4031))))
			l, err := c.List(t.Context(), trackingmore.ListOptions{Mode: trackingmore.ModeFull})
			if err != nil {
				if fail := (*trackingmore.Error)(nil); !errors.As(err, &fail) || l != nil {
					t.Errorf("%v, %v", l, err)
				}
				return
			}
			seen := map[tracking.Key]bool{}
			for _, r := range l.Items {
				if k, err := tracking.ParseKey(r.Key.String()); err != nil || k != r.Key || seen[k] {
					t.Errorf("key %q: %v", r.Key, err)
				}
				seen[r.Key] = true
				if got := r.Attrs.Set().With(tracking.TrackUpdates); got != listed {
					t.Errorf("attributes %s", got)
				}
				for a, v := range r.Attrs.All() {
					if a.CanonicalRemote(v) != v {
						t.Errorf("%s is %q, canonical %q", a, v, a.CanonicalRemote(v))
					}
				}
			}
		})
	})
}

// FuzzQueryAnswer checks that any answer to a question is either an error or
// something that can be shown: sound codes, one answer for each thing asked.
func FuzzQueryAnswer(f *testing.F) {
	for _, body := range answers(f) {
		f.Add(body)
	}
	for _, data := range []string{
		`[{"code":"4px","name":"4PX"}]`, `{"pending":1}`, `{"items":[` + liveRow + `"origin_info":{"trackinfo":[` + liveEvent + `]}}]}`,
		`{"other":[{"two_code":"DE"}],"remote":[{"far_city_postcode":"7621094","two_code":"JP"}]}`,
		`[{"carrier_code":"dhl","original":"CN","destination":"US","total":1e9}]`, `[{"track_number":"172-28891936","track_info":[{"event":1}]}]`,
	} {
		f.Add(ok(data))
	}
	f.Fuzz(func(t *testing.T, body string) {
		synctest.Test(t, func(t *testing.T) {
			for q, put := range ask {
				got, err := put(newClient(t, replies(200, body)))
				if err != nil {
					continue
				}
				switch got := got.(type) {
				case []tracking.Carrier:
					for _, k := range got {
						if code, err := tracking.CanonicalCarrier(k.Code); err != nil || code != k.Code {
							t.Errorf("carrier code %q", k.Code)
						}
					}
				case *tracking.Live:
					if got.Key.Number != "RB123456785CN" {
						t.Errorf("parcel %q", got.Key)
					}
				case []tracking.RemoteArea:
					if len(got) != 2 {
						t.Errorf("%d places of 2", len(got))
					}
				case []tracking.TransitTime:
					if len(got) != 1 {
						t.Errorf("%d routes of 1", len(got))
					}
				case []tracking.StatusCount:
					if len(got) == 0 {
						t.Errorf("%s: nothing", q)
					}
				}
			}
		})
	})
}

// FuzzAnswersV4 checks v4's answers to writes and to the list: one outcome for each
// item, none done that is not named, keys and ids that a request can hold.
func FuzzAnswersV4(f *testing.F) {
	for _, body := range answers(f) {
		f.Add(uint16(200), body)
	}
	files, err := filepath.Glob(filepath.Join("testdata", "answers", "v4-*.json"))
	if err != nil || len(files) == 0 {
		f.Fatal("no answers of v4", err)
	}
	for _, file := range files {
		body := testFile(f, filepath.Join("answers", filepath.Base(file)))
		f.Add(uint16(200), body)
		f.Add(uint16(400), body)
	}
	for _, code := range []int{4101, 4102, 4112, 4190, 404, 511} {
		f.Add(uint16(400), error4(code))
	}
	f.Add(uint16(200), rows4(row4("usps", "9400110200881234567890", "9a3f2b"), row4("usps", "9400110200881234567890", "9a3f2b")))
	sent := items(key("usps", "9400110200881234567890"), key("singapore-post", "RP893531375SG"), key("dhl", "123456789"))
	listed := tracking.TrackingMoreV4.Listed
	f.Fuzz(func(t *testing.T, status uint16, body string) {
		synctest.Test(t, func(t *testing.T) {
			code := 200 + int(status)%400
			c := newClient(t, replies(code, body), v4)
			var tree any
			_ = json.Unmarshal([]byte(body), &tree)
			for i, o := range c.Send(t.Context(), tracking.OpCreate, sent) {
				if o.Verdict == "" || o.Verdict == tracking.Done && !names(tree, sent[i].Key.Number) {
					t.Errorf("%s is %+v", sent[i].Key, o)
				}
			}
			one := sent[0]
			one.Ref = "9a3f2b"
			for _, op := range []tracking.Op{tracking.OpPut, tracking.OpDelete, tracking.OpChangeCarrier} {
				one.Carrier = "dhl"
				o := c.Send(t.Context(), op, []tracking.Item{one})
				if len(o) != 1 || o[0].Verdict == "" || o[0].Verdict == tracking.Done && (code >= 300 || op == tracking.OpChangeCarrier) {
					t.Errorf("%s: %+v under HTTP %d", op, o, code)
				}
			}
			for _, q := range []tracking.Query{tracking.QueryCarriers, tracking.QueryDetect} {
				found, err := ask[q](c)
				if err != nil {
					continue
				}
				for _, k := range found.([]tracking.Carrier) {
					if code, err := tracking.CanonicalCarrier(k.Code); err != nil || code != k.Code {
						t.Errorf("%s: carrier code %q", q, k.Code)
					}
				}
			}
			l, err := newClient(t, inTurn(replies(200, body), replies(400, error4(4102))), v4).List(t.Context(), trackingmore.ListOptions{Mode: trackingmore.ModeFull})
			if err != nil {
				return
			}
			seen, refs := map[tracking.Key]bool{}, map[string]bool{}
			for _, r := range l.Items {
				if k, err := tracking.ParseKey(r.Key.String()); err != nil || k != r.Key || seen[k] {
					t.Errorf("key %q: %v", r.Key, err)
				}
				if r.Ref != "" && (refs[r.Ref] || len(r.Ref) > 64 || strings.ContainsAny(r.Ref, " /\n")) {
					t.Errorf("id %q", r.Ref)
				}
				seen[r.Key], refs[r.Ref] = true, true
				if r.Attrs.Set()&^listed != 0 || r.Filled&^r.Attrs.Set() != 0 {
					t.Errorf("attributes %s, filled %s", r.Attrs.Set(), r.Filled)
				}
				for a, v := range r.Attrs.All() {
					if a.CanonicalRemote(v) != v {
						t.Errorf("%s is %q, canonical %q", a, v, a.CanonicalRemote(v))
					}
				}
			}
		})
	})
}
