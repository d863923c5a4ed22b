package config_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/config"
)

func TestName(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "null": "", `"shop"`: "shop", `"Shop_2.de-north"`: "Shop_2.de-north", `"shop-${var.country}"`: "shop-de", `7`: "7",
		`"` + strings.Repeat("a", 40) + `"`: strings.Repeat("a", 40),
		// What is not known for sure is no name.
		`""`: "Invalid name", `"my shop"`: "Invalid name", `"-->"`: "Invalid name", `"-x"`: "Invalid name", `"shop\n"`: "Invalid name",
		`"shоp"`: "Invalid name", `"a/b"`: "Invalid name", `"a:b"`: "Invalid name", `"@shop"`: "Invalid name",
		`"` + strings.Repeat("a", 41) + `"`: "Invalid name",
		`var.secret`:                        "Sensitive value not allowed", `"x-${var.secret}"`: "Sensitive value not allowed",
		`["shop"]`: "Invalid argument value", `var.nowhere`: "Reference to undeclared variable", `tracking.a`: "Invalid reference",
	} {
		src := sandbox + "variable \"country\" {\n  default = \"de\"\n}\nvariable \"secret\" {\n  default   = \"qsecret\"\n  sensitive = true\n}\n"
		if text != "" {
			src += "tmsync {\n  name = " + text + "\n}\n"
		}
		cfg, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": src}), config.Options{})
		if strings.Contains(want, " ") {
			if len(diags) != 1 || diags[0].Summary != want || cfg.Name != "" || strings.Contains(diags.Error(), "qsecret") {
				t.Errorf("%s: got %q, %v; want %s", text, cfg.Name, diags, want)
			}
		} else if diags.HasErrors() || cfg.Name != want {
			t.Errorf("%s: got %q, %v; want %q", text, cfg.Name, diags, want)
		}
	}
}

// TestTmsyncBlocks: several blocks say together what one could.
func TestTmsyncBlocks(t *testing.T) {
	cfg, diags := config.Load(writeFiles(t, map[string]string{
		"main.hcl": sandbox + "tmsync {\n  name = \"shop\"\n}\ntmsync {\n  refresh = \"changed\"\n}\n", "state.hcl": "tmsync {\n  state {\n    path = \"x.jsonl\"\n  }\n}\n",
	}), config.Options{})
	if len(diags) > 0 || cfg.Name != "shop" || cfg.Refresh != "changed" || filepath.Base(cfg.StatePath) != "x.jsonl" {
		t.Errorf("got %q, %q, %q, %v", cfg.Name, cfg.Refresh, cfg.StatePath, diags)
	}
}

// The name is known as well where something else is wrong.
func TestNameBesideErrors(t *testing.T) {
	cfg, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": "tmsync {\n  name    = \"shop\"\n  refresh = \"often\"\n}\nnonsense {}\nvariable \"x\" {}\n"}), config.Options{})
	if !diags.HasErrors() || cfg.Name != "shop" {
		t.Errorf("got %q, %v", cfg.Name, diags)
	}
}
