package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/files"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// Answer evaluates what depends on the service's answers: outputs, checks and
// preconditions that Load has left undecided. It returns what is wrong, and the
// checks that do not hold as warnings. It may be called once, for a configuration
// that was loaded without errors.
func (c *Config) Answer(answers *Answers) hcl.Diagnostics {
	s, j := c.Scope, c.judge
	if err := s.files.Reopen(); err != nil {
		return hcl.Diagnostics{hcldiag.Error(nil, "Cannot read the configuration directory", text.Sentence(files.Problem(err)))}
	}
	defer s.files.Close()
	s.answers, s.dataValue = answers, cty.NilVal
	s.reset()
	j.outputs = slices.DeleteFunc(c.Outputs, func(o Output) bool { return !o.Value.IsWhollyKnown() })
	j.failed, j.warnings = nil, nil
	j.decideAgain()
	c.Outputs = j.outputs
	c.Failed = append(c.Failed, j.failed...)
	hcldiag.SortBy(c.Failed, func(f Failure) *hcl.Diagnostic { return f.Diag })
	c.Warnings = append(c.Warnings, j.warnings...)
	diags := append(s.all(), j.warnings...)
	j.forget()
	return diags
}

// Data lists the data blocks in file order.
func (s *Scope) Data() []DataBlock {
	var out []DataBlock
	for _, d := range s.data {
		out = append(out, DataBlock{Addr: d.addr, Query: d.kind.query, Count: d.count, Range: d.header})
	}
	return out
}

// Questions gathers what the data blocks ask.
func (s *Scope) Questions() Questions {
	var q Questions
	places, routes, waybills := map[tracking.PostalPlace]bool{}, map[tracking.TransitRoute]bool{}, map[string]bool{}
	for _, d := range s.data {
		for i := range d.asks {
			switch a := &d.asks[i]; d.kind.query {
			case tracking.QueryRemoteArea:
				q.Places = once(q.Places, a.place, places)
			case tracking.QueryTransitTime:
				q.Routes = once(q.Routes, a.route, routes)
			default:
				for _, number := range a.waybills {
					q.Waybills = once(q.Waybills, number, waybills)
				}
			}
		}
	}
	return q
}

// once appends what was not there before.
func once[T comparable](list []T, v T, seen map[T]bool) []T {
	if seen[v] {
		return list
	}
	seen[v] = true
	return append(list, v)
}

// asks reports whether what is not known may be known when the service has answered.
func (s *Scope) asks() bool { return len(s.data) > 0 && s.answers == nil }

// dataObject is what "data" is in expressions.
func (s *Scope) dataObject() cty.Value {
	if s.dataValue != cty.NilVal {
		return s.dataValue
	}
	types := map[string]map[string]cty.Value{}
	for _, d := range s.data {
		kind, name := d.labels[0], d.labels[1]
		if types[kind] == nil {
			types[kind] = map[string]cty.Value{}
		}
		types[kind][name] = d.value(s.answers)
	}
	members := map[string]cty.Value{}
	for kind, blocks := range types {
		members[kind] = cty.ObjectVal(blocks)
	}
	s.dataValue = cty.ObjectVal(members)
	return s.dataValue
}

// value is what a block is in expressions: an object, or a map of them by key.
// Without answers their arguments are known, and nothing else.
func (d *dataBlock) value(answers *Answers) cty.Value {
	if d.bad {
		return cty.DynamicVal
	}
	objects := make(map[string]cty.Value, len(d.asks))
	for i := range d.asks {
		a := &d.asks[i]
		members := maps.Clone(a.args)
		if answers == nil {
			for name, ty := range d.kind.results {
				members[name] = cty.UnknownVal(ty)
			}
		} else {
			maps.Copy(members, d.kind.answer(a, answers))
		}
		objects[a.key] = cty.ObjectVal(members)
	}
	switch {
	case !d.keyed:
		return objects[""]
	case len(objects) == 0:
		return cty.MapValEmpty(cty.Object(d.kind.types()))
	}
	return cty.MapVal(objects)
}

// types are those of the attributes of a block's object.
func (k *dataKind) types() map[string]cty.Type {
	types := maps.Clone(k.results)
	for _, arg := range k.args {
		types[arg.name] = cty.String
		if arg.list {
			types[arg.name] = cty.List(cty.String)
		}
	}
	return types
}

// checkData reports a reference to a data block that does not exist.
func (s *Scope) checkData(t hcl.Traversal) bool {
	rng, names := t.SourceRange(), []string{"data"}
	for _, step := range t[1:] {
		if attr, ok := step.(hcl.TraverseAttr); ok && len(names) < 3 {
			names = append(names, attr.Name)
			continue
		}
		break
	}
	if len(names) < 3 {
		s.error(&rng, "Invalid reference", "\"data\" must be followed by a type and the name of a block, as in data.transit_time.NAME.")
		return false
	}
	addr := names[0] + "." + names[1] + "." + names[2]
	i := slices.IndexFunc(s.data, func(d *dataBlock) bool { return d.addr == addr })
	if i < 0 {
		addrs := make([]string, len(s.data))
		for i, d := range s.data {
			addrs[i] = d.addr
		}
		s.error(&rng, "Reference to undeclared data", fmt.Sprintf("There is no block that declares %s.%s", addr, text.DidYouMean(addr, slices.Values(addrs))))
		return false
	}
	if d := s.data[i]; d.keyed && len(t) > 3 {
		if attr, ok := t[3].(hcl.TraverseAttr); ok && d.kind.types()[attr.Name] != cty.NilType {
			s.error(&rng, "Missing instance key", fmt.Sprintf("%s stands for many questions. Name one of them, as in %[1]s[\"KEY\"].%[2]s, or take all of them: [for d in %[1]s : d.%[2]s].", addr, attr.Name))
			return false
		}
	}
	return true
}
