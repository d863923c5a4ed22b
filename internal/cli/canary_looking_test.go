package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
)

// What comes from something sensitive stays so in exports and explanations: also
// where only the state knows of it any more.
func TestCanariesLookedAt(t *testing.T) {
	files := flock()
	a := newAviary(t, files)
	a.run(cli.OK, "apply", "--auto-approve")
	look := func() {
		t.Helper()
		for _, to := range []string{"csv", "json", "hcl"} {
			for _, of := range []string{"declared", "prior", "remote"} {
				if out := a.run(cli.OK, "export", "--to="+to, "--of="+of); strings.Contains(out, fingerprint) {
					t.Errorf("export --of=%s has a fingerprint:\n%s", of, out)
				}
			}
			a.run(cli.OK, "export", "--to="+to, "--of=remote", "--all", "--out=remote."+to+".txt")
			if err := os.Remove(filepath.Join(a.dir, "remote."+to+".txt")); err != nil {
				t.Fatal(err)
			}
		}
		for _, key := range []string{"sto/402934299065", "sto/402934299066", "sto/402934299067"} {
			a.run(cli.OK, "explain", key)
			a.run(cli.OK, "explain", "--json", key)
		}
	}
	look()
	a.run(cli.OK, "state", "rm", "tracking.variable")
	look()
	a.run(cli.OK, "apply", "--auto-approve")
	before, rest, _ := strings.Cut(files["main.hcl"], "tracking \"variable\" {")
	_, after, _ := strings.Cut(rest, "\n}\n")
	a.write("main.hcl", before+after)
	look()
}

// fingerprint is what the state's fingerprints begin with.
const fingerprint = "hmac:"

// What nobody manages is customers' data, too.
func TestCanariesImported(t *testing.T) {
	a := newAviary(t, map[string]string{"main.hcl": "provider \"trackingmore\" {\n  requests_per_second = 0\n}\n"})
	if err := a.srv.Put(sandbox.Row{
		Carrier: "sto", Number: "402934299065", Title: "Lamp",
		CustomerName: canaryValues[tracking.CustomerName], CustomerEmail: canaryValues[tracking.CustomerEmail],
	}); err != nil {
		t.Fatal(err)
	}
	a.run(cli.OK, "explain", "sto/402934299065")
	a.run(cli.OK, "export", "--of=remote", "--all")
	for _, to := range []string{"--to=hcl", "--to=csv"} {
		a.run(cli.OK, "import", "--all", "--dry-run", "--include-sensitive", to)
	}
	a.run(cli.OK, "import", "--all", "--dry-run")
	a.run(cli.OK, "import", "--all")
}

// Tests of a configuration may use canaries, and fail.
func TestCanariesTested(t *testing.T) {
	a := newAviary(t, flock())
	if err := os.Mkdir(filepath.Join(a.dir, "tests"), 0o700); err != nil {
		t.Fatal(err)
	}
	a.write("tests/flock.test.hcl", `
variables {
  name = "`+canaryVariable+`"
}
remote {
  tracking "sto/402934299065" {
    customer_name  = "`+canaryValues[tracking.CustomerName]+`"
    customer_email = "`+canaryValues[tracking.CustomerEmail]+`"
  }
}
run "fails" {
  command = "apply"
  expect {
    create   = 99
    warnings = ["nothing of this kind"]
  }
  assert {
    condition     = tracking.literal.customer_name == ""
    error_message = "it is ${tracking.literal.customer_name}"
  }
  assert {
    condition     = local.whom == 1
    error_message = local.whom
  }
}
run "fails to begin" {
  variables {
    name = ["`+canaryVariable+`"]
  }
}
`)
	a.run(cli.Failure, "test", "--verbose", "--junit=report.xml")
	a.write("tests/flock.test.hcl", "variables {\n  name = \""+canaryVariable+"\" + 1\n}\n")
	a.run(cli.Failure, "test")
}
