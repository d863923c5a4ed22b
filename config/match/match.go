// Package match finds out which carriers the rows of files mean, without a configuration.
package match

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tmsync/tmsync/config/internal/files"
	"github.com/tmsync/tmsync/config/internal/rows"
	"github.com/tmsync/tmsync/internal/carrier"
	"github.com/tmsync/tmsync/internal/text"
)

// Options say how files are read, as the arguments of a trackings block do.
type Options struct {
	Separator, Encoding, Sheet, Path string
	Header                           int    // the line that names the columns; 0 is the first
	Column                           string // that has the names of carriers; "" is found out
}

// Name is what a column has in some rows, and which carrier it stands for.
type Name struct {
	Text string
	Rows int
	carrier.Found
}

// Tally is what the files have.
type Tally struct {
	Names []Name // the commonest first
	Rows  int
	Blank int // rows without a name
	names *carrier.Names
	at    map[group]int
}

// group is rows that are counted together: a number may decide for some with a name.
type group struct{ text, code string }

// maxNames is how many different names may be counted.
const maxNames = 10_000

// carrierColumns and numberColumns are what exports call these columns, by letters.
var (
	carrierColumns = byLetters("carrier", "carrier name", "carrier code", "carrier_code", "tracking company", "shipping company", "shipping carrier", "tracking provider", "shipping provider", "tracking carrier",
		"courier", "courier name", "shipper", "delivery company", "Versanddienstleister", "Versandunternehmen", "Paketdienst", "Zusteller", "transporteur", "transportista", "corriere", "vervoerder", "przewoźnik", "kurier",
		"перевозчик", "служба доставки", "транспортная компания", "快递公司", "物流公司", "承运商", "配送会社")
	numberColumns = byLetters("number", "tracking number", "tracking no", "tracking", "tracking id", "tracking code", "tracking_number", "Sendungsnummer", "Sendungsnr", "Trackingnummer", "Paketnummer", "numéro de suivi", "número de seguimiento",
		"numero di tracking", "numer przesyłki", "трек-номер", "номер отправления", "快递单号", "运单号", "物流单号", "追跡番号")
)

func byLetters(names ...string) map[string]bool {
	out := map[string]bool{}
	for _, name := range names {
		out[carrier.Letters(name)] = true
	}
	return out
}

// Files counts the names of carriers in files, "-" being stdin. Their names are relative to
// dir; display is put before them in messages.
func Files(dir, display string, paths []string, stdin io.Reader, names *carrier.Names, o Options) (*Tally, error) {
	opened, err := files.OpenDirectory(dir, display)
	if err != nil {
		return nil, files.Problem(err)
	}
	defer opened.Close()
	t := &Tally{names: names, at: map[group]int{}}
	for _, path := range paths {
		f, done, err := open(opened, path, stdin)
		if err == nil {
			err = t.read(f, o)
			done()
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", text.Inert(path), placed(err))
		}
	}
	slices.SortStableFunc(t.Names, func(a, b Name) int {
		return cmp.Or(b.Rows-a.Rows, strings.Compare(a.Text, b.Text), strings.Compare(a.Code, b.Code))
	})
	return t, nil
}

// open opens a file that the user has named.
func open(dir *files.Directory, path string, stdin io.Reader) (f rows.File, done func(), err error) {
	if path == "-" {
		b, err := rows.ReadPiped(stdin)
		return rows.Piped(b), func() {}, err
	}
	opened, err := dir.OpenGiven(path)
	if err != nil {
		return f, nil, files.Problem(err)
	}
	done = func() { _ = opened.Close() } // nothing was written
	if f, err = rows.Opened(path, opened); err != nil {
		done()
		return f, nil, files.Problem(err)
	}
	return f, done, nil
}

// placed puts the place before what is wrong there.
func placed(err error) error {
	wrong, ok := errors.AsType[*rows.Error](err)
	switch {
	case ok && len(wrong.Lists) > 0:
		return fmt.Errorf("the file is one object, with several lists in it; name the one of the orders, as in --path=%s", text.Inert(strings.Join(wrong.Lists, " or --path=")))
	case ok:
		return fmt.Errorf("line %d: %s: %s", wrong.Pos.Line, wrong.Summary, strings.TrimSuffix(wrong.Detail, "."))
	}
	return err
}

// read counts the names of one file.
func (t *Tally) read(f rows.File, o Options) error {
	how := rows.Options{Separator: o.Separator, Encoding: o.Encoding, Sheet: o.Sheet, Path: o.Path, Header: o.Header}
	in, err := rows.Open(f, how)
	if how.Path = rows.OnlyList(err); how.Path != "" {
		in, err = rows.Open(f, how)
	}
	if err != nil {
		return err
	}
	defer in.Close()
	column, err := findColumn(in.Columns(), o.Column)
	if err != nil {
		return err
	}
	number := oneOf(in.Columns(), numberColumns)
	for {
		switch err := in.Read(); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := t.count(cell(in, column), cell(in, number)); err != nil {
			return err
		}
	}
}

// cell returns a text of the current row; "" of a column that is not there, and of what is
// no text.
func cell(in rows.Reader, column int) string {
	if column < 0 {
		return ""
	}
	b, _ := in.Text(column)
	return strings.TrimSpace(string(b))
}

func (t *Tally) count(name, number string) error {
	t.Rows++
	if name == "" {
		t.Blank++
		return nil
	}
	found := t.names.Find(name, number)
	key := group{name, found.Code}
	i, known := t.at[key]
	if !known {
		if len(t.Names) == maxNames {
			return fmt.Errorf("the column has more than %d different names: it can hardly be that of the carrier; name that one with --column", maxNames)
		}
		i = len(t.Names)
		t.at[key] = i
		t.Names = append(t.Names, Name{Text: name, Found: found})
	}
	t.Names[i].Rows++
	return nil
}

// findColumn returns the column that has the names of carriers.
func findColumn(columns []string, wanted string) (int, error) {
	if wanted == "" {
		if i := oneOf(columns, carrierColumns); i >= 0 {
			return i, nil
		}
		return -1, fmt.Errorf("which column has the carrier is not certain; name it with --column.%s", list(columns))
	}
	i := slices.Index(columns, wanted)
	switch {
	case i < 0:
		return -1, fmt.Errorf("there is no column %s.%s%s", text.Quote(wanted), text.DidYouMean(wanted, slices.Values(columns)), list(columns))
	case slices.Contains(columns[i+1:], wanted):
		return -1, fmt.Errorf("there are several columns %s; rename them in the file", text.Quote(wanted))
	}
	return i, nil
}

// oneOf returns the only column with one of these names; -1 if there is none, or several.
func oneOf(columns []string, names map[string]bool) int {
	at := -1
	for i, c := range columns {
		if names[carrier.Letters(c)] {
			if at >= 0 {
				return -1
			}
			at = i
		}
	}
	return at
}

// maxListed is how many columns a message names.
const maxListed = 30

// list names the columns, unless the line looks like that of a customer.
func list(columns []string) string {
	var quoted []string
	for _, c := range columns[:min(len(columns), maxListed)] {
		if strings.Contains(c, "@") {
			return " The first line does not name the columns: say which does, with --header"
		}
		if c != "" {
			quoted = append(quoted, text.Quote(text.Shorten(c, 64)))
		}
	}
	return " The columns are " + strings.Join(quoted, ", ")
}
