package config_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/gear/exhaustive"
	"github.com/tmsync/tmsync/internal/tracking"
)

const language = "testdata/valid/language"

func loadLanguage(t *testing.T) *config.Config {
	t.Helper()
	cfg, diags := config.Load(language, config.Options{Now: func() time.Time { return time.Unix(0, 0) }})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return cfg
}

// shownValue is a value as JSON, with a star where it is sensitive.
func shownValue(t *testing.T, v cty.Value) string {
	t.Helper()
	star := ""
	if v.ContainsMarked() {
		star = "*"
	}
	v, _ = v.UnmarkDeep()
	b, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		t.Fatal(err)
	}
	return star + string(b)
}

// TestEvaluate types expressions; want is the value as JSON, or, after "error: ",
// the summary and a part of the detail.
func TestEvaluate(t *testing.T) {
	cfg := loadLanguage(t)
	tests := []struct{ expr, want string }{
		{`var.stock`, `{"hats":0,"shoes":3}`}, {`local.note`, `*"pin 0815"`}, {`local.plain`, `"pin 0815"`}, {`path.module`, `"."`},
		{`tracking.parcel.title`, `"Shoes"`}, {`tracking.parcel.archived`, `false`}, {`tracking.parcel.comment == null`, `true`}, {`tracking.parcel.customer_phone`, `*null`},
		{`tracking.secret["plain"].title`, `"pin 0815"`}, {`tracking.secret["tried"].title`, `*"pin 0815"`}, {`keys(tracking.secret)`, `["file","list","part","plain","tried"]`},
		{`trackings.rows["A-2"].address`, `"trackings.rows[\"A-2\"]"`}, {`{ for k, t in trackings.rows : k => t.tracking_number }`, `{"A-1":"10000001","A-2":"10000002"}`},
		{`trackings.rows["A-1"].customer_email`, `*"hat@example.org"`}, {`length(tracking.unused)`, `0`}, {`tracking.unused`, `{}`},
		{`timestamp()`, `"1970-01-01T00:00:00Z"`}, {`file("note.tmpl")`, `"A note of ${pin}"`}, {`1 + 1`, `2`}, {"[\n  1,\n]", `[1]`},
		{`type(tracking.parcel.archived)`, `"bool"`}, {`issensitive(var.pin)`, `true`},

		{``, "error: Missing expression"}, {`1 +`, "error: Missing expression"}, {`1 2`, "error: Extra characters after expression"}, {`(`, "error: "}, {"\xff", "error: Invalid character encoding"},
		{strings.Repeat("(", 1000), "error: Configuration nested too deeply"}, {strings.Repeat("!", 2000) + "true", "error: Expression too long"},
		{`"` + strings.Repeat("x", 9<<20) + `"`, "error: Expression too long"}, {`)`, "error: Invalid expression"},
		{`var.nope`, "error: Reference to undeclared variable"}, {`local.nope`, "error: Reference to undeclared local value"}, {`each.key`, "error: Invalid reference"},
		{`tracking.parcl`, `error: Reference to undeclared tracking: Did you mean "tracking.parcel"?`}, {`tracking.rows`, `error: Reference to undeclared tracking: Did you mean "trackings.rows"?`},
		{`tracking`, "error: Invalid reference"}, {`tracking["parcel"]`, "error: Invalid reference"}, {`tracking.secret.title`, "error: Missing instance key"},
		{`tracking.secret["nope"].title`, "error: Invalid index"}, {`nope()`, "error: Call to unknown function"}, {`resource.x`, "error: Unknown variable"},
		{`tracking.parcel.customer_email + 1`, "error: Invalid operand: is not shown"}, {`tracking.parcel.title + 1`, "error: Invalid operand: a number is required"},
		{`file("../main.hcl")`, "error: Error in function call"},
	}
	for range 2 { // what came before changes nothing, the budget included
		for _, tt := range tests {
			v, diags := cfg.Evaluate(tt.expr)
			checkDiagnostics(t, diags)
			want, fails := strings.CutPrefix(tt.want, "error: ")
			summary, detail, _ := strings.Cut(want, ": ")
			switch {
			case fails && (len(diags) == 0 || !strings.HasPrefix(diags[0].Summary, summary) || !strings.Contains(diags[0].Detail, detail)):
				t.Errorf("%.60s: got %v, want %s", tt.expr, diags, want)
			case !fails && diags.HasErrors():
				t.Errorf("%.60s: got %v", tt.expr, diags)
			case !fails && shownValue(t, v) != want:
				t.Errorf("%.60s: got %s, want %s", tt.expr, shownValue(t, v), want)
			}
		}
	}
}

