package main

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/tracking"
)

// TestDatasets has all sides of a comparison declare the same trackings.
func TestDatasets(t *testing.T) {
	const n = blocksPerFile + 1 // two files
	want := map[string]map[string]string{}
	for _, d := range []dataset{rows, blocks, oneFile, fresh} {
		dir := t.TempDir()
		if err := d.write(dir, n, false); err != nil {
			t.Fatal(err)
		}
		cfg, diags := config.Load(dir, config.Options{})
		if len(diags) > 0 || len(cfg.Declared) != n || cfg.Provider.RequestsPerSecond != 0 {
			t.Fatalf("%s: %d declared, %v", d, len(cfg.Declared), diags)
		}
		got := map[string]map[string]string{}
		for _, decl := range cfg.Declared {
			got[decl.Key.String()] = attributes(decl.Attrs)
		}
		if d == rows {
			want = got
			if want["dhl/RB000000007CN"]["title"] != "Order 7, red shoes" {
				t.Errorf("%s: declares %v", d, want["dhl/RB000000007CN"])
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-rows +got):\n%s", d, diff)
		}
	}
	if diff := cmp.Diff(want, peersOf(t, n)); diff != "" {
		t.Errorf("%s (-rows +got):\n%s", terraform, diff)
	}
}

func attributes(attrs tracking.Attrs) map[string]string {
	m := map[string]string{}
	for a, v := range attrs.All() {
		m[a.String()] = v
	}
	return m
}

// peersOf reads Terraform's state of n trackings, and makes sure that its
// configuration has the same values.
func peersOf(t *testing.T, n int) map[string]map[string]string {
	t.Helper()
	dir := t.TempDir()
	if err := terraform.write(dir, n, false); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Name      string
			Instances []struct {
				Attributes struct {
					Input, Output struct{ Value map[string]string }
				}
			}
		}
	}
	if err := json.Unmarshal(text, &state); err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(dir, "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	texts := strings.Split(string(source), "\nresource ")[1:]
	all := map[string]map[string]string{}
	for i, r := range state.Resources {
		a := r.Instances[0].Attributes
		if diff := cmp.Diff(a.Input, a.Output); diff != "" || !strings.Contains(texts[i], `"`+r.Name+`"`) {
			t.Fatalf("%s: %s", r.Name, diff)
		}
		for name, v := range a.Input.Value {
			if !strings.Contains(texts[i], `"`+v+`"`) {
				t.Fatalf("%s: %s = %q is not in the configuration:\n%s", r.Name, name, v, texts[i])
			}
		}
		key := a.Input.Value["carrier_code"] + "/" + a.Input.Value["tracking_number"]
		delete(a.Input.Value, "carrier_code")
		delete(a.Input.Value, "tracking_number")
		all[key] = a.Input.Value
	}
	return all
}

// TestPaced leaves the rate at the provider's default.
func TestPaced(t *testing.T) {
	dir := t.TempDir()
	if err := fresh.write(dir, 3, true); err != nil {
		t.Fatal(err)
	}
	cfg, diags := config.Load(dir, config.Options{})
	if len(diags) > 0 || cfg.Provider.RequestsPerSecond != 1 {
		t.Errorf("%g requests a second, %v", cfg.Provider.RequestsPerSecond, diags)
	}
	f, err := os.Open(filepath.Join(dir, "orders.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if all, err := csv.NewReader(f).ReadAll(); err != nil || len(all) != 4 {
		t.Errorf("%d lines, %v", len(all), err)
	}
}

func TestFits(t *testing.T) {
	var got []bool
	for _, n := range []int{100_000, maxTrackings} {
		for _, d := range []dataset{blocks, oneFile, rows, terraform} {
			got = append(got, d.fits(n))
		}
	}
	if want := []bool{true, true, true, true, true, false, true, true}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestParse(t *testing.T) {
	for args, want := range map[string]options{
		"":                             {n: 10_000, runs: 5, tenfold: true},
		"-n 1000 -runs 1":              {n: 1000, runs: 1, tenfold: true},
		"-n 1000000 -tenfold=false":    {n: 1_000_000, runs: 5},
		"-paced -n 2000":               {n: 2000, runs: 5, tenfold: true, paced: true},
		"-n 0":                         {},
		"-runs 0":                      {},
		"-n 1000000":                   {},
		"-n 1000001 -tenfold=false":    {},
		"-n 1000 more":                 {},
		"-n 1000 -unknown":             {},
		"-n 100000 -tenfold -runs two": {},
	} {
		got, err := parse(strings.Fields(args), io.Discard)
		if (err != nil) != (want == options{}) || err == nil && got != want {
			t.Errorf("%q: got %+v, %v, want %+v", args, got, err, want)
		}
	}
}
