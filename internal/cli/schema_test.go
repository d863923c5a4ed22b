package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/tracking"
)

type object = map[string]any

func decoded(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return v
}

// schemaOf returns what "tmsync schema" writes.
func schemaOf(t *testing.T, name ...string) object {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.TempDir(), nil, 0, &out, &errs, append([]string{"schema"}, name...)); code != cli.OK {
		t.Fatalf("tmsync schema %v ended with %d\n%s", name, code, &errs)
	}
	return decoded(t, out.String()).(object)
}

// checker judges values by a schema, as far as ours go: a keyword that it does not
// know is an error.
type checker struct{ root object }

// wrong is where a value does not fit, "" when it does.
func (c checker) wrong(schema, v any, at string) string {
	if all, ok := schema.(bool); ok {
		if !all {
			return at + " must not be there"
		}
		return ""
	}
	s := schema.(object)
	for _, keyword := range slices.Sorted(maps.Keys(s)) {
		if problem := c.judge(s, keyword, v, at); problem != "" {
			return problem
		}
	}
	return ""
}

func (c checker) judge(s object, keyword string, v any, at string) string {
	switch arg := s[keyword]; keyword {
	case "$schema", "$id", "$defs", "title", "description", "format":
	case "$ref":
		name := strings.TrimPrefix(arg.(string), "#/$defs/")
		def, ok := c.root["$defs"].(object)[name]
		if !ok {
			return "no definition of " + name
		}
		return c.wrong(def, v, at)
	case "type":
		types, ok := arg.([]any)
		if !ok {
			types = []any{arg}
		}
		if !slices.ContainsFunc(types, func(t any) bool { return isType(t.(string), v) }) {
			return fmt.Sprintf("%s is not of type %v", at, types)
		}
	case "enum":
		if !slices.ContainsFunc(arg.([]any), func(e any) bool { return reflect.DeepEqual(e, v) }) {
			return fmt.Sprintf("%s is none of %v", at, arg)
		}
	case "pattern":
		if text, ok := v.(string); ok && !regexp.MustCompile(arg.(string)).MatchString(text) {
			return fmt.Sprintf("%s does not match %s", at, arg)
		}
	case "anyOf":
		var problems []string
		for _, one := range arg.([]any) {
			problem := c.wrong(one, v, at)
			if problem == "" {
				return ""
			}
			problems = append(problems, problem)
		}
		return strings.Join(problems, "; or ")
	case "items":
		list, _ := v.([]any)
		for i, item := range list {
			if problem := c.wrong(arg, item, fmt.Sprintf("%s[%d]", at, i)); problem != "" {
				return problem
			}
		}
	case "required":
		if o, ok := v.(object); ok {
			for _, name := range arg.([]any) {
				if _, there := o[name.(string)]; !there {
					return fmt.Sprintf("%s has no %s", at, name)
				}
			}
		}
	case "properties", "additionalProperties":
		return c.members(s, keyword, v, at)
	default:
		return "the keyword " + keyword + " is not known"
	}
	return ""
}

// members judges the properties that a schema names, or the others.
func (c checker) members(s object, keyword string, v any, at string) string {
	o, _ := v.(object)
	named, _ := s["properties"].(object)
	for _, name := range slices.Sorted(maps.Keys(o)) {
		schema, known := named[name]
		if known != (keyword == "properties") {
			continue
		}
		if !known {
			schema = s["additionalProperties"]
		}
		if problem := c.wrong(schema, o[name], at+"."+name); problem != "" {
			return problem
		}
	}
	return ""
}

func isType(name string, v any) bool {
	switch v := v.(type) {
	case nil:
		return name == "null"
	case bool:
		return name == "boolean"
	case string:
		return name == "string"
	case float64:
		return name == "number" || name == "integer" && v == float64(int64(v))
	case []any:
		return name == "array"
	default:
		return name == "object"
	}
}

