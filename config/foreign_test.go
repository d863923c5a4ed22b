package config_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
)

// TestInstead holds that each block and argument of Terraform gets one sentence, with
// what to write instead, in HCL and in JSON.
func TestInstead(t *testing.T) {
	for _, tt := range []struct{ file, text, want string }{
		{"a.hcl", "resource \"tracking\" \"a\" {\n}", `tracking "NAME"`},
		{"a.hcl", "module \"shop\" {\n}", "--chdir=DIR"},
		{"a.hcl", "terraform {\n  backend \"s3\" {\n  }\n}", "is called tmsync here"},
		{"a.hcl", "backend \"s3\" {\n}", "stands in the tmsync block"},
		{"a.hcl", "ephemeral \"x\" \"y\" {\n}", "sensitive = true"},
		{"a.hcl", "tmsync {\n  cloud {\n  }\n}", `"s3", "pg" or "http"`},
		{"a.hcl", "variable \"x\" {\n  default   = 1\n  ephemeral = true\n}", "sensitive = true"},
		{"a.hcl", "data \"air_waybill\" \"x\" {\n  numbers = []\n  count   = 1\n}", "write for_each"},
		{"a.hcl", parcel("depends_on = []"), "Remove it: trackings depend on nothing"},
		{"a.hcl", parcel("carrier = \"dhl\""), "is its carrier_code"},
		{"a.hcl", parcel("provider = trackru"), "a directory of their own"},
		{"a.hcl", parcel("count = 2"), "write for_each"},
		{"a.hcl", parcel("dynamic \"lifecycle\" {\n}"), "write for_each in the tracking itself"},
		{"a.hcl", parcel("lifecycle {\n  create_before_destroy = true\n}"), "deleted before it is created again"},
		{"a.hcl", parcel("lifecycle {\n  replace_triggered_by = []\n}"), "--replace ADDRESS"},
		{"a.hcl.json", `{"resource": {"tracking": {"a": {}}}}`, `tracking "NAME"`},
		{"a.hcl.json", `{"tracking": {"a": {"carrier_code": "dhl", "tracking_number": "1234567890", "depends_on": []}}}`, "Remove it: trackings depend on nothing"},
	} {
		_, diags := config.Load(writeFiles(t, map[string]string{"zz.hcl": sandbox, tt.file: tt.text + "\n"}), config.Options{})
		checkDiagnostics(t, diags)
		if len(diags) != 1 || !strings.Contains(diags[0].Detail, tt.want) || strings.Contains(diags[0].Detail, "not expected here") || strings.Count(diags[0].Detail, ". ") > 0 {
			t.Errorf("%s: got %v, want one sentence with %q", tt.text, diags, tt.want)
		}
	}
}

func parcel(more string) string {
	return "tracking \"a\" {\n  carrier_code    = \"dhl\"\n  tracking_number = \"1234567890\"\n  " + more + "\n}"
}

// TestForeignFiles holds that files of Terraform beside a configuration are passed
// over, and noticed once.
func TestForeignFiles(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"shop.hcl": sandbox, "main.tf": "resource", "more.tf.json": "{}", "terraform.tfvars": "x", "prod.auto.tfvars.json": "x", "a.tftest.hcl": "run \"x\" {\n}\n", "b.tftest.json": "{}",
		".terraform.lock.hcl": "provider", "notes.txt": "",
	})
	_, diags := config.Load(dir, config.Options{})
	checkDiagnostics(t, diags)
	want := []string{"Terraform's files are not read; Passed over: a.tftest.hcl, b.tftest.json, main.tf and 3 more. Tests are tests/*.test.hcl. " +
		"Values of variables are in tmsync.tmvars, in *.auto.tmvars, or in a file named with --var-file. A configuration is *.hcl."}
	if diff := cmp.Diff(want, warnings(t, diags)); diff != "" {
		t.Errorf("warnings mismatch (-want +got):\n%s", diff)
	}
}

// TestForeignOnly holds that a directory of Terraform's alone is told as that.
func TestForeignOnly(t *testing.T) {
	_, diags := config.Load(writeFiles(t, map[string]string{"main.tf": ""}), config.Options{})
	if len(diags) != 2 || !strings.Contains(diags[0].Detail, "main.tf") || diags[1].Summary != "No configuration files" {
		t.Errorf("got %v", diags)
	}
}

// TestForeignEnviron holds that variables of the environment which set nothing are
// noticed: without their values.
func TestForeignEnviron(t *testing.T) {
	const vars = "variable \"shop\" {\n  default = \"x\"\n}\nvariable \"env\" {\n  default = \"dev\"\n}\n"
	for _, tt := range []struct {
		name    string
		environ map[string]string
		want    []string
	}{
		{"nothing", map[string]string{"TMSYNC_VAR_shop": "main", "TF_VAR_region": "eu"}, nil},
		{"called as in Terraform", map[string]string{"TF_VAR_shop": "hunter2"}, []string{"TF_VAR_… is not read; In the environment the values of variables are called TMSYNC_VAR_name here: rename TF_VAR_shop."}},
		{"both names", map[string]string{"TF_VAR_shop": "main", "TMSYNC_VAR_shop": "main"}, nil},
		{"no variable", map[string]string{"TMSYNC_VAR_shp": "hunter2"}, []string{`Value for undeclared variable; The environment has TMSYNC_VAR_shp, but no variable of that name is declared; the value is not used. Did you mean "shop"?`}},
		{"many", map[string]string{"TMSYNC_VAR_a1": "1", "TMSYNC_VAR_a2": "1", "TMSYNC_VAR_a3": "1", "TMSYNC_VAR_a4": "1"}, []string{`Value for undeclared variable; The environment has TMSYNC_VAR_a1, TMSYNC_VAR_a2, TMSYNC_VAR_a3 and 1 more, but no variable of that name is declared; the value is not used.`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, diags := config.Load(writeFiles(t, map[string]string{"a.hcl": sandbox + vars}), config.Options{Environ: tt.environ})
			checkDiagnostics(t, diags)
			if diff := cmp.Diff(tt.want, warnings(t, diags)); diff != "" {
				t.Errorf("warnings mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// warnings are the summaries and details of diagnostics that are all warnings.
func warnings(t *testing.T, diags hcl.Diagnostics) (said []string) {
	t.Helper()
	for _, d := range diags {
		if d.Severity != hcl.DiagWarning {
			t.Errorf("no warning: %v", d)
		}
		said = append(said, d.Summary+"; "+filepath.ToSlash(d.Detail))
	}
	return said
}
