package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/sandbox"
)

// twoStates is one configuration for two states: each declares its own.
const twoStates = `
provider "trackingmore" {
  requests_per_second = 0
}

variable "of" {
  default = "none"
}

tracking "parcel" {
  for_each        = var.of == "none" ? toset([]) : toset([for i in range(50) : "${var.of}${1000 + i}"])
  carrier_code    = "sto"
  tracking_number = each.key
}

safety {
  max_deletes = 1000
}
`

// TestTwoStatesInOneDirectory kills an apply on one state in the middle of a
// request, and has others work on other states in the same directory: nothing of
// the first is touched or complained of, and it goes on where it was.
func TestTwoStatesInOneDirectory(t *testing.T) {
	t.Parallel()
	w, dir := newWatched(t), directoryWith(t, twoStates)
	onA := []string{"apply", "--auto-approve", "--state=a.jsonl", "--var=of=A"}
	fault, err := sandbox.ParseFault("batch:2:hang-applied")
	must(t, err)
	w.AddFault(fault)
	asked := w.after(4) // list, getuserinfo, batch, batch
	holder, ended := w.start(t, dir, onA...)
	<-asked
	must(t, holder.Process.Kill())
	<-ended
	w.ClearFaults()
	journal := filepath.Join(dir, ".tmsync", "a.jsonl", "journal.jsonl")
	was, err := os.ReadFile(journal)
	must(t, err)

	for _, args := range [][]string{
		{"apply", "--auto-approve", "--state=b.jsonl", "--var=of=B"},
		{"apply", "--auto-approve", "--state=b.jsonl", "--allow-deletes=50"},
		{"apply", "--auto-approve", "--state=b.jsonl", "--var=of=B"},
		{"destroy", "--auto-approve", "--state=b.jsonl", "--var=of=B"},
		{"apply", "--auto-approve", "--var=of=C"},
		{"destroy", "--auto-approve"},
	} {
		out, code := w.run(dir, args...)
		if code != int(cli.OK) || strings.Contains(out, "a.jsonl") {
			t.Errorf("%v ended with %d\n%s", args, code, out)
		}
		if now, err := os.ReadFile(journal); err != nil || string(now) != string(was) {
			t.Errorf("%v has touched the journal of another state: %v", args, err)
		}
	}
	if n := len(w.Rows()); n != 50 {
		t.Errorf("%d trackings are left, want the 50 of the first state", n)
	}
	if out, code := w.run(dir, onA...); code != int(cli.OK) {
		t.Errorf("the first state's next apply ended with %d\n%s", code, out)
	}
	if out, code := w.run(dir, "plan", "--detailed-exitcode", "--state=a.jsonl", "--var=of=A"); code != int(cli.OK) {
		t.Errorf("the plan afterwards ended with %d\n%s", code, out)
	}
	for key, n := range w.Creations() {
		if n != 1 && key.Number[0] == 'A' {
			t.Errorf("%v was created %d times", key, n)
		}
	}
	runs := read(t, filepath.Join(dir, ".tmsync", "runs.jsonl"))
	for _, name := range []string{"a.jsonl", "b.jsonl", stateName} {
		if !strings.Contains(runs, `"state":"`+name+`"`) {
			t.Errorf("the log of runs does not name %s\n%s", name, runs)
		}
	}
}
