package state

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
)

// The journal's format, version 1. Every line is the CRC-32C of a JSON object and
// its length in bytes, as eight hexadecimal digits each with a space behind it,
// and the object. The first is the header:
//
//	{"format":"tmsync-journal","version":1,"lineage":"…","base_serial":6,
//	 "tool":"…","endpoint":"…","account":"…","salt":"…","key_id":"…"}
//
// base_serial is the serial of the state that the journal continues. An entry is
// an intent or the settlement of one (0: of none):
//
//	{"intent":1,"begun":"2026-11-01T10:00:00Z","op":"create","items":[
//	  {"address":"…","carrier":"…","number":"…","to":"…","attrs":{…},"record":{…}}]}
//	{"settle":1,"effects":[{"address":"…","record":{…}}],"open":[0,3]}
//
// An effect without a record drops the address. open lists the items that are
// still in doubt, by their places among those that were.
const journalFormat = "tmsync-journal"

var (
	journalV1 = []string{"format", "version", "lineage", "base_serial", "tool", "endpoint", "account", "salt", "key_id"}
	entryV1   = []string{"intent", "begun", "op", "items", "settle", "effects", "open"}
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
	open    []int
}

// appendLine adds a line around a JSON object that write writes.
func appendLine(dst []byte, write func([]byte) []byte) []byte {
	start := len(dst)
	dst = append(dst, "00000000 00000000 "...)
	dst = write(dst)
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

// unline takes a line apart. The object is nil when it is not intact; rest is what
// stands behind it, which is a line feed and no more where the line is whole.
func unline(line []byte) (object, rest []byte) {
	if len(line) < frameLen || line[8] != ' ' || line[frameLen-1] != ' ' {
		return nil, nil
	}
	crc, err1 := strconv.ParseUint(string(line[:8]), 16, 32)
	n, err2 := strconv.ParseUint(string(line[9:frameLen-1]), 16, 32)
	if err1 != nil || err2 != nil || n > uint64(len(line)-frameLen) {
		return nil, nil
	}
	object, rest = line[frameLen:frameLen+n], line[frameLen+n:]
	if crc32.Checksum(object, castagnoli) != uint32(crc) {
		return nil, nil
	}
	return object, rest
}

func appendJournalHeader(dst []byte, h *journalHeader) []byte {
	return appendLine(dst, func(dst []byte) []byte {
		dst = append(dst, `{"format":"`+journalFormat+`","version":`...)
		dst = strconv.AppendInt(dst, formatVersion, 10)
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

func appendIntent(dst []byte, in *Intent) []byte {
	return appendLine(dst, func(dst []byte) []byte {
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

func appendSettle(dst []byte, seq uint64, effects []Effect, open []int) []byte {
	return appendLine(dst, func(dst []byte) []byte {
		dst = strconv.AppendUint(append(dst, `{"settle":`...), seq, 10)
		for i, e := range effects {
			sep := ","
			if i == 0 {
				sep = `,"effects":[`
			}
			dst = appendField(append(dst, sep...), `{"address":`, string(e.Addr))
			if e.Record != nil {
				dst = appendRecord(append(dst, `,"record":`...), e.Record)
			}
			dst = append(dst, '}')
		}
		if len(effects) > 0 {
			dst = append(dst, ']')
		}
		for i, place := range open {
			sep := ","
			if i == 0 {
				sep = `,"open":[`
			}
			dst = strconv.AppendInt(append(dst, sep...), int64(place), 10)
		}
		if len(open) > 0 {
			dst = append(dst, ']')
		}
		return append(dst, '}')
	})
}

// journalReader reads a journal line by line.
type journalReader struct {
	recordReader
	lines *lineReader
	start int64 // where the last line starts
	good  int64 // where the last whole line ends
}

func newJournalReader(r io.Reader) *journalReader {
	return &journalReader{lines: newLineReader(r, maxEntry)}
}

// next reads the next whole line into the parser. A line that is not whole is
// the end: the run died while it was writing. But where an intact object comes
// after the fault, that is no torn end, and the file is damaged.
func (j *journalReader) next() error {
	j.start = j.lines.offset
	line, err := j.lines.next()
	if err != nil {
		return j.failed(err)
	}
	object, rest := unline(line)
	if object != nil && string(rest) == "\n" {
		j.good = j.lines.offset
		return j.reset(object)
	}
	for last := len(rest) <= 1; last; {
		if line, err = j.lines.next(); err != nil {
			return j.failed(err)
		}
		object, _ = unline(line)
		last = object == nil
	}
	return errors.New("the line is damaged: its checksum does not fit, and it is not the last one")
}

// failed tells a failure of the disk from what is wrong with the file.
func (j *journalReader) failed(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.Is(err, errLongLine):
		return fmt.Errorf("the line is longer than %d bytes", maxEntry)
	}
	return readError{err}
}

func (j *journalReader) header() (h journalHeader, err error) {
	if err := j.next(); errors.Is(err, io.EOF) {
		return h, errors.New("the first line is empty or damaged")
	} else if err != nil {
		return h, err
	}
	texts := []*string{2: &h.lineage, 4: &h.tool, 5: &h.endpoint, 6: &h.account, 7: &h.salt, 8: &h.keyID}
	named := false
	err = j.object(journalV1, 1<<len(journalV1)-1, func(field int) (err error) {
		switch field {
		case 0:
			named = true
			return j.constant(journalFormat)
		case 1:
			return j.version(named)
		case 3:
			h.base, err = j.number()
		default:
			*texts[field], err = j.text()
		}
		return err
	})
	if err != nil {
		return h, err
	}
	if h.lineage == "" || h.salt == "" {
		return h, errors.New("the lineage or the salt is missing")
	}
	return h, j.end()
}

// entry reads the next entry; io.EOF is the end.
func (j *journalReader) entry() (*entry, error) {
	if err := j.next(); err != nil {
		return nil, err
	}
	var e entry
	required := uint32(settleFields)
	if len(j.b) > 9 && string(j.b[:9]) == `{"intent"` {
		required = entryFields
		e.intent = &Intent{}
	}
	err := j.object(entryV1, required, func(field int) (err error) {
		if (e.intent == nil) != (1<<field&entryFields == 0) {
			return fmt.Errorf("the field %q does not belong here", entryV1[field])
		}
		switch field {
		case 4:
			e.settle, err = j.number()
		case 5:
			err = j.array(func() error { return j.effect(&e) })
		case 6:
			err = j.array(func() error {
				n, err := j.number()
				e.open = append(e.open, int(min(n, maxEntry)))
				return err
			})
		default:
			err = j.intentField(field, e.intent)
		}
		return err
	})
	if err == nil {
		err = j.end()
	}
	if err == nil && e.intent != nil {
		err = e.intent.check()
	} else if err == nil {
		err = checkEffects(e.effects)
	}
	return &e, err
}

func (j *journalReader) intentField(field int, in *Intent) (err error) {
	switch field {
	case 0:
		in.Seq, err = j.number()
	case 1:
		var b []byte
		if b, err = j.raw(); err == nil {
			in.Begun, err = time.Parse(time.RFC3339Nano, string(b))
		}
		if err != nil {
			err = errors.New("the time is not one")
		}
	case 2:
		var op string
		op, err = j.word()
		in.Op = tracking.Op(op)
	case 3:
		err = j.array(func() error { return j.item(in) })
	}
	return err
}

func (j *journalReader) item(in *Intent) error {
	var it IntentItem
	err := j.object(itemV1, 1<<0|1<<1|1<<2|1<<4, func(field int) (err error) {
		switch field {
		case 0:
			it.Addr, err = j.addr()
		case 1:
			it.Key.Carrier, err = j.word()
		case 2:
			it.Key.Number, err = j.text()
		case 3:
			it.Carrier, err = j.word()
		case 4:
			it.Attrs, err = j.attrs()
		case 5:
			it.Record, err = j.pointer()
		}
		return err
	})
	in.Items = append(in.Items, it)
	return err
}

func (j *journalReader) effect(e *entry) error {
	var eff Effect
	err := j.object(effectV1, 1<<0, func(field int) (err error) {
		if field == 0 {
			eff.Addr, err = j.addr()
		} else {
			eff.Record, err = j.pointer()
		}
		return err
	})
	e.effects = append(e.effects, eff)
	return err
}

func (j *journalReader) addr() (tracking.Addr, error) {
	s, err := j.text()
	return tracking.Addr(s), err
}

func (j *journalReader) pointer() (*Record, error) {
	r, err := j.record()
	if err != nil {
		return nil, err
	}
	return &r, nil
}
