package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/config"
)

const showVar = sandbox + `
variable "v" {
  default = "default"
}

tracking "a" {
  carrier_code    = "dhl"
  tracking_number = "12345678"
  title           = var.v
}
`

// TestPrecedence returns a variable values in more and more places, each of which
// wins over the ones before.
func TestPrecedence(t *testing.T) {
	files := map[string]string{"main.hcl": showVar}
	opts := config.Options{Environ: map[string]string{}}
	steps := []struct {
		want string
		add  func()
	}{
		{"default", func() {}},
		{"environment", func() { opts.Environ["TMSYNC_VAR_v"] = "environment" }},
		{"tmvars", func() { files["tmsync.tmvars"] = `v = "tmvars"` }},
		{"tmvars.json", func() { files["tmsync.tmvars.json"] = `{"v": "tmvars.json"}` }},
		{"a.auto", func() { files["a.auto.tmvars"] = `v = "a.auto"` }},
		{"b.auto", func() { files["b.auto.tmvars.json"] = `{"v": "b.auto"}` }},
		{"flag", func() { opts.Vars = append(opts.Vars, config.VarFlag{Assign: "v=flag"}) }},
		{"file", func() {
			files["sub/x.tmvars"] = `v = "file"`
			opts.Vars = append(opts.Vars, config.VarFlag{File: "sub/x.tmvars"})
		}},
		{"last = flag", func() { opts.Vars = append(opts.Vars, config.VarFlag{Assign: " v =last = flag"}) }},
	}
	for _, step := range steps {
		step.add()
		cfg, diags := config.Load(writeFiles(t, files), opts)
		if diags.HasErrors() {
			t.Fatalf("%s: %v", step.want, diags)
		}
		if got := titles(cfg); got["tracking.a"] != step.want {
			t.Errorf("got %q, want %q", got["tracking.a"], step.want)
		}
	}
}

// titles returns the titles of all trackings by address.
func titles(cfg *config.Config) map[string]string {
	got := map[string]string{}
	for _, d := range cfg.Declared {
		got[string(d.Addr)], _ = d.Attrs.Get(0)
	}
	return got
}

// TestVarText reads values given as text, by --var and by the environment.
func TestVarText(t *testing.T) {
	tests := []struct {
		name, declaration, text string
		want                    string // jsonencode(var.v)
		problem                 string // in the detail
	}{
		{name: "untyped", text: "[1]", want: `"[1]"`},
		{name: "string", declaration: "type = string", text: "[1]", want: `"[1]"`},
		{name: "number", declaration: "type = number", text: "5", want: `5`},
		{name: "no number", declaration: "type = number", text: "five", problem: "A number is required."},
		{name: "bool", declaration: "type = bool", text: "true", want: `true`},
		{name: "list", declaration: "type = list(string)", text: `["a", 1]`, want: `["a","1"]`},
		{name: "default says string", declaration: `default = "x"`, text: "5", want: `"5"`},
		{name: "default says nothing", declaration: "default = null", text: "[1]", want: `"[1]"`},
		{name: "default says number", declaration: "default = 1", text: "5", want: `5`},
		{name: "default says list", declaration: "default = []", text: "[true]", want: `[true]`},
		{name: "any", declaration: "type = any", text: "{a = null}", want: `{"a":null}`},
		{name: "null", declaration: "type = list(string)", text: "null", want: `null`},
		{name: "not nullable", declaration: "type = list(string)\nnullable = false", text: "null", problem: "It must not be null."},
		{name: "optional", declaration: "type = object({a = optional(string, \"x\")})", text: "{}", want: `{"a":"x"}`},
		{name: "unquoted", declaration: "default = []", text: "[a]", problem: "Strings inside of lists and objects must be quoted."},
		{name: "syntax", declaration: "default = []", text: "[", problem: "cannot be read as an expression"},
		{name: "deep", declaration: "default = []", text: strings.Repeat("[", 100_000), problem: "100 levels"},
		{name: "long", declaration: "default = []", text: strings.Repeat("!", 100_000), problem: "1000 operators"},
		{name: "sensitive", declaration: "type = number\nsensitive = true", text: "hunter2", problem: "A number is required."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			main := sandbox + "variable \"v\" {\n" + tt.declaration + "\n}\n" +
				"tracking \"a\" {\ncarrier_code = \"dhl\"\ntracking_number = \"12345678\"\ntitle = jsonencode(var.v)\n}\n"
			dir := writeFiles(t, map[string]string{"main.hcl": main})
			for _, opts := range []config.Options{
				{Vars: []config.VarFlag{{Assign: "v=" + tt.text}}},
				{Environ: map[string]string{"TMSYNC_VAR_v": tt.text, "OTHER_VAR_v": "is passed over"}},
			} {
				cfg, diags := config.Load(dir, opts)
				checkDiagnostics(t, diags)
				if tt.problem != "" {
					if len(diags) != 1 || diags[0].Summary != "Invalid value for variable" || !strings.Contains(diags[0].Detail, tt.problem) {
						t.Errorf("got %v, want %q", diags, tt.problem)
					}
					if strings.Contains(diags.Error(), "hunter2") {
						t.Errorf("shown: %v", diags)
					}
					continue
				}
				if diags.HasErrors() {
					t.Fatal(diags)
				}
				if got := titles(cfg)["tracking.a"]; got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
			}
		})
	}
}

