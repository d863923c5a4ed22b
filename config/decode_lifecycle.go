package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/text"
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
	lint           *linting       // whether to warn of what is likely to be a mistake

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
		args.lint = decodeLint(content.Attributes["lint"], &diags)
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

// linting is how much is said of what is likely to be a mistake.
type linting string

// The levels.
const (
	lintOff    linting = "false"
	lintOn     linting = "true"
	lintStrict linting = "strict" // what a carrier insists on is an error where it is missing
)

// decodeLint reads true, false or "strict".
func decodeLint(a *hcl.Attribute, diags *hcl.Diagnostics) *linting {
	return decodeWord(a, diags, lintOn, lintOff, lintStrict)
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
			diags = append(diags, hcldiag.Error(item.Range().Ptr(), "Invalid ignore_changes", "This is not the name of an attribute."+text.DidYouMean(name, slices.Values(attrNames()))))
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

// ArchiveAfterPattern is what every archive_after matches: a whole number and its
// unit.
const ArchiveAfterPattern = "^0*[1-9][0-9]*[hdw]$"

// maxArchiveAfter bounds archive_after, in days.
const maxArchiveAfter = 36500

// archiveUnits are the units of archive_after, and what else people write for them.
var archiveUnits = []struct {
	unit  string
	words []string
	is    time.Duration
}{
	{"d", []string{"", "day", "days"}, 24 * time.Hour},
	{"w", []string{"week", "weeks"}, 7 * 24 * time.Hour},
	{"h", []string{"hour", "hours"}, time.Hour},
}

var (
	archiveAfterForm = regexp.MustCompile(ArchiveAfterPattern)
	archiveAfterLike = regexp.MustCompile(`^\s*([0-9]+)\s*([[:alpha:]]*)\s*$`)
)

// decodeArchiveAfter reads the argument. It is 0 for null, which takes back what the
// defaults say, and nil where it is wrong.
func decodeArchiveAfter(a *hcl.Attribute, diags *hcl.Diagnostics) *time.Duration {
	v, moreDiags := eval.Constant(a, cty.String, false)
	*diags = append(*diags, moreDiags...)
	if v.IsNull() {
		return new(time.Duration)
	}
	after, problem := parseArchiveAfter(v.AsString())
	if problem != "" {
		*diags = append(*diags, hcldiag.Error(a.Expr.Range().Ptr(), "Invalid archive_after", problem))
		return nil
	}
	return &after
}

// parseArchiveAfter returns the duration, or in sentences what is wrong with it.
func parseArchiveAfter(text string) (after time.Duration, problem string) {
	number, unit, after := archiveAfterParts(text)
	switch {
	case archiveAfterForm.MatchString(text) && after > 0:
		return after, ""
	case archiveAfterForm.MatchString(text):
		return 0, fmt.Sprintf("archive_after may be %d days at most. To archive nothing, leave it out, or write null.", maxArchiveAfter)
	}
	problem = "archive_after is a whole number above zero and its unit, h (hours), d (days) or w (weeks), such as \"30d\"; null is never."
	switch {
	case after > 0:
		problem += fmt.Sprintf(" Did you mean \"%s%s\"?", number, unit)
	case slices.Contains([]string{"month", "months", "year", "years"}, unit):
		problem += " Months and years have no fixed length: write them as days."
	}
	return 0, problem
}

// archiveAfterParts splits what looks like a duration. after is 0 where it is none,
// or out of range; otherwise unit is the one to write.
func archiveAfterParts(text string) (number, unit string, after time.Duration) {
	m := archiveAfterLike.FindStringSubmatch(text)
	if m == nil {
		return "", "", 0
	}
	number, unit = m[1], strings.ToLower(m[2])
	for _, u := range archiveUnits {
		if unit != u.unit && !slices.Contains(u.words, unit) {
			continue
		}
		n, err := strconv.ParseInt(number, 10, 32)
		if err != nil || time.Duration(n) > maxArchiveAfter*24*time.Hour/u.is {
			return number, u.unit, 0
		}
		return number, u.unit, time.Duration(n) * u.is
	}
	return number, unit, 0
}

// contradiction returns a diagnostic if a block fixes both archived and its time:
// one of the two cannot be meant. Defaults may say one, and a block the other.
func (args *lifecycleArgs) contradiction(inputs []input) *hcl.Diagnostic {
	if args.archiveAfter == nil || *args.archiveAfter == 0 {
		return nil
	}
	if args.ignoreChanges != nil && args.ignoreChanges.Has(tracking.Archived) {
		return hcldiag.Error(&args.archiveAfterRange, "Conflicting arguments", "archive_after archives trackings, and ignore_changes leaves archived alone. Keep one of the two.")
	}
	i := slices.IndexFunc(inputs, func(in input) bool { return in.field == field(tracking.Archived) && in.fixed && in.sets.has })
	if i < 0 {
		return nil
	}
	return hcldiag.Error(&args.archiveAfterRange, "Conflicting arguments", fmt.Sprintf("archived, at %s, says already whether these trackings are archived, so that archive_after would never do anything. Keep one of the two.", hcldiag.Place(inputs[i].rng)))
}
