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
)

const tooMuch = "Too much"

// growing writes local values that are made of the one before, 40 times.
func growing(first, next string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  x0 = %s\n", first)
	for i := range 40 {
		fmt.Fprintf(&b, "  x%d = %s\n", i+1, strings.ReplaceAll(next, "X", fmt.Sprintf("local.x%d", i)))
	}
	return b.String()
}

// TestBudget evaluates what multiplies, with bounds a thirtieth of the usual
// ones. Each must be refused at its own line, and nothing else be complained of.
func TestBudget(t *testing.T) {
	const (
		thrice = "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : %s]]]"
		twice  = "[for a in range(1000) : [for b in range(1000) : %s]]"
		many   = "  many = [for p in setproduct(range(100), range(100)) : p]\n"
		strs   = "  strs = [for p in local.many : \"${p[0]}-${p[1]}\"]\n"
	)
	files := map[string]string{
		"mib.txt": strings.Repeat("0123456789abcde\n", 1<<16), "digits.txt": strings.Repeat("7", 1_000_000),
		"empties.json": "[" + strings.Repeat("{},", 1<<16) + "{}]", "numbers.json": "[" + strings.Repeat("1,", 1<<18) + "1]",
		"rows.csv": "a\n" + strings.Repeat("b\n", 1<<18), "alias.yaml": aliases(30), "merge.yaml": merges(5000, 5000),
		"loop.tmpl": "%{for a in range(1000)}%{for b in range(1000)}%{for c in range(1000)}x%{endfor}%{endfor}%{endfor}",
		"long.tmpl": strings.Repeat("a\n", 200_000), "crc.txt": sameChecksum(2000),
	}
	tests := []struct{ name, locals, want string }{
		{"nothing", fmt.Sprintf(thrice, "1"), tooMuch}, {"numbers", fmt.Sprintf(thrice, "a * b * c"), tooMuch},
		{"objects", fmt.Sprintf(thrice, "{ a = 1 }"), tooMuch}, {"tuples", fmt.Sprintf(thrice, "[1, 2, 3, 4, 5, 6, 7, 8, 9]"), tooMuch},
		{"texts", fmt.Sprintf(thrice, `"${a}-${b}"`), tooMuch}, {"nothing kept", fmt.Sprintf(thrice, "1 if false"), tooMuch},
		{"calls", fmt.Sprintf(thrice, `upper("x")`), tooMuch}, {"hidden", "try(" + fmt.Sprintf(thrice, "try(x, 1)") + ", 1)", tooMuch},
		{"can", "can(" + fmt.Sprintf(thrice, "1") + ")", tooMuch},
		{"maps", "{ for a in range(1000) : a => { for b in range(1000) : b => b } }", tooMuch},
		{"groups", "{ for a in range(1000) : a => { for b in range(1000) : b => b... }... }", tooMuch},
		{"splat", fmt.Sprintf(twice, "[{ a = 1 }, { a = 2 }][*].a"), tooMuch},
		{"directives", `"%{for a in range(1000)}%{for b in range(1000)}%{for c in range(1000)}x%{endfor}%{endfor}%{endfor}"`, tooMuch},
		{"long directive", `"%{for a in range(1000)}` + strings.Repeat("x", 100_000) + `%{endfor}"`, tooMuch},
		{"compared", fmt.Sprintf(twice, "local.many == local.many") + "\n" + many, tooMuch},
		{"compared texts", fmt.Sprintf(twice, `local.m == "${local.m}"`) + "\n  m = file(\"mib.txt\")\n", tooMuch},
		{"conditions", fmt.Sprintf(twice, "true ? local.many : []") + "\n" + many, tooMuch},
		{"checksum of a file", fmt.Sprintf(twice, `filesha512("mib.txt")`), tooMuch}, {"base64 of a file", fmt.Sprintf(twice, `filebase64("mib.txt")`), tooMuch},
		{"templatestring", fmt.Sprintf(twice, `templatestring("%{for x in range(1000)}x%{endfor}", {})`), tooMuch}, {"many templates", fmt.Sprintf(twice, `templatestring("${a}-${b}", {})`), tooMuch},
		{"matchkeys", fmt.Sprintf(twice, "matchkeys(local.strs, local.strs, local.strs)") + "\n" + many + strs, tooMuch},
		{"one checksum for all, matched", `matchkeys(split(" ", file("crc.txt")), split(" ", file("crc.txt")), ["a"])`, tooMuch},
		{"types", fmt.Sprintf(twice, "type(local.many)") + "\n" + many, tooMuch}, {"lengths", fmt.Sprintf(thrice, "length([])"), tooMuch},
		{"file", fmt.Sprintf(twice, `file("mib.txt")`), tooMuch}, {"fileset", fmt.Sprintf(twice, `fileset(".", "*")`), tooMuch},
		{"fileexists", fmt.Sprintf(twice, `fileexists("x")`), tooMuch}, {"hash", fmt.Sprintf(twice, `sha256(file("mib.txt"))`), tooMuch},
		{"characters", fmt.Sprintf(twice, `strrev(file("mib.txt"))`), tooMuch}, {"templatefile", fmt.Sprintf(twice, `templatefile("loop.tmpl", {})`), tooMuch},
		{"concat", growing("range(1000)", "concat(X, X)"), tooMuch},
		{"lookup", "{ for k, v in local.m : k => lookup(local.m, \"${k}x\", {}) == length(local.m) }\n  m = { for k in local.strs : k => 1 }\n" + many + strs, tooMuch},
		{"setproduct", fmt.Sprintf(twice, "setproduct(range(100), range(100))"), tooMuch}, {"flatten", fmt.Sprintf(twice, "flatten(local.many)") + "\n" + many, tooMuch},
		{"regex", fmt.Sprintf(twice, `regexall("((a|b){10}){30}c", "abababababababababababababababababababab")`), tooMuch},
		{"regex on a long text", `regexall("", file("mib.txt"))`, tooMuch}, {"jsondecode", `jsondecode(file("empties.json"))`, tooMuch},
		{"jsondecode numbers", `jsondecode(file("numbers.json"))`, tooMuch}, {"csvdecode", `csvdecode(file("rows.csv"))`, tooMuch},
		{"yaml aliases", `yamldecode(file("alias.yaml"))`, tooMuch}, {"yaml in a loop", fmt.Sprintf(twice, `yamldecode("- a")`), tooMuch},
		{"many types", `tolist([for i in range(1000) : { "a${i}" = 1 }])` + "\n  y = tolist(concat(local.many, [for i in range(1000) : { \"a${i}\" = 1 }]))\n" + many, tooMuch},
		{"arguments", "coalesce([for i in local.many : \"\"]...)\n" + many, tooMuch},
		{"digits", `tonumber(file("digits.txt"))`, "Number out of range"}, {"digits added", `file("digits.txt") + 1`, "Number out of range"},
		{"digits as an index", `range(10)[file("digits.txt")]`, "Number out of range"}, {"huge number", "1e900 * 1e900", "Number out of range"},
		{"huge part of a text", `"x${tonumber("1e999999999")}"`, "Value too large"}, {"huge part of a text, of JSON", `"x${yamldecode("1e999999999")}"`, "Value too large"},
		{"huge text", `"${tonumber("1e999999999")}"`, "Value too large"}, {"huge in yaml", `yamldecode("1e999999999")`, "Value too large"},
		{"doubled text", growing(`"0123456789"`, `"${X}${X}"`), tooMuch},
		{"merged yaml", `yamldecode(file("merge.yaml"))`, "Error in function call"}, {"huge in json", `jsondecode("1e999999999")`, "Error in function call"},
		{"template of many lines", `templatefile("long.tmpl", {})`, "Error in function call"},
		{"few values", "distinct([for p in setproduct(range(40), range(40)) : p[0] == 1 ? \"a\" : \"b\"])", ""},
		{"one checksum for all", `toset(split(" ", file("crc.txt")))`, tooMuch}, {"one checksum for all, united", `setunion(split(" ", file("crc.txt")), ["a"])`, tooMuch},
		{"one checksum for all, distinct", `distinct(split(" ", file("crc.txt")))`, tooMuch},
		{"nested try", strings.Repeat("try(", 90) + "1" + strings.Repeat(")", 90), ""},
		{"format", `format("%0999999999d", 1)`, "Invalid function argument"}, {"formats", `format("` + strings.Repeat("%9999d", 2000) + `", 1)`, "Error in function call"},
		{"format of a long text", `format("` + strings.Repeat("%[1]s", 100) + `", file("mib.txt"))`, "Error in function call"},
		{"formatlist", `formatlist("%9999d", range(300))`, ""}, {"formatlists", `formatlist("%9999d", concat(range(1020), range(1020)))`, "Error in function call"},
		{"join", "join(file(\"mib.txt\"), range(20))", "Error in function call"}, {"indent", `indent(1000, file("mib.txt"))`, "Error in function call"},
		{"replace", `replace(file("mib.txt"), "a", file("mib.txt"))`, "Error in function call"},
		{"replace a pattern", `replace("` + strings.Repeat("ab", 1000) + `", "/a(b)/", "` + strings.Repeat("$1", 20_000) + `")`, "Error in function call"},
		{"split", `split("", join("", [file("mib.txt"), "x"]))`, "Error in function call"}, {"trim", `trim("x", file("mib.txt"))`, "Invalid function argument"},
		{"parseint", `parseint(file("digits.txt"), 36)`, "Number out of range"}, {"parseint of letters", `parseint(file("mib.txt"), 36)`, "Invalid function argument"},
		{"large pattern", `regex("((a{100}){100}){33}", "a")`, "Invalid function argument"}, {"long pattern", `regex(file("mib.txt"), "a")`, "Error in function call"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.HasPrefix(tt.locals, " ") {
				tt.locals = "  x = " + tt.locals + "\n"
			}
			files["main.hcl"] = sandbox + "locals {\n" + tt.locals + "}\n"
			_, diags := config.LoadWithin(writeFiles(t, files), config.Options{Environ: map[string]string{}}, 1_000_000, 6<<20)
			checkDiagnostics(t, diags)
			switch {
			case tt.want == "" && len(diags) > 0:
				t.Errorf("got %.300s", diags.Error())
			case tt.want != "" && (len(diags) != 1 || !strings.HasPrefix(diags[0].Summary, tt.want) || diags[0].Subject == nil || diags[0].Subject.Filename == ""):
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

// sameChecksum gives different words that have one CRC-32: the checksum is linear
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

// TestHonest evaluates what large, honest configurations do, within a third of the
// steps that are allowed: 50,000 orders from a CSV file, and what people do with them.
func TestHonest(t *testing.T) {
	const n = 50_000
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
	cfg, diags := config.LoadWithin(writeFiles(t, map[string]string{"main.hcl": main, "orders.csv": manyRows(n)}), config.Options{}, config.MaxSteps/3, config.MaxBytes/2)
	if diags.HasErrors() || len(cfg.Declared) != n {
		t.Errorf("%d declared, %v", len(cfg.Declared), diags)
	}
}

// expressions are those in which meters stand, and some odd ones.
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

// sameResult holds that meters change nothing.
func sameResult(t *testing.T, src string, e *config.Evaluated) {
	t.Helper()
	if e == nil || e.Stop != nil {
		return
	}
	if e.PlainDiags.HasErrors() || e.MeteredDiags.HasErrors() {
		if e.PlainDiags.HasErrors() != e.MeteredDiags.HasErrors() && !strings.Contains(e.MeteredDiags.Error(), "out of range") && !strings.Contains(e.MeteredDiags.Error(), "too large") {
			t.Errorf("%s: plain %v, metered %v", src, e.PlainDiags, e.MeteredDiags)
		}
		return
	}
	if e.Plain.IsWhollyKnown() && !e.Plain.RawEquals(e.Metered) {
		t.Errorf("%s: plain %#v, metered %#v", src, e.Plain, e.Metered)
	}
	if len(e.Variables) != len(e.Referred) {
		t.Errorf("%s refers to %d variables, with meters to %d", src, len(e.Variables), len(e.Referred))
	}
}

// TestMeters evaluates expressions with and without meters.
func TestMeters(t *testing.T) {
	for _, src := range expressions {
		e := config.Evaluate(src, false)
		if e == nil || e.Stop != nil {
			t.Errorf("%s cannot be evaluated", src)
			continue
		}
		sameResult(t, src, e)
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace("${" + src + "}")
		sameResult(t, src, config.Evaluate(fmt.Sprintf(`{"x": ["%s", {"k": 1, "${a[0]}": true}]}`, quoted), true))
	}
}

// TestMetersSettle holds the quick ways of making lists and maps of many
// elements against those of few.
func TestMetersSettle(t *testing.T) {
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

func FuzzMeters(f *testing.F) {
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
			if len(diags) != config.MaxDiagnostics+1 || diags[config.MaxDiagnostics].Summary != "More of this kind" || !diags.HasErrors() {
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
	src := sandbox + "locals {\n  x = [for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a.nope]]]\n  y = try([for a in range(1000) : a.nope], [for a in range(3) : a])\n}\n" +
		"tracking \"a\" {\n  carrier_code    = \"dhl\"\n  tracking_number = \"12345678\"\n  title           = \"${length(local.y)}\"\n}\n"
	cfg, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": src}), config.Options{})
	checkDiagnostics(t, diags)
	got := map[string]int{}
	for _, d := range diags {
		got[d.Summary]++
	}
	if diff := cmp.Diff(map[string]int{"Unsupported attribute": 50, "More of this kind": 1}, got); diff != "" {
		t.Errorf("diagnostics mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"tracking.a": "3"}, titles(cfg)); diff != "" {
		t.Errorf("titles mismatch (-want +got):\n%s", diff)
	}
}

// TestUnknownAfterStop: once the budget is spent, nothing else is complained of.
func TestUnknownAfterStop(t *testing.T) {
	src := sandbox + "locals {\n  x = [for a in range(1000) : [for b in range(1000) : a]]\n  y = local.x[0]\n}\nsafety {\n  max_deletes = local.x[0][0]\n}\n" +
		"tracking \"a\" {\n  for_each        = toset(local.x[1])\n  carrier_code    = local.y\n  tracking_number = each.key\n}\n" + rowsBlock
	_, diags := config.LoadWithin(writeFiles(t, map[string]string{"main.hcl": src, "orders.csv": manyRows(3)}), config.Options{}, 10_000, 1<<20)
	if len(diags) != 1 || diags[0].Summary != "Too much to evaluate" || diags[0].Subject.Start.Line != 5 {
		t.Errorf("got %v", diags)
	}
}

// TestBudgetBlocks does the same with blocks that refer to trackings, and imports.
func TestBudgetBlocks(t *testing.T) {
	const block = "tracking \"a\" {\n  for_each = { for i in range(300) : \"k${i}\" => i }\n  carrier_code = \"dhl\"\n  tracking_number = \"1${each.value + 10000}\"\n%s}\n"
	const condition = "  lifecycle {\n    precondition {\n      condition = alltrue([for t in tracking.a : t.title != each.key])\n      error_message = \"x\"\n    }\n  }\n"
	tests := map[string]string{
		"preconditions": fmt.Sprintf(block, condition),
		"outputs":       fmt.Sprintf(block, "") + "output \"x\" {\n  value = [for a in range(1000) : [for t in tracking.a : t]]\n}\n",
		"checks":        fmt.Sprintf(block, "") + "check \"x\" {\n  assert {\n    condition = length([for a in range(1000) : [for t in tracking.a : t]]) > 0\n    error_message = \"x\"\n  }\n}\n",
		"imports":       "import {\n  for_each = { for i in range(1000) : \"k${i}\" => i }\n  to = tracking.b[each.key]\n  id = \"dhl/1${length([for a in range(1000) : a])}\"\n}\n",
	}
	for name, src := range tests {
		t.Run(name, func(t *testing.T) {
			_, diags := config.LoadWithin(writeFiles(t, map[string]string{"main.hcl": sandbox + src}), config.Options{}, 300_000, 6<<20)
			checkDiagnostics(t, diags)
			if len(diags) != 1 || !strings.HasPrefix(diags[0].Summary, tooMuch) || diags[0].Subject == nil {
				t.Errorf("got %.500v", diags)
			}
		})
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
	_, diags = config.LoadWithin(dir, config.Options{}, 1_000_000, 6<<20)
	if len(diags) != 1 || diags[0].Summary != "Too much to evaluate" || diags[0].Subject == nil {
		t.Errorf("got %v", diags)
	}
}
