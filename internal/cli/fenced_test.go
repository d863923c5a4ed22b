package cli_test

import (
	"bytes"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/state/shared/storetest"
)

// sharedParcels is one configuration for several machines.
const sharedParcels = `
tmsync {
  backend "s3" {
    bucket         = "acme"
    key            = "parcels/prod"
    region         = "us-east-1"
    use_path_style = true
  }
}

provider "trackingmore" {
  requests_per_second = 0
  batch_size          = 4
  timeout             = "6s"
}

tracking "parcel" {
  for_each        = toset([for i in range(12) : "SHARED${100 + i}"])
  carrier_code    = "sto"
  tracking_number = each.key
}
`

// TestFencedRun has an apply hang in its second batch, on one machine, and its lock
// broken. The apply of another machine goes on from the shared journal; the first one
// then finds out, sends nothing more, and names who has taken over.
func TestFencedRun(t *testing.T) {
	t.Parallel()
	w, dir, other := newWatched(t), directoryWith(t, sharedParcels), directoryWith(t, sharedParcels)
	web := httptest.NewServer(storetest.S3(t, "acme"))
	t.Cleanup(web.Close)
	w.env = append(w.env, "AWS_ENDPOINT_URL_S3="+web.URL, "AWS_ACCESS_KEY_ID=key-of-a-test", "AWS_SECRET_ACCESS_KEY=secret-of-a-test", "TMSYNC_STATE_KEY=team", "AWS_EC2_METADATA_DISABLED=true")
	fault, err := sandbox.ParseFault("batch:2:hang-applied")
	must(t, err)
	w.AddFault(fault)
	asked := w.after(4) // list, getuserinfo, batch, batch
	holder, said := exec.Command(os.Args[0], "apply", "--auto-approve"), &bytes.Buffer{}
	holder.Dir, holder.Env, holder.Stderr = dir, w.env, said
	must(t, holder.Start())
	<-asked
	w.ClearFaults()

	// A plan takes no lock, and says who is at work.
	text, code := w.run(other, "plan")
	if code != int(cli.OK) || !strings.Contains(flat(text), "Another run is at work") {
		t.Errorf("plan ended with %d\n%s", code, text)
	}
	text, code = w.run(other, "force-unlock")
	if code != int(cli.Locked) {
		t.Fatalf("force-unlock ended with %d\n%s", code, text)
	}
	_, id, _ := strings.Cut(flat(text), "loses its lock by tmsync force-unlock ")
	id, _, _ = strings.Cut(id, ".")
	if text, code := w.run(other, "force-unlock", "--force", "x"+id); code != int(cli.Failure) {
		t.Errorf("force-unlock of another id ended with %d\n%s", code, text)
	}
	if text, code := w.run(other, "force-unlock", "--force", id); code != int(cli.OK) {
		t.Errorf("force-unlock %s ended with %d\n%s", id, code, text)
	}
	text, code = w.run(other, "apply", "--auto-approve")
	if code != int(cli.OK) {
		t.Errorf("the next apply ended with %d\n%s", code, text)
	}
	_ = holder.Wait() // its exit code says it
	if got := holder.ProcessState.ExitCode(); got != int(cli.Locked) {
		t.Errorf("the fenced apply ended with %d, want %d\n%s", got, cli.Locked, said)
	}
	for _, want := range []string{"Another run has taken over the lock of s3://acme/parcels/prod (apply, by", "the next apply goes on from there", "Error: The lock was lost"} {
		if !strings.Contains(flat(said.String()), want) {
			t.Errorf("the fenced apply does not say %q\n%s", want, said)
		}
	}
	if strings.Contains(said.String(), "could not be written") {
		t.Errorf("the fenced apply speaks of writing, which is not at fault\n%s", said)
	}
	if strings.Contains(said.String()+text, "-of-a-test") {
		t.Errorf("a key is shown\n%s\n%s", said, text)
	}
	if n := len(w.Rows()); n != 12 {
		t.Errorf("the service has %d trackings, want 12", n)
	}
	for _, d := range []string{dir, other} {
		if text, code := w.run(d, "plan", "--detailed-exitcode"); code != int(cli.OK) {
			t.Errorf("afterwards plan ends with %d\n%s", code, text)
		}
	}
}
