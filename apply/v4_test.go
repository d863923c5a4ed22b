package apply_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/gear/exhaustive"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

var (
	faultsV4Flag    = flag.Int("faults-v4", exhaustive.Or(2, 1), "TestEveryFaultV4: how many things go wrong in one schedule")
	wideV4Flag      = flag.Bool("wide-v4", false, "TestSchedulesV4: also services that refuse to clear, wipe what a change leaves out, or keep the carrier")
	schedulesV4Flag = flag.Uint64("schedules-v4", exhaustive.Or[uint64](600, 60), "TestSchedulesV4: how many")
)

// answersV4 are ways in which v4 may be: where what is open is answered otherwise than
// the sandbox does by itself, and as it does.
var answersV4 = []map[string]string{
	{"clear": "wiped", "carrier-id": "kept", "dead-id": "404", "unknown": "empty", "exists-id": "no", "put": "sent", "order-number": "empty", "destination": "filled"},
	{},
}

// TestEveryFaultV4 is TestEveryFault at TrackingMore v4, in the first of the ways. An
// exhaustive run has the pairs, too, and every single fault in the others.
func TestEveryFaultV4(t *testing.T) {
	for i, answers := range answersV4[:exhaustive.Or(len(answersV4), 1)] {
		most := 1
		if i == 0 {
			most = *faultsV4Flag
		}
		world := func(t *testing.T, c chooser, run applier) *world {
			t.Helper()
			return smallWorldOf(t, trackingmore.TrackingMoreV4(), sandbox.Options{V4: answers}, c, run)
		}
		if *replayFlag != "" {
			s := &script{faults: parseScript(*replayFlag)}
			for _, line := range world(t, s, apply.Run).traced {
				t.Log(line)
			}
			t.Errorf("replayed %s with %v", s, answers)
			continue
		}
		n, failures := everyFaultIn(t, world, most, apply.Run, *enoughFlag)
		t.Logf("%v: %d schedules, %d faults at most in each, %d violations", answers, n, most, len(failures))
		for _, f := range failures {
			t.Errorf("%v: %s", answers, f)
		}
	}
}

// TestSchedulesV4 is TestSchedules at TrackingMore v4; how that is, is drawn too.
func TestSchedulesV4(t *testing.T) {
	drawn := func(seed uint64) (*world, map[string]string) {
		d := &draw{rng: rand.New(rand.NewPCG(seed, 4))}
		d.v4 = map[string]string{
			"clear": pick(d, "kept", "wiped"), "put": pick(d, "stored", "sent"),
			"carrier-id": pick(d, "new", "kept"), "dead-id": pick(d, "4112", "4102", "404"),
			"unknown": pick(d, "4102", "empty"), "exists-id": pick(d, "yes", "no"), "order-number": pick(d, "tracking-number", "empty"),
			"order-date": pick(d, "utc", "as-sent"), "destination": pick(d, "as-given", "filled"), "recreate": pick(d, "paid", "free"),
			"page-cap": pick(d, "200", "100"), "archived-word": pick(d, "archived", "true"),
		}
		if *wideV4Flag {
			d.v4["clear"], d.v4["omitted"] = pick(d, "kept", "wiped", "refused"), pick(d, "kept", "wiped")
			d.v4["carrier"] = pick(d, "changed", "changed", "ignored", "refused")
		}
		return drawnWorldOf(t, d, apply.Run), d.v4
	}
	if *replayFlag != "" {
		var seed uint64
		_, _ = fmt.Sscan(*replayFlag, &seed)
		w, answers := drawn(seed)
		for _, line := range w.traced {
			t.Log(line)
		}
		t.Fatalf("replayed %d with %v: %q", seed, answers, w.wrong)
	}
	bad := 0
	for seed := *seedFlag; seed < *seedFlag+*schedulesV4Flag && bad < *enoughFlag; seed++ {
		if w, answers := drawn(seed); len(w.wrong) > 0 {
			bad++
			t.Errorf("-replay %d with %v: %q", seed, answers, w.wrong)
		}
	}
	t.Logf("%d schedules, %d with violations", *schedulesV4Flag, bad)
}

// namesV4 are the names of attributes in v4, where they are others.
var namesV4 = map[string]string{
	"order_number": "order_id", "customer_sms": "customer_phone", "destination_country_iso2": "destination_code", "note": "comment",
	"order_date": "order_create_time", "language": "lang", "tracking_courier_account": "tracking_account_number", "archived_status": "archived",
}

// understandV4 is understand of v4.
func (w *world) understandV4(req *http.Request, body []byte) request {
	_, path, _ := strings.Cut(req.URL.Path, "/trackings/")
	call, id, _ := strings.Cut(path, "/")
	r := request{v4: true, call: call}
	var list []json.RawMessage
	switch call {
	case "get":
		if numbers := req.URL.Query().Get("tracking_numbers"); numbers != "" {
			r.numbers = strings.Split(numbers, ",")
		}
		return r
	case "create", "batch":
		r.op = tracking.OpCreate
		if json.Unmarshal(body, &list) != nil {
			list = []json.RawMessage{body}
		}
	case "update":
		r.call, r.op, list = "put", tracking.OpPut, []json.RawMessage{body}
	case "delete":
		r.call, r.op, list = "delete-one", tracking.OpDelete, []json.RawMessage{nil}
	default:
		return r
	}
	for _, one := range list {
		s := sent{attrs: map[string]string{}}
		for name, v := range texts(one) {
			switch name {
			case "courier_code":
				s.key.Carrier = v
			case "tracking_number":
				s.key.Number = v
			case "courier_code_new":
				s.carrier, r.op = v, tracking.OpChangeCarrier
			case "auto_correct":
			case "order_date":
				if t, err := time.Parse(time.RFC3339, v); err == nil {
					v = t.UTC().Format("2006-01-02 15:04")
				}
				fallthrough
			default:
				if old, ok := namesV4[name]; ok {
					name = old
				}
				s.attrs[name] = v
			}
		}
		if id != "" {
			s.key, _ = w.srv.Identified(id)
		}
		r.items = append(r.items, s)
	}
	return r
}

// listedInV4 returns what is on a page of v4.
func listedInV4(body []byte) map[sandbox.Key]bool {
	var answer struct {
		Data []struct {
			Number  string `json:"tracking_number"`
			Carrier string `json:"courier_code"`
		}
	}
	_ = json.Unmarshal(body, &answer)
	shown := map[sandbox.Key]bool{}
	for _, it := range answer.Data {
		shown[sandbox.Key{Carrier: it.Carrier, Number: it.Number}] = true
	}
	return shown
}
