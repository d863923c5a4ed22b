package config_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/tracking"
)

const dataBlocks = `
variable "secret" {
  default   = "7621096"
  sensitive = true
}

data "remote_area" "one" {
  country  = "jp"
  postcode = " 7621094"
}

data "remote_area" "each" {
  for_each = { a = "7621094", b = var.secret }
  country  = "JP"
  postcode = each.value
  company  = each.key == "b" ? "DHL" : null
}

data "remote_area" "none" {
  for_each = {}
  country  = "JP"
  postcode = each.value
}

data "transit_time" "x" {
  carrier_code = " dhl "
  origin       = "cn"
  destination  = "us"
}

data "transit_time" "unknown" {
  carrier_code = "dhl"
  origin       = "CN"
  destination  = "DE"
}

data "air_waybill" "x" {
  numbers = ["17228891936", "172 28891936", "160-1234567"]
}
`

// dataAnswers is what a service says to the questions of dataBlocks.
func dataAnswers() *config.Answers {
	route, place := tracking.TransitRoute{Carrier: "dhl", Origin: "CN", Destination: "US"}, tracking.PostalPlace{Country: "JP", Postcode: "7621094"}
	return &config.Answers{
		Areas: map[tracking.PostalPlace]tracking.RemoteArea{place: {Place: place, Remote: true, Named: true, Companies: []string{"ups"}}},
		Times: map[tracking.TransitRoute]tracking.TransitTime{route: {Route: route, Figures: []tracking.Figure{{Name: "delivered", Value: 371}, {Name: "range2", Value: 7}}}},
		Waybills: map[string]tracking.AirWaybill{"172-28891936": {
			Number: "17228891936", Weight: "259K", Pieces: "8", Origin: "HKG", Destination: "FRA", Status: "4",
			Events: []tracking.FlightEvent{{Planned: "2024-05-01 10:00", What: "Arrived", Station: "FRA", Flight: "CX289"}},
		}},
	}
}

// loadData loads a configuration with dataBlocks. Its errors end the test.
func loadData(t *testing.T, text string) *config.Config {
	t.Helper()
	cfg, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": dataBlocks + text, "provider.hcl": sandbox}), config.Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return cfg
}

// Equal questions are asked once, in canonical form.
func TestQuestions(t *testing.T) {
	cfg := loadData(t, "")
	want := config.Questions{
		Places:   []tracking.PostalPlace{{Country: "JP", Postcode: "7621094"}, {Country: "JP", Postcode: "7621096", Company: "DHL"}},
		Routes:   []tracking.TransitRoute{{Carrier: "dhl", Origin: "CN", Destination: "US"}, {Carrier: "dhl", Origin: "CN", Destination: "DE"}},
		Waybills: []string{"172-28891936", "160-1234567"},
	}
	if diff := cmp.Diff(want, cfg.Questions()); diff != "" {
		t.Errorf("questions mismatch (-want +got):\n%s", diff)
	}
	var got []string
	for _, b := range cfg.Data() {
		got = append(got, fmt.Sprintf("%s %s %d at line %d", b.Addr, b.Query, b.Count, b.Range.Start.Line))
	}
	blocks := []string{
		"data.remote_area.one remote 1 at line 7", "data.remote_area.each remote 2 at line 12", "data.remote_area.none remote 0 at line 19",
		"data.transit_time.x costtime 1 at line 25", "data.transit_time.unknown costtime 1 at line 31", "data.air_waybill.x aircargo 2 at line 37",
	}
	if diff := cmp.Diff(blocks, got); diff != "" {
		t.Errorf("blocks mismatch (-want +got):\n%s", diff)
	}
}

