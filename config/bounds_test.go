package config_test

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"math/bits"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/gear/exhaustive"
)

// growing writes local values that are made of the one before, 40 times.
func growing(first, next string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  x0 = %s\n", first)
	for i := range 40 {
		fmt.Fprintf(&b, "  x%d = %s\n", i+1, strings.ReplaceAll(next, "X", fmt.Sprintf("local.x%d", i)))
	}
	return b.String()
}

// TestExplosions evaluates what one function or one template makes much of. Each
// must be refused at its own line, and nothing else be complained of. What takes
// its time is the watchdog's business (internal/cli).
func TestExplosions(t *testing.T) {
	files := map[string]string{
		"mib.txt": strings.Repeat("0123456789abcde\n", 1<<16), "digits.txt": strings.Repeat("7", 1_000_000),
		"empties.json": "[" + strings.Repeat("{},", 1<<18) + "{}]", "numbers.json": "[" + strings.Repeat("1,", 1<<20) + "1]",
		"rows.csv": "a\n" + strings.Repeat("b\n", 1<<19), "alias.yaml": aliases(30), "merge.yaml": merges(5000, 5000),
		"long.tmpl": strings.Repeat("a\n", 200_000), "crc.txt": sameChecksum(2000),
	}
	const call, argument, number, held, long = "Error in function call", "Invalid function argument", "Number out of range", "Value too large", "String too long"
	tests := []struct{ name, locals, want string }{
		{"concat", growing(fmt.Sprintf("range(%d)", exhaustive.Or(1000, 250)), "concat(X, X)"), held},
		{"doubled text", growing(`"0123456789"`, `"${X}${X}"`), long},
		{"doubled text with a literal", growing(`"0123456789"`, `"a ${X} b ${X}"`), long},
		{"directive", fmt.Sprintf(`"%%{for a in range(%d)}${file("mib.txt")}%%{endfor}"`, exhaustive.Or(1000, 20)), long},
		{"regex on a long text", `regexall("(a)(b)(c)(d)(e)(f)(g)(h)(i)", file("mib.txt"))`, call},
		{"jsondecode", `jsondecode(file("empties.json"))`, call}, {"jsondecode numbers", `jsondecode(file("numbers.json"))`, call},
		{"csvdecode", `csvdecode(file("rows.csv"))`, call}, {"rows", `rows("rows.csv")`, argument}, {"yaml aliases", `yamldecode(file("alias.yaml"))`, held},
		{"digits", `tonumber(file("digits.txt"))`, call}, {"digits added", `file("digits.txt") + 1`, number}, {"digits of an argument", `abs(file("digits.txt"))`, argument},
		{"huge number", "1e900 * 1e900", held}, {"huge text", `"${tonumber("1e999999999")}"`, call}, {"huge sum", `"1e999999999" + 1`, number},
		{"huge in yaml", `yamldecode("1e999999999")`, held}, {"huge in json", `jsondecode("1e999999999")`, call}, {"merged yaml", `yamldecode(file("merge.yaml"))`, call},
		{"template of many lines", `templatefile("long.tmpl", {})`, call},
		{"few values", "distinct([for p in setproduct(range(40), range(40)) : p[0] == 1 ? \"a\" : \"b\"])", ""},
		{"one checksum for all", `toset(split(" ", file("crc.txt")))`, ""}, {"nested try", strings.Repeat("try(", 90) + "1" + strings.Repeat(")", 90), ""},
		{"format", `format("%0999999999d", 1)`, argument}, {"formats", `format("` + strings.Repeat("%9999d", 2000) + `", 1)`, call},
		{"format of a long text", `format("` + strings.Repeat("%[1]s", 100) + `", file("mib.txt"))`, call},
		{"formatlist", `formatlist("%9999d", range(300))`, ""}, {"formatlists", `formatlist("%9999d", concat(range(1020), range(1020)))`, call},
		{"join", "join(file(\"mib.txt\"), range(20))", call}, {"indent", `indent(1000, file("mib.txt"))`, call},
		{"replace", `replace(file("mib.txt"), "a", file("mib.txt"))`, call},
		{"replace a pattern", `replace("` + strings.Repeat("a"+strings.Repeat("b", 90), exhaustive.Or(1000, 60)) + `", "/a(b+)/", "` + strings.Repeat("$1", exhaustive.Or(20_000, 2000)) + `")`, call},
		{"split", `split("", join("", [file("mib.txt"), "x"]))`, call}, {"trim", `trim("x", file("mib.txt"))`, argument},
		{"parseint", `parseint(file("digits.txt"), 36)`, argument}, {"product", "setproduct(range(1000), range(1000))", call},
		{"large pattern", `regex("((a{100}){100}){33}", "a")`, argument}, {"long pattern", `regex(file("mib.txt"), "a")`, call},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.HasPrefix(tt.locals, " ") {
				tt.locals = "  x = " + tt.locals + "\n"
			}
			files["main.hcl"] = sandbox + "locals {\n" + tt.locals + "}\n"
			_, diags := config.Load(writeFiles(t, files), config.Options{Environ: map[string]string{}})
			checkDiagnostics(t, diags)
			switch {
			case tt.want == "" && len(diags) > 0:
				t.Errorf("got %.300s", diags.Error())
			case tt.want != "" && (len(diags) != 1 || diags[0].Summary != tt.want || diags[0].Subject == nil || diags[0].Subject.Filename == ""):
				t.Errorf("got %.500v, want %s", diags, tt.want)
			}
		})
	}
}

