package s3store_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/storetest"
)

// TestProbe refuses servers over which two runs could both win, and leaves nothing in
// those that it takes.
func TestProbe(t *testing.T) {
	own(t)
	s3 := storetest.S3(t, "acme")
	for _, test := range []struct {
		name  string
		s3    http.Handler
		found string // "" is accepted
	}{
		{"right", s3, ""},
		{"ignores conditions", storetest.Unconditional(s3), "it has created what was there"},
		{"checks without a lock", storetest.Unlocked(s3, 16*time.Millisecond), "writers at once"},
		{"tears readings", storetest.Torn(s3), "an older content"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(test.s3)
			t.Cleanup(server.Close)
			e := open(t, local(server.URL))
			err := shared.New(e, shared.Options{}).Prepare(t.Context())
			var probe *shared.ProbeError
			switch {
			case test.found == "" && err != nil:
				t.Errorf("it is refused: %v", err)
			case test.found != "" && (!errors.As(err, &probe) || !strings.Contains(probe.Found, test.found)):
				t.Errorf("the error is %v; want a ProbeError that says %q", err, test.found)
			}
			if blobs, _, err := e.Blobs(t.Context()); err != nil || len(blobs) > 0 {
				t.Errorf("the probe leaves %v, %v", blobs, err)
			}
		})
	}
}