// TestVarFlags returns --var and --var-file what they cannot use.
func TestVarFlags(t *testing.T) {
	tests := []struct {
		name    string
		flag    config.VarFlag
		summary string
		detail  string
	}{
		{"no value", config.VarFlag{Assign: "v"}, "Invalid --var", "NAME=VALUE"},
		{"no name", config.VarFlag{Assign: "=v"}, "Invalid --var", "NAME=VALUE"},
		{"undeclared", config.VarFlag{Assign: "vv=1"}, "Value for undeclared variable", `Did you mean "v"?`},
		{"no file", config.VarFlag{File: "none.tmvars"}, "Cannot read file", "none.tmvars: there is no such file."},
		{"directory", config.VarFlag{File: "."}, "Cannot read file", "not a regular file"},
		{"block", config.VarFlag{File: "block.tmvars"}, "Unexpected \"x\" block", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := writeFiles(t, map[string]string{"main.hcl": showVar, "block.tmvars": "x {\n}\n"})
			_, diags := config.Load(dir, config.Options{Vars: []config.VarFlag{tt.flag}})
			if len(diags) != 1 || diags[0].Summary != tt.summary || !strings.Contains(diags[0].Detail, tt.detail) {
				t.Errorf("got %v, want %s: %s", diags, tt.summary, tt.detail)
			}
		})
	}
}

// TestLocals evaluates local values in any order.
func TestLocals(t *testing.T) {
	cfg, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": sandbox + `
locals {
  c = "${local.a}${local.b}"
  a = local.z.list[0]
}
tracking "a" {
  carrier_code    = "dhl"
  tracking_number = "12345678"
  title           = "${local.c} in ${path.module}"
}
locals {
  b = upper(local.a)
  z = { list = ["x"] }
}
`}), config.Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if diff := cmp.Diff(map[string]string{"tracking.a": "xX in ."}, titles(cfg)); diff != "" {
		t.Errorf("titles mismatch (-want +got):\n%s", diff)
	}
}

// TestLocalLimits builds local values that grow without end.
func TestLocalLimits(t *testing.T) {
	doubling := func(first, next string) string {
		var b strings.Builder
		fmt.Fprintf(&b, "%slocals {\n  x0 = %s\n", sandbox, first)
		for i := range 40 {
			fmt.Fprintf(&b, "  x%d = %s\n", i+1, strings.ReplaceAll(next, "X", fmt.Sprintf("local.x%d", i)))
		}
		return b.String() + "}\n"
	}
	tests := map[string]struct{ src, summary string }{
		"strings": {doubling(`"0123456789"`, `"${X}${X}"`), "String too long"},
		"lists":   {doubling(`range(1000)`, `[X, X, X, X]`), "Value too large"},
		"numbers": {doubling(`1e900`, `X * X`), "Value too large"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": tt.src}), config.Options{})
			if len(diags) != 1 || diags[0].Summary != tt.summary {
				t.Errorf("got %v", diags)
			}
		})
	}
	var b strings.Builder
	b.WriteString(sandbox + "locals {\n")
	for i := range 20_000 {
		fmt.Fprintf(&b, "  x%d = local.x%d\n", i, i+1)
	}
	b.WriteString("  x20000 = 1\n}\n")
	_, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": b.String()}), config.Options{})
	if len(diags) == 0 || diags[0].Summary != "Too many levels of local values" {
		t.Errorf("got %v", diags)
	}
}
