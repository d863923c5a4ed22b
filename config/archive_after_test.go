package config_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
)

// archiveAfter loads a tracking with an archive_after, and gives what it means, or
// what is said of it.
func archiveAfter(t *testing.T, expr string) string {
	t.Helper()
	cfg, diags := config.Load(writeFiles(t, map[string]string{
		"main.hcl": tracked("a", "dhl", "1234567890", "  lifecycle {\n    archive_after = "+expr+"\n  }"), "zz_provider.hcl": sandbox,
	}), config.Options{})
	if diags.HasErrors() {
		return strings.TrimPrefix(diags[0].Detail, `archive_after is a whole number above zero and its unit, h (hours), d (days) or w (weeks), such as "30d"; null is never.`)
	}
	return cfg.Declared[0].Lifecycle.ArchiveAfter.String()
}

func TestArchiveAfter(t *testing.T) {
	const tooMuch = "archive_after may be 36500 days at most. To archive nothing, leave it out, or write null."
	for expr, want := range map[string]string{
		`"30d"`: "720h0m0s", `"1w"`: "168h0m0s", `"72h"`: "72h0m0s", `"007d"`: "168h0m0s", `null`: "0s",
		`"36500d"`: "876000h0m0s", `"876000h"`: "876000h0m0s", `"5214w"`: "875952h0m0s",
		`"36501d"`: tooMuch, `"5215w"`: tooMuch, `"876001h"`: tooMuch, `"99999999999999999999d"`: tooMuch,
		`30`: ` Did you mean "30d"?`, `"30"`: ` Did you mean "30d"?`, `"30D"`: ` Did you mean "30d"?`, `"30 days"`: ` Did you mean "30d"?`, `" 2 Weeks "`: ` Did you mean "2w"?`, `"1 hour"`: ` Did you mean "1h"?`,
		`"1 month"`: " Months and years have no fixed length: write them as days.", `"2years"`: " Months and years have no fixed length: write them as days.",
		`"0d"`: "", `0`: "", `-30`: "", `"-30d"`: "", `"1.5d"`: "", `"30m"`: "", `"30s"`: "", `""`: "", `"d"`: "", `"1d12h"`: "", `"٣d"`: "", `1e40`: "", `true`: "",
	} {
		if diff := cmp.Diff(want, archiveAfter(t, expr)); diff != "" {
			t.Errorf("archive_after = %s (-want +got):\n%s", expr, diff)
		}
	}
}

// The pattern that editors check takes what is taken here, but for what is too much.
func TestArchiveAfterPattern(t *testing.T) {
	form := regexp.MustCompile(config.ArchiveAfterPattern)
	for _, text := range []string{"30d", "1w", "007d", "36500d", "0d", "00h", "30", "30D", "30 d", "-1d", "1m", "", "d"} {
		_, err := time.ParseDuration(archiveAfter(t, fmt.Sprintf("%q", text)))
		if form.MatchString(text) != (err == nil) {
			t.Errorf("%q matches the pattern: %t", text, form.MatchString(text))
		}
	}
}

// One block cannot say both; the defaults and a block can.
func TestArchiveAfterConflicts(t *testing.T) {
	for _, tt := range []struct{ defaults, own, want string }{
		{"archived = false\n lifecycle {\n archive_after = \"1d\"\n }", "", "defaults.hcl:4"},
		{"lifecycle {\n archive_after = \"1d\"\n ignore_changes = [title, archived]\n }", "", "defaults.hcl:3"},
		{"archived = null\n lifecycle {\n archive_after = \"1d\"\n }", "", ""},
		{"archived = false\n lifecycle {\n archive_after = null\n }", "", ""},
		{"archived = false", "lifecycle {\n archive_after = \"1d\"\n }", ""},
		{"lifecycle {\n archive_after = \"1d\"\n }", "archived = true", ""},
		{"lifecycle {\n archive_after = \"1d\"\n }", "lifecycle {\n ignore_changes = [archived]\n }", ""},
		{"", "archived = true\n lifecycle {\n archive_after = \"1d\"\n }", "main.hcl:6"},
	} {
		_, diags := config.Load(writeFiles(t, map[string]string{
			"defaults.hcl": "defaults {\n" + tt.defaults + "\n}\n", "main.hcl": tracked("a", "dhl", "1234567890", tt.own), "zz_provider.hcl": sandbox,
		}), config.Options{})
		got := ""
		for _, d := range diags.Errs() {
			if diag := d.(*hcl.Diagnostic); diag.Summary == "Conflicting arguments" {
				got += fmt.Sprintf("%s:%d", diag.Subject.Filename, diag.Subject.Start.Line)
			} else {
				t.Error(d)
			}
		}
		if got != tt.want {
			t.Errorf("defaults %q, block %q: complains at %q, want %q", tt.defaults, tt.own, got, tt.want)
		}
	}
}