// What a block gives, and what is known of it before the service has answered.
func TestDataValues(t *testing.T) {
	const unknown = "unknown"
	for _, tt := range []struct{ expr, before, after string }{
		{`data.remote_area.one.country`, "JP", "JP"},
		{`data.remote_area.one.company == null`, "true", "true"},
		{`data.remote_area.one.remote`, unknown, "true"},
		{`join(" ", data.remote_area.one.companies)`, unknown, "ups"},
		{`join(" ", [for k, d in data.remote_area.each : "${k}:${d.remote}:${d.named}"])`, unknown, "a:true:true b:false:false"},
		{`length(data.remote_area.none)`, "0", "0"},
		{`length([for d in data.remote_area.none : d.remote])`, "0", "0"},
		{`data.transit_time.x.carrier_code`, "dhl", "dhl"},
		{`data.transit_time.x.delivered`, unknown, "371"},
		{`data.transit_time.x.total == null`, unknown, "true"},
		{`data.transit_time.x.figures["range2"]`, unknown, "7"},
		{`length(data.transit_time.unknown.figures)`, unknown, "0"},
		{`join(" ", data.air_waybill.x.numbers)`, "172-28891936 160-1234567", "172-28891936 160-1234567"},
		{`length(data.air_waybill.x.waybills)`, unknown, "1"},
		{`join(" ", [for k, v in data.air_waybill.x.waybills[0] : v if k != "track_info"])`, unknown, "FRA HKG 8 4 172-28891936 259K"},
		{`join(" ", values(data.air_waybill.x.waybills[0].track_info[0]))`, unknown, " Arrived CX289 2024-05-01 10:00 FRA"},
	} {
		cfg := loadData(t, "output \"x\" {\n  value = tostring("+tt.expr+")\n}\n")
		shown := func() string {
			if v := cfg.Outputs[0].Value; v.IsKnown() {
				return v.AsString()
			}
			return unknown
		}
		if got := shown(); got != tt.before {
			t.Errorf("%s is %s before, want %s", tt.expr, got, tt.before)
		}
		if diags := cfg.Answer(dataAnswers()); len(diags) > 0 || len(cfg.Outputs) != 1 {
			t.Errorf("%s: %v", tt.expr, diags)
		} else if got := shown(); got != tt.after {
			t.Errorf("%s is %s, want %s", tt.expr, got, tt.after)
		}
	}
}

// No function and no operator stumbles over what is not known yet.
func TestDataUnknown(t *testing.T) {
	for _, expr := range []string{
		`[for d in R.each : d.remote ? 1 : 0]`, `{ for k, d in R.each : k => d.companies if d.remote }`, `{ for k, d in R.each : tostring(d.remote) => k... }`,
		`R.each["a"].remote == R.one.remote && !R.one.named`, `"${R.one.remote} and ${T.x.delivered}"`, `T.x.delivered / 2 > 3 ? "slow" : "fast"`,
		`"%{for c in R.one.companies}${c} %{endfor}"`, `A.waybills[*].origin`, `A.waybills[0].track_info[*].event`, `A.waybills[0]`, `R.one.companies[0]`,
		`sum([for d in R.each : d.remote ? 1 : 0])`, `anytrue([for d in R.each : d.remote])`, `alltrue([for d in R.each : d.named])`, `length(R.one.companies)`,
		`contains(R.one.companies, "ups")`, `index(["x", join("", R.one.companies)], "ups")`, `join(",", R.one.companies)`, `sort(R.one.companies)`,
		`distinct(concat(R.one.companies, ["x"]))`, `flatten([for d in R.each : d.companies])`, `toset(R.one.companies)`, `tolist([for d in R.each : d.remote])`,
		`keys(T.x.figures)`, `values(T.x.figures)`, `lookup(T.x.figures, "total", 0)`, `merge(T.x.figures, { x = 1 })`, `max([for d in T : d.delivered != null ? d.delivered : 0]...)`,
		`coalesce(T.x.total, 7)`, `try(T.x.total + 1, 0)`, `can(T.x.total + 1)`, `jsonencode(R.one.companies)`, `yamlencode({ x = T.x.figures })`, `jsonencode({ x = R.one.remote })`,
		`format("%d of %s", T.x.delivered, R.one.companies[0])`, `formatlist("%s!", R.one.companies)`, `tostring(T.x.delivered)`, `upper(R.one.companies[0])`,
		`split("p", R.one.companies[0])`, `regex("u(.)s", R.one.companies[0])`, `replace(R.one.companies[0], "u", "U")`, `substr(R.one.companies[0], 0, 1)`,
		`element(R.one.companies, 3)`, `slice(R.one.companies, 0, 1)`, `reverse(R.one.companies)`, `chunklist(R.one.companies, 2)`, `setunion(R.one.companies, ["x"])`,
		`setproduct(R.one.companies, ["x", "y"])`, `zipmap(R.one.companies, [1])`, `transpose({ a = R.one.companies })`, `transpose({ a = [R.one.companies[0]] })`, `one(R.one.companies)`,
		`matchkeys(["x"], R.one.companies, ["ups"])`, `compact(R.one.companies)`, `coalescelist(R.one.companies, ["x"])`, `range(T.x.delivered > 3 ? 2 : 1)`, `md5(R.one.companies[0])`,
		`templatestring("$${x}", { x = R.one.remote })`, `nonsensitive(R.each)`, `{ for k, d in nonsensitive(R.each) : d.postcode => d }`,
	} {
		expr = strings.NewReplacer("R.", "data.remote_area.", "T.", "data.transit_time.", "A.", "data.air_waybill.x.", " T ", " data.transit_time ").Replace(expr)
		expr = strings.ReplaceAll(expr, "in data.transit_time :", "in [data.transit_time.x] :")
		cfg := loadData(t, "output \"x\" {\n  value     = "+expr+"\n  sensitive = true\n}\n")
		if diags := cfg.Answer(dataAnswers()); len(diags) > 0 || len(cfg.Outputs) != 1 || !cfg.Outputs[0].Value.IsWhollyKnown() {
			t.Errorf("%s: %v, %v", expr, cfg.Outputs, diags)
		}
	}
}

