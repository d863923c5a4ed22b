package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/files"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
)

// Answer tells what the service says, and evaluates what depends on it: outputs,
// checks and preconditions that Load has left undecided. It gives what is wrong,
// and the checks that do not hold as warnings. It may be called once, for a
// configuration that was loaded without errors.
func (c *Config) Answer(answers *Answers) hcl.Diagnostics {
	l := c.loader
	if err := l.files.Reopen(); err != nil {
		return hcl.Diagnostics{hcldiag.Error(nil, "Cannot read the configuration directory", hcldiag.Sentence(files.Problem(err)))}
	}
	defer l.files.Close()
	l.answers = answers
	l.dataValue = cty.NilVal
	l.diags, l.more = nil, 0
	failed, warnings := c.Failed, len(c.Warnings)
	c.Failed = nil
	c.Outputs = slices.DeleteFunc(c.Outputs, func(o Output) bool { return !o.Value.IsWhollyKnown() })
	again := l.again
	l.again = nil
	for _, decide := range again {
		decide()
	}
	l.sortOutputs()
	l.sortFailures()
	c.Failed = append(failed, c.Failed...)
	hcldiag.SortBy(c.Failed, func(f Failure) *hcl.Diagnostic { return f.Diag })
	told := c.Warnings[warnings:]
	hcldiag.Sort(told)
	diags := append(l.allDiagnostics(), told...)
	l.forget()
	return diags
}

// asks reports whether what is not known may be known when the service has answered.
func (l *loader) asks() bool { return len(l.data) > 0 && l.answers == nil }

// dataObject is what "data" is in expressions.
func (l *loader) dataObject() cty.Value {
	if l.dataValue != cty.NilVal {
		return l.dataValue
	}
	types := map[string]map[string]cty.Value{}
	for _, d := range l.data {
		kind, name := d.labels[0], d.labels[1]
		if types[kind] == nil {
			types[kind] = map[string]cty.Value{}
		}
		types[kind][name] = d.value(l.answers)
	}
	members := map[string]cty.Value{}
	for kind, blocks := range types {
		members[kind] = cty.ObjectVal(blocks)
	}
	l.dataValue = cty.ObjectVal(members)
	return l.dataValue
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

// checkData complains of a reference to a data block that there is not.
func (l *loader) checkData(t hcl.Traversal) bool {
	rng, names := t.SourceRange(), []string{"data"}
	for _, step := range t[1:] {
		if attr, ok := step.(hcl.TraverseAttr); ok && len(names) < 3 {
			names = append(names, attr.Name)
			continue
		}
		break
	}
	if len(names) < 3 {
		l.error(&rng, "Invalid reference", "\"data\" must be followed by a type and the name of a block, as in data.transit_time.NAME.")
		return false
	}
	addr := names[0] + "." + names[1] + "." + names[2]
	i := slices.IndexFunc(l.data, func(d *dataBlock) bool { return d.addr == addr })
	if i < 0 {
		addrs := make([]string, len(l.data))
		for i, d := range l.data {
			addrs[i] = d.addr
		}
		l.error(&rng, "Reference to undeclared data", fmt.Sprintf("There is no block that declares %s.%s", addr, hcldiag.DidYouMean(addr, addrs)))
		return false
	}
	if d := l.data[i]; d.keyed && len(t) > 3 {
		if attr, ok := t[3].(hcl.TraverseAttr); ok && d.kind.types()[attr.Name] != cty.NilType {
			l.error(&rng, "Missing instance key", fmt.Sprintf("%s stands for many questions. Name one of them, as in %[1]s[\"KEY\"].%[2]s, or take all of them: [for d in %[1]s : d.%[2]s].", addr, attr.Name))
			return false
		}
	}
	return true
}
