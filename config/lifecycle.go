package config

import (
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/tracking"
)

// lifecycleArgs is a lifecycle block; nil is silence.
type lifecycleArgs struct {
	preventDestroy *bool
	ignoreChanges  *tracking.AttrSet
	onRemove       *tracking.OnRemove
	onMissing      *tracking.OnMissing
	createOnly     *tracking.CreateOnly
	archiveAfter   *time.Duration // 0 is never
	lint           *bool          // whether to warn of what is likely to be a mistake

	archiveAfterRange hcl.Range
}

var declarationLifecycleSchema = &hcl.BodySchema{
	Attributes: lifecycleSchema.Attributes,
	Blocks:     []hcl.BlockHeaderSchema{{Type: "precondition"}},
}

var lifecycleSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{
	{Name: "prevent_destroy"}, {Name: "ignore_changes"}, {Name: "on_remove"}, {Name: "on_missing"}, {Name: "create_only"}, {Name: "archive_after"}, {Name: "lint"},
}}

// decodeLifecycle reads the lifecycle block among the blocks of a declaration.
// As in Terraform, its arguments are constants. The blocks in it that the schema
// allows are conditions.
func decodeLifecycle(blocks hcl.Blocks, schema *hcl.BodySchema) (args lifecycleArgs, conditions []condition, diags hcl.Diagnostics) {
	for i, block := range blocks {
		if i > 0 {
			diags = append(diags, hcldiag.Error(&block.DefRange, "Duplicate lifecycle block", fmt.Sprintf("There may be one lifecycle block; another one is at %s.", hcldiag.Place(blocks[0].DefRange))))
			continue
		}
		content, moreDiags := block.Body.Content(schema)
		diags = append(diags, moreDiags...)
		conditions, moreDiags = decodeConditions(content.Blocks)
		diags = append(diags, moreDiags...)
		args.preventDestroy = decodeFlag(content.Attributes["prevent_destroy"], &diags)
		args.lint = decodeFlag(content.Attributes["lint"], &diags)
		if a := content.Attributes["ignore_changes"]; a != nil {
			set, moreDiags := decodeIgnoreChanges(a.Expr)
			diags = append(diags, moreDiags...)
			args.ignoreChanges = &set
		}
		args.onRemove = decodeWord(content.Attributes["on_remove"], &diags, tracking.RemoveDelete, tracking.RemoveArchive, tracking.RemoveForget)
		args.onMissing = decodeWord(content.Attributes["on_missing"], &diags, tracking.MissingRecreate, tracking.MissingForget)
		args.createOnly = decodeWord(content.Attributes["create_only"], &diags, tracking.CreateOnlyReplace, tracking.CreateOnlyIgnore)
		if a := content.Attributes["archive_after"]; a != nil {
			args.archiveAfter, args.archiveAfterRange = decodeArchiveAfter(a, &diags), a.Range
		}
	}
	return args, conditions, diags
}

// decodeFlag reads an argument that is true or false.
func decodeFlag(a *hcl.Attribute, diags *hcl.Diagnostics) *bool {
	if a == nil {
		return nil
	}
	v, moreDiags := eval.Constant(a, cty.Bool, false)
	*diags = append(*diags, moreDiags...)
	if v.IsNull() {
		return nil
	}
	return new(v.True())
}

// decodeWord reads an argument that is one of a few words.
func decodeWord[W ~string](a *hcl.Attribute, diags *hcl.Diagnostics, allowed ...W) *W {
	if a == nil {
		return nil
	}
	v, moreDiags := eval.Constant(a, cty.String, false)
	*diags = append(*diags, moreDiags...)
	if v.IsNull() {
		return nil
	}
	word := W(v.AsString())
	if slices.Contains(allowed, word) {
		return &word
	}
	words := make([]string, len(allowed))
	for i, w := range allowed {
		words[i] = string(w)
	}
	*diags = append(*diags, hcldiag.Error(a.Expr.Range().Ptr(), "Invalid lifecycle value", hcldiag.OneOf(a.Name, string(word), words)))
	return nil
}

// decodeIgnoreChanges reads a list of attribute names, or the word all.
func decodeIgnoreChanges(expr hcl.Expression) (tracking.AttrSet, hcl.Diagnostics) {
	if keyword(expr) == "all" {
		return tracking.EveryAttr, nil
	}
	items, diags := hcl.ExprList(expr)
	if diags.HasErrors() {
		return 0, hcl.Diagnostics{hcldiag.Error(expr.Range().Ptr(), "Invalid ignore_changes", "ignore_changes is a list of attribute names, such as [title, comment], or the word all.")}
	}
	var set tracking.AttrSet
	for _, item := range items {
		name := keyword(item)
		attr, ok := tracking.ParseAttr(name)
		switch {
		case ok:
			set = set.With(attr)
		case name == carrierField.String() || name == numberField.String():
			diags = append(diags, hcldiag.Error(item.Range().Ptr(), "Invalid ignore_changes", fmt.Sprintf("%s is part of what identifies a tracking; a change of it cannot be ignored.", name)))
		default:
			diags = append(diags, hcldiag.Error(item.Range().Ptr(), "Invalid ignore_changes", "This is not the name of an attribute."+hcldiag.DidYouMean(name, attrNames())))
		}
	}
	return set, diags
}

// keyword reads a bare word, or, as JSON needs it, a quoted one.
func keyword(expr hcl.Expression) string {
	if word := hcl.ExprAsKeyword(expr); word != "" {
		return word
	}
	if eval.IsComputed(expr) {
		return ""
	}
	if v, diags := expr.Value(nil); !diags.HasErrors() {
		return eval.Text(v)
	}
	return ""
}

// lifecycleOf returns the lifecycle of a block: its own word, else that of the
// defaults, else ours. Equal ones are shared.
func (x *expander) lifecycleOf(own lifecycleArgs) *tracking.Lifecycle {
	lc := tracking.DefaultLifecycle
	for _, args := range []lifecycleArgs{x.defaults.lifecycle, own} {
		set(&lc.PreventDestroy, args.preventDestroy)
		set(&lc.IgnoreChanges, args.ignoreChanges)
		set(&lc.OnRemove, args.onRemove)
		set(&lc.OnMissing, args.onMissing)
		set(&lc.CreateOnly, args.createOnly)
		set(&lc.ArchiveAfter, args.archiveAfter)
	}
	if shared, ok := x.lifecycle[lc]; ok {
		return shared
	}
	shared := new(lc)
	x.lifecycle[lc] = shared
	return shared
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func attrNames() []string {
	var names []string
	for a := range tracking.AllAttrs() {
		names = append(names, a.String())
	}
	return names
}
