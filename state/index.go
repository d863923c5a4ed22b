package state

import (
	"hash/maphash"
	"math/bits"

	"github.com/tmsync/tmsync/internal/tracking"
)

// keyIndex finds records by their keys. It is a table of hashes and places with open
// addressing, at most half full: 16 to 32 bytes a record, where a map takes 80 to 160
// and twice the time.
type keyIndex struct {
	seed  maphash.Seed
	table []uint64 // half a hash, and behind it the place of the record, from 1; 0 is free
}

// indexKeys returns the index of some records. Of two with one key, which are reported,
// it has the later one.
func indexKeys(records []Record) (x *keyIndex, first, second int, shared bool) {
	x = &keyIndex{maphash.MakeSeed(), make([]uint64, 2<<bits.Len(uint(len(records))))}
	for i := range records {
		at, half := x.slot(records, records[i].Key)
		if earlier := x.table[at]; earlier != 0 && !shared {
			first, second, shared = placeIn(earlier), i, true
		}
		x.table[at] = half | uint64(i+1)
	}
	return x, first, second, shared
}

func (x *keyIndex) find(records []Record, key tracking.Key) (i int, found bool) {
	at, _ := x.slot(records, key)
	return placeIn(x.table[at]), x.table[at] != 0
}

// slot returns where in the table a key belongs, and its half of a hash.
func (x *keyIndex) slot(records []Record, key tracking.Key) (at, half uint64) {
	const halves = 32
	mask := uint64(len(x.table) - 1)
	sum := maphash.Comparable(x.seed, key)
	half = sum >> halves << halves
	at = sum & mask
	for e := x.table[at]; e != 0 && (e>>halves<<halves != half || records[placeIn(e)].Key != key); e = x.table[at] {
		at = (at + 1) & mask
	}
	return at, half
}

// placeIn is the place of the record that an entry of the table has.
func placeIn(entry uint64) int { return int(uint32(entry)) - 1 }
