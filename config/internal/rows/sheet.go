package rows

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/xlsx"
	"github.com/tmsync/tmsync/internal/text"
)

// sheetReader reads a sheet of a workbook.
type sheetReader struct {
	table
	file  *File
	rows  *xlsx.Rows
	sheet string
	start Pos
}

func openSheet(f File, o Options) (Reader, error) {
	book, err := xlsx.Open(f, f.Size)
	var other *xlsx.ErrNotWorkbook
	switch {
	case errors.As(err, &other):
		return nil, notRows(other.What, other.Do)
	case err != nil:
		return nil, badBook(Pos{Line: 1}, err)
	}
	rows, sheet, ok, err := book.Rows(o.Sheet)
	switch {
	case err != nil:
		return nil, badBook(Pos{Line: 1}, err)
	case !ok && o.Sheet == "":
		return nil, fail(Pos{Line: 1}, "Sheet not found", "The workbook has no sheet with cells.")
	case !ok:
		return nil, fail(Pos{Line: 1}, "Sheet not found", "The workbook has no sheet %q.%s It has: %s.", o.Sheet, text.DidYouMean(o.Sheet, slices.Values(book.Sheets())), quoteAll(book.Sheets()))
	}
	s := &sheetReader{file: &f, rows: rows, sheet: sheet}
	if err := s.readHeader(o); err != nil {
		rows.Close()
		return nil, err
	}
	return s, nil
}

func badBook(pos Pos, err error) error {
	return fail(pos, "Cannot read workbook", "The workbook cannot be read: %s. Open it in a spreadsheet program and save it as .xlsx again.", err)
}

func (s *sheetReader) readHeader(o Options) error {
	if o.Header == NoHeader {
		for _, name := range o.Columns {
			if err := s.name(Pos{Line: 1}, name); err != nil {
				return err
			}
		}
		return nil
	}
	for {
		err := s.Read()
		line := s.rows.Line()
		switch {
		case errors.Is(err, io.EOF) && o.Header == 0:
			return fail(Pos{Line: 1}, "File without a header", "The sheet %q is empty. Its first row must name the columns.", s.sheet)
		case errors.Is(err, io.EOF):
			return fail(s.start, "Header not found", "The sheet %q ends before row %d, which is to name the columns.", s.sheet, o.Header)
		case err != nil:
			return err
		case o.Header > 0 && line > o.Header:
			return fail(Pos{Line: uint32(o.Header), Byte: uint32(o.Header)}, "Header not found", "Row %d of the sheet %q, which is to name the columns, has nothing in it.", o.Header, s.sheet)
		case o.Header > 0 && line < o.Header:
			continue
		}
		break
	}
	for i := range s.rows.Columns() {
		if err := s.name(s.start, strings.TrimSpace(string(s.rows.Cell(i)))); err != nil {
			return err
		}
	}
	return nil
}

// Kind implements Reader.
func (s *sheetReader) Kind() Kind { return XLSX }

// Sheet implements Reader.
func (s *sheetReader) Sheet() string { return s.sheet }

// Start implements Reader.
func (s *sheetReader) Start() Pos { return s.start }

// Cell implements Reader.
func (s *sheetReader) Cell(i int) string { return xlsx.CellName(i, int(s.start.Line)) }

// IsNumber implements Reader.
func (s *sheetReader) IsNumber(i int) bool { return s.rows.IsNumber(i) }

// Close implements Reader.
func (s *sheetReader) Close() { s.rows.Close() }

// Read implements Reader. A cell beside the table belongs to a column without a name.
func (s *sheetReader) Read() error {
	for {
		s.file.step()
		err := s.rows.Next()
		if errors.Is(err, io.EOF) {
			return err
		}
		line := uint32(max(s.rows.Line(), 1)) // 0 is before the first
		s.start = Pos{Line: line, Byte: line}
		if err != nil {
			return badBook(s.start, err)
		}
		for i := range s.rows.Columns() {
			if len(bytes.TrimSpace(s.rows.Cell(i))) > 0 {
				return nil
			}
		}
	}
}

// Text implements Reader.
func (s *sheetReader) Text(i int) ([]byte, bool) { return s.rows.Cell(i), true }

// Value implements Reader.
func (s *sheetReader) Value(i int) (cty.Value, error) {
	return cty.StringVal(string(s.rows.Cell(i))), nil
}
