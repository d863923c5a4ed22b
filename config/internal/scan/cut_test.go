package scan_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/config/internal/scan"
)

// part is one piece of a file.
type part struct {
	Text   string
	Start  int
	Line   int
	Broken bool
}

// cut divides a file as the parser sees it. The error is that of a bound.
func cut(src []byte) ([]part, error) {
	if wrong := scan.CheckText(src); wrong != nil {
		return nil, wrong
	}
	pieces, wrong := scan.Cut(src, nil)
	if wrong != nil {
		return nil, wrong
	}
	var parts []part
	for _, p := range pieces {
		parts = append(parts, part{Text: string(src[p.Start:p.End]), Start: p.Start, Line: p.Line, Broken: p.Broken})
	}
	return parts, nil
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
			if _, err := cut([]byte(src)); err != nil {
				t.Error(err)
			}
		})
	}
}

// statements lists what stands at the top of a file: names and places.
func statements(parts []part) (all []string, ok bool) {
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
	parts, err := cut([]byte(src + "\ufefflocals {\n}\n"))
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
	parts, err := cut(src)
	if err != nil {
		return
	}
	depth, end := scan.Depth(src)
	if want := lexedDepth(src[:end]); depth != want {
		t.Errorf("depth %d, want %d, up to byte %d", depth, want, end)
	}
	whole := []part{{Text: string(src), Line: 1}}
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
	if parts, err = cut([]byte(long)); err != nil {
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
