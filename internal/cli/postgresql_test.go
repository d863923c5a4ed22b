package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/state/shared/storetest"
)

// The example with PostgreSQL is valid, and formatted. With a server it applies, and
// plans empty, in two environments.
func TestPostgreSQLExample(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.write("state.hcl", w.read(example("postgresql", "state.hcl")))
	if out, code := w.run(nil, "sh", "-c", "tmsync fmt --check && tmsync validate"); code != 0 {
		t.Fatal(out)
	}
	var stdout, stderr bytes.Buffer
	if code := run(w.dir, map[string]string{}, 0, &stdout, &stderr, []string{"state", "list", "--var", "env=other"}); code != cli.Failure || !strings.Contains(flat(stderr.String()), "The environments are dev and prod.") {
		t.Errorf("an environment that is not there ended with %d\n%s", code, &stderr)
	}
	server := storetest.Real(t, storetest.RealPG)
	schema := "example_" + time.Now().Format("150405_000000000")
	must(t, os.WriteFile(filepath.Join(w.dir, "state.hcl"), []byte(strings.ReplaceAll(w.read(example("postgresql", "state.hcl")), `"tmsync"`, `"`+schema+`"`)), 0o600))
	w.environ["PG_CONN_STR"], w.environ["TMSYNC_STATE_KEY"] = server.String(), "team"
	for _, args := range []string{"plan --var env=prod", "apply --auto-approve --var env=prod", "plan --detailed-exitcode --var env=prod", "state verify --var env=prod", "apply --auto-approve", "plan --detailed-exitcode"} {
		out, code := w.run(nil, "tmsync", strings.Fields(args)...)
		if code != 0 {
			t.Fatalf("tmsync %s ended with %d\n%s", args, code, out)
		}
		if password, has := server.User.Password(); has && strings.Contains(out, password) {
			t.Errorf("tmsync %s shows the password\n%s", args, out)
		}
	}
	if out, _ := w.run(nil, "tmsync", "plan", "--var", "env=prod"); !strings.Contains(out, "State: pg://"+server.Host) || !strings.Contains(out, "/prod\n") {
		t.Errorf("the plan does not name the state\n%s", out)
	}
}
