package state

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// Read reads a state file. The key is TMSYNC_STATE_KEY, empty when that is not
// set; where the file's fingerprints were made with another one, they are
// dropped and KeyChanged is set. Whatever is wrong with the file is a
// *FormatError: nothing is mended, skipped or guessed.
func Read(r io.Reader, key []byte) (*State, error) {
	return read(r, func(h *headerV1) *State {
		return &State{KeyID: KeyID(key), KeyChanged: h.keyID != KeyID(key), key: slices.Clone(key)}
	})
}

// ReadAsIs is Read for a state that is handed on as it is: its fingerprints stay,
// whichever key made them, and so does its KeyID. Nothing can be fingerprinted
// with it.
func ReadAsIs(r io.Reader) (*State, error) {
	return read(r, func(h *headerV1) *State { return &State{KeyID: h.keyID} })
}

// read reads a state file; keyed begins the state as its header's key is to be
// taken.
func read(r io.Reader, keyed func(*headerV1) *State) (*State, error) {
	d := newDecoder(r)
	if known, ok := r.(sized); ok {
		d.size = uint64(known.Size())
	}
	s, err := d.state(keyed)
	if err != nil {
		return nil, d.explain(err)
	}
	return s, nil
}

func newDecoder(r io.Reader) *decoder {
	return &decoder{lines: newLineReader(io.LimitReader(r, maxFile+1), MaxLine), sum: sha256.New()}
}

// sized is a reader that knows how many bytes there are.
type sized interface{ Size() int64 }

// ReadLineage returns the lineage of a state file, "" if it is unreadable.
func ReadLineage(r io.Reader) string {
	d := newDecoder(r)
	var h headerV1
	if d.next() != nil || d.header(&h) != nil {
		return ""
	}
	return h.lineage
}

type decoder struct {
	recordReader
	lines *lineReader
	size  uint64 // of the file, in bytes; 0 is unknown
	line  int    // of the file, from 1
	last  []byte // that line
	sum   hash.Hash
}

// readError is a failure of the disk, not of the file's content.
type readError struct{ error }

