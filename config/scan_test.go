package config_test

import (
	"strings"
	"testing"

	"github.com/tmsync/tmsync/config"
)

// TestLimits loads what would overflow the stack of the parser or fill the
// memory, and wants each of it refused with the bound in the message.
func TestLimits(t *testing.T) {
	rep := strings.Repeat
	tests := []struct {
		name, src, summary, bound string
	}{
		{"parentheses", "x = " + rep("(", 100_000), "Configuration nested too deeply", "100"},
		{"closed parentheses", "x = " + rep("(", 101) + "1" + rep(")", 101), "Configuration nested too deeply", "100"},
		{"lists", "x = " + rep("[", 100_000), "Configuration nested too deeply", "100"},
		{"objects", "x = " + rep("{x=", 100_000), "Configuration nested too deeply", "100"},
		{"templates", "x = " + rep(`"${`, 100_000), "Configuration nested too deeply", "100"},
		{"calls", "x = " + rep("f(", 100_000), "Configuration nested too deeply", "100"},
		{"blocks", rep("a {\n", 1_000_000), "Configuration nested too deeply", "100"},
		{"directives", "x = \"" + rep("%{if true}", 1_000_000), "Configuration nested too deeply", "100"},
		{"directives behind comments", "x = \"" + rep("%{ /* if */ if true}", 100_000), "Configuration nested too deeply", "100"},
		{"directives in a heredoc", "x = <<EOT\n" + rep("%{ for a in b }\n", 100_000), "Too many nested for expressions", "3"},
		{"after a comment that does not end", "x = 1 /* " + rep("(", 100_000), "Configuration nested too deeply", "100"},
		{"after an escape", `x = "$${" + ` + rep("(", 100_000), "Configuration nested too deeply", "100"},
		{"not", "x = " + rep("!", 1_000_000), "Expression too long", "1000"},
		{"minus", "x = " + rep("-", 1_000_000), "Expression too long", "1000"},
		{"plus", "x = " + rep("1+", 1_000_000), "Expression too long", "1000"},
		{"and", "x = " + rep("a&&", 1_000_000), "Expression too long", "1000"},
		{"conditions", "x = " + rep("true?1:", 1_000_000), "Expression too long", "1000"},
		{"splats", "x = a" + rep("[*]", 1_000_000), "Expression too long", "1000"},
		{"attribute splats", "x = a" + rep(".*", 1_000_000), "Expression too long", "1000"},
		{"indexes", "x = a" + rep("[b]", 1_000_000), "Expression too long", "1000"},
		{"plus over lines", "x = (" + rep("1+\n", 1_000_000), "Expression too long", "1000"},
		{"plus over lines of a for", "x = {for a in b : a => " + rep("1\n+ # c\n", 1_000_000), "Expression too long", "1000"},
		{"four for", "x = [for a in b : [for a in b : [for a in b : [for a in b : a]]]]", "Too many nested for expressions", "3"},
		{"huge number", "x = 1e999999999", "Number out of range", "1e999"},
		{"long number", "x = " + rep("7", 1_000_000), "Number out of range", "1000 digits"},
		{"long name", rep("x", 5_000_000) + " = 1", "Name too long", "1024"},
		{"long name beyond ASCII", rep("ä", 5_000_000) + " = 1", "Name too long", "1024"},
		{"one huge block", "x = \"" + rep("x", 9<<20) + "\"\n", "Block too large", "8 MiB"},
		{"many values", "x = [\n" + rep("1,\n", 1<<20) + "]\n", "Block too large", "600000 words"},
		{"much that is kept", rep("locals {\n  x = ["+rep("1,", 200_000)+"]\n}\n", 6), "Configuration too large", "1500000 words"},
		{"text of many lines", "x = <<E\n" + rep("a\n", 200_000) + "E\n", "Texts too large", ""},
		{"text of many signs", "x = \"" + rep("%9999d", 100_000) + "\"\n", "Texts too large", ""},
		{"many long texts", rep("x = <<E\n"+rep("0123456789abcdef\n", 10_000)+"E\n", 10), "Texts too large", ""},
		{"one huge unclosed block", "x = [\n" + rep("1,\n", 3<<20), "Unclosed bracket or string", ""},
		{"not UTF-8", "x = \"\xff\"", "Invalid character encoding", "byte 5"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := writeFiles(t, map[string]string{"main.hcl": tt.src})
			_, diags := config.Load(dir, config.Options{})
			if len(diags) != 1 || diags[0].Summary != tt.summary || !strings.Contains(diags[0].Detail, tt.bound) {
				t.Errorf("got %v, want %s with %q", diags, tt.summary, tt.bound)
			}
		})
	}
}

// TestLimitsJSON does the same with JSON, whose strings are templates, and some
// of them expressions.
func TestLimitsJSON(t *testing.T) {
	rep := strings.Repeat
	tests := map[string]struct{ src, summary string }{
		"arrays":           {`{"x":` + rep("[", 1_000_000), "Configuration nested too deeply"},
		"objects":          {rep(`{"x":`, 1_000_000), "Configuration nested too deeply"},
		"templates":        {`{"locals": {"x": "${` + rep("(", 1_000_000) + `"}}`, "Invalid template in a string"},
		"escaped":          {`{"locals": {"x": "\u0024{` + rep("!", 1_000_000) + `"}}`, "Invalid template in a string"},
		"after a mismatch": {`{"locals": {"x": "${ ) } ${` + rep("(", 1_000_000) + `"}}`, "Invalid template in a string"},
		"number":           {`{"locals": {"x": 1e999999999}}`, "Number out of range"},
		"digits":           {`{"locals": {"x": ` + rep("7", 1_000_000) + `}}`, "Number out of range"},
		"values":           {`{"locals": {"x": [` + rep("1,", 20_000_000) + `1]}}`, "JSON file too large"},
		"name":             {`{"` + rep("x", 5_000_000) + `": 1}`, "Name too long"},
		"types":            {`{"variable": {"x": {"default": 1, "type": "` + rep("list(", 1_000_000) + `"}}}`, "Invalid type specification"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := writeFiles(t, map[string]string{"a.hcl.json": tt.src, "b.hcl": sandbox + "tracking \"a\" {\n  carrier_code = \"dhl\"\n  tracking_number = \"12345678\"\n}\n"})
			_, diags := config.Load(dir, config.Options{})
			if len(diags) == 0 || diags[0].Summary != tt.summary {
				t.Errorf("got %.300s, want %s", diags.Error(), tt.summary)
			}
		})
	}
	sane := `{"locals": {"x": "` + rep("((( ", 1000) + rep("${upper(\"a\")} ", 100) + `", "y": [[[[]]]]}}`
	sane = strings.ReplaceAll(sane, `upper("a")`, `upper(\"a\")`)
	if _, diags := config.Load(writeFiles(t, map[string]string{"a.hcl.json": sane, "b.hcl": sandbox}), config.Options{}); diags.HasErrors() {
		t.Error(diags)
	}
}
