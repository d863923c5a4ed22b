// Package texttest has, for tests, texts that mean ill, and what none of them may do.
package texttest

import (
	_ "embed" // the attacks
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// attacks are the texts that mean ill, by kind and name.
//
//go:embed attacks.json
var attacks []byte

// Attacks returns titles that mean ill, by their names. A file a kind: those for
// terminals, for CI systems, for Markdown and HTML, and for spreadsheets.
func Attacks(t testing.TB) map[string]string {
	t.Helper()
	var all map[string]string
	if err := json.Unmarshal(attacks, &all); err != nil {
		t.Fatal(err)
	}
	all["invalid UTF-8"] = "a\xff\xc0\xafb\xed\xa0\x80" // which JSON cannot hold
	return all
}

// Check looks for what no sink may hold, in words of its own.
func Check(t testing.TB, sink, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Fatalf("%s: %q is not valid UTF-8", sink, text)
	}
	lines := map[string]bool{"lines": true, "diagnostic": true, "fence": true, "output": true}[sink]
	for i, r := range text {
		switch {
		case r == '\n' && (lines || i == len(text)-1), r == '\t' && (lines || sink == "workflow"):
		case r < ' ', r >= 0x7f && r < 0xa0, // C0, DEL, C1
			r == 0xad, r == 0x34f, r == 0x61c, r >= 0x115f && r <= 0x1160, r == 0x180e, // invisible
			r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, // zero width, bidi
			r == 0x3164, r >= 0xfe00 && r <= 0xfe0f, r == 0xfeff, r >= 0xfff0 && r <= 0xfffb, r == 0xfffd,
			r >= 0xe0000, // tags, private use
			r >= 0xd800 && r <= 0xf8ff, unicode.Is(unicode.Cf, r):
			t.Fatalf("%s: %q has %U", sink, text, r)
		}
	}
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if strings.Contains(line, "##[") || strings.Contains(line, "##vso[") {
			t.Fatalf("%s: %q is a command", sink, line)
		}
		if strings.HasPrefix(strings.TrimSpace(line), "::") && sink != "workflow" {
			t.Fatalf("%s: %q is a command", sink, line)
		}
		if strings.HasPrefix(line, "/") && sink == "fence" {
			t.Fatalf("%s: %q is a command to GitLab", sink, line)
		}
	}
	forbidden := map[string]string{"json": "<>&"}[sink]
	if strings.ContainsAny(text, forbidden) {
		t.Fatalf("%s: %q has one of %s", sink, text, forbidden)
	}
}
