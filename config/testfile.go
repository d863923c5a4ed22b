package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/scan"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// MaxTestFile bounds a file of tests, in bytes.
const MaxTestFile = 1 << 20

// TestFile is a file of tests: runs, one after the other, against a service that
// has what the fixture says.
type TestFile struct {
	Name   string // as shown
	Vars   []TestVar
	Remote []TestTracking
	Runs   []TestRun

	source *source
	values []hcl.Range // of variables, which may be sensitive
}

// TestVar is the value that a variable of the configuration is given.
type TestVar struct {
	Name  string
	Text  string    // the value as it stands in the file: a constant
	Range hcl.Range // of the value
}

// TestTracking is one tracking of the fixture.
type TestTracking struct {
	Key    tracking.Key
	Attrs  tracking.Attrs // without the status
	Status string         // the live status, "" for that of a new tracking
	Range  hcl.Range
}

// TestRun is one plan, or one apply, and what it should be.
type TestRun struct {
	Name    string
	Apply   bool // carry the plan out
	Vars    []TestVar
	Options TestOptions
	Expect  TestExpect
	Asserts []TestAssert
	Range   hcl.Range
}

// TestOptions are those flags of plan that a run may have.
type TestOptions struct {
	Mode                       string // "" is what the configuration says
	Targets, Excludes, Replace []tracking.Pattern
	Destroy, RefreshOnly       bool
	// AllowDeletes and AllowMissing are negative where they are not given.
	AllowDeletes, AllowMissing int
	AllowCredits               int // 0 where it is not given
}

// TestExpect is what a run should give. What is not named is not checked.
type TestExpect struct {
	Counts   []TestCount // in the order of TestCounts
	Actions  []TestAction
	Errors   []string // parts of messages; with any, there is no plan
	Warnings []string
	Range    hcl.Range
}

// TestCount is how many changes of a kind are expected.
type TestCount struct {
	Kind  string
	Count int
}

// TestAction is what is expected for one address: an action, or TestNone.
type TestAction struct {
	Addr   tracking.Addr
	Action string
}

// TestNone stands for no change.
const TestNone = "none"

// TestActions are the words of a plan's actions, and TestCounts all that can be
// counted: these, their sum, and what a plan leaves alone.
var (
	TestActions = actionWords()
	TestCounts  = slices.Concat(TestActions, []string{"changes", "unchanged", "unmanaged", "overwritten"})
)

func actionWords() (words []string) {
	for _, a := range tracking.Actions() {
		words = append(words, string(a))
	}
	return words
}

// TestAssert is a condition about what the configuration declares. Both
// expressions are for Config.EvaluateExpr.
type TestAssert struct {
	Condition, Message hcl.Expression
}

// ParseTestFile reads a file of tests. Its values are constants; only asserts may
// refer to the configuration.
func ParseTestFile(name string, src []byte) (*TestFile, hcl.Diagnostics) {
	t := &testParser{
		file: &TestFile{Name: name, source: &source{name: name, src: src}},
		keys: map[tracking.Key]hcl.Range{}, names: map[string]hcl.Range{},
	}
	if len(src) > MaxTestFile {
		t.error(nil, "File too large", fmt.Sprintf("%s has more than the %s that a file of tests may have.", name, text.Size(MaxTestFile)))
		return t.file, t.diags
	}
	if problem := t.file.source.prepare(nil); problem != nil {
		return t.file.unreadable(problem)
	}
	for _, p := range t.file.source.pieces {
		body, problem := t.file.source.parseValid(p)
		if problem != nil {
			return t.file.unreadable(problem)
		}
		t.piece(body.Body)
	}
	if len(t.file.Runs) == 0 && !t.diags.HasErrors() {
		t.error(nil, "No runs", fmt.Sprintf("%s has no run block, so it tests nothing.", name))
	}
	hcldiag.Sort(t.diags)
	for _, d := range t.diags {
		d.EvalContext, d.Expression, d.Extra = nil, nil, nil
	}
	return t.file, t.diags
}

// Sources returns the file for the snippets of messages. Customers' data and the
// values of variables, which may be sensitive, are overwritten with "*"; where
// the file cannot be parsed, everything is.
func (f *TestFile) Sources() map[string]*hcl.File {
	text := maskNames(f.source.src)
	for _, rng := range f.values {
		scan.MaskRange(text, rng)
	}
	return map[string]*hcl.File{f.Name: {Bytes: text, Nav: &navigation{src: f.source}}}
}

// unreadable is a file that cannot be parsed.
func (f *TestFile) unreadable(problem *hcl.Diagnostic) (*TestFile, hcl.Diagnostics) {
	f.values = append(f.values, hcl.Range{Filename: f.Name, Start: hcl.InitialPos, End: scan.PosAt(f.source.src, len(f.source.src))})
	return f, hcl.Diagnostics{problem}
}

