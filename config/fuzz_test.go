package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/tracking"
)

// loadFuzz is what all fuzz targets want of Load: it ends, its diagnostics are
// fit for showing, and without errors what is declared is sound.
func loadFuzz(t *testing.T, files map[string]string) {
	opts := config.Options{Environ: map[string]string{}, Now: func() time.Time { return time.Unix(0, 0) }}
	cfg, diags := config.Load(writeFiles(t, files), opts)
	for _, d := range diags {
		if d.EvalContext != nil || d.Expression != nil || d.Summary == "" || strings.Contains(d.Detail, "goroutine") {
			t.Errorf("not fit for showing: %v", d)
		}
	}
	if err := hcl.NewDiagnosticTextWriter(&strings.Builder{}, cfg.Sources(), 78, true).WriteDiagnostics(diags); err != nil {
		t.Error(err)
	}
	if diags.HasErrors() {
		return
	}
	for _, o := range cfg.Outputs {
		if o.Value.ContainsMarked() && !o.Sensitive || !o.Value.IsWhollyKnown() {
			t.Errorf("output %s is unsound: %#v", o.Name, o.Value)
		}
	}
	for _, f := range cfg.Failed {
		if f.Diag.Subject == nil && f.Addr != "" {
			t.Errorf("no place: %v", f.Diag)
		}
	}
	keys, addrs := map[tracking.Key]bool{}, map[tracking.Addr]bool{}
	for _, d := range cfg.Declared {
		if keys[d.Key] || addrs[d.Addr] || d.Lifecycle == nil || d.Source == nil || d.Range().Filename == "" {
			t.Errorf("unsound: %+v", d)
		}
		if key, err := tracking.ParseKey(d.Key.String()); err != nil || key != d.Key {
			t.Errorf("key %s is not canonical: %v", d.Key, err)
		}
		for a, v := range d.Attrs.All() {
			if canonical, err := a.Canonical(v); err != nil || canonical != v {
				t.Errorf("%s %q is not canonical: %v", a, v, err)
			}
		}
		keys[d.Key], addrs[d.Addr] = true, true
	}
}

func FuzzLoadHCL(f *testing.F) {
	for _, dir := range []string{"testdata/valid/*/*.hcl", "testdata/invalid/*.hcl", "testdata/messages/*/*.hcl"} {
		names, err := filepath.Glob(dir)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			if src, err := os.ReadFile(name); err == nil { // one of them is a directory
				f.Add(string(src))
			}
		}
	}
	for _, src := range badInputs(f, ".hcl") {
		f.Add(src)
	}
	for _, expr := range expressions {
		f.Add("locals {\n  x = " + expr + "\n}\n")
	}
	f.Fuzz(func(t *testing.T, src string) {
		loadFuzz(t, map[string]string{"main.hcl": src, "x.csv": "number\n12345678\n"})
	})
}

// badInputs returns the files of one kind among the bad inputs that the whole
// program is tested with.
func badInputs(f *testing.F, ext string) []string {
	names, err := filepath.Glob("../internal/cli/testdata/bad/*.txtar")
	if err != nil || len(names) == 0 {
		f.Fatalf("%d bad inputs, %v", len(names), err)
	}
	var all []string
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if filepath.Ext(file.Name) == ext {
				all = append(all, string(file.Data))
			}
		}
	}
	return all
}

func FuzzLoadJSON(f *testing.F) {
	src, err := os.ReadFile("testdata/valid/json/main.hcl.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(src))
	if src, err = os.ReadFile("testdata/valid/language_json/main.hcl.json"); err != nil {
		f.Fatal(err)
	}
	f.Add(string(src))
	f.Add(`{"variable": {"x": {"type": "list(object({a = string}))"}}}`)
	f.Fuzz(func(t *testing.T, src string) {
		loadFuzz(t, map[string]string{"main.hcl.json": src})
	})
}

func FuzzLoadCSV(f *testing.F) {
	for _, seed := range []string{manyRows(3), "order_id,carrier\n", "\xef\xbb\xbforder_id;carrier\n", "order_id,carrier,number,title,name,email,country\n1,dhl,=\"00123\",,,,\n"} {
		f.Add(seed)
	}
	for _, rows := range badInputs(f, ".csv") {
		f.Add(rows)
		f.Add(strings.NewReplacer("number", "order_id,carrier,number", "title", "title,name,email,country").Replace(rows))
	}
	f.Fuzz(func(t *testing.T, rows string) {
		loadFuzz(t, map[string]string{"main.hcl": sandbox + rowsBlock, "orders.csv": rows})
	})
}
