package transfer

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// header is what stands at the top of a file that import writes.
func (f *importFiles) header() string {
	text := "# Written by tmsync import: what the service has, and no file had declared.\n"
	if private := f.union(func(it *imported) tracking.AttrSet { return it.private }); private != 0 {
		text += fmt.Sprintf("# Customers' data is left unmanaged: %s.\n", private)
	}
	if f.defaults != 0 {
		text += "# What is null keeps the defaults block from changing it.\n"
	}
	return text
}

// leftOut explains why some attributes are not written.
const leftOut = "Left out, because a file must not have what the service has there"

// union gathers a set over all that is imported.
func (f *importFiles) union(of func(*imported) tracking.AttrSet) tracking.AttrSet {
	var all tracking.AttrSet
	for _, it := range f.items {
		all |= of(it)
	}
	return all
}

// writeBlocks writes a block for each tracking.
func (f *importFiles) writeBlocks(w *bufio.Writer, mask bool) error {
	w.WriteString(f.header())
	for _, it := range f.items {
		w.WriteByte('\n')
		b := render.HCLBlock{Type: "tracking", Name: it.name}
		if it.refused != 0 {
			b.Comments = []string{fmt.Sprintf("%s: %s.", leftOut, it.refused)}
		}
		b.Args = append(keyArgs(it.key), render.HCLAttrs(it.attrs, f.defaults, maskedOf(mask))...)
		if err := render.HCL(w, b); err != nil {
			return err
		}
	}
	return nil
}

// keyArgs are the arguments that every block of a tracking has.
func keyArgs(key tracking.Key) []render.HCLArg {
	return []render.HCLArg{
		{Name: "carrier_code", Expr: text.HCLQuote(key.Carrier)},
		{Name: "tracking_number", Expr: text.HCLQuote(key.Number)},
	}
}

// maskedOf is the set of the attributes that are not shown.
func maskedOf(mask bool) tracking.AttrSet {
	if !mask {
		return 0
	}
	return tracking.SensitiveAttrs
}

// columns are the attributes that at least one tracking has.
func (f *importFiles) columns() tracking.AttrSet {
	return f.union(func(it *imported) tracking.AttrSet { return it.attrs.Set() })
}

// writeCSV writes a row for each tracking.
func (f *importFiles) writeCSV(w *bufio.Writer, mask bool) error {
	cells := []string{"carrier_code", "tracking_number"}
	columns, hidden := f.columns(), maskedOf(mask)
	for a := range columns.All() {
		cells = append(cells, a.String())
	}
	w.WriteString(text.CSV(cells...))
	for _, it := range f.items {
		cells = append(cells[:0], it.key.Carrier, it.key.Number)
		for a := range columns.All() {
			v := it.attrs.Value(a)
			if hidden.Has(a) && v != "" {
				v = app.Masked
			}
			cells = append(cells, v)
		}
		if _, err := w.WriteString(text.CSV(cells...)); err != nil {
			return err
		}
	}
	return nil
}

// writeTrackings writes the block that reads the CSV file. A column of which all
// cells are as they should be is taken as it is. Where a cell has an apostrophe
// in front of what looks like a formula, it is taken away; an empty cell leaves
// the attribute unmanaged.
func (f *importFiles) writeTrackings(w *bufio.Writer) error {
	w.WriteString(f.header())
	if refused := f.union(func(it *imported) tracking.AttrSet { return it.refused }); refused != 0 {
		fmt.Fprintf(w, "# %s: %s, in some rows.\n", leftOut, refused)
	}
	w.WriteByte('\n')
	carrier := f.cell("carrier_code", func(it *imported) string { return it.key.Carrier })
	number := f.cell("tracking_number", func(it *imported) string { return it.key.Number })
	b := render.HCLBlock{Type: "trackings", Name: f.items[0].name, Args: []render.HCLArg{
		{Name: "csv", Expr: text.HCLQuote(f.csvName())},
		{Name: "key", Expr: fmt.Sprintf(`"${%s}/${%s}"`, carrier, number)},
		{Name: "carrier_code", Expr: carrier},
		{Name: "tracking_number", Expr: number},
	}}
	columns := f.columns()
	for a := range (columns | f.defaults).All() {
		expr := "null"
		if columns.Has(a) {
			expr = f.cell(a.String(), func(it *imported) string { return it.attrs.Value(a) })
		}
		b.Args = append(b.Args, render.HCLArg{Name: a.String(), Expr: expr})
	}
	return render.HCL(w, b)
}

// cell is the expression that reads a column.
func (f *importFiles) cell(column string, value func(*imported) string) string {
	expr, empty, formula := "row."+column, false, false
	for _, it := range f.items {
		v := value(it)
		empty, formula = empty || v == "", formula || text.Formula(v)
	}
	if formula {
		expr = fmt.Sprintf(`trimprefix(row.%s, "'")`, column)
	}
	if empty {
		expr = fmt.Sprintf(`row.%s != "" ? %s : null`, column, expr)
	}
	return expr
}

// namedAtMost is how many trackings are named where some are special.
const namedAtMost = 10

// report shows what the files do not have.
func (f *importFiles) report() {
	private, refused := 0, []string(nil)
	for _, it := range f.items {
		if it.private != 0 {
			private++
		}
		if it.refused != 0 {
			refused = append(refused, fmt.Sprintf("%s (%s)", it.key, it.refused))
		}
	}
	if private > 0 {
		fmt.Fprintf(f.app.Stdout, "Customers' data is left unmanaged in %s: %s. It stays as it is at the service; --include-sensitive writes it into the file.\n",
			text.Plural(private, "tracking"), f.union(func(it *imported) tracking.AttrSet { return it.private }))
	}
	if n := len(refused); n > 0 {
		more := ""
		if n > namedAtMost {
			refused, more = refused[:namedAtMost], fmt.Sprintf(" and %s more", text.Count(n-namedAtMost))
		}
		fmt.Fprintf(f.app.Stdout, "%s: %s%s.\n", leftOut, text.Inert(strings.Join(refused, ", ")), more)
	}
}