// aliases is a YAML document in which each level has the one before nine times.
func aliases(levels int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x]\n")
	for i := range levels {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i), 9), ","))
	}
	return b.String()
}

// sameChecksum returns different words that have one CRC-32: the checksum is linear
// in the bits of a word, and of the 64 bits that tell capitals from small letters
// 32 combinations leave it as it is.
func sameChecksum(n int) string {
	type change struct {
		sum  uint32
		bits uint64
	}
	flip := func(bits uint64) string {
		word := bytes.Repeat([]byte("a"), 64)
		for i := range word {
			word[i] ^= byte(bits>>i&1) << 5
		}
		return string(word)
	}
	sum := func(bits uint64) uint32 { return crc32.ChecksumIEEE([]byte(flip(bits))) }
	pivots, free := map[int]change{}, []uint64{}
	for i := range 64 {
		c := change{sum(1<<i) ^ sum(0), 1 << i}
		for c.sum != 0 {
			p, ok := pivots[bits.Len32(c.sum)]
			if !ok {
				pivots[bits.Len32(c.sum)] = c
				break
			}
			c.sum, c.bits = c.sum^p.sum, c.bits^p.bits
		}
		if c.sum == 0 {
			free = append(free, c.bits)
		}
	}
	words, now := make([]string, n), uint64(0)
	for i := range words {
		now ^= free[bits.TrailingZeros(uint(i+1))]
		words[i] = flip(now)
	}
	return strings.Join(words, " ")
}

// merges is a YAML document that copies a map of many keys many times.
func merges(keys, times int) string {
	var b strings.Builder
	b.WriteString("a: &a {")
	for i := range keys {
		fmt.Fprintf(&b, "k%d: 1, ", i)
	}
	return b.String() + "}\nb:\n" + strings.Repeat("- <<: *a\n", times)
}

// TestHonest evaluates what large, honest configurations do: 50,000 orders from a CSV
// file, or a core of them, and what people do with them.
func TestHonest(t *testing.T) {
	n := exhaustive.Or(50_000, 10_000)
	main := sandbox + `
locals {
  orders   = csvdecode(file("orders.csv"))
  wanted   = [for o in local.orders : o if o.number != "" && !startswith(o.number, "XX")]
  carriers = { dhl = "dhl", sto = "sto" }
  known    = toset(distinct([for o in local.wanted : o.carrier]))
  keys     = true ? [for o in local.wanted : o.order_id] : []
  count    = length(local.wanted)
}
tracking "parcel" {
  for_each        = { for o in local.wanted : o.order_id => o }
  carrier_code    = lookup(local.carriers, each.value.carrier, "dhl")
  tracking_number = trimspace(upper(each.value.number))
  title           = "${each.key} of ${local.count}: ${substr(each.value.title, 0, 20)}"
  customer_name   = each.value.name != "" ? title(lower(each.value.name)) : null
  order_id        = replace(each.key, "-", "_")
}
`
	cfg, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": main, "orders.csv": manyRows(n)}), config.Options{})
	if diags.HasErrors() || len(cfg.Declared) != n {
		t.Errorf("%d declared, %v", len(cfg.Declared), diags)
	}
}

