package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/config/source"
	"github.com/tmsync/tmsync/config/testfile"
)

// What somebody may do who may change the files, and nothing else: promise I12.

// TestNoEnvironment calls env() wherever there are expressions. try() does not hide
// it, and no value of the environment is in what is said.
func TestNoEnvironment(t *testing.T) {
	const call = `env("TRACKINGMORE_API_KEY")`
	environ := map[string]string{"TRACKINGMORE_API_KEY": "hunter2", "HOME_OF_nobody": "hunter3"}
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
		_, diags := testfile.Parse("a.test.hcl", []byte("variables {\n  x = try("+call+", \"\")\n}\nrun \"a\" {\n}\n"))
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
				diags, _ = source.CheckSyntax(tt.file, []byte(tt.text))
				check(t, diags)
			}
		})
	}
	t.Run("file of tests", func(t *testing.T) {
		_, diags := testfile.Parse("a.test.hcl", []byte("\n# \x00\nrun \"a\" {\n}\n"))
		check(t, diags)
	})
}

// TestForbiddenFiles reads, with every function, what is not for those who write the
// files: a checkout's credentials, keys, what tmsync keeps, and what lies outside.
func TestForbiddenFiles(t *testing.T) {
	const state = `{"format":"tmsync-state","version":1,"lineage":"hunter2"}` + "\n"
	outside := writeFiles(t, map[string]string{"x": "hunter2"})
	dir := writeFiles(t, map[string]string{
		".git/config": "hunter2", ".tmsync/sandbox.jsonl": "hunter2", ".env": "hunter2", "sub/.env.local": "hunter2", ".ENVRC": "hunter2",
		"sub/.netrc": "hunter2", "sub/.npmrc": "hunter2", "prod.env": "hunter2", "PROD.ENV": "hunter2", "worktree/.git": "gitdir: hunter2",
		"tmsync.state.jsonl": state, "free.name": state, "tmsync.state.jsonl.backup": state, "merged": "<<<<<<< HEAD\n" + state,
		"journal": `0badcafe 0000ffff {"format":"tmsync-journal","version":2,"lineage":"hunter2"}` + "\n",
		"night":   `{"format":"tmsync-plan","version":3,"id":"hunter2"}` + "\n",
		"sub/ok":  "fine", "..data/ok": "fine",
	})
	for name, to := range map[string]string{
		"git": ".git", "sub/config": "../.git/config", "chain": "git", "abs": dir + "/.git/config", "envs": "sub/.env.local",
		"out": outside, "out.file": outside + "/x", "out.none": outside + "/none", "up": "..", "mine": "tmsync.state.jsonl", "good": "..data/ok", "self": ".",
	} {
		if err := os.Symlink(to, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Skip(err)
		}
	}
	cfg, diags := load(t, dir)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	const hidden, outward, own = "begins with a dot", "only inside", "a state, a journal or a saved plan"
	for name, want := range map[string]string{
		".git/config": hidden, "./.git/config": hidden, "sub/../.git/config": hidden, ".git//config": hidden, ".tmsync/sandbox.jsonl": hidden, ".env": hidden, ".ENVRC": hidden,
		"sub/.env.local": hidden, "sub/.netrc": hidden, "sub/.npmrc": hidden, "prod.env": hidden, "PROD.ENV": hidden, "worktree/.git": hidden, ".none": hidden,
		"git/config": hidden, "sub/config": hidden, "chain/config": hidden, "envs": hidden, "self/git/config": hidden,
		"tmsync.state.jsonl": own, "free.name": own, "tmsync.state.jsonl.backup": own, "merged": own, "journal": own, "night": own, "mine": own,
		"out/x": outward, "out.file": outward, "out.none": outward, "abs": outward, "../x": outward, "up/x": outward, outside + "/x": outward, "sub/../../x": outward,
		"good": "", "..data/ok": "", "sub/ok": "", "self/sub/ok": "",
	} {
		for _, function := range []string{"file", "templatefile", "filebase64", "filesha256", "filemd5", "filebase64sha512"} {
			more := ""
			if function == "templatefile" {
				more = ", {}"
			}
			expr := fmt.Sprintf("%s(%q%s)", function, name, more)
			_, diags := cfg.Evaluate(expr)
			if diags.HasErrors() != (want != "") || want != "" && !strings.Contains(diags.Error(), want) || strings.Contains(diags.Error(), "hunter2") {
				t.Errorf("%s: got %v, want %q", expr, diags, want)
			}
		}
		if want == own {
			want = "" // its name is no secret
		}
		if _, diags := cfg.Evaluate(fmt.Sprintf("fileexists(%q)", name)); diags.HasErrors() != (want != "") {
			t.Errorf("fileexists(%q): got %v, want %q", name, diags, want)
		}
	}
	for pattern, want := range map[string]string{
		"*": `["free.name","good","journal","merged","mine","night","tmsync.state.jsonl","tmsync.state.jsonl.backup"]`, "*/*": `["self/free.name","self/good","self/journal","self/merged","self/mine","self/night","self/tmsync.state.jsonl","self/tmsync.state.jsonl.backup","sub/ok"]`,
		"[.]git/*": `[]`, "?git/config": `[]`, "*git/*": `[]`, `\\.git/config`: `[]`, "git/*": `[]`, "out/*": `[]`, ".git/*": "error", ".env*": "error", "sub/.*": "error", "../*": "error",
	} {
		v, diags := cfg.Evaluate(fmt.Sprintf(`fileset(".", "%s")`, pattern))
		got := "error"
		if !diags.HasErrors() {
			got = shownValue(t, v)
		}
		if got != want {
			t.Errorf("fileset(%q) is %s, want %s; %v", pattern, got, want, diags)
		}
	}
}

