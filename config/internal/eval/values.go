// Package eval evaluates the expressions of people's files: with checks in them for
// what the evaluator of hcl would make much of, without a panic, and with messages
// that keep sensitive values to themselves.
package eval

import (
	"fmt"
	"iter"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tmsync/tmsync/internal/text"
)

// What values take of memory, in bytes, as measured. Objects have a map for their
// values and one for their types; maps have room for eight.
const (
	TupleBytes   = 100
	ElementBytes = 50
	ObjectBytes  = 700
	memberBytes  = 150 // of what is beyond eight members
	StringBytes  = 40
	NumberBytes  = 120
)

// The bounds of values. Sizes are in bytes.
const (
	MaxHeld    = 160 << 20 // what variables, local values, outputs and templates take
	MaxString  = 10 << 20  // any string that an expression makes
	maxValues  = 2_000_000 // what a variable or a local value is made of
	maxUnified = 256       // elements of a tuple that package convert deals with
	maxTypes   = 16        // different types among the elements of one collection
)

// Memory counts the bytes that values take which are kept.
type Memory struct{ used int }

// Keep checks a value to be stored and counts its memory. It belongs to a variable,
// a local value or an output. What is too large is unknown, and problem is why, in
// a sentence.
func (m *Memory) Keep(v cty.Value) (held cty.Value, problem string) {
	values := 0
	bytes, problem := weigh(v, &values)
	if problem == "" && m.used+bytes > MaxHeld {
		problem = fmt.Sprintf("The values of variables, local values and outputs may take about %s of memory together. Large data belongs into a CSV file, which a trackings block reads without such a bound.", text.Size(MaxHeld))
	}
	if problem != "" {
		return cty.DynamicVal, problem
	}
	m.used += bytes
	return v, ""
}

// Take counts bytes that something else takes. It reports whether there was room for
// them.
func (m *Memory) Take(bytes int) bool {
	m.used += bytes
	return m.used <= MaxHeld
}

// Mark returns how much is taken.
func (m *Memory) Mark() int { return m.used }

// Release reduces the memory in use to a mark.
func (m *Memory) Release(mark int) { m.used = mark }

// Weigh estimates how many bytes of memory a value takes. problem is why it cannot be
// held at all.
func Weigh(v cty.Value) (bytes int, problem string) {
	values := 0
	return weigh(v, &values)
}

// weigh estimates how many bytes of memory a value takes; problem says in a
// sentence that it cannot be held at all.
func weigh(v cty.Value, values *int) (bytes int, problem string) {
	v, _ = v.Unmark()
	if *values++; *values > maxValues {
		return 0, fmt.Sprintf("It is made of more than %d values.", maxValues)
	}
	if v.IsNull() || !v.IsKnown() {
		return 0, ""
	}
	switch ty := v.Type(); {
	case ty == cty.String:
		n := len(v.AsString())
		if n > MaxString {
			problem = fmt.Sprintf("It has a string of %d bytes; at most %d are allowed.", n, MaxString)
		}
		return StringBytes + n, problem
	case ty == cty.Number:
		return NumberBytes, numberProblem(v.AsBigFloat())
	case ty.IsSetType(): // which cty sorts, slowly, each time that it is gone through
		if *values += v.LengthInt(); *values > maxValues {
			return 0, fmt.Sprintf("It is made of more than %d values.", maxValues)
		}
		return shell(ty, v.LengthInt()), ""
	case ty.IsObjectType() || IsCollection(ty):
		bytes = shell(ty, v.LengthInt())
		for ev := range Elements(v) {
			n, problem := weigh(ev, values)
			if problem != "" {
				return 0, problem
			}
			bytes += n
		}
	}
	return bytes, ""
}

// shell is what a collection takes, without its elements.
func shell(ty cty.Type, n int) int {
	switch {
	case ty.IsObjectType():
		return ObjectBytes + memberBytes*max(0, n-8)
	case ty.IsMapType(), ty.IsSetType():
		return TupleBytes + memberBytes*n
	}
	return TupleBytes + ElementBytes*n
}

// Elements returns the elements of a value, in any order: cty sorts an object
// each time that it is gone through.
func Elements(v cty.Value) iter.Seq[cty.Value] {
	return func(yield func(cty.Value) bool) {
		if v.Type().IsObjectType() {
			for name := range v.Type().AttributeTypes() {
				if !yield(v.GetAttr(name)) {
					return
				}
			}
			return
		}
		for it := v.ElementIterator(); it.Next(); {
			if _, ev := it.Element(); !yield(ev) {
				return
			}
		}
	}
}

// IsCollection reports whether values of a type have elements without names.
func IsCollection(ty cty.Type) bool { return ty.IsCollectionType() || ty.IsTupleType() }

// Length counts the elements of a value; 0 if it has none.
func Length(v cty.Value) int {
	v, _ = v.Unmark()
	if v.IsNull() || !v.IsKnown() || !v.CanIterateElements() {
		return 0
	}
	return v.LengthInt()
}

// Unify returns a large tuple as a list, and a large object as a map. If their
// elements have no common type, it returns the value as it is. Package convert
// takes time that grows with the square of their number.
func Unify(v cty.Value) cty.Value {
	n := Length(v)
	if ty := v.Type(); n <= maxUnified || !ty.IsTupleType() && !ty.IsObjectType() {
		return v
	}
	plain, marks := v.Unmark()
	ety := commonType(plain)
	if ety == cty.NilType {
		return v
	}
	if plain.Type().IsTupleType() {
		elements := make([]cty.Value, 0, n)
		for it := plain.ElementIterator(); it.Next(); {
			_, ev := it.Element()
			ev, err := convert.Convert(ev, ety)
			if err != nil {
				return v
			}
			elements = append(elements, ev)
		}
		if cty.CanListVal(elements) {
			return cty.ListVal(elements).WithMarks(marks)
		}
		return v
	}
	members := make(map[string]cty.Value, n)
	for it := plain.ElementIterator(); it.Next(); {
		k, ev := it.Element()
		ev, err := convert.Convert(ev, ety)
		if err != nil {
			return v
		}
		members[k.AsString()] = ev
	}
	if cty.CanMapVal(members) {
		return cty.MapVal(members).WithMarks(marks)
	}
	return v
}

// commonType returns the common type of the elements of a tuple or an object. It is
// cty.NilType if there is none, or if they have too many types.
func commonType(v cty.Value) cty.Type {
	var types []cty.Type
next:
	for ev := range Elements(v) {
		for _, ty := range types {
			if ev.Type().Equals(ty) {
				continue next
			}
		}
		if types = append(types, ev.Type()); len(types) > maxTypes {
			return cty.NilType
		}
	}
	ty, _ := convert.UnifyUnsafe(types)
	if ty == cty.DynamicPseudoType {
		return cty.NilType
	}
	return ty
}
