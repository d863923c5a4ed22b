package rows

import (
	"bytes"
	"errors"
	"io"

	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/internal/text"
)

// csvReader reads CSV as RFC 4180 has it, and as people's files do: with other separators,
// quotes inside of an unquoted cell, rows that are too short. It replaces package
// encoding/csv because here cells and rows are bounded, and each row knows its place.
type csvReader struct {
	table
	in    *input
	lines *lines
	sep   byte
	noted bool // columns are known

	begin Pos    // of the current line
	cells []byte // the cells of the current row, one after the other
	ends  []int  // where each of them ends in cells
	start Pos
}

func openCSV(in *input, o Options) (Reader, error) {
	r, start := in.text()
	c := &csvReader{in: in, lines: newLines(r, start), sep: ','}
	if err := c.separate(o); err != nil {
		return nil, err
	}
	if err := c.readHeader(o); err != nil {
		return nil, err
	}
	c.noted = true
	return c, nil
}

// Kind implements Reader.
func (c *csvReader) Kind() Kind { return CSV }

// Sheet implements Reader.
func (c *csvReader) Sheet() string { return "" }

// Start implements Reader.
func (c *csvReader) Start() Pos { return c.start }

// Cell implements Reader.
func (c *csvReader) Cell(int) string { return "" }

// IsNumber implements Reader.
func (c *csvReader) IsNumber(int) bool { return false }

// Close implements Reader.
func (c *csvReader) Close() {}

// Text implements Reader.
func (c *csvReader) Text(i int) ([]byte, bool) {
	if i >= len(c.ends) {
		return nil, true
	}
	start := 0
	if i > 0 {
		start = c.ends[i-1]
	}
	return c.cells[start:c.ends[i]], true
}

// Value implements Reader.
func (c *csvReader) Value(i int) (cty.Value, error) {
	cell, _ := c.Text(i)
	return cty.StringVal(string(cell)), nil
}

// readHeader takes the names of the columns.
func (c *csvReader) readHeader(o Options) error {
	if o.Header == NoHeader {
		for _, name := range o.Columns {
			if err := c.name(Pos{Line: 1}, name); err != nil {
				return err
			}
		}
		return nil
	}
	for o.Header > 0 && c.lines.line < uint32(o.Header) {
		if _, err := c.readLine(); err != nil {
			return c.noHeader(err, o)
		}
	}
	if err := c.Read(); err != nil {
		return c.noHeader(err, o)
	}
	if o.Header > 0 && c.start.Line != uint32(o.Header) {
		return fail(Pos{Line: uint32(o.Header)}, "Header not found", "Line %d, which is to name the columns, has nothing in it.", o.Header)
	}
	for i := range c.ends {
		cell, _ := c.Text(i)
		if err := c.name(c.start, string(bytes.TrimSpace(cell))); err != nil {
			return err
		}
	}
	return nil
}

func (c *csvReader) noHeader(err error, o Options) error {
	switch {
	case !errors.Is(err, io.EOF):
		return err
	case o.Header > 0:
		return fail(Pos{Line: c.lines.line}, "Header not found", "The file ends before line %d, which is to name the columns.", o.Header)
	}
	return fail(Pos{Line: 1}, "File without a header", "The file is empty. Its first row must name the columns.")
}

// Read implements Reader.
func (c *csvReader) Read() error {
	for {
		c.start = c.lines.here()
		line, err := c.readLine()
		if err != nil {
			return err
		}
		if len(line) == 0 {
			continue
		}
		if err := c.split(line); err != nil {
			return err
		}
		if len(bytes.TrimSpace(c.cells)) > 0 {
			return c.fit()
		}
	}
}

// fit holds the row against the names.
func (c *csvReader) fit() error {
	switch n := len(c.ends); {
	case !c.noted || n == len(c.columns):
	case n < len(c.columns):
		if c.short++; c.short == 1 {
			c.first = c.start
		}
	default:
		last := c.ends[max(len(c.columns)-1, 0)]
		if len(c.cells) == last { // what is too much is empty
			return nil
		}
		err := fail(c.start, "Too many fields", "Fields in this row: %d; in the header: %d. A field with the separator (%s) in it must be quoted.", n, len(c.columns), separatorName(c.sep)).(*Error)
		err.Row = true
		return err
	}
	return nil
}