func load(t *testing.T, dir string) (*config.Config, hcl.Diagnostics) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(sandbox), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, diags := config.Load(dir, config.Options{})
	if err := os.Remove(filepath.Join(dir, "main.hcl")); err != nil {
		t.Fatal(err)
	}
	return cfg, diags
}

// TestForbiddenLinks puts links where files of the configuration are looked for.
// One that leads to another file in the directory is followed.
func TestForbiddenLinks(t *testing.T) {
	outside := writeFiles(t, map[string]string{"x": "v = \"hunter2\"\n"})
	for _, name := range []string{"b.hcl", "tmsync.tmvars", "a.auto.tmvars", "given.tmvars", "sub/given.tmvars", "a.csv"} {
		for to, want := range map[string]string{
			"UP/.git/x": "begins with a dot", outside + "/x": "only inside", "UP/.env": "begins with a dot", "UP/.data": "begins with a dot", "UP/..data/x": "", "UP/plain": "",
		} {
			dir := writeFiles(t, map[string]string{
				"main.hcl": sandbox + "variable \"v\" {\n  default = \"a\"\n}\n", ".git/x": "v = \"hunter2\"\n", ".env": "v = \"hunter2\"\n", ".data": "v = \"hunter2\"\n",
				"..data/x": "", "plain": "", "sub/x": "",
			})
			if name == "a.csv" {
				must(t, os.WriteFile(filepath.Join(dir, "b.hcl"), []byte("trackings \"a\" {\n  csv = \"a.csv\"\n  carrier_code = \"dhl\"\n  tracking_number = row.n\n}\n"), 0o600))
				must(t, os.WriteFile(filepath.Join(dir, "plain"), []byte("n\n"), 0o600))
				must(t, os.WriteFile(filepath.Join(dir, "..data/x"), []byte("n\n"), 0o600))
			}
			up := strings.Repeat("../", strings.Count(name, "/")) + "."
			must(t, os.Symlink(strings.Replace(to, "UP", up, 1), filepath.Join(dir, name)))
			var opts config.Options
			if strings.Contains(name, "given") {
				opts.Vars = []config.VarFlag{{File: name}}
			}
			_, diags := config.Load(dir, opts)
			if diags.HasErrors() != (want != "") || want != "" && !strings.Contains(diags.Error()+diags[0].Detail, want) || strings.Contains(diags.Error(), "hunter2") {
				t.Errorf("%s -> %s: got %v, want %q", name, to, diags, want)
			}
			if want != "" && strings.Contains(name, "given") {
				// The user may name any file, only not by somebody else's link.
				opts.Vars = []config.VarFlag{{File: strings.Replace(to, "UP", dir, 1)}}
				if _, diags := config.Load(dir, opts); diags.HasErrors() {
					t.Errorf("--var-file=%s: %v", opts.Vars[0].File, diags)
				}
			}
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
