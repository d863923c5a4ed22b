package cli_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// No log line has what the runner of a CI system obeys.
func TestLogNames(t *testing.T) {
	t.Parallel()
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "##[error]")
	}))
	t.Cleanup(far.Close)
	var out, errs bytes.Buffer
	env := map[string]string{"TMSYNC_ENDPOINT": far.URL + "/v2", "TRACKINGMORE_API_KEY": "x", "TMSYNC_LOG": "debug"}
	run(directoryWith(t, oneParcel), env, 0, &out, &errs, []string{"plan"})
	if !strings.Contains(errs.String(), "level=DEBUG msg=answer") || !strings.Contains(errs.String(), "error]") {
		t.Errorf("the log is\n%s", &errs)
	}
	inert(t, out.String()+errs.String())
}

const oneParcel = `
provider "trackingmore" {
  requests_per_second = 0
}
tracking "a" {
  carrier_code    = "sto"
  tracking_number = "402934299065"
}
`
