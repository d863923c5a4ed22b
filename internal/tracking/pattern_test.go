package tracking_test

import (
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
		known := func(yield func(tracking.Addr, tracking.Key) bool) { yield(tt.addr, tt.key) }
		if got := tracking.Resolve([]tracking.Pattern{p}, known)[0].Match(tt.addr, tt.key); got != tt.matches {
			t.Errorf("%s selects %s, %s: %v, want %v", tt.pattern, tt.addr, tt.key, got, tt.matches)
		}
	}
	for _, bad := range []string{"", "banana", "tracking.", "tracking.a[1]", "tracking.a.b", "sto/1", "trackings.o[A-1]", "tracking.a["} {
		if p, err := tracking.ParsePattern(bad); err == nil {
			t.Errorf("%q is the pattern %s", bad, p)
		}
	}
}

// What is the name of something is that alone; only what is nobody's name is a
// pattern.
func TestResolve(t *testing.T) {
	name := func(key string) tracking.Addr { return tracking.Addr("tracking.p").Index(key) }
	odd := tracking.Key{Carrier: "sto", Number: "40293?"} // as nothing but a service would have it
	all := map[tracking.Addr]tracking.Key{
		name("M?ller"): {Carrier: "sto", Number: "402931"}, name("Miller"): {Carrier: "sto", Number: "402932"},
		name("*"): {Carrier: "sto", Number: "402933"}, name(`"?"`): {Carrier: "zto", Number: "402934"},
		"tracking.q": odd, tracking.Addr("tracking.q").Index("x"): {Carrier: "zto", Number: "402935"},
		tracking.Addr("tracking.q").Deposed(odd):             {Carrier: "zto", Number: "402936"},
		name("M?ller").Deposed(odd):                          {Carrier: "zto", Number: "402937"},
		tracking.Addr("tracking.r").Index("a?").Deposed(odd): {Carrier: "zto", Number: "402938"},
		tracking.Addr("tracking.r").Index("ab"):              {Carrier: "zto", Number: "402939"},
	}
	tests := []struct {
		pattern string
		exact   bool
		want    []string
	}{
		{`tracking.p["M?ller"]`, true, []string{`tracking.p["M?ller"]`, `tracking.p["M?ller"] (deposed sto/40293?)`}},
		{`tracking.p[ "M?ller" ]`, true, []string{`tracking.p["M?ller"]`, `tracking.p["M?ller"] (deposed sto/40293?)`}},
		{`tracking.p["M?ller"] (deposed sto/40293?)`, true, []string{`tracking.p["M?ller"] (deposed sto/40293?)`}},
		{`tracking.p["M*ller"]`, false, []string{`tracking.p["M?ller"]`, `tracking.p["Miller"]`}},
		{`tracking.p["*"]`, true, []string{`tracking.p["*"]`}},
		{`tracking.p["\"?\""]`, true, []string{`tracking.p["\"?\""]`}},
		{`tracking.p["?????r"]`, false, []string{`tracking.p["M?ller"]`, `tracking.p["Miller"]`}},
		{"sto/40293?", true, []string{"tracking.q"}},
		{"zto/40293?", false, []string{
			`tracking.p["M?ller"] (deposed sto/40293?)`, `tracking.p["\"?\""]`, "tracking.q (deposed sto/40293?)", `tracking.q["x"]`,
			`tracking.r["a?"] (deposed sto/40293?)`, `tracking.r["ab"]`,
		}},
		{"tracking.q", true, []string{"tracking.q", "tracking.q (deposed sto/40293?)"}},
		{"tracking.r", false, []string{`tracking.r["a?"] (deposed sto/40293?)`, `tracking.r["ab"]`}},
		{`tracking.r["a?"]`, true, []string{`tracking.r["a?"] (deposed sto/40293?)`}},
		{"tracking.x*", false, nil},
	}
	for _, tt := range tests {
		p, err := tracking.ParsePattern(tt.pattern)
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
			continue
		}
		s := tracking.Resolve([]tracking.Pattern{p}, maps.All(all))[0]
		var got []string
		for addr, key := range all {
			if s.Match(addr, key) {
				got = append(got, string(addr))
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(tt.want, got); diff != "" || s.Exact() != tt.exact {
			t.Errorf("%s, exact: %v, want %v (-want +got):\n%s", tt.pattern, s.Exact(), tt.exact, diff)
		}
	}
}

// Every address and every key, written down, selects what has it and nothing else.
func TestResolveSelectsByName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune(`ab*?"\é[]( )/.`)), 0, 4, -1)
		var addrs []tracking.Addr
		for _, s := range rapid.SliceOfNDistinct(text, 1, 6, rapid.ID).Draw(t, "keys") {
			addrs = append(addrs, tracking.Addr("tracking.p").Index(s))
		}
		known := func(yield func(tracking.Addr, tracking.Key) bool) {
			for _, a := range addrs {
				if !yield(a, tracking.Key{}) {
					return
				}
			}
		}
		for _, want := range addrs {
			p, err := tracking.ParsePattern(string(want))
			if err != nil {
				t.Fatalf("%s: %v", want, err)
			}
			s := tracking.Resolve([]tracking.Pattern{p}, known)[0]
			for _, a := range addrs {
				if s.MatchAddr(a) != (a == want) {
					t.Fatalf("%s selects %s: %v", want, a, s.MatchAddr(a))
				}
			}
		}
	})
}

func TestGlobAmong(t *testing.T) {
	names := []string{"a?b", "acb", "adb"}
	for _, tt := range []struct {
		pattern string
		want    []string
	}{{"a?b", names[:1]}, {"a*b", names}, {"?cb", names[1:2]}} {
		matches := tracking.GlobAmong(tt.pattern, slices.Values(names))
		var got []string
		for _, n := range names {
			if matches(n) {
				got = append(got, n)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.pattern, diff)
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
