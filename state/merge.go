package state

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"slices"

	"github.com/tmsync/tmsync/internal/tracking"
)

// misfit is the fault of a file whose good lines do not match its header.
type misfit struct {
	error
	ended bool // the file was read to its end; else its last line was not taken
}

var errMerged = errors.New("its lines come from two versions: a merge, in git or by hand, has mixed what two runs wrote, and the header fits neither")

// mergedHelp is what to do about a merge. Both ways lose nothing: what is at the
// service and not in the state is adopted where it is declared.
const mergedHelp = "take one side whole (git checkout --ours or --theirs, then the file's name) and plan: what the other side created is adopted where it is declared; " +
	"or put a whole file in its place with tmsync state push --force FILE"

// judge distinguishes a merge of two states from other files that misfit their
// header. outputs and records are those before the line that did not fit.
func (d *decoder) judge(err error, h *headerV1, outputs []Output, records []Record) error {
	var odd misfit
	if !errors.As(err, &odd) {
		return err
	}
	line, last := d.line, slices.Clone(d.last)
	if d.merged(h, outputs, records, odd.ended) {
		d.line, d.last = 1, nil
		return errMerged
	}
	d.line, d.last = line, last
	return err
}

// merged reads the file to its end and reports whether it mixes two states. Each of
// these shows it, once every line is good by itself and the checksum does not fit:
//
//   - another header
//   - one tracking under one address twice: no two lines of a state are alike in
//     both, so that no damage to one makes it so
//   - more lines than announced, and not because the number alone is wrong
//
// Anything else may be damage as well, and is told as that.
func (d *decoder) merged(h *headerV1, outputs []Output, records []Record, ended bool) bool {
	// Two sides of a merge are of about one size. That bounds what is read.
	const some = 1024
	most := 2*min(h.count+h.outputs, maxNumber) + some
	headers := 0
	d.fields = recordV3 // the two may be of different versions
	for !ended {
		d.i = 0
		switch {
		case isHeader(d.last):
			var other headerV1
			if d.header(&other) != nil || d.end() != nil || other.checksum == h.checksum {
				return false
			}
			headers++
		case isOutput(d.last):
			o, err := d.output()
			if err != nil || d.end() != nil {
				return false
			}
			outputs = append(outputs, o)
		default:
			r, err := d.record()
			if err != nil || d.end() != nil {
				return false
			}
			records = append(records, r)
		}
		if uint64(len(outputs)+len(records)+headers) > most {
			return false
		}
		err := d.next()
		if ended = errors.Is(err, io.EOF); err != nil && !ended {
			return false
		}
		if !ended {
			d.sum.Write(d.last)
		}
	}
	if checksum(d.sum) == h.checksum {
		return false
	}
	more := uint64(len(records)) > h.count || uint64(len(outputs)) > h.outputs
	return headers > 0 || doubled(records) || more && !d.miscounted(h, outputs, records)
}

// isHeader reports whether a line begins as a header does, and no record.
func isHeader(line []byte) bool { return bytes.HasPrefix(line, []byte(`{"format"`)) }

// doubled reports whether one tracking stands under one address twice.
func doubled(records []Record) bool {
	type line struct {
		addr tracking.Addr
		key  tracking.Key
	}
	seen := make(map[line]bool, len(records))
	for i := range records {
		l := line{records[i].Addr, records[i].Key}
		if seen[l] {
			return true
		}
		seen[l] = true
	}
	return false
}

// miscounted reports whether the header fits the lines but for their number.
// Where values were dropped as they were read that cannot be told, and counts as
// so.
func (d *decoder) miscounted(h *headerV1, outputs []Output, records []Record) bool {
	if d.dropSensitive {
		return true
	}
	right := *h
	right.outputs, right.count = uint64(len(outputs)), uint64(len(records))
	sum := sha256.New()
	sum.Write(appendHeader(nil, &right))
	_, err := (&State{Outputs: outputs, Records: records}).writeLines(sum)
	return err == nil && checksum(sum) == h.checksum
}
