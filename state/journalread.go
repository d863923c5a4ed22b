package state

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"time"

	"github.com/tmsync/tmsync/internal/tracking"
)

// journalReader reads a journal line by line.
type journalReader struct {
	recordReader
	lines *lineReader
	start int64    // where the last line starts
	whole bool     // it is intact: what is wrong with it was written so
	tool  string   // what has written the journal, once the header is read
	names []string // of the fields that an entry of its version has
	chain *chain   // of the MACs that its lines must have, nil for any

	signed bool // the last line has one
}

func newJournalReader(r io.Reader) *journalReader {
	return &journalReader{lines: newLineReader(r, maxEntry)}
}

// next reads the next whole line into the parser. A last line that was not
// written to its end is the end: it was never in force. Every other line that is
// not intact is damage, since what it announced may have been sent.
func (j *journalReader) next() error {
	j.start, j.whole = j.lines.offset, false
	line, err := j.lines.next()
	if err != nil {
		return j.failed(err)
	}
	object, rest := unline(line)
	if object != nil && string(rest) == "\n" {
		j.whole = true
		j.signed = len(object) > 0 && object[0] != '{'
		object, err := j.chain.open(object)
		if err != nil {
			return err
		}
		return j.reset(object)
	}
	if torn(line) && (len(rest) == 0 || rest[0] == 0) {
		if _, err := j.lines.next(); err != nil {
			return j.failed(err)
		}
	}
	return errors.New("the line is damaged: its checksum does not fit")
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

// torn reports whether a line looks as a crash or a power loss leaves it: its end is
// lacking, or blocks of it are zeros. A line has none otherwise, and a single one
// is no block.
func torn(line []byte) bool {
	return line[len(line)-1] != '\n' || line[0] == 0 || bytes.Contains(line, []byte{0, 0})
}

// failed distinguishes a failure of the disk from a fault of the file.
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
			var v uint64
			v, err = j.version(named, journalVersion)
			j.names, j.fields = entryV2, recordFields(max(v, 2)-1)
			if v == 1 {
				j.names = entryV1
			}
			return err
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
	j.tool = h.tool
	if h.lineage == "" || h.salt == "" {
		return h, errors.New("the lineage or the salt is missing")
	}
	return h, j.end()
}

// entry reads the next whole entry; io.EOF is the end. A settlement whose last
// line is not there never came into force.
func (j *journalReader) entry() (*entry, error) {
	var e entry
	more := true
	for first := true; more; first = false {
		if err := j.next(); err != nil {
			return nil, err
		}
		seq := e.settle
		var err error
		if more, err = j.entryLine(&e); err != nil {
			return nil, err
		}
		if !first && (e.intent != nil || e.settle != seq) {
			return nil, errors.New("the settlement before it has no end")
		}
	}
	if e.intent != nil {
		return &e, e.intent.check()
	}
	return &e, nil
}

// entryLine reads a line into an entry, and reports whether the entry goes on.
func (j *journalReader) entryLine(e *entry) (more bool, err error) {
	required := uint32(settleFields)
	if len(j.b) > 9 && string(j.b[:9]) == `{"intent"` {
		required = entryFields
		e.intent = &Intent{}
	}
	err = j.object(j.names, required, func(field int) (err error) {
		if (e.intent == nil) != (1<<field&entryFields == 0) {
			return fmt.Errorf("the field %q does not belong here", j.names[field])
		}
		switch field {
		case 4:
			e.settle, err = j.number()
		case 5:
			err = j.array(func() error { return j.effect(e) })
		case 6:
			e.open, err = j.places()
		case 7:
			if more = true; len(e.open) > 0 {
				return errors.New("only the last line of a settlement says what stays open")
			}
			err = j.yes()
		case 8:
			if more {
				return errors.New("only the last line of a settlement says what is done")
			}
			e.done, err = j.places()
		default:
			err = j.intentField(field, e.intent)
		}
		return err
	})
	if err != nil {
		return false, err
	}
	return more, j.end()
}

func (j *journalReader) places() (places []int, err error) {
	err = j.array(func() error {
		n, err := j.number()
		places = append(places, int(min(n, maxEntry)))
		return err
	})
	return places, err
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

// JournalHead is the state that a journal continues.
type JournalHead struct {
	Lineage string
	Base    uint64 // the serial of that state
	Ended   bool   // nothing comes after it
}

// ReadJournalHead reads the beginning of a journal. The error is ErrNewer where a
// later version has written it.
func ReadJournalHead(r io.Reader) (JournalHead, error) {
	j := newJournalReader(r)
	h, err := j.header()
	if err != nil {
		return JournalHead{}, err
	}
	return JournalHead{h.lineage, h.base, j.ended()}, nil
}

// ended reports whether a journal has nothing more to say. One of another lineage
// that never had anything to say is what a crash leaves while the state is being
// replaced.
func (j *journalReader) ended() bool {
	_, err := j.entry()
	return errors.Is(err, io.EOF)
}
