package xlsx

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/tmsync/tmsync/internal/text"
)

// The bounds of a sheet.
const (
	MaxColumns = 1000
	maxRows    = 1 << 20
	maxCell    = 1 << 20 // bytes
	maxRow     = 4 << 20 // bytes
)

// Rows reads the rows of a sheet.
type Rows struct {
	book  *Book
	in    io.Closer
	part  string // where it is
	s     *scanner
	line  int // of the current row
	cells []byte
	spans []span // by column
	done  bool

	// The current cell.
	column  int
	kind    string // its type
	style   int
	formula bool
	inValue bool
	inText  bool
	rich    richText
	raw     []byte
}

// span is a cell's part of cells.
type span struct {
	from, to int
	number   bool
}

// Rows opens a sheet by its name; "" is the first one. ok reports whether it is there.
func (b *Book) Rows(name string) (rows *Rows, sheet string, ok bool, err error) {
	all := b.Sheets()
	if name == "" && len(all) > 0 {
		name = all[0]
	}
	for _, p := range b.sheets {
		if p.name != name && !strings.EqualFold(strings.TrimSpace(p.name), strings.TrimSpace(name)) {
			continue
		}
		in, err := b.parts[p.part].Open()
		if err != nil {
			return nil, "", true, inPart(b.parts[p.part].Name, errPacked)
		}
		return &Rows{book: b, in: in, part: b.parts[p.part].Name, s: newScanner(in, maxPart)}, p.name, true, nil
	}
	return nil, "", false, nil
}

// Close lets go of the sheet; nothing has been written.
func (r *Rows) Close() { _ = r.in.Close() }

// Line returns the number of the current row, from 1.
func (r *Rows) Line() int { return r.line }

// Columns counts the cells up to the last one that is not empty.
func (r *Rows) Columns() int {
	for i := len(r.spans) - 1; i >= 0; i-- {
		if r.spans[i].from < r.spans[i].to {
			return i + 1
		}
	}
	return 0
}

// Cell returns a cell of the current row, valid until the next read.
func (r *Rows) Cell(i int) []byte {
	if i >= len(r.spans) {
		return nil
	}
	return r.cells[r.spans[i].from:r.spans[i].to]
}

// IsNumber reports whether a cell of the current row has a number, or a date.
func (r *Rows) IsNumber(i int) bool { return i < len(r.spans) && r.spans[i].number }

// CellName returns the name of a cell, such as D3.
func CellName(column, line int) string {
	letters := ""
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		letters = string(rune('A'+(n-1)%26)) + letters
	}
	return letters + strconv.Itoa(line)
}

// Next reads the next row that is written down, empty or not. At the end it returns
// io.EOF.
func (r *Rows) Next() error {
	if r.done {
		return io.EOF
	}
	r.cells, r.spans = r.cells[:0], r.spans[:0]
	r.column = -1
	inRow := false
	for {
		kind, name, err := r.s.next()
		switch {
		case err != nil:
			return inPart(r.part, damaged(err))
		case kind == eof:
			r.done = true
			return io.EOF
		case kind == chars && !inRow:
		case kind == begin && string(name) == "row":
			if err := r.beginRow(); err != nil {
				return err
			}
			inRow = true
		case kind == end && string(name) == "row" && inRow:
			return nil
		case inRow:
			if err := r.inRow(kind, name); err != nil {
				return err
			}
		}
	}
}

func (r *Rows) beginRow() error {
	line := r.line + 1
	if named, ok, err := r.s.attr("r"); err != nil {
		return err
	} else if ok {
		n, err := strconv.Atoi(string(named))
		if err != nil || n < line {
			return fmt.Errorf("its row %d is followed by one that is not behind it", r.line)
		}
		line = n
	}
	if line > maxRows {
		return fmt.Errorf("it has more than %d rows", maxRows)
	}
	r.line = line
	return nil
}

// inRow takes a token within a row.
func (r *Rows) inRow(kind token, name []byte) error {
	switch {
	case kind == chars:
		switch {
		case r.inValue:
			r.raw = append(r.raw, r.s.text...)
		case r.inText:
			r.raw = r.rich.add(r.raw, kind, nil, r.s.text)
		}
		if len(r.raw) > maxCell {
			return fmt.Errorf("its cell %s has more than %s", CellName(r.column, r.line), text.Size(maxCell))
		}
		return nil
	case len(name) != 1:
		if string(name) == "is" {
			r.inText, r.rich = kind == begin, richText{}
		} else if r.inText {
			r.raw = r.rich.add(r.raw, kind, name, nil)
		}
		return nil
	}
	switch name[0] {
	case 'c':
		if kind == begin {
			return r.beginCell()
		}
		return r.endCell()
	case 'v':
		r.inValue = kind == begin
	case 'f':
		r.formula = true
	case 't':
		r.raw = r.rich.add(r.raw, kind, name, nil)
	}
	return nil
}

