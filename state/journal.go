package state

import (
	"hash/crc32"
	"slices"

	"github.com/tmsync/tmsync/internal/tracking"
)

// The journal's format, version 4. Every line is the CRC-32C of a JSON object and
// its length in bytes, as eight hexadecimal digits each with a space behind it,
// and the object, before which there is its MAC and a space where the state has a
// key (mac.go). The first is the header:
//
//	{"format":"tmsync-journal","version":4,"lineage":"…","base_serial":6,
//	 "tool":"…","endpoint":"…","account":"…","salt":"…","key_id":"…"}
//
// base_serial is the serial of the state that the journal continues. An entry is
// an intent or the settlement of one (0: of none):
//
//	{"intent":1,"begun":"2026-11-01T10:00:00Z","op":"create","items":[
//	  {"address":"…","carrier":"…","number":"…","to":"…","attrs":{…},"record":{…}}]}
//	{"settle":1,"effects":[{"address":"…","record":{…}}],"open":[0,3],"done":[1,2]}
//
// An effect without a record drops the address. open lists the items that are
// still in doubt, done those whose effect is what the intent announced: its
// record, or none. Both go by the places of the items among those that were in
// doubt. A settlement that is too long for one line takes several, each but the
// last with "more":true instead of open and done. They are in force together,
// once the last of them is there.
//
// Version 3 had records without an id, and is written as long as there is none.
// Version 2 had no MACs, and records without kept, awaited and origin; version 1
// had no done either, and the record in every effect. A run that finds an older one,
// or has to write a newer one, starts its own journal in its place before it goes
// on, so that no file has both.
const (
	journalFormat  = "tmsync-journal"
	journalVersion = 4
)

var (
	journalV1 = []string{"format", "version", "lineage", "base_serial", "tool", "endpoint", "account", "salt", "key_id"}
	entryV1   = []string{"intent", "begun", "op", "items", "settle", "effects", "open", "more"}
	entryV2   = append(slices.Clip(entryV1), "done")
	itemV1    = []string{"address", "carrier", "number", "to", "attrs", "record"}
	effectV1  = []string{"address", "record"}

	knownOps = []tracking.Op{
		tracking.OpChangeCarrier, tracking.OpCreate, tracking.OpUpdate,
		tracking.OpPut, tracking.OpStopUpdates, tracking.OpDelete,
	}

	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

const (
	frameLen     = 18      // what stands before the object
	maxEntry     = 1 << 26 // bytes in a line: 40 trackings at their largest
	settleLine   = 1 << 20 // bytes after which a settlement goes on in another line
	entryFields  = 1<<0 | 1<<1 | 1<<2 | 1<<3
	settleFields = 1 << 4
)

// journalHeader is the first line: whose journal it is. Before the first commit
// it is the only place that knows the lineage and the salt.
type journalHeader struct {
	lineage, tool, endpoint, account, salt, keyID string
	base                                          uint64
	version                                       int64 // to write
}

// entry is a line after the first: an intent, or the settlement of one.
type entry struct {
	intent  *Intent
	settle  uint64
	effects []Effect
	open    []int // items that stay in doubt
	done    []int // items with the effect that the intent announced
}
