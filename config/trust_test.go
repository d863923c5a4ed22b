package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
)

// What somebody may do who may change the files, and nothing else: promise I12.

// TestNoEnvironment calls env() wherever there are expressions. try() does not hide
// it, and no value of the environment is in what is said.
func TestNoEnvironment(t *testing.T) {
	const call = `env("TRACKINGMORE_API_KEY")`
	environ := map[string]string{"TRACKINGMORE_API_KEY": "hunter2", "TMSYNC_VAR_nobody": "hunter3"}
	tests := []struct {
		name  string
		files map[string]string
		want  []string // places
	}{
		{"local", map[string]string{"a.hcl": "locals {\n  x = " + call + "\n}\n"}, []string{"a.hcl:2"}},
		{"tried", map[string]string{"a.hcl": "locals {\n  x = try(" + call + ", \"\")\n  y = can(" + call + ")\n}\n"}, []string{"a.hcl:2", "a.hcl:3"}},
		{"template", map[string]string{"a.hcl": "locals {\n  x = \"%{ if true }${lower(" + call + ")}%{ endif }\"\n}\n"}, []string{"a.hcl:2"}},
		{"argument of lookup", map[string]string{"a.hcl": "locals {\n  x = lookup({}, " + call + ", 1)\n}\n"}, []string{"a.hcl:2"}},
		{"argument of length", map[string]string{"a.hcl": "locals {\n  x = length([" + call + "])\n}\n"}, []string{"a.hcl:2"}},
		{"rows", map[string]string{
			"a.hcl": "trackings \"a\" {\n  csv = \"a.csv\"\n  carrier_code = \"dhl\"\n  tracking_number = row.n\n  title = " + call + "\n}\n",
			"a.csv": "n\n12345678\n22345678\n",
		}, []string{"a.hcl:5"}},
		{"JSON", map[string]string{"a.hcl.json": `{"locals": {"x": "${` + strings.ReplaceAll(call, `"`, `\"`) + `}"}}`}, []string{"a.hcl.json:1"}},
		{"variable", map[string]string{"a.hcl": "variable \"x\" {\n  default = " + call + "\n}\n"}, []string{"a.hcl:2"}},
		{"values of variables", map[string]string{"a.hcl": "variable \"x\" {}\n", "tmsync.tmvars": "x = " + call + "\n"}, []string{"tmsync.tmvars:1"}},
		{"template file", map[string]string{"a.hcl": "locals {\n  x = try(templatefile(\"a.txt\", {}), \"\")\n}\n", "a.txt": "\n${" + call + "}"}, []string{"a.txt:2"}},
		{"template string", map[string]string{"a.hcl": "locals {\n  x = templatestring(\"$${" + strings.ReplaceAll(call, `"`, `\"`) + "}\", {})\n}\n"}, []string{"template:1"}},
		{"output", map[string]string{"a.hcl": "output \"x\" {\n  value = base64encode(" + call + ")\n}\n"}, []string{"a.hcl:2"}},
		{"check", map[string]string{"a.hcl": "check \"x\" {\n  assert {\n    condition = startswith(" + call + ", \"a\")\n    error_message = \"No.\"\n  }\n}\n"}, []string{"a.hcl:3"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.files["provider.hcl"] = sandbox
			_, diags := config.Load(writeFiles(t, tt.files), config.Options{Environ: environ})
			var got []string
			for _, d := range diags {
				if d.Summary != "The environment cannot be read" || !strings.Contains(d.Detail, "TMSYNC_VAR_") || d.Subject == nil {
					t.Errorf("got %v", d)
					continue
				}
				got = append(got, fmt.Sprintf("%s:%d", d.Subject.Filename, d.Subject.Start.Line))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("places (-want +got):\n%s", diff)
			}
			if strings.Contains(diags.Error(), "hunter") {
				t.Error(diags)
			}
		})
	}
	t.Run("console", func(t *testing.T) {
		cfg, diags := config.Load(writeFiles(t, map[string]string{"a.hcl": sandbox}), config.Options{Environ: environ})
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		for _, expr := range []string{call, `try(` + call + `, "")`, `var.nobody`, `path.cwd`, `terraform.workspace`, `self`} {
			v, diags := cfg.Evaluate(expr)
			if !diags.HasErrors() || v.IsWhollyKnown() || strings.Contains(diags.Error(), "hunter") {
				t.Errorf("%s is %#v, %v", expr, v, diags)
			}
		}
	})
	t.Run("file of tests", func(t *testing.T) {
		_, diags := config.ParseTestFile("a.test.hcl", []byte("variables {\n  x = try("+call+", \"\")\n}\nrun \"a\" {\n}\n"))
		if len(diags) != 1 || diags[0].Summary != "The environment cannot be read" || diags[0].Subject.Start.Line != 2 {
			t.Errorf("got %v", diags)
		}
	})
}

// TestZeroByte puts a zero byte where no value depends on it. git shows the file as
// binary then.
func TestZeroByte(t *testing.T) {
	tests := []struct{ name, file, text string }{
		{"comment", "a.hcl", "\n# \x00\n"},
		{"comment within a line", "a.hcl", "\nlocals { /* \x00 */ }\n"},
		{"heredoc", "a.hcl", "locals {\n  x = <<-EOT\x00\n  EOT\n}\n"},
		{"text of a literal block", "a.hcl", "tracking \"a\" {\n  carrier_code = \"dhl\x00\"\n  tracking_number = \"12345678\"\n}\n"},
		{"after a literal block", "a.hcl", "tracking \"a\" {\n  carrier_code = \"dhl\" # \x00\n  tracking_number = \"12345678\"\n}\n"},
		{"outside of everything", "a.hcl", "\n\x00"},
		{"JSON", "a.hcl.json", "{\n\"//\": \"\x00\"}"},
		{"JSON, outside", "a.hcl.json", "{\n}\x00"},
		{"values of variables", "tmsync.tmvars", "\n# \x00\n"},
		{"values of variables as JSON", "x.auto.tmvars.json", "{\n\"//\": \"\x00\"}"},
		{"values of variables of a flag", "given.txt", "\n# \x00\n"},
	}
	check := func(t *testing.T, diags hcl.Diagnostics) {
		t.Helper()
		if len(diags) != 1 || diags[0].Summary != "Zero byte" || !strings.Contains(diags[0].Detail, "git") || diags[0].Subject.Start.Line != 2 {
			t.Errorf("got %v", diags)
		}
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := writeFiles(t, map[string]string{"provider.hcl": sandbox, tt.file: tt.text})
			var opts config.Options
			if tt.file == "given.txt" {
				opts.Vars = []config.VarFlag{{File: "given.txt"}}
			}
			_, diags := config.Load(dir, opts)
			check(t, diags)
			if strings.HasSuffix(tt.file, ".hcl") || strings.HasSuffix(tt.file, ".tmvars") {
				diags, _ = config.CheckSyntax(tt.file, []byte(tt.text))
				check(t, diags)
			}
		})
	}
	t.Run("file of tests", func(t *testing.T) {
		_, diags := config.ParseTestFile("a.test.hcl", []byte("\n# \x00\nrun \"a\" {\n}\n"))
		check(t, diags)
	})
}
