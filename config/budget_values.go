package config

import (
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// look counts a value that is going to be walked through: each value in it
// takes so many steps, and each text its length.
func (b *budget) look(v cty.Value, rate int, at place) {
	b.spend(rate, at)
	v, _ = v.Unmark()
	if v.IsNull() || !v.IsKnown() {
		return
	}
	switch ty := v.Type(); {
	case ty == cty.String:
		s := v.AsString()
		b.spend(len(s)/bytesPerStep, at)
		if longNumber(s) {
			b.refuse(at, "Number out of range", fmt.Sprintf("A text of more than %d digits cannot be used here, where it may have to be read as a number.", maxDigits))
		}
	case ty.IsObjectType() || isCollection(ty):
		b.spend(sorting(ty, v.LengthInt()), at)
		for ev := range elements(v) {
			b.look(ev, rate, at)
		}
	}
}

// elements goes through the elements of a value, in any order: to go through
// an object in the order of cty takes long.
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

// sorting counts what going through a map or a set takes: cty sorts them each
// time, sets slowly.
func sorting(ty cty.Type, n int) int {
	switch {
	case ty.IsMapType():
		return 2 * n * bits.Len(uint(n))
	case ty.IsSetType():
		return 8 * n * bits.Len(uint(n))
	}
	return 0
}

func isCollection(ty cty.Type) bool { return ty.IsCollectionType() || ty.IsTupleType() }

// longNumber says whether a text could be a number that takes ages to read:
// reading digits takes time that grows with the square of their number.
func longNumber(s string) bool {
	return len(s) > maxDigits && strings.Trim(s, "+-.0123456789eE_") == ""
}

// length counts the elements of a value; 0 if it has none.
func length(v cty.Value) int {
	v, _ = v.Unmark()
	if v.IsNull() || !v.IsKnown() || !v.CanIterateElements() {
		return 0
	}
	return v.LengthInt()
}

// square is what work takes that grows with the square of a number: that of
// package convert does, when it looks for the common type of many values.
func square(n int) int { return n * n / 10 }

// made counts what a function gives back, and says in a sentence what is wrong
// with it. deep is for what is not made of parts of the arguments.
func (b *budget) made(v cty.Value, deep bool, at place) (problem string) {
	v, _ = v.Unmark()
	if v.IsNull() || !v.IsKnown() {
		return ""
	}
	switch ty := v.Type(); {
	case ty == cty.String:
		n := len(v.AsString())
		b.spend(n/bytesPerStep, at)
		b.take(stringBytes+n, at)
		if n > maxString {
			return fmt.Sprintf("It has a string of %d bytes; at most %d are allowed.", n, maxString)
		}
	case ty == cty.Number:
		b.take(numberBytes, at)
		return numberProblem(v.AsBigFloat())
	case ty.IsObjectType() || isCollection(ty):
		n := v.LengthInt()
		b.spend(1+n, at)
		b.take(shell(ty, n), at)
		if !deep {
			return ""
		}
		for ev := range elements(v) {
			if problem := b.made(ev, true, at); problem != "" {
				return problem
			}
		}
	}
	return ""
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

// keep checks a value that a variable or a local value is to hold, and counts
// its memory as taken from now on. What cannot be held is unknown, and problem
// says in a sentence why.
func (l *loader) keep(v cty.Value, at place) (held cty.Value, problem string) {
	values, bytes := 0, 0
	if !l.budget.within(func() { bytes, problem = l.budget.weigh(v, &values, at) }) {
		return cty.DynamicVal, ""
	}
	if problem != "" {
		return cty.DynamicVal, problem
	}
	l.budget.keep(bytes)
	return v, ""
}

// weigh walks through a value: how much memory it takes, and whether it can be
// held at all.
func (b *budget) weigh(v cty.Value, values *int, at place) (bytes int, problem string) {
	b.spend(stepsPerHeld, at)
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
		b.spend(sorting(ty, v.LengthInt()), at)
		for ev := range elements(v) {
			n, problem := b.weigh(ev, values, at)
			if problem != "" {
				return 0, problem
			}
			bytes += n
		}
	}
	return bytes, ""
}

// settle makes a list of a large tuple, and a map of a large object, before
// package convert does: with many elements that takes it too long. What it
// cannot make one of is left as it is, and paid for.
func (b *budget) settle(v cty.Value, at place) cty.Value {
	n := length(v)
	if ty := v.Type(); n <= maxUnsettled || !ty.IsTupleType() && !ty.IsObjectType() {
		return v
	}
	plain, marks := v.Unmark()
	ety := commonType(plain)
	if ety == cty.NilType {
		b.spend(square(n), at)
		return v
	}
	b.take(n*memberBytes, at)
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

// hash counts what it takes to make a set of the elements of a value. They are
// found by a checksum, and texts are easily made that all have the same one.
func (b *budget) hash(v cty.Value, at place) {
	if length(v) <= maxUnsettled || !v.IsWhollyKnown() {
		return
	}
	v, _ = v.UnmarkDeep()
	buckets := map[int][]cty.Value{}
	for ev := range elements(v) {
		h := ev.Hash()
		if !slices.ContainsFunc(buckets[h], func(other cty.Value) bool {
			b.spend(10, at)
			return ev.RawEquals(other)
		}) {
			buckets[h] = append(buckets[h], ev)
		}
	}
}

// commonType finds the type that all elements of a tuple or an object can be
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

// converting counts what package convert takes to bring a value to a type.
func (b *budget) converting(v cty.Value, at place) {
	v, _ = v.Unmark()
	if n := length(v); n > 0 {
		b.spend(square(n)+n*stepsPerConverted, at)
		for ev := range elements(v) {
			b.converting(ev, at)
		}
	} else if v.Type() == cty.String {
		b.look(v, 1, at)
	}
}
