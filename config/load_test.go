package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/tracking"
)

// TestFileKinds puts things other than files where files are expected. None of
// them may be waited for.
func TestFileKinds(t *testing.T) {
	main := sandbox + "trackings \"a\" {\n  csv = \"x.csv\"\n  carrier_code = \"dhl\"\n  tracking_number = row.number\n}\n"
	outside := filepath.Join(writeFiles(t, map[string]string{"x": "number\n12345678\n"}), "x")
	tests := []struct {
		name   string
		make   func(path string) error
		file   string
		detail string // of the error; "" for none
	}{
		{"pipe as csv", makePipe, "x.csv", "x.csv: it is not a regular file."},
		{"pipe as hcl", makePipe, "x.hcl", "x.hcl: it is not a regular file."},
		{"pipe as tmvars", makePipe, "x.auto.tmvars", "x.auto.tmvars: it is not a regular file."},
		{"device", func(path string) error { return os.Symlink("/dev/zero", path) }, "x.hcl", "files are read only inside the configuration's directory"},
		{"link out", func(path string) error { return os.Symlink(outside, path) }, "x.csv", "files are read only inside the configuration's directory"},
		{"link to nothing", func(path string) error { return os.Symlink("nothing", path) }, "x.hcl", "there is no such file"},
		{"link inside", func(path string) error {
			if err := os.WriteFile(filepath.Dir(path)+"/y", []byte("number\n12345678\n"), 0o600); err != nil {
				return err
			}
			return os.Symlink("y", path)
		}, "x.csv", ""},
		{"large csv", func(path string) error { return sparse(path, 300<<20) }, "x.csv", "256 MiB"},
		{"large hcl", func(path string) error { return sparse(path, 1<<40) }, "x.hcl", "64 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := writeFiles(t, map[string]string{"main.hcl": main, "x.csv": "number\n"})
			if err := os.Remove(filepath.Join(dir, "x.csv")); err != nil {
				t.Fatal(err)
			}
			if err := tt.make(filepath.Join(dir, tt.file)); err != nil {
				t.Skip(err)
			}
			cfg, diags := config.Load(dir, config.Options{})
			if tt.detail == "" && (diags.HasErrors() || len(cfg.Declared) != 1) {
				t.Errorf("got %v", diags)
			}
			if tt.detail != "" && (len(diags) == 0 || !strings.Contains(diags.Error()+diags[0].Detail, tt.detail)) {
				t.Errorf("got %v, want %q", diags, tt.detail)
			}
		})
	}
}

// A glob leaves out nothing that cannot be read: what it declares would be deleted.
func TestGlobLeavesOutNothing(t *testing.T) {
	outside := writeFiles(t, map[string]string{"x.csv": "number\n12345679\n"})
	for _, tt := range []struct{ glob, link, to, detail string }{
		{"orders/*", "orders/b.csv", "a.csv", ""},
		{"orders/*", "orders/b.csv", outside + "/x.csv", "orders/b.csv: files are read only inside"},
		{"orders/*", "orders/b.csv", "none.csv", "orders/b.csv: there is no such file"},
		{"orders/*", "orders/b.csv", "../.git/x.csv", "orders/b.csv: nothing is read whose name"},
		{"orders/*", "orders/b.csv", "b.csv", "orders/b.csv: too many levels"},
		{"orders/*", "orders/b", outside, "orders/b: files are read only inside"},
		{"*/*.csv", "b", outside, "b/*.csv: files are read only inside"},
		{"*/a.csv", "b", outside, "b/a.csv: files are read only inside"},
		{"*/a.csv", "b", "main.hcl", ""},
		{"*/a.csv", "b", "empty", ""},
	} {
		dir := writeFiles(t, map[string]string{
			"main.hcl":     sandbox + "trackings \"a\" {\n  file = \"" + tt.glob + "\"\n  carrier_code = \"dhl\"\n  tracking_number = row.number\n  where = row.number != null\n}\n",
			"orders/a.csv": "number\n12345678\n", ".git/x.csv": "number\n12345679\n", "empty/x": "",
		})
		if tt.to == "a.csv" {
			must(t, os.WriteFile(filepath.Join(dir, "orders/a.csv"), []byte("number\n"), 0o600))
		}
		if err := os.Symlink(tt.to, filepath.Join(dir, filepath.FromSlash(tt.link))); err != nil {
			t.Skip(err)
		}
		_, diags := config.Load(dir, config.Options{})
		if diags.HasErrors() != (tt.detail != "") || tt.detail != "" && !strings.Contains(diags[0].Detail, tt.detail) {
			t.Errorf("%s -> %s: got %v, want %q", tt.link, tt.to, diags, tt.detail)
		}
	}
}

