package draft

import (
	"maps"
	"slices"
	"strings"

	"github.com/tmsync/tmsync/config/internal/funcs"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// dayForms are days that have to be said how they are meant. An S stands for what is
// between their parts.
var dayForms = []string{"MMSDDSYYYY", "DDSMMSYYYY", "MMSDDSYY", "DDSMMSYY", "MMMSDDSYY", "DDSMMMSYY", "MMMSDDSYYYY", "DDSMMMSYYYY", "MMM D, YYYY", "MMMM D, YYYY"}

// clockForms follow them.
var clockForms = []string{"", " hh:mm", " hh:mm:ss", " HH:mm AA", " HH:mm:ss AA", ", hh:mm", ", HH:mm AA"}

// time writes a time, where it is clear how its column means it.
func (w *writer) time(r role, attr tracking.Attr) {
	c := w.first(r)
	if c == nil {
		return
	}
	best, rows := times(c, attr)
	switch {
	case rows > 0 && 2*best[0].reads <= rows:
		w.decide("how to read the times in %s; see parsedate in tmsync help language.", text.Quote(c.name))
		w.line("# %s = parsedate(\"…\", %s)", attr, c.ref())
		return
	case best[0].reads < rows:
		such := ""
		if odd := best[0].odd(c, attr); odd != "" {
			such = ", such as " + text.Quote(odd)
		}
		w.decide("what becomes of %s: in %s the time is not one like the others%s. Correct them in the file, then uncomment this.", text.Quote(c.name), text.Plural(rows-best[0].reads, "row"), such)
	case len(best) > 1:
		w.decide("what %s means: all times in this file can be read in %d ways.", text.Quote(c.name), len(best))
	default:
		w.line("%s = %s", attr, best[0].expr)
		return
	}
	for _, way := range best {
		w.line("# %s = %s", attr, way.expr)
	}
}

// reading is a way to read a column of times.
type reading struct {
	expr  string
	form  string // of parsedate; "" where the attribute itself takes them
	reads int    // rows
}

// times are the ways that read most of a column. rows is how many it has.
func times(c *column, attr tracking.Attr) (best []reading, rows int) {
	all := []reading{{expr: c.ref()}}
	for _, clock := range clockForms {
		for _, day := range dayForms {
			for _, between := range "/-. " {
				if !strings.Contains(day, "S") && between != '/' {
					continue
				}
				form := strings.ReplaceAll(day, "S", string(between)) + clock
				all = append(all, reading{expr: c.ref() + " == \"\" ? null : parsedate(\"" + form + "\", " + c.ref() + ")", form: form})
			}
		}
	}
	most := 0
	for _, r := range all {
		rows = 0
		for v, n := range c.values {
			rows += n
			if r.fits(attr, v) {
				r.reads += n
			}
		}
		if r.reads > most {
			best, most = nil, r.reads
		}
		if r.reads == most {
			best = append(best, r)
		}
	}
	switch {
	case len(best) > 0 && best[0].form == "": // no form says more
		best = best[:1]
	case slices.ContainsFunc(best, isShortMonth): // MMMM reads them, too, and the same
		best = slices.DeleteFunc(best, func(r reading) bool { return strings.Contains(r.form, "MMMM") })
	}
	return best, rows
}

// fits reports whether a text is such a time.
func (r *reading) fits(attr tracking.Attr, v string) bool {
	if r.form != "" {
		return funcs.IsDate(r.form, v)
	}
	_, err := attr.Canonical(v)
	return err == nil
}

// isShortMonth reports whether a form has the names of months in three letters.
func isShortMonth(r reading) bool {
	return strings.Contains(r.form, "MMM") && !strings.Contains(r.form, "MMMM")
}

// odd returns a value that a way does not read. It is "" if none can be shown: what has
// letters may be of a customer.
func (r *reading) odd(c *column, attr tracking.Attr) string {
	for _, v := range slices.Sorted(maps.Keys(c.values)) {
		if !r.fits(attr, v) && len(v) <= 20 && strings.Trim(v, "0123456789./-: ") == "" {
			return v
		}
	}
	return ""
}
