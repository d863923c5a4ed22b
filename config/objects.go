package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// maxObjects is how many trackings expressions may refer to: each takes 2 KiB.
const maxObjects = 100_000

// span is what a tracking or trackings block has declared.
type span struct {
	start, end int  // in Config.Declared
	keyed      bool // the trackings have keys
}

// checkTracking reports a reference to trackings that do not exist.
func (s *Scope) checkTracking(t hcl.Traversal) bool {
	rng := t.SourceRange()
	if len(t) < 2 {
		s.error(&rng, "Invalid reference", fmt.Sprintf("%q must be followed by the name of a block, as in %[1]s.NAME.", t.RootName()))
		return false
	}
	step, ok := t[1].(hcl.TraverseAttr)
	if !ok {
		s.error(&rng, "Invalid reference", fmt.Sprintf("%q must be followed by a dot and the name of a block, as in %[1]s.NAME.", t.RootName()))
		return false
	}
	addr := tracking.NewAddr(t.RootName(), step.Name)
	block, ok := s.spans[addr]
	if !ok {
		s.error(&rng, "Reference to undeclared tracking", fmt.Sprintf("There is no block that declares %s.%s", addr, s.didYouMeanBlock(addr)))
		return false
	}
	if attr, ok := third(t).(hcl.TraverseAttr); ok && block.keyed && objectType.HasAttribute(attr.Name) {
		s.error(&rng, "Missing instance key", fmt.Sprintf("%s stands for many trackings. Name one of them, as in %[1]s[\"KEY\"].%[2]s, or take all of them: [for t in %[1]s : t.%[2]s]", addr, attr.Name)+".")
		return false
	}
	return true
}

func third(t hcl.Traversal) hcl.Traverser {
	if len(t) < 3 {
		return nil
	}
	return t[2]
}

// didYouMeanBlock is text.DidYouMean for the address of a block.
func (s *Scope) didYouMeanBlock(addr tracking.Addr) string {
	return text.DidYouMean(string(addr), func(yield func(string) bool) {
		for other := range s.spans {
			if !yield(string(other)) {
				return
			}
		}
	})
}

// trackingScope is the scope of expressions that refer to trackings and data.
func (s *Scope) trackingScope(exprs ...hcl.Expression) *hcl.EvalContext {
	vars := s.trackingVariables(exprs...)
	if len(vars) == 0 {
		return s.ctx
	}
	ctx := s.ctx.NewChild()
	ctx.Variables = vars
	return ctx
}

// trackingVariables returns the objects of those trackings that expressions refer
// to, and of data blocks. They are made only then, since there may be very many.
func (s *Scope) trackingVariables(exprs ...hcl.Expression) map[string]cty.Value {
	blocks, data := map[string]map[string]cty.Value{}, false
	for _, expr := range exprs {
		data = data || refersTo(expr, "data")
		for _, addr := range blocksIn(expr) {
			root, name, _ := addr.Split()
			if blocks[root] == nil {
				blocks[root] = map[string]cty.Value{}
			}
			blocks[root][name] = s.objectsOf(addr, expr)
		}
	}
	vars := map[string]cty.Value{}
	for root, members := range blocks {
		vars[root] = cty.ObjectVal(members)
	}
	if data && len(s.data) > 0 {
		vars["data"] = s.dataObject()
	}
	return vars
}

// blocksIn returns the tracking and trackings blocks that an expression refers to.
func blocksIn(expr hcl.Expression) (blocks []tracking.Addr) {
	for _, t := range expr.Variables() {
		if root := t.RootName(); root != "tracking" && root != "trackings" || len(t) < 2 {
			continue
		}
		if step, ok := t[1].(hcl.TraverseAttr); ok {
			blocks = append(blocks, tracking.NewAddr(t.RootName(), step.Name))
		}
	}
	return blocks
}

// objectsOf returns the value that a block stands for: an object, or a map of them
// by key. It is unknown where an error has kept trackings from being declared.
func (s *Scope) objectsOf(addr tracking.Addr, at hcl.Expression) cty.Value {
	if v, made := s.objects[addr]; made {
		return v
	}
	if s.broken || s.diags.HasErrors() {
		return cty.DynamicVal
	}
	block := s.spans[addr]
	n := block.end - block.start
	if s.made+n > maxObjects {
		s.objects[addr] = cty.DynamicVal
		s.error(at.Range().Ptr(), "Too many trackings in expressions", fmt.Sprintf("The expressions of outputs, checks and preconditions may refer to %d trackings in all; with those of %s they refer to more.", maxObjects, addr))
		return cty.DynamicVal
	}
	s.made += n
	v := s.makeObjects(addr, block)
	s.objects[addr] = v
	return v
}