// TestEvaluateExpr evaluates one parsed expression with one configuration after
// the other: checks that are in it already are harmless.
func TestEvaluateExpr(t *testing.T) {
	const loops = `[for a in range(300) : [for t in [tracking.parcel] : "${t.title}%{ for x in [a] }${x}%{ endfor }" if lookup({ a = 1 }, "a", 2) == 1 && max([1, 2]...) > -1][*]]`
	expr, diags := hclsyntax.ParseExpression([]byte(loops), "x", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	var want cty.Value
	for i := range exhaustive.Or(20, 5) {
		cfg, diags := config.Load(language, config.Options{})
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		for range 2 {
			v, diags := cfg.EvaluateExpr(expr)
			if i == 0 {
				want = v
			}
			if diags.HasErrors() || !v.RawEquals(want) || v.LengthInt() != 300 {
				t.Fatalf("configuration %d: %v", i, diags)
			}
		}
	}
	if variables := expr.Variables(); len(variables) != 1 {
		t.Errorf("%d references", len(variables))
	}
}

// TestEvaluateBroken evaluates with what could not be read, or not wholly.
func TestEvaluateBroken(t *testing.T) {
	cfg, _ := config.Load(writeFiles(t, map[string]string{"main.hcl": "x = ["}), config.Options{})
	if _, diags := cfg.Evaluate("1"); !diags.HasErrors() {
		t.Error("evaluated without a configuration")
	}
	cfg, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": sandbox + manyBlocks(1)[len(sandbox):] + "tracking \"b\" {\n}\nlocals {\n  x = 1\n}\n"}), config.Options{})
	if !diags.HasErrors() {
		t.Fatal("no errors")
	}
	for expr, known := range map[string]bool{"local.x": true, "tracking.parcel_000000.title": false} {
		if v, diags := cfg.Evaluate(expr); diags.HasErrors() || v.IsKnown() != known {
			t.Errorf("%s: got %#v, %v", expr, v, diags)
		}
	}
}

// TestAsk has a person give values for variables: in the order of the files,
// once, and only where nothing else does.
func TestAsk(t *testing.T) {
	main := sandbox + `
variable "z" {
  description = "The last letter."
}
variable "given" {
}
variable "default" {
  default = 1
}
variable "a" {
  type      = list(string)
  sensitive = true
}
variable "m" {
}
output "values" {
  value = [var.z, var.given, var.default, nonsensitive(var.a)]
}
`
	dir := writeFiles(t, map[string]string{"main.hcl": main})
	tests := []struct {
		name      string
		answers   []string // and then none
		questions []config.Question
		want      string
		problem   string
	}{
		{"all", []string{"1", `["x"]`, ""}, []config.Question{{Name: "z", Description: "The last letter."}, {Name: "a", Sensitive: true}, {Name: "m"}}, `["1","g",1,["x"]]`, ""},
		{"none", nil, []config.Question{{Name: "z", Description: "The last letter."}}, "", "No value for variable"},
		{"some", []string{"1"}, []config.Question{{Name: "z", Description: "The last letter."}, {Name: "a", Sensitive: true}}, "", "No value for variable"},
		{"bad", []string{"1", "hunter2", ""}, []config.Question{{Name: "z", Description: "The last letter."}, {Name: "a", Sensitive: true}, {Name: "m"}}, "", "Invalid value for variable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var asked []config.Question
			cfg, diags := config.Load(dir, config.Options{
				Vars: []config.VarFlag{{Assign: "given=g"}},
				Ask: func(q config.Question) (string, bool) {
					asked = append(asked, q)
					if len(asked) > len(tt.answers) {
						return "", false
					}
					return tt.answers[len(asked)-1], true
				},
			})
			checkDiagnostics(t, diags)
			if diff := cmp.Diff(tt.questions, asked); diff != "" {
				t.Errorf("questions mismatch (-want +got):\n%s", diff)
			}
			if strings.Contains(diags.Error(), "hunter2") {
				t.Errorf("shown: %v", diags)
			}
			if tt.problem != "" {
				if !diags.HasErrors() || diags[0].Summary != tt.problem {
					t.Errorf("got %v, want %s", diags, tt.problem)
				}
				return
			}
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			if got := shownValue(t, cfg.Outputs[0].Value); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	asked := 0
	ask := func(config.Question) (string, bool) { asked++; return "", false }
	if _, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": main + "variable \"z\" {\n}\n"}), config.Options{Ask: ask}); !diags.HasErrors() || asked > 0 {
		t.Errorf("asked %d times although nothing comes of it", asked)
	}
}