func sparse(path string, size int64) error {
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return err
	}
	return os.Truncate(path, size)
}

// TestDirectory loads from where there is nothing to load.
func TestDirectory(t *testing.T) {
	_, diags := config.Load(filepath.Join(t.TempDir(), "none"), config.Options{})
	if len(diags) != 1 || diags[0].Summary != "Cannot read the configuration directory" {
		t.Errorf("got %v", diags)
	}
	files := map[string]string{}
	for i := range 2001 {
		files[fmt.Sprintf("%d.hcl", i)] = ""
	}
	_, diags = config.Load(writeFiles(t, files), config.Options{})
	if len(diags) != 1 || diags[0].Summary != "Too many files" {
		t.Errorf("got %v", diags)
	}
}

// TestHash changes one thing after the other; each of them must change the
// hash, and nothing else may.
func TestHash(t *testing.T) {
	files := map[string]string{
		"main.hcl": sandbox + `
variable "v" {
  default = "x"
}
locals {
  text = "${file("note.txt")}${fileexists("maybe.txt")}${join("", fileset(".", "*.md"))}${timestamp()}"
}
trackings "a" {
  csv             = "*.csv"
  carrier_code    = "dhl"
  tracking_number = row.number
  title           = var.v
}
output "x" {
  value = [filesha256("sum.bin"), plantimestamp(), trackings.a]
  sensitive = true
}
moved {
  from = tracking.x
  to   = tracking.y
}
import {
  to = trackings.a["12345678"]
  id = "dhl/12345678"
}
`,
		"sum.bin": "\xff", "note.txt": "n", "a.csv": "number\n12345678\n",
	}
	opts := config.Options{Environ: map[string]string{"OTHER": "o"}}
	load := func() string {
		t.Helper()
		cfg, diags := config.Load(writeFiles(t, files), opts)
		if diags.HasErrors() || len(cfg.Hash) != 64 {
			t.Fatal(cfg.Hash, diags)
		}
		return cfg.Hash
	}
	last := load()
	same := func(what string) {
		t.Helper()
		if got := load(); got != last {
			t.Errorf("%s has changed the hash", what)
		}
	}
	differs := func(what string) {
		t.Helper()
		got := load()
		if got == last {
			t.Errorf("%s has not changed the hash", what)
		}
		last = got
	}
	same("nothing")
	files["other.txt"] = "x"
	same("a file that is not read")
	opts.Environ["OTHER"] = "p"
	same("a variable of the environment that is not read")
	opts.Now = func() time.Time { return time.Unix(0, 0) }
	same("the time")
	opts.Display = "shop"
	same("how the directory is named")
	files["main.hcl"] += "# comment\n"
	differs("the configuration")
	files["note.txt"] = "m"
	differs("a file that is read")
	files["sum.bin"] = "\xfe"
	differs("a file of which there is a checksum")
	files["main.hcl"] = strings.Replace(files["main.hcl"], "tracking.y", "tracking.z", 1)
	differs("a move")
	files["main.hcl"] = strings.Replace(files["main.hcl"], "plantimestamp()", "timestamp()", 1)
	differs("an output")
	files["maybe.txt"] = ""
	differs("a file that exists")
	files["x.md"] = ""
	differs("a file that is listed")
	files["a.csv"] += "22345678\n"
	differs("a row")
	files["b.csv"] = "number\n"
	differs("a CSV file")
	opts.Environ["TMSYNC_VAR_v"] = "y"
	differs("a variable")
	opts.Environ["TMSYNC_ENDPOINT"] = "https://example.org/v2"
	differs("the endpoint")
}

