package cli_test

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/state/shared/storetest"
)

// The example with PostgreSQL is valid, and formatted. With a server and its two roles,
// one applies and the other plans empty, in two environments.
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
	unique := strings.ReplaceAll(time.Now().Format("150405.000000"), ".", "_")
	own := strings.NewReplacer("tmsync_apply", "apply_"+unique, "tmsync_plan", "plan_"+unique, "SCHEMA tmsync", "SCHEMA s_"+unique, `"tmsync"`, `"s_`+unique+`"`)
	must(t, os.WriteFile(filepath.Join(w.dir, "state.hcl"), []byte(own.Replace(w.read(example("postgresql", "state.hcl")))), 0o600))
	const password = "role-secret-for-tests"
	asAdministrator(t, server, own.Replace(w.read(example("postgresql", "roles.sql")))+
		own.Replace("; ALTER ROLE tmsync_apply PASSWORD '"+password+"'; ALTER ROLE tmsync_plan PASSWORD '"+password+"'"))
	w.environ["TMSYNC_STATE_KEY"] = "team"
	for _, step := range []struct {
		role, args string
		code       int
	}{
		{"tmsync_apply", "plan --var env=prod", 0},
		{"tmsync_apply", "apply --auto-approve --var env=prod", 0},
		{"tmsync_plan", "plan --detailed-exitcode --var env=prod", 0},
		{"tmsync_plan", "state list --var env=prod", 0},
		{"tmsync_plan", "apply --auto-approve --var env=prod", 1},
		{"tmsync_apply", "state verify --var env=prod", 0},
		{"tmsync_apply", "apply --auto-approve", 0},
		{"tmsync_plan", "plan --detailed-exitcode", 0},
	} {
		as := *server
		as.User = url.UserPassword(own.Replace(step.role), password)
		w.environ["PG_CONN_STR"] = as.String()
		out, code := w.run(nil, "tmsync", strings.Fields(step.args)...)
		if code != step.code {
			t.Fatalf("tmsync %s as %s ended with %d, want %d\n%s", step.args, step.role, code, step.code, out)
		}
		if strings.Contains(out, password) {
			t.Errorf("tmsync %s shows the password\n%s", step.args, out)
		}
		if step.args == "plan --var env=prod" && (!strings.Contains(out, "State: pg://"+server.Host) || !strings.Contains(out, "/prod\n")) {
			t.Errorf("the plan does not name the state\n%s", out)
		}
	}
}

// asAdministrator lets a superuser say something to the database.
func asAdministrator(t *testing.T, server *url.URL, sql string) {
	t.Helper()
	c, err := pgconn.Connect(t.Context(), server.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	if _, err := c.Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatal(err)
	}
}
