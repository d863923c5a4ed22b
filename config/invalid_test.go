package config_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
)

var expectation = regexp.MustCompile(`# (ERROR|WARNING): (.*)`)

// expected collects what the files of a directory say that loading them must
// complain of: comments "# ERROR: summary | summary" on the line, and, for
// other files, lines "FILE:LINE Error: summary" in expect.txt, where "-" stands
// for no place at all.
func expected(t *testing.T, dir string) map[string][]string {
	want := map[string][]string{}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			if place, summary, ok := strings.Cut(line, " "); ok && filepath.Base(name) == "expect.txt" {
				want[place] = append(want[place], summary)
				continue
			}
			if m := expectation.FindStringSubmatch(line); m != nil {
				place := fmt.Sprintf("%s:%d", filepath.Base(name), i+1)
				for _, summary := range strings.Split(m[2], " | ") {
					kind := map[string]string{"ERROR": "Error: ", "WARNING": "Warning: "}[m[1]]
					want[place] = append(want[place], kind+strings.TrimSpace(summary))
				}
			}
		}
	}
	return want
}

func summaries(diags hcl.Diagnostics) map[string][]string {
	got := map[string][]string{}
	for _, d := range diags {
		place := "-"
		if d.Subject != nil {
			place = fmt.Sprintf("%s:%d", d.Subject.Filename, d.Subject.Start.Line)
		}
		kind := "Error: "
		if d.Severity == hcl.DiagWarning {
			kind = "Warning: "
		}
		got[place] = append(got[place], kind+d.Summary)
	}
	return got
}

// TestInvalid loads each file of testdata/invalid with a provider beside it,
// and each directory as it is, and compares what is complained of, and where.
func TestInvalid(t *testing.T) {
	entries, err := os.ReadDir("testdata/invalid")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		t.Run(entry.Name(), func(t *testing.T) {
			dir := filepath.Join("testdata/invalid", entry.Name())
			if !entry.IsDir() {
				text, err := os.ReadFile(dir)
				if err != nil {
					t.Fatal(err)
				}
				files := map[string]string{entry.Name(): string(text)}
				if !bytes.Contains(text, []byte("provider \"")) {
					files["zz_provider.hcl"] = sandbox
				}
				dir = writeFiles(t, files)
			}
			_, diags := config.Load(dir, config.Options{Version: "1.4.0", Environ: map[string]string{}})
			checkDiagnostics(t, diags)
			want, got := expected(t, dir), summaries(diags)
			for _, m := range []map[string][]string{want, got} {
				for _, place := range slices.Collect(maps.Keys(m)) {
					slices.Sort(m[place])
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("diagnostics mismatch (-want +got):\n%s", diff)
				for _, d := range diags {
					t.Log(d)
				}
			}
		})
	}
}

// checkDiagnostics holds all diagnostics against the rules of the house.
func checkDiagnostics(t *testing.T, diags hcl.Diagnostics) {
	t.Helper()
	last := hcl.Range{}
	for _, d := range diags {
		if d.EvalContext != nil || d.Expression != nil || d.Extra != nil {
			t.Errorf("%s carries values", d)
		}
		if d.Summary == "" || !strings.HasSuffix(strings.TrimSpace(d.Detail), ".") && !strings.HasSuffix(d.Detail, "?") && !strings.Contains(d.Detail, "\n    ") {
			t.Errorf("not a sentence: %s", d)
		}
		if strings.Contains(d.Detail, "..") && !strings.Contains(d.Detail, "...") && !strings.Contains(d.Detail, "../") {
			t.Errorf("two full stops: %s", d)
		}
		if d.Subject == nil || kind(d.Summary) == moreLikeThese {
			continue
		}
		if d.Subject.Filename < last.Filename || d.Subject.Filename == last.Filename && d.Subject.Start.Byte < last.Start.Byte {
			t.Errorf("out of order: %s", d)
		}
		last = *d.Subject
	}
}
