package config_test

import (
	"fmt"
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
		got[kind(d.Summary)]++
	}
	want := map[string]int{"Invalid tracking number": 2 * config.MaxMistakes, "Duplicate tracking": config.MaxMistakes, moreLikeThese: 3}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("diagnostics mismatch (-want +got):\n%s", diff)
	}
	for _, d := range diags {
		if kind(d.Summary) == moreLikeThese && !strings.Contains(d.Detail, "There are 250 more") && !strings.Contains(d.Detail, "There are 249 more") {
			t.Errorf("got %q", d.Detail)
		}
	}
}

// moreLikeThese is the kind of what says that there are more.
const moreLikeThese = "… and more like these"

// kind is the summary of a diagnostic without a number in it.
func kind(summary string) string {
	if rest, ok := strings.CutPrefix(summary, "… and "); ok {
		_, rest, _ = strings.Cut(rest, " ")
		return "… and " + rest
	}
	return summary
}

// The note that there are more comes behind the last one that is shown.
func TestMoreLikeThese(t *testing.T) {
	var rows strings.Builder
	rows.WriteString("n\n")
	for i := range config.MaxMistakes + 30 {
		fmt.Fprintf(&rows, "no%d!\n", i)
	}
	_, diags := config.Load(writeFiles(t, map[string]string{
		"a.hcl": sandbox + "trackings \"o\" {\n  csv             = \"z.csv\"\n  carrier_code    = \"dhl\"\n  tracking_number = row.n\n}\n\nlocals {\n  x = nope\n}\n", "z.csv": rows.String(),
	}), config.Options{})
	checkDiagnostics(t, diags)
	for i, d := range diags {
		if kind(d.Summary) == moreLikeThese && (i == 0 || d.Summary != fmt.Sprintf("… and %d more like these", 30) || diags[i-1].Subject.Filename != "z.csv" || i != len(diags)-1) {
			t.Errorf("%d of %d: %v", i, len(diags), d)
		}
	}
	if len(diags) != config.MaxMistakes+2 {
		t.Errorf("got %d", len(diags))
	}
}
