package testfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/terraform"
	"github.com/tmsync/tmsync/config/source"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// maxRunName bounds the name of a run, in bytes.
const maxRunName = 512

// Parse reads a file of tests. Its values are constants; only asserts may
// refer to the configuration.
func Parse(name string, src []byte) (*File, hcl.Diagnostics) {
	t := &fileParser{
		file: &File{Name: name, source: &source.File{Name: name, Text: src}},
		keys: map[tracking.Key]hcl.Range{}, names: map[string]hcl.Range{},
	}
	if len(src) > MaxSize {
		t.error(nil, "File too large", fmt.Sprintf("%s has more than the %s that a file of tests may have.", name, text.Size(MaxSize)))
		return t.file, t.diags
	}
	for body, problem := range t.file.source.Bodies {
		if problem != nil {
			return t.file.unreadable(problem)
		}
		t.piece(body)
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

// unreadable is a file that cannot be parsed.
func (f *File) unreadable(problem *hcl.Diagnostic) (*File, hcl.Diagnostics) {
	f.values = append(f.values, f.source.All())
	return f, hcl.Diagnostics{problem}
}

// fileParser reads one file of tests.
type fileParser struct {
	file  *File
	diags hcl.Diagnostics
	vars  *hcl.Range                 // the file's variables block
	keys  map[tracking.Key]hcl.Range // of the fixture
	names map[string]hcl.Range       // of the runs
}

func (t *fileParser) error(subject *hcl.Range, summary, detail string) {
	t.diags = append(t.diags, hcldiag.Error(subject, summary, detail))
}

var rootSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "variables"}, {Type: "remote"}, {Type: "run", LabelNames: []string{"name"}},
}}

func (t *fileParser) content(body hcl.Body, schema *hcl.BodySchema) *hcl.BodyContent {
	content, diags := body.Content(schema)
	t.diags = append(t.diags, terraform.Answer(diags)...)
	return content
}

// piece reads a part of the file.
func (t *fileParser) piece(body hcl.Body) {
	for _, block := range t.content(body, rootSchema).Blocks {
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

func (t *fileParser) variables(body hcl.Body) []Var {
	attrs, diags := body.JustAttributes()
	t.diags = append(t.diags, diags...)
	var vars []Var
	for _, a := range eval.InOrder(attrs) {
		rng := a.Expr.Range()
		t.file.values = append(t.file.values, rng)
		if _, ok := t.value(a, cty.DynamicPseudoType, true); ok {
			vars = append(vars, Var{a.Name, string(rng.SliceBytes(t.file.source.Text)), rng})
		}
	}
	return vars
}

// remoteSchema is the attributes of a tracking, labelled by its key.
var (
	remoteSchema  = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "tracking", LabelNames: []string{"key"}}}}
	fixtureSchema = &hcl.BodySchema{Attributes: schemaOf(attributeNames()...)}
)

func (t *fileParser) remote(block *hcl.Block) {
	for _, b := range t.content(block.Body, remoteSchema).Blocks {
		key, err := tracking.ParseKey(b.Labels[0])
		if err != nil {
			t.error(&b.LabelRanges[0], "Invalid key", text.Sentence(err))
			continue
		}
		if other, taken := t.keys[key]; taken {
			t.error(&b.LabelRanges[0], "Duplicate tracking", fmt.Sprintf("%s is at %s already.", key, hcldiag.Place(other)))
			continue
		}
		t.keys[key] = b.DefRange
		item := Tracking{Key: key, Range: b.DefRange}
		attrs := t.content(b.Body, fixtureSchema).Attributes
		for a := range tracking.AllAttrs() {
			t.fixture(&item, a, attrs[a.String()])
		}
		t.file.Remote = append(t.file.Remote, item)
	}
}

// fixture reads one attribute of a tracking of the fixture.
func (t *fileParser) fixture(item *Tracking, a tracking.Attr, arg *hcl.Attribute) {
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
	s, err := a.Canonical(v.AsString())
	if err != nil {
		t.error(arg.Expr.Range().Ptr(), "Invalid attribute value", text.FullStop(err.Error()))
		return
	}
	item.Attrs.Put(a, s)
}

var (
	runSchema = &hcl.BodySchema{
		Attributes: schemaOf("command", "mode", "target", "exclude", "replace", "destroy", "refresh_only", "allow_deletes", "allow_missing", "allow_credits"),
		Blocks:     []hcl.BlockHeaderSchema{{Type: "variables"}, {Type: "expect"}, {Type: "assert"}},
	}
	expectSchema = &hcl.BodySchema{Attributes: schemaOf(slices.Concat(Counts, []string{"actions", "errors", "warnings"})...)}
	assertSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{
		{Name: "condition", Required: true}, {Name: "error_message", Required: true},
	}}
)