func (d *decoder) state(keyed func(*headerV1) *State) (*State, error) {
	var h headerV1
	if err := d.next(); errors.Is(err, io.EOF) {
		d.line = 1
		return nil, errors.New("the file is empty, which tmsync never leaves it")
	} else if err != nil {
		return nil, err
	}
	if err := d.header(&h); err != nil {
		return nil, err
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	d.fields = recordFields(h.version)
	d.sum.Write(d.last[:bytes.LastIndex(d.last, []byte(checksumField))])
	if h.lineage == "" || h.salt == "" || h.serial == 0 {
		return nil, errors.New("the lineage, the salt or the serial is missing")
	}
	s := keyed(&h)
	s.seal = d.seal(&h)
	s.Lineage, s.Serial, s.Tool, s.Endpoint, s.Account, s.Salt = h.lineage, h.serial, h.tool, h.endpoint, h.account, h.salt
	if s.KeyChanged {
		s.Account, d.dropSensitive = "", true
	}
	outputs, records, err := d.content(&h)
	if err != nil {
		return nil, d.judge(err, &h, outputs, records)
	}
	keys, i, j, shared := indexKeys(records)
	if shared {
		first := 2 + len(outputs)
		d.line = first + j
		return nil, fmt.Errorf("the tracking %s stands in line %d already", records[j].Key, first+i)
	}
	s.Outputs, s.Records, s.keys = outputs, records, keys
	return s, nil
}

// seal removes the header's seal, the last line, before the next is read.
func (d *decoder) seal(h *headerV1) seal {
	if h.mac == "" {
		return seal{checksum: h.checksum}
	}
	return seal{bytes.Clone(d.last[:bytes.LastIndex(d.last, []byte(macField))]), h.checksum, h.mac}
}

func checksum(h hash.Hash) string { return "sha256:" + hex.EncodeToString(h.Sum(nil)) }

// content reads the lines after the header, which must be as it announces them.
// With a misfit it returns what it has read.
func (d *decoder) content(h *headerV1) (outputs []Output, records []Record, err error) {
	var last tracking.Addr
	for {
		err := d.next()
		if errors.Is(err, io.EOF) {
			return outputs, records, d.fits(h, uint64(len(outputs)), uint64(len(records)))
		}
		if err != nil {
			return nil, nil, err
		}
		d.sum.Write(d.last)
		if isOutput(d.last) {
			if outputs, err = d.nextOutput(h, outputs, len(records)); err != nil {
				return outputs, records, err
			}
			continue
		}
		if uint64(len(records)) == h.count {
			return outputs, records, misfit{fmt.Errorf("there are more lines than the %d trackings that line 1 announces", h.count), false}
		}
		r, err := d.record()
		if err == nil {
			err = d.end()
		}
		if err != nil && isHeader(d.last) {
			return outputs, records, misfit{err, false}
		}
		if err != nil {
			return nil, nil, err
		}
		switch c := strings.Compare(string(r.Addr), string(last)); {
		case c == 0:
			return outputs, records, misfit{fmt.Errorf("the address %s stands twice", excerpt([]byte(r.Addr))), false}
		case c < 0:
			return outputs, records, misfit{errors.New("the lines are not sorted by address"), false}
		}
		last = r.Addr
		records = append(d.grown(records, h.count), r)
	}
}

// fits checks a file that was read to its end against its header.
func (d *decoder) fits(h *headerV1, outputs, n uint64) error {
	if outputs != h.outputs {
		return misfit{fmt.Errorf("the file has %d of %d outputs", outputs, h.outputs), true}
	}
	if n != h.count {
		return misfit{fmt.Errorf("the file ends after %d of %d trackings: it was cut short", n, h.count), true}
	}
	if checksum(d.sum) != h.checksum {
		d.line = 1
		return misfit{errors.New("the checksum does not fit the file: it was changed by hand, or is damaged"), true}
	}
	return nil
}

// grown returns records with room for one more: all that the header announces where
// the file is large enough for them, else twice as much each time. It is never done
// on the header's word alone.
func (d *decoder) grown(records []Record, count uint64) []Record {
	const some, shortest = 1024, len(`{"address":"a","carrier":"c","number":"n","applied":{}}`)
	n := uint64(len(records))
	switch {
	case len(records) < cap(records):
		return records
	case n >= some && d.size/uint64(shortest) >= count:
		return slices.Grow(records, int(count-n))
	}
	return slices.Grow(records, int(min(max(n, some), count-n)))
}

// next reads a line into the parser, without its line feed.
func (d *decoder) next() error {
	line, err := d.lines.next()
	if errors.Is(err, io.EOF) {
		return err
	}
	d.line++
	d.last = nil
	if errors.Is(err, errLongLine) {
		return fmt.Errorf("the line is longer than %d bytes", MaxLine)
	}
	if err != nil {
		return readError{err}
	}
	d.last = line
	if d.lines.offset > maxFile {
		return fmt.Errorf("the file is larger than %d bytes", int64(maxFile))
	}
	if line[len(line)-1] != '\n' {
		return errors.New("the line has no end: the file was cut short")
	}
	return d.reset(line[:len(line)-1])
}

// restoreHelp is what to do about most damage. Who knows the file's name says it
// more closely.
const restoreHelp = "restore the last good version: the backup beside it, or the one in version control"

// explain turns what went wrong with the last line into what the user can do.
func (d *decoder) explain(err error) error {
	var disk readError
	if errors.As(err, &disk) {
		return fmt.Errorf("reading the state: %w", disk.error)
	}
	e := &FormatError{Line: d.line, Problem: text.Inert(text.Shorten(err.Error(), maxProblem)), Help: restoreHelp}
	var odd misfit
	switch {
	case errors.Is(err, ErrNewer):
		e.Help = "use that version, or a later one"
	case errors.Is(err, errMerged):
		e.Help = mergedHelp
	case errors.As(err, &odd):
		e.Help = restoreHelp + ". If two versions were merged, " + mergedHelp
	}
	if problem, help := oddLine(d.last); problem != "" {
		e.Problem = problem
		if help != "" {
			e.Help = help
		}
	}
	return e
}
