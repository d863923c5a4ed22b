package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/gear/golden"
)

// TestMessages compares whole messages, as hcl's writer shows them, with
// want.txt in each directory of testdata/messages.
func TestMessages(t *testing.T) {
	dirs, err := filepath.Glob("testdata/messages/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			cfg, diags := config.Load(dir, config.Options{Display: "shop"})
			checkDiagnostics(t, diags)
			var b strings.Builder
			diags = append(diags, cfg.Warnings...)
			for _, f := range cfg.Failed {
				diags = append(diags, f.Diag)
			}
			if err := hcl.NewDiagnosticTextWriter(&b, cfg.Sources(), 78, false).WriteDiagnostics(diags); err != nil {
				t.Fatal(err)
			}
			golden.Check(t, filepath.Join(dir, "want.txt"), b.String())
		})
	}
}

// TestSecrets holds that nothing of what the test data knows to be personal or
// secret is in any message, nor in any source that is handed out.
func TestSecrets(t *testing.T) {
	secrets := []string{"Li ", "Wei", "Wang", "wang@", "an address", "wei@", "86123", "555", "0101", "hunter", "HUNTER", "4d1f", "d1f", "9c", "SW1A", "700700", "li wei"}
	for _, name := range []string{"sensitive", "broken", "csv", "language_errors"} {
		cfg, diags := config.Load(filepath.Join("testdata/messages", name), config.Options{})
		var b strings.Builder
		if err := hcl.NewDiagnosticTextWriter(&b, cfg.Sources(), 0, false).WriteDiagnostics(diags); err != nil {
			t.Fatal(err)
		}
		for file, src := range cfg.Sources() {
			b.Write(src.Bytes)
			raw, err := os.ReadFile(filepath.Join("testdata/messages", name, file))
			if err != nil {
				t.Fatal(err)
			}
			if len(src.Bytes) != len(raw) || strings.Count(string(src.Bytes), "\n") != strings.Count(string(raw), "\n") {
				t.Errorf("%s has changed its size", file)
			}
		}
		for _, secret := range secrets {
			if strings.Contains(b.String(), secret) {
				t.Errorf("%s: %q is shown in:\n%s", name, secret, b.String())
			}
		}
	}
}

// TestMasked holds that secrets stay hidden where it is not known yet, or not for
// certain, what is one.
func TestMasked(t *testing.T) {
	const pin = "variable \"pin\" {\n  default   = \"hunter2\"\n  sensitive = true\n}\n"
	tests := []struct {
		name  string
		files map[string]string
		vars  []config.VarFlag
	}{
		{"syntax error in another file", map[string]string{"a.hcl": sandbox + pin, "b.hcl": "x = [\n"}, nil},
		{"syntax error in the same file", map[string]string{"a.hcl": sandbox + pin + "x = \"hunter2\n"}, nil},
		{"variable file with a syntax error", map[string]string{"a.hcl": sandbox + pin, "tmsync.tmvars": "pin = hunter2 hunter3\n"}, nil},
		{"variable file that cannot be cut", map[string]string{"a.hcl": sandbox + pin, "tmsync.tmvars": "pin = \"hunter2\"\nx = " + strings.Repeat("[", 200)}, nil},
		{"variable file that is not UTF-8", map[string]string{"a.hcl": sandbox + pin, "x.auto.tmvars": "pin = \"hunter2\xff\"\n"}, nil},
		{"variable file of JSON", map[string]string{"a.hcl": sandbox + pin, "x.auto.tmvars.json": "{\"pin\": \"hunter2\" hunter3}\n"}, nil},
		{"mistyped name in a variable file", map[string]string{"a.hcl": sandbox + pin, "tmsync.tmvars": "pim = \"hunter2\"\n"}, nil},
		{"text without quotes in a variable file", map[string]string{"a.hcl": sandbox + pin, "tmsync.tmvars": "pin = hunter2\n"}, nil},
		{"wrong kind of --var", map[string]string{"a.hcl": sandbox + strings.Replace(pin, "\"hunter2\"", "[]", 1)}, []config.VarFlag{{Assign: "pin=[hunter2]"}}},
		{"validation", map[string]string{"a.hcl": sandbox + strings.Replace(pin, "}\n", "  validation {\n    condition     = var.pin == \"\"\n    error_message = \"Not ${var.pin}.\"\n  }\n}\n", 1)}, nil},
		{"functions", map[string]string{"a.hcl": sandbox + pin + "output \"x\" {\n  value = [parseint(var.pin, 10), templatestring(\"$${x + 1}\", { x = var.pin }), sensitive (\"hunter3\") + 1, sensitive([upper(\"hunter4\")])[1]]\n}\n"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg, diags := config.Load(writeFiles(t, tt.files), config.Options{Vars: tt.vars})
			if len(diags) == 0 {
				t.Fatal("nothing to complain of")
			}
			var b strings.Builder
			if err := hcl.NewDiagnosticTextWriter(&b, cfg.Sources(), 0, false).WriteDiagnostics(diags); err != nil {
				t.Fatal(err)
			}
			for _, src := range cfg.Sources() {
				b.Write(src.Bytes)
			}
			text := strings.ReplaceAll(b.String(), "--var 'pin=", "")
			if strings.Contains(text, "hunter") && tt.name != "syntax error in the same file" || strings.Contains(diags.Error(), "hunter") {
				t.Errorf("shown:\n%s", text)
			}
		})
	}
}

// TestFileNames holds that the name of a file cannot pass for lines of a message.
func TestFileNames(t *testing.T) {
	dir := writeFiles(t, map[string]string{"main.hcl": sandbox})
	_, diags := config.Load(dir, config.Options{Vars: []config.VarFlag{{File: "none\nError: x\x1b[2J"}}})
	if len(diags) != 1 || strings.ContainsAny(diags[0].Detail, "\n\x1b") || !strings.Contains(diags[0].Detail, `"none\nError: x\x1b[2J"`) {
		t.Errorf("got %q", diags[0].Detail)
	}
}
