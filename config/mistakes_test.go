package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/config"
)

// TestManyMistakes counts what it does not show.
func TestManyMistakes(t *testing.T) {
	rows := "number\n" + strings.Repeat("1\n", 300)
	dir := writeFiles(t, map[string]string{"orders.csv": rows, "main.hcl": sandbox + `
trackings "a" {
  csv             = "orders.csv"
  carrier_code    = "dhl"
  tracking_number = row.number
}
tracking "b" {
  for_each        = { for i in range(300) : "k${i}" => "n" }
  carrier_code    = "dhl"
  tracking_number = each.value
}
tracking "c" {
  for_each        = { for i in range(300) : "k${i}" => "12345678" }
  carrier_code    = "dhl"
  tracking_number = each.value
}
`})
	_, diags := config.Load(dir, config.Options{})
	checkDiagnostics(t, diags)
	got := map[string]int{}
	for _, d := range diags {
		got[d.Summary]++
	}
	want := map[string]int{"Invalid tracking number": 2 * config.MaxMistakes, "Duplicate tracking": config.MaxMistakes, "More of this kind": 3}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("diagnostics mismatch (-want +got):\n%s", diff)
	}
	for _, d := range diags {
		if d.Summary == "More of this kind" && !strings.Contains(d.Detail, "There are 250 more") && !strings.Contains(d.Detail, "There are 249 more") {
			t.Errorf("got %q", d.Detail)
		}
	}
}
