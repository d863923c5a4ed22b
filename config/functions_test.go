package config_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tmsync/tmsync/config"
)

// TestFunctions evaluates expressions; want is the result as JSON, or, after
// "error: ", a part of the message.
func TestFunctions(t *testing.T) {
	files := map[string]string{
		"x.txt":     "text\n",
		"x.json":    `{"a": [1]}`,
		"sub/a.csv": "n\n1\n",
		"sub/b.csv": "n\n2\n",
		"t.tmpl":    "Hello ${name}%{ if shout }!%{ endif }",
		"loop.tmpl": `${templatefile("loop.tmpl", {})}`,
		"deep.tmpl": strings.Repeat("${[", 1000),
		"bad.tmpl":  "${missing}",
		"gbk.txt":   "\xb0\xa1",
		"bin":       "\xff\xfe\x00",
		"zero.txt":  "a\x00",
	}
	tests := []struct{ expr, want string }{
		{`abs(-1)`, `1`}, {`ceil(1.2)`, `2`}, {`floor(1.8)`, `1`}, {`log(16, 2)`, `4`}, {`max(1, 3, 2)`, `3`}, {`min(1, 3)`, `1`},
		{`parseint("ff", 16)`, `255`}, {`pow(2, 10)`, `1024`}, {`signum(-3)`, `-1`}, {`sum([1, 2.5])`, `3.5`}, {`sum([])`, "error: at least one number"},
		{`sum(["x"])`, "error: must be numbers"},

		{`carrier("Evri")`, `"hermes-uk"`}, {`carrier("DHL", "00340434161094022115")`, `"dhl-germany"`}, {`carrier("DHL EXPRESS", "00340434161094022115")`, `"dhl"`}, {`carrier("sto", null)`, `"sto"`},
		{`carrier("PostNL")`, "error: is not certain: postnl-parcels (Netherlands Post - PostNL), postnl-3s (PostNL International 3S)"}, {`carrier("Hausbote", "1")`, "error: no carrier is known as"},
		{`carrier("")`, "error: the name of the carrier is empty"}, {`carrier(null)`, "error: must not be null"}, {`carrier("UPS", "1", "2")`, "error: takes a name and a tracking number"}, {`try(carrier("Hausbote"), "hermes-de")`, `"hermes-de"`},

		{`chomp("a\n")`, `"a"`}, {`format("%03d-%s", 7, "x")`, `"007-x"`}, {`formatlist("%s!", ["a", "b"])`, `["a!","b!"]`},
		{`indent(2, "a\nb")`, `"a\n  b"`}, {`join(",", ["a", "b"])`, `"a,b"`}, {`lower("AB")`, `"ab"`}, {`upper("ab")`, `"AB"`},
		{`regex("[0-9]+", "a12")`, `"12"`}, {`regexall("[0-9]", "a12")`, `["1","2"]`}, {`replace("a.b", ".", "-")`, `"a-b"`},
		{`replace("a1b2", "/[0-9]/", "#")`, `"a#b#"`}, {`replace("a/b", "/", "-")`, `"a-b"`}, {`split(",", "a,b")`, `["a","b"]`}, {`strrev("abc")`, `"cba"`},
		{`substr("hello", 1, 3)`, `"ell"`}, {`title("red shoes")`, `"Red Shoes"`}, {`trim("?a?", "?")`, `"a"`}, {`trimprefix("ab", "a")`, `"b"`},
		{`trimsuffix("ab", "b")`, `"a"`}, {`trimspace(" a ")`, `"a"`}, {`startswith("ab", "a")`, `true`}, {`endswith("ab", "a")`, `false`},
		{`strcontains("abc", "b")`, `true`}, {`format("%99999d", 1)`, "error: at most four digits"}, {`indent(100000, "a\nb")`, "error: at most 1000"},

		{`alltrue([true, "true"])`, `true`}, {`alltrue([true, false])`, `false`}, {`alltrue([])`, `true`}, {`anytrue([false, true])`, `true`}, {`anytrue([])`, `false`},
		{`chunklist(["a", "b", "c"], 2)`, `[["a","b"],["c"]]`}, {`coalesce("", null, "b")`, `"b"`}, {`coalesce(null, 5)`, `5`}, {`coalesce("")`, "error: neither null nor"},
		{`coalescelist([], ["a"])`, `["a"]`}, {`compact(["a", "", null])`, `["a"]`}, {`concat([1], [2])`, `[1,2]`}, {`contains(["a"], "a")`, `true`},
		{`distinct(["a", "a"])`, `["a"]`}, {`element(["a", "b"], 3)`, `"b"`}, {`flatten([[1], [[2]]])`, `[1,2]`}, {`index(["a", "b"], "b")`, `1`},
		{`index(["a"], "b")`, "error: not in the list"}, {`keys({b = 1, a = 2})`, `["a","b"]`}, {`length("añb")`, `3`}, {`length([1, 2])`, `2`}, {`length({a = 1})`, `1`},
		{`length(5)`, "error: is needed"}, {`lookup({a = 1}, "a")`, `1`}, {`lookup({a = 1}, "b", 2)`, `2`}, {`lookup(tomap({a = "x"}), "b", "y")`, `"y"`},
		{`lookup(tomap({a = "x"}), "b")`, "error: no such key"}, {`merge({a = 1}, {b = 2})`, `{"a":1,"b":2}`}, {`one([])`, `null`}, {`one(["a"])`, `"a"`},
		{`one(["a", "b"])`, "error: more than one"}, {`range(3)`, `[0,1,2]`}, {`reverse([1, 2])`, `[2,1]`}, {`setintersection(["a", "b"], ["b"])`, `["b"]`},
		{`setproduct(["a"], ["b", "c"])`, `[["a","b"],["a","c"]]`}, {`setsubtract(["a", "b"], ["b"])`, `["a"]`}, {`setunion(["a"], ["b"])`, `["a","b"]`},
		{`slice(["a", "b", "c"], 1, 2)`, `["b"]`}, {`sort(["b", "a"])`, `["a","b"]`}, {`transpose({a = ["1", "2"], b = ["2"]})`, `{"1":["a"],"2":["a","b"]}`},
		{`values({b = 1, a = 2})`, `[2,1]`}, {`zipmap(["a", "b"], [1, 2])`, `{"a":1,"b":2}`},

		{`can(1 + "x")`, `false`}, {`try(tonumber("x"), 5)`, `5`}, {`tobool("true")`, `true`}, {`tolist(toset(["a"]))`, `["a"]`}, {`tomap({a = "b"})`, `{"a":"b"}`},
		{`tonumber("5")`, `5`}, {`tostring(5)`, `"5"`}, {`toset(["b", "a", "b"])`, `["a","b"]`}, {`nonsensitive(sensitive("x"))`, `"x"`}, {`sensitive("x")`, `"x"`},

		{`base64encode("ä")`, `"w6Q="`}, {`base64decode("w6Q=")`, `"ä"`}, {`base64decode("/w==")`, "error: not UTF-8"}, {`base64decode("?")`, "error: not base64"}, {`base64decode("w6R=")`, "error: not base64"}, {`textdecodebase64("w6R=", "UTF-8")`, "error: not base64"}, {`base64decode("w6\nQ=")`, `"ä"`},
		{`csvdecode("a,b\n1,2")`, `[{"a":"1","b":"2"}]`}, {`jsondecode("[1, {\"a\": null}]")`, `[1,{"a":null}]`}, {`jsonencode({a = [true]})`, `"{\"a\":[true]}"`},
		{`md5("a")`, `"0cc175b9c0f1b6a831c399e269772661"`}, {`sha256("a")`, `"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"`},
		{`urlencode("a b&c")`, `"a+b%26c"`}, {`yamldecode("a: [1, x]")`, `{"a":[1,"x"]}`}, {`yamlencode({a = 1})`, `"\"a\": 1\n"`},
		{`yamldecode(join("", [for x in range(1020) : "["]))`, "error: 1000 levels deep"},
		{`jsondecode(join("", [for x in range(1020) : "["]))`, "error: 1000 levels deep"},
		{`jsondecode("\"${join("", [for x in range(1020) : "["])}\"")`, `"` + strings.Repeat("[", 1020) + `"`},
		{`yamldecode(join("", [for x in range(1020) : "- "]))`, "error: 1000 levels deep"},

		{`formatdate("YYYYMMDD", "2026-08-27T16:51:00Z")`, `"20260827"`}, {`timeadd("2026-08-27T16:51:00Z", "1h")`, `"2026-08-27T17:51:00Z"`},
		{`timecmp("2026-08-27T16:51:00Z", "2026-08-27T17:51:00+01:00")`, `0`}, {`timecmp("2026-08-27T16:51:00Z", "x")`, "error: not a time"},
		{`timestamp()`, `"2026-02-03T04:05:06Z"`},

		{`file("zero.txt")`, "error: not text: byte 1 is zero"}, {`templatefile("zero.txt", {})`, "error: not text"},
		{`file("x.txt")`, `"text\n"`}, {`file("${path.module}/x.txt")`, `"text\n"`}, {`file("none.txt")`, "error: no such file"}, {`file("sub")`, "error: not a regular file"},
		{`file("gbk.txt")`, "error: not UTF-8: byte 0"}, {`file("sub/../../x")`, "error: only inside the configuration's directory"},
		{`jsondecode(file("x.json")).a[0]`, `1`}, {`fileexists("x.txt")`, `true`}, {`fileexists("none")`, `false`}, {`fileexists("sub")`, "error: not a regular file"},
		{`fileexists("../x")`, "error: only inside"}, {`fileset("sub", "*.csv")`, `["a.csv","b.csv"]`}, {`fileset(".", "sub/[a]*")`, `["sub/a.csv"]`},
		{`fileset(".", "*.none")`, `[]`}, {`fileset("..", "*")`, "error: only inside"}, {`fileset(".", "**")`, "error: not supported"}, {`fileset(".", "[")`, "error: cannot be read"},
		{`templatefile("t.tmpl", {name = "Li", shout = true})`, `"Hello Li!"`}, {`templatefile("loop.tmpl", {})`, "error: no function named"},
		{`templatefile("deep.tmpl", {})`, "error: 100 levels"}, {`templatefile("bad.tmpl", {})`, "error: bad.tmpl:1: Unknown variable"},
		{`templatefile("t.tmpl", 5)`, "error: a map or an object"},

		{`base64sha256("a")`, `"ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs="`},
		{`base64sha512("a")`, `"H0D8ktokFpR1CXnubPWC8tXX0o4YM13gWrxU0FYOD1MChgxlK/CNVgJSql50IQVG82n7u86MEs/HlXsmUv6adQ=="`},
		{`sha1("a")`, `"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"`},
		{`sha512("a")`, `"1f40fc92da241694750979ee6cf582f2d5d7d28e18335de05abc54d0560e0f5302860c652bf08d560252aa5e74210546f369fbbbce8c12cfc7957b2652fe9a75"`},
		{`filebase64("bin")`, `"//4A"`}, {`filebase64sha256("bin")`, `"uneMAmEAjI9xrkBhrQFi/8vmO1LJH4nyNnOBMdEhfsc="`},
		{`filebase64sha512("bin")`, `"jmDensOkduGQRzxADMlOE5ZLM1sqoq7MeJyjyiSAK+Xx3Kmnm+XCr4bYmk/AZn5SSU6/dXt5TGy0bcshagJkNA=="`},
		{`filemd5("bin")`, `"266e75fcf28db213599bf0f3f46976a8"`}, {`filesha1("bin")`, `"b11b4321218546dd157b6dd23f1e783339c4c5ee"`},
		{`filesha256("bin")`, `"ba778c0261008c8f71ae4061ad0162ffcbe63b52c91f89f236738131d1217ec7"`},
		{`filesha512("bin")`, `"8e60de9ec3a476e190473c400cc94e13964b335b2aa2aecc789ca3ca24802be5f1dca9a79be5c2af86d89a4fc0667e52494ebf757b794c6cb46dcb216a026434"`},
		{`filesha256("../x")`, "error: only inside"}, {`filesha256("none")`, "error: no such file"},
		{`uuidv5("dns", "www.example.org")`, `"74738ff5-5367-5958-9aee-98fffdcd1876"`}, {`uuidv5("x500", "cn=a")`, `"5c1fcbd6-0ab9-5b0d-9d61-5bcbb36ee6d0"`},
		{`uuidv5("oid", "1.2")`, `"b4fe3335-a2ae-5c75-889c-b1247a0f6f02"`}, {`uuidv5("url", "u")`, `"b371bc46-7b4b-5b38-92db-cdf94a550f33"`},
		{`uuidv5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "a")`, `"4f3f2898-69e3-5a0d-820a-c4e87987dbce"`},
		{`uuidv5("6ba7b810-9dad-11d1-80b4-00c04fd430cx", "a")`, "error: must be dns, url, oid, x500 or a UUID"}, {`urldecode("a+b%26c")`, `"a b\u0026c"`},
		{`urldecode("%zz")`, "error: hexadecimal"}, {`urldecode("%ff")`, "error: not UTF-8"}, {`textencodebase64("Ä", "UTF-16LE")`, `"xAA="`},
		{`textdecodebase64("0Kw=", "GBK")`, `"鞋"`}, {`textencodebase64("鞋", "ISO-8859-1")`, "error: characters that this encoding lacks"},
		{`textencodebase64("a", "nope")`, "error: no such encoding"}, {`textdecodebase64("?", "GBK")`, "error: not base64"}, {`basename("a/b.csv")`, `"b.csv"`},
		{`dirname("a/b.csv")`, `"a"`}, {`matchkeys(["i1", "i2", "i3"], ["de", "fr", "de"], ["de"])`, `["i1","i3"]`}, {`matchkeys([1, 2], ["a", "b"], ["c"])`, `[]`},
		{`matchkeys([1, 2, 3], [1, 2, 3], ["2"])`, `[2]`}, {`matchkeys([1], ["a", "b"], ["c"])`, "error: as many elements"},
		{`matchkeys([1], [[1]], ["c"])`, "error: same type"}, {`issensitive(sensitive(1))`, `true`}, {`issensitive([1])`, `false`}, {`issensitive(null)`, `false`},
		{`type("x")`, `"string"`}, {`type({a = [1, true], b = tomap({c = null})})`, `"object({a=tuple([number,bool]),b=map(any)})"`}, {`type(sensitive(null))`, `"any"`},
		{`type([for i in range(1000) : { a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9, j = 10 }])`, "error: more than 10000 parts"},
		{`parsedate("MM/DD/YY", "10/20/26")`, `"2026-10-20T00:00:00Z"`},
		{`parsedate("MM/DD/YY", " 3/4/69 ")`, `"2069-03-04T00:00:00Z"`},
		{`parsedate("MMM-DD-YY", "Oct-20-26")`, `"2026-10-20T00:00:00Z"`},
		{`parsedate("D MMMM YYYY 'at' H:mm AA", "2 september 2026 at 12:05 AM")`, `"2026-09-02T00:05:00Z"`},
		{`parsedate("EEE, DD MMM YYYY hh:mm:ss ZZZZ", "Tue, 20 Oct 2026 10:37:05 +0130")`, `"2026-10-20T10:37:05+01:30"`},
		{`parsedate("YYYY年M月D日", "2026年10月20日")`, `"2026-10-20T00:00:00Z"`},
		{`formatdate("DD.MM.YYYY hh:mm", parsedate("YYYY-MM-DD'T'hh:mm:ssZ", "2026-10-20T10:37:00-08:00"))`, `"20.10.2026 10:37"`},
		{`parsedate("DD/MM/YYYY", "31/02/2026")`, "error: is not a time of the form DD/MM/YYYY"},
		{`parsedate("DD/MM/YYYY", "1.2.2026")`, "error: is not a time of the form DD/MM/YYYY"},
		{`parsedate("DD/QQ", "1/2")`, "error: stands for nothing"},
		{`parsedate("DD'x", "1x")`, "error: not closed"},
		{`parsedate("HH AA", "13 PM")`, "error: is not a time"},
		{`rows("sub/a.csv")`, `[{"n":"1"}]`}, {`parsedate("DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD", "1")`, "error: 200 characters"},
		{`plantimestamp()`, `"2026-02-03T04:05:06Z"`}, {`templatestring("Hello $${name}", {name = "Li"})`, `"Hello Li"`},
		{`templatestring("$${templatestring(1, {})}", {})`, "error: no function named"}, {`templatestring("x", 5)`, "error: a map or an object"},
		{`base64gzip("a")`, "error: no function named"}, {`uuid()`, "error: no function named"}, {`length(sensitive("abc"))`, `3`},
	}
	seen := map[string]bool{}
	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			files["main.hcl"] = fmt.Sprintf("%s\ntracking \"a\" {\n  carrier_code = \"dhl\"\n  tracking_number = \"12345678\"\n  title = jsonencode(%s)\n}\n", sandbox, tt.expr)
			cfg, diags := config.Load(writeFiles(t, files), config.Options{
				Now: func() time.Time { return time.Date(2026, 2, 3, 5, 5, 6, 0, time.FixedZone("", 3600)) },
			})
			checkDiagnostics(t, diags)
			if problem, wanted := strings.CutPrefix(tt.want, "error: "); wanted {
				if !diags.HasErrors() || !strings.Contains(diags[0].Detail, problem) {
					t.Errorf("got %v, want an error with %q", diags, problem)
				}
				return
			}
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			if got := titles(cfg)["tracking.a"]; got != strings.TrimSpace(tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
		seen[strings.SplitN(tt.expr, "(", 2)[0]] = true
	}
	for _, name := range config.FunctionNames() {
		if !seen[name] {
			t.Errorf("no test calls %s", name)
		}
	}
}

// TestTemplateVariables has a template whose variables are called as those of the
// configuration are. They must not be taken for these when it is said what is wrong.
func TestTemplateVariables(t *testing.T) {
	main := sandbox + `
variable "secret" {
  sensitive = true
  default   = "hidden-text"
}
locals {
  a = can(templatestring("$${var.secret.x}", {var = {secret = {}}}))
  b = parseint(var.secret, 10)
}
`
	_, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": main}), config.Options{})
	if !diags.HasErrors() || strings.Contains(diags.Error(), "hidden-text") {
		t.Errorf("the sensitive value is shown, or there is no error: %v", diags)
	}
}
