package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/config"
)

// sameAsParser holds the reader of literal blocks to hclsyntax.
func sameAsParser(t rapid.TB, src string) {
	t.Helper()
	wantBlocks, wantSettings, wantDiags := config.Blocks([]byte(src), false)
	blocks, settings, diags := config.Blocks([]byte(src), true)
	if diff := cmp.Diff(wantBlocks, blocks); diff != "" {
		t.Errorf("blocks (-parser +reader):\n%s\nof %q", diff, src)
	}
	if diff := cmp.Diff(wantSettings, settings); diff != "" {
		t.Errorf("other blocks (-parser +reader):\n%s\nof %q", diff, src)
	}
	if diff := cmp.Diff(wantDiags, diags); diff != "" {
		t.Errorf("diagnostics (-parser +reader):\n%s\nof %q", diff, src)
	}
}

const literalBlock = "tracking \"a\" {\n  carrier_code = \"dhl\"\n  tracking_number = \"1\"\n}\n"

// with returns the block with more lines in it.
func with(lines string) string {
	return strings.TrimSuffix(literalBlock, "}\n") + lines + "}\n"
}

// literalCases are files and how many of their blocks are literal.
var literalCases = []struct {
	name, src string
	want      int
}{
	{"simple", literalBlock, 1},
	{"two", literalBlock + literalBlock, 2},
	{"no newline at the end", strings.TrimSuffix(literalBlock, "\n"), 1},
	{"other order", "tracking \"a\" {\n  title = \"t\"\n  tracking_number = \"1\"\n  carrier_code = \"dhl\"\n}\n", 1},
	{"empty lines", "\n \n\n" + with("\n\n  title = \"\"\n\n") + "\n", 1},
	{"spaces and tabs", "\t tracking\t\"a\"\t{ \t\n\tcarrier_code\t=\t\"dhl\"\t\ntracking_number=\"1\"\n \t}\t \n", 1},
	{"no spaces", "tracking\"a\"{\ncarrier_code=\"dhl\"\ntracking_number=\"1\"\n}\n", 1},
	{"comments", "# one {\n// two \"\ntracking \"a\" { # three\n  carrier_code = \"dhl\" // four\n# five é\n  tracking_number = \"1\"# six\n} // seven\n" + literalBlock, 2},
	{"comment between", literalBlock + "/* a\n b */\n" + literalBlock, 2},
	{"closed comment in it", with("  /* x */ title = \"t\"\n"), 0},
	{"closed comment before", "/* é */ " + literalBlock, 0},
	{"slash", with("  title = \"t\" / \n"), 0},
	{"latin", with("  title = \"Schöne Grüße\" # ü\n  comment = \"ß\"\n"), 1},
	{"not normal", with("  title = \"e\u0301 \u212b\" # \u0301\n"), 1},
	{"clusters", with("  title = \"👩‍👩‍👧 🇨🇳🇩🇪 각\u0301\u0302 क्षि\u200d\" # x\n"), 1},
	{"combining first", with("  title = \"\u0301\u200d\"\n"), 1},
	{"line separator", with("  title = \"a\u2028\u0085b\"\n"), 1},
	{"del", with("  title = \"a\x7f\u0301b\"\n"), 1},
	{"escape", with("  title = \"a\\nb\"\n"), 0},
	{"quote", with("  title = \"a\\\"b\"\n"), 0},
	{"template", with("  title = \"a${1}b\"\n"), 0},
	{"dollar", with("  title = \"$5\"\n"), 0},
	{"percent", with("  title = \"50%\"\n"), 0},
	{"tab in text", with("  title = \"a\tb\"\n"), 0},
	{"heredoc", with("  title = <<E\nx\nE\n"), 0},
	{"number", with("  title = 5\n"), 0},
	{"nested", with("  lifecycle {\n    lint = false\n  }\n"), 0},
	{"for_each", with("  for_each = toset([\"a\"])\n"), 0},
	{"count", with("  count = \"1\"\n"), 0},
	{"unknown", with("  titel = \"t\"\n"), 0},
	{"twice", with("  title = \"t\"\n  title = \"t\"\n"), 0},
	{"missing", "tracking \"a\" {\n  carrier_code = \"dhl\"\n}\n", 0},
	{"one line", "tracking \"a\" { title = \"t\" }\n", 0},
	{"text on one line with the brace", strings.Replace(literalBlock, "\n}", " }", 1), 0},
	{"two on a line", with("  title = \"t\" comment = \"n\"\n"), 0},
	{"comma", with("  title = \"t\",\n"), 0},
	{"something after it", strings.TrimSuffix(literalBlock, "\n") + " tracking\n", 0},
	{"name without quotes", strings.Replace(literalBlock, "\"a\"", "a", 1), 0},
	{"two names", strings.Replace(literalBlock, "\"a\"", "\"a\" \"b\"", 1), 0},
	{"bad name", strings.Replace(literalBlock, "\"a\"", "\"-a\"", 1), 0},
	{"empty name", strings.Replace(literalBlock, "\"a\"", "\"\"", 1), 0},
	{"name with dashes", strings.Replace(literalBlock, "\"a\"", "\"_a-1\"", 1), 1},
	{"long name", strings.Replace(literalBlock, "\"a\"", "\""+strings.Repeat("a", 513)+"\"", 1), 0},
	{"name beyond ASCII", strings.Replace(literalBlock, "\"a\"", "\"ä\"", 1), 0},
	{"trackings", strings.Replace(literalBlock, "tracking ", "trackings ", 1), 0},
	{"brace on the next line", strings.Replace(literalBlock, " {", "\n{", 1), 0},
	{"carriage returns", strings.ReplaceAll(literalBlock, "\n", "\r\n"), 0},
	{"carriage return in a comment", with("  # a\rb\r\n"), 0},
	{"byte order mark", "\ufeff" + literalBlock + literalBlock, 1},
	{"byte order mark later", literalBlock + "\ufeff" + literalBlock, 0},
	{"not UTF-8", with("  title = \"\xff\"\n"), 0},
	{"NUL", with("  title = \"\x00\"\n"), 0},
	{"open text", with("  title = \"t\n"), 0},
	{"open block", strings.TrimSuffix(literalBlock, "}\n"), 0},
	{"large", with("  title = \"" + strings.Repeat("t", 64<<10) + "\"\n"), 0},
	{"among others", "locals {\n  a = 1\n}\n" + literalBlock + sandbox + "# x\n" + literalBlock + "locals {\n}\n", 2},
	{"after a wrong line", "tracking \"b\"\n" + literalBlock + "}\n", 1},
	{"after an operator", "a = 1 +\n" + literalBlock, 1},
	{"in brackets", "a = [\n" + literalBlock + "]\n", 0},
	{"in a heredoc", "a = <<E\n" + literalBlock + "E\n", 0},
}

