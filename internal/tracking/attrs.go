package tracking

import (
	"iter"
	"math/bits"
	"slices"
)

// Attrs are the values of some attributes, each in canonical form. An attribute
// that is not in it is unmanaged (declared), unproven (applied) or not reported
// (remote); one that is in it with "" is known to be empty.
//
// The zero value is empty. Values are packed in table order, because a plan may
// hold three of these for each of a million trackings. Copies share their
// values: Clone before changing one of them.
type Attrs struct {
	set    AttrSet
	values []string // values[i] belongs to the i-th attribute of set
}

// AttrsOf builds Attrs from a map, which must hold canonical values.
func AttrsOf(m map[Attr]string) Attrs {
	var as Attrs
	as.Grow(len(m))
	for a := range numAttrs {
		if v, ok := m[a]; ok {
			as.Put(a, v)
		}
	}
	return as
}

// PackAttrs builds Attrs from values that are in table order already: values[i]
// belongs to the i-th attribute of set. It takes the slice over, and panics when
// the two do not have the same length.
func PackAttrs(set AttrSet, values []string) Attrs {
	if set.Len() != len(values) {
		panic("tracking: as many values as attributes are needed")
	}
	return Attrs{set, values}
}

// Set returns which attributes have a value.
func (as Attrs) Set() AttrSet { return as.set }

// Len counts them.
func (as Attrs) Len() int { return len(as.values) }

// Has reports whether the attribute has a value.
func (as Attrs) Has(a Attr) bool { return as.set.Has(a) }

// Get returns the value of an attribute, and whether it has one.
func (as Attrs) Get(a Attr) (string, bool) {
	if !as.set.Has(a) {
		return "", false
	}
	return as.values[as.rank(a)], true
}

// Value returns the value of an attribute, "" where it has none.
func (as Attrs) Value(a Attr) string {
	v, _ := as.Get(a)
	return v
}

// All ranges over attributes and values in table order.
func (as Attrs) All() iter.Seq2[Attr, string] {
	return func(yield func(Attr, string) bool) {
		i := 0
		for a := range as.set.All() {
			if !yield(a, as.values[i]) {
				return
			}
			i++
		}
	}
}

// Grow allocates for n more attributes. Who knows how many there will be saves the
// copies that Put makes, and the room that they leave over.
func (as *Attrs) Grow(n int) {
	if len(as.values)+n > cap(as.values) {
		as.values = append(make([]string, 0, len(as.values)+n), as.values...)
	}
}

// Put returns an attribute a value.
func (as *Attrs) Put(a Attr, value string) {
	i := as.rank(a)
	if as.set.Has(a) {
		as.values[i] = value
		return
	}
	as.values = slices.Insert(as.values, i, value)
	as.set = as.set.With(a)
}

// Drop removes an attribute.
func (as *Attrs) Drop(a Attr) {
	if as.set.Has(a) {
		i := as.rank(a)
		as.values = slices.Delete(as.values, i, i+1)
		as.set = as.set.Without(a)
	}
}

// Clear removes all attributes. Their room is kept for others.
func (as *Attrs) Clear() { as.set, as.values = 0, as.values[:0] }

// Clone returns a copy that shares nothing.
func (as Attrs) Clone() Attrs { return Attrs{as.set, slices.Clone(as.values)} }

// Only returns a copy with just the attributes of a set.
func (as Attrs) Only(keep AttrSet) Attrs {
	var out Attrs
	out.Grow((as.set & keep).Len())
	for a, v := range as.All() {
		if keep.Has(a) {
			out.Put(a, v)
		}
	}
	return out
}

// Equal compares attributes and values.
func (as Attrs) Equal(o Attrs) bool {
	return as.set == o.set && slices.Equal(as.values, o.values)
}

// rank is the place of an attribute's value, or where it would be inserted.
func (as Attrs) rank(a Attr) int {
	return bits.OnesCount32(uint32(as.set & (1<<a - 1)))
}
