package trackingmore_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// TestLiveIsNeverRefused: whatever the account's own rate, a client that asks for
// parcels live, every two hours, and for other things in between, keeps to what the
// sandbox demands of realtime; one that asks sooner is told so, and at once.
func TestLiveIsNeverRefused(t *testing.T) {
	for _, dialect := range []*trackingmore.Dialect{trackingmore.TrackingMore(), trackingmore.Trackru()} {
		for _, rate := range []float64{0.5, 1, 3} {
			synctest.Test(t, func(t *testing.T) {
				srv, err := sandbox.New(sandbox.Options{Rate: rate})
				if err != nil {
					t.Fatal(err)
				}
				refused := 0
				c := newClient(t, srv.Transport(), func(o *trackingmore.Options) {
					o.Rate, o.Dialect = rate, dialect
					o.Observe = func(e trackingmore.Event) {
						if e.Code == 429 {
							refused++
						}
					}
				})
				live := func(i int) error {
					_, err := c.Live(background(), tracking.Item{Key: key("sto", fmt.Sprintf("40293429906%d", i))})
					return err
				}
				for range 3 {
					for i := range 5 {
						if err := live(i); err != nil {
							t.Errorf("rate %v: parcel %d: %v", rate, i, err)
						}
						if _, err := c.Get(background(), key("sto", "402934299065")); err != nil {
							t.Errorf("rate %v: after parcel %d: %v", rate, i, err)
						}
					}
					time.Sleep(2 * time.Hour)
				}
				if err := live(0); err != nil {
					t.Errorf("rate %v: %v", rate, err)
				}
				start := time.Now()
				if fail := (*trackingmore.Error)(nil); !errors.As(live(0), &fail) || fail.Code != 202 {
					t.Errorf("rate %v: asked too soon: %v, want code 202", rate, fail)
				}
				if refused > 0 {
					t.Errorf("rate %v: %d requests were too many", rate, refused)
				}
				if took := time.Since(start); took > 3*time.Second {
					t.Errorf("rate %v: the refusal took %v", rate, took)
				}
			})
		}
	}
}
