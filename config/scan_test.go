package config_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"pgregory.net/rapid"

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

// TestWithinLimits loads what is large or odd, but sane.
func TestWithinLimits(t *testing.T) {
	rep := strings.Repeat
	tests := map[string]string{
		"nesting":         "x = " + rep("[", 100) + rep("]", 100),
		"operators":       "x = 0" + rep(" + 1", 999),
		"long list":       "x = [" + rep("-1, ", 100_000) + "]",
		"long object":     "x = {\n" + rep("  a = 1 + 1\n", 10_000) + "}",
		"many lines":      "x = {\n" + rep("  a = -1\n", 10_000) + "}",
		"dashes in names": "x = a" + rep("-a", 500),
		"text":            "x = \"" + rep("((([[[{{{ + - ! ", 1000) + "\"",
		"comment":         "/* " + rep("(", 1000) + " */ x = 1 # " + rep("(", 1000),
		"heredoc":         "x = <<EOT\n" + rep("(((\"\n", 1000) + "EOT\n",
		"escapes":         `x = "$${ %%{ \" \\" ` + "\n",
		"many templates":  "x = \"" + rep("${a}", 10_000) + "\"",
		"three for":       "x = [for a in b : [for a in b : [for a in b : a]]]\ny = [for a in b : a]",
		"for as a name":   "for {\n for = 1\n}\n",
		"half directives": rep("x = \"%{if true}\"\n", 1000),
		"other heredoc":   "x = <<Ä\n" + rep("(", 1000) + "\nÄ\n",
		"many directives": "x = \"" + rep("%{if a}x%{else}y%{endif}", 1000) + "\"",
	}
	for name, src := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := config.Cut([]byte(src)); err != nil {
				t.Error(err)
			}
		})
	}
}

// statements lists what stands at the top of a file: names and places.
func statements(parts []config.Part) (all []string, ok bool) {
	for _, p := range parts {
		file, diags := hclsyntax.ParseConfig([]byte(p.Text), "f", hcl.Pos{Line: p.Line, Column: 1, Byte: p.Start})
		if diags.HasErrors() {
			return nil, false
		}
		body := file.Body.(*hclsyntax.Body)
		for _, b := range body.Blocks {
			all = append(all, b.Type+b.Range().String())
		}
		for _, a := range body.Attributes {
			all = append(all, a.Name+a.SrcRange.String())
		}
	}
	return all, true
}

// lexedDepth counts the nesting of a source by the tokens of hclsyntax.
func lexedDepth(src []byte) int {
	tokens, _ := hclsyntax.LexConfig(src, "f", hcl.InitialPos)
	depth, deepest := 0, 0
	for _, tok := range tokens {
		switch tok.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			depth++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd:
			depth--
		}
		deepest = max(deepest, depth)
	}
	return deepest
}

// FuzzCut holds the scanner against the lexer and the parser of hclsyntax: it
// counts the same nesting as far as it gets, it gets to the end of every valid
// file, and the pieces of a valid file declare what the file declares.
func FuzzCut(f *testing.F) {
	for _, seed := range []string{
		"a \"b\" {\n  c = \"${d[\"e\"]}\"\n}\n# f\ng = <<-EOT\n  h $${i} %{ if j ~}\n k\n  %{~ endif }\n  EOT\n",
		"a = <<E\n$\nE\n", "a = \"$\"\n", "a = \"%%{\"\n", "a = 1 /* \n */\n/* b", "a = {\n for = 1 }\n",
		"a = \"\\\n\"", "a = [1, 2\n}\n", "a=1e+5-3\n", "\xef\xbb\xbfa=1\r\n\r\nb {\r\n}\r\n", "a = <<Ä\n Ä\n", "a = b[*].c.*.d ? 1 : !2\n",
		"a = \"${~ \"x\" ~}\"\n", "a = ~}", "a = <<A\n${<<B\nB\n}\nA\n", "a = \"\\${b}\"\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(checkCut)
}

// TestCut does the same with sources made of what matters to the scanner.
func TestCut(t *testing.T) {
	words := rapid.SampledFrom([]string{
		"a", "a = ", "= ", "1", "1e5", "-", "!", "? ", ": ", ", ", ".", "*", "\"", "\"", "\"x\"", "${", "${~", "%{", "%{ if a }", "%{ endif }", "}", "}", "~}",
		"{", "{\n", "[", "]", "(", ")", "f(", "for ", "$", "%", "$$", "\\", "<<A\n", "<<-B\n", "A\n", " B\n", "<<", "\n", "\n", "\r\n", "\r", " ", "# c\n", "//", "/*", "*/", "é", "\u2028",
	})
	rapid.Check(t, func(rt *rapid.T) {
		src := strings.Join(rapid.SliceOfN(words, 0, 30).Draw(rt, "src"), "")
		checkCut(t, []byte(src))
		if t.Failed() {
			rt.Fatalf("%q", src)
		}
	})
}

// TestCutBeforeMark has a byte order mark where a piece could begin: the parser
// would accept it there.
func TestCutBeforeMark(t *testing.T) {
	src := strings.Repeat("#\n", 8<<10) // one piece
	parts, err := config.Cut([]byte(src + "\ufefflocals {\n}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		if strings.HasPrefix(p.Text, "\ufeff") {
			t.Errorf("a piece begins with a byte order mark at byte %d", p.Start)
		}
	}
}

func checkCut(t *testing.T, src []byte) {
	parts, err := config.Cut(src)
	if err != nil {
		return
	}
	depth, end := config.ScanDepth(src)
	if want := lexedDepth(src[:end]); depth != want {
		t.Errorf("depth %d, want %d, up to byte %d", depth, want, end)
	}
	whole := []config.Part{{Text: string(src), Line: 1}}
	want, valid := statements(whole)
	if !valid {
		return
	}
	if end != len(src) {
		t.Fatalf("stopped at byte %d of a valid file", end)
	}
	got, ok := statements(parts)
	if !ok || len(got) != len(want) {
		t.Fatalf("%d pieces: got %q, want %q", len(parts), got, want)
	}
	if bytes.HasPrefix(src, []byte("\xef\xbb\xbf")) {
		return
	}
	// Repeated, the file is long enough to be cut.
	times := 1 + 20_000/(len(src)+1)
	long := strings.Repeat(string(src)+"\n", times)
	if parts, err = config.Cut([]byte(long)); err != nil {
		return
	}
	joined := ""
	for _, p := range parts {
		if p.Start != len(joined) || p.Line != 1+strings.Count(joined, "\n") || p.Broken {
			t.Fatalf("piece %+v after %d bytes", p, len(joined))
		}
		joined += p.Text
	}
	if diff := cmp.Diff(long, joined); diff != "" {
		t.Errorf("pieces do not make the file (-want +got):\n%s", diff)
	}
	if got, ok = statements(parts); ok && len(got) != times*len(want) {
		t.Errorf("%d statements in %d pieces, want %d", len(got), len(parts), times*len(want))
	} else if !ok && !strings.Contains(string(src), "=") {
		t.Error("the pieces cannot be parsed")
	}
}
