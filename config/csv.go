package config

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/tmsync/tmsync/internal/tracking"
)

// csvReader reads CSV as RFC 4180 has it, and as package encoding/csv does,
// which it replaces because here fields and rows are bounded, and because it
// knows at which byte each row starts.
type csvReader struct {
	in   *bufio.Reader
	line uint32 // of what comes next, from 1
	off  int    // of what comes next, from 0

	raw   []byte // the current line
	begin int    // the byte it begins at
	text  []byte // the fields of the current row, one after the other
	ends  []int  // where each of them ends in text
	start tracking.RowPos
}

func newCSVReader(r io.Reader) *csvReader {
	c := &csvReader{in: bufio.NewReaderSize(r, 64<<10), line: 1}
	if bom, _ := c.in.Peek(3); string(bom) == "\xef\xbb\xbf" {
		c.off, _ = c.in.Discard(3)
	}
	return c
}

// csvError is a mistake in a CSV file.
type csvError struct {
	pos tracking.RowPos
	problem
}

func (e *csvError) Error() string { return e.detail }

func (c *csvReader) fail(pos tracking.RowPos, summary, format string, args ...any) error {
	return &csvError{pos, problem{summary, fmt.Sprintf(format, args...)}}
}

func (c *csvReader) here() tracking.RowPos { return tracking.RowPos{Line: c.line, Byte: uint32(c.off)} }

// fields counts the fields of the current row.
func (c *csvReader) fields() int { return len(c.ends) }

// field gives a field of the current row, valid until the next read.
func (c *csvReader) field(i int) []byte {
	start := 0
	if i > 0 {
		start = c.ends[i-1]
	}
	return c.text[start:c.ends[i]]
}

// read goes to the next row, passing over empty lines. At the end it gives
// io.EOF. After a csvError nothing more can be read.
func (c *csvReader) read() error {
	for {
		c.start = c.here()
		line, err := c.readLine()
		if err != nil {
			return err
		}
		if len(line) > 0 {
			return c.split(line)
		}
	}
}

// readLine reads a line and takes its end off.
func (c *csvReader) readLine() ([]byte, error) {
	pos := c.here()
	c.raw = c.raw[:0]
	for {
		part, err := c.in.ReadSlice('\n')
		c.raw = append(c.raw, part...)
		if len(c.raw) > maxCSVRow {
			return nil, c.fail(pos, "CSV row too long", "A row of a CSV file may have %s; this one has more. A quote that is not closed can be the reason.", sizeText(maxCSVRow))
		}
		if err == nil || errors.Is(err, io.EOF) && len(c.raw) > 0 {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
	}
	if i := invalidUTF8(c.raw); i >= 0 {
		return nil, c.fail(pos, "CSV file is not UTF-8", "Byte %d of the file is not part of a character. Save the file as UTF-8.", c.off+i)
	}
	if i := bytes.IndexByte(c.raw, 0); i >= 0 {
		return nil, c.fail(pos, "CSV file is not text", "Byte %d of the file is zero. Save the file as CSV, in UTF-8.", c.off+i)
	}
	c.line++
	c.begin = c.off
	c.off += len(c.raw)
	line := bytes.TrimSuffix(c.raw, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), nil
}

// split divides a row into fields. A quoted field may take more lines.
func (c *csvReader) split(line []byte) error {
	c.text, c.ends = c.text[:0], c.ends[:0]
	for {
		var err error
		more := false
		if len(line) > 0 && line[0] == '"' {
			line, more, err = c.quoted(line)
		} else {
			line, more, err = c.plain(line)
		}
		if err != nil {
			return err
		}
		if len(c.ends) == maxCSVColumns {
			return c.fail(c.start, "Too many CSV columns", "A CSV file may have %d columns; this row has more.", maxCSVColumns)
		}
		if n := len(c.text) - len(c.lastEnd()); n > maxCSVField {
			return c.fail(c.start, "CSV field too long", "A field of a CSV file may have %s; column %d of this row has more.", sizeText(maxCSVField), len(c.ends)+1)
		}
		c.ends = append(c.ends, len(c.text))
		if !more {
			return nil
		}
	}
}

// lastEnd is the text of all fields before the one in progress.
func (c *csvReader) lastEnd() []byte {
	if len(c.ends) == 0 {
		return nil
	}
	return c.text[:c.ends[len(c.ends)-1]]
}

// plain takes a field without quotes; more says that another one follows.
func (c *csvReader) plain(line []byte) (rest []byte, more bool, err error) {
	part, rest, more := bytes.Cut(line, []byte(","))
	if bytes.IndexByte(part, '"') >= 0 {
		return nil, false, c.fail(c.start, "Invalid CSV quote", "Column %d of this row has a quote in the middle. A field with quotes in it must be quoted as a whole, and each quote in it doubled.", len(c.ends)+1)
	}
	c.text = append(c.text, part...)
	return rest, more, nil
}

// quoted takes a field in quotes.
func (c *csvReader) quoted(line []byte) (rest []byte, more bool, err error) {
	opened := tracking.RowPos{Line: c.line - 1, Byte: uint32(c.begin)}
	line = line[1:]
	for {
		part, after, closed := bytes.Cut(line, []byte(`"`))
		c.text = append(c.text, part...)
		switch {
		case len(c.text)-len(c.lastEnd()) > maxCSVField:
			return nil, false, c.fail(opened, "CSV field too long", "The quoted field in column %d has more than %s. Its closing quote may be missing.", len(c.ends)+1, sizeText(maxCSVField))
		case !closed:
			c.text = append(c.text, '\n')
			line, err = c.readLine()
			if errors.Is(err, io.EOF) {
				err = c.fail(opened, "Unclosed CSV quote", "The quote that opens column %d is not closed before the end of the file.", len(c.ends)+1)
			}
			if err != nil {
				return nil, false, err
			}
		case len(after) == 0:
			return nil, false, nil
		case after[0] == ',':
			return after[1:], true, nil
		case after[0] == '"':
			c.text = append(c.text, '"')
			line = after[1:]
		default:
			return nil, false, c.fail(c.start, "Invalid CSV quote", "In column %d of this row, something follows the closing quote. A quote inside of a quoted field must be doubled.", len(c.ends)+1)
		}
	}
}