// expressions are those in which checks stand, and some odd ones.
var expressions = []string{
	`1 + 2 * 3`, `"${a[0]}-${m.k}"`, `[for x in a : upper(x)]`, `{ for k, v in m : k => v * 2 if v > 7 }`, `{ for x in t : "k" => x... }`,
	`t[*]`, `[o, o][*].s`, `a.*.nope`, `o.s == "t" ? a : []`, `o.n == null ? 1 : "2"`, `"%{ for x in a }${x},%{ endfor }"`, `"%{ if true ~} x %{~ endif }"`,
	`"${a}"`, `"${z}!"`, `[for x in [z] : x]`, `try(nope, o.nope, "d")`, `can(o.nope)`, `lookup(m, "k")`, `lookup(m, "x", 9)`, `lookup(o, "n", 1)`, `lookup(m, z, 9)`,
	`lookup(m, "x")`, `merge([m, { x = 1 }]...)`, `tolist(t)`, `tolist([1, "a"])`, `toset([1, 1, 2])`, `tomap({ a = 1, b = "c" })`, `distinct(["a", "a", z])`, `distinct([])`,
	`transpose({ a = ["x", 1] })`, `concat(a, t)`, `{ (a[0]) = 1, "${a[1]}" = 2, b = 3 }`, `-m.k`, `!t[0]`, `t[0] && nope`, `m["k"]`, `m[z]`, `(((a)))`, `length(z)`, `length(a)`, `length(o)`, `length([z, 1])`, `length(toset(a))`, `length(null)`, `length(nope)`, `length(1)`, `length("aä")`, `length(sensitive(t))`, `length(a, a)`, `length([a]...)`,
	`[for x in nope : x]`, `[for x in null : x]`, `[for x in a : x if null]`, `{ for x in a : null => x }`, `{ for x in a : 1 => x }`, `nope()`, `upper()`, `upper(a...)`,
	`jsondecode("{\"a\": [1, null]}")`, `yamldecode("a: &x [1]\nb: *x")`, `split(",", "a,b")`, `replace("aXbX", "/(X)/", "<$1>")`, `replace("abc", "", "-")`, `replace("aab", "/a*/", "-")`,
	`format("%s-%03d", "x", 7)`, `formatlist("%s!", a)`, `regexall("(.)(.)", "abcd")`, `1 / 0`, `5 % 0`, `tonumber("x")`, `max([1, 2]...)`, `coalesce("", "x")`, `setproduct(a, t)`,
	`chunklist([1, 2, 3], 2)`, `setunion(["a"], ["b"])`, `flatten([[1], [2, [3]]])`, `sensitive(1) + 1`, `nonsensitive(z)`, `alltrue([true, "false"])`, `sort(["b", "a"])`,
	"<<E\n${a[0]}\n  %{ if true }y%{ endif }\nE\n",
}

// sameResult holds that checks change nothing.
func sameResult(t *testing.T, src string, e *config.Evaluated) {
	t.Helper()
	if e == nil {
		return
	}
	if e.PlainDiags.HasErrors() || e.CheckedDiags.HasErrors() {
		if e.PlainDiags.HasErrors() != e.CheckedDiags.HasErrors() && !strings.Contains(e.CheckedDiags.Error(), "out of range") && !strings.Contains(e.CheckedDiags.Error(), "too long") {
			t.Errorf("%s: plain %v, checked %v", src, e.PlainDiags, e.CheckedDiags)
		}
		return
	}
	if e.Plain.IsWhollyKnown() && !e.Plain.RawEquals(e.Checked) {
		t.Errorf("%s: plain %#v, checked %#v", src, e.Plain, e.Checked)
	}
	if len(e.Variables) != len(e.Referred) {
		t.Errorf("%s refers to %d variables, with checks to %d", src, len(e.Variables), len(e.Referred))
	}
}

// TestChecks evaluates expressions with and without checks.
func TestChecks(t *testing.T) {
	for _, src := range expressions {
		e := config.Evaluate(src, false)
		if e == nil {
			t.Errorf("%s cannot be evaluated", src)
			continue
		}
		sameResult(t, src, e)
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace("${" + src + "}")
		sameResult(t, src, config.Evaluate(fmt.Sprintf(`{"x": ["%s", {"k": 1, "${a[0]}": true}]}`, quoted), true))
	}
}

// TestUnify holds the quick ways of making lists and maps of many
// elements against those of few.
func TestUnify(t *testing.T) {
	for _, src := range []string{
		"tolist([for i in range(%d) : i])", "toset([for i in range(%d) : \"${i}\"])", "tolist([for i in range(%d) : i == 0 ? null : i])",
		"tomap({ for i in range(%d) : i => i })", "tolist([for i in range(%d) : i == 1 ? \"x\" : i])", "true ? [for i in range(%d) : i] : []",
		"true ? { for i in range(%d) : \"${i}\" => i } : {}", "join(\",\", [for i in range(%d) : i])", "sort([for i in range(%d) : \"${i}\"])", "distinct([for i in range(%d) : i])",
	} {
		for _, n := range []int{3, 300} {
			sameResult(t, src, config.Evaluate(fmt.Sprintf(src, n), false))
		}
	}
}

func FuzzChecks(f *testing.F) {
	for _, src := range expressions {
		f.Add(src, false)
		f.Add(fmt.Sprintf(`{"x": %q}`, "${"+src+"}"), true)
	}
	f.Add(`{"x": {"a": [1, "${a}"], "a": null}}`, true)
	f.Fuzz(func(t *testing.T, src string, inJSON bool) {
		sameResult(t, src, config.Evaluate(src, inJSON))
	})
}

