package config

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
	tupleBytes   = 100
	elementBytes = 50
	objectBytes  = 700
	memberBytes  = 150 // of what is beyond eight members
	stringBytes  = 40
	numberBytes  = 120
)

// keep checks a value that a variable, a local value or an output is to hold, and
// counts its memory as taken from now on. What cannot be held is unknown, and
// problem says in a sentence why.
func (l *loader) keep(v cty.Value) (held cty.Value, problem string) {
	values := 0
	bytes, problem := weigh(v, &values)
	if problem == "" && l.held+bytes > maxHeld {
		problem = fmt.Sprintf("The values of variables, local values and outputs may take about %s of memory together. Large data belongs into a CSV file, which a trackings block reads without such a bound.", text.Size(maxHeld))
	}
	if problem != "" {
		return cty.DynamicVal, problem
	}
	l.held += bytes
	return v, ""
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
		if n > maxString {
			problem = fmt.Sprintf("It has a string of %d bytes; at most %d are allowed.", n, maxString)
		}
		return stringBytes + n, problem
	case ty == cty.Number:
		return numberBytes, numberProblem(v.AsBigFloat())
	case ty.IsObjectType() || isCollection(ty):
		bytes = shell(ty, v.LengthInt())
		for ev := range elements(v) {
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
		return objectBytes + memberBytes*max(0, n-8)
	case ty.IsMapType(), ty.IsSetType():
		return tupleBytes + memberBytes*n
	}
	return tupleBytes + elementBytes*n
}

// elements returns the elements of a value, in any order: cty sorts an object
// each time that it is gone through.
func elements(v cty.Value) iter.Seq[cty.Value] {
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

func isCollection(ty cty.Type) bool { return ty.IsCollectionType() || ty.IsTupleType() }

// length counts the elements of a value; 0 if it has none.
func length(v cty.Value) int {
	v, _ = v.Unmark()
	if v.IsNull() || !v.IsKnown() || !v.CanIterateElements() {
		return 0
	}
	return v.LengthInt()
}

// unify returns a list for a large tuple and a map for a large object, if their
// elements have a common type; else the value as it is. Package convert takes time
// that grows with the square of their number.
func unify(v cty.Value) cty.Value {
	n := length(v)
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

// commonType returns the type that all elements of a tuple or an object can be
// brought to, provided that they are not of too many; else cty.NilType.
func commonType(v cty.Value) cty.Type {
	var types []cty.Type
next:
	for ev := range elements(v) {
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
