package draft

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tmsync/tmsync/config/internal/rows"
	"github.com/tmsync/tmsync/internal/text"
)

// Bounds of what is looked for within values of JSON.
const (
	maxSteps    = 5    // of a path
	maxNested   = 500  // columns
	maxSearched = 1000 // rows that are searched for them
	maxElements = 100  // of a list in a row
)

// step is a way into a value of JSON: to a member; or, in a list of pairs such as
// {"key": "_tracking_number", "value": "402934299065"}, to the value of a key.
type step struct{ member, key string }

// path is where a column is that is nested in another one.
type path struct {
	to     []step // from the row's column; to a list where inList is set
	inList bool
	in     []step // from an element of that list
}

// steps are all of the path.
func (p *path) steps() []step { return slices.Concat(p.to, p.in) }

// sameList reports whether two columns are in the elements of one list.
func (c *column) sameList(o *column) bool {
	return c.at == o.at && c.path.inList && o.path.inList && slices.Equal(c.path.to, o.path.to)
}

// follow returns the value at the end of some steps, null if there is none.
func follow(v cty.Value, steps []step) cty.Value {
	for _, s := range steps {
		if v.IsNull() {
			return v
		}
		switch ty := v.Type(); {
		case s.key != "":
			v = valueOf(v, s.key)
		case ty.IsObjectType() && ty.HasAttribute(s.member):
			v = v.GetAttr(s.member)
		default:
			v = cty.NullVal(cty.DynamicPseudoType)
		}
	}
	return v
}

// valueOf returns what a list of pairs has for a key, null if nothing.
func valueOf(v cty.Value, key string) cty.Value {
	if v.Type().IsTupleType() {
		for _, el := range v.AsValueSlice() {
			if k, value, ok := pair(el); ok && k == key {
				return value
			}
		}
	}
	return cty.NullVal(cty.DynamicPseudoType)
}

// pair returns the key and the value of an object that is such a pair.
func pair(v cty.Value) (key string, value cty.Value, ok bool) {
	if ty := v.Type(); v.IsNull() || !ty.IsObjectType() || !ty.HasAttribute("key") || !ty.HasAttribute("value") {
		return "", value, false
	}
	k := v.GetAttr("key")
	if k.IsNull() || k.Type() != cty.String {
		return "", value, false
	}
	return k.AsString(), v.GetAttr("value"), true
}

// write returns the expression for some steps from another one.
func write(from string, steps []step) string {
	for _, s := range steps {
		switch {
		case s.key != "":
			from = fmt.Sprintf("one([for m in %s : m.value if m.key == %s])", from, text.HCLQuote(s.key))
		case hclsyntax.ValidIdentifier(s.member):
			from += "." + s.member
		default:
			from += "[" + text.HCLQuote(s.member) + "]"
		}
	}
	return from
}

// listRef writes the list that a column is in the elements of.
func (c *column) listRef() string { return write(top(c.of), c.path.to) }

// findNested adds the columns that are nested in those of a JSON file.
func (t *table) findNested() error {
	known := map[string]bool{}
	flat := len(t.columns)
	return t.upTo(maxSearched, func(in rows.Reader) {
		for _, c := range t.columns[:flat] {
			if _, isText := in.Text(c.at); isText || c.twice {
				continue
			}
			if v, err := in.Value(c.at); err == nil {
				t.nest(c, path{}, v, known)
			}
		}
	})
}

// nest adds the columns in a value that is at the end of a path.
func (t *table) nest(top *column, p path, v cty.Value, known map[string]bool) {
	ty := v.Type()
	if steps := p.steps(); v.IsNull() || len(steps) > maxSteps || len(known) >= maxNested {
		return
	} else if len(steps)+len(p.in) > 0 && !ty.IsObjectType() && !ty.IsTupleType() {
		t.addNested(top, p, known)
		return
	}
	switch {
	case ty.IsObjectType():
		for _, name := range slices.Sorted(maps.Keys(ty.AttributeTypes())) {
			t.nest(top, p.then(step{member: name}), v.GetAttr(name), known)
		}
	case ty.IsTupleType():
		elements := v.AsValueSlice()
		elements = elements[:min(len(elements), maxElements)]
		plain := len(elements) > 0
		for _, el := range elements {
			key, value, isPair := pair(el)
			switch plain = plain && !el.IsNull() && el.Type().IsPrimitiveType(); {
			case isPair:
				t.nest(top, p.then(step{key: key}), value, known)
			case !p.inList && !el.IsNull() && el.Type().IsObjectType():
				t.nest(top, path{to: p.to, inList: true}, el, known)
			}
		}
		if plain && len(p.steps()) > 0 {
			t.addNested(top, p, known)
		}
	}
}

// then is a path with a step more.
func (p *path) then(s step) path {
	next := *p
	if p.inList {
		next.in = append(slices.Clone(p.in), s)
	} else {
		next.to = append(slices.Clone(p.to), s)
	}
	return next
}

// addNested adds a column, once.
func (t *table) addNested(top *column, p path, known map[string]bool) {
	c := &column{at: top.at, of: top.name, path: &p, values: map[string]int{}}
	names := []string{top.name}
	for _, s := range p.steps() {
		names = append(names, s.member+s.key)
	}
	c.name = strings.Join(names, ".")
	if id := fmt.Sprintf("%q %t %d", names, p.inList, len(p.to)); !known[id] {
		known[id] = true
		c.plain = plain(c.name)
		for i := range names[1:] {
			c.lasts = append(c.lasts, plain(strings.Join(names[i+1:], ".")))
		}
		t.columns = append(t.columns, c)
	}
}

// byLast are the roles of columns that the end of their names may give.
var byLast = []role{numberRole, carrierRole, shippedRole, countryRole, postalRole, emailRole, phoneRole}

// tooPlain are names that mean a parcel only where nothing is around them.
var tooPlain = []string{"number", "numbers", "nummer", "tracking", "трек"}

// nestedAs reports whether the end of a nested column's names gives it a role. What is of
// the buyer is not of the parcel.
func (c *column) nestedAs(r role, name string) bool {
	if c.path == nil || !slices.Contains(c.lasts, name) || !slices.Contains(byLast, r) || slices.Contains(tooPlain, name) {
		return false
	}
	return r == emailRole || r == phoneRole || !strings.Contains(c.plain, "billing") && !strings.HasPrefix(c.plain, "customer")
}

// elements returns what a row has in the list of a column.
func (t *table) elements(in rows.Reader, c *column) []cty.Value {
	v := follow(t.value(in, c.at), c.path.to)
	if v.IsNull() || !v.Type().IsTupleType() {
		return nil
	}
	return v.AsValueSlice()
}

// value returns a cell of the current row. It is read once for all columns in it.
func (t *table) value(in rows.Reader, at int) cty.Value {
	if v, known := t.read[at]; known {
		return v
	}
	v, err := in.Value(at)
	if err != nil {
		v = cty.NullVal(cty.DynamicPseudoType)
	}
	t.read[at] = v
	return v
}

// textOf returns a value as a text, trimmed; ok is false where there is none.
func textOf(v cty.Value) (s string, ok bool) {
	if v.IsNull() {
		return "", false
	}
	as, err := convert.Convert(v, cty.String)
	if err != nil || !as.IsKnown() || as.IsNull() {
		return "", false
	}
	return strings.TrimSpace(as.AsString()), true
}