func TestLiteralBlocks(t *testing.T) {
	for _, tt := range literalCases {
		t.Run(tt.name, func(t *testing.T) {
			if got := config.CountLiteral([]byte(tt.src)); got != tt.want {
				t.Errorf("%d literal blocks, want %d", got, tt.want)
			}
			sameAsParser(t, tt.src)
		})
	}
}

// drawBlock writes a tracking block, literal in most cases.
func drawBlock(t *rapid.T, i int) string {
	space := rapid.SampledFrom([]string{" ", " ", "", "\t", "  \t"})
	end := rapid.SampledFrom([]string{"\n", "\n", "\n", "\n", " \n", "\t# c é\u0301\n", "// {\n", "\n\n", "\n  # x\n", " # \u200d\n"})
	part := rapid.SampledFrom([]string{"a", "Z9 ", "", "é", "e\u0301", "\u212b", "中文", "👩‍👧", "🇨🇳", "\u0301", "\u200d", "#", "//", "/*", "'", "{", "}", "=", "\x7f", "~"})
	rare := rapid.SampledFrom([]string{"$", "%", "$${", "${1}", "%%{", "\\n", "\\u00e9", "\\\"", "\t", "\x00", "\r", "\n", "\"", "\\"})
	value := func() string {
		parts := rapid.SliceOfN(part, 0, 5).Draw(t, "parts")
		if rapid.IntRange(0, 60).Draw(t, "rare") == 60 {
			parts = append(parts, rare.Draw(t, "part"))
		}
		return "\"" + strings.Join(parts, "") + "\""
	}
	names := rapid.Permutation([]string{"carrier_code", "tracking_number", "title", "comment", "order_id", "lang"}[:rapid.IntRange(2, 6).Draw(t, "n")]).Draw(t, "names")
	var b strings.Builder
	fmt.Fprintf(&b, "%stracking%s\"b-%d\"%s{%s", space.Draw(t, "s"), space.Draw(t, "s"), i, space.Draw(t, "s"), end.Draw(t, "end"))
	for _, name := range names {
		fmt.Fprintf(&b, "%s%s%s=%s%s%s", space.Draw(t, "s"), name, space.Draw(t, "s"), space.Draw(t, "s"), value(), end.Draw(t, "end"))
	}
	b.WriteString(space.Draw(t, "s") + "}" + end.Draw(t, "end"))
	text := b.String()
	if rapid.IntRange(0, 30).Draw(t, "damage") == 30 {
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		text = text[:at] + rapid.SampledFrom([]string{"", "\n", "{", "}", "\"", ",", " x ", "=", "/* */", "#", "\r\n", "<<E\n"}).Draw(t, "with") + text[at+1:]
	}
	return text
}

