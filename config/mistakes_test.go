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
	want := map[string]int{"Invalid tracking number": 2, "Duplicate tracking": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("diagnostics mismatch (-want +got):\n%s", diff)
	}
	for _, d := range diags {
		if !strings.Contains(d.Detail, " with this mistake: 300, the first at ") && !strings.Contains(d.Detail, " with this mistake: 299, the first at ") {
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

// Rows with the same mistake are one diagnostic, with the first places and values, also
// where several files have them. Customers' data is not shown, and no other mistake is
// hidden.
func TestOneMistakeInManyRows(t *testing.T) {
	var rows strings.Builder
	rows.WriteString("n,mail\n")
	for i := range 80 {
		fmt.Fprintf(&rows, "no%d!,li%d@example\n", i, i)
	}
	cfg, diags := config.Load(writeFiles(t, map[string]string{
		"a.hcl": sandbox + "trackings \"o\" {\n  file            = [\"y.csv\", \"z.csv\"]\n  carrier_code    = \"dhl\"\n  tracking_number = row.n\n  customer_email  = row.mail\n}\n\nlocals {\n  x = nope\n}\n",
		"y.csv": "n,mail\nno!,li@example.org\n1234567,li@example\n", "z.csv": rows.String(),
	}), config.Options{})
	checkDiagnostics(t, diags)
	var told []string
	for _, d := range diags {
		_, places, _ := strings.Cut(d.Detail, "Rows with this mistake: ")
		told = append(told, d.Summary+": "+places)
		if strings.Contains(d.Detail, "li1") {
			t.Errorf("customers' data in %q", d.Detail)
		}
	}
	want := []string{
		"Unknown variable: ",
		`Invalid tracking number: 81, the first at y.csv:2, z.csv:2 ("no0!"), 3 ("no1!"), 4 ("no2!"), 5 ("no3!").`,
		"Invalid e-mail address: 81, the first at y.csv:3, z.csv:2, 3, 4, 5.",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("diagnostics mismatch (-want +got):\n%s", diff)
	}
	if got := cfg.Rows[0].Wrong; got != 82 {
		t.Errorf("%d rows are wrong", got)
	}
}

// However many warnings there are, an error behind them is shown.
func TestErrorBehindWarnings(t *testing.T) {
	var b strings.Builder
	for i := range 2 * config.MaxDiagnostics {
		fmt.Fprintf(&b, "tracking \"t%d\" {\n  for_each        = toset([\"%d\"])\n  carrier_code    = \"ups\"\n  tracking_number = \"1Z${each.key}\"\n}\n", i, 1_000_000_000_000_001+100*i)
	}
	_, diags := config.Load(writeFiles(t, map[string]string{"a.hcl": sandbox + b.String(), "z.hcl": "locals {\n  x = nope\n}\n"}), config.Options{Environ: map[string]string{}})
	if len(diags) != config.MaxDiagnostics+1 || diags[0].Summary != "Unknown variable" || diags[1].Summary != "Doubtful tracking number" || kind(diags[config.MaxDiagnostics].Summary) != moreLikeThese {
		t.Errorf("got %d, the first %v", len(diags), diags[:min(len(diags), 2)])
	}
}

// A precondition that fails to be evaluated tells the values of the row that is named.
func TestPreconditionValues(t *testing.T) {
	_, diags := config.Load(writeFiles(t, map[string]string{
		"a.hcl": sandbox + "trackings \"o\" {\n  file            = \"x.csv\"\n  carrier_code    = \"dhl\"\n  tracking_number = row.n\n  lifecycle {\n    precondition {\n      condition     = tonumber(row.w) < 30\n      error_message = \"m\"\n    }\n  }\n}\n",
		"x.csv": "n,w\n12345671,x\n12345672,4\n12345673,y\n",
	}), config.Options{Environ: map[string]string{}})
	const want = "\n\nHere row.w is \"x\".\n\nThis happened for trackings.o[\"12345671\"].\n\nTrackings with this mistake: 2, at x.csv:2, 4."
	if len(diags) != 1 || !strings.HasSuffix(diags[0].Detail, want) {
		t.Errorf("got %v", diags)
	}
}
