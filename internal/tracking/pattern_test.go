package tracking_test

import (
	"path"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/internal/tracking"
)

func TestPatterns(t *testing.T) {
	key := tracking.Key{Carrier: "sto", Number: "402934299065"}
	row := tracking.Addr("trackings.orders").Index("A-1")
	tests := []struct {
		pattern string
		addr    tracking.Addr
		key     tracking.Key
		matches bool
	}{
		{"tracking.a", "tracking.a", key, true},
		{"tracking.a", "tracking.ab", key, false},
		{"tracking.a", tracking.Addr("tracking.a").Index("x"), key, true},
		{"tracking.a", tracking.Addr("tracking.a").Deposed(key), key, true},
		{`tracking.a["x"]`, tracking.Addr("tracking.a").Index("y"), key, false},
		{`tracking.a[ "x" ]`, tracking.Addr("tracking.a").Index("x"), key, true},
		{"tracking.a (deposed sto/402934299065)", tracking.Addr("tracking.a").Deposed(key), key, true},
		{`trackings.orders["A-?"]`, row, key, true},
		{`trackings.*`, row, key, true},
		{`*["A-1"]`, row, key, true},
		{"tracking.*", row, key, false},
		{"sto/402934299065", row, key, true},
		{"sto/402 934 299 065", row, key, true},
		{"sto/4029*", row, key, true},
		{"*/*65", row, key, true},
		{"dhl/*", row, key, false},
		{"*", row, key, true},
	}
	for _, tt := range tests {
		p, err := tracking.ParsePattern(tt.pattern)
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
			continue
		}
		if got := p.MatchAddr(tt.addr) || p.MatchKey(tt.key); got != tt.matches {
			t.Errorf("%s selects %s, %s: %v, want %v", tt.pattern, tt.addr, tt.key, got, tt.matches)
		}
	}
	for _, bad := range []string{"", "banana", "tracking.", "tracking.a[1]", "tracking.a.b", "sto/1", "trackings.o[A-1]", "tracking.a["} {
		if p, err := tracking.ParsePattern(bad); err == nil {
			t.Errorf("%q is the pattern %s", bad, p)
		}
	}
}

// Without slashes and brackets, Glob is path.Match.
func TestGlob(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SampledFrom(strings.Split("a b é * ?", " "))
		pattern := strings.Join(rapid.SliceOfN(letters, 0, 6).Draw(t, "pattern"), "")
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "é"}), 0, 8).Draw(t, "text"), "")
		want, err := path.Match(pattern, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := tracking.Glob(pattern, text); got != want {
			t.Fatalf("Glob(%q, %q) = %v", pattern, text, got)
		}
	})
}

// An address is read as it is written, and again.
func TestParseAddr(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := tracking.NewAddr(rapid.SampledFrom([]string{"tracking", "trackings"}).Draw(t, "type"), "b-c_1")
		if rapid.Bool().Draw(t, "indexed") {
			a = a.Index(cty.StringVal(rapid.String().Draw(t, "key")).AsString()) // keys are normalised
		}
		got, err := tracking.ParseAddr(string(a))
		if err != nil || got != a || got.Block() != tracking.NewAddr(string(a)[:strings.IndexByte(string(a), '.')], "b-c_1") {
			t.Fatalf("ParseAddr(%s) = %s, %v", a, got, err)
		}
	})
}