// TestEndpoint sets the endpoint in the file and in the environment.
func TestEndpoint(t *testing.T) {
	const notAllowed = "set TMSYNC_ENDPOINT in the environment"
	tests := []struct {
		file, env string
		want      string
		rate      float64
		problem   string
	}{
		{"", "", "https://api.trackingmore.com/v2", 1, ""},
		{"sandbox", "", "sandbox", 0, ""},
		{"https://api.trackingmore.com/v3/", "", "https://api.trackingmore.com/v3", 1, ""},
		{"https://api.trackingmore.com:443/v2", "", "https://api.trackingmore.com:443/v2", 1, ""},
		{"http://localhost:8080", "", "http://localhost:8080", 1, ""},
		{"https://localhost", "", "https://localhost", 1, ""},
		{"http://[::1]:8080/v2", "", "http://[::1]:8080/v2", 1, ""},
		{"http://[::ffff:127.0.0.1]", "", "http://[::ffff:127.0.0.1]", 1, ""},
		{"http://127.8.9.1", "", "http://127.8.9.1", 1, ""},

		// What the environment says goes before the file, be that good or bad.
		{"https://example.org", "sandbox", "sandbox", 0, ""},
		{"https://example.org", "https://example.com", "https://example.com", 1, ""},
		{"https://user:hunter2@example.org", "https://example.com", "https://example.com", 1, ""},
		{"sandbox", "http://localhost:8080", "http://localhost:8080", 1, ""},
		{"", "https://example.org/v2/", "https://example.org/v2", 1, ""},

		// A file does not decide where the key goes.
		{"https://example.org/v2/", "", "", 0, notAllowed},
		{"https://api.trackru.ru/v1", "", "", 0, notAllowed},
		{"https://trackingmore.com", "", "", 0, notAllowed},
		{"https://api.trackingmore.com.example.org", "", "", 0, notAllowed},
		{"https://example.org/api.trackingmore.com", "", "", 0, notAllowed},
		{"https://api.trackingmore.com:8443", "", "", 0, notAllowed},
		{"https://api.trackingmore.com.", "", "", 0, notAllowed},
		{"https://API.TRACKINGMORE.COM", "", "", 0, notAllowed},
		{"https://api.trac\u212aingmore.com", "", "", 0, notAllowed},
		{"https://api.tr\u0430ckingmore.com", "", "", 0, notAllowed},
		{"https://localhost.example.org", "", "", 0, notAllowed},
		{"https://127.0.0.1.example.org", "", "", 0, notAllowed},
		{"https://localtest.me", "", "", 0, notAllowed},
		{"https://0.0.0.0", "", "", 0, notAllowed},
		{"https://2130706433", "", "", 0, notAllowed},
		{"https://0x7f000001", "", "", 0, notAllowed},
		{"https://127.1", "", "", 0, notAllowed},
		{"https://[::1%25eth0]", "", "", 0, notAllowed},
		{"https://[::]", "", "", 0, notAllowed},

		// Nobody sends it in clear over a network.
		{"http://api.trackingmore.com/v2", "", "", 0, "must use https"},
		{"http://example.org", "", "", 0, "must use https"},
		{"http://127.0.0.1.example.org", "", "", 0, "must use https"},
		{"http://0.0.0.0:8080", "", "", 0, "must use https"},
		{"ftp://localhost", "", "", 0, "must use https"},
		{"", "http://example.org", "", 0, "must use https"},
		{"", "http://2130706433", "", 0, "must use https"},
		{"https://api.trackingmore.com@example.org", "", "", 0, "user name"},
		{"https://user:hunter2@api.trackingmore.com", "", "", 0, "user name"},
		{"https://example.org#@api.trackingmore.com", "", "", 0, "fragment"},
		{"https://api.trackingmore.com?key=hunter2", "", "", 0, "query"},
		{"https://api.trackingmore.com/v2?", "", "", 0, "query"},
		{"https://api.trackingmore.com\\@example.org", "", "", 0, "must be \"sandbox\" or a URL"},
		{"//api.trackingmore.com", "", "", 0, "must use https"},
		{"sandbx", "", "", 0, "must be \"sandbox\" or a URL"},
		{"SANDBOX", "", "", 0, "must be \"sandbox\" or a URL"},
		{"https://", "", "", 0, "must be \"sandbox\" or a URL"},
		{"https://:443", "", "", 0, "must be \"sandbox\" or a URL"},
		{"sandbox", "hunter2", "", 0, "The environment variable TMSYNC_ENDPOINT"},
	}
	for _, tt := range tests {
		t.Run(tt.file+" "+tt.env, func(t *testing.T) {
			main := "provider \"trackingmore\" {\n}\n"
			if tt.file != "" {
				main = fmt.Sprintf("provider \"trackingmore\" {\n  endpoint = \"%s\"\n}\n", strings.ReplaceAll(tt.file, `\`, `\\`))
			}
			cfg, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": main}), config.Options{Environ: map[string]string{"TMSYNC_ENDPOINT": tt.env}})
			checkDiagnostics(t, diags)
			if tt.problem != "" {
				if len(diags) != 1 || !strings.Contains(diags[0].Detail, tt.problem) || strings.Contains(diags.Error(), "hunter2") {
					t.Errorf("got %v, want %q", diags, tt.problem)
				}
				if tt.env == "" && (diags[0].Subject == nil || diags[0].Subject.Start.Line != 2) {
					t.Errorf("got %v, without its line", diags)
				}
				return
			}
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			if p := cfg.Provider; p.Endpoint != tt.want || p.RequestsPerSecond != tt.rate || (p.EndpointRange.Filename == "") != (tt.file == "" || tt.env != "") {
				t.Errorf("got %s, %g requests/s, at %s", p.Endpoint, p.RequestsPerSecond, p.EndpointRange)
			}
		})
	}
}

// TestMaxCredits reads a limit that is not there by default. None at all is a limit.
func TestMaxCredits(t *testing.T) {
	for text, want := range map[string]string{"": "none", "max_credits = null": "none", "max_credits = 0": "0", "max_credits = 2.5": "2.5", "max_credits = \"300\"": "300"} {
		cfg, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": sandbox + "safety {\n" + text + "\n}\n"}), config.Options{})
		got := "none"
		if n := cfg.Safety.MaxCredits; n != nil {
			got = fmt.Sprint(*n)
		}
		if diags.HasErrors() || got != want {
			t.Errorf("%s: got %s, want %s; %v", text, got, want, diags)
		}
	}
}

// TestAPIKey takes the key from the file, else from the environment, and keeps
// it out of what is printed.
func TestAPIKey(t *testing.T) {
	main := "variable \"key\" {\n  default = null\n}\nprovider \"trackru\" {\n  api_key = var.key\n}\n"
	dir := writeFiles(t, map[string]string{"main.hcl": main})
	env := map[string]string{"TRACKINGMORE_API_KEY": "another"}
	for _, step := range []struct{ name, value, want string }{
		{"OTHER", "", ""}, {"TRACKRU_API_KEY", "of-env", "of-env"}, {"TMSYNC_VAR_key", "of-file", "of-file"},
	} {
		env[step.name] = step.value
		cfg, diags := config.Load(dir, config.Options{Environ: env})
		if diags.HasErrors() || cfg.Provider.APIKey != step.want || cfg.Provider.Service.KeyEnv != "TRACKRU_API_KEY" {
			t.Errorf("got %q, %v; want %q", cfg.Provider.APIKey, diags, step.want)
		}
		if text := fmt.Sprintf("%v %+v", cfg.Provider, cfg); strings.Contains(text, "of-") {
			t.Errorf("shown: %s", text)
		}
	}
}

// TestRequiredVersion checks conditions against version 1.4.2.
func TestRequiredVersion(t *testing.T) {
	tests := map[string]bool{
		"1.4.2": true, "= 1.4.2": true, "1.4": false, ">= 1.4": true, ">= 1.4.2, < 2": true, "> 1.4.2": false, "< 1.4.2": false, "<= 1.4.2": true,
		"!= 1.4.2": false, "!= 1.4.3": true, "~> 1.4": true, "~> 1.3": true, "~> 1.5": false, "~> 1.4.0": true, "~> 1.3.0": false, "~> 1": true, "~> 2": false,
		">= 1, != 1.4.2": false,
	}
	for text, want := range tests {
		main := fmt.Sprintf("%stmsync {\n  required_version = %q\n}\n", sandbox, text)
		dir := writeFiles(t, map[string]string{"main.hcl": main})
		for _, version := range []string{"1.4.2", "v1.4.2-rc1+x"} {
			if _, diags := config.Load(dir, config.Options{Version: version}); diags.HasErrors() == want {
				t.Errorf("%s for %s: got %v, want %t", version, text, diags, want)
			}
		}
		if _, diags := config.Load(dir, config.Options{Version: "devel"}); diags.HasErrors() {
			t.Errorf("development versions satisfy %s: %v", text, diags)
		}
	}
}

// TestShared holds that what is equal is held once, for the sake of memory.
func TestShared(t *testing.T) {
	cfg, diags := config.Load(writeFiles(t, map[string]string{
		"main.hcl":   sandbox + rowsBlock + "tracking \"x\" {\n  for_each = toset([\"y2345\", \"z2345\"])\n  carrier_code = \"dhl\"\n  tracking_number = each.key\n  lifecycle {\n    prevent_destroy = false\n  }\n}\n",
		"orders.csv": manyRows(3),
	}), config.Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	sources := map[*tracking.Source]int{}
	lifecycles := map[*tracking.Lifecycle]int{}
	for _, d := range cfg.Declared {
		sources[d.Source]++
		lifecycles[d.Lifecycle]++
	}
	if len(cfg.Declared) != 5 || len(sources) != 2 || len(lifecycles) != 1 {
		t.Errorf("%d trackings, %d sources, %d lifecycles", len(cfg.Declared), len(sources), len(lifecycles))
	}
}

// TestManyPieces loads a file that is parsed in many pieces: order, places and
// the blocks named in messages must be as if it were parsed at once.
func TestManyPieces(t *testing.T) {
	const n = 2000
	src := strings.Replace(manyBlocks(n), `"Order 1500, red shoes"`, "var.nope", 1)
	if pieces := config.CountPieces([]byte(src)); pieces < 20 {
		t.Fatalf("%d pieces", pieces)
	}
	cfg, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": src}), config.Options{})
	if len(diags) != 1 || len(cfg.Declared) != n-1 {
		t.Fatalf("%d declared, %v", len(cfg.Declared), diags)
	}
	subject := *diags[0].Subject
	if got := string(subject.SliceBytes([]byte(src))); got != "var.nope" || subject.Start.Line != strings.Count(src[:subject.Start.Byte], "\n")+1 {
		t.Errorf("the error is at %s: %q", subject, got)
	}
	nav := cfg.Sources()["main.hcl"].Nav.(interface{ ContextString(int) string })
	for at, want := range map[int]string{
		subject.Start.Byte: `tracking "parcel_001500"`, 0: `provider "trackingmore"`,
		len(src) - 5: `tracking "parcel_001999"`, len(src) - 1: "", len(src): "", len(src) + 5: "",
	} {
		if got := nav.ContextString(at); got != want {
			t.Errorf("at byte %d: got %s, want %s", at, got, want)
		}
	}
	for i, d := range cfg.Declared {
		rng := d.NumberRange()
		if got := string(rng.SliceBytes([]byte(src))); got != `"`+d.Key.Number+`"` {
			t.Fatalf("%s: the number's place has %s", d.Addr, got)
		}
		if i > 0 && rng.Start.Byte < cfg.Declared[i-1].NumberRange().Start.Byte {
			t.Fatalf("%s is out of order", d.Addr)
		}
	}
	broken := strings.NewReplacer(`"Order 100,`, `= "Order 100,`, `"Order 1900,`, `= "Order 1900,`).Replace(src)
	if _, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": broken}), config.Options{}); len(diags) != 1 || diags[0].Subject.Start.Line > 1100 {
		t.Errorf("two syntax errors gave %v", diags)
	}
	again, _ := config.Load(writeFiles(t, map[string]string{"main.hcl": src}), config.Options{})
	if diff := cmp.Diff(dump(cfg), dump(again)); diff != "" {
		t.Errorf("not the same again:\n%s", diff)
	}
}

// TestDisplay puts a prefix before the names of files.
func TestDisplay(t *testing.T) {
	dir := writeFiles(t, map[string]string{"main.hcl": sandbox + rowsBlock, "orders.csv": "order_id\n1,2\n"})
	cfg, diags := config.Load(dir, config.Options{Display: "examples/shop"})
	names := map[string]bool{}
	for _, d := range diags {
		names[d.Subject.Filename] = true
	}
	if diff := cmp.Diff(map[string]bool{"examples/shop/main.hcl": true}, names); diff != "" {
		t.Errorf("files mismatch (-want +got):\n%s", diff)
	}
	if cfg.Sources()["examples/shop/main.hcl"] == nil {
		t.Error("no source by that name")
	}
}
