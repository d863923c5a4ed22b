package cli_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
	localstate "github.com/tmsync/tmsync/state/local"
)

// TestDoubtful: what was sent by a run that died is told by explain, and not
// imported.
func TestDoubtful(t *testing.T) {
	srv, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(srv)
	defer web.Close()
	dir := t.TempDir()
	const files = "provider \"trackingmore\" {\n  requests_per_second = 0\n}\n\ntracking \"a\" {\n  carrier_code    = \"sto\"\n  tracking_number = \"402934299065\"\n}\n"
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(files), 0o600); err != nil {
		t.Fatal(err)
	}
	key := tracking.Key{Carrier: "sto", Number: "402934299065"}
	session, err := state.Open(context.Background(), localstate.New(dir, "tmsync.state.jsonl"), state.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := session.Begin(state.Intent{Op: tracking.OpCreate, Items: []state.IntentItem{{
		Addr: "tracking.a", Key: key, Record: &state.Record{Addr: "tracking.a", Key: key},
	}}}); err != nil {
		t.Fatal(err)
	}
	if err := session.Close(); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"TMSYNC_ENDPOINT": web.URL + "/v2", "TRACKINGMORE_API_KEY": "x"}
	for _, tt := range []struct {
		args []string
		code cli.ExitCode
		want []string
	}{
		{[]string{"explain", "sto/402934299065"}, cli.OK, []string{"In doubt    create, begun ", "Service     not there", "An apply would create it"}},
		{[]string{"explain", "--json", "tracking.a"}, cli.OK, []string{`"op": "create"`, `"action": "create"`}},
		{[]string{"import", "tracking.a", "sto/402934299065"}, cli.Failure, []string{"its answer is still outstanding"}},
	} {
		var out bytes.Buffer
		code := run(dir, env, 0, &out, &out, tt.args)
		if code != tt.code {
			t.Errorf("%v ended with %d:\n%s", tt.args, code, &out)
		}
		text := strings.Join(strings.Fields(out.String()), " ")
		for _, want := range tt.want {
			if !strings.Contains(text, strings.Join(strings.Fields(want), " ")) {
				t.Errorf("%v does not say %q:\n%s", tt.args, want, &out)
			}
		}
	}
}
