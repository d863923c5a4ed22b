package draft

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/files"
	"github.com/tmsync/tmsync/config/internal/rows"
	"github.com/tmsync/tmsync/internal/text"
)

// table is a file of rows, and what is in its columns.
type table struct {
	file    *os.File
	name    string
	options rows.Options // with the header that was found
	kind    rows.Kind
	columns []*column
	shop    int // among shops; -1: nobody's
	rows    int
	read    map[int]cty.Value // values of the current row, by column
}

// column is what is known of a column.
type column struct {
	at    int
	name  string
	plain string
	twice bool     // or without a name: nothing can refer to it
	path  *path    // where it is, if it is nested in another one
	of    string   // the name of that one
	lasts []string // how its names end, as plain writes them
	// elsewhere means that it is in another list than the numbers are.
	elsewhere bool
	filled    int
	nulls     int
	lists     int            // cells that are lists, as JSON has them
	values    map[string]int // of texts, trimmed, how many rows have it
	cut       bool           // there are more values than are kept
}

// Bounds of what is kept of a column.
const (
	maxValues = 2000
	maxValue  = 200 // bytes
)

// ref writes a reference to the column.
func (c *column) ref() string {
	if c.path != nil && c.nulls > 0 {
		return "try(" + c.present() + ", null)"
	}
	return c.present()
}

// present is ref in rows that have the column.
func (c *column) present() string {
	switch {
	case c.path == nil:
		return top(c.name)
	case c.path.inList && c.lists > 0:
		return "each.value." + oneNumber
	case c.path.inList:
		return write("each.value", c.path.in)
	}
	return write(top(c.of), c.path.to)
}

// oneNumber is what a draft calls a number of a list within a list.
const oneNumber = "parcel"

// top writes a reference to a column of the row.
func top(name string) string {
	if hclsyntax.ValidIdentifier(name) {
		return "row." + name
	}
	return "row[" + text.HCLQuote(name) + "]"
}

// maxHeader is the last line in which a header is looked for.
const maxHeader = 15

// readTable finds the header and reads all rows once.
func readTable(dir *files.Directory, name string, o rows.Options) (*table, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, files.Problem(err)
	}
	t := &table{file: f, name: name, options: o, read: map[int]cty.Value{}}
	if err := t.findHeader(); err != nil {
		t.close()
		return nil, err
	}
	if t.kind == rows.JSON {
		if err := t.findNested(); err != nil {
			t.close()
			return nil, err
		}
		if t.recognise(); t.known() == 0 {
			t.close()
			return nil, unknownMembers(t)
		}
	}
	if err := t.each(t.count); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func (t *table) close() { _ = t.file.Close() } // nothing was written

// open returns a reader that stands before the first row.
func (t *table) open(o rows.Options) (rows.Reader, error) {
	f, err := rows.Opened(t.name, t.file)
	if err != nil {
		return nil, files.Problem(err)
	}
	return rows.Open(f, o)
}

// findHeader reads the names of the columns. Where no line is named and the first has
// none that is known, as in a sheet with a title above it, it is the one with the most.
func (t *table) findHeader() error {
	if t.options.Header == rows.NoHeader {
		return t.nameColumns()
	}
	if err := t.readHeader(t.options); err != nil {
		return err
	}
	switch {
	case t.known() > 0 || t.kind == rows.JSON: // in its values may be more
		return nil
	case t.options.Header != 0:
		return errUnknown
	}
	best, most := t.options, 0
	for line := 2; line <= maxHeader; line++ {
		o := t.options
		o.Header = line
		if err := t.readHeader(o); err != nil {
			continue // nothing, or no row, is there
		}
		if n := t.known(); n > most {
			best, most = o, n
		}
	}
	if most < 2 { // one name alone may be a text
		return errUnknown
	}
	t.options = best
	return t.readHeader(best)
}

// errUnknown names no column: what is no header has customers' data.
var errUnknown = &Problem{
	Summary: "No column is known",
	Detail:  "none of its columns has a name such as \"Tracking number\", \"Carrier\" or \"Order\". If a line further below names the columns, say which: --header=3 for example. If no line does: --header=0. In a workbook, --sheet names another sheet than the first. A file with other names than usual needs a configuration of your own: see \"tmsync help language\", Orders as they come.",
}