func attributeNames() (names []string) {
	for a := range tracking.AllAttrs() {
		names = append(names, a.String())
	}
	return names
}

func schemaOf(names ...string) (out []hcl.AttributeSchema) {
	for _, name := range names {
		out = append(out, hcl.AttributeSchema{Name: name})
	}
	return out
}

func (t *fileParser) run(block *hcl.Block) {
	run := Run{Name: block.Labels[0], Range: block.DefRange}
	if other, taken := t.names[run.Name]; taken {
		t.error(&block.LabelRanges[0], "Duplicate run", fmt.Sprintf("A run of this name is at %s already.", hcldiag.Place(other)))
	}
	t.names[run.Name] = block.DefRange
	if run.Name == "" || text.Invisible(run.Name) != "" || len(run.Name) > maxRunName {
		t.error(&block.LabelRanges[0], "Invalid name", fmt.Sprintf("The name of a run says what it tests, in up to %d visible characters.", maxRunName))
	}
	content := t.content(block.Body, runSchema)
	if command, ok := t.word(content.Attributes["command"]); ok {
		if run.Apply = command == "apply"; !run.Apply && command != "plan" {
			t.error(content.Attributes["command"].Expr.Range().Ptr(), "Invalid command", hcldiag.OneOf("command", command, []string{"plan", "apply"}))
		}
	}
	run.Options = t.options(content.Attributes)
	t.runBlocks(&run, content.Blocks)
	t.file.Runs = append(t.file.Runs, run)
}

func (t *fileParser) runBlocks(run *Run, blocks hcl.Blocks) {
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
				run.Asserts = append(run.Asserts, Assert{c.Expr, m.Expr})
			}
		}
	}
}

func (t *fileParser) options(attrs hcl.Attributes) Options {
	o := Options{
		Destroy: t.bool(attrs["destroy"]), RefreshOnly: t.bool(attrs["refresh_only"]),
		AllowDeletes: t.count(attrs["allow_deletes"]), AllowMissing: t.count(attrs["allow_missing"]),
		AllowCredits: t.count(attrs["allow_credits"]),
	}
	if mode, ok := t.text(attrs["mode"]); ok {
		o.Mode = tracking.Mode(mode)
		if !slices.Contains(tracking.Modes(), o.Mode) {
			t.error(attrs["mode"].Expr.Range().Ptr(), "Invalid mode", hcldiag.OneOf("mode", mode, tracking.Modes()))
		}
	}
	for _, list := range []struct {
		name string
		to   *[]tracking.Pattern
	}{{"target", &o.Targets}, {"exclude", &o.Excludes}, {"replace", &o.Replace}} {
		for _, s := range t.texts(attrs[list.name]) {
			p, err := tracking.ParsePattern(s)
			if err != nil {
				t.error(attrs[list.name].Expr.Range().Ptr(), "Invalid pattern", text.FullStop(err.Error()))
				continue
			}
			*list.to = append(*list.to, p)
		}
	}
	return o
}

func (t *fileParser) expect(block *hcl.Block) Expect {
	attrs := t.content(block.Body, expectSchema).Attributes
	e := Expect{Errors: t.texts(attrs["errors"]), Warnings: t.texts(attrs["warnings"]), Args: map[string]hcl.Range{}}
	for name, a := range attrs {
		e.Args[name] = a.Range
	}
	for _, kind := range Counts {
		if n := t.count(attrs[kind]); n != nil {
			e.Counts = append(e.Counts, Count{kind, *n})
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
func (t *fileParser) actions(a *hcl.Attribute) (out []Action) {
	rng := a.Expr.Range()
	v, ok := t.value(a, cty.Map(cty.String), false)
	if !ok || v.IsNull() {
		return nil
	}
	words := append([]string{None}, Actions...)
	for it := v.ElementIterator(); it.Next(); {
		k, action := it.Element()
		addr := tracking.Addr(k.AsString())
		if !strings.HasSuffix(string(addr), ")") { // of a deposed tracking
			var err error
			if addr, err = tracking.ParseAddr(k.AsString()); err != nil {
				t.error(&rng, "Invalid address", text.FullStop(err.Error()))
				continue
			}
		}
		if action.IsNull() || !slices.Contains(words, action.AsString()) {
			t.error(&rng, "Invalid action", fmt.Sprintf("The action expected for %s is none that a plan has; they are \"%s\".", addr, strings.Join(words, "\", \"")))
			continue
		}
		out = append(out, Action{addr, action.AsString()})
	}
	return out
}