// TestManyErrors loads what is hopeless: of very many errors the first are shown.
func TestManyErrors(t *testing.T) {
	tests := map[string]string{
		"blocks":     strings.Repeat("x {}\n", 5000),
		"arguments":  lines(5000, "x%d = 1\n"),
		"references": "locals {\n" + lines(5000, "  a%d = local.b%[1]d\n") + "}\n",
		"variables":  lines(5000, "variable \"v%d\" {}\n"),
		"trackings":  lines(5000, "tracking \"t%d\" {\n  carrier_code    = \"dhl\"\n  tracking_number = 5\n}\n"),
	}
	for name, src := range tests {
		t.Run(name, func(t *testing.T) {
			dir := writeFiles(t, map[string]string{"main.hcl": sandbox + src})
			_, diags := config.Load(dir, config.Options{Environ: map[string]string{}})
			if len(diags) != config.MaxDiagnostics+1 || kind(diags[config.MaxDiagnostics].Summary) != moreLikeThese || !diags.HasErrors() {
				t.Fatalf("got %d", len(diags))
			}
			checkDiagnostics(t, diags[:config.MaxDiagnostics])
			_, again := config.Load(dir, config.Options{Environ: map[string]string{}})
			if diff := cmp.Diff(texts(diags), texts(again)); diff != "" {
				t.Errorf("not the same again (-want +got):\n%s", diff)
			}
		})
	}
}

func lines(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func texts(diags hcl.Diagnostics) []string {
	var out []string
	for _, d := range diags {
		out = append(out, d.Error())
	}
	return out
}

// TestLongMessages holds that nothing quotes a text of megabytes.
func TestLongMessages(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for _, src := range []string{
		fmt.Sprintf("locals {\n  x = tobool(%q)\n}\n", long), fmt.Sprintf("locals {\n  x = fileset(\".\", \"%s[\")\n}\n", long[:4000]), fmt.Sprintf("locals {\n  x = { a = 1 }[%q]\n}\n", long),
		fmt.Sprintf("tracking %q {\n  carrier_code = \"dhl\"\n  tracking_number = \"12345678\"\n}\n", long), fmt.Sprintf("safety {\n  mode = %q\n}\n", long),
	} {
		_, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": sandbox + src}), config.Options{Environ: map[string]string{}})
		if !diags.HasErrors() || len(diags.Error()) > 5000 {
			t.Errorf("%.40s: got %d bytes, %.200s", src, len(diags.Error()), diags.Error())
		}
	}
}

// TestFailingLoops: of the errors in loops the first are told, and that there may
// be more.
func TestFailingLoops(t *testing.T) {
	src := sandbox + "locals {\n  x = [for a in range(1000) : [for b in range(100) : a.nope]]\n  y = try([for a in range(1000) : a.nope], [for a in range(3) : a])\n}\n" +
		"tracking \"a\" {\n  carrier_code    = \"dhl\"\n  tracking_number = \"12345678\"\n  title           = \"${length(local.y)}\"\n}\n"
	cfg, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": src}), config.Options{})
	checkDiagnostics(t, diags)
	got := map[string]int{}
	for _, d := range diags {
		got[kind(d.Summary)]++
	}
	if diff := cmp.Diff(map[string]int{"Unsupported attribute": config.MaxDiagnostics, moreLikeThese: 1}, got); diff != "" {
		t.Errorf("diagnostics mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"tracking.a": "3"}, titles(cfg)); diff != "" {
		t.Errorf("titles mismatch (-want +got):\n%s", diff)
	}
}

// TestManyMoves follows a long chain of moved blocks from very many starts.
func TestManyMoves(t *testing.T) {
	var b strings.Builder
	b.WriteString(sandbox)
	for i := range 300 {
		fmt.Fprintf(&b, "moved {\n  from = tracking.b%d\n  to   = tracking.b%d\n}\nmoved {\n  from = tracking.a[\"%[1]d\"]\n  to   = tracking.b0[\"%[1]d\"]\n}\n", i, i+1)
	}
	dir := writeFiles(t, map[string]string{"main.hcl": b.String()})
	cfg, diags := config.Load(dir, config.Options{})
	if diags.HasErrors() || len(cfg.Moves) != 600 {
		t.Errorf("%d moves, %v", len(cfg.Moves), diags)
	}
	for i := 300; i < 1001; i++ {
		fmt.Fprintf(&b, "moved {\n  from = tracking.b%d\n  to   = tracking.b%d\n}\n", i, i+1)
	}
	_, diags = config.Load(writeFiles(t, map[string]string{"main.hcl": b.String()}), config.Options{})
	if !diags.HasErrors() || diags[0].Summary != "Too many moves" || diags[0].Subject == nil {
		t.Errorf("got %v", diags)
	}
}