// everyBlock is a configuration with all that the language has.
const everyBlock = `{
  "//": "every block",
  "tmsync": {"name": "shop", "required_version": ">= 0.1", "refresh": "changed", "state": {"path": "s.jsonl"}},
  "provider": {"trackru": {"api_key": "${var.key}", "endpoint": "sandbox", "requests_per_second": 2, "rate_limit_pause": "60s", "batch_size": 20, "timeout": "10s"}},
  "variable": {"key": [{"type": "string", "default": "x", "description": "d", "sensitive": true, "nullable": false, "validation": {"condition": "${var.key != \"\"}", "error_message": "m"}}]},
  "locals": [{"a": 1}, {"b": ["x"]}],
  "defaults": {"title": "t", "lifecycle": {"ignore_changes": "all"}},
  "tracking": {"a": {"//": "c", "carrier_code": "sto", "tracking_number": "12345", "archived": "${local.a == 2}", "status": "delivered", "title": 7, "track_updates": false,
    "lifecycle": [{"on_remove": "archive", "on_missing": "forget", "create_only": "ignore", "precondition": [{"condition": true, "error_message": "m"}]}]}},
  "trackings": {"o": {"file": "o.csv", "separator": ";", "encoding": "gbk", "sheet": "S", "header": 0, "columns": ["id"], "path": "a.b", "on_duplicate": "first", "for_each": "${[row.n]}", "key": "${row.id}", "where": "${row.n != \"\"}", "carrier_code": "sto", "tracking_number": "${row.n}", "lifecycle": {"archive_after": "30d"}}},
  "moved": [{"from": "tracking.x", "to": "tracking.a"}, {"from": "tracking.y", "to": "trackings.o[\"1\"]"}],
  "removed": {"from": "tracking.z", "lifecycle": {"destroy": false}},
  "import": {"to": "tracking.a", "id": "sto/12345"},
  "output": {"n": {"value": "${local.a}", "description": "d", "sensitive": true, "precondition": {"condition": true, "error_message": "m"}}},
  "check": {"c": {"assert": [{"condition": false, "error_message": "m"}]}},
  "safety": {"max_deletes": 1, "max_delete_percent": 2.5, "mode": "upsert", "adopt": "unchanged"}
}`

const (
	stateHeader = `{"format":"tmsync-state","version":1,"lineage":"l","serial":1,"tool":"t","endpoint":"e","account":"","salt":"s","key_id":"salt","count":0,"checksum":"sha256:0"}`
	stateRecord = `{"address":"tracking.a","carrier":"sto","number":"1","applied":{"customer_name":"hmac:x"}}`
)

// TestSchemas holds examples, good and bad, against each schema by itself and in
// the document that has all of them.
func TestSchemas(t *testing.T) {
	t.Parallel()
	jsonExample, err := os.ReadFile(filepath.Join("..", "..", "config", "testdata", "valid", "json", "main.hcl.json"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		schema, example string
		want            string // in what is wrong; "" for nothing
	}{
		{"config", string(jsonExample), ""},
		{"config", everyBlock, ""},
		{"config", `{}`, ""},
		{"config", `{"trackng": {}}`, ".trackng must not be there"},
		{"config", `{"tracking": {"a": {"carrier_code": "sto"}}}`, "has no tracking_number"},
		{"config", `{"tracking": {"a": {"carrier_code": "sto", "tracking_number": 12345}}}`, ".tracking.a.tracking_number is not of type"},
		{"config", `{"tracking": {"a": {"carrier_code": "sto", "tracking_number": "12345", "titel": "t"}}}`, ".titel must not be there"},
		{"config", `{"tracking": {"a": {"carrier_code": "sto", "tracking_number": "12345", "archived": []}}}`, ".archived is not of type"},
		{"config", `{"tracking": {"a": {"carrier_code": "sto", "tracking_number": "12345", "lifecycle": {"on_remove": "burn"}}}}`, ".on_remove is none of"},
		{"config", `{"tracking": {"a": {"carrier_code": "sto", "tracking_number": "12345", "lifecycle": {"ignore_changes": ["titel"]}}}}`, ".ignore_changes[0] is none of"},
		{"config", `{"trackings": {"a": {"carrier_code": "sto", "tracking_number": "12345"}}}`, "has no csv"},
		{"config", `{"defaults": {"lifecycle": {"precondition": {}}}}`, ".precondition must not be there"},
		{"config", `{"provider": {"other": {}}}`, ".provider.other must not be there"},
		{"config", `{"safety": {"mode": "destroy"}}`, ".safety.mode is none of"},
		{"config", `{"safety": {"adopt": "sometimes"}}`, ".safety.adopt is none of"},
		{"config", `{"moved": {"from": "tracking.a"}}`, "has no to"},
		{"config", `{"tmsync": {"backend": {"s3": {"bucket": "b", "key": "${var.env}", "use_lockfile": true, "endpoints": {"s3": "https://x"}, "assume_role": [{"role_arn": "r"}]}}}}`, ""},
		{"config", `{"tmsync": [{"backend": {"pg": {"name": "n", "//": "c"}}}, {"backend": {"http": {}}}]}`, ""},
		{"config", `{"tmsync": {"backend": {"gcs": {}}}}`, ".backend.gcs must not be there"},
		{"config", `{"tmsync": {"backend": {"s3": {"bukket": "b"}}}}`, ".bukket must not be there"},
		{"config", `{"tmsync": {"backend": {"s3": {"endpoints": {"s4": "b"}}}}}`, ".s4 must not be there"},
		{"csv", `["address","carrier_code","tracking_number","title"]`, ""},
		{"csv", `["carrier"]`, "[0] is none of"},
		{"csv", `{"carrier_code":"sto","tracking_number":"1","archived":"true","mine":"x"}`, ""},
		{"csv", `{"carrier_code":"sto","archived":"true"}`, "has no tracking_number"},
		{"csv", `{"carrier_code":"sto","tracking_number":"1","archived":"yes"}`, ".archived is none of"},
		{"state", stateHeader, ""},
		{"state", strings.Replace(stateHeader, `"version":1`, `"version":5`, 1), ".version is none of"},
		{"state", strings.Replace(stateHeader, `"serial":1`, `"serial":1.5`, 1), ".serial is not of type"},
		{"state", strings.Replace(stateHeader, `"salt":"s",`, ``, 1), "has no salt"},
		{"state", stateRecord, ""},
		{"state", strings.Replace(stateRecord, "hmac:", "Ann ", 1), ".applied.customer_name does not match"},
		{"state", strings.Replace(stateRecord, `"number":"1",`, ``, 1), "has no number"},
		{"state", strings.Replace(stateRecord, `"applied"`, `"ref":1,"applied"`, 1), ".ref must not be there"},
	}
	all := schemaOf(t)["$defs"].(object)
	for _, tt := range tests {
		alone := schemaOf(t, tt.schema)
		if diff := cmp.Diff(alone, all[tt.schema]); diff != "" {
			t.Errorf("%s by itself differs from the one among all:\n%s", tt.schema, diff)
		}
		got := checker{alone}.wrong(alone, decoded(t, tt.example), "")
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q is wrong with it, want %q\n%s", tt.schema, got, tt.want, tt.example)
		}
	}
	for name, s := range all {
		if id := s.(object)["$id"]; id != "urn:tmsync:schema:"+name || s.(object)["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
			t.Errorf("%s has the identity %v", name, id)
		}
	}
}

