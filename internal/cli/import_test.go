package cli_test

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
)

// awkwardTitles are texts that a file has to be careful with; those of the second
// list a configuration does not take.
var awkwardTitles = []string{
	"plain", "=SUM(A1)", "+49 30", "-3", "@home", "'quoted", "''twice", "＝full width", "a,b;c", `"quotes" and \ backslash`,
	"two\nlines", "tab\there", "${var.x} %{ if }", "$${x}", "$$${x} %%%{y}", "❤\ufe0f 📦", "a\u0301bc", "::error::no", "##[group]no", "# no comment",
	"ends with '", "true", "1e5", "汉字", "soft", "a  b",
}

var refusedTitles = []string{"bell\a", "escape\x1b[31m", "turn\u202eround", "zero\u200bwidth", strings.Repeat("x", 5000)}

// TestImportRoundTrip: whatever the service has, import writes files that give it
// back, as blocks and as CSV, and says what a file cannot have.
func TestImportRoundTrip(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"hcl", "csv"} {
		t.Run(to, func(t *testing.T) {
			srv, err := sandbox.New(sandbox.Options{})
			if err != nil {
				t.Fatal(err)
			}
			want := map[tracking.Key]string{}
			for i, title := range append(awkwardTitles, refusedTitles...) {
				key := tracking.Key{Carrier: "sto", Number: fmt.Sprintf("-%04d", i)}
				if i < len(awkwardTitles) {
					want[key] = tracking.Title.CanonicalRemote(title)
				} else {
					want[key] = "left out"
				}
				if err := srv.Put(sandbox.Row{Carrier: key.Carrier, Number: key.Number, Title: title}); err != nil {
					t.Fatal(err)
				}
			}
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte("provider \"trackingmore\" {\n  requests_per_second = 0\n}\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			web := httptest.NewServer(srv)
			defer web.Close()
			env := map[string]string{"TMSYNC_ENDPOINT": web.URL + "/v2", "TRACKINGMORE_API_KEY": "x"}
			var out, errs bytes.Buffer
			if code := run(dir, env, 0, &out, &errs, []string{"import", "--all", "--to=" + to}); code != cli.OK {
				t.Fatalf("import ended with %d:\n%s%s", code, &out, &errs)
			}
			if !strings.Contains(out.String(), "Left out") {
				t.Errorf("nothing is said of what was left out:\n%s", &out)
			}
			cfg, diags := config.Load(dir, config.Options{Environ: env})
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			got := map[tracking.Key]string{}
			for _, d := range cfg.Declared {
				title, ok := d.Attrs.Get(tracking.Title)
				if !ok {
					title = "left out"
				}
				got[d.Key] = title
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if info, err := os.Stat(filepath.Join(dir, "imported.hcl")); err != nil || info.Mode() != 0o600 {
				t.Errorf("the file has the mode %v (%v)", info.Mode(), err)
			}
		})
	}
}