// TestLiteralLikeParser mixes literal blocks with others, and with what is wrong.
func TestLiteralLikeParser(t *testing.T) {
	blocks, literal := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		between := rapid.SampledFrom([]string{"", "", "\n", "# c\n", "/* c\n é */\n", "/* é\u0301 */", "locals {\n  a = \"x\"\n}\n", "tracking \"o\" {\n  carrier_code = \"dhl\"\n  tracking_number = 1\n}\n",
			"removed {\n  from = tracking.x\n}\n", "\r\n", " ", "\t"})
		rare := rapid.SampledFrom([]string{"x = 1\n", "tracking \"x\"\n", "}\n", "\"", "\ufeff", "x {\n", "a = [\n", "a = <<E\n", "é\n", "tracking"})
		var b strings.Builder
		n := rapid.IntRange(1, 6).Draw(t, "blocks")
		for i := range n {
			b.WriteString(between.Draw(t, "between"))
			if rapid.IntRange(0, 40).Draw(t, "rare") == 40 {
				b.WriteString(rare.Draw(t, "what"))
			}
			b.WriteString(drawBlock(t, i))
		}
		blocks += n
		literal += config.CountLiteral([]byte(b.String()))
		sameAsParser(t, b.String())
	})
	if literal*4 < blocks || literal == blocks {
		t.Errorf("%d of %d blocks are literal: too few, or too many, to test anything", literal, blocks)
	}
}

// TestLiteralPieces holds it for files of many pieces, whole configurations and
// their digests.
func TestLiteralPieces(t *testing.T) {
	odd := "tracking \"odd\" {\n  carrier_code = \"dhl\"\n  tracking_number = \"RB1\\u0030CN\"\n}\n"
	var wrong strings.Builder // more errors than are shown
	for i := range 300 {
		fmt.Fprintf(&wrong, "tracking \"a%d\" {\n  carrier_code = \"dhl\"\n  tracking_number = \"12345%d\"\n}\ntracking \"b%[1]d\" {\n  titel = \"\"\n}\n", i, i)
	}
	for _, main := range []string{
		sandbox + wrong.String(),
		manyBlocks(500),
		manyBlocks(200) + odd + strings.ReplaceAll(manyBlocks(200)[len(sandbox):], "parcel", "other"),
		manyBlocks(200) + "tracking \"x\" {\n  title = 1\n}\n",
		manyBlocks(200) + "x = \n",
		manyBlocks(100) + manyBlocks(100)[len(sandbox):],
	} {
		dir := writeFiles(t, map[string]string{"main.hcl": main})
		want, wantDiags := config.LoadByParser(dir, config.Options{})
		got, diags := config.Load(dir, config.Options{})
		if diff := cmp.Diff(wantDiags, diags); diff != "" {
			t.Errorf("diagnostics (-parser +reader):\n%s", diff)
		}
		if len(want.Declared) != len(got.Declared) || want.Hash != got.Hash {
			t.Fatalf("%d declared, want %d; hash %s, want %s", len(got.Declared), len(want.Declared), got.Hash, want.Hash)
		}
		for i := range got.Declared {
			w, g := &want.Declared[i], &got.Declared[i]
			if w.Addr != g.Addr || w.Key != g.Key || !w.Attrs.Equal(g.Attrs) || w.Range() != g.Range() || w.NumberRange() != g.NumberRange() {
				t.Fatalf("%+v, want %+v", g, w)
			}
		}
		context := func(cfg *config.Config) string {
			nav := cfg.Sources()["main.hcl"].Nav.(interface{ ContextString(int) string })
			return nav.ContextString(len(main) / 2)
		}
		if w, g := context(want), context(got); w != g || w == "" {
			t.Errorf("context %q, want %q", g, w)
		}
	}
}

func FuzzLiteral(f *testing.F) {
	for _, tt := range literalCases {
		if len(tt.src) < 1000 {
			f.Add(tt.src)
		}
	}
	for _, dir := range []string{"testdata/valid/*/*.hcl", "testdata/invalid/*.hcl"} {
		names, err := filepath.Glob(dir)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			if src, err := os.ReadFile(name); err == nil {
				f.Add(string(src))
			}
		}
	}
	f.Fuzz(func(t *testing.T, src string) {
		sameAsParser(t, src)
	})
}