// readLine reads a line, and holds it against what a text is.
func (c *csvReader) readLine() ([]byte, error) {
	c.begin = c.lines.here()
	line, err := c.lines.next()
	if errors.Is(err, errLongLine) {
		return nil, fail(c.begin, "CSV row too long", "A row of a CSV file may have %s; this one has more. A quote that is not closed can be the reason.", text.Size(MaxRow))
	}
	if err != nil {
		return nil, err
	}
	at := int(c.begin.Byte)
	if i := bytes.IndexByte(line, 0); i >= 0 {
		return nil, fail(c.begin, "CSV file is not text", "Byte %d of the file is zero. Save the file as CSV, in UTF-8; if it is UTF-16, say so: encoding = \"utf-16le\".", at+i)
	}
	if c.in.coding != nil {
		if bytes.Contains(line, undecoded) {
			return nil, fail(c.begin, "File is not in its encoding", "This line has bytes that are no character of %s. Name the encoding that the file has.", c.in.coded)
		}
	} else if i := text.InvalidUTF8(line); i >= 0 {
		if c.in.said {
			return nil, fail(c.begin, "CSV file is not UTF-8", "Byte %d of the file is not part of a character. Save the file as UTF-8.", at+i)
		}
		return nil, fail(c.begin, "CSV file is not UTF-8", "Byte %d of the file is not part of a character. Save the file as UTF-8, or name its encoding: encoding = \"windows-1252\" for example, which is what spreadsheet programs in Western Europe and America write.", at+i)
	}
	return line, nil
}

// split divides a row into cells. A quoted one may take more lines.
func (c *csvReader) split(line []byte) error {
	c.cells, c.ends = c.cells[:0], c.ends[:0]
	for {
		from := len(c.cells)
		more := false
		if len(line) > 0 && line[0] == '"' {
			var err error
			if line, more, err = c.quoted(line, from); err != nil {
				return err
			}
		} else {
			line, more = c.plain(line)
		}
		if len(c.ends) == MaxColumns {
			return fail(c.start, "Too many CSV columns", "A CSV file may have %d columns; this row has more.", MaxColumns)
		}
		if len(c.cells)-from > MaxField {
			return fail(c.start, "CSV field too long", "A field of a CSV file may have %s; column %d of this row has more.", text.Size(MaxField), len(c.ends)+1)
		}
		if len(c.cells) > MaxRow {
			return fail(c.start, "CSV row too long", "A row of a CSV file may have %s; this one has more. A quote that is not closed can be the reason.", text.Size(MaxRow))
		}
		if len(c.cells) > from+2 && c.cells[from] == '=' {
			c.unwrap(from)
		}
		c.ends = append(c.ends, len(c.cells))
		if !more {
			return nil
		}
	}
}

// unwrap takes ="00123" for the text that it is: exports write it so that spreadsheet
// programs keep the zeros.
func (c *csvReader) unwrap(from int) {
	cell := c.cells[from:]
	if inner := cell[2 : len(cell)-1]; cell[1] == '"' && cell[len(cell)-1] == '"' && bytes.IndexByte(inner, '"') < 0 {
		c.cells = append(c.cells[:from], inner...)
	}
}

// plain takes a cell without quotes around it; more says that another one follows.
func (c *csvReader) plain(line []byte) (rest []byte, more bool) {
	i := bytes.IndexByte(line, c.sep)
	if i < 0 {
		c.cells = append(c.cells, line...)
		return nil, false
	}
	c.cells = append(c.cells, line[:i]...)
	return line[i+1:], true
}

// quoted takes a cell in quotes, which begins in cells at from.
func (c *csvReader) quoted(line []byte, from int) (rest []byte, more bool, err error) {
	opened := c.begin
	line = line[1:]
	for {
		i := bytes.IndexByte(line, '"')
		closed := i >= 0
		if !closed {
			i = len(line)
		}
		c.cells = append(c.cells, line[:i]...)
		if len(c.cells)-from > MaxField {
			return nil, false, fail(opened, "CSV field too long", "The quoted field in column %d has more than %s. Its closing quote may be missing.", len(c.ends)+1, text.Size(MaxField))
		}
		if !closed {
			c.cells = append(c.cells, '\n')
			line, err = c.readLine()
			if errors.Is(err, io.EOF) {
				err = fail(opened, "Unclosed CSV quote", "The quote that opens column %d is not closed before the end of the file.", len(c.ends)+1)
			}
			if err != nil {
				return nil, false, err
			}
			continue
		}
		switch after := line[i+1:]; {
		case len(after) == 0:
			return nil, false, nil
		case after[0] == c.sep:
			return after[1:], true, nil
		case after[0] == '"':
			c.cells = append(c.cells, '"')
			line = after[1:]
		default:
			return nil, false, fail(c.start, "Invalid CSV quote", "In column %d of this row, something follows the closing quote. A quote inside of a quoted field must be doubled.", len(c.ends)+1)
		}
	}
}
