// Package rows reads the rows of a file with their places, whatever its kind: CSV with any
// of four separators, an XLSX workbook, a JSON array of objects, NDJSON. What is read is
// bounded, and nothing is guessed: what cannot be found out is an error that says what to
// name.
package rows

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/internal/text"
)

// The bounds of a file, in bytes and columns.
const (
	MaxFile    = 256 << 20
	MaxRow     = 4 << 20
	MaxField   = 1 << 20
	MaxColumns = 1000
	MaxName    = 1 << 10 // of a column
	MaxLine    = 1 << 30
)

// Pos is the place of a row: its line, from 1, and its first byte, from 0. In a workbook
// the line is the row's number, and there is no byte that means anything.
type Pos struct{ Line, Byte uint32 }

// Options are what people say of a file.
type Options struct {
	Separator string   // of CSV: one character; "" is found out
	Encoding  string   // of CSV and JSON: a name that WHATWG has; "" is UTF-8
	Sheet     string   // of a workbook; "" is the first
	Header    int      // the line with the names, from 1; 0 is the first one, NoHeader none
	Columns   []string // with NoHeader: the names
	Path      string   // of JSON: where the list is, names with dots between them
}

// NoHeader is the Header of a file without names.
const NoHeader = -1

// Problem returns the name of an option that is wrong, and a sentence why. Both are ""
// if nothing is.
func (o *Options) Problem() (name, problem string) {
	if o.Separator != "" {
		if _, ok := SeparatorOf(o.Separator); !ok {
			return "separator", "The separator must be one character, such as \";\", \"|\" or \"\\t\", and no quote."
		}
	}
	if o.Encoding != "" {
		if _, _, ok := EncodingOf(o.Encoding); !ok {
			return "encoding", fmt.Sprintf("There is no encoding %q. The names are those of the WHATWG standard, such as \"windows-1252\", \"windows-1251\", \"iso-8859-15\", \"gbk\", \"shift_jis\" and \"utf-16le\".", o.Encoding)
		}
	}
	switch {
	case o.Header == NoHeader && len(o.Columns) == 0:
		return "columns", "With header = 0 no line of the file names the columns: columns must, as in columns = [\"carrier\", \"number\"]."
	case o.Header != NoHeader && len(o.Columns) > 0:
		return "columns", "columns names the columns of a file without a line that does: it goes with header = 0."
	case len(o.Columns) > MaxColumns:
		return "columns", fmt.Sprintf("There may be %d columns.", MaxColumns)
	case o.Path != "" && slices.Contains(strings.Split(o.Path, "."), ""):
		return "path", "The path must be names with dots between them, such as \"data.orders\"."
	}
	return "", ""
}

// File is what rows are read from. Its name decides where its content leaves its kind open.
type File struct {
	Name string
	Size int64
	io.ReaderAt
	// Step is called while the file is read. nil: nobody watches.
	Step func()
}

func (f *File) step() {
	if f.Step != nil {
		f.Step()
	}
}

// Reader reads rows, one after the other. Rows with nothing in them are passed over.
type Reader interface {
	// Kind returns what the file is.
	Kind() Kind
	// Columns returns the names, in order. Some may be empty, or there twice.
	Columns() []string
	// Sheet returns the name of a workbook's sheet; "" elsewhere.
	Sheet() string
	// Read reads the next row. At the end it returns io.EOF. After an Error with Row
	// one can read on.
	Read() error
	// Start returns the place of the current row, or of what could not be read.
	Start() Pos
	// Text returns a cell of the current row, valid until the next Read; ok reports
	// whether it is a plain text.
	Text(i int) (cell []byte, ok bool)
	// Value returns a cell of the current row: a text, or what JSON has.
	Value(i int) (cty.Value, error)
	// IsNumber reports whether the file has a number in a cell, and no text.
	IsNumber(i int) bool
	// Cell returns a cell's name in a workbook, such as D3; "" elsewhere.
	Cell(i int) string
	// Short returns how many rows had fewer cells than there are names, and the first.
	Short() (n int, first Pos)
	// Close lets go of the file; nothing has been written.
	Close()
}

// Error is a mistake in a file.
type Error struct {
	Pos     Pos
	Summary string   // of a few words
	Detail  string   // in sentences
	Row     bool     // it concerns this row alone
	Lists   []string // of a JSON file: the paths where its rows may be
}

// OnlyList returns the path of a file's only list, in which its rows must be. It is ""
// if that cannot be said. err is what Open returned.
func OnlyList(err error) string {
	if wrong, ok := errors.AsType[*Error](err); ok && len(wrong.Lists) == 1 {
		return wrong.Lists[0]
	}
	return ""
}

// Error implements error.
func (e *Error) Error() string { return e.Detail }

func fail(pos Pos, summary, format string, args ...any) error {
	return &Error{Pos: pos, Summary: summary, Detail: fmt.Sprintf(format, args...)}
}

// Open returns a reader that stands before the first row.
func Open(f File, o Options) (Reader, error) {
	if f.Size > MaxFile {
		return nil, fail(Pos{Line: 1}, "File too large", "A file of rows may have %s. Split it.", text.Size(MaxFile))
	}
	if _, problem := o.Problem(); problem != "" {
		return nil, fail(Pos{Line: 1}, "Invalid options", "%s", problem)
	}
	in, err := look(f, o)
	if err != nil {
		return nil, err
	}
	switch in.kind {
	case XLSX:
		return openSheet(f, o)
	case JSON:
		return openJSON(in, o)
	}
	return openCSV(in, o)
}

// table is what readers of all kinds have.
type table struct {
	columns []string
	short   int
	first   Pos // of the short ones
}

// Columns implements Reader.
func (t *table) Columns() []string { return t.columns }

// Short implements Reader.
func (t *table) Short() (int, Pos) { return t.short, t.first }

// name adds a column.
func (t *table) name(pos Pos, name string) error {
	if len(name) > MaxName {
		return fail(pos, "Column name too long", "The name of a column may have %d bytes; that of column %d has more.", MaxName, len(t.columns)+1)
	}
	t.columns = append(t.columns, cty.NormalizeString(name))
	return nil
}