func (r *Rows) beginCell() error {
	r.column++
	r.raw, r.formula, r.inValue, r.inText = r.raw[:0], false, false, false
	named, ok, err := r.s.attr("r")
	if err != nil {
		return err
	}
	if ok {
		column, valid := columnOf(named)
		if !valid || column < r.column {
			return fmt.Errorf("its row %d has a cell in a wrong place", r.line)
		}
		r.column = column
	}
	kind, _, err := r.s.attr("t")
	if err != nil {
		return err
	}
	r.kind = kindOf(kind)
	style, _, err := r.s.attr("s")
	r.style, _ = strconv.Atoi(string(style)) // none is the first
	return err
}

// kindOf returns the type of a cell without making a string of it.
func kindOf(t []byte) string {
	switch string(t) {
	case "s":
		return "s"
	case "", "n":
		return "n"
	case "b":
		return "b"
	case "e":
		return "e"
	case "d":
		return "d"
	}
	return "str"
}

// columnOf reads the column of a cell's name.
func columnOf(name []byte) (column int, ok bool) {
	n := 0
	for i, c := range name {
		switch {
		case c >= 'A' && c <= 'Z' && n < 20_000:
			n = 26*n + int(c-'A') + 1
		case c >= 'a' && c <= 'z' && n < 20_000:
			n = 26*n + int(c-'a') + 1
		default:
			return n - 1, i > 0
		}
	}
	return n - 1, n > 0
}

// endCell adds the cell to the row.
func (r *Rows) endCell() error {
	from := len(r.cells)
	if err := r.show(); err != nil {
		return err
	}
	if len(r.cells) == from {
		return nil
	}
	switch {
	case r.column >= MaxColumns:
		return fmt.Errorf("its cell %s is beyond the %d columns that a sheet may have", CellName(r.column, r.line), MaxColumns)
	case len(r.cells) > maxRow:
		return fmt.Errorf("its row %d has more than %s", r.line, text.Size(maxRow))
	}
	for len(r.spans) < r.column {
		r.spans = append(r.spans, span{})
	}
	r.spans = append(r.spans, span{from, len(r.cells), r.kind == "n"})
	return nil
}

// show writes the cell as the sheet shows it.
func (r *Rows) show() error {
	switch {
	case len(r.raw) == 0:
		if r.formula { // nobody has worked it out
			r.cells = append(r.cells, "=…"...)
		}
	case r.kind == "s":
		i, err := strconv.Atoi(strings.TrimSpace(string(r.raw)))
		shared, ok := r.book.shared.get(i)
		if err != nil || !ok {
			return fmt.Errorf("the text of its cell %s is not there", CellName(r.column, r.line))
		}
		r.cells = append(r.cells, shared...)
	case r.kind == "b":
		word := "TRUE"
		if string(r.raw) == "0" {
			word = "FALSE"
		}
		r.cells = append(r.cells, word...)
	case r.kind == "n":
		return r.showNumber()
	case r.kind == "d":
		r.cells = append(r.cells, isoDate(string(r.raw))...)
	default:
		r.cells = append(r.cells, r.raw...)
	}
	return nil
}

// maxDigits is how many digits a number of a workbook keeps.
const maxDigits = 15

func (r *Rows) showNumber() error {
	st := style{}
	if r.style >= 0 && r.style < len(r.book.styles) {
		st = r.book.styles[r.style]
	}
	if st.kind == general && len(r.raw) <= maxDigits && isWhole(r.raw) {
		r.cells = append(r.cells, r.raw...)
		return nil
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(string(r.raw)), 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return fmt.Errorf("its cell %s is no number, though it says so", CellName(r.column, r.line))
	}
	r.cells = st.append(r.cells, n, r.book.is1904)
	return nil
}

func isWhole(raw []byte) bool {
	for i, c := range raw {
		if (c < '0' || c > '9') && (i > 0 || c != '-') {
			return false
		}
	}
	return len(raw) > 0
}

// isoDate shortens a date that is written out.
func isoDate(s string) string {
	s = strings.TrimSuffix(strings.Replace(strings.TrimSpace(s), "T", " ", 1), "Z")
	day, clock, timed := strings.Cut(s, " ")
	clock = strings.TrimRight(strings.TrimSuffix(clock, ".000"), " ")
	if !timed || clock == "00:00:00" {
		return day
	}
	return day + " " + strings.TrimSuffix(clock, ":00")
}
