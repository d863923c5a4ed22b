package cli_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/sandbox"
)

// A saved plan is judged by the time at which it was made: what comes due before it
// is applied waits for the next plan, and does not make the saved one stale.
func TestSavedPlanKeepsItsTime(t *testing.T) {
	srv, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(srv)
	defer web.Close()
	dir := directoryWith(t, `
provider "trackingmore" {
  requests_per_second = 0
}

tracking "a" {
  carrier_code    = "sto"
  tracking_number = "10001"
  title           = "New"

  lifecycle {
    archive_after = "30d"
  }
}
`)
	made := time.Now()
	row := sandbox.Row{Carrier: "sto", Number: "10001", Title: "Old", Status: "delivered", EventAt: made.Add(-29 * 24 * time.Hour)}
	if err := srv.Put(row); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		days int
		args []string
		want string
	}{
		{0, []string{"plan", "--out=a.plan"}, "Plan: 1 to adopt, overwritten."},
		{7, []string{"plan"}, "archived = false -> true"},
		{7, []string{"apply", "a.plan"}, "Apply complete! 1 adopted."},
		{7, []string{"plan"}, "Plan: 1 to archive."},
	} {
		var out bytes.Buffer
		code := cli.Run(context.Background(), cli.Env{
			Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Dir: dir, Version: "0.1.0", ReadLag: readLag,
			Environ: map[string]string{"TMSYNC_ENDPOINT": web.URL + "/v2", "TRACKINGMORE_API_KEY": "x"},
			Now:     func() time.Time { return made.AddDate(0, 0, step.days) },
		}, step.args)
		if code != cli.OK || !strings.Contains(out.String(), step.want) {
			t.Errorf("after %d days, %v ends with %d and does not say %q:\n%s", step.days, step.args, code, step.want, &out)
		}
	}
	if row, _ := srv.Row(row.Key()); row.Archived || row.Title != "New" {
		t.Errorf("the service has %+v", row)
	}
}
