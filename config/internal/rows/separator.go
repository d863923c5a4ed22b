package rows

import (
	"bytes"
	"fmt"
	"strings"
)

// separators are those that are found out.
const separators = ",;\t|"

// headRows is how many rows are looked at to find the separator.
const headRows = 50

// separatorName writes a separator in a sentence.
func separatorName(sep byte) string {
	switch sep {
	case ',':
		return "a comma"
	case ';':
		return "a semicolon"
	case '\t':
		return "a tab"
	case '|':
		return "a bar"
	}
	return fmt.Sprintf("%q", string(sep))
}

// SeparatorOf reads a separator that people name; ok reports whether it can be one.
func SeparatorOf(s string) (sep byte, ok bool) {
	if len(s) != 1 || s[0] >= 0x80 || strings.ContainsAny(s, "\"\r\n\x00") {
		return 0, false
	}
	return s[0], true
}

// separate finds the separator, and passes over the line in which Excel names it.
func (c *csvReader) separate(o Options) error {
	head, all := c.lines.peek()
	named, said := excelLine(head)
	if said {
		if _, err := c.readLine(); err != nil {
			return err
		}
		c.sep = named
	}
	if o.Separator != "" {
		c.sep = o.Separator[0]
		return nil
	}
	if said {
		return nil
	}
	return c.findSeparator(head, all, o)
}

// excelLine reads the first line that Excel understands: sep=;
func excelLine(head []byte) (sep byte, ok bool) {
	if i := bytes.IndexAny(head, "\r\n"); i >= 0 {
		head = head[:i]
	}
	line := strings.Trim(string(head[:min(len(head), 16)]), `" `)
	if len(line) < 4 || !strings.EqualFold(line[:4], "sep=") {
		return 0, false
	}
	return SeparatorOf(line[4:])
}

// trial is what a separator makes of the beginning of a file.
type trial struct {
	sep               byte
	columns           int
	fits, long, wrong int // rows
}

// better reports whether one trial says more for its separator than another one does.
func (t trial) better(than trial) bool {
	switch {
	case t.wrong+t.long != than.wrong+than.long:
		return t.wrong+t.long < than.wrong+than.long
	case t.fits != than.fits:
		return t.fits > than.fits
	}
	return t.columns > than.columns
}

// findSeparator takes the separator that divides the header and fits the rows. Where two
// do equally well there is nothing to choose by.
func (c *csvReader) findSeparator(head []byte, all bool, o Options) error {
	var best, second trial
	for _, sep := range []byte(separators) {
		t := c.try(sep, head, all, o)
		switch {
		case t.columns < 2:
		case best.columns == 0 || t.better(best):
			best, second = t, best
		case second.columns == 0 || t.better(second):
			second = t
		}
	}
	if best.columns == 0 {
		return nil
	}
	if second.columns > 0 && !best.better(second) {
		return fail(Pos{Line: 1}, "Separator not clear", "The columns may be separated by %s or by %s. Say which: separator = %q.", separatorName(best.sep), separatorName(second.sep), string(best.sep))
	}
	c.sep = best.sep
	return nil
}

// try reads the beginning of a file with a separator.
func (c *csvReader) try(sep byte, head []byte, all bool, o Options) trial {
	t := trial{sep: sep}
	if bytes.IndexByte(head, sep) < 0 {
		return t
	}
	r := &csvReader{in: c.in, lines: newLines(bytes.NewReader(head), 0), sep: sep}
	for o.Header > 0 && r.lines.line < uint32(o.Header) {
		if _, err := r.lines.next(); err != nil {
			return t
		}
	}
	t.columns = len(o.Columns)
	for range headRows {
		err := r.Read()
		if r.lines.r == r.lines.w && r.lines.done != nil && !all && t.columns > 0 {
			break // the row may go on
		}
		if err != nil {
			if e, ok := err.(*Error); ok && e != nil {
				t.wrong++
			}
			break
		}
		switch n := len(r.ends); {
		case t.columns == 0:
			t.columns = n
			if n < 2 {
				return t
			}
		case n == t.columns:
			t.fits++
		case n > t.columns:
			t.long++
		}
	}
	if o.Header == NoHeader && t.fits == 0 {
		return trial{sep: sep}
	}
	return t
}