// testParser reads one file of tests.
type testParser struct {
	file  *TestFile
	diags hcl.Diagnostics
	vars  *hcl.Range                 // the file's variables block
	keys  map[tracking.Key]hcl.Range // of the fixture
	names map[string]hcl.Range       // of the runs
}

func (t *testParser) error(subject *hcl.Range, summary, detail string) {
	t.diags = append(t.diags, hcldiag.Error(subject, summary, detail))
}

var testSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "variables"}, {Type: "remote"}, {Type: "run", LabelNames: []string{"name"}},
}}

func (t *testParser) content(body hcl.Body, schema *hcl.BodySchema) *hcl.BodyContent {
	content, diags := body.Content(schema)
	t.diags = append(t.diags, diags...)
	return content
}

// piece reads a part of the file.
func (t *testParser) piece(body hcl.Body) {
	for _, block := range t.content(body, testSchema).Blocks {
		switch block.Type {
		case "variables":
			if t.vars != nil {
				t.error(&block.DefRange, "Duplicate variables block", "There may be one variables block beside the runs; another one is at "+hcldiag.Place(*t.vars)+".")
			}
			t.vars, t.file.Vars = &block.DefRange, t.variables(block.Body)
		case "remote":
			t.remote(block)
		default:
			t.run(block)
		}
	}
}

func (t *testParser) variables(body hcl.Body) []TestVar {
	attrs, diags := body.JustAttributes()
	t.diags = append(t.diags, diags...)
	var vars []TestVar
	for _, a := range inOrder(attrs) {
		rng := a.Expr.Range()
		t.file.values = append(t.file.values, rng)
		if _, ok := t.value(a, cty.DynamicPseudoType, true); ok {
			vars = append(vars, TestVar{a.Name, string(rng.SliceBytes(t.file.source.src)), rng})
		}
	}
	return vars
}

// remoteSchema has the attributes of a tracking; its label is a key.
var (
	remoteSchema  = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "tracking", LabelNames: []string{"key"}}}}
	fixtureSchema = &hcl.BodySchema{Attributes: attrSchemas()}
)

func (t *testParser) remote(block *hcl.Block) {
	for _, b := range t.content(block.Body, remoteSchema).Blocks {
		key, err := tracking.ParseKey(b.Labels[0])
		if err != nil {
			t.error(&b.LabelRanges[0], "Invalid key", hcldiag.Sentence(err.Error()))
			continue
		}
		if other, taken := t.keys[key]; taken {
			t.error(&b.LabelRanges[0], "Duplicate tracking", fmt.Sprintf("%s is at %s already.", key, hcldiag.Place(other)))
			continue
		}
		t.keys[key] = b.DefRange
		item := TestTracking{Key: key, Range: b.DefRange}
		attrs := t.content(b.Body, fixtureSchema).Attributes
		for a := range tracking.AllAttrs() {
			t.fixture(&item, a, attrs[a.String()])
		}
		t.file.Remote = append(t.file.Remote, item)
	}
}

// fixture reads one attribute of a tracking of the fixture.
func (t *testParser) fixture(item *TestTracking, a tracking.Attr, arg *hcl.Attribute) {
	if arg == nil {
		return
	}
	v, ok := t.value(arg, cty.String, a.Spec().Sensitive)
	if !ok || v.IsNull() {
		return
	}
	if a == tracking.Status {
		item.Status = v.AsString()
		return
	}
	text, err := a.Canonical(v.AsString())
	if err != nil {
		t.error(arg.Expr.Range().Ptr(), "Invalid attribute value", hcldiag.FullStop(err.Error()))
		return
	}
	item.Attrs.Put(a, text)
}

var (
	runSchema = &hcl.BodySchema{
		Attributes: schemaOf("command", "mode", "target", "exclude", "replace", "destroy", "refresh_only", "allow_deletes", "allow_missing", "allow_credits"),
		Blocks:     []hcl.BlockHeaderSchema{{Type: "variables"}, {Type: "expect"}, {Type: "assert"}},
	}
	expectSchema = &hcl.BodySchema{Attributes: schemaOf(slices.Concat(TestCounts, []string{"actions", "errors", "warnings"})...)}
	assertSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{
		{Name: "condition", Required: true}, {Name: "error_message", Required: true},
	}}
)

func schemaOf(names ...string) (out []hcl.AttributeSchema) {
	for _, name := range names {
		out = append(out, hcl.AttributeSchema{Name: name})
	}
	return out
}