// Conditions are decided when that can be done, and each of them once.
func TestDataConditions(t *testing.T) {
	const (
		remote = "data.remote_area.one.remote"
		failed = "failed"
	)
	for _, tt := range []struct{ name, condition, message, before, after string }{
		{"known", "false", `"No."`, failed, failed},
		{"known, of a block", `data.remote_area.one.country == "DE"`, `"No."`, failed, failed},
		{"does not hold", "!" + remote, `"No."`, "", failed},
		{"holds", remote, `"No."`, "", ""},
		{"unknown message", "false", `"Remote: ${` + remote + `}."`, "", failed},
		{"unknown message that is not wanted", "true", `"Remote: ${` + remote + `}."`, "", ""},
	} {
		conditions := "condition = " + tt.condition + "\nerror_message = " + tt.message + "\n}\n"
		cfg := loadData(t, `
output "x" {
  value = 1
  precondition {
`+conditions+`}
check "x" {
  assert {
`+conditions+`}
tracking "x" {
  for_each        = { a = "402934299065", b = "402934299066" }
  carrier_code    = "sto"
  tracking_number = each.value
  lifecycle {
    precondition {
`+conditions+`}
}
`)
		counts := func(step, want string) {
			t.Helper()
			n := map[string]int{failed: 1}[want]
			got := []int{len(cfg.Warnings), len(cfg.Failed)}
			if diff := cmp.Diff([]int{n, 3 * n}, got); diff != "" {
				t.Errorf("%s, %s: warnings and failures mismatch (-want +got):\n%s", tt.name, step, diff)
			}
		}
		counts("before", tt.before)
		diags := cfg.Answer(dataAnswers())
		counts("after", tt.after)
		if want := tt.before == "" && tt.after == failed; diags.HasErrors() || want != (len(diags) == 1) {
			t.Errorf("%s: Answer gives %v", tt.name, diags)
		}
		if held := len(cfg.Outputs) == 1; held != (tt.after == "") {
			t.Errorf("%s: there are %d outputs", tt.name, len(cfg.Outputs))
		}
		if !slices.IsSortedFunc(cfg.Failed, func(a, b config.Failure) int { return a.Diag.Subject.Start.Byte - b.Diag.Subject.Start.Byte }) {
			t.Errorf("%s: failures out of order: %v", tt.name, cfg.Failed)
		}
	}
}

// What the answers do to an expression may be an error, too.
func TestDataErrors(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"of an output", "output \"x\" {\n  value = data.transit_time.x.total + 1\n}\n", "Operation failed"},
		{"of a check", "check \"x\" {\n  assert {\n    condition     = data.transit_time.unknown.total > 1\n    error_message = \"x\"\n  }\n}\n", "Operation failed"},
		{"of a list", "output \"x\" {\n  value = data.air_waybill.x.waybills[1]\n}\n", "Invalid index"},
	} {
		cfg := loadData(t, tt.text)
		got := summaries(cfg.Answer(dataAnswers()))
		if all := fmt.Sprint(got); len(got) != 1 || !strings.Contains(all, "Error: "+tt.want) {
			t.Errorf("%s: got %v, want %s", tt.name, got, tt.want)
		}
	}
}

// Post codes are shown neither in messages nor in snippets, nor what they are made
// of.
func TestDataSecrets(t *testing.T) {
	cfg := loadData(t, `
locals {
  door = "7621098"[*]
}
data "remote_area" "door" {
  country  = "JP"
  postcode = local.door[0]
}
check "x" {
  assert {
    condition     = data.remote_area.each["a"].postcode == local.door[0] && data.remote_area.one.remote
    error_message = "Not ${data.remote_area.one.postcode}."
  }
}
output "x" {
  value     = data.remote_area.one.postcode
  sensitive = true
}
`)
	diags := cfg.Answer(dataAnswers())
	var b strings.Builder
	if err := hcl.NewDiagnosticTextWriter(&b, cfg.Sources(), 0, false).WriteDiagnostics(append(diags, cfg.Warnings...)); err != nil || b.Len() == 0 {
		t.Fatal(err, b.Len())
	}
	b.Write(cfg.Sources()["main.hcl"].Bytes[strings.Index(dataBlocks, `"one"`):strings.Index(dataBlocks, `"each"`)])
	if strings.Contains(b.String(), "76210") {
		t.Errorf("a post code is shown:\n%s", &b)
	}
	if !cfg.Outputs[0].Value.IsMarked() {
		t.Error("a post code is not sensitive")
	}
}

