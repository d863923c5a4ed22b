package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
)

// maxLocalDepth is how many local values may build on each other.
const maxLocalDepth = 10_000

// local is one local value.
type local struct {
	attr  *hcl.Attribute
	uses  []string // other local values
	state int      // of the walk: 0 untouched, 1 in progress, 2 done
	value cty.Value
}

// evaluateLocals evaluates the local values, each after those that it uses, and
// fills "local".
func (s *Scope) evaluateLocals() {
	s.locals = map[string]*local{}
	var order []string
	for _, block := range s.localBlocks {
		attrs, diags := block.Body.JustAttributes()
		s.report(diags...)
		for _, a := range eval.InOrder(attrs) {
			if other, taken := s.locals[a.Name]; taken {
				s.error(&a.NameRange, "Duplicate local value", fmt.Sprintf("A local value named %q is declared at %s already.", a.Name, hcldiag.Place(other.attr.Range)))
				continue
			}
			s.locals[a.Name] = &local{attr: a}
			order = append(order, a.Name)
		}
	}
	for _, name := range order {
		s.locals[name].uses = s.usedLocals(s.locals[name].attr.Expr)
	}
	for _, name := range order {
		s.evaluateLocal(name, nil)
	}
	s.ctx.Variables["local"] = s.localObject(order)
}

// usedLocals returns the local values that an expression refers to.
func (s *Scope) usedLocals(expr hcl.Expression) []string {
	var names []string
	for _, t := range expr.Variables() {
		if t.RootName() != "local" || len(t) < 2 {
			continue
		}
		if step, ok := t[1].(hcl.TraverseAttr); ok && s.locals[step.Name] != nil {
			names = append(names, step.Name)
		}
	}
	return names
}

// evaluateLocal evaluates one value. path is how the walk came here.
func (s *Scope) evaluateLocal(name string, path []string) {
	loc := s.locals[name]
	path = append(path, "local."+name)
	switch loc.state {
	case 2:
		return
	case 1:
		s.error(&loc.attr.NameRange, "Cycle in local values", fmt.Sprintf("These local values need each other: %s.", circle(path)))
		return
	}
	if len(path) > maxLocalDepth {
		s.error(&loc.attr.NameRange, "Too many levels of local values", fmt.Sprintf("Local values may build on each other %d levels deep; this is one level more.", maxLocalDepth))
		loc.state, loc.value = 2, cty.DynamicVal
		return
	}
	loc.state, loc.value = 1, cty.DynamicVal
	for _, used := range loc.uses {
		s.evaluateLocal(used, path)
	}
	s.ctx.Variables["local"] = s.localObject(loc.uses)
	val := s.evaluate(loc.attr.Expr)
	val, problem := s.memory.Keep(val)
	if problem != "" {
		s.error(loc.attr.Expr.Range().Ptr(), "Value too large", "The local value cannot be held. "+problem)
	} else if s.diags.HasErrors() && !val.IsWhollyKnown() {
		val = cty.DynamicVal // what follows from an error is not complained of
	}
	loc.state, loc.value = 2, val
}

func (s *Scope) localObject(names []string) cty.Value {
	object := make(map[string]cty.Value, len(names))
	for _, name := range names {
		object[name] = s.locals[name].value
	}
	return cty.ObjectVal(object)
}