func (t *testParser) run(block *hcl.Block) {
	run := TestRun{Name: block.Labels[0], Range: block.DefRange}
	if other, taken := t.names[run.Name]; taken {
		t.error(&block.LabelRanges[0], "Duplicate run", fmt.Sprintf("A run of this name is at %s already.", hcldiag.Place(other)))
	}
	t.names[run.Name] = block.DefRange
	if run.Name == "" || text.Invisible(run.Name) != "" || len(run.Name) > maxKey {
		t.error(&block.LabelRanges[0], "Invalid name", fmt.Sprintf("The name of a run says what it tests, in up to %d visible characters.", maxKey))
	}
	content := t.content(block.Body, runSchema)
	if command, ok := t.text(content.Attributes["command"]); ok {
		if run.Apply = command == "apply"; !run.Apply && command != "plan" {
			t.error(content.Attributes["command"].Expr.Range().Ptr(), "Invalid command", oneOf("command", command, []string{"plan", "apply"}))
		}
	}
	run.Options = t.options(content.Attributes)
	t.runBlocks(&run, content.Blocks)
	t.file.Runs = append(t.file.Runs, run)
}

func (t *testParser) runBlocks(run *TestRun, blocks hcl.Blocks) {
	seen := map[string]bool{}
	for _, b := range blocks {
		if b.Type != "assert" && seen[b.Type] {
			t.error(&b.DefRange, "Duplicate "+b.Type+" block", "A run may have one "+b.Type+" block.")
		}
		seen[b.Type] = true
		switch b.Type {
		case "variables":
			run.Vars = t.variables(b.Body)
		case "expect":
			run.Expect = t.expect(b)
		default:
			attrs := t.content(b.Body, assertSchema).Attributes
			if c, m := attrs["condition"], attrs["error_message"]; c != nil && m != nil {
				run.Asserts = append(run.Asserts, TestAssert{c.Expr, m.Expr})
			}
		}
	}
}

func (t *testParser) options(attrs hcl.Attributes) TestOptions {
	o := TestOptions{
		Destroy: t.bool(attrs["destroy"]), RefreshOnly: t.bool(attrs["refresh_only"]),
		AllowDeletes: t.count(attrs["allow_deletes"], -1), AllowMissing: t.count(attrs["allow_missing"], -1),
		AllowCredits: t.count(attrs["allow_credits"], 0),
	}
	if mode, ok := t.text(attrs["mode"]); ok {
		if modes := []string{ModeSync, ModeUpsert, ModeCreate}; !slices.Contains(modes, mode) {
			t.error(attrs["mode"].Expr.Range().Ptr(), "Invalid mode", oneOf("mode", mode, modes))
		}
		o.Mode = mode
	}
	for _, list := range []struct {
		name string
		to   *[]tracking.Pattern
	}{{"target", &o.Targets}, {"exclude", &o.Excludes}, {"replace", &o.Replace}} {
		for _, s := range t.texts(attrs[list.name]) {
			p, err := tracking.ParsePattern(s)
			if err != nil {
				t.error(attrs[list.name].Expr.Range().Ptr(), "Invalid pattern", hcldiag.FullStop(err.Error()))
				continue
			}
			*list.to = append(*list.to, p)
		}
	}
	return o
}

func (t *testParser) expect(block *hcl.Block) TestExpect {
	attrs := t.content(block.Body, expectSchema).Attributes
	e := TestExpect{Errors: t.texts(attrs["errors"]), Warnings: t.texts(attrs["warnings"]), Range: block.DefRange}
	for _, kind := range TestCounts {
		if n := t.count(attrs[kind], -1); n >= 0 {
			e.Counts = append(e.Counts, TestCount{kind, n})
		}
	}
	if a := attrs["actions"]; a != nil {
		e.Actions = t.actions(a)
	}
	if len(e.Errors) > 0 && len(e.Counts)+len(e.Actions) > 0 {
		t.error(attrs["errors"].Expr.Range().Ptr(), "No plan to look at", "A run that ends with errors has no plan, so neither counts nor actions can be expected of it.")
	}
	return e
}

// actions reads a map from addresses to actions.
func (t *testParser) actions(a *hcl.Attribute) (out []TestAction) {
	rng := a.Expr.Range()
	v, ok := t.value(a, cty.Map(cty.String), false)
	if !ok || v.IsNull() {
		return nil
	}
	words := append([]string{TestNone}, TestActions...)
	for it := v.ElementIterator(); it.Next(); {
		k, action := it.Element()
		addr := tracking.Addr(k.AsString())
		if !strings.HasSuffix(string(addr), ")") { // of a deposed tracking
			var err error
			if addr, err = tracking.ParseAddr(k.AsString()); err != nil {
				t.error(&rng, "Invalid address", hcldiag.FullStop(err.Error()))
				continue
			}
		}
		if action.IsNull() || !slices.Contains(words, action.AsString()) {
			t.error(&rng, "Invalid action", fmt.Sprintf("The action expected for %s is none that a plan has; they are \"%s\".", addr, strings.Join(words, "\", \"")))
			continue
		}
		out = append(out, TestAction{addr, action.AsString()})
	}
	return out
}
