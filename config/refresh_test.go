package config_test

import (
	"testing"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/tracking"
)

func TestRefresh(t *testing.T) {
	for text, want := range map[string]tracking.RefreshMode{
		"":                                    "",
		"tmsync {\n}\n":                       "",
		"tmsync {\n  refresh = null\n}\n":     "",
		"tmsync {\n  refresh = \"auto\"\n}\n": tracking.RefreshAuto,
		"tmsync {\n  refresh = var.ci ? \"changed\" : \"full\"\n}\nvariable \"ci\" {\n  default = true\n}\n": tracking.RefreshChanged,
	} {
		cfg, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": sandbox + text}), config.Options{})
		if diags.HasErrors() || cfg.Refresh != want {
			t.Errorf("%q: got %q, %v; want %q", text, cfg.Refresh, diags, want)
		}
	}
}
