package text_test

import (
	"encoding/csv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/internal/text"
)

// awkward draws texts that encodings stumble over.
func awkward() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{
			"${", "%{", "$", "%", "{", "}", "$$", "$${", "%%{", `\`, `"`, "\n", "\r", "\t", "'", "=1+1", "+", "-", "@SUM",
			"\x1b[31m", "\u202e", "\u200b", "❤\ufe0f", "::error::", "##[group]", "\U0001f4e6", ",", ";", " ", "＝",
		}),
		rapid.String(),
	)
	return rapid.Map(rapid.SliceOfN(piece, 0, 8), func(parts []string) string {
		return norm.NFC.String(strings.ToValidUTF8(strings.Join(parts, ""), ""))
	})
}

// TestHCLQuote: what is written reads as the same text, and shows nothing hidden.
func TestHCLQuote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := awkward().Draw(t, "text")
		quoted := text.HCLQuote(want)
		expr, diags := hclsyntax.ParseExpression([]byte(quoted), "x.hcl", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatalf("%s: %s", quoted, diags)
		}
		v, diags := expr.Value(nil)
		if diags.HasErrors() {
			t.Fatalf("%s: %s", quoted, diags)
		}
		if got := v.AsString(); got != want {
			t.Errorf("%q became %s, which reads as %q", want, quoted, got)
		}
		if got := text.Inert(quoted); got != quoted {
			t.Errorf("%s is not inert", quoted)
		}
	})
}

// TestCSVIsRead: what is no formula and steers nothing comes back as it went, and
// what is one comes back without the apostrophe.
func TestCSVIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []string
		for range rapid.IntRange(1, 4).Draw(t, "cells") {
			want = append(want, awkward().Draw(t, "cell"))
		}
		line := text.CSV(want...)
		r := csv.NewReader(strings.NewReader(line))
		r.LazyQuotes = false
		got, err := r.Read()
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		for i := range got {
			if c, _ := utf8.DecodeRuneInString(strings.TrimSpace(got[i])); strings.ContainsRune("=+-@＝＋－＠", c) && got[i] != "" && strings.TrimSpace(got[i]) != "" {
				t.Errorf("%q begins as a formula", got[i])
			}
			if back := strings.TrimPrefix(got[i], "'"); back != want[i] && !strings.ContainsFunc(want[i], unicode.IsControl) && !strings.ContainsAny(want[i], "\u202e\u2028\u2029\u200e\u200f\u061c\u2066\u2067\u2068\u2069\u202a\u202b\u202c\u202d") {
				t.Errorf("%q came back as %q", want[i], back)
			}
			if strings.ContainsAny(got[i], "\x1b\u202e\r") {
				t.Errorf("%q steers", got[i])
			}
		}
	})
	for in, want := range map[string]string{
		"❤\ufe0f shoes": "❤\ufe0f shoes\n", "a\u00adb": "a\u00adb\n", "=1": "'=1\n", "'quoted": "''quoted\n",
		"a\x1b[31mb": "a\\u001b[31mb\n", "a\u202eb": "a\\u202eb\n", "two\nlines": "\"two\nlines\"\n",
	} {
		if got := text.CSV(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