// unknownMembers is errUnknown of JSON, where names are no customers' data.
func unknownMembers(t *table) error {
	w := &writer{table: t}
	return &Problem{
		Summary: "No column is known",
		Detail:  fmt.Sprintf("nothing in it has a name such as \"tracking_number\", \"carrier\" or \"order\". There are: %s. A file with other names than usual needs a configuration of your own: see \"tmsync help language\", Orders as they come.", w.columnList()),
	}
}

// nameColumns counts the columns of a file without names, and gives them some.
func (t *table) nameColumns() error {
	o := t.options
	o.Header = 0
	if err := t.readHeader(o); err != nil {
		return err
	}
	for i := range t.columns {
		t.options.Columns = append(t.options.Columns, fmt.Sprintf("column_%d", i+1))
	}
	return t.readHeader(t.options)
}

// readHeader makes the columns.
func (t *table) readHeader(o rows.Options) error {
	in, err := t.open(o)
	if err != nil {
		return err
	}
	defer in.Close()
	t.kind, t.columns = in.Kind(), nil
	all := in.Columns()
	for i, name := range all {
		twice := name == "" || slices.Contains(all[:i], name) || slices.Contains(all[i+1:], name)
		t.columns = append(t.columns, &column{at: i, name: name, plain: plain(name), twice: twice, values: map[string]int{}})
	}
	t.recognise()
	return nil
}

// each reads all rows.
func (t *table) each(do func(rows.Reader)) error { return t.upTo(math.MaxInt, do) }

// upTo reads so many rows, good and bad. What is wrong with one row is left to the
// configuration.
func (t *table) upTo(most int, do func(rows.Reader)) error {
	in, err := t.open(t.options)
	if err != nil {
		return err
	}
	defer in.Close()
	for range most {
		err := in.Read()
		var wrong *rows.Error
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &wrong) && wrong.Row:
		case err != nil:
			return err
		default:
			clear(t.read)
			do(in)
		}
	}
	return nil
}

// count notes what the cells of a row have.
func (t *table) count(in rows.Reader) {
	t.rows++
	for _, c := range t.columns {
		elements := []cty.Value{cty.NilVal}
		if c.path != nil && c.path.inList {
			elements = t.elements(in, c)
		}
		for _, el := range elements {
			cell, list, ok := t.cell(in, c, el)
			if !ok {
				c.nulls++
				continue
			}
			if list {
				c.lists++
			}
			if list || cell != "" {
				c.filled++
			}
			if cell != "" {
				c.note(cell)
			}
		}
	}
}

// cell returns a cell as a text, trimmed; ok is false where there is none. Of a list it is
// the texts in it, with commas between them. A column in a list is looked for in element.
func (t *table) cell(in rows.Reader, c *column, element cty.Value) (cell string, list, ok bool) {
	var v cty.Value
	switch {
	case c.path != nil && c.path.inList:
		if element == cty.NilVal {
			return "", false, false
		}
		v = follow(element, c.path.in)
	case c.path != nil:
		v = follow(t.value(in, c.at), c.path.to)
	default:
		if b, isText := in.Text(c.at); isText {
			return strings.TrimSpace(string(b)), false, true
		}
		v = t.value(in, c.at)
	}
	if v.IsNull() {
		return "", false, false
	}
	if s, ok := textOf(v); ok {
		return s, false, true
	}
	if ty := v.Type(); !ty.IsTupleType() && !ty.IsListType() {
		return "", true, true
	}
	var texts []string
	for _, el := range v.AsValueSlice() {
		if s, ok := textOf(el); ok {
			texts = append(texts, s)
		}
	}
	return strings.Join(texts, ","), true, true
}

func (c *column) note(cell string) {
	if len(cell) > maxValue {
		c.cut = true
		return
	}
	if _, known := c.values[cell]; !known && (len(c.values) >= 2*maxValues || len(c.values) >= maxValues && numberForm.MatchString(cell)) {
		c.cut = true // what is no single number shows what else is in the column
		return
	}
	c.values[cell]++
}
