package state

import (
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
)

// The journal's format, version 3. Every line is the CRC-32C of a JSON object and
// its length in bytes, as eight hexadecimal digits each with a space behind it,
// and the object, before which there is its MAC and a space where the state has a
// key (mac.go). The first is the header:
//
//	{"format":"tmsync-journal","version":3,"lineage":"…","base_serial":6,
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
// Version 2 had no MACs, and records without kept, awaited and origin; version 1
// had no done either, and the record in every effect. A run that finds one starts
// its own journal in its place before it goes on, so that no file has both.
const (
	journalFormat  = "tmsync-journal"
	journalVersion = 3
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
}

// entry is a line after the first: an intent, or the settlement of one.
type entry struct {
	intent  *Intent
	settle  uint64
	effects []Effect
	open    []int // items that stay in doubt
	done    []int // items with the effect that the intent announced
}

// appendLine adds a line around a JSON object that write writes.
func appendLine(dst []byte, c *chain, write func([]byte) []byte) []byte {
	start := len(dst)
	dst = append(dst, "00000000 00000000 "...)
	if c == nil {
		dst = write(dst)
	} else {
		dst = append(append(dst, make([]byte, macBytes)...), ' ')
		dst = write(dst)
		copy(dst[start+frameLen:], c.next(dst[start+frameLen+macBytes+1:]))
	}
	object := dst[start+frameLen:]
	putHex(dst[start:], crc32.Checksum(object, castagnoli))
	putHex(dst[start+9:], uint32(len(object)))
	return append(dst, '\n')
}

func putHex(dst []byte, n uint32) {
	for i := range 8 {
		dst[i] = hexDigits[n>>(28-4*i)&15]
	}
}

// unline splits a line into its object and what follows it. The object is nil when
// it is not intact; rest is what stands behind it, which is a line feed and no more
// where the line is whole.
func unline(line []byte) (object, rest []byte) {
	if len(line) < frameLen || line[8] != ' ' || line[frameLen-1] != ' ' {
		return nil, nil
	}
	crc, ok1 := unhex(line)
	n, ok2 := unhex(line[9:])
	if !ok1 || !ok2 || int64(n) > int64(len(line)-frameLen) {
		return nil, nil
	}
	object, rest = line[frameLen:frameLen+n], line[frameLen+n:]
	if crc32.Checksum(object, castagnoli) != crc {
		return nil, nil
	}
	return object, rest
}

// unhex reads what putHex has written, and nothing else.
func unhex(b []byte) (n uint32, ok bool) {
	for _, c := range b[:8] {
		digit := strings.IndexByte(hexDigits, c)
		if digit < 0 {
			return 0, false
		}
		n = n<<4 | uint32(digit)
	}
	return n, true
}

func appendJournalHeader(dst []byte, c *chain, h *journalHeader) []byte {
	return appendLine(dst, c, func(dst []byte) []byte {
		dst = append(dst, `{"format":"`+journalFormat+`","version":`...)
		dst = strconv.AppendInt(dst, journalVersion, 10)
		dst = appendField(dst, `,"lineage":`, h.lineage)
		dst = append(dst, `,"base_serial":`...)
		dst = strconv.AppendUint(dst, h.base, 10)
		dst = appendField(dst, `,"tool":`, h.tool)
		dst = appendField(dst, `,"endpoint":`, h.endpoint)
		dst = appendField(dst, `,"account":`, h.account)
		dst = appendField(dst, `,"salt":`, h.salt)
		dst = appendField(dst, `,"key_id":`, h.keyID)
		return append(dst, '}')
	})
}

func appendIntent(dst []byte, c *chain, in *Intent) []byte {
	return appendLine(dst, c, func(dst []byte) []byte {
		dst = strconv.AppendUint(append(dst, `{"intent":`...), in.Seq, 10)
		dst = appendField(dst, `,"begun":`, in.Begun.UTC().Format(time.RFC3339Nano))
		dst = appendField(dst, `,"op":`, string(in.Op))
		sep := `,"items":[`
		for i := range in.Items {
			it := &in.Items[i]
			dst = appendField(append(dst, sep...), `{"address":`, string(it.Addr))
			dst = appendField(dst, `,"carrier":`, it.Key.Carrier)
			dst = appendField(dst, `,"number":`, it.Key.Number)
			if it.Carrier != "" {
				dst = appendField(dst, `,"to":`, it.Carrier)
			}
			dst = appendAttrs(append(dst, `,"attrs":`...), it.Attrs)
			if it.Record != nil {
				dst = appendRecord(append(dst, `,"record":`...), it.Record)
			}
			dst = append(dst, '}')
			sep = ","
		}
		return append(dst, "]}"...)
	})
}

// appendSettle appends one line of a settlement, and returns how many effects it
// has.
func appendSettle(dst []byte, c *chain, e *entry) ([]byte, int) {
	took := 0
	dst = appendLine(dst, c, func(dst []byte) []byte {
		start := len(dst)
		dst = strconv.AppendUint(append(dst, `{"settle":`...), e.settle, 10)
		sep := `,"effects":[`
		for took < len(e.effects) && len(dst)-start < settleLine {
			eff := &e.effects[took]
			dst = appendField(append(dst, sep...), `{"address":`, string(eff.Addr))
			if eff.Record != nil {
				dst = appendRecord(append(dst, `,"record":`...), eff.Record)
			}
			dst = append(dst, '}')
			sep = ","
			took++
		}
		if took > 0 {
			dst = append(dst, ']')
		}
		if took < len(e.effects) {
			return append(dst, `,"more":true}`...)
		}
		dst = appendPlaces(dst, `,"open":[`, e.open)
		dst = appendPlaces(dst, `,"done":[`, e.done)
		return append(dst, '}')
	})
	return dst, took
}

// appendPlaces writes a list of places, which is left out when it is empty.
func appendPlaces(dst []byte, name string, places []int) []byte {
	if len(places) == 0 {
		return dst
	}
	for _, place := range places {
		dst = append(strconv.AppendInt(append(dst, name...), int64(place), 10), ',')
		name = ""
	}
	dst[len(dst)-1] = ']'
	return dst
}