// What comes from something sensitive is sensitive, before the service is asked.
func TestDataMarks(t *testing.T) {
	dir := writeFiles(t, map[string]string{"provider.hcl": sandbox, "main.hcl": `
variable "number" {
  default   = "172-28891936"
  sensitive = true
}
data "air_waybill" "x" {
  numbers = [var.number]
}
output "x" {
  value = data.air_waybill.x.numbers
}
`})
	if _, diags := config.Load(dir, config.Options{}); len(diags) != 1 || diags[0].Summary != "Output refers to sensitive values" {
		t.Errorf("got %v", diags)
	}
	text := strings.ReplaceAll(dataBlocks, `numbers = ["17228891936",`, `numbers = [sensitive("172-28891936"),`)
	dir = writeFiles(t, map[string]string{"provider.hcl": sandbox, "main.hcl": text + "output \"x\" {\n  value = data.air_waybill.x.waybills[0].origin\n}\n"})
	cfg, diags := config.Load(dir, config.Options{})
	if diags = append(diags, cfg.Answer(dataAnswers())...); len(diags) != 1 || diags[0].Summary != "Output refers to sensitive values" {
		t.Errorf("got %v", diags)
	}
}

// What is asked for is bounded, and so is the work before it is known.
func TestTooManyQuestions(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"data \"transit_time\" \"x\" {\n  for_each = toset(flatten([for a in range(101) : [for b in range(100) : \"${a} ${b}\"]]))\n  carrier_code = \"dhl\"\n  origin = \"CN\"\n  destination = \"US\"\n}\n", "Too many questions"},
		{"data \"air_waybill\" \"x\" {\n  numbers = flatten([for a in range(101) : [for b in range(100) : \"172-2889193\"]])\n}\n", "Invalid argument value"},
		{"data \"air_waybill\" \"x\" {\n  for_each = { for n in range(3) : n => n }\n  numbers = [for n in range(1000) : \"172-2${each.key}${1000 + n}00\"]\n}\n", ""},
		{"data \"air_waybill\" \"x\" {\n  for_each = { for n in range(12) : n => n }\n  numbers = [for n in range(1000) : \"172-${10 + each.key}${1000 + n}0\"]\n}\n", "Too many questions"},
		{"locals {\n  x = concat(flatten([for a in range(99) : [for b in range(100) : \"172-28891936\"]]), [\"?\"])\n}\ndata \"air_waybill\" \"x\" {\n  for_each = { for n in range(1000) : n => n }\n  numbers = local.x\n}\n", "Too many questions"},
	} {
		_, diags := config.Load(writeFiles(t, map[string]string{"main.hcl": tt.text, "provider.hcl": sandbox}), config.Options{})
		if got := fmt.Sprint(summaries(diags)); tt.want == "" && len(diags) > 0 || !strings.Contains(got, tt.want) {
			t.Errorf("got %.300s, want %q", got, tt.want)
		}
	}
}

// Trackru has no such calls.
func TestDataOfTrackru(t *testing.T) {
	dir := writeFiles(t, map[string]string{"main.hcl": dataBlocks, "provider.hcl": "provider \"trackru\" {\n  endpoint = \"sandbox\"\n}\n"})
	_, diags := config.Load(dir, config.Options{})
	checkDiagnostics(t, diags)
	if n := len(diags); n != 6 || diags[0].Summary != "Data that the service does not have" || diags[0].Subject.Start.Line != 7 {
		t.Errorf("got %v", diags)
	}
}

// A message names the version of the API as the block has it: one that it gives is
// not called the default, and each other service that has a call is named.
func TestVersionsAreNamed(t *testing.T) {
	for _, tt := range []struct{ block, want string }{
		{"api_version = 4\n  endpoint = \"https://api.trackingmore.com/v2\"", "the provider block's api_version is 4. Let both be the same."},
		{"endpoint = \"https://api.trackingmore.com/v4\"", "the provider block's api_version is 2, the default. Let both be the same."},
		{"api_version = 4\n  endpoint = \"sandbox\"\n}\ndata \"remote_area\" \"a\" {\n  country = \"DE\"\n  postcode = \"10115\"", "It is there with api_version = 2. Remove the block"},
	} {
		dir := writeFiles(t, map[string]string{"main.hcl": "provider \"trackingmore\" {\n  " + tt.block + "\n}\n"})
		_, diags := config.Load(dir, config.Options{})
		checkDiagnostics(t, diags)
		if len(diags) == 0 || !strings.Contains(diags[0].Detail, tt.want) {
			t.Errorf("got %v, want %q", diags, tt.want)
		}
	}
}
