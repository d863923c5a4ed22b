package trackingmore_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/gear/budget"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// batchOf40 is a full batch and the answer to it, with the 14 members that each
// tracking of a recorded one has (API.md §2.5). Three of the forty are refused.
func batchOf40() ([]tracking.Item, string) {
	sent := make([]tracking.Item, 40)
	var done, refused []string
	for i := range sent {
		number := fmt.Sprintf("RR%09dPH", i)
		sent[i] = tracking.Item{Key: key("phlpost", number), Attrs: attrs(map[tracking.Attr]string{
			tracking.Title: fmt.Sprintf("Order %d", i), tracking.OrderID: fmt.Sprint(i),
			tracking.CustomerName: "Anna Müller", tracking.CustomerEmail: fmt.Sprintf("anna%d@example.org", i),
		})}
		if i%16 == 7 {
			refused = append(refused, fmt.Sprintf(`{"tracking_number":%q,"carrier_code":"phlpost","code":4016,"message":"Tracking already exists."}`, number))
			continue
		}
		done = append(done, fmt.Sprintf(`{"id":"009e9a8a6450cb5ce4b53ac75674fe78","tracking_number":%q,"carrier_code":"phlpost","order_create_time":0,"status":"pending","created_at":"2026-10-30T11:35:16+08:00","customer_email":"anna%d@example.org","customer_name":"Anna Müller","customer_phone":null,"order_id":"%d","comment":null,"title":"Order %d","logistics_channel":null,"destination":""}`, number, i, i, i))
	}
	return sent, fmt.Sprintf(`{"meta":{"code":201,"type":"Created","message":"The request was successful and a resource was created."},"data":{"submitted":40,"added":%d,"trackings":[%s],"errors":[%s]}}`,
		len(done), strings.Join(done, ","), strings.Join(refused, ","))
}

// BenchmarkBatch sends a full batch and judges its answer; BenchmarkBatchSuccess
// does so for one that has nothing to be repeated but the answer's own words.
func BenchmarkBatch(b *testing.B) {
	sent, body := batchOf40()
	benchmarkBatch(b, sent, body, budget.Use{Bytes: 10500, Allocs: 70})
}

func BenchmarkBatchSuccess(b *testing.B) {
	sent, _ := batchOf40()
	var done []string
	for _, item := range sent {
		done = append(done, fmt.Sprintf(`{"tracking_number":%q,"carrier_code":"phlpost"}`, item.Key.Number))
	}
	benchmarkBatch(b, sent, `{"meta":{"code":201,"type":"Created","message":"Success"},"data":{"trackings":[`+strings.Join(done, ",")+`],"errors":[]}}`, budget.Use{Bytes: 2500, Allocs: 20})
}

func benchmarkBatch(b *testing.B, sent []tracking.Item, body string, most budget.Use) {
	c := newClient(b, replies(http.StatusOK, body))
	b.SetBytes(int64(len(body)))
	budget.Run(b, len(sent), most, func() {
		for _, o := range c.Send(background(), tracking.OpCreate, sent) {
			if o.Verdict != tracking.Done && o.Verdict != tracking.Exists {
				b.Fatal(o)
			}
		}
	})
}

// BenchmarkListAll reads an account of 50 pages, all of it known.
func BenchmarkListAll(b *testing.B) {
	const pages = 50
	bodies := make([]transport, pages)
	known := make([]tracking.Key, 0, pages*2000)
	for p := range bodies {
		var s strings.Builder
		for i := range 2000 {
			number := fmt.Sprintf("RR%09dPH", p*2000+i)
			known = append(known, key("phlpost", number))
			fmt.Fprintf(&s, `,{"tracking_number":%q,"carrier_code":"phlpost","status":"delivered","title":"Order %d","archived":false}`, number, i)
		}
		bodies[p] = replies(http.StatusOK, fmt.Sprintf(`{"meta":{"code":200},"data":{"total":"%d","items":[%s]}}`, pages*2000, s.String()[1:]))
	}
	budget.Run(b, len(known), budget.Use{Bytes: 550, Allocs: 7}, func() {
		c := newClient(b, inTurn(bodies...))
		l, err := c.List(background(), trackingmore.ListOptions{Mode: trackingmore.ModeFull, Known: known})
		if err != nil || len(l.Items) != pages*2000 {
			b.Fatal(err)
		}
	})
}
