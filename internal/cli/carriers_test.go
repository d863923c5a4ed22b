package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/cli"
)

// TestKeptCarriers: the kept list counts when it is whole and of the service that
// the configuration speaks to, and else it is as good as none: an unknown carrier
// is an error or a warning.
func TestKeptCarriers(t *testing.T) {
	t.Parallel()
	const (
		head = `{"format":"tmsync-carriers","version":1,"provider":"trackingmore","endpoint":"sandbox","as_of":"2026-01-01T00:00:00Z","count":2}` + "\n"
		body = `{"code":"dhl","name":"DHL"}` + "\n" + `{"code":"new-one","name":"New"}` + "\n"
	)
	for _, tt := range []struct {
		name, file string
		counts     bool
	}{
		{"whole", head + body, true},
		{"one line too few", head + `{"code":"dhl","name":"DHL"}` + "\n", false},
		{"one line too many", head + body + body, false},
		{"cut off", head + body[:len(body)-3], false},
		{"no head", body, false},
		{"another format", strings.Replace(head, "tmsync-carriers", "tmsync-drift", 1) + body, false},
		{"a later version", strings.Replace(head, `"version":1`, `"version":2`, 1) + body, false},
		{"nothing in it", strings.Replace(head, `"count":2`, `"count":0`, 1), false},
		{"another service", strings.Replace(head, `"trackingmore"`, `"trackru"`, 1) + body, false},
		{"another place", strings.Replace(head, `"sandbox"`, `"https://api.example.org/v2"`, 1) + body, false},
		{"empty", "", false},
		{"no JSON", "\x00\xff", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := directoryWith(t, `
provider "trackingmore" {
  endpoint = "sandbox"
}

tracking "a" {
  carrier_code    = "new-one"
  tracking_number = "12345"
}

tracking "b" {
  carrier_code    = "sto"
  tracking_number = "12345"
}
`)
			if err := os.MkdirAll(filepath.Join(dir, ".tmsync"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, ".tmsync", "carriers.jsonl"), []byte(tt.file), 0o600); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			want, say := cli.OK, `Warning: Unknown carrier code`
			if tt.counts {
				want, say = cli.Failure, `Error: Unknown carrier code`
			}
			if code := run(dir, map[string]string{}, 0, &out, &out, []string{"validate"}); code != want || !strings.Contains(out.String(), say) {
				t.Errorf("ended with %d, want %d and %q\n%s", code, want, say, &out)
			}
		})
	}
}
