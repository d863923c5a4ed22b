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
	}
	tests := []struct{ expr, want string }{
		{`abs(-1)`, `1`}, {`ceil(1.2)`, `2`}, {`floor(1.8)`, `1`}, {`log(16, 2)`, `4`}, {`max(1, 3, 2)`, `3`}, {`min(1, 3)`, `1`},
		{`parseint("ff", 16)`, `255`}, {`pow(2, 10)`, `1024`}, {`signum(-3)`, `-1`}, {`sum([1, 2.5])`, `3.5`}, {`sum([])`, "error: at least one number"},
		{`sum(["x"])`, "error: must be numbers"},

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

		{`base64encode("ä")`, `"w6Q="`}, {`base64decode("w6Q=")`, `"ä"`}, {`base64decode("/w==")`, "error: not UTF-8"}, {`base64decode("?")`, "error: not base64"},
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

		{`env("HOME_OF_TEST")`, `"here"`}, {`env("NOT_THERE")`, "error: NOT_THERE"}, {`try(env("NOT_THERE"), "")`, `""`},
		{`file("x.txt")`, `"text\n"`}, {`file("${path.module}/x.txt")`, `"text\n"`}, {`file("none.txt")`, "error: no such file"}, {`file("sub")`, "error: not a regular file"},
		{`file("gbk.txt")`, "error: not UTF-8: byte 0"}, {`file("sub/../../x")`, "error: only inside the configuration's directory"},
		{`jsondecode(file("x.json")).a[0]`, `1`}, {`fileexists("x.txt")`, `true`}, {`fileexists("none")`, `false`}, {`fileexists("sub")`, "error: not a regular file"},
		{`fileexists("../x")`, "error: only inside"}, {`fileset("sub", "*.csv")`, `["a.csv","b.csv"]`}, {`fileset(".", "sub/[a]*")`, `["sub/a.csv"]`},
		{`fileset(".", "*.none")`, `[]`}, {`fileset("..", "*")`, "error: only inside"}, {`fileset(".", "**")`, "error: not supported"}, {`fileset(".", "[")`, "error: cannot be read"},
		{`templatefile("t.tmpl", {name = "Li", shout = true})`, `"Hello Li!"`}, {`templatefile("loop.tmpl", {})`, "error: no function named"},
		{`templatefile("deep.tmpl", {})`, "error: 100 levels"}, {`templatefile("bad.tmpl", {})`, "error: bad.tmpl:1: Unknown variable"},
		{`templatefile("t.tmpl", 5)`, "error: a map or an object"},
	}
	seen := map[string]bool{}
	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			files["main.hcl"] = fmt.Sprintf("%s\ntracking \"a\" {\n  carrier_code = \"dhl\"\n  tracking_number = \"12345678\"\n  title = jsonencode(%s)\n}\n", sandbox, tt.expr)
			cfg, diags := config.Load(writeFiles(t, files), config.Options{
				Environ: map[string]string{"HOME_OF_TEST": "here"},
				Now:     func() time.Time { return time.Date(2026, 2, 3, 5, 5, 6, 0, time.FixedZone("", 3600)) },
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