// TestSchemaOfState holds the schema against a state in which everything occurs:
// each line fits, and each property of the schema is on one.
func TestSchemaOfState(t *testing.T) {
	s := schemaOf(t, "state")
	text := read(t, filepath.Join("..", "..", "state", "testdata", "everything.jsonl")) +
		read(t, filepath.Join("..", "..", "state", "testdata", "everything_v3.jsonl")) +
		read(t, filepath.Join("..", "..", "state", "testdata", "everything_v4.jsonl")) +
		read(t, filepath.Join("..", "..", "state", "testdata", "signed.jsonl"))
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		v := decoded(t, line)
		if problem := (checker{s}).wrong(s, v, ""); problem != "" {
			t.Errorf("%s\n%s", problem, line)
		}
		for name := range v.(object) {
			seen[name] = true
		}
	}
	defs := s["$defs"].(object)
	for _, def := range []string{"header", "output", "record"} {
		for name := range defs[def].(object)["properties"].(object) {
			if !seen[name] {
				t.Errorf("the %s of the schema has %s, which no state has", def, name)
			}
		}
	}
}

// namesIn are the arguments and blocks that the sources of package config list in
// the schemas of bodies.
func namesIn(t *testing.T) []string {
	t.Helper()
	var names []string
	files, err := filepath.Glob(filepath.Join("..", "..", "config", "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		// Parameters of functions have names, too, and test files are a language of
		// their own.
		if base := filepath.Base(name); strings.HasSuffix(base, "_test.go") || strings.HasPrefix(base, "functions") || strings.HasPrefix(base, "testfile") {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			kv, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			if key, ok := kv.Key.(*ast.Ident); ok && (key.Name == "Name" || key.Name == "Type") {
				if lit, ok := kv.Value.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					text, _ := strconv.Unquote(lit.Value)
					names = append(names, text)
				}
			}
			return true
		})
	}
	return names
}

// TestManualNamesBackendArguments holds the manual to what a backend block takes.
func TestManualNamesBackendArguments(t *testing.T) {
	for _, kind := range config.BackendKinds() {
		for _, arg := range config.BackendArguments(kind) {
			if arg.Unused == "" && !strings.Contains(config.Manual, "`"+arg.Name+"`") && !strings.Contains(config.Manual, "`"+arg.Name+" {") {
				t.Errorf("config/README.md does not name %s of backend %q", arg.Name, kind)
			}
		}
	}
}

// TestSchemaHasTheLanguage holds the schema against what package config reads: all
// that is listed there is in the schema, and config knows all that the schema has.
func TestSchemaHasTheLanguage(t *testing.T) {
	s := schemaOf(t, "config")
	known := map[string]bool{"count": true, "terraform": true} // which config knows only to refuse them
	for name := range s["properties"].(object) {
		known[name] = true
	}
	for _, def := range s["$defs"].(object) {
		if properties, ok := def.(object)["properties"].(object); ok {
			for name := range properties {
				known[name] = true
			}
		}
	}
	names := namesIn(t)
	if len(names) < 20 {
		t.Errorf("only %d names were found in package config: %v", len(names), names)
	}
	for _, name := range names {
		if !known[name] {
			t.Errorf("the schema has no %s, which package config reads", name)
		}
	}
	for name, body := range s["properties"].(object) {
		if name == "//" || name == "locals" {
			continue
		}
		t.Run(name, func(t *testing.T) { configKnows(t, s, name, body) })
	}
}

