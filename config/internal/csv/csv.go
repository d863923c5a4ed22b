// Package csv reads the rows of a CSV file with their places, as RFC 4180 has it and
// as package encoding/csv does. It replaces that package because here fields and rows
// are bounded, and each row knows at which byte it starts.
package csv

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/tmsync/tmsync/internal/text"
)

// The bounds of a file, in bytes and columns.
const (
	MaxRow     = 4 << 20
	MaxField   = 1 << 20
	MaxColumns = 1000
)

// Pos is the place of a row: its line, from 1, and its first byte, from 0.
type Pos struct{ Line, Byte uint32 }

// Reader reads rows, one after the other.
type Reader struct {
	in   *bufio.Reader
	line uint32 // of what comes next, from 1
	off  int    // of what comes next, from 0

	raw   []byte // the current line
	begin int    // the byte it begins at
	cells []byte // the fields of the current row, one after the other
	ends  []int  // where each of them ends in cells
	start Pos
}

// NewReader returns a reader of a file, from its byte order mark on.
func NewReader(r io.Reader) *Reader {
	c := &Reader{in: bufio.NewReaderSize(r, 64<<10), line: 1}
	if bom, _ := c.in.Peek(3); string(bom) == "\xef\xbb\xbf" {
		c.off, _ = c.in.Discard(3)
	}
	return c
}

// Error is a mistake in a CSV file.
type Error struct {
	Pos     Pos
	Summary string // of a few words
	Detail  string // in sentences
}

// Error implements error.
func (e *Error) Error() string { return e.Detail }

func (c *Reader) fail(pos Pos, summary, format string, args ...any) error {
	return &Error{pos, summary, fmt.Sprintf(format, args...)}
}

// Here returns the place of what comes next.
func (c *Reader) Here() Pos { return Pos{Line: c.line, Byte: uint32(c.off)} }

// Start returns the place of the current row.
func (c *Reader) Start() Pos { return c.start }

// Fields counts the fields of the current row.
func (c *Reader) Fields() int { return len(c.ends) }

// Field returns a field of the current row, valid until the next read.
func (c *Reader) Field(i int) []byte {
	start := 0
	if i > 0 {
		start = c.ends[i-1]
	}
	return c.cells[start:c.ends[i]]
}

// Read reads the next row that is not empty. At the end it returns io.EOF. After an
// Error nothing more can be read.
func (c *Reader) Read() error {
	for {
		c.start = c.Here()
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
func (c *Reader) readLine() ([]byte, error) {
	pos := c.Here()
	c.raw = c.raw[:0]
	for {
		part, err := c.in.ReadSlice('\n')
		c.raw = append(c.raw, part...)
		if len(c.raw) > MaxRow {
			return nil, c.fail(pos, "CSV row too long", "A row of a CSV file may have %s; this one has more. A quote that is not closed can be the reason.", text.Size(MaxRow))
		}
		if err == nil || errors.Is(err, io.EOF) && len(c.raw) > 0 {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
	}
	if i := text.InvalidUTF8(c.raw); i >= 0 {
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
func (c *Reader) split(line []byte) error {
	c.cells, c.ends = c.cells[:0], c.ends[:0]
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
		if len(c.ends) == MaxColumns {
			return c.fail(c.start, "Too many CSV columns", "A CSV file may have %d columns; this row has more.", MaxColumns)
		}
		if n := len(c.cells) - len(c.lastEnd()); n > MaxField {
			return c.fail(c.start, "CSV field too long", "A field of a CSV file may have %s; column %d of this row has more.", text.Size(MaxField), len(c.ends)+1)
		}
		c.ends = append(c.ends, len(c.cells))
		if !more {
			return nil
		}
	}
}

// lastEnd is the text of all fields before the one in progress.
func (c *Reader) lastEnd() []byte {
	if len(c.ends) == 0 {
		return nil
	}
	return c.cells[:c.ends[len(c.ends)-1]]
}

// plain reads a field without quotes; more reports whether another one follows.
func (c *Reader) plain(line []byte) (rest []byte, more bool, err error) {
	part, rest, more := bytes.Cut(line, []byte(","))
	if bytes.IndexByte(part, '"') >= 0 {
		return nil, false, c.fail(c.start, "Invalid CSV quote", "Column %d of this row has a quote in the middle. A field with quotes in it must be quoted as a whole, and each quote in it doubled.", len(c.ends)+1)
	}
	c.cells = append(c.cells, part...)
	return rest, more, nil
}

// quoted reads a field in quotes.
func (c *Reader) quoted(line []byte) (rest []byte, more bool, err error) {
	opened := Pos{Line: c.line - 1, Byte: uint32(c.begin)}
	line = line[1:]
	for {
		part, after, closed := bytes.Cut(line, []byte(`"`))
		c.cells = append(c.cells, part...)
		switch {
		case len(c.cells)-len(c.lastEnd()) > MaxField:
			return nil, false, c.fail(opened, "CSV field too long", "The quoted field in column %d has more than %s. Its closing quote may be missing.", len(c.ends)+1, text.Size(MaxField))
		case !closed:
			c.cells = append(c.cells, '\n')
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
			c.cells = append(c.cells, '"')
			line = after[1:]
		default:
			return nil, false, c.fail(c.start, "Invalid CSV quote", "In column %d of this row, something follows the closing quote. A quote inside of a quoted field must be doubled.", len(c.ends)+1)
		}
	}
}
