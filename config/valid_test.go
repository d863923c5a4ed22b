package config_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/internal/tracking"
)

// dump writes a configuration as text.
func dump(cfg *config.Config) string {
	var b strings.Builder
	p, s := cfg.Provider, cfg.Safety
	fmt.Fprintf(&b, "state %s\n", cfg.StatePath)
	fmt.Fprintf(&b, "provider %s, key %q or %s, %g requests/s, pause %s, batches of %d, timeout %s, at %s, endpoint at %s\n",
		p, p.APIKey, p.Service.KeyEnv, p.RequestsPerSecond, p.RateLimitPause, p.BatchSize, p.Timeout, p.DeclRange, p.EndpointRange)
	fmt.Fprintf(&b, "safety %d, %g %%, %s\n", s.MaxDeletes, s.MaxDeletePercent, s.Mode)
	if s.Adopt != tracking.AdoptAlways {
		fmt.Fprintf(&b, "adopt %s\n", s.Adopt)
	}
	for _, d := range cfg.Declared {
		fmt.Fprintf(&b, "\n%s = %s\n", d.Addr, d.Key)
		for a, v := range d.Attrs.All() {
			fmt.Fprintf(&b, "  %s = %q (%s)\n", a, v, place(d.AttrRange(a)))
		}
		if d.Secret != 0 {
			fmt.Fprintf(&b, "  secret %s\n", d.Secret)
		}
		lc := d.Lifecycle
		fmt.Fprintf(&b, "  prevent_destroy %t, ignore [%s], on_remove %q, on_missing %q, create_only %s\n",
			lc.PreventDestroy, lc.IgnoreChanges, lc.OnRemove, lc.OnMissing, lc.CreateOnly)
		if lc.ArchiveAfter != 0 {
			fmt.Fprintf(&b, "  archive_after %s\n", lc.ArchiveAfter)
		}
		fmt.Fprintf(&b, "  at %s, carrier %s, number %s\n", place(d.Range()), place(d.CarrierRange()), place(d.NumberRange()))
	}
	dumpRest(&b, cfg)
	return b.String()
}

// dumpRest writes what does not declare trackings.
func dumpRest(b *strings.Builder, cfg *config.Config) {
	for _, addr := range slices.Sorted(maps.Keys(cfg.Many)) {
		lc := cfg.Many[addr]
		fmt.Fprintf(b, "\nmany %s: prevent_destroy %t, on_remove %q\n", addr, lc.PreventDestroy, lc.OnRemove)
	}
	for _, m := range cfg.Moves {
		fmt.Fprintf(b, "\nmoved %s to %s at %s\n", m.From, m.To, place(m.Range))
	}
	for _, r := range cfg.Removals {
		fmt.Fprintf(b, "\nremoved %s, on_remove %q, at %s\n", r.From, r.OnRemove, place(r.Range))
	}
	for _, im := range cfg.Imports {
		fmt.Fprintf(b, "\nimport %s to %s at %s\n", im.Key, im.To, place(im.Range))
	}
	for _, o := range cfg.Outputs {
		v, _ := o.Value.UnmarkDeep()
		text, err := ctyjson.Marshal(v, v.Type())
		fmt.Fprintf(b, "\noutput %s (%s) = %s, %v, sensitive %t, marked %t, at %s\n", o.Name, o.Description, text, err, o.Sensitive, o.Value.ContainsMarked(), place(o.Range))
	}
	for _, d := range cfg.Warnings {
		fmt.Fprintf(b, "\nwarning: %s\n", d)
	}
	for _, f := range cfg.Failed {
		fmt.Fprintf(b, "\nfailed for %q: %s\n", f.Addr, f.Diag)
	}
}

func place(rng hcl.Range) string {
	return fmt.Sprintf("%s:%d,%d byte %d", rng.Filename, rng.Start.Line, rng.Start.Column, rng.Start.Byte)
}

// TestValid loads each directory of testdata/valid and compares what it declares
// with want.golden. Set -update to rewrite them.
func TestValid(t *testing.T) {
	dirs, err := filepath.Glob("testdata/valid/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			opts := config.Options{Version: "1.4.0", Environ: map[string]string{"TRACKINGMORE_API_KEY": "key-of-the-environment"}}
			cfg, diags := config.Load(dir, opts)
			for _, d := range diags {
				t.Error(d)
			}
			golden.Check(t, filepath.Join(dir, "want.golden"), dump(cfg))
		})
	}
}