func (s *Scope) makeObjects(addr tracking.Addr, block span) cty.Value {
	declared := s.declared[block.start:block.end]
	switch {
	case !block.keyed && len(declared) == 0:
		return cty.DynamicVal
	case !block.keyed:
		return object(&declared[0])
	case len(declared) == 0:
		return cty.MapValEmpty(objectType)
	}
	members := make(map[string]cty.Value, len(declared))
	for i := range declared {
		s.progress.step()
		members[keyOf(declared[i].Addr, addr)] = object(&declared[i])
	}
	return cty.MapVal(members)
}

// keyOf reads the key out of an address of a block.
func keyOf(addr, block tracking.Addr) string {
	key := strings.TrimSuffix(strings.TrimPrefix(string(addr[len(block):]), `["`), `"]`)
	if !strings.ContainsAny(key, `\$%`) {
		return key
	}
	t, _ := hclsyntax.ParseTraversalAbs([]byte(addr), "", hcl.InitialPos)
	index, _ := third(t).(hcl.TraverseIndex)
	return eval.Text(index.Key)
}

// objectType is the type of what a tracking is in expressions: what identifies
// it, and all attributes, null where nothing is said of them.
var objectType = cty.Object(func() map[string]cty.Type {
	types := map[string]cty.Type{"address": cty.String, carrierField.String(): cty.String, numberField.String(): cty.String}
	for a := range tracking.AllAttrs() {
		types[a.String()] = attrType(a)
	}
	return types
}())

func attrType(a tracking.Attr) cty.Type {
	if a.Spec().Kind == tracking.KindBool {
		return cty.Bool
	}
	return cty.String
}

// nulls are the values of unmanaged attributes. An attribute that is always
// sensitive is so without a value, too.
var nulls = func() map[tracking.Attr]cty.Value {
	values := map[tracking.Attr]cty.Value{}
	for a := range tracking.AllAttrs() {
		values[a] = cty.NullVal(attrType(a))
		if a.Spec().Sensitive {
			values[a] = values[a].Mark(eval.Sensitive{})
		}
	}
	return values
}()

// object returns one tracking as an object.
func object(d *tracking.Declared) cty.Value {
	members := make(map[string]cty.Value, len(nulls)+3)
	members["address"] = cty.StringVal(string(d.Addr))
	members[carrierField.String()] = cty.StringVal(d.Key.Carrier)
	members[numberField.String()] = cty.StringVal(d.Key.Number)
	for a, null := range nulls {
		text, has := d.Attrs.Get(a)
		if !has {
			members[a.String()] = null
			continue
		}
		v := cty.StringVal(text)
		if attrType(a) == cty.Bool {
			v = cty.BoolVal(text == "true")
		}
		if d.Sensitive(a) {
			v = v.Mark(eval.Sensitive{})
		}
		members[a.String()] = v
	}
	return cty.ObjectVal(members)
}

// Names lists what may follow the beginning of a reference, in alphabetical order. Of ""
// that is functions and roots, of "var" the variables, of "data.remote_area" its blocks.
// nil: path has a value, whose members follow it.
func (s *Scope) Names(path string) []string {
	names := map[string]bool{}
	kind, blocks := strings.CutPrefix(path, "data.")
	switch {
	case s.ctx == nil:
		return nil
	case path == "":
		for name := range s.ctx.Functions {
			names[name+"("] = true
		}
		for _, root := range []string{"var", "local", "tracking", "trackings", "data", "path"} {
			names[root+"."] = true
		}
	case path == "var":
		for name := range s.vars {
			names[name] = true
		}
	case path == "local":
		for _, block := range s.localBlocks {
			attrs, _ := block.Body.JustAttributes()
			for name := range attrs {
				names[name] = true
			}
		}
	case path == "tracking" || path == "trackings":
		for addr := range s.spans {
			if root, name, _ := strings.Cut(string(addr), "."); root == path {
				names[name] = true
			}
		}
	case path == "data" || blocks && !strings.ContainsAny(kind, ".["):
		for _, d := range s.data {
			if !blocks {
				names[d.labels[0]+"."] = true
			} else if d.labels[0] == kind {
				names[d.labels[1]] = true
			}
		}
	default:
		return nil
	}
	return slices.Sorted(maps.Keys(names))
}
