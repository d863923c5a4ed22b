package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/tracking"
)

// TestEveryAttribute: "tmsync test" can put every attribute of the table into its
// service, and create and find there what the configuration declares of it.
func TestEveryAttribute(t *testing.T) {
	samples := map[tracking.Attr]string{
		tracking.DestinationCode: "DE", tracking.DestinationCountry: "Germany", tracking.Lang: "en", tracking.ShipDate: "20261001",
		tracking.OrderCreateTime: "2026-08-27 16:51", tracking.CustomerEmail: "ann@example.org",
		tracking.Archived: "true", tracking.TrackUpdates: "false", tracking.Status: "delivered",
	}
	var declared, remote strings.Builder
	for a := range tracking.AllAttrs() {
		v, ok := samples[a]
		if !ok {
			v = "10115"
		}
		fmt.Fprintf(&declared, "  %s = %q\n", a, v)
		fmt.Fprintf(&remote, "    %s = %q\n", a, v)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main.hcl": "provider \"trackingmore\" {}\n\n" +
			"tracking \"there\" {\n  tracking_number = \"10001\"\n  carrier_code    = \"sto\"\n" + declared.String() + "}\n\n" +
			"tracking \"new\" {\n  tracking_number = \"10002\"\n  carrier_code    = \"sto\"\n" + declared.String() + "}\n",
		"tests/all.test.hcl": "remote {\n  tracking \"sto/10001\" {\n" + remote.String() + "  }\n}\n\n" +
			"run \"all\" {\n  command = \"apply\"\n  expect {\n    create = 1\n    adopt  = 1\n  }\n}\n\n" +
			"run \"again\" {\n  expect {\n    changes = 0\n  }\n}\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, errs, code := in(dir, "test", "--verbose"); code != cli.OK {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
}