// TestManyFailures has very many preconditions fail: the first are told, and
// that there are more.
func TestManyFailures(t *testing.T) {
	const block = `
tracking "p%d" {
  for_each        = { for i in range(%d) : "k${i}" => "1%04[1]d${i + 1000}" }
  carrier_code    = "dhl"
  tracking_number = each.value
  lifecycle {
    precondition {
      condition     = %[3]s
      error_message = "No."
    }
  }
}
`
	load := func(src string) *config.Config {
		t.Helper()
		cfg, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": sandbox + src}), config.Options{})
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		return cfg
	}
	for _, condition := range []string{"each.key == null", "length(tracking.p0) == 0"} {
		cfg := load(fmt.Sprintf(block, 0, 1000, condition))
		told := cfg.Failures(func(a tracking.Addr) bool { return a != `tracking.p0["k1"]` })
		if len(cfg.Failed) != 1000 || len(told) != 1 || !strings.HasSuffix(told[0].Detail, `Trackings with this mistake: 999, the first at tracking.p0["k0"], tracking.p0["k10"], tracking.p0["k100"], tracking.p0["k101"], tracking.p0["k102"].`) {
			t.Errorf("%s: %d failures, told as %v", condition, len(cfg.Failed), told)
		}
	}
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, block, i, 120, "false")
	}
	cfg := load(b.String() + "check \"c\" {\n" + strings.Repeat("  assert {\n    condition = false\n    error_message = \"No.\"\n  }\n", 60) + "}\n")
	last := cfg.Failed[len(cfg.Failed)-1]
	if len(cfg.Failed) != config.MaxFailures+1 || last.Addr != "" || !strings.Contains(last.Diag.Detail, "2000 more") {
		t.Errorf("%d failures, the last for %q: %v", len(cfg.Failed), last.Addr, last.Diag)
	}
	if n := len(cfg.Failures(func(tracking.Addr) bool { return false })); n != 1 {
		t.Errorf("%d failures of nothing", n)
	}
	if n := len(cfg.Warnings); n != config.MaxMistakes+1 || !strings.Contains(cfg.Warnings[n-1].Detail, "10 more") {
		t.Errorf("%d warnings: %v", n, cfg.Warnings[n-1])
	}
}

// TestManyObjects bounds how many trackings expressions refer to; without a
// reference there may be more of them.
func TestManyObjects(t *testing.T) {
	exhaustive.Only(t) // it takes seconds
	files := map[string]string{"main.hcl": sandbox + rowsBlock + "output \"n\" {\n  value = length(trackings.orders)\n}\n"}
	for n, want := range map[int]string{config.MaxObjects: "", config.MaxObjects + 1: "Too many trackings in expressions"} {
		files["orders.csv"] = manyRows(n)
		cfg, diags := config.Load(writeFiles(t, files), config.Options{})
		switch {
		case want == "" && (diags.HasErrors() || shownValue(t, cfg.Outputs[0].Value) != fmt.Sprint(n)):
			t.Errorf("%d: got %v", n, diags)
		case want != "" && (len(diags) != 1 || diags[0].Summary != want || diags[0].Subject == nil):
			t.Errorf("%d: got %v", n, diags)
		}
	}
}

// FuzzEvaluate types anything.
func FuzzEvaluate(f *testing.F) {
	for _, src := range expressions {
		f.Add(src)
	}
	for _, src := range []string{`tracking.secret["tried"]`, `[for t in trackings.rows : t.title]`, `tracking.parcel[*].title`, `{ (var.pin) = 1 }`, `tracking.parcel["title"]`, `trackings.rows["A-1"].nope`, `try(tracking.parcel.customer_email + 1, "x")`} {
		f.Add(src)
	}
	cfg, diags := config.Load(language, config.Options{Environ: map[string]string{}})
	if diags.HasErrors() {
		f.Fatal(diags)
	}
	f.Fuzz(func(t *testing.T, src string) {
		_, diags := cfg.Evaluate(src)
		for _, d := range diags {
			if d.EvalContext != nil || d.Expression != nil || d.Summary == "" || strings.Contains(d.Detail, "goroutine") || strings.Contains(d.Detail, "0815") || strings.Contains(d.Detail, "li@example.org") {
				t.Errorf("not fit for showing: %v", d)
			}
		}
	})
}
