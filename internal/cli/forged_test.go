package cli_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/sandbox"
)

// forge puts a line into a state, with a count and a checksum that fit.
func forge(t *testing.T, path, record string) {
	t.Helper()
	header, lines, _ := strings.Cut(read(t, path), "\n")
	head, rest, _ := strings.Cut(header, `,"checksum":`)
	head = strings.Replace(head, `"count":1`, `"count":2`, 1)
	lines += record + "\n"
	sum := sha256.Sum256([]byte(head + lines))
	end := `}`
	if _, mac, found := strings.Cut(rest, `,"mac":`); found {
		end = `,"mac":` + mac
	}
	must(t, os.WriteFile(path, []byte(head+`,"checksum":"sha256:`+hex.EncodeToString(sum[:])+`"`+end+"\n"+lines), 0o600))
}

// TestForgedState has a pull request put a line of somebody else's tracking into
// the state. With a key that is refused, before anything is asked; without one it
// is told.
func TestForgedState(t *testing.T) {
	const config = `
provider "trackingmore" {
  requests_per_second = 0
}

tracking "ours" {
  carrier_code    = "sto"
  tracking_number = "10001"
}
`
	const theirs = `{"address":"tracking.theirs","carrier":"theirs","number":"90001","applied":{}}`
	for _, key := range []string{"", "a key"} {
		w, dir := newWatched(t), directoryWith(t, config)
		must(t, w.Put(sandbox.Row{Carrier: "theirs", Number: "90001", Title: "Hands off"}))
		w.env = append(w.env, "TMSYNC_STATE_KEY="+key)
		if out, code := w.run(dir, "apply", "--auto-approve"); code != 0 {
			t.Fatalf("ended with %d\n%s", code, out)
		}
		forge(t, filepath.Join(dir, stateName), theirs)
		w.ResetRequests()
		out, code := w.run(dir, "plan")
		out = strings.Join(strings.Fields(out), " ")
		if key == "" {
			if code != 0 || !strings.Contains(out, "Warning: The state was edited since the last run") {
				t.Errorf("without a key it ended with %d\n%s", code, out)
			}
			continue
		}
		for _, args := range [][]string{{"plan"}, {"apply", "--auto-approve"}, {"destroy", "--auto-approve"}, {"drift"}, {"state", "rm", "tracking.ours"}, {"state", "push", stateName}} {
			out, code := w.run(dir, args...)
			if code != 1 || !strings.Contains(strings.Join(strings.Fields(out), " "), "its MAC does not fit it: it was edited since tmsync wrote it") {
				t.Errorf("%v ended with %d\n%s", args, code, out)
			}
		}
		if n := w.Requests(); len(n) > 0 {
			t.Errorf("requests were sent: %v", n)
		}
		if n := len(w.Rows()); n != 2 {
			t.Errorf("%d trackings are left of 2", n)
		}
		m := regexp.MustCompile(`sign it: tmsync (.*?)\.( |$)`).FindStringSubmatch(out)
		if m == nil {
			t.Fatalf("it does not say what to do: %s", out)
		}
		if out, code := w.run(dir, strings.Fields(m[1])...); code != 0 {
			t.Errorf("%s ended with %d\n%s", m[1], code, out)
		}
		if out, code := w.run(dir, "plan"); code != 0 || !strings.Contains(out, "tracking.theirs") {
			t.Errorf("and then ended with %d\n%s", code, out)
		}
	}
}
