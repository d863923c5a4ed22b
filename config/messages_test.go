package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
)

// TestMessages compares whole messages, as hcl's writer shows them, with
// want.txt in each folder of testdata/messages.
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
			golden(t, filepath.Join(dir, "want.txt"), b.String())
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