// configKnows returns a block with everything that its schema has to package config.
func configKnows(t *testing.T, s object, name string, body any) {
	var value any = everything(s, s["$defs"].(object)[name])
	switch text, _ := json.Marshal(body); {
	case name == "provider":
		value = object{tracking.Providers()[0]: value}
	case strings.Contains(string(text), `"additionalProperties":{"anyOf"`):
		value = object{"x": value}
	}
	text, err := json.Marshal(object{name: value})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	put(t, dir, "main.hcl.json", text)
	_, diags := config.Load(dir, config.Options{})
	for _, d := range diags {
		if strings.Contains(d.Summary, "Extraneous") || strings.Contains(d.Summary, "Unsupported") && !strings.Contains(d.Summary, "version") {
			t.Errorf("package config does not know it: %s\n%s", d.Detail, text)
		}
	}
}

// everything is a value with all properties that a schema of a body has: null
// for an argument, a block for a block.
func everything(s object, def any) object {
	out := object{}
	for name, property := range def.(object)["properties"].(object) {
		if name == "//" {
			continue
		}
		out[name] = nil
		if either, ok := property.(object)["anyOf"].([]any); ok {
			if ref, ok := either[0].(object)["$ref"].(string); ok {
				out[name] = everything(s, s["$defs"].(object)[strings.TrimPrefix(ref, "#/$defs/")])
			}
		}
	}
	return out
}

// TestSchemaNamesEveryAttribute holds the table of attributes against each schema.
func TestSchemaNamesEveryAttribute(t *testing.T) {
	defs := func(schema, def string) object {
		return schemaOf(t, schema)["$defs"].(object)[def].(object)["properties"].(object)
	}
	places := map[string]object{
		"tracking": defs("config", "tracking"), "trackings": defs("config", "trackings"), "defaults": defs("config", "defaults"),
		"csv": defs("csv", "row"), "state": defs("state", "record")["applied"].(object)["properties"].(object),
	}
	for where, properties := range places {
		for a := range tracking.AllAttrs() {
			if p, ok := properties[a.String()].(object); !ok || p["description"] != a.Spec().Doc {
				t.Errorf("%s: %s is %v", where, a, p)
			}
		}
	}
}

// TestSchemaOfDocuments holds what is written with --json against its schema.
func TestSchemaOfDocuments(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	chdir := "--chdir=examples/several-carriers"
	check := func(schema, document string) {
		t.Helper()
		root := schemaOf(t, schema)
		if problem := (checker{root}).wrong(root, decoded(t, document), ""); problem != "" {
			t.Errorf("%s: %s in\n%s", schema, problem, document)
		}
	}
	s.run(cli.OK, chdir, "plan", "--out=a.plan")
	check("plan", s.run(cli.OK, chdir, "show", "--json", "a.plan"))
	s.run(cli.OK, chdir, "apply", "a.plan")
	check("values", s.run(cli.OK, chdir, "show", "--json"))
	s.run(cli.OK, chdir, "plan", "--out=b.plan", "--var=coat_carrier=zto")
	check("plan", s.run(cli.OK, chdir, "show", "--json", "b.plan"))
	s.run(cli.OK, chdir, "plan", "--out=c.plan", "--refresh-only")
	check("plan", s.run(cli.OK, chdir, "show", "--json", "c.plan"))
	for _, args := range [][]string{
		{"plan", "--json", "--var=coat_carrier=zto"}, {"apply", "--json", "--auto-approve", "--var=coat_carrier=zto"},
		{"drift", "--json"}, {"plan", "--json", "--destroy", "--exclude=tracking.clock"}, {"apply", "--json", "--auto-approve"}, {"refresh", "--json"},
	} {
		for line := range strings.Lines(s.run(cli.OK, append([]string{chdir}, args...)...)) {
			check("event", line)
		}
	}
	for line := range strings.Lines(read(t, filepath.Join(s.root, "examples", "several-carriers", ".tmsync", "runs.jsonl"))) {
		check("run", line)
	}
	check("validation", s.run(cli.OK, chdir, "validate", "--json"))
	check("validation", s.run(cli.Failure, chdir, "validate", "--json", "--var=coat=x"))
	root := schemaOf(t, "plan")
	if problem := (checker{root}).wrong(root, decoded(t, `{"resource_changes": [{"action": "burn"}]}`), ""); problem == "" {
		t.Error("any plan fits the schema")
	}
}
